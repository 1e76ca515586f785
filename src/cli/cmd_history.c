/* cmd_history.c - events without a name: what has happened to the defined containers. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/follow.h"
#include "base/list.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "engine/history.h"
#include "monitor/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* clang-format off */
static const char events[] =
	EVENT_DEFINE "\0" EVENT_ATTACH "\0" EVENT_INIT "\0" EVENT_START "\0" EVENT_RESTART "\0"
	EVENT_OOM_KILL "\0" EVENT_HEALTH "\0" EVENT_DIED "\0" EVENT_STOP "\0" EVENT_CLEANUP "\0"
	EVENT_KILL "\0" EVENT_PAUSE "\0" EVENT_UNPAUSE "\0" EVENT_EXEC "\0" EVENT_REMOVE "\0"
	EVENT_SYNC "\0" EVENT_REFRESH "\0" EVENT_MONITOR_LOST "\0" EVENT_KEEPER_LOST "\0"
	EVENT_SESSION_LOST "\0" EVENT_LOG_LOST "\0";
/* clang-format on */

static int check_filters(const struct args *a, struct err *e)
{
	for (size_t i = 0; i < a->n_filters; i++) {
		const char *f = a->filters[i];
		const bool event = !strncmp(f, "event=", 6);

		if (!event && (strncmp(f, "name=", 5) || !f[5]))
			return err_kind(e, ERR_USAGE, 0,
			                "--filter: \"%s\" is not name=NAME or event=EVENT", f);
		if (event && !list_has(events, f + 6))
			return err_kind(e, ERR_USAGE, 0, "--filter: there is no event \"%s\"",
			                f + 6);
	}
	return 0;
}

/* Of several with the same key one has to fit. */
static bool fits(const struct args *a, const char *key, const char *value)
{
	const size_t n = strlen(key);
	bool some = false;

	for (size_t i = 0; i < a->n_filters; i++) {
		const char *f = a->filters[i];

		if (strncmp(f, key, n) || f[n] != '=')
			continue;
		if (!strcmp(f + n + 1, value))
			return true;
		some = true;
	}
	return !some;
}

static bool is_wanted(const struct args *a, const struct moment_range *r, const struct happening *h)
{
	return fits(a, "name", h->name) && fits(a, "event", h->event) &&
	       moment_is_in(r, h->time, h->boot_ms);
}

static void print_line(const struct args *a, const struct happening *h)
{
	if (a->json) {
		puts(h->text);
		return;
	}
	printf("%s %s %s", h->time, h->name, h->event);
	for (size_t i = 0; i < h->n_attributes; i++)
		printf("%s%s=%s", i ? ", " : " (", h->attributes[i].key, h->attributes[i].value);
	puts(h->n_attributes ? ")" : "");
}

static int print_new(const struct args *a, const struct moment_range *r, struct follow *f,
                     struct err *e)
{
	struct happening h;
	char *line;

	while (follow_line(f, &line) >= 0) {
		struct arena lines = { 0 }; /* it may run for months */

		if (history_parse(&lines, line, &h) && is_wanted(a, r, &h))
			print_line(a, &h);
		arena_free(&lines);
	}
	return fflush(stdout) ? err_set(e, errno, "write to stdout") : 0;
}

int engine_events(struct args *a, struct err *e)
{
	struct moment_range r;
	struct follow f;
	bool end = false;

	if (check_filters(a, e) || moment_range_read(a->since, a->until, &r, e) ||
	    follow_open(a->arena, history_path(a->arena, a->root), &f, e))
		return -1;
	if (a->follow && mkdir(a->root, 0700) && errno != EEXIST)
		return err_set(e, errno, "mkdir %s", a->root);
	int failed = a->follow ? follow_watch(&f, e) : 0;
	while (!failed) {
		failed = print_new(a, &r, &f, e);
		if (failed || !a->follow || end || (r.until_ms >= 0 && clock_ms() >= r.until_ms))
			break;
		follow_wait(&f, -1, r.until_ms, &end);
	}
	follow_close(&f);
	return failed;
}
