/* moment.c - dates, and how long ago. */
#define _GNU_SOURCE
#include "cli/moment.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/decimal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COMPARED = 29, NANO = 1000000000 }; /* up to the nanoseconds; the zone differs in form */

/* clang-format off */
static const struct { char unit[4]; int ms; } units[] = { /* "ms" before "m" */
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
};
/* clang-format on */

static int read_duration(const char *p, int64_t *ret)
{
	double sum = 0;

	do {
		char *end = NULL;
		size_t k = 0, n = strspn(p, "0123456789.");
		double v = n ? decimal_double(p, &end) : 0;

		while (n && end == p + n && k < sizeof units / sizeof *units &&
		       strncmp(end, units[k].unit, strlen(units[k].unit)) != 0)
			k++;
		if (!n || end != p + n || k == sizeof units / sizeof *units)
			return -1;
		sum += v * units[k].ms;
		p = end + strlen(units[k].unit);
	} while (*p);
	if (sum > 1e15)
		return -1;
	*ret = (int64_t)sum;
	return 0;
}

int duration_ms(const char *option, const char *text, int64_t max_ms, int64_t *ret, struct err *e)
{
	int64_t ms;

	if (read_duration(text, &ms))
		return err_kind(e, ERR_USAGE, 0, "%s: \"%s\" is not a time like 5s or 500ms",
		                option, text);
	if (ms < 1 || ms > max_ms)
		return err_kind(e, ERR_USAGE, 0, "%s: \"%s\" is not from 1ms to %lldh", option,
		                text, (long long)max_ms / 3600000);
	*ret = ms;
	return 0;
}

static void set(struct moment *m, time_t s, long ns, int64_t boot_ms)
{
	char day[DATE_MAX];

	date_print(s, day);
	snprintf(m->text, sizeof m->text, "%s.%09ldZ", day, ns);
	m->boot_ms = boot_ms;
}

static void set_ago(struct moment *m, int64_t ms)
{
	struct timespec wall, boot;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	const int64_t ns = wall.tv_nsec - ms % 1000 * 1000000;
	const int64_t since_boot = boot.tv_sec * 1000ll + boot.tv_nsec / 1000000 - ms;
	set(m, wall.tv_sec - ms / 1000 - (ns < 0), (long)(ns < 0 ? ns + NANO : ns),
	    since_boot < 0 ? 0 : since_boot);
}

/* ".678" to nanoseconds; what follows is *ret_rest. */
static long fraction(const char *p, const char **ret_rest)
{
	long ns = 0, unit = NANO / 10;

	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
			ns += (*p - '0') * unit;
	*ret_rest = p;
	return ns;
}

/* Seconds east of Greenwich. */
static int zone(const char *p, long *ret)
{
	uint64_t v[2]; /* hours:minutes */

	*ret = 0;
	if (!*p || !strcmp(p, "Z"))
		return 0;
	if ((*p != '+' && *p != '-') || !isdigit((unsigned char)p[1]) || !strchr(p, ':') ||
	    strlen(p) > strlen("+hh:mm"))
		return -1;
	const char *end = decimal_row(p + 1, 2, v);
	if (!end || *end || v[0] > 23 || v[1] > 59)
		return -1;
	*ret = ((long)v[0] * 3600 + (long)v[1] * 60) * (*p == '-' ? -1 : 1);
	return 0;
}

static int read_date(const char *text, struct moment *ret)
{
	int64_t s;
	long ns = 0, east;
	const char *rest;

	if (date_read(text, &s, &rest))
		return -1;
	if (strchr(text, 'T'))
		ns = fraction(rest, &rest);
	if (zone(rest, &east))
		return -1;
	set(ret, (time_t)(s - east), ns, -1);
	return 0;
}

static int read_seconds(const char *text, struct moment *ret)
{
	const char *rest = text + strspn(text, "0123456789");

	if (rest == text || rest - text > 11)
		return -1;
	const long ns = fraction(rest, &rest);
	if (*rest)
		return -1;
	set(ret, (time_t)strtoll(text, NULL, 10), ns, -1);
	return 0;
}

int moment_read(const char *option, const char *text, struct moment *ret, struct err *e)
{
	int64_t ago;

	if (!read_date(text, ret) || !read_seconds(text, ret))
		return 0;
	if (read_duration(text, &ago))
		return err_kind(e, ERR_USAGE, 0,
		                "%s: \"%s\" is neither a date like 2026-01-02T03:04:05Z nor a time "
		                "like 5m",
		                option, text);
	set_ago(ret, ago);
	return 0;
}

static int64_t ms_of(const char *text)
{
	int64_t s;
	const char *rest;

	return date_read(text, &s, &rest) ? 0 : s * 1000 + fraction(rest, &rest) / 1000000;
}

int64_t moment_deadline_ms(const struct moment *m)
{
	struct moment now;

	set_ago(&now, 0);
	const int64_t ms = ms_of(m->text) - ms_of(now.text);
	return clock_ms() + (ms < 0 ? 0 : ms + 1);
}

int moment_compare(const char *when, int64_t boot_ms, const struct moment *m)
{
	if (m->boot_ms >= 0 && boot_ms >= 0)
		return (boot_ms > m->boot_ms) - (boot_ms < m->boot_ms);
	return strncmp(when, m->text, COMPARED);
}

int moment_range_read(const char *since, const char *until, struct moment_range *ret, struct err *e)
{
	*ret = (struct moment_range){ .has_since = since, .has_until = until, .until_ms = -1 };
	if ((since && moment_read("--since", since, &ret->since, e)) ||
	    (until && moment_read("--until", until, &ret->until, e)))
		return -1;
	if (until)
		ret->until_ms = moment_deadline_ms(&ret->until);
	return 0;
}

bool moment_is_in(const struct moment_range *r, const char *when, int64_t boot_ms)
{
	return (!r->has_since || moment_compare(when, boot_ms, &r->since) >= 0) &&
	       (!r->has_until || moment_compare(when, boot_ms, &r->until) <= 0);
}
