/*
 * cgroup.c - the container's cgroup, by way of its directory.
 *
 *   create     mkdir, open          the parents and their controllers only when the parent is missing
 *   freeze     cgroup.freeze        then cgroup.events until it says "frozen 1"
 *   kill       cgroup.kill          before Linux 5.14: freeze, signal, repeat until nobody is left
 *   remove     rmdir                when busy: wait for cgroup.events, then what is below, bottom up
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE /* musl 1.2.4 and newer: getdents64 */
#include "kernel/cgroup.h"

#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>

enum {
	PATH_LEN_MAX = 1024,	/* of a cgroup, so of at most 512 levels */
	ABOVE_MAX = 3 * 512 + 64, /* "../" for each, and a file */
	CONTROLLERS_MAX = 1024, /* bytes of cgroup.controllers */
	NAMES_MAX = 65536,	/* sub-cgroups that one walk remembers: a container can make any number */
	KILL_BATCH = 256,	/* pidfds open at once */
	KILL_ROUND_MS = 20,
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Either the directory was gone before the file was opened, or after. */
static bool is_gone(int no)
{
	return no == ENOENT || no == ENODEV;
}

const char *cgroup_root(struct err *e)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs s;

	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
		if (!statfs(mounts[i], &s) && (unsigned long)s.f_type == CGROUP2_SUPER_MAGIC)
			return mounts[i];
	err_set(e, 0, "no cgroup2 at %s nor %s (mount -t cgroup2 cgroup2 %s)", mounts[0], mounts[1], mounts[0]);
	return NULL;
}

static bool is_systemd_form(const char *s)
{
	const char *colon = strchr(s, ':');

	return !strchr(s, '/') && colon && (colon = strchr(colon + 1, ':')) && !strchr(colon + 1, ':');
}

int cgroup_path(struct arena *a, const char *cgroups_path, const char *id, const char **ret, struct err *e)
{
	if (!cgroups_path || !*cgroups_path) {
		*ret = arena_printf(a, "/scow/%s", id);
		return 0;
	}
	if (is_systemd_form(cgroups_path))
		return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: \"%s\" asks systemd for a cgroup (slice:prefix:name), "
		                "and only paths are supported", cgroups_path);
	if (strlen(cgroups_path) >= PATH_LEN_MAX)
		return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: longer than %d bytes", PATH_LEN_MAX - 1);
	char *path = arena_alloc(a, strlen(cgroups_path) + 2);
	size_t len = 0;
	for (const char *p = cgroups_path; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && !strncmp(p, "..", 2))
			return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: \"%s\" has a \"..\"", cgroups_path);
		if (n > NAME_MAX)
			return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: a name is longer than %d bytes", NAME_MAX);
		if (n && !(n == 1 && *p == '.')) {
			path[len++] = '/';
			memcpy(path + len, p, n);
			len += n;
		}
		p += n + (p[n] == '/');
	}
	if (!len)
		return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: \"%s\" is the root of all cgroups", cgroups_path);
	*ret = path;
	return 0;
}

/*
 * Does the cgroup (`prefix` is "" or "../") have processes of its own? Then it must hand nothing down: the kernel
 * refuses that for most controllers, and for the others turns it into the root of threaded cgroups, below which no
 * container can live. The root of the hierarchy, the one without a cgroup.type, is free of that rule.
 */
static bool is_inner(int dir, const char *prefix)
{
	char file[ABOVE_MAX], text[32];

	snprintf(file, sizeof file, "%scgroup.type", prefix);
	if (fd_read_text(dir, file, text, sizeof text) < 0)
		return false;
	snprintf(file, sizeof file, "%scgroup.procs", prefix);
	return fd_read_text(dir, file, text, sizeof text) != 0; /* EFBIG: there are many */
}

/*
 * Everything that this cgroup has, for the cgroups below it. One write is all or nothing, so what refuses (a
 * controller that cannot be had while there are real-time processes, say) is found by trying one at a time.
 */
static void hand_down(int dir)
{
	char have[CONTROLLERS_MAX], all[2 * CONTROLLERS_MAX];
	size_t len = 0;

	if (fd_read_text(dir, "cgroup.controllers", have, sizeof have) <= 0 || is_inner(dir, ""))
		return;
	char *save, *word = strtok_r(have, " \n", &save);
	for (; word; word = strtok_r(NULL, " \n", &save))
		len += (size_t)snprintf(all + len, sizeof all - len, "%s+%s", len ? " " : "", word);
	if (!len || !fd_put(dir, "cgroup.subtree_control", all))
		return;
	for (word = strtok_r(all, " ", &save); word; word = strtok_r(NULL, " ", &save))
		(void)fd_put(dir, "cgroup.subtree_control", word); /* a limit that needs it will say so */
}

/* The missing ones of `full` above its last name; *ret_keep: how long the part is that was there before. */
static int make_parents(char *full, size_t root_len, size_t *ret_keep, struct err *e)
{
	for (char *p = full + root_len; p && (p = strchr(p, '/'));) {
		char *end = strchr(p + 1, '/');
		*p = '\0';
		own_fd dir = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0)
			hand_down(dir);
		*p = '/';
		if (!end)
			return 0;
		*end = '\0';
		int failed = mkdir(full, 0755);
		if (failed && errno != EEXIST)
			return err_set(e, errno, "make cgroup %s", full);
		if (!failed && *ret_keep > (size_t)(p - full))
			*ret_keep = (size_t)(p - full);
		*end = '/';
		p = end;
	}
	return 0;
}

static void drop_parents(char *full, size_t keep)
{
	for (char *p; (p = strrchr(full, '/')) && (size_t)(p - full) > keep;) {
		*p = '\0';
		(void)rmdir(full); /* EBUSY: somebody else has come to use it */
	}
}

static int check_idle(struct arena *a, const struct cgroup *cg, struct err *e)
{
	pid_t *pids;
	size_t n;
	bool frozen;

	if (cgroup_pids(a, cg, &pids, &n, e))
		return -1;
	if (n)
		return err_kind(e, ERR_STATE, 0, "container's cgroup is not empty: %zu process(es) found", n);
	if (cgroup_frozen(cg, &frozen, e))
		return -1;
	if (frozen)
		return err_kind(e, ERR_STATE, 0, "container's cgroup unexpectedly frozen");
	return 0;
}

static int make_and_open(struct arena *a, char *full, struct cgroup *cg, struct err *e)
{
	cg->made = !mkdir(full, 0755);
	if (!cg->made && errno != EEXIST)
		return err_set(e, errno, "make cgroup %s", full);
	cg->fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->fd < 0) {
		err_set(e, errno, "open cgroup %s", full);
		if (cg->made)
			(void)rmdir(full); /* the open is the error to tell */
		return -1;
	}
	if (!cg->made && check_idle(a, cg, e)) {
		cgroup_close(cg);
		return err_ctx(e, "cgroup %s", cg->path);
	}
	return 0;
}

int cgroup_create(struct arena *a, const char *path, struct cgroup *ret, struct err *e)
{
	const char *root = cgroup_root(e);

	if (!root)
		return -1;
	struct cgroup cg = { .fd = -1, .path = path };
	char *full = arena_printf(a, "%s%s", root, path);
	if (make_and_open(a, full, &cg, e)) {
		size_t keep = SIZE_MAX;
		if (e->no != ENOENT)
			return -1;
		if (make_parents(full, strlen(root), &keep, e) || make_and_open(a, full, &cg, e)) {
			drop_parents(full, keep);
			return -1;
		}
	}
	*ret = cg;
	return 0;
}

int cgroup_open(const char *path, struct cgroup *ret, struct err *e)
{
	const char *root = cgroup_root(e);
	char full[PATH_LEN_MAX + 32];

	if (!root)
		return -1;
	if ((size_t)snprintf(full, sizeof full, "%s%s", root, path) >= sizeof full)
		return err_set(e, ENAMETOOLONG, "open cgroup %s", path);
	int fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open cgroup %s", full);
	*ret = (struct cgroup){ .fd = fd, .path = path };
	return 0;
}

void cgroup_close(struct cgroup *cg)
{
	own_fd_drop(&cg->fd);
}

/* Controllers, from the nearest cgroup that has one downwards. */

/* "../../" is the one 2 levels above. */
static void above(char buf[ABOVE_MAX], unsigned up, const char *file)
{
	size_t len = 0;

	for (; up && len + 3 < ABOVE_MAX; up--, len += 3)
		memcpy(buf + len, "../", 3);
	snprintf(buf + len, ABOVE_MAX - len, "%s", file);
}

/* How much of the path names the cgroup `up` levels above; 0 is the root. */
static int above_len(const char *path, unsigned up)
{
	size_t len = strlen(path);

	for (; up; up--)
		while (len && path[--len] != '/')
			;
	return (int)len;
}

static bool has_word(char *words, const char *word)
{
	char *save;

	for (char *w = strtok_r(words, " \n", &save); w; w = strtok_r(NULL, " \n", &save))
		if (!strcmp(w, word))
			return true;
	return false;
}

static int enable_at(const struct cgroup *cg, unsigned up, const char *controller, struct err *e)
{
	char file[ABOVE_MAX], text[64];
	int len = above_len(cg->path, up);
	const char *at = len ? cg->path : "/";

	len = len ? len : 1;
	above(file, up, "");
	if (is_inner(cg->fd, file))
		return err_set(e, EBUSY, "cgroup %.*s has processes of its own, so it cannot hand down the %s controller", len, at,
		               controller);
	above(file, up, "cgroup.subtree_control");
	snprintf(text, sizeof text, "+%s", controller);
	if (fd_put(cg->fd, file, text))
		return err_set(e, errno, "cgroup %.*s: hand down the %s controller", len, at, controller);
	return 0;
}

int cgroup_enable(const struct cgroup *cg, const char *controller, struct err *e)
{
	char file[ABOVE_MAX], have[CONTROLLERS_MAX];
	unsigned depth = 0, up;

	for (const char *p = cg->path; (p = strchr(p, '/')); p++)
		depth++;
	for (up = 0; up <= depth; up++) {
		above(file, up, "cgroup.controllers");
		if (fd_read_text(cg->fd, file, have, sizeof have) < 0)
			return err_set(e, errno, "cgroup %s: read %s", cg->path, file);
		if (has_word(have, controller))
			break;
	}
	if (up > depth)
		/* no errno: engines take "No such file or directory" for a missing program */
		return err_set(e, 0, "there is no %s controller for cgroup2 (the kernel lacks it, or cgroup v1 has it)",
		               controller);
	for (; up; up--)
		if (enable_at(cg, up, controller, e))
			return -1;
	return 0;
}

/* cgroup.events: a file that poll(2) tells changes of. */

static int read_event(int fd, const char *key, bool *ret)
{
	char buf[128];
	ssize_t n = pread(fd, buf, sizeof buf - 1, 0);

	if (n < 0)
		return -1;
	buf[n] = '\0';
	const char *p = strstr(buf, key);
	*ret = p && p[strlen(key)] == '1';
	return 0;
}

/* -1 and errno; ETIMEDOUT. A cgroup that is gone has no events: ENOENT or ENODEV. */
static int wait_event(const struct cgroup *cg, const char *key, bool want, int timeout_ms)
{
	own_fd fd = openat(cg->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	for (int64_t end = now_ms() + timeout_ms;;) {
		bool is;
		if (read_event(fd, key, &is)) /* the read arms the poll: kernfs compares event counts */
			return -1;
		if (is == want)
			return 0;
		int64_t left = end - now_ms();
		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -1;
	}
}

int cgroup_populated(const struct cgroup *cg, bool *ret, struct err *e)
{
	own_fd fd = openat(cg->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !read_event(fd, "populated ", ret))
		return 0;
	if (!is_gone(errno))
		return err_set(e, errno, "cgroup %s: read cgroup.events", cg->path);
	*ret = false;
	return 0;
}

int cgroup_wait_empty(const struct cgroup *cg, int timeout_ms, struct err *e)
{
	if (!wait_event(cg, "populated ", false, timeout_ms) || is_gone(errno))
		return 0;
	return err_set(e, errno, "cgroup %s: wait until its processes are gone", cg->path);
}

int cgroup_frozen(const struct cgroup *cg, bool *ret, struct err *e)
{
	char text[8];

	if (fd_read_text(cg->fd, "cgroup.freeze", text, sizeof text) < 0) {
		if (!is_gone(errno))
			return err_set(e, errno, "cgroup %s: read cgroup.freeze", cg->path);
		text[0] = '0';
	}
	*ret = text[0] == '1';
	return 0;
}

int cgroup_freeze(const struct cgroup *cg, bool freeze, struct err *e)
{
	const char *what = freeze ? "freeze" : "thaw";

	if (fd_put(cg->fd, "cgroup.freeze", freeze ? "1" : "0"))
		return err_set(e, errno, "%s cgroup %s", what, cg->path);
	if (!wait_event(cg, "frozen ", freeze, CGROUP_WAIT_MS))
		return 0;
	err_set(e, errno, "%s cgroup %s", what, cg->path);
	if (freeze)
		(void)fd_put(cg->fd, "cgroup.freeze", "0"); /* half frozen would be neither state */
	return -1;
}

/*
 * Walks over the sub-cgroups with one descriptor, whatever the depth: down by name, up by "..". Each
 * directory is listed once.
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
			if (d->d_type != DT_DIR || !strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
				continue;
			if (w->names++ == NAMES_MAX) {
				errno = E2BIG;
				return -1;
			}
			struct name *s = arena_alloc(w->a, sizeof *s + strlen(d->d_name) + 1);
			strcpy(s->text, d->d_name);
			s->next = *ret;
			*ret = s;
		}
	return n < 0 && !is_gone(errno) ? -1 : 0;
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
		(void)unlinkat(fd, w->at->name, AT_REMOVEDIR); /* the top's own rmdir is what counts */
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
		if (!is_gone(errno))
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
		return is_gone(errno) ? 0 : -1;
	while ((n = read(fd, buf, sizeof buf)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != '\n') {
				pid = pid * 10 + (buf[i] - '0');
			} else if (pid) { /* 0: of a pid namespace that we do not see into */
				pids_add(p, pid);
				pid = 0;
			}
	/* EOPNOTSUPP: a threaded cgroup; its processes are listed in the one above. */
	return n < 0 && errno != EOPNOTSUPP && !is_gone(errno) ? -1 : 0;
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
	if (r && !is_gone(errno))
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
 * SIGKILL to what cgroup.procs lists. A pid may be reused by a stranger between the read and the signal, so
 * each is pinned by a pidfd first and must still be listed after that.
 */
static int kill_listed(struct arena *a, const struct cgroup *cg, struct err *e)
{
	int pidfd[KILL_BATCH];
	pid_t *before, *after;
	size_t n, n_after;

	if (cgroup_pids(a, cg, &before, &n, e))
		return -1;
	n = n < KILL_BATCH ? n : KILL_BATCH;
	for (size_t i = 0; i < n; i++)
		pidfd[i] = sys_pidfd_open(before[i]); /* -1: dead already, or the next round's */
	int r = cgroup_pids(a, cg, &after, &n_after, e);
	for (size_t i = 0; i < n; i++) {
		if (!r && pidfd[i] >= 0 && pids_have(after, n_after, before[i]))
			(void)sys_pidfd_send_signal(pidfd[i], SIGKILL); /* ESRCH: dead already */
		own_fd_drop(&pidfd[i]);
	}
	return r;
}

/* Frozen processes cannot fork away from the signals, and die of SIGKILL all the same. */
static int kill_frozen(const struct cgroup *cg, struct err *e)
{
	int64_t end = now_ms() + CGROUP_WAIT_MS;
	int r = 0;

	if (fd_put(cg->fd, "cgroup.freeze", "1"))
		return is_gone(errno) ? 0 : err_set(e, errno, "freeze cgroup %s", cg->path);
	for (bool left = true; !r && left;) {
		struct arena a = { 0 };
		r = kill_listed(&a, cg, e);
		arena_free(&a);
		if (!r && !cgroup_wait_empty(cg, KILL_ROUND_MS, e))
			left = false;
		else if (!r && (e->no != ETIMEDOUT || now_ms() > end))
			r = err_ctx(e, "kill");
	}
	(void)fd_put(cg->fd, "cgroup.freeze", "0"); /* nothing is left to thaw, or r tells */
	return r;
}

int cgroup_kill(const struct cgroup *cg, struct err *e)
{
	if (!fd_put(cg->fd, "cgroup.kill", "1"))
		return 0;
	if (!is_gone(errno))
		return err_set(e, errno, "kill cgroup %s", cg->path);
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

int cgroup_remove(const struct cgroup *cg, struct err *e)
{
	char self[NAME_MAX + 4];
	int64_t end = now_ms() + CGROUP_WAIT_MS;

	snprintf(self, sizeof self, "..%s", strrchr(cg->path, '/'));
	for (bool again = false;; again = true) {
		if (!unlinkat(cg->fd, self, AT_REMOVEDIR) || is_gone(errno))
			return 0;
		int64_t left = end - now_ms();
		if (errno != EBUSY || left <= 0)
			return err_set(e, errno, "remove cgroup %s", cg->path);
		if (again)
			remove_below(cg);
		if (wait_event(cg, "populated ", false, (int)left) && errno != ETIMEDOUT && !is_gone(errno))
			return err_set(e, errno, "cgroup %s: wait until its processes are gone", cg->path);
	}
}
