/*
 * ctr.h - the directory of a container below the state root, its name and its lock.
 *
 *	ROOT/ID/		0700; its flock(2) is the container's lock
 *	    state.json		record.h; first to be made, last to be removed
 *	    config.json		the configuration as create read it
 *	    seccomp.bpf		the compiled filter, when there is one, for exec
 *	    start.sock		gate.h; the waiting init listens here
 *	    notify/notify.sock	notify.h; when there is a service manager
 *	    exec/SESSION/	monitor/session.h; of a defined one
 *	ROOT/events, events.1	the log of monitor/journal.h: no container can have these names
 *
 * A directory with a free lock and no state.json, or one that says "creating", is what a killed
 *create or delete left: `create` takes it over, `delete` sweeps it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

#define CTR_ROOT     "/run/scow"
#define CTR_SESSIONS "exec"

enum { CTR_ID_MAX = 200 };

struct ctr {
	const char *id;
	int dir; /* holds the lock when it was taken; O_CLOEXEC */
};

/* Letters, digits and "_+-.", not beginning with a dot; nor what is no container in ROOT. */
int ctr_check_id(const char *id, struct err *e);

/* Make ROOT/ID and lock it. It may have been there: whether it is in use, state.json tells. */
int ctr_make(const char *root, const char *id, struct ctr *ret, struct err *e);

/* Open an existing one; ERR_NO_CONTAINER when there is none. */
int ctr_open(const char *root, const char *id, struct ctr *ret, struct err *e);
int ctr_open_locked(const char *root, const char *id, struct ctr *ret, struct err *e);

/* The same, but e->no is EWOULDBLOCK when somebody else has the lock. */
int ctr_open_try_lock(const char *root, const char *id, struct ctr *ret, struct err *e);

/*
 * Let others have the lock, and take it again: *ret_gone when the container has been removed
 * meanwhile, even if there is another one of its name now.
 */
int ctr_unlock(struct ctr *c, struct err *e);
int ctr_lock_again(struct ctr *c, bool *ret_gone, struct err *e);

/* Remove the files, state.json last, then the directory, which must be locked. Gone already is
 * success. */
int ctr_remove(const char *root, const struct ctr *c, struct err *e);

/* A directory of ours in it, which has files only. */
void ctr_remove_dir(int dir, const char *name);

/* Close one that nothing was put into: the name goes too, if nobody else has put anything there. */
void ctr_give_up(const char *root, struct ctr *c);

void ctr_close(struct ctr *c); /* and give back the lock */

/* The ids below root, in the arena, unsorted; a root that does not exist has none. */
int ctr_list(struct arena *a, const char *root, char ***ret_ids, size_t *ret_n, struct err *e);
