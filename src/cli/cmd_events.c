/* cmd_events.c - events: a line for each, while there is somebody to read it. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "oci/events.h"

#include <errno.h>
#include <stdio.h>

enum { INTERVAL_MS = 5000, INTERVAL_MAX_MS = 1000 * 3600 * 24 };

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

static int follow(struct events *w, int64_t interval, struct err *e)
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

static int check_options(const struct args *a, struct err *e)
{
	const struct given of_one[] = { { "stats", a->stats }, { "interval", a->interval } };
	const struct given of_log[] = { { "since", a->since },
		                        { "until", a->until },
		                        { "filter", a->n_filters },
		                        { "follow", a->follow },
		                        { "json", a->json } };

	return a->n_rest
	           ? args_refuse(of_log, sizeof of_log / sizeof *of_log, "goes without an ID", e)
	           : args_refuse(of_one, sizeof of_one / sizeof *of_one, "goes with an ID", e);
}

int cmd_events(struct args *a, struct err *e)
{
	int64_t interval = INTERVAL_MS;
	struct events w;

	if (check_options(a, e))
		return -1;
	if (!a->n_rest)
		return engine_events(a, e);
	if (is_defined(a, a->rest[0]) && engine_check_runs(a, "watch", e))
		return -1;
	if (a->interval && duration_ms("--interval", a->interval, INTERVAL_MAX_MS, &interval, e))
		return -1;
	const struct verb v = { .arena = a->arena, .root = a->root, .id = a->rest[0] };
	if (events_open(&v, &w, e))
		return -1;
	int failed = a->stats ? print_event(&w, EVENT_TIME, e) : follow(&w, interval, e);
	events_close(&w);
	return failed;
}
