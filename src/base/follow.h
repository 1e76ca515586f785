/*
 * follow.h - reading a file of lines that others append to, and that turns over: PATH becomes
 * PATH.1, and a new PATH begins.
 *
 * Reading starts with PATH.1, the older lines. One that turns over twice between two looks loses
 * nothing either; only what has gone from both names is lost.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { FOLLOW_LINE_MAX = 16 * 1024 };

struct follow {
	const char *path, *second;
	int fd, last; /* the file that is read; the one before, for a late writer's line */
	ino_t ino, last_ino;
	int watch; /* inotify(7), -1: none */
	char *buf;
	size_t from, to; /* of what has been read and not been given yet */
};

/* The files need not exist. path must stay. */
int follow_open(struct arena *a, const char *path, struct follow *ret, struct err *e);
void follow_close(struct follow *f);

/*
 * The next complete line, ended by NUL instead of the newline, valid until the next call: its
 * length, or -1 when there is none now. A longer one than FOLLOW_LINE_MAX comes in pieces.
 */
ssize_t follow_line(struct follow *f, char **ret);

/* From now on follow_wait() wakes when there may be more. The directory must exist. */
int follow_watch(struct follow *f, struct err *e);

/*
 * Wait for more, for `other` to be readable (-1: none), or for stdout to lose its reader
 * (*ret_end), until_ms of clock_ms() at most (-1: for ever).
 */
void follow_wait(struct follow *f, int other, int64_t until_ms, bool *ret_end);
