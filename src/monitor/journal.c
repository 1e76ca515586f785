/* journal.c - one line, one write; without memory of its own, since the monitor is small. */
#define _GNU_SOURCE
#include "monitor/journal.h"

#include "base/own.h"
#include "monitor/life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 64 * 1024, VALUE_MAX = 240, PATH_SIZE = 1024 };

struct line {
	char text[2048];
	size_t len;
};

/* What does not fit is left out; the longest line has four values. */
static void put(struct line *l, const char *s)
{
	while (*s && l->len < sizeof l->text)
		l->text[l->len++] = *s++;
}

/* Error texts quote what users and images have written: only ASCII is sure to be UTF-8. */
static void put_quoted(struct line *l, const char *s)
{
	const size_t end = l->len + VALUE_MAX;
	char escape[8];

	put(l, "\"");
	for (; *s && l->len < end; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c < ' ' || c == 0x7f)
			snprintf(escape, sizeof escape, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			snprintf(escape, sizeof escape, "\\%c", c);
		else
			snprintf(escape, sizeof escape, "%c", c < 0x80 ? c : '?');
		put(l, escape);
	}
	put(l, "\"");
}

static void put_head(struct line *l, const char *name, const char *event)
{
	char when[WHEN_MAX], boottime[40];
	struct timespec t;

	when_now(when);
	clock_gettime(CLOCK_BOOTTIME, &t);
	snprintf(boottime, sizeof boottime, "%lld",
	         (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	put(l, "{\"time\":");
	put_quoted(l, when);
	if (when_is_unset())
		put(l, ",\"clock\":\"unset\"");
	put(l, ",\"boottime_ms\":");
	put(l, boottime);
	put(l, ",\"name\":");
	put_quoted(l, name);
	put(l, ",\"event\":");
	put_quoted(l, event);
}

static void put_attributes(struct line *l, va_list ap)
{
	const char *key;
	bool some = false;

	for (; (key = va_arg(ap, const char *)); some = true) {
		put(l, some ? "," : ",\"attributes\":{");
		put_quoted(l, key);
		put(l, ":");
		put_quoted(l, va_arg(ap, const char *));
	}
	put(l, some ? "}}\n" : "}\n");
}

/*
 * Of several who find it full one has the lock, and still finds it under its name; the others must
 * not wait for one that was stopped with it.
 */
static void turn_over(int fd, const char *path)
{
	char second[PATH_SIZE + 2];
	struct stat ours, there;

	if (fstat(fd, &ours) || ours.st_size < SIZE_MAX_BYTES || flock(fd, LOCK_EX | LOCK_NB))
		return;
	snprintf(second, sizeof second, "%s.1", path);
	if (!stat(path, &there) && there.st_ino == ours.st_ino)
		(void)rename(path, second); /* else it goes on growing */
}

static int open_log(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	            0600);
}

void journal_write(const char *root, const char *name, const char *event, ...)
{
	struct line l = { .len = 0 };
	char path[PATH_SIZE];
	va_list ap;

	put_head(&l, name, event);
	va_start(ap, event);
	put_attributes(&l, ap);
	va_end(ap);
	if (snprintf(path, sizeof path, "%s/" JOURNAL_FILE, root) >= (int)sizeof path)
		return;
	own_fd fd = open_log(path);
	if (fd < 0 && errno == ENOENT && !mkdir(root, 0700)) /* the first thing after a boot */
		fd = open_log(path);
	if (fd >= 0 && write(fd, l.text, l.len) > 0)
		turn_over(fd, path);
}
