/* bits_test.c - lists of numbers that are right, and all that are not. */
#include "base/bits.h"

#include "test/test.h"

#include <string.h>

enum { N = 130 };

TEST(bits_of_lists)
{
	static const struct {
		const char *text;
		unsigned long low; /* of the first 32 */
	} good[] = {
		{ "0", 1 },          { "0-3,7", 0x8f }, { "7,0-3", 0x8f },
		{ "5-5", 0x20 },     { "1,1,1", 2 },    { "0-1,1-2", 7 },
		{ "31", 1ul << 31 }, { "007", 0x80 },   { "2,129", 4 },
	};
	unsigned long set[BITS_LONGS(N)];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		memset(set, 0xff, sizeof set);
		CHECK(bits_parse(good[i].text, set, N) == 0);
		CHECK((set[0] & 0xffffffff) == good[i].low);
	}
	CHECK(bits_parse("0-129", set, N) == 0);
	CHECK(set[0] == ~0ul && set[128 / BITS_PER_LONG] == 3);
}

TEST(bits_of_what_is_no_list)
{
	static const char *const bad[] = {
		"",
		",",
		"0,",
		",0",
		"-1",
		"1-",
		"3-1",
		"a",
		"0x1",
		"0 1",
		" 0",
		"0\n",
		"1--2",
		"1-2-3",
		"130",
		"0-130",
		"18446744073709551616",
		"0-9876543210",
	};
	unsigned long set[BITS_LONGS(N)];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(bits_parse(bad[i], set, N) == -1);
}
