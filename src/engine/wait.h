/*
 * wait.h - waiting for what becomes of defined containers, many at once and without polling.
 *
 * While a container is up its monitor tells (monitor/ctl.h); while it is down the directories in
 * which it would come up, or go, are watched by inotify(7). Each time something moves the container
 * is looked at anew, so nothing is missed between the two.
 */
#pragma once

#include "engine/definition.h"
#include "monitor/ctl.h"

/* Beyond those that a monitor knows: these hold when there is none. */
enum { WAIT_CONFIGURED = CTL_CONDITIONS };

struct waiting {
	const char *name;
	bool done;
	int code; /* of the end; -1 for conditions that are none */

	/* private */
	int sock;
	int64_t seen_start, seen_ms; /* the end that was known at first */
	bool begun;
};

/*
 * Wait until the condition is true for all of them, and mark each when it is. ERR_NO_CONTAINER
 * (none is waited for then), or e->no ETIMEDOUT when timeout_ms (-1: never) is over first.
 */
int wait_for_all(const struct engine *g, struct waiting *w, size_t n, int condition,
                 int64_t timeout_ms, struct err *e);
