/* verbs.c - start, kill, delete, pause, resume, state and ps. */
#define _GNU_SOURCE
#include "oci/verbs.h"

#include "base/own.h"
#include "kernel/cgroup.h"
#include "kernel/ns.h"
#include "oci/gate.h"
#include "oci/hook.h"
#include "oci/notify.h"
#include "oci/sweep.h"
#include "sys/sys.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* A container at hand: its directory, its record, and how it is. */
struct held {
	struct ctr ctr;
	struct record record;
	enum status status;
};

static int hold(const struct verb *v, bool locked, struct held *ret, struct err *e)
{
	*ret = (struct held){ 0 };
	if ((locked ? ctr_open_locked : ctr_open)(v->root, v->id, &ret->ctr, e))
		return -1;
	if (!record_read(v->arena, &ret->ctr, &ret->record, e) &&
	    !status_of(ret->ctr.dir, &ret->record, &ret->status, e))
		return 0;
	ctr_close(&ret->ctr);
	return -1;
}

static int state_error(struct err *e, const char *what)
{
	return err_kind(e, ERR_STATE, 0, "%s", what);
}

/* ---- start ---- */

static int poststart(const struct verb *v, struct held *h, struct err *e)
{
	struct spec s = { 0 };
	struct err ignored;

	if (!h->record.hooks)
		return 0;
	if (!sweep_load_spec(v->arena, &h->ctr, &s, e) &&
	    (!s.hooks || !hook_run(v->arena, "poststart", s.hooks->poststart, s.hooks->n_poststart,
	                           &h->record, "running", h->record.pid, e)))
		return 0;
	(void)verb_kill(v, SIGKILL, false,
	                &ignored); /* the hook's failure is what the caller must hear */
	return -1;
}

static int open_gate(const struct verb *v, struct held *h, struct err *e)
{
	struct listener l = LISTENER_NONE;
	struct spec s = { 0 };

	if (h->record.notifies) {
		if (sweep_load_spec(v->arena, &h->ctr, &s, e))
			return -1;
		if (listener_open(v->arena, &s, &h->record, "creating", (pid_t)h->record.pid,
		                  s.hooks ? s.hooks->n_start_container : 0, &l, e))
			return -1;
	}
	int failed = gate_start(h->ctr.dir, &l, e);
	listener_close(&l);
	return failed;
}

static int start(const struct verb *v, struct held *h, struct notify *n, struct err *e)
{
	switch (h->status) {
	case STATUS_CREATED:
		break;
	case STATUS_RUNNING:
		return state_error(e, "cannot start an already running container");
	case STATUS_STOPPED:
		return state_error(e, "cannot start a container that has stopped");
	case STATUS_PAUSED:
		return state_error(e, "cannot start a paused container");
	case STATUS_CREATING:
		return state_error(e, "cannot start a container that was not created completely");
	}
	if (notify_listen(n, h->ctr.dir, e) || open_gate(v, h, e))
		return -1;
	(void)unlinkat(h->ctr.dir, "start.sock",
	               0); /* nobody listens any more; delete removes it as well */
	return poststart(v, h, e);
}

int verb_start(const struct verb *v, struct err *e)
{
	struct notify n;
	struct held h;
	int pidfd = -1;

	notify_init(NULL, &n);
	if (hold(v, true, &h, e))
		return -1;
	int failed = start(v, &h, &n, e);
	ctr_close(&h.ctr);
	if (!failed && n.sock >= 0 && !status_pidfd(&h.record, &pidfd, e) && pidfd >= 0)
		notify_until_ready(&n, (pid_t)h.record.pid, pidfd);
	own_fd_drop(&pidfd);
	notify_drop(&n);
	return failed;
}

/* ---- kill ---- */

static int signal_pids(const pid_t *pids, size_t n, int signal, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		own_fd fd = sys_pidfd_open(pids[i]);

		if (fd >= 0 && sys_pidfd_send_signal(fd, signal) && errno != ESRCH)
			return err_set(e, errno, "signal process %d", (int)pids[i]);
	}
	return 0;
}

/* Without a cgroup: every process of its pid namespace, whose first one takes all with it. */
static int kill_namespace(const struct verb *v, const struct record *r, int first, int signal,
                          struct err *e)
{
	pid_t *pids;
	size_t n;

	if (!r->own_pid_ns)
		return err_set(
		    e, 0,
		    "container %s has neither a cgroup nor a pid namespace of its own to "
		    "find its processes by",
		    v->id);
	if (first < 0)
		return 0;
	if (signal != SIGKILL)
		return ns_pids(v->arena, (pid_t)r->pid, &pids, &n, e) ||
		               signal_pids(pids, n, signal, e)
		           ? -1
		           : 0;
	if (sys_pidfd_send_signal(first, signal) && errno != ESRCH)
		return err_set(e, errno, "signal container %s", v->id);
	return 0;
}

/* Every process in its cgroup; none is left when the cgroup is gone. */
static int kill_all(const struct verb *v, const struct record *r, int signal, struct err *e)
{
	struct cgroup cg = CGROUP_NONE;
	int failed;

	if (cgroup_open(r->cgroup, &cg, e))
		return e->no == ENOENT ? 0 : -1;
	if (r->created && !cgroup_is_of(&cg, r->created))
		failed = 0; /* another container has it by now */
	else if (signal == SIGKILL)
		failed = (r->keep_cgroup ? cgroup_empty : cgroup_kill)(&cg, e);
	else
		failed = cgroup_signal(v->arena, &cg, signal, e);
	cgroup_close(&cg);
	return failed ? -1 : 0;
}

int verb_kill(const struct verb *v, int signal, bool all, struct err *e)
{
	struct record r = { 0 };
	int pidfd;

	if (record_load(v->arena, v->root, v->id, &r, e) || status_pidfd(&r, &pidfd, e))
		return -1;
	own_fd fd = pidfd;
	if (all && !r.cgroup)
		return kill_namespace(v, &r, fd, signal, e);
	if (all)
		return kill_all(v, &r, signal, e);
	if (fd < 0)
		return state_error(e, "container not running");
	/* Without a pid namespace the others outlive the first one, and nobody would find them. */
	if (signal == SIGKILL && !r.own_pid_ns && r.cgroup)
		return kill_all(v, &r, signal, e);
	if (!sys_pidfd_send_signal(fd, signal))
		return 0;
	return errno == ESRCH ? state_error(e, "container not running")
	                      : err_set(e, errno, "signal container %s", v->id);
}

/* ---- delete ---- */

static int delete (const struct verb *v, struct ctr *c, bool force, struct err *e)
{
	struct record r = { 0 };
	enum status s;

	if (record_read(v->arena, c, &r, e)) {
		bool empty = e->kind ==
		             ERR_NO_CONTAINER; /* a directory that a killed create or delete left */
		struct err no_record = *e;

		/* Damage can be swept; what could not be read this time may be a running container.
		 */
		if (!empty && (!force || (e->no && e->no != EFBIG)))
			return -1;
		if (sweep_container(v->arena, v->root, c, NULL, e))
			return -1;
		*e = no_record;
		return force ? 0 : -1;
	}
	if (status_of(c->dir, &r, &s, e))
		return -1;
	if (!force && (s == STATUS_RUNNING || s == STATUS_PAUSED))
		return err_kind(e, ERR_STATE, 0,
		                "cannot delete container %s that is not stopped: %s", v->id,
		                status_name(s));
	return sweep_container(v->arena, v->root, c, &r, e);
}

int verb_delete(const struct verb *v, bool force, struct err *e)
{
	struct ctr c;
	struct err ignored;

	/* A start that waits for a startContainer hook, which is the image's, has the lock until
	 * that process ends. */
	if (force)
		(void)verb_kill(v, SIGKILL, false,
		                &ignored); /* in any state; the sweep tells what fails */
	if (ctr_open_locked(v->root, v->id, &c, e))
		return force && e->kind == ERR_NO_CONTAINER ? 0 : -1;
	int failed = delete (v, &c, force, e);
	ctr_close(&c);
	return failed;
}

/* ---- pause and resume ---- */

/* It ended while it was frozen, or before: nobody would thaw the cgroup, which may stay. */
static int check_alive(const struct held *h, const struct cgroup *cg, struct err *e)
{
	struct err ignored;
	int pidfd;

	if (status_pidfd(&h->record, &pidfd, e))
		return -1;
	own_fd fd = pidfd;
	if (fd >= 0)
		return 0;
	(void)cgroup_freeze(cg, false, &ignored);
	return state_error(e, "container not running");
}

static int freeze(const struct verb *v, const struct held *h, bool on, struct err *e)
{
	struct cgroup cg = CGROUP_NONE;

	if (on && h->status == STATUS_PAUSED)
		return state_error(e, "container already paused");
	if (on && h->status != STATUS_RUNNING && h->status != STATUS_CREATED)
		return state_error(e, "container not running");
	if (!on && h->status != STATUS_PAUSED)
		return state_error(e, h->status == STATUS_STOPPED ? "container not running"
		                                                  : "container not paused");
	if (!h->record.cgroup)
		return err_set(e, 0, "container %s has no cgroup of its own to freeze", v->id);
	if (cgroup_open(h->record.cgroup, &cg, e))
		return -1;
	int failed = cgroup_freeze(&cg, on, e) || (on && check_alive(h, &cg, e)) ? -1 : 0;
	cgroup_close(&cg);
	return failed;
}

static int pause_or_resume(const struct verb *v, bool on, struct err *e)
{
	struct held h;

	if (hold(v, true, &h, e))
		return -1;
	int failed = freeze(v, &h, on, e);
	ctr_close(&h.ctr);
	return failed;
}

int verb_pause(const struct verb *v, struct err *e)
{
	return pause_or_resume(v, true, e);
}

int verb_resume(const struct verb *v, struct err *e)
{
	return pause_or_resume(v, false, e);
}

/* ---- looking ---- */

int verb_look(const struct verb *v, struct record *ret, enum status *ret_status, struct err *e)
{
	struct held h;

	if (hold(v, false, &h, e))
		return -1;
	ctr_close(&h.ctr);
	*ret = h.record;
	*ret_status = h.status;
	return 0;
}

int verb_pids(const struct verb *v, pid_t **ret, size_t *ret_n, struct err *e)
{
	struct cgroup cg = CGROUP_NONE;
	struct held h;

	if (hold(v, false, &h, e))
		return -1;
	ctr_close(&h.ctr);
	*ret_n = 0;
	if (h.record.cgroup) {
		if (cgroup_open(h.record.cgroup, &cg, e))
			return e->no == ENOENT ? 0 : -1;
		int failed = cgroup_pids(v->arena, &cg, ret, ret_n, e);
		cgroup_close(&cg);
		return failed;
	}
	if (h.status == STATUS_STOPPED)
		return 0;
	if (h.record.own_pid_ns)
		return ns_pids(v->arena, (pid_t)h.record.pid, ret, ret_n, e);
	*ret = arena_alloc(v->arena, sizeof **ret);
	(*ret)[0] = (pid_t)h.record.pid;
	*ret_n = 1;
	return 0;
}
