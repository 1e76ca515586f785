/*
 * rouse.h - keeper and monitor of a defined container as processes that may be stopped, or hang.
 *
 * A pid on record may be anybody's by now: they are found by what they hold open. A keeper has
 * keeper.lock, its monitor the ctl.sock that the keeper has, too.
 */
#pragma once

#include "engine/definition.h"

/* Those of the two that a signal has stopped go on (SIGCONT). False: none was. */
bool rouse_stopped(const struct engine *g, const char *name);

/* Its keeper starts the next one: nothing of the container is lost. */
void rouse_kill_monitor(const struct engine *g, const char *name);

/* Of one whose monitor cannot be reached: the monitor, or the next command, takes the rest apart.
 */
void rouse_kill_keeper(const struct engine *g, const char *name);
