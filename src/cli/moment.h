/* moment.h - times and durations as people give them on a command line. */
#pragma once

#include "base/err.h"
#include "monitor/life.h"

#include <stdbool.h>
#include <stdint.h>

/* A point in time. One that was given as a duration ("5m ago") is one of the boot clock, too, and
 * holds when somebody has set the wall clock since. */
struct moment {
	char text[WHEN_MAX]; /* as records have it, UTC: what is later compares greater */
	int64_t boot_ms;     /* -1: it was given as a date */
};

/* "1m30s", the form of Go's programs; at most `max_ms`. Names `option` in its error. */
int duration_ms(const char *option, const char *text, int64_t max_ms, int64_t *ret, struct err *e);

/* "2026-01-02T03:04:05.6Z" (or with +01:00, without a zone: UTC), "2026-01-02", seconds since 1970,
 * or a duration: that long ago. */
int moment_read(const char *option, const char *text, struct moment *ret, struct err *e);

/* When it will be over, of clock_ms(): now, when it is over already. */
int64_t moment_deadline_ms(const struct moment *m);

/* --since and --until, which may be NULL. */
struct moment_range {
	bool has_since, has_until;
	struct moment since, until;
	int64_t until_ms; /* of clock_ms(): when nothing more can come; -1: never */
};

int moment_range_read(const char *since, const char *until, struct moment_range *ret,
                      struct err *e);
bool moment_is_in(const struct moment_range *r, const char *when, int64_t boot_ms);

/* -1, 0, 1: `when` of a record, boot_ms of the same (-1: not known), is before, at, after m. */
int moment_compare(const char *when, int64_t boot_ms, const struct moment *m);
