/* cmd_stats.c - stats: what defined containers use, a table or JSON, at an interval. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "kernel/cgroup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INTERVAL_MS = 5000, INTERVAL_MAX_MS = 1000 * 3600 * 24 };

struct sample {
	char *name;
	int64_t pids;
	struct json_opt cpu_us, memory, memory_limit; /* unset: no controller, no limit */
	int64_t cpu_permille; /* of one CPU, since the sample before, or since its program began */
	int64_t at_ms;
};

/* clang-format off */
JSON_TYPE(sample_type, sample,
	JSON_STR(sample, "name", name),
	JSON_OPT(sample, "cpu_usec", cpu_us),
	JSON_I64(sample, "cpu_permille", cpu_permille),
	JSON_OPT(sample, "memory", memory),
	JSON_OPT(sample, "memory_limit", memory_limit),
	JSON_I64(sample, "pids", pids));
/* clang-format on */

/* A number of the file, behind the word when there is one; "max" is none. */
static struct json_opt read_number(const struct cgroup *cg, const char *file, const char *word)
{
	char text[1024];

	if (fd_read_start(cg->fd, file, text, sizeof text) <= 0)
		return (struct json_opt){ 0 };
	const char *p = word ? strstr(text, word) : text;
	p = p && word ? p + strlen(word) : p;
	char *end;
	const int64_t v = p ? strtoll(p, &end, 10) : 0;
	return (struct json_opt){ .set = p && end != p, .v = v };
}

/* False when it does not run. */
static bool take(struct args *a, const char *name, struct sample *s, struct err *e)
{
	const struct engine g = engine_of(a);
	struct cgroup cg = CGROUP_NONE;
	const struct sample before = *s;
	struct look l;
	pid_t *pids;
	size_t n;

	if (look_quickly(&g, name, &l, e) || !l.up || !*l.life.cgroup ||
	    cgroup_open(l.life.cgroup, &cg, e))
		return false;
	*s = (struct sample){ .name = arena_strdup(a->arena, name), .at_ms = clock_ms() };
	s->cpu_us = read_number(&cg, "cpu.stat", "usage_usec ");
	s->memory = read_number(&cg, "memory.current", NULL);
	s->memory_limit = read_number(&cg, "memory.max", NULL);
	if (!cgroup_pids(a->arena, &cg, &pids, &n, e))
		s->pids = (int64_t)n;
	cgroup_close(&cg);
	const int64_t since = before.at_ms ? before.at_ms : l.life.began_ms;
	if (since && s->at_ms > since && s->cpu_us.v >= before.cpu_us.v)
		s->cpu_permille = (s->cpu_us.v - before.cpu_us.v) / (s->at_ms - since);
	return true;
}

static const char *size_text(struct args *a, const struct json_opt *v)
{
	static const char units[] = "BKMGT";
	double x = (double)v->v;
	size_t k = 0;

	if (!v->set)
		return "-";
	for (; x >= 1024 && units[k + 1]; k++)
		x /= 1024;
	return arena_printf(a->arena, k ? "%.1f%c" : "%.0f%c", x, units[k]);
}

static void print_sample(struct args *a, const struct sample *s, int width)
{
	if (a->json)
		puts(json_text(a->arena, &sample_type, s, 0));
	else
		printf("%-*s  %5lld.%lld  %9.2f  %9s  %9s  %lld\n", width, s->name,
		       (long long)s->cpu_permille / 10, (long long)s->cpu_permille % 10,
		       (double)s->cpu_us.v / 1e6, size_text(a, &s->memory),
		       size_text(a, &s->memory_limit), (long long)s->pids);
}

/* Named ones, or all that run. *ret_n: how many of them do. */
static int round_trip(struct args *a, char **names, size_t n, struct sample *samples, size_t *ret_n,
                      struct err *e)
{
	int width = 4;

	for (size_t i = 0; i < n; i++)
		if ((int)strlen(names[i]) > width)
			width = (int)strlen(names[i]);
	if (!a->json)
		printf("%-*s  %7s  %9s  %9s  %9s  PIDS\n", width, "NAME", "CPU%", "SECONDS",
		       "MEMORY", "LIMIT");
	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (take(a, names[i], &samples[i], e)) {
			print_sample(a, &samples[i], width);
			++*ret_n;
		}
	return fflush(stdout) ? err_set(e, errno, "write to stdout") : 0;
}

static int names_of(struct args *a, char ***ret, size_t *ret_n, struct err *e)
{
	const struct engine g = engine_of(a);

	if (!a->n_rest)
		return definition_list(&g, ret, ret_n, e);
	for (size_t i = 0; i < a->n_rest; i++)
		if (!is_defined(a, a->rest[i]))
			return engine_not_defined(a, a->rest[i], e);
	*ret = a->rest;
	*ret_n = a->n_rest;
	return 0;
}

int cmd_stats(struct args *a, struct err *e)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };
	int64_t interval = INTERVAL_MS;
	size_t n, running;
	char **names;

	if ((a->interval &&
	     duration_ms("--interval", a->interval, INTERVAL_MAX_MS, &interval, e)) ||
	    names_of(a, &names, &n, e))
		return -1;
	struct sample *samples = arena_array(a->arena, n + 1, sizeof *samples);
	for (;;) {
		struct arena mine = { 0 }, *command = a->arena; /* it may run for months */

		a->arena = &mine;
		int failed = round_trip(a, names, n, samples, &running, e);
		a->arena = command;
		arena_free(&mine);
		if (failed || a->once || (a->n_rest && !running))
			return failed;
		if (poll(&reader, 1, (int)interval) > 0)
			return 0; /* nobody reads any more */
	}
}
