/* logger.c - output into files that turn over. */
#define _GNU_SOURCE
#include "monitor/logger.h"

#include "base/date.h"
#include "base/fd.h"
#include "base/own.h"
#include "monitor/logger_send.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { RING_SIZE = 64 * 1024, FILE_SIZE = 1024 * 1024, SIZE_MIN = 4096, STAMP_MAX = 64 };
enum { JSON_PIECE_MAX = 1024, JSON_ROOM = 128 };

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
	                "log: \"%.*s\" is not ring:SIZE, file:PATH[:SIZE], k8s-file:PATH[:SIZE], "
	                "json-file:PATH[:SIZE], syslog[:FACILITY], fd or none (SIZE: 4096 and "
	                "more, k and m are units)",
	                (int)len, word);
}

static int set_path(struct logger_target *t, const char *path, size_t len)
{
	if (!len || len >= LOGGER_PATH_MAX - 2)
		return -1;
	t->path = path;
	t->path_len = (int)len;
	return 0;
}

/* "PATH[:SIZE]" */
static int parse_file(const char *path, size_t len, struct logger_target *t)
{
	size_t path_len = len;

	t->max = FILE_SIZE / 2;
	if (!len || *path != '/')
		return -1;
	const char *colon = memrchr(path, ':', len);
	if (colon && isdigit((unsigned char)colon[1])) {
		path_len = (size_t)(colon - path);
		if (parse_size(colon + 1, len - path_len - 1, &t->max))
			return -1;
		t->max /= 2;
	}
	return set_path(t, path, path_len);
}

static int parse_ring(const char *size, size_t len, struct logger_target *t)
{
	if (size && parse_size(size, len, &t->max))
		return -1;
	t->max /= size ? 2 : 1;
	return 0;
}

static int parse_syslog(const char *facility, size_t len, struct logger_target *t)
{
	t->kind = LOGGER_SYSLOG;
	t->facility = facility ? logger_facility(facility, len) : logger_facility("daemon", 6);
	return t->facility < 0 ? -1 : 0;
}

static bool is_word(const char *word, size_t len, const char *want)
{
	return strlen(want) == len && !memcmp(word, want, len);
}

/* One word; *ret_none when it is no target. */
static int parse_word(const char *word, size_t len, struct logger_target *ret, bool *ret_none,
                      struct err *e)
{
	const char *colon = memchr(word, ':', len), *rest = colon ? colon + 1 : NULL;
	const size_t n = colon ? (size_t)(colon - word) : len, rest_len = colon ? len - n - 1 : 0;
	int failed = -1;

	*ret =
	    (struct logger_target){ .fd = -1, .max = RING_SIZE / 2, .path = "log", .path_len = 3 };
	*ret_none = is_word(word, len, "none");
	if (*ret_none)
		return 0;
	if (is_word(word, n, "ring"))
		failed = parse_ring(rest, rest_len, ret);
	else if (is_word(word, n, "syslog"))
		failed = parse_syslog(rest, rest_len, ret);
	else if (is_word(word, n, "file") || is_word(word, n, "k8s-file") ||
	         is_word(word, n, "json-file")) {
		ret->kind = *word == 'j' ? LOGGER_JSON : LOGGER_FILE;
		failed = parse_file(rest, rest_len, ret);
	} else if (is_word(word, len, "fd")) {
		ret->kind = LOGGER_FD;
		failed = 0;
	}
	return failed ? bad(word, len, e) : 0;
}

static int parse(struct logger *l, const char *list, struct err *e)
{
	bool none;

	l->n = 0;
	for (const char *p = *list ? list : LOGGER_DEFAULT;;) {
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

static bool is_file(const struct logger_target *t)
{
	return t->kind == LOGGER_FILE || t->kind == LOGGER_JSON;
}

int logger_file(const char *list, char *ret, size_t size, struct err *e)
{
	struct logger l;

	if (parse(&l, list, e))
		return -1;
	for (size_t i = 0; i < l.n; i++)
		if (is_file(&l.targets[i]) && snprintf(ret, size, "%.*s", l.targets[i].path_len,
		                                       l.targets[i].path) < (int)size)
			return 0;
	return err_kind(e, ERR_STATE, ENOENT, "log: \"%s\" keeps no file to be read", list);
}

static const char *path_of(const struct logger_target *t, char buf[LOGGER_PATH_MAX])
{
	snprintf(buf, LOGGER_PATH_MAX, "%.*s", t->path_len, t->path);
	return buf;
}

static void open_target(const struct logger *l, struct logger_target *t)
{
	char path[LOGGER_PATH_MAX];
	struct stat st;

	/* A fifo in its place must not be waited for. */
	t->fd = openat(
	    l->dir, path_of(t, path),
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	t->no = t->fd < 0 ? errno : 0;
	if (t->fd < 0)
		return;
	if (fstat(t->fd, &st) || !S_ISREG(st.st_mode)) {
		own_fd_drop(&t->fd);
		t->no = EINVAL;
	} else
		t->size = st.st_size;
}

int logger_open(struct logger *l, int dir, const char *name, const char *list, struct err *e)
{
	*l = (struct logger){ .dir = dir, .name = name, .dev = "/dev" };
	if (parse(l, list, e))
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (is_file(&l->targets[i]))
			open_target(l, &l->targets[i]);
	return 0;
}

void logger_close(struct logger *l)
{
	for (size_t i = 0; i < l->n; i++)
		own_fd_drop(&l->targets[i].fd);
}

bool logger_lost(const struct logger *l, size_t *i, struct err *ret)
{
	while (*i < l->n) {
		const struct logger_target *t = &l->targets[(*i)++];

		if (!t->no)
			continue;
		(void)err_set(ret, t->no == EINVAL ? 0 : t->no, "%.*s%s", t->path_len, t->path,
		              t->no == EINVAL ? " is not a regular file" : "");
		return true;
	}
	return false;
}

static void turn_over(const struct logger *l, struct logger_target *t)
{
	char first[LOGGER_PATH_MAX], second[LOGGER_PATH_MAX + 2];

	snprintf(second, sizeof second, "%s.1", path_of(t, first));
	own_fd_drop(&t->fd);
	(void)renameat(l->dir, first, l->dir, second); /* else it goes on growing */
	t->size = 0;
	open_target(l, t);
}

/* Without its zone, which is UTC. */
static size_t time_text(char buf[STAMP_MAX])
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	size_t n = date_print(t.tv_sec, buf);
	return n + (size_t)snprintf(buf + n, STAMP_MAX - n, ".%09ld", (long)t.tv_nsec);
}

static size_t stamp(char buf[STAMP_MAX], int stream, bool partial)
{
	size_t n = time_text(buf);

	return n + (size_t)snprintf(buf + n, STAMP_MAX - n, "+00:00 %s %c ",
	                            stream == 2 ? "stderr" : "stdout", partial ? 'P' : 'F');
}

static void put_file(struct logger *l, struct logger_target *t, const struct iovec *iov, int n,
                     off_t size)
{
	if (t->fd < 0)
		open_target(l, t);
	if (t->fd >= 0 && t->size && t->size + size > t->max)
		turn_over(l, t);
	/* A full disk loses lines, whole ones; it must not stop the container. */
	const ssize_t done = t->fd >= 0 ? writev(t->fd, iov, n) : -1;
	if (done == size)
		t->size += size;
	else if (done > 0)
		(void)ftruncate(t->fd, lseek(t->fd, 0, SEEK_CUR) - done);
}

static void put_line(struct logger *l, struct logger_target *t, const char *head, size_t head_len,
                     const char *line, size_t len)
{
	const struct iovec iov[] = { { (void *)(uintptr_t)head, head_len },
		                     { (void *)(uintptr_t)line, len },
		                     { (void *)(uintptr_t) "\n", 1 } };

	put_file(l, t, iov, 3, (off_t)(head_len + len + 1));
}

/* {"log":"...\n","stream":"stdout","time":"..."}: a long one in pieces, as Docker does. */
static void put_json(struct logger *l, struct logger_target *t, int stream, const char *line,
                     size_t len, bool complete)
{
	char text[JSON_PIECE_MAX], when[STAMP_MAX];

	(void)time_text(when);
	do {
		size_t taken = len, n = (size_t)snprintf(text, sizeof text, "{\"log\":\"");

		n += logger_json(text + n, sizeof text - n - JSON_ROOM, line, &taken);
		line += taken;
		len -= taken;
		n += (size_t)snprintf(
		    text + n, sizeof text - n, "%s\",\"stream\":\"%s\",\"time\":\"%sZ\"}\n",
		    !len && complete ? "\\n" : "", stream == 2 ? "stderr" : "stdout", when);
		const struct iovec iov = { text, n };
		put_file(l, t, &iov, 1, (off_t)n);
	} while (len);
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

		for (size_t i = 0; i < l->n; i++) {
			struct logger_target *t = &l->targets[i];

			if (t->kind == LOGGER_FILE)
				put_line(l, t, head, head_len, data, line);
			else if (t->kind == LOGGER_JSON)
				put_json(l, t, stream, data, line, newline);
			else
				logger_send(l, t, stream, data, line, newline);
		}
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
