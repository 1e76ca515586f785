/* cmd_overview.c - ps without a name: all containers of both kinds, and how they are. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/date.h"
#include "base/json.h"
#include "base/proc.h"
#include "cli/command.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "oci/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct row {
	char *name, *state, *kind, *reason, *health;
	int64_t pid;
	struct json_opt restarts, code, age; /* seconds it has been like this; of a transient one
	                                        since it was created */
};

/* clang-format off */
JSON_TYPE(row_type, row,
	JSON_STR(row, "name", name),
	JSON_STR(row, "state", state),
	JSON_STR(row, "kind", kind),
	JSON_STR(row, "reason", reason),
	JSON_STR(row, "health", health),
	JSON_I64(row, "pid", pid),
	JSON_OPT(row, "restarts", restarts),
	JSON_OPT(row, "exitCode", code),
	JSON_OPT(row, "age", age));
/* clang-format on */

static struct json_opt number(int64_t v)
{
	return (struct json_opt){ .set = true, .v = v };
}

/* By the wall clock, which somebody may have set since: then there is none. */
static struct json_opt age_of(const char *when)
{
	const struct json_opt none = { 0 };
	const char *rest;
	int64_t then;

	if (!when || date_read(when, &then, &rest))
		return none;
	const int64_t s = time(NULL) - then;
	return s < 0 ? none : number(s);
}

static void be_unknown(const struct args *a, struct row *r, const struct err *e)
{
	char line[ERR_LINE_MAX];

	r->state = arena_strdup(a->arena, life_state_name(LIFE_UNKNOWN));
	r->reason = arena_strdup(a->arena, err_text(e, line, sizeof line));
}

static struct json_opt age_of_end(const struct end *x)
{
	char boot_id[PROC_BOOT_ID_LEN + 1];
	struct timespec boot;

	if (proc_boot_id(boot_id) || strcmp(boot_id, x->boot_id) || !x->boot_ms)
		return age_of(x->ended);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return number(boot.tv_sec - x->boot_ms / 1000);
}

static void fill_defined(const struct args *a, const struct look *l, struct row *r)
{
	r->state = arena_strdup(a->arena, life_state_name(l->state));
	if (l->up) {
		r->pid = l->life.pid;
		if (l->has_health)
			r->health = arena_strdup(a->arena, health_status_name(l->health.status));
		r->restarts = number(l->life.restarts);
		if (l->life.began_ms)
			r->age = number((clock_ms() - l->life.began_ms) / 1000);
	} else if (l->has_end) {
		r->restarts = number(l->end.restarts);
		r->age = age_of_end(&l->end);
	}
	if (l->has_end)
		r->code = number(l->end.code);
}

static void look_defined(const struct args *a, struct row *r)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct look l;
	struct err e;

	r->kind = arena_strdup(a->arena, "defined");
	if (look_quickly(&g, r->name, &l, &e)) {
		be_unknown(a, r, &e);
		return;
	}
	fill_defined(a, &l, r);
	if (l.state == LIFE_UNKNOWN)
		be_unknown(a, r, &l.why);
	else if (!l.up && definition_load(&g, r->name, &d, &e))
		be_unknown(a, r, &e); /* it could not be started */
}

/* False when it has gone. */
static bool look_transient(const struct args *a, struct row *r)
{
	const struct verb v = { a->arena, a->root, r->name };
	struct record record = { 0 };
	struct err e = { 0 };
	enum status s;

	r->kind = arena_strdup(a->arena, "transient");
	if (verb_look(&v, &record, &s, &e)) {
		be_unknown(a, r, &e);
		return e.kind != ERR_NO_CONTAINER;
	}
	r->state = arena_strdup(a->arena, status_name(s));
	r->pid = s == STATUS_STOPPED ? 0 : record.pid;
	r->age = age_of(record.created);
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int all_names(const struct args *a, char ***ret, size_t *ret_n, struct err *e)
{
	const struct engine g = engine_of(a);
	char **ids, **defined = NULL;
	size_t n_ids, n_defined = 0, n = 0;

	if (ctr_list(a->arena, a->root, &ids, &n_ids, e) ||
	    (a->definitions && definition_list(&g, &defined, &n_defined, e)))
		return -1;
	char **all = arena_array(a->arena, n_ids + n_defined + 1, sizeof *all);
	memcpy(all, ids, n_ids * sizeof *all);
	if (n_defined)
		memcpy(all + n_ids, defined, n_defined * sizeof *all);
	qsort(all, n_ids + n_defined, sizeof *all, by_text);
	for (size_t i = 0; i < n_ids + n_defined; i++)
		if (!n || strcmp(all[n - 1], all[i]))
			all[n++] = all[i];
	*ret = all;
	*ret_n = n;
	return 0;
}

static const char *text_of(const struct args *a, const struct json_opt *v)
{
	return v->set ? arena_printf(a->arena, "%lld", (long long)v->v) : "-";
}

static const char *age_text(const struct args *a, const struct json_opt *age)
{
	static const struct {
		int64_t from, unit;
		char letter;
	} units[] = { { 48 * 3600, 24 * 3600, 'd' },
		      { 2 * 3600, 3600, 'h' },
		      { 120, 60, 'm' },
		      { 0, 1, 's' } };
	size_t k = 0;

	if (!age->set)
		return "-";
	while (age->v < units[k].from && units[k].from)
		k++;
	return arena_printf(a->arena, "%lld%c", (long long)(age->v / units[k].unit),
	                    units[k].letter);
}

/* "running (healthy)" */
static const char *state_text(const struct args *a, const struct row *r)
{
	return r->health ? arena_printf(a->arena, "%s (%s)", r->state, r->health) : r->state;
}

static void print_table(const struct args *a, const struct row *rows, size_t n)
{
	int width = 4, state = 10;

	for (size_t i = 0; i < n; i++) {
		if ((int)strlen(rows[i].name) > width)
			width = (int)strlen(rows[i].name);
		if ((int)strlen(state_text(a, &rows[i])) > state)
			state = (int)strlen(state_text(a, &rows[i]));
	}
	printf("%-*s  %-*s  %-8s  %-8s  %-4s  %-6s  KIND\n", width, "NAME", state, "STATE", "PID",
	       "RESTARTS", "EXIT", "AGE");
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];

		printf("%-*s  %-*s  %-8lld  %-8s  %-4s  %-6s  %s\n", width, r->name, state,
		       state_text(a, r), (long long)r->pid, text_of(a, &r->restarts),
		       text_of(a, &r->code), age_text(a, &r->age), r->kind);
		if (r->reason)
			fprintf(stderr, "scow: %s: %s\n", r->name, r->reason);
	}
}

int print_overview(const struct args *a, bool json, struct err *e)
{
	size_t n_names, n = 0;
	char **names;

	if (all_names(a, &names, &n_names, e))
		return -1;
	struct row *rows = arena_array(a->arena, n_names + 1, sizeof *rows);
	for (size_t i = 0; i < n_names; i++) {
		rows[n] = (struct row){ .name = names[i] };
		if (is_defined(a, names[i]))
			look_defined(a, &rows[n++]);
		else
			n += look_transient(a, &rows[n]);
	}
	if (!json) {
		print_table(a, rows, n);
		return 0;
	}
	putchar('[');
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? "," : "", json_text(a->arena, &row_type, &rows[i], 0));
	puts("]");
	return 0;
}
