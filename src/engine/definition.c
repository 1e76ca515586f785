/* definition.c - definitions on flash. */
#define _GNU_SOURCE
#include "engine/definition.h"

#include "base/clock.h"
#include "base/dir.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"
#include "store/ctr.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const places[] = { "/etc/scow/containers", "/usr/lib/scow/containers" };
enum { PLACES = sizeof places / sizeof *places, LOCK_MS = 1000 };

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

/* Whatever is in its place: nothing here may wait. */
static int read_config(const struct engine *g, struct definition *d, struct err *e)
{
	const char *path = arena_printf(g->arena, "%s/config.json", d->dir);
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno, "open %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, 0, "%s is not a file", path);
	return fd_read_all(g->arena, fd, "config.json", SPEC_SIZE_MAX, &d->text, &d->len, e);
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
	if (read_config(g, &d, e) || spec_load(g->arena, d.text, d.len, &d.spec, e) ||
	    policy_read(g->arena, &d.spec, &d.policy, e))
		return err_ctx(e, "definition of %s", name);
	if (!d.spec.process) /* of an OCI bundle that is only created it may be */
		return err_kind(e, ERR_CONFIG, 0, "definition of %s: config.json: process: missing",
		                name);
	*ret = d;
	return 0;
}

int definition_load_up(const struct engine *g, const char *name, struct definition *ret,
                       struct err *e)
{
	struct definition d = { .name = name, .in_store = true };
	char line[ERR_LINE_MAX];
	struct err ignored;

	if (!definition_load(g, name, ret, e))
		return 0;
	d.dir = arena_printf(g->arena, "%s/%s", g->root, name);
	if (ctr_check_id(name, &ignored) ||
	    faccessat(AT_FDCWD, arena_printf(g->arena, "%s/plan", d.dir), F_OK, 0) ||
	    read_config(g, &d, &ignored) || spec_load(g->arena, d.text, d.len, &d.spec, &ignored) ||
	    policy_read(g->arena, &d.spec, &d.policy, &ignored))
		return -1;
	log_warning("%s", err_text(e, line, sizeof line));
	d.state_dir = arena_printf(g->arena, "%s/%s", g->store, name);
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
	own_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	struct dir d;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", path);
	dir_begin(&d, fd);
	while ((name = dir_next(&d)))
		if (!ctr_check_id(name, &ignored) && definition_find(g, name))
			add(l, name);
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

/* What will be made on disk in it has to be found again. */
static int make_dir(const char *path, mode_t mode, struct err *e)
{
	if (mkdir(path, mode))
		return errno == EEXIST ? 0 : err_set(e, errno, "mkdir %s", path);
	own_fd dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd above = dir < 0 ? -1 : openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above >= 0)
		(void)fsync(above);
	return 0;
}

static int make_dirs(const char *path, struct err *e)
{
	char buf[512];

	if (snprintf(buf, sizeof buf, "%s", path) >= (int)sizeof buf)
		return err_kind(e, ERR_USAGE, ENAMETOOLONG, "%.200s", path);
	for (char *p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (make_dir(buf, 0755, e))
			return -1;
		*p = '/';
	}
	return make_dir(buf, 0700, e);
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

/* Without following a link; what is mounted there stays, and is told. */
static int remove_tree(int parent, const char *name, struct err *e)
{
	own_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *it;
	struct dir d;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", name);
	dir_begin(&d, fd);
	while ((it = dir_next(&d)))
		if (unlinkat(fd, it, 0) && errno == EISDIR && remove_tree(fd, it, e))
			return -1;
	return unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT
	           ? err_set(e, errno, "remove %s", name)
	           : 0;
}

/* ".new-NAME.PID" or ".rm-NAME.PID", of this name and no other. */
static bool is_half(const char *file, const char *name)
{
	const size_t n = strlen(name);

	file += !strncmp(file, ".new-", 5) ? 5 : !strncmp(file, ".rm-", 4) ? 4 : strlen(file);
	return !strncmp(file, name, n) && file[n] == '.' &&
	       !file[n + 1 + strspn(file + n + 1, "0123456789")];
}

/* What a killed define or rm has left; the lock on the name says that they do not live. */
static void sweep_store(int store, const char *name)
{
	own_fd copy = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err ignored;
	const char *it;
	struct dir d;

	dir_begin(&d, copy);
	while ((it = dir_next(&d)))
		if (is_half(it, name))
			(void)remove_tree(store, it, &ignored); /* the next one tries again */
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

static int remove_dir(const struct engine *g, int store, const char *name, struct err *e)
{
	const char *temp = arena_printf(g->arena, ".rm-%s.%d", name, (int)getpid());

	if (renameat(store, name, store, temp))
		return errno == ENOENT ? 0 : err_set(e, errno, "remove %s/%s", g->store, name);
	if (fsync(store))
		return err_set(e, errno, "remove %s/%s", g->store, name);
	return remove_tree(store, temp, e);
}

bool definition_has_store(const struct engine *g, const char *name)
{
	struct stat st;

	return !fstatat(AT_FDCWD, arena_printf(g->arena, "%s/%s", g->store, name), &st,
	                AT_SYMLINK_NOFOLLOW) &&
	       S_ISDIR(st.st_mode);
}

/* Network file systems, and FAT, know no rename that replaces nothing: we have the name's lock. */
static int rename_new(int store, const char *temp, const char *name)
{
	if (!sys_rename_new(store, temp, store, name))
		return 0;
	if (errno != EINVAL)
		return -1;
	if (!faccessat(store, name, F_OK, AT_SYMLINK_NOFOLLOW)) {
		errno = EEXIST;
		return -1;
	}
	return renameat(store, temp, store, name);
}

/* What was wanted of one that is gone is in the way of nobody. */
static int put_in_place(const struct engine *g, int store, const char *temp, const char *name)
{
	const char *config = arena_printf(g->arena, "%s/config.json", name);
	struct err ignored;

	if (!rename_new(store, temp, name))
		return 0;
	if (errno != EEXIST || !faccessat(store, config, F_OK, AT_SYMLINK_NOFOLLOW) ||
	    !definition_has_store(g, name) || remove_dir(g, store, name, &ignored)) {
		errno = EEXIST;
		return -1;
	}
	return rename_new(store, temp, name);
}

static int make_locked(const struct engine *g, const char *name, const char *text, size_t len,
                       struct err *e)
{
	own_fd store = open_store(g, e);

	if (store < 0)
		return -1;
	sweep_store(store, name);
	char *temp = arena_printf(g->arena, ".new-%s.%d", name, (int)getpid());
	if (mkdirat(store, temp, 0700))
		return err_set(e, errno, "define %s", name);
	if (write_files(store, temp, text, len, e))
		err_ctx(e, "define %s", name);
	else if (!put_in_place(g, store, temp, name))
		return fsync(store) ? err_set(e, errno, "define %s", name) : 0;
	else if (errno == EEXIST)
		err_kind(e, ERR_STATE, 0, "container \"%s\" is already defined", name);
	else
		err_set(e, errno, "define %s", name);
	struct err ignored;
	(void)remove_tree(store, temp, &ignored);
	return -1;
}

int definition_make(const struct engine *g, const char *name, const char *text, size_t len,
                    struct err *e)
{
	struct ctr c;

	if (ctr_make(g->root, name, &c, e))
		return -1;
	int failed = make_locked(g, name, text, len, e);
	ctr_give_up(g->root, &c);
	return failed;
}

void definition_sweep(const struct engine *g, const char *name)
{
	own_fd store = open(g->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (store >= 0)
		sweep_store(store, name);
}

int definition_remove(const struct engine *g, const char *name, struct err *e)
{
	own_fd store = open(g->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (store < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", g->store);
	sweep_store(store, name);
	return remove_dir(g, store, name, e);
}

int definition_remove_planned(struct arena *a, const struct plan *p, struct err *e)
{
	char *store = arena_strdup(a, p->store), *slash = strrchr(store, '/');

	if (!slash)
		return 0;
	*slash = 0;
	const struct engine g = { .arena = a, .root = p->root, .store = store };
	return definition_remove(&g, p->name, e);
}

/* ---- what is wanted of it ---- */

enum { DESIRED_MAX = 64 };

/* What is wanted, and the boot in which it was last asked to be up, if it ever was. */
static bool read_desired(const struct engine *g, const char *name, char ret[DESIRED_MAX])
{
	return fd_read_text(AT_FDCWD, arena_printf(g->arena, "%s/%s/desired", g->store, name), ret,
	                    DESIRED_MAX) > 0;
}

bool definition_is_desired(const struct engine *g, const char *name)
{
	char text[DESIRED_MAX];

	return read_desired(g, name, text) && !strncmp(text, "up", 2);
}

static const char *boot_of(const char *desired)
{
	const char *space = strchr(desired, ' ');

	return space ? space + 1 : "";
}

bool definition_was_up(const struct engine *g, const char *name)
{
	char text[DESIRED_MAX], boot_id[PROC_BOOT_ID_LEN + 1];

	return read_desired(g, name, text) && *boot_of(text) > ' ' && !proc_boot_id(boot_id) &&
	       strncmp(boot_of(text), boot_id, PROC_BOOT_ID_LEN) != 0;
}

int definition_open_state(const struct definition *d, struct err *e)
{
	/* One of the store that has none was removed just now. */
	if (!d->in_store && make_dirs(d->state_dir, e))
		return -1;
	int dir = open(d->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? err_set(e, errno, "open %s", d->state_dir) : dir;
}

static int write_desired(const struct engine *g, const struct definition *d, enum wish wish,
                         struct err *e)
{
	char old[DESIRED_MAX], text[DESIRED_MAX] = "down\n", boot_id[PROC_BOOT_ID_LEN + 1];
	own_fd dir = definition_open_state(d, e);

	if (dir < 0)
		return -1;
	if (wish == WISH_UP)
		snprintf(text, sizeof text, "up %s\n", proc_boot_id(boot_id) ? "" : boot_id);
	else if (wish == WISH_END && read_desired(g, d->name, old) && *boot_of(old) > ' ')
		snprintf(text, sizeof text, "down %.*s\n", PROC_BOOT_ID_LEN, boot_of(old));
	return fd_replace_durable(dir, "desired", text, strlen(text), 0600, e);
}

/* Its lock: others want something of it, too. */
static int lock_name(const struct engine *g, const char *name, bool wait, struct ctr *ret,
                     struct err *e)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000000L };
	const int64_t until = clock_ms() + LOCK_MS;

	while (!wait && ctr_open_try_lock(g->root, name, ret, e)) {
		if (e->kind == ERR_NO_CONTAINER)
			return ctr_make(g->root, name, ret, e);
		if (e->no != EWOULDBLOCK || clock_ms() > until)
			return -1;
		(void)nanosleep(&pause, NULL);
	}
	return wait ? ctr_make(g->root, name, ret, e) : 0;
}

static bool desire(const struct engine *g, const struct definition *d, enum wish wish, bool wait)
{
	char line[ERR_LINE_MAX];
	struct ctr c;
	struct err e;

	if (definition_is_desired(g, d->name) == (wish == WISH_UP))
		return true;
	int failed = lock_name(g, d->name, wait, &c, &e);
	if (failed && e.no == EWOULDBLOCK)
		return false;
	if (!failed) {
		failed = write_desired(g, d, wish, &e);
		ctr_give_up(g->root, &c);
	}
	if (failed)
		log_warning("what is wanted of %s is not kept: %s", d->name,
		            err_text(&e, line, sizeof line));
	return true;
}

void definition_desire(const struct engine *g, const struct definition *d, enum wish wish)
{
	(void)desire(g, d, wish, true);
}

bool definition_try_desire(const struct engine *g, const struct definition *d, enum wish wish)
{
	return desire(g, d, wish, false);
}
