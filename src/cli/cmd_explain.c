/* cmd_explain.c - explain: a configuration's properties, for people and as JSON. */
#include "base/json.h"
#include "cli/command.h"
#include "engine/explain.h"

#include <stdio.h>
#include <string.h>

struct row {
	char *property, *verdict, *why;
};

struct report {
	bool ok;
	struct row *properties;
	size_t n_properties;
};

/* clang-format off */
JSON_TYPE(row_type, row,
	JSON_STR(row, "property", property),
	JSON_STR(row, "verdict", verdict),
	JSON_STR(row, "why", why));

JSON_TYPE(report_type, report,
	JSON_BOOL(report, "ok", ok),
	JSON_OBJV(report, "properties", properties, &row_type));
/* clang-format on */

static char *lower(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
	return copy;
}

static void print_json(struct arena *a, const struct explain *x)
{
	struct report r = { !x->refused, arena_array(a, x->n, sizeof *r.properties), x->n };

	for (size_t i = 0; i < x->n; i++)
		r.properties[i] = (struct row){ x->rows[i].place,
			                        lower(a, explain_verdict_name(x->rows[i].verdict)),
			                        x->rows[i].why };
	puts(json_text(a, &report_type, &r, 2));
}

/* A name may have any byte of a JSON string: none of them moves a terminal's cursor. */
static const char *printable(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return copy;
}

static void print_text(struct arena *a, const struct explain *x)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct explain_row *r = &x->rows[i];
		const char *word = explain_verdict_name(r->verdict);

		if (r->why)
			printf("%-8s  %-36s  %s\n", word, printable(a, r->place),
			       printable(a, r->why));
		else
			printf("%-8s  %s\n", word, printable(a, r->place));
	}
	if (x->refused)
		printf("this configuration is refused: %zu REFUSED\n", x->refused);
	else
		puts("create and run take this configuration");
}

int cmd_explain(struct args *a, struct err *e)
{
	struct explain x;

	if (explain_config(a->arena, a->rest[0], &x, e))
		return -1;
	if (a->json)
		print_json(a->arena, &x);
	else
		print_text(a->arena, &x);
	return x.refused != 0;
}
