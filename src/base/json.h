/*
 * json.h - JSON objects to C structs and back, by const tables.
 *
 * A struct json_type lists the members of a C struct; json_load() fills the struct and names the
 * member in any error ("linux.resources.memory.limit: expected a whole number"). A key that is not
 * in the table is ignored, as the OCI runtime spec asks; null is the same as absent, anywhere.
 * 64-bit integers are exact. Duplicate keys, a NUL in a string and text after the value are refused
 * (RFC 8259 leaves them open; here they would let two readers of one file see two configurations).
 *
 * cJSON is seen in json.c and json_walk.c only.
 */
#pragma once

#include "base/arena.h"
#include "base/bits.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum json_kind {
	JSON_KIND_STR,    /* char * */
	JSON_KIND_BOOL,   /* bool */
	JSON_KIND_I64,    /* int64_t */
	JSON_KIND_U64,    /* uint64_t */
	JSON_KIND_U32,    /* uint32_t */
	JSON_KIND_OPT,    /* struct json_opt: a whole number that may be absent */
	JSON_KIND_ENUM,   /* int, from a table of words */
	JSON_KIND_STRV,   /* char **, NULL-terminated, with its count */
	JSON_KIND_U32V,   /* uint32_t *, with its count */
	JSON_KIND_MAP,    /* struct json_pair *, with its count: an object of strings */
	JSON_KIND_OBJ,    /* struct *, NULL when absent */
	JSON_KIND_OBJV,   /* struct array, with its count */
	JSON_KIND_OBJMAP, /* the same from an object of objects: `char *key` is the struct's first
	                     member, and not a row of its table */
	JSON_KIND_REFUSE, /* a known property that cannot be had, for the reason in `type` or (NULL)
	                     not yet: an error unless null, 0, false, "" or empty */
};

struct json_opt {
	bool set;
	int64_t v;
};

struct json_pair {
	char *key, *value;
};

enum { JSON_WORD_MAX = 28 };

struct json_word {
	char word[JSON_WORD_MAX]; /* "": behind the last */
	int value;
};

#define JSON_WORD(word, value) \
	{ \
		word, (value) + FITS(word, JSON_WORD_MAX) \
	}
#define JSON_WORD_END \
	{ \
		"", 0 \
	}

struct json_field {
	const char *key; /* ends with NULL */
	enum json_kind kind : 8;
	bool required;
	uint16_t off;     /* of the member */
	uint16_t count;   /* of its size_t length, for the vectors and maps */
	const void *type; /* struct json_type for objects, struct json_word for enums, or text */
};

struct json_type {
	size_t size;
	const struct json_field *fields;
};

#define JSON_ROW(s, key, m, kind, req, count, type) \
	{ \
		key, kind, req, offsetof(struct s, m), count, type \
	}
#define JSON_STR(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_STR, false, 0, NULL)
#define JSON_STR_REQ(s, key, m) JSON_ROW(s, key, m, JSON_KIND_STR, true, 0, NULL)
#define JSON_BOOL(s, key, m)    JSON_ROW(s, key, m, JSON_KIND_BOOL, false, 0, NULL)
#define JSON_I64(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_I64, false, 0, NULL)
#define JSON_U64(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_U64, false, 0, NULL)
#define JSON_U32(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_U32, false, 0, NULL)
#define JSON_OPT(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_OPT, false, 0, NULL)
#define JSON_ENUM(s, key, m, w) JSON_ROW(s, key, m, JSON_KIND_ENUM, true, 0, w)
#define JSON_STRV(s, key, m) \
	JSON_ROW(s, key, m, JSON_KIND_STRV, false, offsetof(struct s, n_##m), NULL)
#define JSON_U32V(s, key, m) \
	JSON_ROW(s, key, m, JSON_KIND_U32V, false, offsetof(struct s, n_##m), NULL)
#define JSON_MAP(s, key, m) \
	JSON_ROW(s, key, m, JSON_KIND_MAP, false, offsetof(struct s, n_##m), NULL)
#define JSON_OBJ(s, key, m, t) JSON_ROW(s, key, m, JSON_KIND_OBJ, false, 0, t)
#define JSON_OBJV(s, key, m, t) \
	JSON_ROW(s, key, m, JSON_KIND_OBJV, false, offsetof(struct s, n_##m), t)
#define JSON_OBJMAP(s, key, m, t) \
	JSON_ROW(s, key, m, JSON_KIND_OBJMAP, false, offsetof(struct s, n_##m), t)
#define JSON_REFUSE_WHY(key, why) \
	{ \
		key, JSON_KIND_REFUSE, false, 0, 0, why \
	}
#define JSON_REFUSE(key) JSON_REFUSE_WHY(key, NULL)
#define JSON_END \
	{ \
		NULL, JSON_KIND_STR, false, 0, 0, NULL \
	}

/* A table and its type in one: JSON_TYPE(name, struct_tag, rows…) defines `static const struct
 * json_type name`. */
#define JSON_TYPE(name, s, ...) \
	static const struct json_field name##_fields[] = { __VA_ARGS__, JSON_END }; \
	static const struct json_type name = { sizeof(struct s), name##_fields }

/*
 * Fill *out, which the caller has zeroed, from text. Strings and arrays live in the arena; on
 * failure *out is half filled.
 * text[len] must be a NUL.
 */
int json_load(struct arena *a, const char *text, size_t len, const struct json_type *t, void *out,
              struct err *e);

enum json_seen {
	JSON_SEEN_KNOWN,
	JSON_SEEN_UNKNOWN, /* not in the table: json_load ignores it */
	JSON_SEEN_BAD,     /* json_load refuses it; why says why */
};

/*
 * Call seen() for each member of text that is not an object, or a list of objects, that a table
 * describes, and go into those. `place` is "mounts[1].source"; all members are visited, where
 * json_load stops at the first bad one. null, and a refused one that says nothing, are absent. -1:
 * the text is not such JSON at all.
 */
int json_walk(struct arena *a, const char *text, size_t len, const struct json_type *t,
              void (*seen)(void *data, enum json_seen what, const char *place, const char *why),
              void *data, struct err *e);

/*
 * The struct as one object in JSON text, NUL-terminated, in the arena. Members with nothing to say
 * (NULL, an unset json_opt, an empty vector) are left out unless their row is required; numbers and
 * bools are always written. indent: spaces per level, 0 for one line without spaces.
 */
char *json_text(struct arena *a, const struct json_type *t, const void *in, int indent);

/* One string as a JSON string, with its quotes, in the arena. */
char *json_quote(struct arena *a, const char *s);
