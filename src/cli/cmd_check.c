/* cmd_check.c - check: what this machine has, for people and as JSON. */
#include "base/json.h"
#include "cli/command.h"
#include "oci/probe.h"

#include <stdio.h>
#include <string.h>

struct row {
	char *group, *name, *need, *detail, *missing;
	bool there;
};

struct report {
	bool ok;
	struct row *probes;
	size_t n_probes;
};

/* clang-format off */
JSON_TYPE(row_type, row,
	JSON_STR(row, "group", group),
	JSON_STR(row, "name", name),
	JSON_STR(row, "need", need),
	JSON_BOOL(row, "present", there),
	JSON_STR(row, "detail", detail),
	JSON_STR(row, "meaning", missing));

JSON_TYPE(report_type, report,
	JSON_BOOL(report, "ok", ok),
	JSON_OBJV(report, "probes", probes, &row_type));
/* clang-format on */

static void print_json(struct args *a, const struct probe_answer *v, size_t n, bool ok)
{
	struct report r = { ok, arena_array(a->arena, n, sizeof *r.probes), n };

	for (size_t i = 0; i < n; i++) {
		const struct probe *p = &v[i].probe;

		r.probes[i] = (struct row){
			.group = arena_strdup(a->arena, p->group),
			.name = arena_strdup(a->arena, p->name),
			.need = arena_strdup(a->arena, probe_need_name(p->need)),
			.there = v[i].there,
			.detail = *v[i].detail ? v[i].detail : NULL,
			.missing = v[i].there ? NULL : arena_strdup(a->arena, p->missing),
		};
	}
	puts(json_text(a->arena, &report_type, &r, 2));
}

static void print_row(const struct probe_answer *r)
{
	static const char absent[][8] = { "MISSING", "missing", "-" };
	const struct probe *p = &r->probe;

	const char *text = r->there ? r->detail : p->missing;
	const char *more = r->there ? "" : r->detail;

	printf("  %-7s  %-*s", r->there ? "ok" : absent[p->need], *text ? 14 : 0, p->name);
	printf("%s%s%s%s%s\n", *text ? "  " : "", text, *more ? " (" : "", more, *more ? ")" : "");
}

int cmd_check(struct args *a, struct err *e)
{
	size_t n, missing = 0;
	const struct probe_answer *v = probe_all(a->arena, a->root, &n);

	(void)e;
	for (size_t i = 0; i < n; i++)
		missing += !v[i].there && v[i].probe.need == PROBE_NEEDED;
	if (a->json) {
		print_json(a, v, n, !missing);
		return missing != 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(v[i].probe.group, v[i - 1].probe.group))
			printf("%s\n", v[i].probe.group);
		print_row(&v[i]);
	}
	if (missing)
		printf("%zu of what scow needs is MISSING\n", missing);
	else
		puts("all that scow needs is there");
	return missing != 0;
}
