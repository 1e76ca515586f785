/*
 * cgroup_tree.c - a cgroup with everything that the container made below it.
 *
 *	pids	cgroup.procs of each
 *	kill	cgroup.kill	then, and before Linux 5.14: freeze, signal, repeat until nobody is
 *left remove	rmdir		when busy: wait for cgroup.events, then what is below, bottom up
 *
 * The container decides how many cgroups there are and how deep: with the depth, nothing here
 * grows but a list.
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE /* musl 1.2.4 and newer: getdents64 */
#include "kernel/cgroup.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "sys/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	NAMES_MAX = 65536, /* sub-cgroups that one walk remembers */
	KILL_BATCH = 256,  /* pidfds open at once */
	KILL_ROUND_MS = 20,
	KILL_GRACE_MS = 100, /* for what cgroup.kill has killed */
};

/*
 * Walks over the sub-cgroups with one descriptor, whatever the depth: down by name, up by "..".
 * Each directory is listed once.
 */
struct name {
	struct name *next;
	char text[];
};

struct level {
	struct level *up;
	struct name *todo;
	const char *name; /* in the level above */
};

struct walk {
	struct arena *a;
	int fd; /* the cgroup that the walk is at */
	struct level *at;
	size_t names;
	bool remove; /* rmdir what it leaves */
};

static int list_below(struct walk *w, struct name **ret)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = getdents64(w->fd, (void *)buf, sizeof buf)) > 0)
		for (ssize_t i = 0; i < n;) {
			const struct dirent64 *d = (const void *)(buf + i);
			i += d->d_reclen;
			if (d->d_type != DT_DIR || !strcmp(d->d_name, ".") ||
			    !strcmp(d->d_name, ".."))
				continue;
			if (w->names++ == NAMES_MAX) {
				errno = E2BIG;
				return -1;
			}
			size_t size = strlen(d->d_name) + 1;
			struct name *s = arena_alloc(w->a, sizeof *s + size);
			memcpy(s->text, d->d_name, size);
			s->next = *ret;
			*ret = s;
		}
	return n < 0 && !cgroup_errno_is_gone(errno) ? -1 : 0;
}

static int walk_enter(struct walk *w, int fd, const char *name)
{
	struct level *l = arena_alloc(w->a, sizeof *l);

	own_fd_drop(&w->fd);
	w->fd = fd;
	l->up = w->at;
	l->name = name;
	w->at = l;
	/* A remove takes what it has room for, and is repeated. */
	return list_below(w, &l->todo) && !(w->remove && errno == E2BIG) ? -1 : 0;
}

static int walk_start(struct walk *w, const struct cgroup *cg)
{
	int fd = openat(cg->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : walk_enter(w, fd, NULL);
}

static int walk_up(struct walk *w)
{
	int fd = openat(w->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	own_fd_drop(&w->fd);
	w->fd = fd;
	if (w->remove)
		(void)unlinkat(fd, w->at->name, AT_REMOVEDIR); /* the top's rmdir tells */
	w->at = w->at->up;
	return 0;
}

/* To the next cgroup: 1 when w->fd is at it, 0 after the last, -1 and errno. */
static int walk_next(struct walk *w)
{
	while (w->at) {
		struct name *s = w->at->todo;
		if (!s) {
			if (!w->at->up)
				return 0;
			if (walk_up(w))
				return -1;
			continue;
		}
		w->at->todo = s->next;
		int fd = openat(w->fd, s->text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			return walk_enter(w, fd, s->text) ? -1 : 1;
		if (!cgroup_errno_is_gone(errno))
			return -1;
	}
	return 0;
}

struct pids {
	struct arena *a;
	pid_t *v;
	size_t n, cap;
};

static void pids_add(struct pids *p, pid_t pid)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		pid_t *v = arena_array(p->a, p->cap, sizeof *v);
		if (p->n)
			memcpy(v, p->v, p->n * sizeof *v);
		p->v = v;
	}
	p->v[p->n++] = pid;
}

static int pids_read(struct pids *p, int dir)
{
	char buf[4096];
	ssize_t n;
	pid_t pid = 0;

	own_fd fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cgroup_errno_is_gone(errno) ? 0 : -1;
	while ((n = read(fd, buf, sizeof buf)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != '\n') {
				pid = pid * 10 + (buf[i] - '0');
			} else if (pid) { /* 0: of a pid namespace that we do not see into */
				pids_add(p, pid);
				pid = 0;
			}
	/* EOPNOTSUPP: a threaded cgroup; its processes are listed in the one above. */
	return n < 0 && errno != EOPNOTSUPP && !cgroup_errno_is_gone(errno) ? -1 : 0;
}

int cgroup_pids(struct arena *a, const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct err *e)
{
	struct pids p = { .a = a };
	struct walk w = { .a = a, .fd = -1 };
	int r = walk_start(&w, cg);

	if (!r)
		do
			r = pids_read(&p, w.fd);
		while (!r && (r = walk_next(&w)) == 1);
	if (r && !cgroup_errno_is_gone(errno))
		err_set(e, errno, "cgroup %s: list its processes", cg->path);
	else
		r = 0;
	own_fd_drop(&w.fd);
	if (r)
		return -1;
	*ret = p.v;
	*ret_n = p.n;
	return 0;
}

static bool pids_have(const pid_t *v, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == pid)
			return true;
	return false;
}

/*
 * A pid that cgroup.procs has listed may be reused by a stranger before the signal, so each is
 * pinned by a pidfd first and must still be listed after that.
 */
static int signal_batch(struct arena *a, const struct cgroup *cg, const pid_t *pids, size_t n,
                        int signal, struct err *e)
{
	int pidfd[KILL_BATCH];
	pid_t *after;
	size_t n_after;

	for (size_t i = 0; i < n; i++)
		pidfd[i] = sys_pidfd_open(pids[i]); /* -1: dead already */
	int r = cgroup_pids(a, cg, &after, &n_after, e);
	for (size_t i = 0; i < n; i++) {
		if (!r && pidfd[i] >= 0 && pids_have(after, n_after, pids[i]) &&
		    sys_pidfd_send_signal(pidfd[i], signal) && errno != ESRCH)
			r = err_set(e, errno, "signal process %d", (int)pids[i]);
		own_fd_drop(&pidfd[i]);
	}
	return r;
}

int cgroup_signal(struct arena *a, const struct cgroup *cg, int signal, struct err *e)
{
	pid_t *pids;
	size_t n;

	if (cgroup_pids(a, cg, &pids, &n, e))
		return -1;
	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < KILL_BATCH ? n - i : KILL_BATCH;
		if (signal_batch(a, cg, pids + i, part, signal, e))
			return -1;
	}
	return 0;
}

/* Frozen processes cannot fork away from the signals, and die of SIGKILL all the same. */
static int kill_frozen(const struct cgroup *cg, struct err *e)
{
	int64_t end = clock_ms() + CGROUP_WAIT_MS;
	int r = 0;

	if (fd_put(cg->fd, "cgroup.freeze", "1"))
		return cgroup_errno_is_gone(errno)
		           ? 0
		           : err_set(e, errno, "freeze cgroup %s", cg->path);
	log_debug(
	    "cgroup %s: without cgroup.kill (Linux 5.14) or not done by it: frozen, then killed",
	    cg->path);
	for (bool left = true; !r && left;) {
		struct arena a = { 0 };
		r = cgroup_signal(&a, cg, SIGKILL, e);
		arena_free(&a);
		if (!r && !cgroup_wait_empty(cg, KILL_ROUND_MS, e))
			left = false;
		else if (!r && (e->no != ETIMEDOUT || clock_ms() > end))
			r = err_ctx(e, "kill");
	}
	(void)fd_put(cg->fd, "cgroup.freeze", "0"); /* nothing is left to thaw, or r tells */
	return r;
}

/*
 * cgroup.kill signals the first thread of each process (send_sig() in __cgroup_kill()), which is
 * lost where that thread has ended and others go on. A pidfd's signal reaches those.
 */
int cgroup_kill(const struct cgroup *cg, struct err *e)
{
	bool asked = !fd_put(cg->fd, "cgroup.kill", "1");

	if (!asked && !cgroup_errno_is_gone(errno))
		return err_set(e, errno, "kill cgroup %s", cg->path);
	if (asked && !cgroup_wait_empty(cg, KILL_GRACE_MS, e))
		return 0;
	return asked && e->no != ETIMEDOUT ? -1 : kill_frozen(cg, e);
}

/*
 * Linux from 6.14 on (6.18.44 shows it) counts the writes to cgroup.kill, and a clone3 with
 * CLONE_INTO_CGROUP compares the count of the cgroup where the child goes to with that of its
 * parent's: after one write every child is killed at once. So a cgroup that stays gets none.
 */
int cgroup_empty(const struct cgroup *cg, struct err *e)
{
	return kill_frozen(cg, e);
}

static void remove_below(const struct cgroup *cg)
{
	struct arena a = { 0 };
	struct walk w = { .a = &a, .fd = -1, .remove = true };

	if (!walk_start(&w, cg))
		while (walk_next(&w) == 1)
			;
	own_fd_drop(&w.fd); /* what could not be removed keeps the top busy, which is reported */
	arena_free(&a);
}

int cgroup_try_remove(const struct cgroup *cg)
{
	char self[NAME_MAX + 4];

	snprintf(self, sizeof self, "..%s", strrchr(cg->path, '/'));
	return !unlinkat(cg->fd, self, AT_REMOVEDIR) || cgroup_errno_is_gone(errno) ? 0 : -1;
}

int cgroup_remove(const struct cgroup *cg, struct err *e)
{
	int64_t end = clock_ms() + CGROUP_WAIT_MS;

	for (bool again = false;; again = true) {
		if (!cgroup_try_remove(cg))
			return 0;
		int64_t left = end - clock_ms();
		if (errno != EBUSY || left <= 0)
			return err_set(e, errno, "remove cgroup %s", cg->path);
		if (again)
			remove_below(cg);
		if (cgroup_wait_empty(cg, (int)left, e) && e->no != ETIMEDOUT)
			return -1;
	}
}
