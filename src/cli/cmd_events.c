/* cmd_events.c - events: a line for each, while there is somebody to read it. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "cli/command.h"
#include "oci/events.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_MS = 5000, INTERVAL_MAX_MS = 1000 * 3600 * 24 };

/* clang-format off */
static const struct { const char *unit; int ms; } units[] = { /* "ms" before "m" */
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
};
/* clang-format on */

/* "1m30s", the form of Go's programs; at most a day. */
static int read_interval(const char *text, int *ret, struct err *e)
{
	const char *p = text;
	double sum = 0;

	do {
		char *end = NULL;
		size_t k = 0, n = strspn(p, "0123456789.");
		double v = n ? strtod(p, &end) : 0;

		while (n && end == p + n && k < sizeof units / sizeof *units &&
		       strncmp(end, units[k].unit, strlen(units[k].unit)) != 0)
			k++;
		if (!n || end != p + n || k == sizeof units / sizeof *units)
			return err_kind(e, ERR_USAGE, 0,
			                "events: --interval: \"%s\" is not a time like 5s or 500ms",
			                text);
		sum += v * units[k].ms;
		p = end + strlen(units[k].unit);
	} while (*p);
	if (sum < 1 || sum > INTERVAL_MAX_MS)
		return err_kind(e, ERR_USAGE, 0,
		                "events: --interval: \"%s\" is not from 1ms to 24h", text);
	*ret = (int)sum;
	return 0;
}

static int print_line(const char *line, struct err *e)
{
	if (puts(line) < 0 || fflush(stdout))
		return err_set(e, errno, "write to stdout");
	return 0;
}

/* It may run for months: what a line takes is given back. */
static int print_event(const struct events *w, enum event what, struct err *e)
{
	struct arena a = { 0 };
	int failed = print_line(what == EVENT_OOM ? events_oom(&a, w) : events_stats(&a, w), e);

	arena_free(&a);
	return failed;
}

static int follow(struct events *w, int interval, struct err *e)
{
	int64_t next = clock_ms() + interval;
	enum event what;

	for (;;) {
		const int64_t left = next - clock_ms();
		if (events_wait(w, left > 0 ? (int)left : 0, &what, e))
			return -1;
		if (what == EVENT_END)
			return 0;
		if (print_event(w, what, e))
			return -1;
		if (what == EVENT_TIME)
			next = clock_ms() + interval;
	}
}

int cmd_events(struct args *a, struct err *e)
{
	const struct verb v = { .arena = a->arena, .root = a->root, .id = a->rest[0] };
	int interval = INTERVAL_MS;
	struct events w;

	if (a->interval && read_interval(a->interval, &interval, e))
		return -1;
	if (events_open(&v, &w, e))
		return -1;
	int failed = a->stats ? print_event(&w, EVENT_TIME, e) : follow(&w, interval, e);
	events_close(&w);
	return failed;
}
