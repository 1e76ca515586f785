/* limits.c - the options of limits, as the JSON text of a linux.resources object. */
#define _GNU_SOURCE
#include "base/bits.h"
#include "base/json.h"
#include "cli/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum kind { NUMBER, BYTES, TEXT, CPUS };

/* clang-format off */
#define ROW(option, object, key, kind, m) \
	{ option, object, key, kind + FITS(option, 19) + FITS(object, 8) + FITS(key, 16), offsetof(struct args, m) }

static const struct row {
	char option[19], object[8], key[16];
	uint8_t kind;
	uint16_t off; /* of its text in struct args */
} rows[] = { /* those of an object stand together */
	ROW("memory",             "memory",  "limit",           BYTES,  memory),
	ROW("memory-reservation", "memory",  "reservation",     BYTES,  memory_reservation),
	ROW("memory-swap",        "memory",  "swap",            BYTES,  memory_swap),
	ROW("kernel-memory",      "memory",  "kernel",          BYTES,  kernel_memory),
	ROW("kernel-memory-tcp",  "memory",  "kernelTCP",       BYTES,  kernel_memory_tcp),
	ROW("cpu-share",          "cpu",     "shares",          NUMBER, cpu_share),
	ROW("cpu-quota",          "cpu",     "quota",           NUMBER, cpu_quota),
	ROW("cpu-period",         "cpu",     "period",          NUMBER, cpu_period),
	ROW("cpus",               "cpu",     "quota",           CPUS,   cpus),
	ROW("cpu-burst",          "cpu",     "burst",           NUMBER, cpu_burst),
	ROW("cpu-idle",           "cpu",     "idle",            NUMBER, cpu_idle),
	ROW("cpu-rt-runtime",     "cpu",     "realtimeRuntime", NUMBER, cpu_rt_runtime),
	ROW("cpu-rt-period",      "cpu",     "realtimePeriod",  NUMBER, cpu_rt_period),
	ROW("cpuset-cpus",        "cpu",     "cpus",            TEXT,   cpuset_cpus),
	ROW("cpuset-mems",        "cpu",     "mems",            TEXT,   cpuset_mems),
	ROW("blkio-weight",       "blockIO", "weight",          NUMBER, blkio_weight),
	ROW("pids-limit",         "pids",    "limit",           NUMBER, pids_limit),
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
		return err_kind(e, ERR_USAGE, 0, "--%s: \"%s\" is not a number", r->option, text);
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
		return err_kind(e, ERR_USAGE, 0, "--%s: \"%s\" is not a number of bytes", r->option,
		                text);
	*ret <<= 10 * (unit - units);
	return 0;
}

/* "1.5" of them: a quota in a period. */
static char *of_cpus(struct args *a, const char *text, struct err *e)
{
	enum { PERIOD = 100000, CPUS_MAX = 100000 };
	int64_t quota = 0, unit = PERIOD;
	const char *p = text + strspn(text, "0123456789");
	const bool known = p > text && p - text < 7;

	for (const char *d = text; known && d < p; d++)
		quota = quota * 10 + (*d - '0') * PERIOD;
	if (known && *p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++)
			quota += (*p - '0') * (unit /= 10);
	if (!known || *p || quota < PERIOD / 100 || quota > (int64_t)CPUS_MAX * PERIOD) {
		err_kind(e, ERR_USAGE, 0, "--cpus: \"%s\" is not a number of CPUs, 0.01 at least",
		         text);
		return NULL;
	}
	if (a->cpu_quota || a->cpu_period) {
		err_kind(e, ERR_USAGE, 0, "--cpus goes without --cpu-quota and --cpu-period");
		return NULL;
	}
	return arena_printf(a->arena, "%" PRId64 ",\"period\":%d", quota, PERIOD);
}

static char *value_of(struct args *a, const struct row *r, const char *text, struct err *e)
{
	const char *end;
	int64_t v;

	if (r->kind == TEXT)
		return json_quote(a->arena, text);
	if (r->kind == CPUS)
		return of_cpus(a, text, e);
	if (r->kind == BYTES ? read_bytes(r, text, &v, e) : read_number(r, text, &v, &end, e))
		return NULL;
	return arena_printf(a->arena, "%" PRId64, v);
}

const char *limits_given(const struct args *a)
{
	for (const struct row *r = rows; r < rows + N_ROWS; r++)
		if (text_of(a, r))
			return r->option;
	return NULL;
}

/* {"memory":{"limit":1,"swap":2},"pids":{"limit":3}} */
int limits_text(struct args *a, const char **ret, struct err *e)
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
