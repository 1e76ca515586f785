/*
 * err.h - one error value for the whole program: what kind, what was tried, and why it failed.
 *
 * Functions return 0, or -1 with the error recorded; `struct err *` comes last. The value has a
 * fixed size and no pointers, so the container's side of create sends it over a socket as it is.
 */
#pragma once

#include <stddef.h>

/* What the caller can do about it. cli/main.c maps a kind to an exit code, in one table. */
enum err_kind {
	ERR_FAILED,         /* an operation did not succeed: the usual case */
	ERR_USAGE,          /* the command line is wrong */
	ERR_CONFIG,         /* config.json asks for something invalid or not supported */
	ERR_NO_CONTAINER,   /* no container of that name */
	ERR_STATE,          /* the container is in the wrong state for it */
	ERR_NO_PROGRAM,     /* the program to run does not exist */
	ERR_NOT_EXECUTABLE, /* it exists and cannot be executed */
};

enum { ERR_TEXT_MAX = 512 };

struct err {
	enum err_kind kind;
	int no;                  /* errno value, or 0 when the kernel was not involved */
	char text[ERR_TEXT_MAX]; /* "mount proc on /proc"; no newline, no errno text */
};

/* Record a failure; always -1, so callers write `return err_set(e, errno, "open %s", path)`. */
int err_set(struct err *e, int no, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));
int err_kind(struct err *e, enum err_kind kind, int no, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), cold));

/* Put context in front: "create c1: " + what was there. Kind and errno stay. Always -1. */
int err_ctx(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* The whole sentence, "text: strerror(no)", cut to size; returns buf. */
const char *err_text(const struct err *e, char *buf, size_t size);

enum { ERR_LINE_MAX = ERR_TEXT_MAX + 64 };
