/* json_walk_test.c - which members the walk tells of, and how. */
#include "base/json.h"
#include "test/test.h"

#include <stdio.h>
#include <string.h>

struct leaf {
	char *name;
	uint32_t n;
	int word;
};

struct named {
	char *key;
	uint32_t n;
};

struct tree {
	char *title;
	struct leaf *one, *many;
	struct json_pair *map;
	char **words;
	struct named *named;
	size_t n_named, n_many, n_map, n_words;
};

static const struct json_word words[] = { JSON_WORD("red", 1), JSON_WORD_END };

/* clang-format off */
JSON_TYPE(leaf_type, leaf,
	JSON_STR_REQ(leaf, "name", name),
	JSON_U32(leaf, "n", n),
	JSON_ROW(leaf, "word", word, JSON_KIND_ENUM, false, 0, words, ),
	JSON_REFUSE("later"),
	JSON_REFUSE_WHY("never", "nobody can"));

JSON_TYPE(named_type, named,
	JSON_U32(named, "n", n));

JSON_TYPE(tree_type, tree,
	JSON_STR(tree, "title", title),
	JSON_OBJ(tree, "one", one, &leaf_type),
	JSON_OBJV(tree, "many", many, &leaf_type),
	JSON_MAP(tree, "map", map),
	JSON_STRV(tree, "words", words),
	JSON_OBJMAP(tree, "named", named, &named_type));

static const struct { const char *text, *seen; } cases[] = {
	{ "{}", "" },
	{ "{\"title\":\"x\"}", "+title " },
	{ "{\"title\":null}", "" },
	{ "{\"title\":1}", "!title(expected a string) " },
	{ "{\"other\":{\"title\":1}}", "?other " },
	{ "{\"one\":{\"name\":\"a\",\"n\":1,\"x\":2}}", "+one.name +one.n ?one.x " },
	{ "{\"one\":{}}", "!one.name(missing) " },
	{ "{\"one\":{\"name\":null}}", "!one.name(missing) " },
	{ "{\"one\":5}", "!one(expected an object) " },
	{ "{\"one\":{\"name\":\"a\",\"word\":\"red\"}}", "+one.name +one.word " },
	{ "{\"one\":{\"name\":\"a\",\"word\":\"blue\"}}", "+one.name !one.word(\"blue\" is not known here) " },
	{ "{\"one\":{\"name\":\"a\",\"later\":0}}", "+one.name " },
	{ "{\"one\":{\"name\":\"a\",\"later\":1}}", "+one.name !one.later(not supported by this version of scow) " },
	{ "{\"one\":{\"name\":\"a\",\"never\":{\"a\":{}}}}", "+one.name " },
	{ "{\"one\":{\"name\":\"a\",\"never\":{\"a\":{\"b\":1}}}}", "+one.name !one.never(nobody can) " },
	{ "{\"named\":{\"x\":{\"n\":1},\"y\":null}}", "+named.x.n " },
	{ "{\"named\":{\"x\":{\"z\":1}}}", "?named.x.z " },
	{ "{\"named\":[{\"n\":1}]}", "!named(expected an object) " },
	{ "{\"many\":[]}", "+many " },
	{ "{\"many\":[{\"name\":\"a\"},{\"n\":-1}]}",
	  "+many[0].name !many[1].n(expected a whole number from 0 to 4294967295) !many[1].name(missing) " },
	{ "{\"many\":[{\"name\":\"a\"},5]}", "!many(many[1]: expected an object) " },
	{ "{\"many\":[null]}", "!many(many[0]: expected an object) " },
	{ "{\"many\":{\"name\":\"a\"}}", "!many(expected a list) " },
	{ "{\"many\":{\"a\":{\"name\":\"a\"}}}", "!many(expected a list) " },
	{ "{\"map\":{\"a\":\"b\",\"c.d\":\"\",\"e\":null,\"f\":1}}", "+map.a +map.c.d !map.f(expected a string) " },
	{ "{\"map\":[1]}", "!map(expected an object) " },
	{ "{\"words\":[\"a\",\"b\"]}", "+words " },
	{ "{\"words\":[\"a\",1]}", "!words(words[1]: expected a string) " },
};
/* clang-format on */

static void note(void *data, enum json_seen what, const char *place, const char *why)
{
	char *seen = data;
	size_t n = strlen(seen);

	snprintf(seen + n, 512 - n, "%c%s%s%s%s ", "+?!"[what], place,
	         what == JSON_SEEN_BAD ? "(" : "", what == JSON_SEEN_BAD ? why : "",
	         what == JSON_SEEN_BAD ? ")" : "");
}

TEST(json_walk_tells_of_every_member)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = cases[i].text;
		char seen[512] = "";
		struct tree t = { 0 };
		struct err e;

		CHECK(!json_walk(&a, text, strlen(text), &tree_type, note, seen, &e));
		CHECK_STR(seen, cases[i].seen);
		/* A member is bad when json_load refuses, and only then. */
		CHECK(!json_load(&a, text, strlen(text), &tree_type, &t, &e) == !strchr(seen, '!'));
	}
	arena_free(&a);
}

TEST(json_walk_refuses_what_is_no_json)
{
	static const char *const bad[] = { "", "{", "[]", "5", "{\"a\":1,\"a\":2}", "{} x" };
	struct arena a = { 0 };
	char seen[512] = "";
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(json_walk(&a, bad[i], strlen(bad[i]), &tree_type, note, seen, &e) == -1);
	CHECK_STR(seen, "");
	arena_free(&a);
}
