/* decimal_test.c - rows of /proc, and doubles against the C library's. */
#include "base/decimal.h"

#include "test/test.h"

#include <stdlib.h>
#include <string.h>

TEST(decimal_rows)
{
	static const struct {
		const char *text;
		size_t n;
		uint64_t last;
		const char *rest; /* NULL: not so many */
	} rows[] = {
		{ "36 35 98:0 /a /b", 4, 0, " /a /b" },
		{ "8:16 rbytes=1", 2, 16, " rbytes=1" },
		{ "\t29\npos:", 1, 29, "\npos:" },
		{ "         0       1000 4294967295", 3, 4294967295, "" },
		{ " 1 -1 18446744073709551615", 3, UINT64_MAX, "" },
		{ "-2", 1, (uint64_t)-2, "" },
		{ "18446744073709551616", 1, 0, NULL },
		{ "1 2", 3, 0, NULL },
		{ "1 x", 2, 0, NULL },
		{ "1 -", 2, 0, NULL },
		{ "1::2", 2, 0, NULL },
		{ "", 1, 0, NULL },
		{ "12x", 1, 12, "x" },
	};
	uint64_t v[4];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *rest = decimal_row(rows[i].text, rows[i].n, v);

		CHECK(!rest == !rows[i].rest);
		CHECK(!rest || (!strcmp(rest, rows[i].rest) && v[rows[i].n - 1] == rows[i].last));
	}
}

/* Where strtod(3) knows more than JSON does, ours stops. */
TEST(decimal_doubles)
{
	static const char *const exact[] = {
		"0",
		"-0",
		"1",
		"-1",
		"+7",
		"1.0",
		"1e3",
		"1.50e1",
		"100e-2",
		"12E+2",
		"0.5",
		"-2.25",
		"9007199254740991",
		"9007199254740992",
		"9007199254740993",
		"18446744073709551615",
		"18446744073709551616",
		"10000000000000000000000",
		"10000000000000000000000e-20",
		"1e22",
		"1e400",
		"-1e400",
		"1e-400",
		"0e999999999999999999999",
		"0.000",
		"1e99999999999999999999",
		".5",
		"5.",
		"1.2.3",
		"1e",
		"1e+",
		"1-2",
		"",
		"-",
		"+",
		".",
		"e5",
		"x",
		"1024x",
		"--1",
	};
	char *end, *theirs;

	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
		CHECK(decimal_double(exact[i], &end) == strtod(exact[i], &theirs));
		CHECK(end == theirs);
	}
	CHECK(decimal_double("0x10", &end) == 0 && *end == 'x');
	CHECK(decimal_double("inf", &end) == 0 && *end == 'i');
	CHECK(decimal_double("12.7", NULL) > 12.699999 && decimal_double("12.7", NULL) < 12.700001);
}

/* Whole numbers, with the point anywhere in their digits. */
TEST(decimal_doubles_at_random)
{
	unsigned seed = 4711;
	char text[64];

	for (int i = 0; i < 20000; i++) {
		const uint64_t v =
		    ((uint64_t)(unsigned)rand_r(&seed) << 22 ^ (unsigned)rand_r(&seed)) &
		    ((1ull << 53) - 1);
		int n = snprintf(text, sizeof text, "%llu", (unsigned long long)v);
		const int at = 1 + rand_r(&seed) % n;

		memmove(text + at + 1, text + at, (size_t)(n - at) + 1);
		text[at] = '.';
		snprintf(text + n + 1, sizeof text - (size_t)n - 1, "e%d", n - at);
		CHECK(decimal_double(text, NULL) == (double)v);
		CHECK(strtod(text, NULL) == (double)v);
	}
}
