/*
 * json_edit.c - find the place in the text, and splice.
 *
 * The text has been parsed before, so it is valid: this only has to step over values.
 */
#define _GNU_SOURCE
#include "base/json_edit.h"

#include "base/json.h"

#include <stdbool.h>
#include <string.h>

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* Behind the string that begins at p. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		p = skip_space(p);
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p == ',' || *p == ':') {
			p++;
		} else {
			p += strcspn(p, " \t\r\n,:]}");
		}
	} while (*p && depth > 0);
	return p;
}

struct found {
	const char *key;         /* where the member begins; NULL: it is not there */
	const char *value, *end; /* of its value */
	bool first, last;
};

/* p is behind the brace. */
static struct found find(const char *p, const char *key)
{
	const size_t n = strlen(key);

	for (bool first = true;; first = false) {
		p = skip_space(p);
		if (*p != '"')
			return (struct found){ .first = first };
		const char *end = skip_string(p);
		const bool same = (size_t)(end - p) == n + 2 && !memcmp(p + 1, key, n);
		const char *value = skip_space(skip_space(end) + 1); /* the colon */
		const char *value_end = skip_value(value);
		const char *next = skip_space(value_end);

		if (same)
			return (struct found){ p, value, value_end, first, *next != ',' };
		p = *next == ',' ? next + 1 : next;
	}
}

/* The value below the missing keys: {"a":{"b":value}}. */
static char *wrap(struct arena *a, const char *const *keys, size_t n, const char *value)
{
	char *r = arena_strdup(a, value);

	while (n-- > 0)
		r = arena_printf(a, "{%s:%s}", json_quote(a, keys[n]), r);
	return r;
}

/* Without the member, and the comma that was its. */
static char *cut(struct arena *a, const char *text, const struct found *f)
{
	const char *from = f->key, *to = f->end;

	if (!f->last) {
		to = skip_space(skip_space(to) + 1);
	} else if (!f->first) {
		while (from > text && *--from != ',')
			;
	}
	return arena_printf(a, "%.*s%s", (int)(from - text), text, to);
}

char *json_edit(struct arena *a, const char *text, const char *const *keys, size_t n,
                const char *value)
{
	const char *p = skip_space(text);

	for (size_t i = 0;; i++) {
		if (*p != '{')
			return NULL;
		struct found f = find(++p, keys[i]);

		if (!f.key && !value)
			return arena_strdup(a, text);
		if (!f.key)
			return arena_printf(
			    a, "%.*s%s:%s%s%s", (int)(p - text), text, json_quote(a, keys[i]),
			    wrap(a, keys + i + 1, n - i - 1, value), f.first ? "" : ",", p);
		if (i + 1 == n && !value)
			return cut(a, text, &f);
		if (i + 1 == n || !strncmp(f.value, "null", 4))
			return arena_printf(a, "%.*s%s%s", (int)(f.value - text), text,
			                    wrap(a, keys + i + 1, n - i - 1, value ? value : "{}"),
			                    f.end);
		p = f.value;
	}
}

struct text_value {
	char *v;
};

JSON_TYPE(text_value_type, text_value, JSON_STR(text_value, "v", v));

/* A string without its quotes and escapes. */
static char *plain(struct arena *a, char *json)
{
	char *object = arena_printf(a, "{\"v\":%s}", json);
	struct text_value t = { NULL };
	struct err ignored;

	if (*json != '"' || json_load(a, object, strlen(object), &text_value_type, &t, &ignored))
		return json;
	return t.v;
}

char *json_pick(struct arena *a, const char *text, const char *path)
{
	char *copy = arena_strdup(a, path + strspn(path, "{. ")), *key;
	const char *p = text, *end = text + strlen(text);

	copy[strcspn(copy, "} ")] = 0;
	while ((key = strsep(&copy, "."))) {
		p = skip_space(p);
		if (*p != '{')
			return NULL;
		const struct found f = find(p + 1, key);
		if (!f.key)
			return NULL;
		p = f.value;
		end = f.end;
	}
	return plain(a, arena_printf(a, "%.*s", (int)(end - p), p));
}
