/*
 * cgroup.h - the container's cgroup on the cgroup2 hierarchy, from making to removing it.
 *
 * A struct cgroup is an open directory, and everything but creating and opening works through its
 * descriptor. What lies below it belongs to the container, which may make sub-cgroups nested as
 * deep as it likes, and is hostile. cgroups(7), Documentation/admin-guide/cgroup-v2.rst
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct cgroup {
	int fd;           /* the directory, also for CLONE_INTO_CGROUP; the owner closes it */
	const char *path; /* below the hierarchy's root: "/scow/c1", no "..", no trailing slash */
	size_t delegated; /* so much of path is whose cgroups we got: nothing above is written to */
	bool made;        /* cgroup_create made it: a create that fails later removes it again */
};

/* A cgroup that holds none yet. */
/* clang-format off */
#define CGROUP_NONE { .fd = -1, .path = NULL, .delegated = 0, .made = false }
/* clang-format on */

/* Deadline of what the kernel does at its own pace: dying, freezing, letting go of a directory. */
enum { CGROUP_WAIT_MS = 10000 };

/*
 * Where cgroup2 is mounted: /sys/fs/cgroup, or /sys/fs/cgroup/unified on a hybrid host. A constant
 * string, NULL on failure. Costs one statfs(2), two on a hybrid host. Where it is not, the
 * machine's process 1 mounts it; for anybody else that is an error (e->no 0) that names the
 * command.
 */
const char *cgroup_root(struct err *e);

/* Where it may be mounted, from 0; NULL behind the last. For those who know it by what they find.
 */
const char *cgroup_place(size_t i);

/* The same, without ever mounting. */
const char *cgroup_find(struct err *e);

/*
 * Mount it, unless it is: on the first of those places that is an empty directory, so that no
 * cgroup v1 is covered, with nsdelegate and memory_recursiveprot. In the first cgroup namespace
 * these two are in force for the whole machine from then on.
 */
int cgroup_mount(struct err *e);

/*
 * Which cgroup linux.cgroupsPath means: "/scow/ID" when it is NULL or empty, from "/" when it is
 * relative. Repeated and trailing slashes and "." go. ERR_CONFIG: "..", the root itself, systemd's
 * slice:prefix:name.
 */
int cgroup_path(struct arena *a, const char *cgroups_path, const char *id, const char **ret,
                struct err *e);

/*
 * Make the cgroup, missing parents included. Three calls (four on a hybrid host) when the parent is
 * there. Parents that had to be made hand down every controller they can, best effort. A cgroup of
 * that name which exists is taken (made = false) unless it has processes, in itself or below, or is
 * frozen: ERR_STATE. On failure nothing that it made is left. Parents stay when the container goes:
 * the next one needs them again.
 */
int cgroup_create(struct arena *a, const char *path, struct cgroup *ret, struct err *e);

/*
 * The same in a cgroup that somebody has left to us, the first `delegated` bytes of path: neither
 * it nor what is above it is made, and controllers are switched on from it downwards only.
 */
int cgroup_create_delegated(struct arena *a, const char *path, size_t delegated, struct cgroup *ret,
                            struct err *e);

/*
 * cgroup_self.c: the cgroup that we are in was left to us. A cgroup that hands controllers down
 * must have no processes, so we move on into a leaf below it, whose name no container can have;
 * from there the answer is the same. Controllers are left to who needs one: with them on, nobody
 * can be put into it any more, as a supervisor does when it starts us again. *ret: its path, in the
 * arena; NULL for the root of all cgroups, which is nobody's to leave.
 */
int cgroup_settle(struct arena *a, const char **ret, struct err *e);

/* The end of a container there: what it has switched on is switched off, when it was the last one.
 */
void cgroup_take_back(const char *delegated);

/*
 * We move into the leaf of that cgroup, if it has one. The leaf goes, if nobody is in it or in a
 * container beside it, and with it the controllers that were handed down.
 */
void cgroup_join_leaf(const char *delegated);
void cgroup_drop_leaf(const char *delegated);

/* The path of a process ("self" or a number) in text; NULL: it has none. */
char *cgroup_path_of(const char *pid, char *text, size_t size);

/* One that exists; ret->path is path. e->no is ENOENT when it is gone, 0 without a cgroup2. */
int cgroup_open(const char *path, struct cgroup *ret, struct err *e);

void cgroup_close(struct cgroup *cg);

/*
 * Whose it is now: a path can be configured twice, and the next one takes it when the last one has
 * stopped. Of a cgroup that has no mark (before it was set, or a kernel that refuses) nobody knows:
 * it counts as anybody's.
 */
void cgroup_mark(const struct cgroup *cg, const char *owner);
bool cgroup_is_of(const struct cgroup *cg, const char *owner);

/*
 * Is that process in the cgroup of a container, or below it? Not of one that we are in, too. A
 * process of which that cannot be told is. pid: "self" or a number.
 */
bool cgroup_is_contained(const char *pid);

/*
 * Let that user (an id of ours, not of the container's) make cgroups below it and move processes
 * among them: the directory becomes his, and what /sys/kernel/cgroup/delegate lists. A cgroup that
 * stays when its container goes stays his.
 */
int cgroup_give(const struct cgroup *cg, uid_t uid, struct err *e);

/*
 * Have the controller ("memory") in this cgroup: it is switched on in the cgroups above, from the
 * nearest one that has it downwards, and nowhere else. Fails when the hierarchy has none (e->no 0),
 * and when one of them has processes of its own (EBUSY).
 */
int cgroup_enable(const struct cgroup *cg, const char *controller, struct err *e);

/* Does this errno say that the cgroup was gone, before a file of it was opened, or after? */
bool cgroup_errno_is_gone(int no);

/* Is a living process in it or below it? A cgroup that was removed has none. */
int cgroup_populated(const struct cgroup *cg, bool *ret, struct err *e);

/* Was this very cgroup told to freeze, not one above it? A removed one was not. */
int cgroup_frozen(const struct cgroup *cg, bool *ret, struct err *e);

/*
 * The same by its name: three calls, six on a hybrid host. Only cgroup2 has the file that is read,
 * so nobody has to ask first what is mounted where; what is not found is not frozen.
 */
int cgroup_frozen_at(const char *path, bool *ret, bool *ret_found, struct err *e);

/* Freeze or thaw, and wait until the kernel has done it. A freeze that fails is taken back. */
int cgroup_freeze(const struct cgroup *cg, bool freeze, struct err *e);

/* Wait until a freeze or thaw that somebody has asked for is done, or the cgroup is gone. */
int cgroup_wait_frozen(const struct cgroup *cg, bool frozen, struct err *e);

/*
 * SIGKILL to every process in it and below it, frozen or forking ones too, and wait until they are
 * gone; -1 and e->no ETIMEDOUT when that takes longer than CGROUP_WAIT_MS.
 */
int cgroup_kill(const struct cgroup *cg, struct err *e);

/* The same for a cgroup that others will use again; it is not frozen afterwards. */
int cgroup_empty(const struct cgroup *cg, struct err *e);

/* Wait until it has no living process; -1 and e->no ETIMEDOUT when that takes longer. */
int cgroup_wait_empty(const struct cgroup *cg, int timeout_ms, struct err *e);

/* All processes in it and below it, in no order, as the caller's pid namespace numbers them. */
int cgroup_pids(struct arena *a, const struct cgroup *cg, pid_t **ret, size_t *ret_n,
                struct err *e);

/* A signal to each of them; who comes after they were listed gets none. */
int cgroup_signal(struct arena *a, const struct cgroup *cg, int signal, struct err *e);

/*
 * Remove it and what the container made below it; one call when there is nothing below. Processes
 * that are dying are waited for; living ones make it fail with EBUSY after CGROUP_WAIT_MS. Already
 * gone is success.
 */
int cgroup_remove(const struct cgroup *cg, struct err *e);

/* The same in one call, if nothing is in it or below it; else -1 and errno. */
int cgroup_try_remove(const struct cgroup *cg);

/*
 * The same by its name, if it carries that owner's mark, which only a cgroup can: two calls, the
 * usual end of a container. -1: it has to be opened and looked at.
 */
int cgroup_remove_marked(const char *path, const char *owner);
