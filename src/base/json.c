/*
 * json.c - the file that knows cJSON; json_walk.c sees its trees too.
 *
 * cJSON keeps numbers as doubles, cuts a string at an escaped NUL, takes the first of two equal
 * keys and stops at the end of the first value. So the text is scanned once before the parse:
 * escaped NULs are refused, and every number that a double may not hold is noted, in order. The
 * tree walk that refuses duplicate keys then hands those digits back to their nodes, which come in
 * the same order.
 */
#include "base/json.h"

#include "base/decimal.h"
#include "base/json_node.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one that cJSON was compiled with: both must agree on what is big. */
#ifndef JSON_STRTOD
#define JSON_STRTOD strtod
#endif
#define EXACT_MAX 9007199254740992.0 /* 2^53: below, a double is exact */

void json_place_text(const struct place *p, char *buf, size_t size)
{
	buf[0] = 0;
	if (p->up)
		json_place_text(p->up, buf, size);
	size_t n = strlen(buf);
	if (p->index >= 0)
		snprintf(buf + n, size - n, "[%d]", p->index);
	else if (p->key)
		snprintf(buf + n, size - n, "%s%s", n ? "." : "", p->key);
}

static int refuse(const struct place *p, const char *why, struct err *e)
{
	char where[JSON_PLACE_MAX];

	json_place_text(p, where, sizeof where);
	if (!*where)
		return err_kind(e, ERR_CONFIG, 0, "%s", why);
	return err_kind(e, ERR_CONFIG, 0, "%s: %s", where, why);
}

static int expected(const struct place *p, const char *what, struct err *e)
{
	char why[80];

	snprintf(why, sizeof why, "expected %s", what);
	return refuse(p, why, e);
}

/* ---- before and after the parse ---- */

struct big { /* numbers beyond 2^53, in the order of the text */
	char **v;
	size_t n, size, next;
};

static void big_add(struct arena *a, struct big *b, const char *s, size_t len)
{
	if (b->n == b->size) {
		size_t size = b->size ? b->size * 2 : 8;
		char **v = arena_array(a, size, sizeof *v);

		if (b->n)
			memcpy(v, b->v, b->n * sizeof *v);
		b->v = v;
		b->size = size;
	}
	char *digits = arena_alloc(a, len + 1);
	memcpy(digits, s, len);
	b->v[b->n++] = digits;
}

/* Step over a string that starts behind its quote; NULL: it does not end, or holds a NUL. */
static const char *skip_string(const char *s, const char *end, struct err *e)
{
	for (; s < end && *s != '"'; s++) {
		if (*s != '\\')
			continue;
		if (end - s > 5 && !memcmp(s, "\\u0000", 6)) {
			err_kind(e, ERR_CONFIG, 0, "a string holds a NUL");
			return NULL;
		}
		s++;
	}
	if (s >= end) {
		err_kind(e, ERR_CONFIG, 0, "not JSON: a string does not end");
		return NULL;
	}
	return s + 1;
}

static bool starts_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
}

static int scan(struct arena *a, const char *s, size_t len, struct big *big, struct err *e)
{
	const char *end = s + len;

	if (memchr(s, 0, len))
		return err_kind(e, ERR_CONFIG, 0, "not JSON: it holds a NUL");
	while (s < end) {
		if (*s == '"') {
			s = skip_string(s + 1, end, e);
			if (!s)
				return -1;
			continue;
		}
		if (!starts_number(*s)) { /* strspn for each blank would cost more than all else */
			s++;
			continue;
		}
		size_t n = strspn(s, "+-.0123456789eE");
		if (fabs(JSON_STRTOD(s, NULL)) >= EXACT_MAX)
			big_add(a, big, s, n);
		s += n;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/*
 * Sorted: annotations are others' to choose, and each key against each would take half a minute in
 * a full megabyte.
 */
static int check_keys(struct arena *a, const cJSON *object, const struct place *p, struct err *e)
{
	size_t n = (size_t)cJSON_GetArraySize(object), i = 0;
	const cJSON **v = arena_array(a, n, sizeof *v);

	for (const cJSON *it = object->child; it; it = it->next)
		v[i++] = it;
	qsort(v, n, sizeof *v, by_key);
	for (i = 1; i < n; i++)
		if (!by_key(&v[i - 1], &v[i]))
			return refuse(&(struct place){ p, v[i]->string, -1 },
			              "this key stands twice", e);
	return 0;
}

static int check_tree(struct arena *a, cJSON *j, struct big *big, const struct place *p,
                      struct err *e)
{
	int i = 0;

	if (cJSON_IsNumber(j) && fabs(j->valuedouble) >= EXACT_MAX && big->next < big->n)
		j->valuestring = big->v[big->next++];
	if (cJSON_IsObject(j) && check_keys(a, j, p, e))
		return -1;
	for (cJSON *it = j->child; it; it = it->next) {
		const struct place here = { p, it->string, it->string ? -1 : i++ };

		if ((it->child || cJSON_IsNumber(it)) && check_tree(a, it, big, &here, e))
			return -1;
	}
	return 0;
}

/* ---- whole numbers ---- */

struct whole {
	bool negative;
	uint64_t v;
};

/* 1.0 and 1e3 are whole numbers too, as Go's encoding writes some. */
static int whole_number(const cJSON *j, struct whole *ret)
{
	if (!cJSON_IsNumber(j))
		return -1;
	ret->negative = j->valuedouble < 0;
	if (!j->valuestring) {
		double v = fabs(j->valuedouble);

		if (v != floor(v))
			return -1;
		ret->v = (uint64_t)v;
		return 0;
	}
	const char *digits = j->valuestring + (*j->valuestring == '-');
	if (strspn(digits, "0123456789") != strlen(digits))
		return -1;
	errno = 0;
	ret->v = strtoull(digits, NULL, 10);
	return errno ? -1 : 0;
}

static int load_i64(const cJSON *j, int64_t *ret)
{
	struct whole w;

	if (whole_number(j, &w) || w.v > (uint64_t)INT64_MAX + w.negative)
		return -1;
	*ret = w.negative ? (int64_t)-w.v : (int64_t)w.v;
	return 0;
}

static int load_u64(const cJSON *j, uint64_t max, uint64_t *ret)
{
	struct whole w;

	if (whole_number(j, &w) || (w.negative && w.v) || w.v > max)
		return -1;
	*ret = w.v;
	return 0;
}

/* ---- fields ---- */

/* Most keys differ in their first letter: no call for those, in the innermost loop of all. */
const cJSON *json_node_member(const cJSON *object, const char *key)
{
	const cJSON *it = object->child;

	while (it && (*it->string != *key || strcmp(it->string, key) != 0))
		it = it->next;
	return it;
}

static void *member(void *base, size_t off)
{
	return (char *)base + off;
}

static int load_object(struct arena *a, const cJSON *j, const struct json_type *t, void *out,
                       const struct place *p, struct err *e);

static int load_string(const cJSON *j, char **ret, const struct place *p, struct err *e)
{
	if (!cJSON_IsString(j))
		return expected(p, "a string", e);
	*ret = j->valuestring; /* the tree stays in the arena */
	return 0;
}

static int load_bool(const cJSON *j, bool *ret, const struct place *p, struct err *e)
{
	if (!cJSON_IsBool(j))
		return expected(p, "true or false", e);
	*ret = cJSON_IsTrue(j);
	return 0;
}

static int load_u32(const cJSON *j, uint32_t *ret, const struct place *p, struct err *e)
{
	uint64_t v;

	if (load_u64(j, UINT32_MAX, &v))
		return expected(p, "a whole number from 0 to 4294967295", e);
	*ret = (uint32_t)v;
	return 0;
}

static int load_opt(const cJSON *j, struct json_opt *ret, const struct place *p, struct err *e)
{
	ret->set = true;
	return load_i64(j, &ret->v) ? expected(p, "a whole number", e) : 0;
}

static int load_enum(const cJSON *j, const struct json_word *words, int *ret, const struct place *p,
                     struct err *e)
{
	char why[ERR_TEXT_MAX];

	if (!cJSON_IsString(j))
		return expected(p, "a string", e);
	for (const struct json_word *w = words; *w->word; w++)
		if (!strcmp(w->word, j->valuestring)) {
			*ret = w->value;
			return 0;
		}
	snprintf(why, sizeof why, "\"%s\" is not known here", j->valuestring);
	return refuse(p, why, e);
}

static int load_list_item(struct arena *a, const cJSON *it, const struct json_type *t,
                          const struct json_field *f, void *item, const struct place *p,
                          struct err *e)
{
	if (f->kind == JSON_KIND_STRV)
		return load_string(it, item, p, e);
	if (f->kind == JSON_KIND_U32V)
		return load_u32(it, item, p, e);
	return load_object(a, it, json_sub(t, f), item, p, e);
}

static size_t item_size(const struct json_type *t, const struct json_field *f)
{
	if (f->kind == JSON_KIND_STRV)
		return sizeof(char *);
	if (f->kind == JSON_KIND_U32V)
		return sizeof(uint32_t);
	return ((const struct json_type *)json_sub(t, f))->rows->size;
}

static void set_list(const struct json_field *f, void *base, void *v, size_t n)
{
	*(void **)member(base, f->off) = v;
	*(size_t *)member(base, f->count) = n;
}

static int load_list(struct arena *a, const cJSON *j, const struct json_type *t,
                     const struct json_field *f, void *base, const struct place *p, struct err *e)
{
	if (!cJSON_IsArray(j))
		return expected(p, "a list", e);

	size_t n = (size_t)cJSON_GetArraySize(j), size = item_size(t, f);
	void *v = arena_array(a, n + 1, size);
	const cJSON *it;
	int i = 0;

	cJSON_ArrayForEach(it, j)
	{
		void *item = member(v, (size_t)i * size);

		if (load_list_item(a, it, t, f, item, &(struct place){ p, NULL, i }, e))
			return -1;
		i++;
	}
	set_list(f, base, v, n);
	return 0;
}

static int load_map(struct arena *a, const cJSON *j, const struct json_field *f, void *base,
                    const struct place *p, struct err *e)
{
	if (!cJSON_IsObject(j))
		return expected(p, "an object", e);

	size_t n = (size_t)cJSON_GetArraySize(j), i = 0;
	struct json_pair *v = arena_array(a, n + 1, sizeof *v);
	const cJSON *it;

	cJSON_ArrayForEach(it, j)
	{
		if (cJSON_IsNull(it))
			continue;
		if (!cJSON_IsString(it))
			return expected(&(struct place){ p, it->string, -1 }, "a string", e);
		v[i++] = (struct json_pair){ it->string, it->valuestring };
	}
	set_list(f, base, v, i);
	return 0;
}

static int load_object_map(struct arena *a, const cJSON *j, const struct json_type *t,
                           const struct json_field *f, void *base, const struct place *p,
                           struct err *e)
{
	if (!cJSON_IsObject(j))
		return expected(p, "an object", e);

	size_t n = (size_t)cJSON_GetArraySize(j), i = 0;
	const struct json_type *inner = json_sub(t, f);
	void *v = arena_array(a, n + 1, inner->rows->size);
	const cJSON *it;

	cJSON_ArrayForEach(it, j)
	{
		void *item = member(v, i * inner->rows->size);

		if (cJSON_IsNull(it))
			continue;
		if (load_object(a, it, inner, item, &(struct place){ p, it->string, -1 }, e))
			return -1;
		*(char **)item = it->string;
		i++;
	}
	set_list(f, base, v, i);
	return 0;
}

/* null, 0, false, "", and lists and objects of nothing but such. */
static bool says_nothing(const cJSON *j)
{
	for (const cJSON *it = j->child; it; it = it->next)
		if (!says_nothing(it))
			return false;
	if (cJSON_IsString(j))
		return !*j->valuestring;
	return !cJSON_IsTrue(j) && !(cJSON_IsNumber(j) && j->valuedouble != 0);
}

static int load_one(struct arena *a, const cJSON *j, const struct json_type *t, void **at,
                    const struct place *p, struct err *e)
{
	*at = arena_alloc(a, t->rows->size);
	return load_object(a, j, t, *at, p, e);
}

static int load_field(struct arena *a, const cJSON *j, const struct json_type *t,
                      const struct json_field *f, void *base, const struct place *p, struct err *e)
{
	void *at = member(base, f->off);

	switch (f->kind) {
	case JSON_KIND_STR:
		return load_string(j, at, p, e);
	case JSON_KIND_BOOL:
		return load_bool(j, at, p, e);
	case JSON_KIND_I64:
		return load_i64(j, at) ? expected(p, "a whole number", e) : 0;
	case JSON_KIND_U64:
		return load_u64(j, UINT64_MAX, at)
		           ? expected(p, "a whole number from 0 to 18446744073709551615", e)
		           : 0;
	case JSON_KIND_U32:
		return load_u32(j, at, p, e);
	case JSON_KIND_OPT:
		return load_opt(j, at, p, e);
	case JSON_KIND_ENUM:
		return load_enum(j, json_sub(t, f), at, p, e);
	case JSON_KIND_STRV:
	case JSON_KIND_U32V:
	case JSON_KIND_OBJV:
		return load_list(a, j, t, f, base, p, e);
	case JSON_KIND_MAP:
		return load_map(a, j, f, base, p, e);
	case JSON_KIND_OBJMAP:
		return load_object_map(a, j, t, f, base, p, e);
	case JSON_KIND_OBJ:
		return load_one(a, j, json_sub(t, f), at, p, e);
	case JSON_KIND_REFUSE:
		return says_nothing(j) ? 0 : refuse(p, f->key + strlen(f->key) + 1, e);
	}
	return refuse(p, "is of no kind that scow knows", e);
}

static int load_object(struct arena *a, const cJSON *j, const struct json_type *t, void *out,
                       const struct place *p, struct err *e)
{
	if (!cJSON_IsObject(j))
		return expected(p, "an object", e);
	for (const struct json_field *f = &t->rows->first; f; f = json_next(f)) {
		const cJSON *it = json_node_member(j, f->key);
		const struct place here = { p, f->key, -1 };

		if (!it || cJSON_IsNull(it)) {
			if (f->required)
				return refuse(&here, "missing", e);
			continue;
		}
		if (load_field(a, it, t, f, out, &here, e))
			return -1;
	}
	return 0;
}

/* cJSON takes no context, so the arena of the load that runs is known to its hooks by this. */
static struct arena *hook_arena;

static void *hook_alloc(size_t n)
{
	return arena_alloc(hook_arena, n);
}

static void hook_free(void *p)
{
	(void)p; /* the arena frees all at once */
}

int json_node_check(struct arena *a, const cJSON *j, const struct json_type *t,
                    const struct json_field *f, const struct place *p, struct err *e)
{
	return load_field(a, j, t, f, arena_alloc(a, t->rows->size), p, e);
}

int json_node_parse(struct arena *a, const char *text, size_t len, const cJSON **ret, struct err *e)
{
	const struct place top = { NULL, NULL, -1 };
	struct big big = { 0 };
	const char *end = NULL;

	if (scan(a, text, len, &big, e))
		return -1;
	hook_arena = a;
	cJSON_InitHooks(&(cJSON_Hooks){ hook_alloc, hook_free });
	cJSON *j = cJSON_ParseWithLengthOpts(text, len, &end, 0);
	if (!j)
		return err_kind(e, ERR_CONFIG, 0, "not JSON, at byte %zu",
		                end ? (size_t)(end - text) : 0);
	for (; end < text + len; end++)
		if (!strchr(" \t\r\n", *end))
			return err_kind(e, ERR_CONFIG, 0, "not JSON: more text follows the value");
	if (check_tree(a, j, &big, &top, e))
		return -1;
	*ret = j;
	return 0;
}

int json_load(struct arena *a, const char *text, size_t len, const struct json_type *t, void *out,
              struct err *e)
{
	const struct place top = { NULL, NULL, -1 };
	const cJSON *j;

	if (json_node_parse(a, text, len, &j, e))
		return -1;
	return load_object(a, j, t, out, &top, e);
}
