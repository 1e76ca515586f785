/*
 * cgroup.c - the container's cgroup itself, by way of its directory.
 *
 *	create	mkdir, open	the parents and their controllers only when the parent is missing
 *	enable	subtree_control	in the cgroups above, from the nearest that has the controller
 *	freeze	cgroup.freeze	then cgroup.events until it says "frozen 1"
 *
 * What deals with everything below it as well is in cgroup_tree.c.
 */
#define _GNU_SOURCE
#include "kernel/cgroup.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum {
	PATH_LEN_MAX = 1024,      /* of a cgroup, so of at most 512 levels */
	ABOVE_MAX = 3 * 512 + 64, /* "../" for each, and a file */
	CONTROLLERS_MAX = 1024,   /* bytes of cgroup.controllers */
};

bool cgroup_errno_is_gone(int no)
{
	return no == ENOENT || no == ENODEV;
}

static bool is_systemd_form(const char *s)
{
	const char *colon = strchr(s, ':');

	return !strchr(s, '/') && colon && (colon = strchr(colon + 1, ':')) &&
	       !strchr(colon + 1, ':');
}

int cgroup_path(struct arena *a, const char *cgroups_path, const char *id, const char **ret,
                struct err *e)
{
	if (!cgroups_path || !*cgroups_path) {
		*ret = arena_printf(a, "/scow/%s", id);
		return 0;
	}
	if (is_systemd_form(cgroups_path))
		return err_kind(
		    e, ERR_CONFIG, 0,
		    "linux.cgroupsPath: \"%s\" is systemd's slice:prefix:name, which needs "
		    "--systemd-cgroup",
		    cgroups_path);
	if (strlen(cgroups_path) >= PATH_LEN_MAX)
		return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: longer than %d bytes",
		                PATH_LEN_MAX - 1);
	char *path = arena_alloc(a, strlen(cgroups_path) + 2);
	size_t len = 0;
	for (const char *p = cgroups_path; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && !strncmp(p, "..", 2))
			return err_kind(e, ERR_CONFIG, 0, "linux.cgroupsPath: \"%s\" has a \"..\"",
			                cgroups_path);
		if (n > NAME_MAX)
			return err_kind(e, ERR_CONFIG, 0,
			                "linux.cgroupsPath: a name is longer than %d bytes",
			                NAME_MAX);
		if (n && !(n == 1 && *p == '.')) {
			path[len++] = '/';
			memcpy(path + len, p, n);
			len += n;
		}
		p += n + (p[n] == '/');
	}
	if (!len)
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.cgroupsPath: \"%s\" is the root of all cgroups",
		                cgroups_path);
	*ret = path;
	return 0;
}

/*
 * Does the cgroup (`prefix` is "" or "../") have processes of its own? Then it must hand nothing
 * down: the kernel refuses that for most controllers, and for the others turns it into the root of
 * threaded cgroups, below which no container can live. The root of the hierarchy, the one without a
 * cgroup.type, is free of that rule.
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
 * Everything that this cgroup has, for the cgroups below it. One write is all or nothing, so what
 * refuses (a controller that cannot be had while there are real-time processes, say) is found by
 * trying one at a time.
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
		/* a limit that needs it will say so */
		(void)fd_put(dir, "cgroup.subtree_control", word);
}

/* Of `full`, what is above its last name. *ret_keep: the length of what was there before. */
static int make_parents(char *full, size_t root_len, size_t *ret_keep, struct err *e)
{
	for (char *p = full + root_len; p && (p = strchr(p, '/'));) {
		char *end = strchr(p + 1, '/');
		*p = '\0';
		own_fd dir = openat(AT_FDCWD, full, O_PATH | O_DIRECTORY | O_CLOEXEC);
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
		return err_kind(e, ERR_STATE, 0,
		                "container's cgroup is not empty: %zu process(es) found", n);
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
	/* openat, since musl's open makes a second call to be sure of O_CLOEXEC */
	cg->fd = openat(AT_FDCWD, full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

int cgroup_create_delegated(struct arena *a, const char *path, size_t delegated, struct cgroup *ret,
                            struct err *e)
{
	const char *root = cgroup_root(e);
	struct cgroup cg = { .fd = -1, .path = path, .delegated = delegated };

	if (!root)
		return -1;
	own_fd above = open(arena_printf(a, "%s%.*s", root, (int)delegated, path),
	                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Who takes controllers back must not do so between its look for containers and ours. */
	if (above >= 0)
		(void)flock(above, LOCK_SH);
	if (make_and_open(a, arena_printf(a, "%s%s", root, path), &cg, e))
		return -1;
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
	int fd = openat(AT_FDCWD, full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open cgroup %s", full);
	*ret = (struct cgroup){ .fd = fd, .path = path };
	return 0;
}

void cgroup_close(struct cgroup *cg)
{
	own_fd_drop(&cg->fd);
}

/* trusted.*: only the host's CAP_SYS_ADMIN can change it. xattr(7) */
#define MARK "trusted.scow"

void cgroup_mark(const struct cgroup *cg, const char *owner)
{
	(void)fsetxattr(cg->fd, MARK, owner, strlen(owner), 0); /* see cgroup.h */
}

bool cgroup_is_of(const struct cgroup *cg, const char *owner)
{
	char text[128];
	ssize_t n = fgetxattr(cg->fd, MARK, text, sizeof text);

	return n < 0 || ((size_t)n == strlen(owner) && !memcmp(text, owner, (size_t)n));
}

/* "0::/path"; hybrid hosts have lines of others before it. */
char *cgroup_path_of(const char *pid, char *text, size_t size)
{
	char file[40];

	snprintf(file, sizeof file, "/proc/%s/cgroup", pid);
	if (fd_read_text(AT_FDCWD, file, text, size) <= 0)
		return NULL;
	char *line = !strncmp(text, "0::/", 4) ? text : strstr(text, "\n0::/");
	if (!line)
		return NULL;
	line += *line == '\n';
	line[strcspn(line, "\n")] = 0;
	return line + 3;
}

static bool is_below(const char *path, const char *dir, size_t len)
{
	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

bool cgroup_is_contained(const char *pid)
{
	struct err ignored;
	const char *root = cgroup_find(&ignored);
	char text[4096], ours[1024];

	if (!root)
		return false;
	const size_t at = strlen(root);
	const char *own = cgroup_path_of("self", ours, sizeof ours);
	const char *path = cgroup_path_of(pid, text + at, sizeof text - at);
	if (!path)
		return true;
	char *full = text + (path - text) - at; /* the root goes in front of it */
	memcpy(full, root, at);
	for (size_t len = 2; path[1] && path[len - 1]; len++) {
		const char c = path[len];

		if ((c && c != '/') || (own && is_below(own, path, len)))
			continue;
		full[at + len] = 0;
		if (getxattr(full, MARK, NULL, 0) >= 0)
			return true;
		full[at + len] = c;
	}
	return false;
}

int cgroup_remove_marked(const char *path, const char *owner)
{
	char full[PATH_LEN_MAX + 32], text[128];
	const size_t len = strlen(owner);

	for (size_t i = 0; cgroup_place(i); i++) {
		if ((size_t)snprintf(full, sizeof full, "%s%s", cgroup_place(i), path) >=
		    sizeof full)
			return -1;
		ssize_t n = getxattr(full, MARK, text, sizeof text);
		if (n >= 0)
			return (size_t)n == len && !memcmp(text, owner, len) ? rmdir(full) : -1;
	}
	return -1;
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
		return err_set(e, EBUSY,
		               "cgroup %.*s has processes of its own, so it cannot hand down the "
		               "%s controller",
		               len, at, controller);
	above(file, up, "cgroup.subtree_control");
	snprintf(text, sizeof text, "+%s", controller);
	if (fd_put(cg->fd, file, text))
		return err_set(e, errno, "cgroup %.*s: hand down the %s controller", len, at,
		               controller);
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
		return err_set(e, 0,
		               "the requested cgroup controller `%s` is not available "
		               "for cgroup2 (the kernel lacks it, or cgroup v1 has it)",
		               controller);
	if (up && above_len(cg->path, up) < (int)cg->delegated)
		return err_set(e, 0, "cgroup %.*s was delegated without the %s controller",
		               (int)cg->delegated, cg->path, controller);
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
	for (int64_t end = clock_ms() + timeout_ms;;) {
		bool is;
		/* The read arms the poll: kernfs compares counts of events. */
		if (read_event(fd, key, &is))
			return -1;
		if (is == want)
			return 0;
		int64_t left = end - clock_ms();
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
	if (!cgroup_errno_is_gone(errno))
		return err_set(e, errno, "cgroup %s: read cgroup.events", cg->path);
	*ret = false;
	return 0;
}

int cgroup_wait_empty(const struct cgroup *cg, int timeout_ms, struct err *e)
{
	if (!wait_event(cg, "populated ", false, timeout_ms) || cgroup_errno_is_gone(errno))
		return 0;
	return err_set(e, errno, "cgroup %s: wait until its processes are gone", cg->path);
}

int cgroup_frozen(const struct cgroup *cg, bool *ret, struct err *e)
{
	char text[8];

	if (fd_read_text(cg->fd, "cgroup.freeze", text, sizeof text) < 0) {
		if (!cgroup_errno_is_gone(errno))
			return err_set(e, errno, "cgroup %s: read cgroup.freeze", cg->path);
		text[0] = '0';
	}
	*ret = text[0] == '1';
	return 0;
}

int cgroup_frozen_at(const char *path, bool *ret, bool *ret_found, struct err *e)
{
	char file[PATH_LEN_MAX + 64], text[8];

	*ret = *ret_found = false;
	for (size_t i = 0; cgroup_place(i); i++) {
		if ((size_t)snprintf(file, sizeof file, "%s%s/cgroup.freeze", cgroup_place(i),
		                     path) >= sizeof file)
			return err_set(e, ENAMETOOLONG, "cgroup %s", path);
		if (fd_read_start(AT_FDCWD, file, text, sizeof text) >= 0) {
			*ret = text[0] == '1';
			*ret_found = true;
			return 0;
		}
		if (!cgroup_errno_is_gone(errno) && errno != ENOTDIR)
			return err_set(e, errno, "cgroup %s: read cgroup.freeze", path);
	}
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

int cgroup_wait_frozen(const struct cgroup *cg, bool frozen, struct err *e)
{
	bool told;

	if (!wait_event(cg, "frozen ", frozen, CGROUP_WAIT_MS) || cgroup_errno_is_gone(errno))
		return 0;
	const int no = errno;
	if (!cgroup_frozen(cg, &told, e) && told != frozen)
		return 0; /* somebody has asked for the other meanwhile */
	return err_set(e, no, "%s cgroup %s", frozen ? "freeze" : "thaw", cg->path);
}
