/* bits.c - "0-3,7" to bits. */
#include "base/bits.h"

#include <string.h>

/* Digits, below n: behind them, or NULL. */
static const char *number(const char *p, size_t n, size_t *ret)
{
	const char *start = p;

	for (*ret = 0; *p >= '0' && *p <= '9'; p++) {
		*ret = *ret * 10 + (size_t)(*p - '0');
		if (*ret >= n)
			return NULL;
	}
	return p == start ? NULL : p;
}

int bits_parse(const char *text, unsigned long *set, size_t n)
{
	const char *p = text;
	size_t from, to;

	memset(set, 0, BITS_LONGS(n) * sizeof *set);
	do {
		p = number(p, n, &from);
		to = from;
		if (p && *p == '-')
			p = number(p + 1, n, &to);
		if (!p || to < from)
			return -1;
		for (; from <= to; from++)
			set[from / BITS_PER_LONG] |= 1ul << from % BITS_PER_LONG;
	} while (*p++ == ',');
	return p[-1] ? -1 : 0;
}
