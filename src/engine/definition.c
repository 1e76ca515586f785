/* definition.c - definitions on flash. */
#define _GNU_SOURCE
#include "engine/definition.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "store/ctr.h"
#include "sys/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const places[] = { "/etc/scow/containers", "/usr/lib/scow/containers" };
enum { PLACES = sizeof places / sizeof *places };

/* The i-th place that is searched, NULL behind the last one. */
static const char *place(const struct engine *g, size_t i)
{
	if (i == 0)
		return g->store;
	return g->store_only || i > PLACES ? NULL : places[i - 1];
}

static bool is_masked(const char *dir)
{
	char target[16];
	ssize_t n = readlink(dir, target, sizeof target);

	return n == 9 && !memcmp(target, "/dev/null", 9);
}

char *definition_find(const struct engine *g, const char *name)
{
	const char *p;

	for (size_t i = 0; (p = place(g, i)); i++) {
		char *dir = arena_printf(g->arena, "%s/%s", p, name);

		if (is_masked(dir))
			return NULL;
		if (!faccessat(AT_FDCWD, arena_printf(g->arena, "%s/config.json", dir), F_OK, 0))
			return dir;
	}
	return NULL;
}

int definition_load(const struct engine *g, const char *name, struct definition *ret, struct err *e)
{
	struct definition d = { .name = name };

	if (ctr_check_id(name, e))
		return -1;
	d.dir = definition_find(g, name);
	if (!d.dir)
		return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", name);
	d.state_dir = arena_printf(g->arena, "%s/%s", g->store, name);
	d.in_store = !strcmp(d.dir, d.state_dir);
	own_fd dir = open(d.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open %s", d.dir);
	if (fd_read_file(g->arena, dir, "config.json", SPEC_SIZE_MAX, &d.text, &d.len, e) ||
	    spec_load(g->arena, d.text, d.len, &d.spec, e) ||
	    policy_read(g->arena, &d.spec, &d.policy, e))
		return err_ctx(e, "definition of %s", name);
	*ret = d;
	return 0;
}

/* ---- list ---- */

struct names {
	struct arena *arena;
	char **v;
	size_t n, size;
};

static void add(struct names *l, const char *name)
{
	if (l->n == l->size) {
		char **v = arena_array(l->arena, l->size * 2, sizeof *v);

		memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
		l->size *= 2;
	}
	l->v[l->n++] = arena_strdup(l->arena, name);
}

static int list_place(const struct engine *g, const char *path, struct names *l, struct err *e)
{
	struct err ignored;
	DIR *d = opendir(path);
	struct dirent *it;

	if (!d)
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", path);
	while ((it = readdir(d)))
		if (!ctr_check_id(it->d_name, &ignored) && definition_find(g, it->d_name))
			add(l, it->d_name);
	closedir(d);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int definition_list(const struct engine *g, char ***ret, size_t *ret_n, struct err *e)
{
	struct names l = { .arena = g->arena, .size = 32 };
	const char *p;
	size_t n = 0;

	l.v = arena_array(g->arena, l.size, sizeof *l.v);
	for (size_t i = 0; (p = place(g, i)); i++)
		if (list_place(g, p, &l, e))
			return -1;
	qsort(l.v, l.n, sizeof *l.v, by_name);
	for (size_t i = 0; i < l.n; i++)
		if (!n || strcmp(l.v[n - 1], l.v[i]))
			l.v[n++] = l.v[i];
	*ret = l.v;
	*ret_n = n;
	return 0;
}

/* ---- make and remove ---- */

static int make_dirs(const char *path, struct err *e)
{
	char buf[512];

	if (snprintf(buf, sizeof buf, "%s", path) >= (int)sizeof buf)
		return err_kind(e, ERR_USAGE, ENAMETOOLONG, "%.200s", path);
	for (char *p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(buf, 0755) && errno != EEXIST)
			return err_set(e, errno, "mkdir %s", buf);
		*p = '/';
	}
	if (mkdir(buf, 0700) && errno != EEXIST)
		return err_set(e, errno, "mkdir %s", buf);
	return 0;
}

static int open_store(const struct engine *g, struct err *e)
{
	int fd = open(g->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		if (make_dirs(g->store, e))
			return -1;
		fd = open(g->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? err_set(e, errno, "open %s", g->store) : fd;
}

/* A flat directory with what we put there; what others have put there stays, and is told. */
static int remove_tree(int parent, const char *name, struct err *e)
{
	int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *it;

	if (!d) {
		own_fd_drop(&dir);
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", name);
	}
	while ((it = readdir(d))) {
		if (!strcmp(it->d_name, ".") || !strcmp(it->d_name, ".."))
			continue;
		if (unlinkat(dirfd(d), it->d_name, 0) && errno == EISDIR &&
		    remove_tree(dirfd(d), it->d_name, e)) {
			closedir(d);
			return -1;
		}
	}
	closedir(d);
	return unlinkat(parent, name, AT_REMOVEDIR) ? err_set(e, errno, "remove %s", name) : 0;
}

/* What a killed define or rm has left. */
static void sweep_store(int store)
{
	int copy = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *it;
	struct err ignored;

	while (d && (it = readdir(d)))
		if (!strncmp(it->d_name, ".new-", 5) || !strncmp(it->d_name, ".rm-", 4))
			(void)remove_tree(store, it->d_name,
			                  &ignored); /* the next one tries again */
	if (d)
		closedir(d);
	else
		own_fd_drop(&copy);
}

static int write_files(int store, const char *temp, const char *text, size_t len, struct err *e)
{
	own_fd dir = openat(store, temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd fd = dir < 0
	                ? -1
	                : openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || fd_write_all(fd, text, len) || fsync(fd) || fsync(dir))
		return err_set(e, errno, "write config.json");
	return 0;
}

int definition_make(const struct engine *g, const char *name, const char *text, size_t len,
                    struct err *e)
{
	own_fd store = open_store(g, e);

	if (store < 0)
		return -1;
	sweep_store(store);
	char *temp = arena_printf(g->arena, ".new-%s.%d", name, (int)getpid());
	if (mkdirat(store, temp, 0700))
		return err_set(e, errno, "define %s", name);
	if (write_files(store, temp, text, len, e))
		err_ctx(e, "define %s", name);
	else if (!sys_rename_new(store, temp, store, name))
		return fsync(store) ? err_set(e, errno, "define %s", name) : 0;
	else if (errno == EEXIST)
		err_kind(e, ERR_STATE, 0, "container \"%s\" is already defined", name);
	else
		err_set(e, errno, "define %s", name);
	struct err ignored;
	(void)remove_tree(store, temp, &ignored);
	return -1;
}

int definition_remove(const struct engine *g, const char *name, struct err *e)
{
	own_fd store = open(g->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (store < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", g->store);
	char *temp = arena_printf(g->arena, ".rm-%s.%d", name, (int)getpid());
	if (renameat(store, name, store, temp))
		return errno == ENOENT ? 0 : err_set(e, errno, "remove %s/%s", g->store, name);
	if (fsync(store))
		return err_set(e, errno, "remove %s/%s", g->store, name);
	return remove_tree(store, temp, e);
}

/* ---- what is wanted of it ---- */

bool definition_is_desired(const struct engine *g, const char *name)
{
	char text[8];

	return fd_read_text(AT_FDCWD, arena_printf(g->arena, "%s/%s/desired", g->store, name), text,
	                    sizeof text) > 0 &&
	       !strncmp(text, "up", 2);
}

static int write_desired(const struct definition *d, const char *text, struct err *e)
{
	if (make_dirs(d->state_dir, e))
		return -1;
	own_fd dir = open(d->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open %s", d->state_dir);
	return fd_replace_durable(dir, "desired", text, strlen(text), 0600, e);
}

void definition_desire(const struct engine *g, const struct definition *d, bool up)
{
	char line[ERR_LINE_MAX];
	struct ctr c;
	struct err e;

	if (definition_is_desired(g, d->name) == up)
		return;
	int failed = ctr_make(g->root, d->name, &c, &e); /* its lock: others want it, too */
	if (!failed) {
		failed = write_desired(d, up ? "up\n" : "down\n", &e);
		ctr_close(&c);
	}
	if (failed)
		log_warning("what is wanted of %s is not kept: %s", d->name,
		            err_text(&e, line, sizeof line));
}
