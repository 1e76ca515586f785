/* size.c - a walk by descriptors. */
#define _GNU_SOURCE
#include "engine/size.h"

#include "base/dir.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 200 }; /* a descriptor each */

struct walk {
	dev_t dev;
	int64_t size;
	int depth;
};

static int add_dir(struct walk *w, int parent, const char *name, struct err *e);

static int add(struct walk *w, int dir, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_set(e, errno, "stat %s", name); /* it lives */
	if (st.st_dev != w->dev)
		return 0;
	if (S_ISREG(st.st_mode) && st.st_nlink)
		w->size += (int64_t)((st.st_size + (off_t)st.st_nlink - 1) / (off_t)st.st_nlink);
	return S_ISDIR(st.st_mode) ? add_dir(w, dir, name, e) : 0;
}

static int add_dir(struct walk *w, int parent, const char *name, struct err *e)
{
	own_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *it;
	int failed = 0;
	struct dir d;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "open %s", name);
	dir_begin(&d, fd);
	if (++w->depth > DEPTH_MAX)
		failed = err_set(e, ELOOP, "%s: more than %d directories deep", name, DEPTH_MAX);
	while (!failed && (it = dir_next(&d)))
		failed = add(w, fd, it, e);
	w->depth--;
	return failed;
}

int size_of_tree(const char *dir, const char *path, int64_t *ret, struct err *e)
{
	struct walk w = { 0 };
	struct stat st;

	own_fd base = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd top = base < 0 ? -1 : openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || fstat(top, &st))
		return err_set(e, errno, "open %s", path);
	w.dev = st.st_dev;
	if (add_dir(&w, top, ".", e))
		return err_ctx(e, "size of %s", path);
	*ret = w.size;
	return 0;
}
