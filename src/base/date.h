/*
 * date.h - the calendar in UTC, as text: 2026-01-02T03:04:05.
 *
 * The C library's functions for it bring their time zones, names and formats into the binary.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DATE_MAX = 24 };

/* Of seconds since 1970; the text's length. */
size_t date_print(int64_t s, char ret[DATE_MAX]);
/*
 * The seconds since 1970 of the text's beginning, YYYY-MM-DD[THH:MM:SS], and what follows it. -1: it
 * is none. A 31st where a month has 30 days is the next month's first.
 */
int date_read(const char *text, int64_t *ret_s, const char **ret_rest);
