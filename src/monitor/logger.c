/* logger.c - output into files that turn over. */
#define _GNU_SOURCE
#include "monitor/logger.h"

#include "base/fd.h"
#include "base/own.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

enum { RING_SIZE = 64 * 1024, FILE_SIZE = 1024 * 1024, SIZE_MIN = 4096, STAMP_MAX = 64 };

static int parse_size(const char *text, size_t len, off_t *ret)
{
	char *end;
	long long v = strtoll(text, &end, 10);

	if (end == text || v <= 0 || v > (1ll << 40))
		return -1;
	if (end < text + len && (*end == 'k' || *end == 'K'))
		v <<= 10, end++;
	else if (end < text + len && (*end == 'm' || *end == 'M'))
		v <<= 20, end++;
	if (end != text + len || v < SIZE_MIN)
		return -1;
	*ret = (off_t)v;
	return 0;
}

static int bad(const char *word, size_t len, struct err *e)
{
	return err_kind(e, ERR_CONFIG, 0,
	                "log: \"%.*s\" is not ring:SIZE, file:PATH[:SIZE] or none (SIZE: 4096 and "
	                "more, k and m are units)",
	                (int)len, word);
}

static int set_path(struct logger_target *t, const char *path, size_t len)
{
	if (!len || len >= sizeof t->path - 2)
		return -1;
	memcpy(t->path, path, len);
	t->path[len] = 0;
	return 0;
}

/* One word; *ret_none when it is a target without a file. */
static int parse_word(const char *word, size_t len, struct logger_target *ret, bool *ret_none,
                      struct err *e)
{
	*ret = (struct logger_target){ .fd = -1, .max = RING_SIZE / 2, .path = "log" };
	*ret_none = len == 4 && !memcmp(word, "none", 4);
	if (*ret_none || (len == 4 && !memcmp(word, "ring", 4)))
		return 0;
	if (len > 5 && !memcmp(word, "ring:", 5)) {
		if (parse_size(word + 5, len - 5, &ret->max))
			return bad(word, len, e);
		ret->max /= 2;
		return 0;
	}
	if (len < 6 || memcmp(word, "file:/", 6))
		return bad(word, len, e);
	const char *path = word + 5, *colon = memrchr(path, ':', len - 5);
	size_t path_len = len - 5;
	ret->max = FILE_SIZE / 2;
	if (colon && isdigit((unsigned char)colon[1])) {
		path_len = (size_t)(colon - path);
		if (parse_size(colon + 1, len - 5 - path_len - 1, &ret->max))
			return bad(word, len, e);
		ret->max /= 2;
	}
	return set_path(ret, path, path_len) ? bad(word, len, e) : 0;
}

static int parse(struct logger *l, const char *list, struct err *e)
{
	bool none;

	l->n = 0;
	for (const char *p = *list ? list : "ring";;) {
		size_t len = strcspn(p, ",");

		if (l->n == LOGGER_TARGETS)
			return err_kind(e, ERR_CONFIG, 0, "log: more than %d targets",
			                LOGGER_TARGETS);
		if (parse_word(p, len, &l->targets[l->n], &none, e))
			return -1;
		l->n += !none;
		if (!p[len])
			return 0;
		p += len + 1;
	}
}

int logger_check(const char *list, struct err *e)
{
	struct logger l;

	return parse(&l, list, e);
}

static void open_target(const struct logger *l, struct logger_target *t)
{
	struct stat st;

	t->fd =
	    openat(l->dir, t->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (t->fd < 0)
		return;
	if (fstat(t->fd, &st) || !S_ISREG(st.st_mode))
		own_fd_drop(&t->fd);
	else
		t->size = st.st_size;
}

int logger_open(struct logger *l, int dir, const char *list, struct err *e)
{
	*l = (struct logger){ .dir = dir };
	if (parse(l, list, e))
		return -1;
	for (size_t i = 0; i < l->n; i++)
		open_target(l, &l->targets[i]);
	return 0;
}

static void turn_over(const struct logger *l, struct logger_target *t)
{
	char second[LOGGER_PATH_MAX + 2];

	snprintf(second, sizeof second, "%s.1", t->path);
	own_fd_drop(&t->fd);
	(void)renameat(l->dir, t->path, l->dir, second); /* else it goes on growing */
	t->size = 0;
	open_target(l, t);
}

static size_t stamp(char buf[STAMP_MAX], int stream, bool partial)
{
	struct timespec t;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = strftime(buf, STAMP_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(buf + n, STAMP_MAX - n, ".%09ld+00:00 %s %c ", (long)t.tv_nsec,
	                      stream == 2 ? "stderr" : "stdout", partial ? 'P' : 'F');
	return n;
}

static void put_line(struct logger *l, struct logger_target *t, const char *head, size_t head_len,
                     const char *line, size_t len)
{
	struct iovec iov[] = { { (void *)(uintptr_t)head, head_len },
		               { (void *)(uintptr_t)line, len },
		               { (void *)(uintptr_t) "\n", 1 } };
	const off_t size = (off_t)(head_len + len + 1);

	if (t->fd < 0)
		open_target(l, t);
	if (t->fd >= 0 && t->size && t->size + size > t->max)
		turn_over(l, t);
	/* A full disk loses lines; it must not stop the container. */
	if (t->fd >= 0 && writev(t->fd, iov, 3) > 0)
		t->size += size;
}

static void keep_tail(struct logger *l, const char *data, size_t len)
{
	if (len >= sizeof l->tail) {
		data += len - sizeof l->tail;
		len = sizeof l->tail;
	}
	const size_t room = sizeof l->tail - len;
	if (l->tail_len > room) {
		memmove(l->tail, l->tail + l->tail_len - room, room);
		l->tail_len = room;
	}
	memcpy(l->tail + l->tail_len, data, len);
	l->tail_len += len;
}

void logger_write(struct logger *l, int stream, const char *data, size_t len)
{
	char head[STAMP_MAX];

	keep_tail(l, data, len);
	while (len) {
		const char *newline = memchr(data, '\n', len);
		const size_t line = newline ? (size_t)(newline - data) : len;
		const size_t head_len = stamp(head, stream, !newline);

		for (size_t i = 0; i < l->n; i++)
			put_line(l, &l->targets[i], head, head_len, data, line);
		data += line + (newline != NULL);
		len -= line + (newline != NULL);
	}
}

void logger_tail(const struct logger *l, char *ret, size_t size)
{
	size_t from = l->tail_len >= size ? l->tail_len - size + 1 : 0;
	const char *newline = from ? memchr(l->tail + from, '\n', l->tail_len - from) : NULL;

	if (newline && newline + 1 < l->tail + l->tail_len)
		from = (size_t)(newline + 1 - l->tail);
	memcpy(ret, l->tail + from, l->tail_len - from);
	ret[l->tail_len - from] = 0;
}
