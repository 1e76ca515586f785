/* date.c - days are counted from 1970, years from their first day, months by a table. */
#include "base/date.h"

#include <stdbool.h>
#include <stdio.h>

enum { DAY = 86400, LEAPS_BEFORE_1970 = 477 };

/* clang-format off */
static const unsigned char months[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

enum { YEAR, MONTH, MDAY, HOUR, MINUTE, SECOND, FIELDS };
static const struct { char before; unsigned char width; short min, max; } fields[FIELDS] = {
	[YEAR] = { 0, 4, 0, 9999 },   [MONTH] = { '-', 2, 1, 12 },  [MDAY] = { '-', 2, 1, 31 },
	[HOUR] = { 'T', 2, 0, 23 },   [MINUTE] = { ':', 2, 0, 59 }, [SECOND] = { ':', 2, 0, 60 },
};
/* clang-format on */

static int64_t floor_div(int64_t a, int b)
{
	return a / b - (a % b < 0);
}

/* The days from 1970 to its first. */
static int64_t year_start(int64_t y)
{
	const int64_t leaps = floor_div(y - 1, 4) - floor_div(y - 1, 100) + floor_div(y - 1, 400);

	return (y - 1970) * 365 + leaps - LEAPS_BEFORE_1970;
}

static int month_days(int64_t y, int m)
{
	const bool leap = m == 1 && year_start(y + 1) - year_start(y) == 366;

	return months[m] + leap;
}

size_t date_print(int64_t s, char ret[DATE_MAX])
{
	const int64_t days = floor_div(s, DAY);
	const int left = (int)(s - days * DAY);
	int64_t y = 1970 + floor_div(days * 400, 146097); /* or a neighbour of it */
	int m = 0;

	y -= year_start(y) > days;
	y += year_start(y + 1) <= days;
	int d = (int)(days - year_start(y));
	while (d >= month_days(y, m))
		d -= month_days(y, m++);
	return (size_t)snprintf(ret, DATE_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", (int)y, m + 1,
	                        d + 1, left / 3600, left / 60 % 60, left % 60);
}

static int read_field(const char **p, int field)
{
	int v = 0, n = 0;

	if (fields[field].before && *(*p)++ != fields[field].before)
		return -1;
	for (; n < fields[field].width && **p >= '0' && **p <= '9'; n++)
		v = v * 10 + *(*p)++ - '0';
	return n && v >= fields[field].min && v <= fields[field].max ? v : -1;
}

int date_read(const char *text, int64_t *ret_s, const char **ret_rest)
{
	const char *p = text;
	int f[FIELDS] = { 0 };

	for (int i = 0; i < FIELDS && (i != HOUR || *p == fields[HOUR].before); i++)
		if ((f[i] = read_field(&p, i)) < 0)
			return -1;
	int64_t days = year_start(f[YEAR]) + f[MDAY] - 1;
	for (int m = 0; m < f[MONTH] - 1; m++)
		days += month_days(f[YEAR], m);
	*ret_s = days * DAY + f[HOUR] * 3600 + f[MINUTE] * 60 + f[SECOND];
	*ret_rest = p;
	return 0;
}
