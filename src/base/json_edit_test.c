/* json_edit_test.c - members set and removed, with everything else byte for byte as it was. */
#include "base/json_edit.h"

#include "test/test.h"

#include <string.h>

struct row {
	const char *text, *keys[3];
	const char *value, *want; /* want NULL: refused */
};

/* clang-format off */
static const struct row rows[] = {
	{ "{}", { "a" }, "1", "{\"a\":1}" },
	{ " { \"b\" : 2 } ", { "a" }, "1", " {\"a\":1, \"b\" : 2 } " },
	{ "{\"a\":1}", { "a" }, "\"x\"", "{\"a\":\"x\"}" },
	{ "{\"a\" : [1,{\"b\":\"}\"}] , \"c\":3}", { "c" }, "4", "{\"a\" : [1,{\"b\":\"}\"}] , \"c\":4}" },
	{ "{\"a\":\"\\\"b\\\":1\",\"b\":2}", { "b" }, "3", "{\"a\":\"\\\"b\\\":1\",\"b\":3}" },
	{ "{\"a\":{\"b\":1}}", { "a", "b" }, "2", "{\"a\":{\"b\":2}}" },
	{ "{\"a\":{}}", { "a", "b" }, "2", "{\"a\":{\"b\":2}}" },
	{ "{\"a\":null}", { "a", "b" }, "2", "{\"a\":{\"b\":2}}" },
	{ "{\"x\":1}", { "a", "b", "c" }, "2", "{\"a\":{\"b\":{\"c\":2}},\"x\":1}" },
	{ "{\"a\":3}", { "a", "b" }, "2", NULL },
	{ "{\"n\":18446744073709551615,\"a\":1e400}", { "z" }, "0",
	  "{\"z\":0,\"n\":18446744073709551615,\"a\":1e400}" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", { "a" }, NULL, "{\"b\":2,\"c\":3}" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", { "b" }, NULL, "{\"a\":1,\"c\":3}" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", { "c" }, NULL, "{\"a\":1,\"b\":2}" },
	{ "{\"a\":1}", { "a" }, NULL, "{}" },
	{ "{\"a\":1}", { "z" }, NULL, "{\"a\":1}" },
};
/* clang-format on */

TEST(json_edit_splices)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = 0;

		while (n < 3 && rows[i].keys[n])
			n++;
		const char *got = json_edit(&a, rows[i].text, rows[i].keys, n, rows[i].value);
		if (!rows[i].want)
			CHECK(!got);
		else
			CHECK_STR(got, rows[i].want);
	}
	arena_free(&a);
}

TEST(json_pick_one)
{
	static const char text[] =
	    "{\"a\":{\"b\":7,\"c\":\"x\\n\\\"y\"},\"d\":[1,{\"e\":2}],\"b\":true}";
	static const struct {
		const char *path, *want; /* NULL: none */
	} table[] = {
		{ "a.b", "7" },           { "{{.a.b}}", "7" },
		{ "{{ .b }}", "true" },   { "a.c", "x\n\"y" },
		{ "d", "[1,{\"e\":2}]" }, { "a.d", NULL },
		{ "d.e", NULL },          { "", NULL },
		{ "a.", NULL },
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *got = json_pick(&a, text, table[i].path);

		CHECK_STR(got ? got : "none", table[i].want ? table[i].want : "none");
	}
	arena_free(&a);
}
