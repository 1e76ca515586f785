/* decimal.c - decimal numbers of text. */
#include "base/decimal.h"

#include <stdbool.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *whole(const char *p, uint64_t *ret)
{
	const bool minus = *p == '-';
	uint64_t v = 0;

	p += minus;
	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return NULL;
	*ret = minus ? -v : v;
	return p;
}

const char *decimal_row(const char *text, size_t n, uint64_t *ret)
{
	for (size_t i = 0; text && i < n; i++) {
		text += *text == ':';
		while (*text == ' ' || *text == '\t')
			text++;
		text = whole(text, &ret[i]);
	}
	return text;
}

enum {
	POWER_MAX = 400, /* beyond any double, with all digits of a mantissa before or behind it */
	POWER_READ_MAX = 1000000000,
};

/* "e-12" at *p, which is behind it then; 0 when there is none. */
static int64_t exponent(const char **p)
{
	const char *q = *p + 1;
	int64_t v = 0;

	if (**p != 'e' && **p != 'E')
		return 0;
	const bool minus = *q == '-';
	q += minus || *q == '+';
	if (!is_digit(*q))
		return 0;
	for (; is_digit(*q); q++)
		if (v < POWER_READ_MAX)
			v = v * 10 + (*q - '0');
	*p = q;
	return minus ? -v : v;
}

/* A power of ten up to 22 is exact, so that one rounding is all there is. */
static double scaled(uint64_t mantissa, int64_t power)
{
	double scale = 1;

	if (!mantissa)
		return 0;
	for (int64_t n = power < 0 ? -power : power, i = 0; i < n && i < POWER_MAX; i++)
		scale *= 10;
	return power < 0 ? (double)mantissa / scale : (double)mantissa * scale;
}

double decimal_double(const char *text, char **ret_end)
{
	const char *p = text + (*text == '-' || *text == '+');
	bool any = false, dot = false;
	uint64_t mantissa = 0;
	int64_t power = 0;

	for (; is_digit(*p) || (*p == '.' && !dot); p++) {
		if (*p == '.') {
			dot = true;
			continue;
		}
		any = true;
		if (mantissa < UINT64_MAX / 10) {
			mantissa = mantissa * 10 + (uint64_t)(*p - '0');
			power -= dot;
		} else {
			power += !dot; /* too many digits to matter */
		}
	}
	if (any)
		power += exponent(&p);
	if (ret_end)
		*ret_end = (char *)(any ? p : text);
	const double v = scaled(mantissa, power);
	return *text == '-' ? -v : v;
}
