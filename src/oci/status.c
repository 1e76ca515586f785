/* status.c - who lives, who waits, who is frozen. */
#define _GNU_SOURCE
#include "oci/status.h"

#include "base/list.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"
#include "kernel/cgroup.h"
#include "oci/gate.h"
#include "sys/sys.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

const char *status_name(enum status s)
{
	return list_at("creating\0created\0running\0paused\0stopped\0", s); /* as in the enum */
}

/* The same pid and clock tick after a reboot would be a freak, but a killed one could be an init of
 * the host. */
static bool is_of_this_boot(const struct record *r)
{
	char boot_id[PROC_BOOT_ID_LEN + 1];

	return !r->boot_id || proc_boot_id(boot_id) || !strcmp(boot_id, r->boot_id);
}

/* *ret: it is there, perhaps as a zombie. */
static int find_process(const struct record *r, struct proc_stat *st, bool *ret, struct err *e)
{
	*ret = false;
	if (proc_stat((pid_t)r->pid, st))
		return errno == ENOENT || errno == ESRCH
		           ? 0
		           : err_set(e, errno, "read /proc/%d/stat", (int)r->pid);
	*ret = st->start_time == r->start_time;
	return 0;
}

/*
 * The pidfd is taken first: if the pid was reused since, the start time, read after, shows it; if
 * it is reused from now on, the pidfd does not follow. A zombie is dead: its parent is late,
 * nothing more. But /proc calls it a zombie too when just its first thread has ended: only the
 * pidfd knows whether all have.
 */
int status_pidfd(const struct record *r, int *ret, struct err *e)
{
	struct proc_stat st;
	bool there;

	*ret = -1;
	if (r->pid <= 0)
		return 0;
	own_fd fd = sys_pidfd_open((pid_t)r->pid);
	if (fd < 0)
		return errno == ESRCH || errno == EINVAL
		           ? 0
		           : err_set(e, errno, "pidfd_open %d", (int)r->pid);
	if (find_process(r, &st, &there, e))
		return -1;
	if (!there)
		return 0;
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	if (poll(&ended, 1, 0) > 0 || !is_of_this_boot(r))
		return 0;
	*ret = own_fd_take(&fd);
	return 0;
}

/* For those who only ask: one file of /proc shows one process, and no descriptor has to outlive it.
 * What looks dead is left to the pidfd. */
static int is_alive(const struct record *r, bool *ret, struct err *e)
{
	struct proc_stat st;

	*ret = false;
	if (r->pid <= 0)
		return 0;
	if (find_process(r, &st, ret, e))
		return -1;
	if (*ret && (st.state == 'Z' || st.state == 'X')) {
		own_fd fd = -1;

		if (status_pidfd(r, &fd, e))
			return -1;
		*ret = fd >= 0;
	} else if (*ret) {
		*ret = is_of_this_boot(r);
	}
	return 0;
}

/* Its cgroup is gone, or somebody looks from where no cgroup2 is: the rest can be told. */
static int is_paused(const struct record *r, bool *ret, struct err *e)
{
	struct err why;
	bool found = true;

	*ret = false;
	if (!r->cgroup)
		return 0;
	if (cgroup_frozen_at(r->cgroup, ret, &found, e))
		return -1;
	if (!found && !cgroup_find(&why))
		log_info("container %s: whether it is paused cannot be seen: %s", r->id, why.text);
	return 0;
}

static int judge(int dir, const struct record *r, bool alive, enum status *ret, struct err *e)
{
	bool paused = false;

	if (r->creating)
		*ret = STATUS_CREATING;
	else if (!alive)
		*ret = STATUS_STOPPED;
	else if (is_paused(r, &paused, e))
		return -1;
	else if (paused)
		*ret = STATUS_PAUSED;
	else
		*ret = gate_is_closed(dir) ? STATUS_CREATED : STATUS_RUNNING;
	return 0;
}

int status_with_pidfd(int dir, const struct record *r, enum status *ret, int *ret_pidfd,
                      struct err *e)
{
	own_fd fd = -1;

	if (status_pidfd(r, &fd, e) || judge(dir, r, fd >= 0, ret, e))
		return -1;
	*ret_pidfd = own_fd_take(&fd);
	return 0;
}

int status_of(int dir, const struct record *r, enum status *ret, struct err *e)
{
	bool alive;

	return is_alive(r, &alive, e) || judge(dir, r, alive, ret, e) ? -1 : 0;
}

struct state { /* state of the OCI runtime spec, with the fields that runc adds */
	char *oci_version, *id, *status, *bundle, *rootfs, *created, *owner;
	int64_t pid;
	struct json_pair *annotations;
	size_t n_annotations;
};

/* clang-format off */
JSON_TYPE(state_type, state,
	JSON_STR(state, "ociVersion", oci_version),
	JSON_STR(state, "id", id),
	JSON_I64(state, "pid", pid),
	JSON_STR(state, "status", status),
	JSON_STR(state, "bundle", bundle),
	JSON_STR(state, "rootfs", rootfs),
	JSON_STR(state, "created", created),
	JSON_STR(state, "owner", owner),
	JSON_MAP(state, "annotations", annotations));
/* clang-format on */

char *status_text(struct arena *a, const struct record *r, const char *status, int64_t pid,
                  int indent)
{
	struct state s = {
		.oci_version = r->oci_version,
		.id = r->id,
		.status = arena_strdup(a, status),
		.bundle = r->bundle,
		.rootfs = r->rootfs,
		.created = r->created,
		.owner = r->owner,
		.pid = pid,
		.annotations = r->annotations,
		.n_annotations = r->n_annotations,
	};

	return json_text(a, &state_type, &s, indent);
}
