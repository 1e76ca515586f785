#include "base/utf8.h"

#include "test/test.h"

TEST(utf8_text_of_anything)
{
	static const char *const table[][2] = {
		{ "", "" },
		{ "a\tb\n", "a\tb\n" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\xa2", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\xa2" },
		{ "a\xffz", "a\xef\xbf\xbdz" },
		{ "cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* too long a form */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* half of a pair */
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		CHECK_STR(utf8_text(&a, table[i][0]), table[i][1]);
	arena_free(&a);
}
