/* cmd_logs.c - logs: the lines that the monitor has kept. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/follow.h"
#include "base/own.h"
#include "cli/command.h"
#include "cli/log_line.h"
#include "cli/moment.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "engine/up.h"
#include "monitor/logger.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct wanted {
	struct moment_range range;
	size_t skip; /* lines, for --tail */
};

static void print_line(const struct args *a, char *line, size_t len)
{
	struct arena arena = { 0 }; /* it may run for months */
	struct log_line l;

	if (log_line_read(&arena, line, len, &l)) {
		FILE *out = l.errors ? stderr : stdout;

		if (out == stderr)
			fflush(stdout); /* in their order, if they go to the same place */
		if (a->timestamps && l.time)
			fprintf(out, "%.*s ", (int)l.time_len, l.time);
		fwrite(l.text, 1, l.len, out);
	}
	arena_free(&arena);
}

/* The time of a line: its start, or the last member of a json-file's. */
static const char *time_of(const char *line)
{
	static const char member[] = "\"time\":\"";
	const char *when = line;

	for (const char *p = line; *line == '{' && (p = strstr(p, member)); when = p)
		p += sizeof member - 1;
	return when;
}

static bool is_wanted(const struct wanted *w, const char *line)
{
	return moment_is_in(&w->range, time_of(line), -1);
}

static int print_new(const struct args *a, struct wanted *w, struct follow *f, struct err *e)
{
	char *line;
	ssize_t n;

	while ((n = follow_line(f, &line)) >= 0) {
		if (!is_wanted(w, line))
			continue;
		if (w->skip)
			w->skip--;
		else
			print_line(a, line, (size_t)n);
	}
	return fflush(stdout) ? err_set(e, errno, "write to stdout") : 0;
}

/* All but the last N of what there is now. */
static int count_skipped(struct args *a, const char *path, struct wanted *w, struct err *e)
{
	struct follow f;
	unsigned tail;
	size_t n = 0;
	char *line;

	if (args_number("--tail", a->tail_lines, UINT_MAX, &tail, e) ||
	    follow_open(a->arena, path, &f, e))
		return -1;
	while (follow_line(&f, &line) >= 0)
		n += is_wanted(w, line);
	follow_close(&f);
	w->skip = tail < n ? n - tail : 0;
	return 0;
}

const char *engine_log_path(const struct args *a, const struct definition *d, struct err *e)
{
	char path[LOGGER_PATH_MAX];

	if (logger_file(d->policy.log, path, sizeof path, e)) {
		err_ctx(e, "logs of %s", d->name);
		return NULL;
	}
	return *path == '/' ? arena_strdup(a->arena, path)
	                    : arena_printf(a->arena, "%s/%s/%s", a->root, d->name, path);
}

/* A connection on which its monitor tells of its final end, which is behind its last line; -1 when
 * it has none. */
static int hear_of_end(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	const struct ctl_request r = engine_request(CTL_WAIT, CTL_STOPPED, 0);
	struct ctl_reply reply;
	struct look l;
	int sock;

	if (look_at(&g, a->rest[0], &l, e) || !l.up ||
	    up_ask(&g, a->rest[0], NULL, &r, &reply, &sock, e))
		return -1;
	return sock;
}

/* What has not been started has no directory to watch. */
static bool is_up(struct args *a, const char *name)
{
	const struct engine g = engine_of(a);
	struct look l;
	struct err ignored;

	return !look_at(&g, name, &l, &ignored) && l.up;
}

static int follow(struct args *a, struct wanted *w, struct follow *f, struct err *e)
{
	const int64_t until_ms = w->range.until_ms;
	struct ctl_reply reply;
	bool end = false;

	if (follow_watch(f, e))
		return -1;
	own_fd sock = hear_of_end(a, e);
	for (;;) {
		const bool last = sock < 0 || end || (until_ms >= 0 && clock_ms() >= until_ms);

		if (print_new(a, w, f, e))
			return -1;
		if (last)
			return 0;
		follow_wait(f, sock, until_ms, &end);
		const int heard = ctl_recv_reply(sock, &reply, 0);
		if (heard < 0 && errno == EAGAIN)
			continue;
		own_fd_drop(&sock);
		if (heard <= 0) /* a monitor that was killed has a successor */
			sock = hear_of_end(a, e);
	}
}

int cmd_logs(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct wanted w = { .skip = 0 };
	struct follow f;

	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	if (moment_range_read(a->since, a->until, &w.range, e) ||
	    definition_load_up(&g, a->rest[0], &d, e))
		return -1;
	const char *path = engine_log_path(a, &d, e);
	if (!path || (a->tail_lines && count_skipped(a, path, &w, e)) ||
	    follow_open(a->arena, path, &f, e))
		return -1;
	int failed =
	    a->follow && is_up(a, a->rest[0]) ? follow(a, &w, &f, e) : print_new(a, &w, &f, e);
	follow_close(&f);
	return failed;
}
