#define _GNU_SOURCE
#include "base/date.h"

#include "test/test.h"

#include <string.h>
#include <time.h>

/* From the year -10000 to 9999, in steps that meet each month's ends, as the C library has it. */
TEST(date_prints_like_the_library)
{
	for (int64_t s = -377705116800; s < 253402300800; s += 86400 * 27 + 12345) {
		const time_t t = (time_t)s;
		struct tm tm;
		char ours[DATE_MAX];
		const char *rest;
		int64_t back = 0;

		gmtime_r(&t, &tm);
		CHECK(date_print(s, ours) == strlen(ours));
		if (tm.tm_year < -1900) {
			CHECK(ours[0] == '-');
			continue;
		}
		char theirs[80];

		snprintf(theirs, sizeof theirs, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
		         tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		CHECK(!strcmp(ours, theirs));
		CHECK(!date_read(ours, &back, &rest) && back == s && !*rest);
	}
}

static const struct {
	const char *text;
	int64_t s;
	const char *rest;
} good[] = {
	{ "1970-01-01", 0, "" },
	{ "1970-01-01T00:00:01Z", 1, "Z" },
	{ "1969-12-31T23:59:59.5", -1, ".5" },
	{ "2000-02-29T00:00:00", 951782400, "" },
	{ "1900-03-01", -2203891200, "" },
	{ "2026-02-31", 1772496000, "" },
	{ "2038-01-19T03:14:08", 2147483648, "" },
	{ "2026-1-2 x", 1767312000, " x" },
};

TEST(date_reads)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *rest;
		int64_t s = 7;

		CHECK(!date_read(good[i].text, &s, &rest));
		CHECK(s == good[i].s);
		CHECK(!strcmp(rest, good[i].rest));
	}
}

TEST(date_refuses)
{
	static const char *const bad[] = {
		"",           "2026",       "2026-",         "2026-13-01",          "2026-00-01",
		"2026-01-32", "2026-01-00", "2026-01-01T",   "2026-01-01T24:00:00", "-026-01-01",
		"20260-1-1",  "2026/01/01", "2026-01-01T1:", "2026-01-01T01:60:00", "5m",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *rest;
		int64_t s;

		CHECK(date_read(bad[i], &s, &rest) == -1);
	}
}
