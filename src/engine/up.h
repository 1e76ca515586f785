/*
 * up.h - a defined container's processes: bringing them up, reaching them, and cleaning up after
 * those that were killed.
 *
 * The lock on keeper.lock, held by the keeper for its life and inherited by it from the command
 * that starts it, says who rules a container: while it is held, the monitor; while it is free,
 * whoever has the lock of the directory.
 */
#pragma once

#include "engine/definition.h"
#include "monitor/ctl.h"

/* A connection to the monitor, or e->no ENOENT when the container is not up. */
int up_connect(const struct engine *g, const char *name, struct err *e);

/*
 * The same, with keeper and monitor started when there are none. What a killed keeper and monitor
 * left is taken apart and recorded first.
 */
int up_ensure(const struct engine *g, const struct definition *d, struct err *e);

/*
 * Ask the monitor, and wait for its answer. start: bring one up when there is none; else e->no is
 * ENOENT then. *ret_sock stays open for END, when it is not NULL.
 */
int up_ask(const struct engine *g, const char *name, const struct definition *start,
           const struct ctl_request *r, struct ctl_reply *ret, int *ret_sock, struct err *e);

/* The cgroup that was left to the command which brought it up; or NULL. */
const char *up_delegated(const struct engine *g, const char *name);

/*
 * Remove it, its definition and all that is left of it. e->no EWOULDBLOCK: it is up, or just on its
 * way down.
 */
int up_remove(const struct engine *g, const char *name, struct err *e);

/* Nothing has this name: away with what a define or rm that was killed has left of it. */
void up_sweep(const struct engine *g, const char *name);

/* Kill the keeper of one whose monitor cannot be reached; the monitor, or the next command, takes
 * the rest apart. */
void up_kill_keeper(const struct engine *g, const char *name);

/*
 * Take apart what was left by a keeper and a monitor that were killed, record the end (reason: an
 * END_* word, NULL: it is found out), and do what the restart policy wants. Nothing left: nothing
 * done. wait: for whoever is at it already; else that one is left to it.
 */
int up_recover(struct arena *a, const char *root, const char *name, const char *reason, bool wait,
               struct err *e);
