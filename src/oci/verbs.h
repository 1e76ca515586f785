/*
 * verbs.h - what can be done to a container that exists. Each takes the state root and the id.
 *
 * Messages are runc's where clients look for them.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "oci/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct verb {
	struct arena *arena;
	const char *root, *id;
};

/* Let a created container run its program, and its poststart hooks. */
int verb_start(const struct verb *v, struct err *e);

/* Signal its first process, or (all) every process of it. signal 0 only asks. */
int verb_kill(const struct verb *v, int signal, bool all, struct err *e);

/* Remove a stopped or created one; force: whatever it does, and no error when there is none. */
int verb_delete(const struct verb *v, bool force, struct err *e);

int verb_pause(const struct verb *v, struct err *e);
int verb_resume(const struct verb *v, struct err *e);

/* Its record and status, for state and list. */
int verb_look(const struct verb *v, struct record *ret, enum status *ret_status, struct err *e);

/* Its processes, as the caller's pid namespace numbers them; none when it is stopped. */
int verb_pids(const struct verb *v, pid_t **ret, size_t *ret_n, struct err *e);
