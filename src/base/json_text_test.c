/* json_text_test.c - structs as text: what is left out, what is quoted, the form, and that it reads
 * back the same. */
#include "base/json.h"

#include "test/test.h"

#include <string.h>

struct item {
	char *name;
	uint64_t size;
	struct json_opt mode;
};

struct doc {
	char *title;
	bool on;
	int64_t low;
	uint64_t high;
	uint32_t small;
	int word;
	char **list;
	uint32_t *ids;
	struct json_pair *map;
	struct item *one, *many;
	size_t n_list, n_ids, n_map, n_many;
};

static const struct json_word words[] = { JSON_WORD("ZERO", 0), JSON_WORD("TWO", 2),
	                                  JSON_WORD_END };

/* clang-format off */
JSON_TYPE(item_type, item,
	JSON_STR_REQ(item, "name", name),
	JSON_U64(item, "size", size),
	JSON_OPT(item, "mode", mode));

JSON_TYPE(doc_type, doc,
	JSON_STR(doc, "title", title),
	JSON_BOOL(doc, "on", on),
	JSON_I64(doc, "low", low),
	JSON_U64(doc, "high", high),
	JSON_U32(doc, "small", small),
	JSON_ENUM(doc, "word", word, words),
	JSON_STRV(doc, "list", list),
	JSON_U32V(doc, "ids", ids),
	JSON_MAP(doc, "map", map),
	JSON_OBJ(doc, "one", one, &item_type),
	JSON_OBJV(doc, "many", many, &item_type),
	JSON_REFUSE("later"));
/* clang-format on */

static struct doc example(void)
{
	static char title[] = "a \"b\"\n\x01\x7f/\xc3\xa9", x[] = "x", y[] = "y\\", none[] = "";
	static char *list[] = { x, y, NULL };
	static uint32_t ids[] = { 0, UINT32_MAX };
	static struct json_pair map[] = { { x, y }, { none, none } };
	static struct item one = { x, UINT64_MAX, { true, INT64_MIN } };
	static struct item many[] = { { x, 9007199254740993, { false, 5 } },
		                      { y, 0, { true, 0 } } };

	return (struct doc){
		.title = title,
		.on = true,
		.low = INT64_MIN,
		.high = UINT64_MAX,
		.small = UINT32_MAX,
		.word = 2,
		.list = list,
		.n_list = 2,
		.ids = ids,
		.n_ids = 2,
		.map = map,
		.n_map = 2,
		.one = &one,
		.many = many,
		.n_many = 2,
	};
}

static const char compact[] =
    "{\"title\":\"a \\\"b\\\"\\n\\u0001\\u007f/\xc3\xa9\",\"on\":true,\"low\":-9223372036854775808,"
    "\"high\":18446744073709551615,\"small\":4294967295,\"word\":\"TWO\",\"list\":[\"x\",\"y\\\\\"]"
    ","
    "\"ids\":[0,4294967295],\"map\":{\"x\":\"y\\\\\",\"\":\"\"},"
    "\"one\":{\"name\":\"x\",\"size\":18446744073709551615,\"mode\":-9223372036854775808},"
    "\"many\":[{\"name\":\"x\",\"size\":9007199254740993},{\"name\":\"y\\\\\",\"size\":0,\"mode\":"
    "0}]}";

TEST(json_text_one_line)
{
	struct arena a = { 0 };
	const struct doc d = example();
	struct doc empty = { 0 };

	CHECK_STR(json_text(&a, &doc_type, &d, 0), compact);
	CHECK_STR(json_text(&a, &doc_type, &empty, 0),
	          "{\"on\":false,\"low\":0,\"high\":0,\"small\":0,\"word\":\"ZERO\"}");
	empty.word = 1;
	CHECK(strstr(json_text(&a, &doc_type, &empty, 0), "\"word\":null"));
	arena_free(&a);
}

TEST(json_text_indented)
{
	struct arena a = { 0 };
	const struct doc d = example();
	const struct doc small = {
		.n_list = 1, .list = d.list, .one = &(struct item){ 0 }, .n_map = 1, .map = d.map
	};

	CHECK_STR(json_text(&a, &doc_type, &small, 2),
	          "{\n  \"on\": false,\n  \"low\": 0,\n  \"high\": 0,\n  \"small\": 0,\n  "
	          "\"word\": \"ZERO\",\n"
	          "  \"list\": [\n    \"x\"\n  ],\n  \"map\": {\n    \"x\": \"y\\\\\"\n  },\n  "
	          "\"one\": {\n    \"size\": 0\n  }\n}");
	arena_free(&a);
}

TEST(json_text_reads_back)
{
	struct arena a = { 0 };
	const struct doc d = example();

	for (int indent = 0; indent <= 4; indent += 2) {
		const char *text = json_text(&a, &doc_type, &d, indent);
		struct doc back = { 0 };
		struct err e = { 0 };

		CHECK(json_load(&a, text, strlen(text), &doc_type, &back, &e) == 0);
		CHECK_STR(e.text, "");
		CHECK_STR(json_text(&a, &doc_type, &back, 0), compact);
		CHECK(back.list && !back.list[2]); /* ends with NULL, as argv does */
	}
	arena_free(&a);
}

TEST(json_quote_table)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\n\r\t", "\"\\n\\r\\t\"" },
		{ "\x01\x08\x0c\x1b\x1f\x7f", "\"\\u0001\\u0008\\u000c\\u001b\\u001f\\u007f\"" },
		{ " ~/", "\" ~/\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_STR(json_quote(&a, cases[i].in), cases[i].out);
	char *all = arena_alloc(&a, 256); /* each byte there is: quoted, no control byte is left */
	for (int c = 1; c < 256; c++)
		all[c - 1] = (char)c;
	for (const char *p = json_quote(&a, all); *p; p++)
		CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
	arena_free(&a);
}
