/*
 * cmd_update.c - update: its options become the JSON text of a linux.resources object, which then
 * goes the way of --resources.
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/own.h"
#include "cli/command.h"
#include "oci/update.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RESOURCES_SIZE_MAX = 1024 * 1024 };

enum kind { NUMBER, BYTES, TEXT };

/* clang-format off */
static const struct row {
	const char *option, *object, *key;
	enum kind kind;
	size_t off; /* of its text in struct args */
} rows[] = { /* those of an object stand together */
	{ "memory",             "memory",  "limit",           BYTES,  offsetof(struct args, memory) },
	{ "memory-reservation", "memory",  "reservation",     BYTES,  offsetof(struct args, memory_reservation) },
	{ "memory-swap",        "memory",  "swap",            BYTES,  offsetof(struct args, memory_swap) },
	{ "kernel-memory",      "memory",  "kernel",          BYTES,  offsetof(struct args, kernel_memory) },
	{ "kernel-memory-tcp",  "memory",  "kernelTCP",       BYTES,  offsetof(struct args, kernel_memory_tcp) },
	{ "cpu-share",          "cpu",     "shares",          NUMBER, offsetof(struct args, cpu_share) },
	{ "cpu-quota",          "cpu",     "quota",           NUMBER, offsetof(struct args, cpu_quota) },
	{ "cpu-period",         "cpu",     "period",          NUMBER, offsetof(struct args, cpu_period) },
	{ "cpu-burst",          "cpu",     "burst",           NUMBER, offsetof(struct args, cpu_burst) },
	{ "cpu-idle",           "cpu",     "idle",            NUMBER, offsetof(struct args, cpu_idle) },
	{ "cpu-rt-runtime",     "cpu",     "realtimeRuntime", NUMBER, offsetof(struct args, cpu_rt_runtime) },
	{ "cpu-rt-period",      "cpu",     "realtimePeriod",  NUMBER, offsetof(struct args, cpu_rt_period) },
	{ "cpuset-cpus",        "cpu",     "cpus",            TEXT,   offsetof(struct args, cpuset_cpus) },
	{ "cpuset-mems",        "cpu",     "mems",            TEXT,   offsetof(struct args, cpuset_mems) },
	{ "blkio-weight",       "blockIO", "weight",          NUMBER, offsetof(struct args, blkio_weight) },
	{ "pids-limit",         "pids",    "limit",           NUMBER, offsetof(struct args, pids_limit) },
};
/* clang-format on */

enum { N_ROWS = sizeof rows / sizeof *rows };

static const char *text_of(const struct args *a, const struct row *r)
{
	const void *at = (const char *)a + r->off;

	return *(const char *const *)at;
}

static int read_number(const struct row *r, const char *text, int64_t *ret, const char **ret_end,
                       struct err *e)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (end == text || strchr(" \t\n", *text) || errno || (r->kind == NUMBER && *end))
		return err_kind(e, ERR_USAGE, 0, "update: --%s: \"%s\" is not a number", r->option,
		                text);
	*ret_end = end;
	return 0;
}

/* "64m", "64MB" and "64MiB" are the same, as in runc. */
static int read_bytes(const struct row *r, const char *text, int64_t *ret, struct err *e)
{
	static const char units[] = "bkmgtp";
	const char *rest, *unit;

	if (read_number(r, text, ret, &rest, e))
		return -1;
	if (!*rest)
		return 0;
	unit = strchr(units, *rest | ' '); /* in lower case */
	bool known =
	    unit && (!rest[1] || !strcasecmp(rest + 1, "b") || !strcasecmp(rest + 1, "ib"));
	if (!known || (unit == units && rest[1]) || *ret < 0 ||
	    *ret > INT64_MAX >> 10 * (unit - units))
		return err_kind(e, ERR_USAGE, 0, "update: --%s: \"%s\" is not a number of bytes",
		                r->option, text);
	*ret <<= 10 * (unit - units);
	return 0;
}

static char *value_of(struct args *a, const struct row *r, const char *text, struct err *e)
{
	const char *end;
	int64_t v;

	if (r->kind == TEXT)
		return json_quote(a->arena, text);
	if (r->kind == BYTES ? read_bytes(r, text, &v, e) : read_number(r, text, &v, &end, e))
		return NULL;
	return arena_printf(a->arena, "%" PRId64, v);
}

/* {"memory":{"limit":1,"swap":2},"pids":{"limit":3}} */
static int of_options(struct args *a, const char **ret, struct err *e)
{
	const char *out = "{", *object = "";

	for (const struct row *r = rows; r < rows + N_ROWS; r++) {
		const char *text = text_of(a, r);
		if (!text)
			continue;
		const char *value = value_of(a, r, text, e);
		if (!value)
			return -1;
		out = !strcmp(object, r->object)
		          ? arena_printf(a->arena, "%s,\"%s\":%s", out, r->key, value)
		          : arena_printf(a->arena, "%s%s\"%s\":{\"%s\":%s", out,
		                         *object ? "}," : "", r->object, r->key, value);
		object = r->object;
	}
	*ret = arena_printf(a->arena, "%s%s}", out, *object ? "}" : "");
	return 0;
}

static int of_file(struct args *a, const char **ret, size_t *ret_len, struct err *e)
{
	char *text;

	for (const struct row *r = rows; r < rows + N_ROWS; r++)
		if (text_of(a, r))
			return err_kind(e, ERR_USAGE, 0,
			                "update: --resources and --%s exclude each other",
			                r->option);
	if (strcmp(a->resources, "-") ? fd_read_file(a->arena, AT_FDCWD, a->resources,
	                                             RESOURCES_SIZE_MAX, &text, ret_len, e)
	                              : fd_read_all(a->arena, STDIN_FILENO, "standard input",
	                                            RESOURCES_SIZE_MAX, &text, ret_len, e))
		return -1;
	*ret = text;
	return 0;
}

int cmd_update(struct args *a, struct err *e)
{
	const struct verb v = { .arena = a->arena, .root = a->root, .id = a->rest[0] };
	const char *text = NULL;
	size_t len;

	if (a->resources) {
		if (of_file(a, &text, &len, e))
			return -1;
	} else {
		if (of_options(a, &text, e))
			return -1;
		len = strlen(text);
	}
	const struct spec_intel_rdt rdt = {
		.l3_cache_schema = a->l3_cache_schema,
		.mem_bw_schema = a->mem_bw_schema,
	};
	return verb_update(&v, text, len, rdt.l3_cache_schema || rdt.mem_bw_schema ? &rdt : NULL,
	                   e);
}
