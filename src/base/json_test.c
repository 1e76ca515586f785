/*
 * json_test.c - JSON into structs, as tables: a text, and what comes out of the struct again, or
 * the exact error.
 *
 * Each kind of field has a table with one row "v", over members of one struct.
 */
#include "base/json.h"

#include "test/test.h"

#include <stdlib.h>
#include <string.h>

struct all {
	char *str;
	bool flag;
	int64_t i64;
	uint64_t u64;
	uint32_t u32;
	struct json_opt opt;
	int word;
	char **strv;
	uint32_t *u32v;
	struct json_pair *map;
	struct all *obj, *objv;
	struct entry *objmap;
	size_t n_strv, n_u32v, n_map, n_objv, n_objmap;
};

struct entry {
	char *key;
	int64_t i64;
};

/* clang-format off */
static const struct json_word words[] = { JSON_WORD("ONE", 1), JSON_WORD("UNO", 1), JSON_WORD("TWO", 2), JSON_WORD_END };

JSON_TYPE(str, all, JSON_STR(all, "v", str));
JSON_TYPE(req, all, JSON_STR_REQ(all, "v", str));
JSON_TYPE(flag, all, JSON_BOOL(all, "v", flag));
JSON_TYPE(i64, all, JSON_I64(all, "v", i64));
JSON_TYPE(u64, all, JSON_U64(all, "v", u64));
JSON_TYPE(u32, all, JSON_U32(all, "v", u32));
JSON_TYPE(opt, all, JSON_OPT(all, "v", opt));
JSON_TYPE(word, all, JSON_ENUM(all, "v", word, words));
JSON_TYPE(strv, all, JSON_STRV(all, "v", strv));
JSON_TYPE(u32v, all, JSON_U32V(all, "v", u32v));
JSON_TYPE(map, all, JSON_MAP(all, "v", map));
JSON_TYPE(obj, all, JSON_OBJ(all, "v", obj, &opt));
JSON_TYPE(objv, all, JSON_OBJV(all, "v", objv, &obj));
JSON_TYPE(entry, entry, JSON_I64(entry, "v", i64));
JSON_TYPE(objmap, all, JSON_OBJMAP(all, "v", objmap, &entry));
JSON_TYPE(deep, all, JSON_OBJV(all, "l", objv, &objv));
JSON_TYPE(refused, all, JSON_REFUSE("v"));
/* clang-format on */

#define WHOLE   "v: expected a whole number"
#define WHOLE32 "v: expected a whole number from 0 to 4294967295"
#define WHOLE64 "v: expected a whole number from 0 to 18446744073709551615"
#define NOT_YET "v: not supported by this version of scow"
#define TWICE   "this key stands twice"
#define NUL     "a string holds a NUL"
#define MORE    "not JSON: more text follows the value"

/* clang-format off */
static const struct {
	const struct json_type *type;
	const char *in;
	const char *out;   /* NULL: refused */
	const char *error; /* NULL: any that begins with "not JSON" */
} cases[] = {
	/* exact 64 bits */
	{ &i64, "{\"v\":0}", "{\"v\":0}", 0 },
	{ &i64, "{\"v\":-0}", "{\"v\":0}", 0 },
	{ &i64, "{\"v\":-1}", "{\"v\":-1}", 0 },
	{ &i64, "{\"v\":9223372036854775807}", "{\"v\":9223372036854775807}", 0 },
	{ &i64, "{\"v\":-9223372036854775808}", "{\"v\":-9223372036854775808}", 0 },
	{ &i64, "{\"v\":9223372036854775808}", 0, WHOLE },
	{ &i64, "{\"v\":-9223372036854775809}", 0, WHOLE },
	{ &i64, "{\"v\":9007199254740991}", "{\"v\":9007199254740991}", 0 },
	{ &i64, "{\"v\":9007199254740992}", "{\"v\":9007199254740992}", 0 },
	{ &i64, "{\"v\":9007199254740993}", "{\"v\":9007199254740993}", 0 },
	{ &i64, "{\"v\":-9007199254740993}", "{\"v\":-9007199254740993}", 0 },
	{ &i64, "{\"v\":1.0}", "{\"v\":1}", 0 },
	{ &i64, "{\"v\":1e3}", "{\"v\":1000}", 0 },
	{ &i64, "{\"v\":-1E+3}", "{\"v\":-1000}", 0 },
	{ &i64, "{\"v\":1.5}", 0, WHOLE },
	{ &i64, "{\"v\":1e-1}", 0, WHOLE },
	{ &i64, "{\"v\":1e400}", 0, WHOLE },
	{ &i64, "{\"v\":-1e400}", 0, WHOLE },
	{ &i64, "{\"v\":1e19}", 0, WHOLE },
	{ &i64, "{\"v\":\"1\"}", 0, WHOLE },
	{ &i64, "{\"v\":true}", 0, WHOLE },
	{ &i64, "{\"v\":{}}", 0, WHOLE },
	{ &i64, "{\"v\":[]}", 0, WHOLE },
	{ &i64, "{\"v\":}", 0, 0 },
	{ &i64, "{\"v\":-}", 0, 0 },
	{ &i64, "{\"v\":+1}", 0, 0 },
	{ &i64, "{\"v\":.5}", 0, 0 },
	{ &i64, "{\"v\":0x10}", 0, 0 },
	{ &i64, "{\"v\":1-2}", 0, 0 },
	{ &i64, "{\"v\":NaN}", 0, 0 },
	{ &i64, "{\"v\":Infinity}", 0, 0 },
	{ &i64, "{\"v\":9223372036854775807,\"w\":18446744073709551615,\"x\":1}", "{\"v\":9223372036854775807}", 0 },
	/* big numbers before it, at every depth, and in strings: each finds its own digits */
	{ &i64, "{\"a\":[18446744073709551615,{\"b\":9007199254740997}],\"v\":9007199254740993}",
	  "{\"v\":9007199254740993}", 0 },
	{ &i64, "{\"a\":\"18446744073709551615\",\"9007199254740997\":1,\"v\":9007199254740995}",
	  "{\"v\":9007199254740995}", 0 },
	{ &i64, "{\"a\":\"\\\"9007199254740997\",\"v\":9007199254740999}", "{\"v\":9007199254740999}", 0 },
	{ &i64, "{\"a\":[1e400,-1e400,1e19,0.5],\"v\":9007199254741001}", "{\"v\":9007199254741001}", 0 },
	{ &u64, "{\"v\":18446744073709551615}", "{\"v\":18446744073709551615}", 0 },
	{ &u64, "{\"v\":18446744073709551614}", "{\"v\":18446744073709551614}", 0 },
	{ &u64, "{\"v\":9223372036854775808}", "{\"v\":9223372036854775808}", 0 },
	{ &u64, "{\"v\":18446744073709551616}", 0, WHOLE64 },
	{ &u64, "{\"v\":-1}", 0, WHOLE64 },
	{ &u64, "{\"v\":-0}", "{\"v\":0}", 0 },
	{ &u64, "{\"v\":1e3}", "{\"v\":1000}", 0 },
	{ &u64, "{\"v\":0.1}", 0, WHOLE64 },
	{ &u32, "{\"v\":4294967295}", "{\"v\":4294967295}", 0 },
	{ &u32, "{\"v\":4294967296}", 0, WHOLE32 },
	{ &u32, "{\"v\":18446744073709551615}", 0, WHOLE32 },
	{ &u32, "{\"v\":-1}", 0, WHOLE32 },
	{ &u32, "{\"v\":false}", 0, WHOLE32 },
	{ &opt, "{\"v\":0}", "{\"v\":0}", 0 },
	{ &opt, "{\"v\":-9223372036854775808}", "{\"v\":-9223372036854775808}", 0 },
	{ &opt, "{\"v\":\"\"}", 0, WHOLE },
	/* null and absent are the same */
	{ &str, "{\"v\":null}", "{}", 0 },
	{ &req, "{\"v\":null}", 0, "v: missing" },
	{ &flag, "{\"v\":null}", "{\"v\":false}", 0 },
	{ &i64, "{\"v\":null}", "{\"v\":0}", 0 },
	{ &u64, "{\"v\":null}", "{\"v\":0}", 0 },
	{ &u32, "{\"v\":null}", "{\"v\":0}", 0 },
	{ &opt, "{\"v\":null}", "{}", 0 },
	{ &word, "{\"v\":null}", 0, "v: missing" },
	{ &strv, "{\"v\":null}", "{}", 0 },
	{ &u32v, "{\"v\":null}", "{}", 0 },
	{ &map, "{\"v\":null}", "{}", 0 },
	{ &obj, "{\"v\":null}", "{}", 0 },
	{ &obj, "{\"v\":{\"v\":null}}", "{\"v\":{}}", 0 },
	{ &objv, "{\"v\":null}", "{}", 0 },
	{ &refused, "{\"v\":null}", "{}", 0 },
	{ &str, "{}", "{}", 0 },
	{ &req, "{}", 0, "v: missing" },
	{ &opt, " {\t\"w\" :\r\n 1 } ", "{}", 0 },
	/* objects by their keys */
	{ &objmap, "{\"v\":null}", "{}", 0 },
	{ &objmap, "{\"v\":{}}", "{}", 0 },
	{ &objmap, "{\"v\":{\"b\":{\"v\":1},\"n\":null,\"\":{\"w\":2}}}", "{\"v\":{\"b\":{\"v\":1},\"\":{\"v\":0}}}", 0 },
	{ &objmap, "{\"v\":{\"b\":1}}", 0, "v.b: expected an object" },
	{ &objmap, "{\"v\":{\"b\":{\"v\":\"\"}}}", 0, "v.b.v: expected a whole number" },
	{ &objmap, "{\"v\":[]}", 0, "v: expected an object" },
	/* strings, flags, words */
	{ &str, "{\"v\":\"\"}", "{\"v\":\"\"}", 0 },
	{ &str, "{\"v\":\"a\\u0041\\\"\\\\\\/\\n\"}", "{\"v\":\"aA\\\"\\\\/\\n\"}", 0 },
	{ &str, "{\"v\":\"\\ud83d\\ude00\"}", "{\"v\":\"\xf0\x9f\x98\x80\"}", 0 },
	{ &str, "{\"v\":\"\\ud83d\"}", 0, 0 },
	{ &str, "{\"v\":\"\\x\"}", 0, 0 },
	{ &str, "{\"v\":\"\\u00\"}", 0, 0 },
	{ &str, "{\"v\":1}", 0, "v: expected a string" },
	{ &str, "{\"v\":[\"a\"]}", 0, "v: expected a string" },
	{ &str, "{\"V\":\"a\"}", "{}", 0 }, /* keys have their case */
	{ &flag, "{\"v\":true}", "{\"v\":true}", 0 },
	{ &flag, "{\"v\":false}", "{\"v\":false}", 0 },
	{ &flag, "{\"v\":1}", 0, "v: expected true or false" },
	{ &flag, "{\"v\":\"true\"}", 0, "v: expected true or false" },
	{ &word, "{\"v\":\"TWO\"}", "{\"v\":\"TWO\"}", 0 },
	{ &word, "{\"v\":\"UNO\"}", "{\"v\":\"ONE\"}", 0 },
	{ &word, "{\"v\":\"two\"}", 0, "v: \"two\" is not known here" },
	{ &word, "{\"v\":\"\"}", 0, "v: \"\" is not known here" },
	{ &word, "{\"v\":2}", 0, "v: expected a string" },
	{ &word, "{}", 0, "v: missing" },
	/* lists and maps */
	{ &strv, "{\"v\":[]}", "{}", 0 },
	{ &strv, "{\"v\":[\"a\",\"\"]}", "{\"v\":[\"a\",\"\"]}", 0 },
	{ &strv, "{\"v\":[\"a\",1]}", 0, "v[1]: expected a string" },
	{ &strv, "{\"v\":\"a\"}", 0, "v: expected a list" },
	{ &strv, "{\"v\":{}}", 0, "v: expected a list" },
	{ &strv, "{\"v\":[\"a\",]}", 0, 0 },
	{ &u32v, "{\"v\":[0,4294967295]}", "{\"v\":[0,4294967295]}", 0 },
	{ &u32v, "{\"v\":[0,4294967296]}", 0, "v[1]: expected a whole number from 0 to 4294967295" },
	{ &u32v, "{\"v\":[1.5]}", 0, "v[0]: expected a whole number from 0 to 4294967295" },
	{ &u32v, "{\"v\":[\"1\"]}", 0, "v[0]: expected a whole number from 0 to 4294967295" },
	{ &map, "{\"v\":{}}", "{}", 0 },
	{ &map, "{\"v\":{\"b\":\"1\",\"a\":\"\",\"\":\"2\"}}", "{\"v\":{\"b\":\"1\",\"a\":\"\",\"\":\"2\"}}", 0 },
	{ &map, "{\"v\":{\"a\":1}}", 0, "v.a: expected a string" },
	{ &map, "{\"v\":{\"a\":null,\"b\":\"1\"}}", "{\"v\":{\"b\":\"1\"}}", 0 },
	{ &map, "{\"v\":{\"a\":null}}", "{}", 0 },
	{ &map, "{\"v\":[]}", 0, "v: expected an object" },
	/* objects, and the path in their errors */
	{ &obj, "{\"v\":{}}", "{\"v\":{}}", 0 },
	{ &obj, "{\"v\":[]}", 0, "v: expected an object" },
	{ &obj, "{\"v\":{\"v\":true}}", 0, "v.v: expected a whole number" },
	{ &objv, "{\"v\":[{},{\"v\":{\"v\":7}}]}", "{\"v\":[{},{\"v\":{\"v\":7}}]}", 0 },
	{ &objv, "{\"v\":[{},{\"v\":{\"v\":\"7\"}}]}", 0, "v[1].v.v: expected a whole number" },
	{ &objv, "{\"v\":[{},7]}", 0, "v[1]: expected an object" },
	{ &deep, "{\"l\":[{\"v\":[{},{},{\"v\":{\"v\":0.5}}]}]}", 0, "l[0].v[2].v.v: expected a whole number" },
	{ &str, "[]", 0, "expected an object" },
	{ &str, "null", 0, "expected an object" },
	{ &str, "\"v\"", 0, "expected an object" },
	/* what is not implemented may say nothing */
	{ &refused, "{\"v\":0}", "{}", 0 },
	{ &refused, "{\"v\":-0.0}", "{}", 0 },
	{ &refused, "{\"v\":false}", "{}", 0 },
	{ &refused, "{\"v\":\"\"}", "{}", 0 },
	{ &refused, "{\"v\":[]}", "{}", 0 },
	{ &refused, "{\"v\":{}}", "{}", 0 },
	{ &refused, "{\"v\":{\"a\":0,\"b\":[\"\",null,{\"c\":false}]}}", "{}", 0 },
	{ &refused, "{\"v\":1}", 0, NOT_YET },
	{ &refused, "{\"v\":-1}", 0, NOT_YET },
	{ &refused, "{\"v\":1e-9}", 0, NOT_YET },
	{ &refused, "{\"v\":18446744073709551615}", 0, NOT_YET },
	{ &refused, "{\"v\":true}", 0, NOT_YET },
	{ &refused, "{\"v\":\"0\"}", 0, NOT_YET },
	{ &refused, "{\"v\":[0,[\"x\"]]}", 0, NOT_YET },
	{ &refused, "{\"v\":{\"a\":{\"b\":1}}}", 0, NOT_YET },
	{ &refused, "{\"w\":1}", "{}", 0 },
	/* duplicate keys, wherever they are */
	{ &str, "{\"v\":\"a\",\"v\":\"a\"}", 0, "v: " TWICE },
	{ &str, "{\"v\":null,\"v\":\"a\"}", 0, "v: " TWICE },
	{ &str, "{\"v\":\"a\",\"\\u0076\":\"b\"}", 0, "v: " TWICE },
	{ &str, "{\"a\":{\"b\":[0,{\"c\":1,\"d\":2,\"c\":3}]}}", 0, "a.b[1].c: " TWICE },
	{ &map, "{\"v\":{\"a\":\"1\",\"b\":\"\",\"a\":\"2\"}}", 0, "v.a: " TWICE },
	{ &str, "{\"\":1,\"\":1}", 0, TWICE },
	{ &str, "{\"v\":\"a\",\"V\":\"b\"}", "{\"v\":\"a\"}", 0 },
	/* NUL */
	{ &str, "{\"v\":\"a\\u0000b\"}", 0, NUL },
	{ &str, "{\"v\\u0000\":\"a\"}", 0, NUL },
	{ &str, "{\"a\":[{\"b\":\"\\u0000\"}]}", 0, NUL },
	{ &str, "{\"v\":\"\\\\\\u0000\"}", 0, NUL },
	{ &str, "{\"v\":\"\\\\u0000\"}", "{\"v\":\"\\\\u0000\"}", 0 },
	{ &str, "{\"v\":\"\\u00001\"}", 0, NUL },
	{ &str, "{\"v\":\"\\u0001\"}", "{\"v\":\"\\u0001\"}", 0 },
	/* not JSON, or more than it */
	{ &str, "", 0, 0 },
	{ &str, " ", 0, 0 },
	{ &str, "{", 0, 0 },
	{ &str, "}", 0, 0 },
	{ &str, "{'v':1}", 0, 0 },
	{ &str, "{v:1}", 0, 0 },
	{ &str, "{\"v\":\"a", 0, "not JSON: a string does not end" },
	{ &str, "{\"v\":\"a\\", 0, "not JSON: a string does not end" },
	{ &str, "{\"v\":\"a\",}", 0, 0 },
	{ &str, "{/* no */}", 0, 0 },
	{ &str, "{} x", 0, MORE },
	{ &str, "{}{}", 0, MORE },
	{ &str, "{},", 0, MORE },
	{ &str, "{}\"\"", 0, MORE },
	{ &str, "{}\v", 0, MORE },
	{ &str, "{} \r\n\t", "{}", 0 },
};
/* clang-format on */

/* Exactly as long as it is, so that a sanitizer sees a step too far. json_load may look at the byte
 * behind. */
static int load(struct arena *a, const char *text, size_t len, const struct json_type *t,
                struct all *v, struct err *e)
{
	char *copy = malloc(len + 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	copy[len] = 0;
	*v = (struct all){ 0 };
	*e = (struct err){ 0 };
	int r = json_load(a, copy, len, t, v, e);
	free(copy);
	return r;
}

TEST(json_load_table)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = { 0 };
		struct all v;
		struct err e;
		const int before = test_failed;

		test_failed = 0;
		int r = load(&a, cases[i].in, strlen(cases[i].in), cases[i].type, &v, &e);

		if (cases[i].out)
			CHECK_STR(r ? e.text : json_text(&a, cases[i].type, &v, 0), cases[i].out);
		else if (cases[i].error)
			CHECK_STR(r ? e.text : "(accepted)", cases[i].error);
		else
			CHECK(r && !strncmp(e.text, "not JSON", 8));
		CHECK(!r || (r == -1 && e.kind == ERR_CONFIG && e.no == 0));
		if (test_failed)
			printf("# of %s\n", cases[i].in);
		test_failed |= before;
		arena_free(&a);
	}
}

TEST(json_raw_nul)
{
	static const char in_string[] = "{\"v\":\"a\0b\"}", behind[] = "{\"v\":\"a\"}\0",
			  between[] = "{\0}";
	struct arena a = { 0 };
	struct all v;
	struct err e;

	CHECK(load(&a, in_string, sizeof in_string - 1, &str, &v, &e) == -1);
	CHECK_STR(e.text, "not JSON: it holds a NUL");
	CHECK(load(&a, behind, sizeof behind - 1, &str, &v, &e) == -1);
	CHECK(load(&a, between, sizeof between - 1, &str, &v, &e) == -1);
	arena_free(&a);
}

/* A file that was cut anywhere is not JSON any more. */
TEST(json_torn)
{
	static const char text[] = "{\"l\":[{\"v\":[{},{\"v\":{\"v\":9007199254740993}}]}],\"x\":"
				   "\"\\u00e9\\\\\",\"y\":[true,null,-1.5e3]}";
	struct arena a = { 0 };
	struct all v;
	struct err e;

	CHECK(load(&a, text, sizeof text - 1, &deep, &v, &e) == 0);
	CHECK(v.n_objv == 1 && v.objv[0].n_objv == 2 &&
	      v.objv[0].objv[1].obj->opt.v == 9007199254740993);
	for (size_t len = 0; len < sizeof text - 1; len++)
		CHECK(load(&a, text, len, &deep, &v, &e) == -1 && !strncmp(e.text, "not JSON", 8));
	arena_free(&a);
}

static char *nested(struct arena *a, size_t depth, const char *open, const char *inner,
                    const char *close)
{
	char *opened = arena_alloc(a, depth * strlen(open) + 1);
	char *closed = arena_alloc(a, depth * strlen(close) + 1);

	for (size_t i = 0; i < depth; i++) {
		memcpy(opened + i * strlen(open), open, strlen(open));
		memcpy(closed + i * strlen(close), close, strlen(close));
	}
	return arena_printf(a, "{\"v\":%s%s%s}", opened, inner, closed);
}

TEST(json_depth)
{
	static const struct {
		size_t depth;
		const char *open, *inner, *close, *error; /* NULL: accepted, "": not JSON */
	} rows[] = {
		{ 500, "[", "", "]", NULL },        { 500, "[", "1", "]", NOT_YET },
		{ 500, "{\"a\":", "0", "}", NULL }, { 1001, "[", "", "]", "" },
		{ 100000, "[", "", "]", "" },       { 100000, "{\"a\":", "0", "}", "" },
		{ 100000, "[", "", "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena a = { 0 };
		const char *text =
		    nested(&a, rows[i].depth, rows[i].open, rows[i].inner, rows[i].close);
		struct all v;
		struct err e;
		int r = load(&a, text, strlen(text), &refused, &v, &e);

		CHECK(r == (rows[i].error ? -1 : 0));
		CHECK(!rows[i].error ||
		      !strncmp(e.text, *rows[i].error ? rows[i].error : "not JSON, at byte ", 18));
		arena_free(&a);
	}
}

/* A path that does not fit is cut, and the error still ends. */
TEST(json_long_path)
{
	struct arena a = { 0 };
	char *key = arena_alloc(&a, 5000);
	struct all v;
	struct err e;

	memset(key, 'k', 4999);
	const char *text = arena_printf(&a, "{\"%s\":{\"%s\":{\"a\":1,\"a\":2}}}", key, key);
	CHECK(load(&a, text, strlen(text), &str, &v, &e) == -1);
	CHECK(!strncmp(e.text, "kkk", 3) && strstr(e.text, TWICE));
	text = arena_printf(&a, "{\"v\":\"%s\"}", key);
	CHECK(load(&a, text, strlen(text), &word, &v, &e) == -1);
	CHECK(!strncmp(e.text, "v: \"kkk", 7) && strlen(e.text) < ERR_TEXT_MAX);
	CHECK(load(&a, text, strlen(text), &str, &v, &e) == 0 && strlen(v.str) == 4999);
	arena_free(&a);
}
