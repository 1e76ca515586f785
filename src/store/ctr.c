/* ctr.c - container directories: reserve, lock, remove, list. */
#define _GNU_SOURCE
#include "store/ctr.h"

#include "base/dir.h"
#include "base/own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { PATH_SIZE = 1024 };

int ctr_check_id(const char *id, struct err *e)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
	size_t n = strlen(id);

	if (!n)
		return err_kind(e, ERR_USAGE, 0, "container ID is empty");
	if (!strcmp(id, "events") || !strcmp(id, "events.1"))
		return err_kind(e, ERR_USAGE, 0, "container ID \"%s\": the event log has this name",
		                id);
	if (n > CTR_ID_MAX || *id == '.' || strspn(id, allowed) != n)
		return err_kind(e, ERR_USAGE, 0, "invalid container ID format: \"%.*s\"",
		                CTR_ID_MAX, id);
	return 0;
}

static int ctr_path(const char *root, const char *id, char buf[PATH_SIZE], struct err *e)
{
	if (snprintf(buf, PATH_SIZE, "%s/%s", root, id) >= PATH_SIZE)
		return err_kind(e, ERR_USAGE, ENAMETOOLONG, "%.200s", root);
	return 0;
}

static int no_container(const char *id, struct err *e)
{
	return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
}

int ctr_open(const char *root, const char *id, struct ctr *ret, struct err *e)
{
	char path[PATH_SIZE];

	if (ctr_check_id(id, e))
		return -1;
	if (ctr_path(root, id, path, e))
		return -1;
	/* openat: musl's open() follows up with an fcntl for the O_CLOEXEC of ancient kernels. */
	int dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return errno == ENOENT ? no_container(id, e) : err_set(e, errno, "open %s", path);
	*ret = (struct ctr){ .id = id, .dir = dir };
	return 0;
}

/*
 * While we waited for the lock the directory may have been removed, and another of its name made:
 * then what we locked has no links left.
 */
static int lock(struct ctr *c, int how, bool *ret_gone, struct err *e)
{
	struct stat st;
	int r;

	do
		r = flock(c->dir, how);
	while (r && errno == EINTR);
	if (r || fstat(c->dir, &st))
		return err_set(e, errno, "lock container %s", c->id);
	*ret_gone = !st.st_nlink;
	return 0;
}

static int open_locked(const char *root, const char *id, int how, struct ctr *ret, struct err *e)
{
	bool gone;

	for (;;) {
		if (ctr_open(root, id, ret, e))
			return -1;
		int failed = lock(ret, how, &gone, e);
		if (!failed && !gone)
			return 0;
		ctr_close(ret);
		if (failed)
			return -1;
	}
}

int ctr_open_locked(const char *root, const char *id, struct ctr *ret, struct err *e)
{
	return open_locked(root, id, LOCK_EX, ret, e);
}

int ctr_open_try_lock(const char *root, const char *id, struct ctr *ret, struct err *e)
{
	return open_locked(root, id, LOCK_EX | LOCK_NB, ret, e);
}

int ctr_unlock(struct ctr *c, struct err *e)
{
	return flock(c->dir, LOCK_UN) ? err_set(e, errno, "unlock container %s", c->id) : 0;
}

int ctr_lock_again(struct ctr *c, bool *ret_gone, struct err *e)
{
	return lock(c, LOCK_EX, ret_gone, e);
}

static int make_parents(const char *root, struct err *e)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s", root);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return err_set(e, errno, "mkdir %s", path);
		*p = '/';
	}
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_set(e, errno, "mkdir %s", path);
	return 0;
}

int ctr_make(const char *root, const char *id, struct ctr *ret, struct err *e)
{
	char path[PATH_SIZE];

	if (ctr_check_id(id, e) || ctr_path(root, id, path, e))
		return -1;
	for (;;) {
		int r = mkdir(path, 0700);

		if (r && errno == ENOENT) {
			if (make_parents(root, e))
				return -1;
			r = mkdir(path, 0700);
		}
		if (r && errno != EEXIST)
			return err_set(e, errno, "mkdir %s", path);
		if (!ctr_open_locked(root, id, ret, e))
			return 0;
		if (e->kind == ERR_NO_CONTAINER) /* it was removed in between: make it again */
			continue;
		if (!r)
			(void)rmdir(path); /* ours, if it is still empty */
		return -1;
	}
}

void ctr_give_up(const char *root, struct ctr *c)
{
	struct err ignored;
	char path[PATH_SIZE];

	if (!ctr_path(root, c->id, path, &ignored))
		(void)rmdir(path); /* refused when it holds a record */
	ctr_close(c);
}

/* A directory in the place of a file goes, too, when it is empty. */
static int remove_one(int dir, const char *name)
{
	if (!unlinkat(dir, name, 0) || errno == ENOENT)
		return 0;
	return errno == EISDIR ? unlinkat(dir, name, AT_REMOVEDIR) : -1;
}

static void remove_all(int dir)
{
	const char *name;
	struct dir d;

	(void)lseek(dir, 0, SEEK_SET);
	dir_begin(&d, dir);
	while ((name = dir_next(&d)))
		(void)remove_one(dir, name); /* rmdir tells if something stays */
}

void ctr_remove_dir(int dir, const char *name)
{
	own_fd fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	remove_all(fd);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

/* Whoever looks after one that has just ended may write its end still. */
static void remove_sessions(int dir)
{
	enum { TRIES = 3 };
	own_fd fd = openat(dir, CTR_SESSIONS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *id;
	struct dir d;

	for (int i = 0; fd >= 0 && i < TRIES; i++) {
		(void)lseek(fd, 0, SEEK_SET);
		dir_begin(&d, fd);
		while ((id = dir_next(&d)))
			ctr_remove_dir(fd, id);
		if (!unlinkat(dir, CTR_SESSIONS, AT_REMOVEDIR))
			return;
	}
}

/* The record goes last: what a killed removal leaves is still on record, or has nothing to find. */
int ctr_remove(const char *root, const struct ctr *c, struct err *e)
{
	static const char files[][13] = { "seccomp.bpf", "config.json", "state.json" };
	/* of one that was never started, or not even ready */
	static const char rare[][16] = { "start.sock", ".state.json.new" };
	char path[PATH_SIZE];

	if (ctr_path(root, c->id, path, e))
		return -1;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (remove_one(c->dir, files[i]))
			return err_set(e, errno, "remove %s/%s", path, files[i]);
	if (!rmdir(path) || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY)
		return err_set(e, errno, "remove %s", path);
	for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
		(void)unlinkat(c->dir, rare[i], 0);
	ctr_remove_dir(c->dir, "notify"); /* the container may have got write access to it */
	if (!rmdir(path))
		return 0;
	/* A defined container's directory stays: keeper and monitor live in it (monitor/plan.h). */
	if (!faccessat(c->dir, "plan", F_OK, 0))
		return 0;
	remove_sessions(c->dir);
	remove_all(c->dir);
	if (!rmdir(path))
		return 0;
	return err_set(e, errno, "remove %s", path);
}

void ctr_close(struct ctr *c)
{
	own_fd_drop(&c->dir);
}

int ctr_list(struct arena *a, const char *root, char ***ret_ids, size_t *ret_n, struct err *e)
{
	size_t n = 0, size = 64;
	char **v = arena_array(a, size, sizeof *v);
	own_fd fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	struct dir d;

	if (fd < 0 && errno != ENOENT)
		return err_set(e, errno, "open %s", root);
	dir_begin(&d, fd);
	while ((name = dir_next(&d))) {
		if (*name == '.' || (d.type != DT_DIR && d.type != DT_UNKNOWN))
			continue;
		if (n == size) {
			char **bigger = arena_array(a, size * 2, sizeof *bigger);

			memcpy(bigger, v, n * sizeof *v);
			v = bigger;
			size *= 2;
		}
		v[n++] = arena_strdup(a, name);
	}
	*ret_ids = v;
	*ret_n = n;
	return 0;
}
