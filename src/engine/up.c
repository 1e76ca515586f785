/*
 * up.c - from a definition to a keeper with a monitor.
 *
 *	command                                keeper            monitor
 *	  locks NAME/, then keeper.lock
 *	  plan, ctl.sock (listening)
 *	  fork, exec -------------------------> has the lock
 *	  unlocks NAME/                           fork, exec ----> accepts
 *	  connects, asks
 *
 * Between the two locks nothing can be missed: who comes second finds keeper.lock taken, and its
 * connection waits in the queue of a socket that was listening before.
 */
#define _GNU_SOURCE
#include "engine/up.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "engine/recover.h"
#include "engine/rouse.h"
#include "engine/session.h"
#include "kernel/cgroup.h"
#include "monitor/link.h"
#include "monitor/logger.h"
#include "store/ctr.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* From FD_LINK on; -1: /dev/null. */
enum { KEEPER_FDS = FD_ERR + 1 - FD_LINK };

enum { TRIES = 2000, LOST_TRIES = 100, PAUSE_MS = 5, PROBE_MS = 3000 };

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = 0, .tv_nsec = ms * 1000000L };

	(void)nanosleep(&t, NULL);
}

static int open_lock(int dir)
{
	return openat(dir, "keeper.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	              0600);
}

/* The lock, when it is free; -1 and EWOULDBLOCK while a keeper lives. */
static int take_keeper_lock(int dir)
{
	own_fd fd = open_lock(dir);

	/* Something else in its place can be no keeper's. */
	if (fd < 0 && (errno == EISDIR || errno == ELOOP || errno == ENXIO)) {
		(void)unlinkat(dir, "keeper.lock", errno == EISDIR ? AT_REMOVEDIR : 0);
		fd = open_lock(dir);
	}
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		return -1;
	return own_fd_take(&fd);
}

int up_connect(const struct engine *g, const char *name, struct err *e)
{
	struct ctr c;

	if (ctr_open(g->root, name, &c, e)) {
		if (e->kind == ERR_NO_CONTAINER)
			e->no = ENOENT;
		return -1;
	}
	own_fd dir = c.dir;
	int fd = ctl_connect(dir, e);
	if (fd < 0 && e->no == ECONNREFUSED)
		e->no = ENOENT;
	return fd;
}

/* ---- bringing up ---- */

static int copy_text(char *to, size_t size, const char *from, struct err *e)
{
	if (strlen(from) >= size)
		return err_kind(e, ERR_CONFIG, ENAMETOOLONG, "%.200s", from);
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

/* Moves us, when the container is to lie beside us. */
static int place_cgroup(const struct engine *g, const struct policy *o, struct plan *p,
                        struct err *e)
{
	const char *parent = o->cgroup_parent;

	if (!parent)
		return 0;
	if (!strcmp(parent, POLICY_SELF)) {
		if (cgroup_settle(g->arena, &parent, e))
			return err_ctx(e, POLICY_PREFIX "cgroup-parent=" POLICY_SELF);
		p->delegated = parent != NULL;
	}
	return parent ? copy_text(p->cgroup_parent, sizeof p->cgroup_parent, parent, e) : 0;
}

static int fill_plan(const struct engine *g, const struct definition *d, struct plan *p,
                     struct err *e)
{
	const struct policy *o = &d->policy;
	char score[24];

	*p = (struct plan){
		.format = MONITOR_FORMAT,
		.restart = o->restart,
		.restart_max = o->restart_max,
		.stop_signal = o->stop_signal,
		.stop_timeout_ms = o->stop_timeout_ms,
		.terminal = d->spec.process->terminal,
		.stdin_open = o->stdin_open,
		.remove = o->remove,
		.health_interval_ms = o->health_cmd ? o->health_interval_ms : 0,
		.health_timeout_ms = o->health_timeout_ms,
		.health_start_ms = o->health_start_ms,
		.health_retries = o->health_retries,
		.health_action = o->health_action,
	};
	if (fd_read_text(AT_FDCWD, "/proc/self/oom_score_adj", score, sizeof score) > 0)
		p->oom_score_adj = strtol(score, NULL, 10);
	ssize_t n = readlink("/proc/self/exe", p->exe, sizeof p->exe - 1);
	if (n < 0)
		return err_set(e, errno, "find the program's own file");
	return copy_text(p->name, sizeof p->name, d->name, e) ||
	       copy_text(p->root, sizeof p->root, g->root, e) ||
	       copy_text(p->store, sizeof p->store, d->state_dir, e) ||
	       copy_text(p->bundle, sizeof p->bundle, d->dir, e) ||
	       copy_text(p->log, sizeof p->log, o->log, e) || place_cgroup(g, o, p, e);
}

static _Noreturn void become_keeper(const struct plan *p, const int *fds)
{
	char *argv[] = { (char *)(uintptr_t) "scow", (char *)(uintptr_t) "keeper",
		         (char *)(uintptr_t)p->name, NULL };
	char *none[] = { NULL };
	int high[KEEPER_FDS];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < KEEPER_FDS; i++)
		high[i] = fcntl(fds[i] < 0 ? null : fds[i], F_DUPFD_CLOEXEC, 16);
	(void)setsid();
	if (p->delegated)
		cgroup_join_leaf(p->cgroup_parent);
	(void)!chdir("/"); /* it must not keep a file system busy */
	for (int i = 0; i < FD_LINK; i++)
		if (dup2(null, i) < 0)
			_exit(1);
	for (int i = 0; i < KEEPER_FDS; i++)
		if (dup2(high[i], FD_LINK + i) < 0)
			_exit(1);
	/* Without an environment: it would lie on the stack of keeper and monitor for their lives.
	 */
	(void)execve(p->exe, argv, none);
	(void)execve("/proc/self/exe", argv, none);
	_exit(1);
}

/* Twice forked: the keeper is nobody's child, so that no command has to reap it. */
static int spawn_keeper(const struct plan *p, const int *fds, struct err *e)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return err_set(e, errno, "fork");
	if (!pid) {
		pid_t keeper = fork();

		if (!keeper)
			become_keeper(p, fds);
		_exit(keeper < 0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? err_set(e, EAGAIN, "fork the keeper of %s", p->name) : 0;
}

/* The last end, in both places; on flash only when there is one. */
static void forget_end(const struct engine *g, const struct definition *d, int dir)
{
	(void)unlinkat(dir, "exit", 0);
	own_fd store = g->keep_store ? -1 : open(d->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store >= 0 && !unlinkat(store, "exit", 0))
		(void)fsync(store); /* or it may come back when the power goes */
}

static int spawn(const struct ctr *c, const struct plan *p, int lock, const int *out, struct err *e)
{
	own_fd sock = ctl_listen(c->dir, e);
	if (sock < 0 || plan_write(c->dir, p, e))
		return -1;
	/* Opened anew: a copy of our descriptor would be a copy of our lock. */
	own_fd dir = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open the directory of %s", c->id);
	const int fds[KEEPER_FDS] = { lock, dir, sock, out ? out[0] : -1, out ? out[1] : -1 };
	return spawn_keeper(p, fds, e);
}

/* Who had read the definition before it was removed, as recovery may just have done, must not bring
 * it up any more. */
static int check_there(const struct definition *d, struct err *e)
{
	char path[PLAN_PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/config.json", d->dir);
	return faccessat(AT_FDCWD, path, F_OK, 0) && errno == ENOENT
	           ? err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", d->name)
	           : 0;
}

/* The monitor that opens them has nobody to tell. */
static void warn_of_logs(const struct ctr *c, const struct plan *p)
{
	char line[ERR_LINE_MAX];
	struct logger l;
	struct err e;

	if (logger_open(&l, c->dir, p->name, p->log, &e))
		return; /* read before: it is right */
	for (size_t i = 0; logger_lost(&l, &i, &e);)
		log_warning("container %s runs without its log %s", p->name,
		            err_text(&e, line, sizeof line));
	logger_close(&l);
}

static int bring_up(const struct engine *g, const struct definition *d, const struct ctr *c,
                    int lock, struct err *e)
{
	struct plan p;
	bool ignored;

	if (recover(g->arena, g->root, c, NULL, &ignored, e) || check_there(d, e) ||
	    fill_plan(g, d, &p, e))
		return -1;
	forget_end(g, d, c->dir);
	session_sweep(c->dir);
	(void)unlinkat(c->dir, "life", 0); /* a user's start counts its restarts from 0 */
	(void)unlinkat(c->dir, "health", 0);
	(void)unlinkat(c->dir, "health.last", 0);
	warn_of_logs(c, &p);
	return spawn(c, &p, lock, g->out, e);
}

static int recover_and_restart(struct arena *a, const char *root, const struct ctr *c,
                               const char *reason, int lock, struct err *e)
{
	struct plan p;
	bool restart;

	if (recover(a, root, c, reason, &restart, e))
		return -1;
	return restart && !plan_read(c->dir, &p, e) ? spawn(c, &p, lock, NULL, e) : 0;
}

int up_recover(struct arena *a, const char *root, const char *name, const char *reason, bool wait,
               struct err *e)
{
	struct ctr c;

	int failed =
	    wait ? ctr_open_locked(root, name, &c, e) : ctr_open_try_lock(root, name, &c, e);
	if (failed)
		return e->kind == ERR_NO_CONTAINER || (!wait && e->no == EWOULDBLOCK) ? 0 : -1;
	own_fd lock = take_keeper_lock(c.dir);
	/* Who saw the keeper die may be ahead of the end of its lock; held for longer, it is that
	 * of the next keeper. */
	for (int i = 0; lock < 0 && reason && i < LOST_TRIES; i++) {
		pause_ms(PAUSE_MS);
		lock = take_keeper_lock(c.dir);
	}
	if (lock >= 0)
		failed = recover_and_restart(a, root, &c, reason, lock, e);
	else if (errno != EWOULDBLOCK)
		failed = err_set(e, errno, "lock the keeper of %s", name);
	ctr_close(&c);
	return failed;
}

int up_ensure(const struct engine *g, const struct definition *d, struct err *e)
{
	struct ctr c;

	if (ctr_make(g->root, d->name, &c, e))
		return -1;
	own_fd lock = take_keeper_lock(c.dir);
	int failed = 0;
	if (lock >= 0)
		failed = bring_up(g, d, &c, lock, e);
	else if (errno != EWOULDBLOCK)
		failed = err_set(e, errno, "lock the keeper of %s", d->name);
	if (failed)
		ctr_give_up(g->root, &c);
	else
		ctr_close(&c);
	return failed ? -1 : up_connect(g, d->name, e);
}

/* With both locks held. The definition goes first: whoever is killed behind it is finished by the
 * next `rm`. */
static int remove_locked(const struct engine *g, const struct ctr *c, struct err *e)
{
	const bool planned = !faccessat(c->dir, "plan", F_OK, AT_SYMLINK_NOFOLLOW);
	bool recorded = false;

	if ((planned && recover_sweep(g->arena, g->root, c, &recorded, e)) ||
	    definition_remove(g, c->id, e))
		return -1;
	if (!planned && !faccessat(c->dir, "state.json", F_OK, AT_SYMLINK_NOFOLLOW))
		return 0; /* it belongs to a container that somebody else has made */
	if (unlinkat(c->dir, "plan", 0) && errno == EISDIR)
		(void)unlinkat(c->dir, "plan", AT_REMOVEDIR);
	return ctr_remove(g->root, c, e);
}

const char *up_delegated(const struct engine *g, const char *name)
{
	struct plan *p = arena_alloc(g->arena, sizeof *p);
	struct err ignored;
	struct ctr c;

	if (ctr_open(g->root, name, &c, &ignored))
		return NULL;
	own_fd dir = c.dir;
	return !plan_read(dir, p, &ignored) && p->delegated ? p->cgroup_parent : NULL;
}

int up_remove(const struct engine *g, const char *name, struct err *e)
{
	struct ctr c;

	if (ctr_make(g->root, name, &c, e))
		return -1;
	own_fd lock = take_keeper_lock(c.dir);
	int failed =
	    lock < 0 ? err_set(e, errno, "lock the keeper of %s", name) : remove_locked(g, &c, e);
	ctr_close(&c);
	return failed;
}

void up_sweep(const struct engine *g, const char *name)
{
	struct err ignored;
	struct ctr c;

	if (ctr_make(g->root, name, &c, &ignored))
		return;
	own_fd lock = take_keeper_lock(c.dir);
	definition_sweep(g, name);
	if (lock >= 0 && !definition_find(g, name) &&
	    faccessat(c.dir, "plan", F_OK, AT_SYMLINK_NOFOLLOW) &&
	    faccessat(c.dir, "state.json", F_OK, AT_SYMLINK_NOFOLLOW))
		(void)ctr_remove(g->root, &c, &ignored); /* the next one tries again */
	ctr_close(&c);
}

/* Waiting disturbs nobody: a monitor that does anything at all answers that it has been heard. */
static bool is_heard(const struct engine *g, const char *name)
{
	const struct ctl_request r = { .type = CTL_REQUEST,
		                       .format = MONITOR_FORMAT,
		                       .verb = CTL_WAIT,
		                       .value = CTL_REMOVED };
	struct ctl_reply reply;
	struct err e;
	own_fd sock = up_connect(g, name, &e);

	if (sock < 0)
		return e.no != EAGAIN;
	return ctl_send(sock, &r, sizeof r) || ctl_recv_reply(sock, &reply, PROBE_MS) >= 0 ||
	       errno != EAGAIN;
}

bool up_is_well(const struct engine *g, const char *name)
{
	return rouse_stopped(g, name) || is_heard(g, name);
}

int up_hear(const struct engine *g, const char *name, int sock, struct ctl_reply *ret)
{
	int n, deaf = 0, ms = UP_PATIENCE_MS;

	while ((n = ctl_recv_reply(sock, ret, ms)) < 0 && errno == EAGAIN && deaf < UP_DEAF_MAX) {
		deaf = up_is_well(g, name) ? 0 : deaf + 1;
		ms = PROBE_MS;
	}
	return n;
}

/* Who only looks on is told; the others want something done, which takes a monitor that lives. */
static int give_up(const struct engine *g, const char *name, const struct ctl_request *r, int deaf,
                   struct err *e)
{
	if (r->verb != CTL_WAIT && r->verb != CTL_ATTACH && deaf < UP_DEAF_MAX) {
		rouse_kill_monitor(g, name);
		return 0;
	}
	return err_set(e, 0, "the monitor of %s does not answer", name);
}

int up_ask(const struct engine *g, const char *name, const struct definition *start,
           const struct ctl_request *r, struct ctl_reply *ret, int *ret_sock, struct err *e)
{
	int deaf = 0;

	for (int i = 0; i < TRIES; i++) {
		own_fd sock = start ? up_ensure(g, start, e) : up_connect(g, name, e);

		if (sock < 0 && e->no != EAGAIN && (e->no != ENOENT || !start))
			return -1;
		/* No answer: the monitor was leaving, or was killed and has a successor. */
		const bool sent = sock >= 0 && !ctl_send(sock, r, sizeof *r);
		const int n = sent ? up_hear(g, name, sock, ret) : -1;
		if (n > 0) {
			if (ret_sock)
				*ret_sock = own_fd_take(&sock);
			return 0;
		}
		const bool is_deaf = sent ? n && errno == EAGAIN
		                          : sock < 0 && e->no == EAGAIN && !up_is_well(g, name);
		if (is_deaf && give_up(g, name, r, ++deaf, e))
			return -1;
		pause_ms(PAUSE_MS);
	}
	return err_set(e, 0, "the monitors of %s leave before they answer", name);
}
