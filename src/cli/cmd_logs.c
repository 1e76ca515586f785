/* cmd_logs.c - logs: the lines that the monitor has kept. logger.h has their format. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/follow.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/command.h"
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
	struct moment since, until;
	int64_t until_ms; /* of clock_ms(): nothing more can come; -1: never */
	size_t skip;      /* lines, for --tail */
};

struct json_line {
	char *log, *stream, *time;
};

/* clang-format off */
JSON_TYPE(json_line_type, json_line,
	JSON_STR(json_line, "log", log),
	JSON_STR(json_line, "stream", stream),
	JSON_STR(json_line, "time", time));
/* clang-format on */

/* One of a json-file; a torn one is left out. */
static void print_json(const struct args *a, const char *line, size_t len)
{
	struct arena arena = { 0 };
	struct json_line l = { 0 };
	struct err ignored;

	if (!json_load(&arena, line, len, &json_line_type, &l, &ignored) && l.log) {
		FILE *out = l.stream && !strcmp(l.stream, "stderr") ? stderr : stdout;

		if (out == stderr)
			fflush(stdout);
		if (a->timestamps && l.time)
			fprintf(out, "%s ", l.time);
		fputs(l.log, out);
	}
	arena_free(&arena);
}

/* "TIME STREAM TAG TEXT" */
static void print_line(const struct args *a, const char *line, size_t len)
{
	if (len && *line == '{') {
		print_json(a, line, len);
		return;
	}
	const char *stream = memchr(line, ' ', len);
	const char *tag =
	    stream ? memchr(stream + 1, ' ', len - (size_t)(stream + 1 - line)) : NULL;

	if (!tag || tag + 3 > line + len)
		return;
	FILE *out = stream[4] == 'e' ? stderr : stdout; /* stderr, stdout */
	if (out == stderr)
		fflush(stdout); /* in their order, if they go to the same place */
	if (a->timestamps)
		fprintf(out, "%.*s ", (int)(stream - line), line);
	fwrite(tag + 3, 1, len - (size_t)(tag + 3 - line), out);
	if (tag[1] == 'F')
		putc('\n', out);
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

static bool is_wanted(const struct args *a, const struct wanted *w, const char *line)
{
	const char *when = time_of(line);

	return (!a->since || moment_compare(when, -1, &w->since) >= 0) &&
	       (!a->until || moment_compare(when, -1, &w->until) <= 0);
}

static int print_new(const struct args *a, struct wanted *w, struct follow *f, struct err *e)
{
	char *line;
	ssize_t n;

	while ((n = follow_line(f, &line)) >= 0) {
		if (!is_wanted(a, w, line))
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
		n += is_wanted(a, w, line);
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
	struct ctl_reply reply;
	bool end = false;

	if (follow_watch(f, e))
		return -1;
	own_fd sock = hear_of_end(a, e);
	for (;;) {
		const bool last =
		    sock < 0 || end || (w->until_ms >= 0 && clock_ms() >= w->until_ms);

		if (print_new(a, w, f, e))
			return -1;
		if (last)
			return 0;
		follow_wait(f, sock, w->until_ms, &end);
		const int heard = ctl_recv_reply(sock, &reply, 0);
		if (heard < 0 && errno == EAGAIN)
			continue;
		own_fd_drop(&sock);
		if (heard <= 0) /* a monitor that was killed has a successor */
			sock = hear_of_end(a, e);
	}
}

static int read_wanted(const struct args *a, struct wanted *w, struct err *e)
{
	*w = (struct wanted){ .until_ms = -1 };
	if ((a->since && moment_read("--since", a->since, &w->since, e)) ||
	    (a->until && moment_read("--until", a->until, &w->until, e)))
		return -1;
	if (a->until)
		w->until_ms = moment_deadline_ms(&w->until);
	return 0;
}

int cmd_logs(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct wanted w;
	struct follow f;

	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	if (read_wanted(a, &w, e) || definition_load(&g, a->rest[0], &d, e))
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
