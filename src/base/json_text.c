/* json_text.c - structs as JSON text, by the same tables that load them. */
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct out {
	struct arena *arena;
	char *p;
	size_t len, size;
	int indent;
};

static void put_mem(struct out *o, const char *s, size_t n)
{
	if (o->len + n + 1 > o->size) {
		size_t size = (o->len + n + 1) * 2;
		char *p = arena_alloc(o->arena, size);

		if (o->len)
			memcpy(p, o->p, o->len);
		o->p = p;
		o->size = size;
	}
	memcpy(o->p + o->len, s, n);
	o->len += n;
	o->p[o->len] = 0;
}

static void put(struct out *o, const char *s)
{
	put_mem(o, s, strlen(s));
}

static void put_newline(struct out *o, int depth)
{
	if (!o->indent)
		return;
	put(o, "\n");
	for (int i = 0; i < depth * o->indent; i++)
		put(o, " ");
}

static void put_string(struct out *o, const char *s)
{
	static const char from[] = "\"\\\n\t\r", to[] = "\"\\ntr";
	char code[8];

	put(o, "\"");
	for (;;) {
		size_t plain = 0;

		while ((unsigned char)s[plain] >= 0x20 && s[plain] != 0x7f && s[plain] != '"' &&
		       s[plain] != '\\')
			plain++;
		put_mem(o, s, plain);
		s += plain;
		if (!*s)
			break;
		const char *named = strchr(from, *s);
		if (named) {
			put_mem(o, (const char[]){ '\\', to[named - from] }, 2);
		} else {
			snprintf(code, sizeof code, "\\u%04x", (unsigned char)*s);
			put(o, code);
		}
		s++;
	}
	put(o, "\"");
}

static void put_number(struct out *o, bool negative, uint64_t v)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%s%" PRIu64, negative ? "-" : "", v);
	put(o, digits);
}

static void put_i64(struct out *o, int64_t v)
{
	put_number(o, v < 0, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void put_object(struct out *o, const struct json_type *t, const void *base, int depth);

static const void *member(const void *base, size_t off)
{
	return (const char *)base + off;
}

static size_t field_count(const struct json_field *f, const void *base)
{
	return *(const size_t *)member(base, f->count);
}

static void put_item(struct out *o, const struct json_type *t, const struct json_field *f,
                     const void *v, size_t i, int depth)
{
	if (f->kind == JSON_KIND_STRV) {
		put_string(o, ((char *const *)v)[i]);
	} else if (f->kind == JSON_KIND_U32V) {
		put_i64(o, ((const uint32_t *)v)[i]);
	} else if (f->kind == JSON_KIND_MAP) {
		put_string(o, ((const struct json_pair *)v)[i].key);
		put(o, o->indent ? ": " : ":");
		put_string(o, ((const struct json_pair *)v)[i].value);
	} else {
		const struct json_type *inner = json_sub(t, f);
		const void *item = member(v, i * inner->rows->size);

		if (f->kind == JSON_KIND_OBJMAP) {
			put_string(o, *(char *const *)item);
			put(o, o->indent ? ": " : ":");
		}
		put_object(o, inner, item, depth);
	}
}

static void put_list(struct out *o, const struct json_type *t, const struct json_field *f,
                     const void *base, int depth)
{
	const void *v = *(const void *const *)member(base, f->off);
	bool map = f->kind == JSON_KIND_MAP || f->kind == JSON_KIND_OBJMAP;
	size_t n = field_count(f, base);

	put(o, map ? "{" : "[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			put(o, ",");
		put_newline(o, depth + 1);
		put_item(o, t, f, v, i, depth + 1);
	}
	if (n)
		put_newline(o, depth);
	put(o, map ? "}" : "]");
}

static void put_word(struct out *o, const struct json_word *words, int value)
{
	for (const struct json_word *w = words; *w->word; w++)
		if (w->value == value) {
			put_string(o, w->word);
			return;
		}
	put(o, "null");
}

static void put_value(struct out *o, const struct json_type *t, const struct json_field *f,
                      const void *base, int depth)
{
	const void *at = member(base, f->off);

	switch (f->kind) {
	case JSON_KIND_STR:
		put_string(o, *(char *const *)at);
		return;
	case JSON_KIND_BOOL:
		put(o, *(const bool *)at ? "true" : "false");
		return;
	case JSON_KIND_I64:
		put_i64(o, *(const int64_t *)at);
		return;
	case JSON_KIND_U64:
		put_number(o, false, *(const uint64_t *)at);
		return;
	case JSON_KIND_U32:
		put_i64(o, *(const uint32_t *)at);
		return;
	case JSON_KIND_OPT:
		put_i64(o, ((const struct json_opt *)at)->v);
		return;
	case JSON_KIND_ENUM:
		put_word(o, json_sub(t, f), *(const int *)at);
		return;
	case JSON_KIND_STRV:
	case JSON_KIND_U32V:
	case JSON_KIND_MAP:
	case JSON_KIND_OBJV:
	case JSON_KIND_OBJMAP:
		put_list(o, t, f, base, depth);
		return;
	case JSON_KIND_OBJ:
		put_object(o, json_sub(t, f), *(const void *const *)at, depth);
		return;
	case JSON_KIND_REFUSE:
		return;
	}
}

/* A required pointer that is NULL has nothing to show either. */
static bool is_absent(const struct json_field *f, const void *base)
{
	const void *at = member(base, f->off);

	switch (f->kind) {
	case JSON_KIND_STR:
	case JSON_KIND_OBJ:
		return !*(const void *const *)at;
	case JSON_KIND_OPT:
		return !((const struct json_opt *)at)->set;
	case JSON_KIND_STRV:
	case JSON_KIND_U32V:
	case JSON_KIND_MAP:
	case JSON_KIND_OBJV:
	case JSON_KIND_OBJMAP:
		return !f->required && !field_count(f, base);
	case JSON_KIND_REFUSE:
		return true;
	case JSON_KIND_BOOL:
	case JSON_KIND_I64:
	case JSON_KIND_U64:
	case JSON_KIND_U32:
	case JSON_KIND_ENUM:
		return false;
	}
	return false;
}

/* No table has a key that would have to be escaped. */
static void put_key(struct out *o, const struct json_field *f)
{
	put_mem(o, "\"", 1);
	put_mem(o, f->key, f->size - sizeof *f - 1);
	put_mem(o, "\": ", o->indent ? 3 : 2);
}

static void put_object(struct out *o, const struct json_type *t, const void *base, int depth)
{
	bool first = true;

	put(o, "{");
	for (const struct json_field *f = &t->rows->first; f; f = json_next(f)) {
		if (is_absent(f, base))
			continue;
		if (!first)
			put(o, ",");
		first = false;
		put_newline(o, depth + 1);
		put_key(o, f);
		put_value(o, t, f, base, depth + 1);
	}
	if (!first)
		put_newline(o, depth);
	put(o, "}");
}

char *json_text(struct arena *a, const struct json_type *t, const void *in, int indent)
{
	struct out o = { .arena = a, .indent = indent };

	put_object(&o, t, in, 0);
	return o.p;
}

char *json_quote(struct arena *a, const char *s)
{
	struct out o = { .arena = a };

	put_string(&o, s);
	return o.p;
}
