/*
 * path.c - names below a container's root, resolved by the kernel, made where they are missing.
 *
 * Making one is a loop over the whole name, so that no symlink is ever followed in this program:
 *
 *	resolve the name ------ it exists: done
 *	   | ENOENT
 *	resolve ever shorter prefixes until one exists; the component after it is missing:
 *	   |- nothing there     make it there, by the prefix's descriptor, and begin again
 *	   `- dangling symlink  put its text in place of the component, and begin again
 *
 * Every turn makes one component or follows one link, and the turns are counted: whoever renames
 * things under our feet gets an error, not an endless loop.
 */
#define _GNU_SOURCE
#include "base/path.h"

#include "base/own.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { TURNS_MAX = 256 };

struct want {
	mode_t type; /* S_IFDIR or S_IFREG */
	mode_t mode;
};

static int resolve(int root, const char *path, uint64_t flags)
{
	return sys_openat2(root, path, O_PATH | flags, 0,
	                   SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);
}

int path_open(int root, const char *path, struct err *e)
{
	int fd = resolve(root, path, 0);

	return fd >= 0 ? fd : err_set(e, errno, "open %s in the root", path);
}

/* The start of the last component of the first len bytes of text; slashes at the end do not count.
 */
static size_t last_start(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] == '/')
		len--;
	while (len > 0 && text[len - 1] != '/')
		len--;
	return len;
}

/* The longest prefix of text that exists, as a directory; *ret_len is its length. */
static int resolve_prefix(int root, char *text, size_t *ret_len)
{
	size_t len = strlen(text);
	int fd;

	do {
		len = last_start(text, len);
		char cut = text[len];
		text[len] = '\0';
		fd = resolve(root, len ? text : "/", O_DIRECTORY);
		text[len] = cut;
	} while (fd < 0 && errno == ENOENT && len > 0);
	*ret_len = len;
	return fd;
}

static int make_one(int dir, const char *name, mode_t type, mode_t mode)
{
	mode_t old = umask(0);
	int r = type == S_IFDIR ? mkdirat(dir, name, mode) : mknodat(dir, name, S_IFREG | mode, 0);

	umask(old);
	return r;
}

/*
 * text is "PREFIX NAME REST": NAME, a symlink in dir, gives way to what it points to. Not inlined,
 * so that two buffers of PATH_MAX are never in one stack frame.
 */
__attribute__((noinline)) static int splice_link(int dir, char text[PATH_MAX], size_t prefix,
                                                 size_t name_len)
{
	char name[NAME_MAX + 1], link[PATH_MAX];

	memcpy(name, text + prefix, name_len);
	name[name_len] = '\0';
	ssize_t n = readlinkat(dir, name, link, sizeof link);
	if (n < 0) /* it has changed since: the next turn sees what it is now */
		return errno == EINVAL || errno == ENOENT ? 0 : -1;
	size_t rest = strlen(text + prefix + name_len) + 1;
	size_t keep = n > 0 && link[0] == '/' ? 0 : prefix;
	if (n == 0 || keep + (size_t)n + rest > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(text + keep + n, text + prefix + name_len, rest);
	memcpy(text + keep, link, (size_t)n);
	return 0;
}

/* One turn: make the first missing component of text, or follow the dangling symlink in its place.
 */
static int make_missing(int root, char text[PATH_MAX], const struct want *w)
{
	size_t at = 0;
	own_fd dir = resolve_prefix(root, text, &at);

	if (dir < 0)
		return -1;
	size_t len = strcspn(text + at, "/");
	char name[NAME_MAX + 1];
	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, text + at, len);
	name[len] = '\0';
	bool last = text[at + len + strspn(text + at + len, "/")] == '\0';
	int r = last ? make_one(dir, name, w->type, w->mode) : make_one(dir, name, S_IFDIR, 0755);
	if (r < 0 && errno == EEXIST)
		return splice_link(dir, text, at, len);
	return r;
}

static int make(int root, const char *path, const struct want *w)
{
	char text[PATH_MAX];
	size_t len = strlen(path);
	uint64_t flags = w->type == S_IFDIR ? O_DIRECTORY : 0;

	if (len >= sizeof text) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(text, path, len + 1);
	for (int i = 0; i < TURNS_MAX; i++) {
		int fd = resolve(root, text, flags);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		if (make_missing(root, text, w) < 0)
			return -1;
	}
	errno = ELOOP;
	return -1;
}

int path_make_dir(int root, const char *path, mode_t mode, struct err *e)
{
	int fd = make(root, path, &(struct want){ S_IFDIR, mode });

	return fd >= 0 ? fd : err_set(e, errno, "make directory %s in the root", path);
}

int path_make_file(int root, const char *path, struct err *e)
{
	own_fd fd = make(root, path, &(struct want){ S_IFREG, 0644 });
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "make file %s in the root", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, EISDIR, "make file %s in the root", path);
	return own_fd_take(&fd);
}

int path_make_parent(int root, const char *path, const char **ret_name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char parent[PATH_MAX] = "/";
	size_t len = (size_t)(name - path);

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return err_set(e, EINVAL, "path %s names no file", path);
	if (len >= sizeof parent)
		return err_set(e, ENAMETOOLONG, "path %s", path);
	if (len) {
		memcpy(parent, path, len);
		parent[len] = '\0';
	}
	int fd = path_make_dir(root, parent, 0755, e);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}
