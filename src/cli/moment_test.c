#include "cli/moment.h"

#include "test/test.h"

#include <string.h>

TEST(moment_dates)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{ "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000000Z" },
		{ "2026-01-02T03:04:05", "2026-01-02T03:04:05.000000000Z" },
		{ "2026-01-02T03:04:05.678901234Z", "2026-01-02T03:04:05.678901234Z" },
		{ "2026-01-02T03:04:05.5+01:30", "2026-01-02T01:34:05.500000000Z" },
		{ "2026-01-02T03:04:05-01:00", "2026-01-02T04:04:05.000000000Z" },
		{ "2026-01-02", "2026-01-02T00:00:00.000000000Z" },
		{ "0", "1970-01-01T00:00:00.000000000Z" },
		{ "1767225600.25", "2026-01-01T00:00:00.250000000Z" },
	};
	struct moment m;
	struct err e;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		CHECK(!moment_read("--since", table[i].text, &m, &e));
		CHECK_STR(m.text, table[i].want);
		CHECK(m.boot_ms == -1);
	}
}

TEST(moment_refuses)
{
	static const char *const table[] = { "",           "yesterday",   "5x",
		                             "2026-13-02", "2026-01-02T", "2026-01-02T03:04:05+1",
		                             "1.5.2s",     "123456789012" };
	struct moment m;
	struct err e;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		CHECK(moment_read("--since", table[i], &m, &e));
		CHECK(e.kind == ERR_USAGE && strstr(e.text, "--since"));
	}
}

TEST(moment_ago_is_of_the_boot_clock)
{
	struct moment m;
	struct err e;
	char now[WHEN_MAX];

	CHECK(!moment_read("--since", "100ms", &m, &e));
	when_now(now);
	CHECK(m.boot_ms >= 0 && moment_compare(now, -1, &m) > 0);
	/* A record from before somebody set the clock. */
	CHECK(moment_compare("1970-01-01T00:00:09.000000000Z", m.boot_ms + 1, &m) > 0);
	CHECK(moment_compare("1970-01-01T00:00:09.000000000Z", -1, &m) < 0);
	CHECK(moment_compare(m.text, m.boot_ms, &m) == 0);
}

TEST(moment_durations)
{
	int64_t ms;
	struct err e;

	CHECK(!duration_ms("--interval", "1m30s", 3600000, &ms, &e) && ms == 90000);
	CHECK(!duration_ms("--interval", "1.5ms", 3600000, &ms, &e) && ms == 1);
	CHECK(duration_ms("--interval", "0s", 3600000, &ms, &e));
	CHECK(duration_ms("--interval", "2h", 3600000, &ms, &e));
	CHECK(duration_ms("--interval", "s", 3600000, &ms, &e));
}
