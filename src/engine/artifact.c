/* artifact.c - files of a user's, by key. The container's lock is held while they change. */
#define _GNU_SOURCE
#include "engine/artifact.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/own.h"
#include "store/ctr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_MAX = 128 };

#define DIRECTORY "artifacts"

int artifact_check_key(const char *key, struct err *e)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const size_t n = strlen(key);

	if (!n || n > KEY_MAX || *key == '.' || strspn(key, allowed) != n)
		return err_kind(e, ERR_USAGE, 0,
		                "artifact: \"%.*s\" is no key (letters, digits and ._-, not a dot "
		                "in front, %d at most)",
		                KEY_MAX, key, KEY_MAX);
	return 0;
}

static int none(const struct definition *d, const char *key, struct err *e)
{
	return err_kind(e, ERR_NO_CONTAINER, ENOENT, "container %s has no artifact \"%s\"", d->name,
	                key);
}

static int open_dir(const struct definition *d, struct err *e)
{
	own_fd state = open(d->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = state < 0
	             ? -1
	             : openat(state, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open the artifacts of %s", d->name) : fd;
}

static int make_dir(const struct definition *d, struct err *e)
{
	own_fd state = definition_open_state(d, e);

	if (state < 0)
		return -1;
	/* Also when it is there: who made it may have been killed before it was on disk. */
	if ((mkdirat(state, DIRECTORY, 0700) && errno != EEXIST) || fsync(state))
		return err_set(e, errno, "make the artifacts of %s", d->name);
	return open_dir(d, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* locked: nobody else changes something. */
static int list(const struct engine *g, int fd, bool locked, char ***ret, size_t *ret_n,
                struct err *e)
{
	char **v = arena_array(g->arena, ARTIFACTS_MAX, sizeof *v);
	own_fd copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err ignored;
	const char *key;
	struct dir d;
	size_t n = 0;

	if (copy < 0)
		return err_set(e, errno, "list artifacts");
	dir_begin(&d, copy);
	while (n < ARTIFACTS_MAX && (key = dir_next(&d)))
		if (!artifact_check_key(key, &ignored))
			v[n++] = arena_strdup(g->arena, key);
		else if (locked && *key == '.')
			(void)unlinkat(fd, key, 0); /* of an add that was killed */
	qsort(v, n, sizeof *v, by_name);
	*ret = v;
	*ret_n = n;
	return 0;
}

static int add_locked(const struct engine *g, const struct definition *d, const char *key,
                      const char *data, size_t len, struct err *e)
{
	own_fd fd = make_dir(d, e);
	char **keys;
	size_t n;

	if (fd < 0 || list(g, fd, true, &keys, &n, e))
		return -1;
	if (n == ARTIFACTS_MAX && faccessat(fd, key, F_OK, AT_SYMLINK_NOFOLLOW))
		return err_set(e, 0, "container %s has %d artifacts already", d->name,
		               ARTIFACTS_MAX);
	return fd_replace_durable(fd, key, data, len, 0600, e);
}

int artifact_add(const struct engine *g, const struct definition *d, const char *key,
                 const char *data, size_t len, struct err *e)
{
	struct ctr c;

	if (artifact_check_key(key, e) || ctr_make(g->root, d->name, &c, e))
		return -1;
	/* Whoever has waited for the lock may find it removed. */
	int failed =
	    definition_find(g, d->name)
		? add_locked(g, d, key, data, len, e)
		: err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", d->name);
	ctr_give_up(g->root, &c);
	return failed;
}

int artifact_get(const struct engine *g, const struct definition *d, const char *key,
                 char **ret_data, size_t *ret_len, struct err *e)
{
	if (artifact_check_key(key, e))
		return -1;
	own_fd dir = open_dir(d, e);
	if (dir < 0)
		return e->no == ENOENT ? none(d, key, e) : -1;
	own_fd fd = openat(dir, key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? none(d, key, e) : err_set(e, errno, "artifact %s", key);
	return fd_read_all(g->arena, fd, key, ARTIFACT_SIZE_MAX, ret_data, ret_len, e);
}

static int remove_locked(const struct engine *g, const struct definition *d, const char *key,
                         struct err *e)
{
	own_fd dir = open_dir(d, e);
	char **keys;
	size_t n;

	if (dir < 0)
		return e->no == ENOENT ? none(d, key, e) : -1;
	if (list(g, dir, true, &keys, &n, e))
		return -1;
	if (unlinkat(dir, key, 0))
		return errno == ENOENT ? none(d, key, e)
		                       : err_set(e, errno, "remove artifact %s", key);
	return fsync(dir) ? err_set(e, errno, "remove artifact %s", key) : 0;
}

int artifact_remove(const struct engine *g, const struct definition *d, const char *key,
                    struct err *e)
{
	struct ctr c;

	if (artifact_check_key(key, e) || ctr_make(g->root, d->name, &c, e))
		return -1;
	int failed = remove_locked(g, d, key, e);
	ctr_give_up(g->root, &c);
	return failed;
}

int artifact_list(const struct engine *g, const struct definition *d, char ***ret, size_t *ret_n,
                  struct err *e)
{
	own_fd fd = open_dir(d, e);

	*ret = NULL;
	*ret_n = 0;
	if (fd < 0)
		return e->no == ENOENT ? 0 : -1;
	return list(g, fd, false, ret, ret_n, e);
}
