/*
 * follow.c - the end of a file is its end only while it still has its name.
 *
 *	PATH.1: A    PATH: B	read A, then B to its end
 *	PATH.1: B    PATH: C	B had its name no more: its rest, then C
 *	PATH.1: C    PATH: D	reading B: its rest, C under its new name, then D
 */
#define _GNU_SOURCE
#include "base/follow.h"

#include "base/clock.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

int follow_open(struct arena *a, const char *path, struct follow *ret, struct err *e)
{
	if (strlen(path) >= PATH_MAX - 2)
		return err_kind(e, ERR_USAGE, ENAMETOOLONG, "%.200s", path);
	*ret = (struct follow){ .path = path,
		                .second = arena_printf(a, "%s.1", path),
		                .fd = -1,
		                .last = -1,
		                .watch = -1,
		                .buf = arena_alloc(a, FOLLOW_LINE_MAX + 1) };
	return 0;
}

void follow_close(struct follow *f)
{
	own_fd_drop(&f->fd);
	own_fd_drop(&f->last);
	own_fd_drop(&f->watch);
}

/* Which file has this name now? 0: none. */
static ino_t file_of(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISREG(st.st_mode) ? 0 : st.st_ino;
}

static bool go_to(struct follow *f, const char *path)
{
	struct stat st;
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_ino == f->ino)
		return false;
	own_fd_drop(&f->last);
	f->last = f->fd;
	f->last_ino = f->ino;
	f->fd = own_fd_take(&fd);
	f->ino = st.st_ino;
	return true;
}

/* At the end of a file that has lost its name, or of none yet: on to the next one. */
static bool go_on(struct follow *f)
{
	const ino_t second = file_of(f->second);

	if (second && second != f->ino && second != f->last_ino && go_to(f, f->second))
		return true;
	return go_to(f, f->path);
}

/* 0 at its end. */
static ssize_t fill(struct follow *f, int fd)
{
	if (fd < 0)
		return 0;
	memmove(f->buf, f->buf + f->from, f->to - f->from);
	f->to -= f->from;
	f->from = 0;
	ssize_t n = read(fd, f->buf + f->to, FOLLOW_LINE_MAX - f->to);
	if (n > 0)
		f->to += (size_t)n;
	return n;
}

static ssize_t take(struct follow *f, char *end, size_t skip, char **ret)
{
	*ret = f->buf + f->from;
	*end = 0;
	const ssize_t n = end - *ret;
	f->from += (size_t)n + skip;
	return n;
}

ssize_t follow_line(struct follow *f, char **ret)
{
	for (;;) {
		char *newline = memchr(f->buf + f->from, '\n', f->to - f->from);

		if (newline)
			return take(f, newline, 1, ret);
		if (f->to - f->from == FOLLOW_LINE_MAX)
			return take(f, f->buf + f->to, 0, ret);
		/* The name first: what was written before it was lost is read after. */
		const bool named = f->fd >= 0 && file_of(f->path) == f->ino;
		if (fill(f, f->fd) > 0)
			continue;
		if (f->from == f->to && fill(f, f->last) > 0)
			continue;
		if (named || !go_on(f))
			return -1;
	}
}

int follow_watch(struct follow *f, struct err *e)
{
	const char *slash = strrchr(f->path, '/');
	char dir[PATH_MAX];
	own_fd fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	memcpy(dir, f->path, (size_t)(slash - f->path));
	dir[slash - f->path] = 0;
	if (fd < 0 || inotify_add_watch(fd, *dir ? dir : "/",
	                                IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM) < 0)
		return err_set(e, errno, "watch %s", dir);
	f->watch = own_fd_take(&fd);
	return 0;
}

void follow_wait(struct follow *f, int other, int64_t until_ms, bool *ret_end)
{
	struct pollfd p[] = { { .fd = f->watch, .events = POLLIN },
		              { .fd = other, .events = POLLIN },
		              { .fd = STDOUT_FILENO } };
	const int64_t left = until_ms < 0 ? -1 : until_ms - clock_ms();
	char events[4096];

	*ret_end = poll(p, 3,
	                left < -1        ? 0
	                : left > INT_MAX ? INT_MAX
	                                 : (int)left) > 0 &&
	           p[2].revents & (POLLERR | POLLNVAL);
	if (p[0].revents)
		while (read(f->watch, events, sizeof events) > 0)
			;
}
