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
 *
 * An answer may take as long as a hook or a stop does, but not a monitor: one that a signal has
 * stopped goes on, one that hangs is replaced, or told of to who only looks on.
 */
int up_ask(const struct engine *g, const char *name, const struct definition *start,
           const struct ctl_request *r, struct ctl_reply *ret, int *ret_sock, struct err *e);

/* ctl_recv_reply() for as long as it takes; -1 and EAGAIN when the monitor does not even say that
 * it hears. */
int up_hear(const struct engine *g, const char *name, int sock, struct ctl_reply *ret);

/* A monitor that has kept us waiting so long is looked at; so often in vain: it hangs. */
enum { UP_PATIENCE_MS = 1000, UP_DEAF_MAX = 2 };

/* Has the monitor a word for us? Asked of one that keeps us waiting; takes seconds when it has not.
 * If a signal has stopped it, it goes on. */
bool up_is_well(const struct engine *g, const char *name);

/* The cgroup that was left to the command which brought it up; or NULL. */
const char *up_delegated(const struct engine *g, const char *name);

/*
 * Remove it, its definition and all that is left of it. e->no EWOULDBLOCK: it is up, or just on its
 * way down.
 */
int up_remove(const struct engine *g, const char *name, struct err *e);

/* Nothing has this name: away with what a define or rm that was killed has left of it. */
void up_sweep(const struct engine *g, const char *name);

/*
 * Take apart what was left by a keeper and a monitor that were killed, record the end (reason: an
 * END_* word, NULL: it is found out), and do what the restart policy wants. Nothing left: nothing
 * done. wait: for whoever is at it already; else that one is left to it.
 */
int up_recover(struct arena *a, const char *root, const char *name, const char *reason, bool wait,
               struct err *e);
