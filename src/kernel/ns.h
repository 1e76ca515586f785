/* ns.h - namespaces that exist already, and the id maps of new user namespaces. namespaces(7),
 * user_namespaces(7) */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

#include <sys/types.h>

/* A namespace of that CLONE_NEW* type by path, opened and checked to be one of that type. */
int ns_open(const char *path, int type, int *ret_fd, struct err *e);

/* setns(2) with an error that names the kind of namespace. */
int ns_join(int fd, int type, struct err *e);

/* "pid", "network" … as config.json has it. */
const char *ns_name(int type);

/* The other way round: CLONE_NEW*, or 0. */
int ns_type(const char *name);

/* May new ones of that kind be made, as far as the kernel and its limits say? Names what is not. */
int ns_check(int type, struct err *e);

/* The switch of a distribution that keeps user namespaces from all but root, or NULL. */
const char *ns_user_switch(void);

/*
 * What to say when new namespaces (CLONE_NEW* flags) could not be made, with errno `no`: which kind
 * this kernel lacks or this machine forbids, else `what` and errno. Always -1.
 */
int ns_failed(unsigned long long flags, int no, const char *what, struct err *e);

/* Which id of ours the user `uid` of that process's user namespace is. */
int ns_host_uid(struct arena *a, pid_t pid, uid_t uid, uid_t *ret, struct err *e);

/*
 * The processes of the pid namespace of pid, itself first, as we number them; less those that we
 * may not look at, and those of namespaces in it.
 */
int ns_pids(struct arena *a, pid_t pid, pid_t **ret, size_t *ret_n, struct err *e);

/* Write /proc/PID/uid_map and gid_map for the new user namespace that pid is in. */
int ns_map_ids(struct arena *a, pid_t pid, const struct spec_linux *l, struct err *e);

/*
 * A user namespace without a process that has these maps, for what takes one by descriptor.
 */
int ns_make_user(struct arena *a, const struct spec_idmap *uids, size_t n_uids,
                 const struct spec_idmap *gids, size_t n_gids, int *ret_fd, struct err *e);

/*
 * A time namespace takes offsets until the first process is in it, so clone3 makes it too late:
 * time_namespaces(7). The process that is to enter it makes it for its children, another one, which
 * may set clocks, writes the offsets of that process, and then it enters.
 */
int ns_make_time(struct err *e);
int ns_offset_time(struct arena *a, pid_t pid, const struct spec_linux *l, struct err *e);
int ns_enter_time(struct err *e);
