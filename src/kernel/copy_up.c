/*
 * copy_up.c - what an image has in a directory, copied into the tmpfs that covers it.
 *
 * The image may change while we read. Each entry is opened once, without following a symlink, and
 * what its descriptor says is copied; names are only ever made in the tmpfs, which nobody else has
 * yet.
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include "kernel/copy_up.h"

#include "base/own.h"
#include "sys/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum {
	DIRENTS_SIZE = 4096,
	XATTR_NAMES_MAX = 1024,
	XATTR_VALUE_MAX = 2048,
	SENDFILE_MAX = 1 << 20
};

static int copy_directory(int from, int to, const struct stat *st, int depth, struct err *e);

static int open_beneath(int dir, const char *name, uint64_t flags)
{
	return sys_openat2(dir, name, flags | O_NOFOLLOW, 0,
	                   SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_SYMLINKS);
}

/* Best effort: many file systems have none, and a user namespace may not set all of them. */
static void copy_xattrs(int from, int to)
{
	char names[XATTR_NAMES_MAX], value[XATTR_VALUE_MAX];
	ssize_t n = flistxattr(from, names, sizeof names);

	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
		ssize_t len = fgetxattr(from, names + i, value, sizeof value);
		if (len >= 0)
			(void)fsetxattr(to, names + i, value, (size_t)len, 0);
	}
}

/* EINVAL: an owner that the user namespace does not map stays whoever we are. */
static int copy_owner(int dir, const char *name, const struct stat *st)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	return fchownat(dir, name, st->st_uid, st->st_gid, flags) < 0 && errno != EINVAL ? -1 : 0;
}

/* The owner first: a new owner clears set-id bits and capabilities. */
static int copy_metadata(int from, int to, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (copy_owner(to, "", st) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return -1;
	copy_xattrs(from, to);
	return futimens(to, times);
}

static int copy_regular(int dir, int to_dir, const char *name)
{
	own_fd in = open_beneath(dir, name, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EAGAIN; /* it was a regular file a moment ago */
		return -1;
	}
	own_fd out =
	    openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -1;
	ssize_t n;
	do
		n = sendfile(out, in, NULL, SENDFILE_MAX);
	while (n > 0);
	return n < 0 ? -1 : copy_metadata(in, out, &st);
}

/* Not inlined: its buffer would be in every frame of the recursion. */
__attribute__((noinline)) static int copy_link(int at, int to_dir, const char *name,
                                               const struct stat *st)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(at, "", text, sizeof text - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return symlinkat(text, to_dir, name) < 0 ? -1 : copy_owner(to_dir, name, st);
}

static int copy_special(int to_dir, const char *name, const struct stat *st)
{
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0 || copy_owner(to_dir, name, st) < 0)
		return -1;
	return fchmodat(to_dir, name, st->st_mode & 07777, 0);
}

static int copy_subdirectory(int dir, int to_dir, const char *name, const struct stat *st,
                             int depth, struct err *e)
{
	own_fd in = open_beneath(dir, name, O_RDONLY | O_DIRECTORY);

	if (in < 0 || mkdirat(to_dir, name, 0700) < 0)
		return err_set(e, errno, "copy directory %s", name);
	own_fd out = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return err_set(e, errno, "open the copy of %s", name);
	return copy_directory(in, out, st, depth + 1, e);
}

static int copy_entry(int dir, int to_dir, const char *name, int depth, struct err *e)
{
	own_fd at = open_beneath(dir, name, O_PATH);
	struct stat st;
	int r;

	if (at < 0 && errno == EXDEV) /* another mount: not part of what the tmpfs covers */
		return 0;
	if (at < 0 || fstat(at, &st) < 0)
		return err_set(e, errno, "open %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_subdirectory(dir, to_dir, name, &st, depth, e);
	if (S_ISREG(st.st_mode))
		r = copy_regular(dir, to_dir, name);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(at, to_dir, name, &st);
	else
		r = copy_special(to_dir, name, &st);
	return r < 0 ? err_set(e, errno, "copy %s", name) : 0;
}

static int copy_entries(int from, int to, int depth, struct err *e)
{
	union { /* aligned for what the kernel writes */
		struct dirent64 first;
		char bytes[DIRENTS_SIZE];
	} buf;
	ssize_t n;

	while ((n = getdents64(from, &buf.first, sizeof buf)) > 0) {
		for (ssize_t i = 0; i < n;) {
			const struct dirent64 *d = (const void *)(buf.bytes + i);
			bool dots = !strcmp(d->d_name, ".") || !strcmp(d->d_name, "..");
			if (!dots && copy_entry(from, to, d->d_name, depth, e) < 0)
				return -1;
			i += d->d_reclen;
		}
	}
	return n < 0 ? err_set(e, errno, "read a directory") : 0;
}

static int copy_directory(int from, int to, const struct stat *st, int depth, struct err *e)
{
	if (depth > COPY_UP_DEPTH_MAX)
		return err_set(e, ELOOP, "more than %d directories deep", COPY_UP_DEPTH_MAX);
	if (copy_entries(from, to, depth, e) < 0)
		return -1;
	return copy_metadata(from, to, st) < 0
	           ? err_set(e, errno, "copy a directory's owner and mode")
	           : 0;
}

int copy_up(int from, int to, struct err *e)
{
	own_fd in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (in < 0 || out < 0 || fstat(out, &st) < 0)
		return err_set(e, errno, "open the directory");
	if (copy_entries(in, out, 0, e) < 0)
		return -1;
	struct stat of; /* the tmpfs keeps the mode that it was mounted with */
	return fstat(in, &of) < 0 || copy_owner(out, "", &of) < 0 ||
	               fchmod(out, st.st_mode & 07777) < 0
	           ? err_set(e, errno, "copy the directory's owner")
	           : 0;
}
