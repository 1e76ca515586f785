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
#include "base/each.h"
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
	JSON_KIND_STRV,   /* char **, NULL-terminated, with its count */
	JSON_KIND_U32V,   /* uint32_t *, with its count */
	JSON_KIND_MAP,    /* struct json_pair *, with its count: an object of strings */
	JSON_KIND_REFUSE, /* a known property that cannot be had, for the reason that follows its
	                     key: an error unless null, 0, false, "" or empty */
	/* From here on a row has a table of its own. */
	JSON_KIND_ENUM,   /* int, from a table of words */
	JSON_KIND_OBJ,    /* struct *, NULL when absent */
	JSON_KIND_OBJV,   /* struct array, with its count */
	JSON_KIND_OBJMAP, /* the same from an object of objects: `char *key` is the struct's first
	                     member, and not a row of its table */
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

/*
 * A table is bytes, each row as long as its text: of a pointer in a table a program that may be
 * loaded anywhere pays for the relocation at each start, and in private memory. Only the tables
 * that rows have of their own are pointers, in json_type.
 */
#define JSON_FIELD_HEAD \
	uint8_t size; /* of the row in bytes; 0: behind the last */ \
	enum json_kind kind : 7; \
	bool required : 1; \
	uint8_t sub;    /* which of json_type's, for a kind that has one */ \
	uint16_t off;   /* of the member */ \
	uint16_t count; /* of its size_t length, for the vectors and maps */

struct json_field {
	JSON_FIELD_HEAD
	char key[];
} __attribute__((packed));

struct json_rows {
	uint16_t size; /* of the struct */
	struct json_field first;
} __attribute__((packed));

struct json_type {
	const struct json_rows *rows;
	const void *subs[]; /* struct json_type for objects, struct json_word for enums */
};

/* From row to row; NULL behind the last. No table is empty. */
static inline const struct json_field *json_next(const struct json_field *f)
{
	const struct json_field *next = (const void *)((const char *)f + f->size);

	return next->size ? next : NULL;
}

/* The table that the row has of its own, being of such a kind. */
static inline const void *json_sub(const struct json_type *t, const struct json_field *f)
{
	return t->subs[f->sub];
}

#define JSON_ROW(s, key, m, kind, req, count, ...) \
	(key, kind, req, offsetof(struct s, m), count, __VA_ARGS__)
#define JSON_STR(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_STR, false, 0, )
#define JSON_STR_REQ(s, key, m) JSON_ROW(s, key, m, JSON_KIND_STR, true, 0, )
#define JSON_BOOL(s, key, m)    JSON_ROW(s, key, m, JSON_KIND_BOOL, false, 0, )
#define JSON_I64(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_I64, false, 0, )
#define JSON_U64(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_U64, false, 0, )
#define JSON_U32(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_U32, false, 0, )
#define JSON_OPT(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_OPT, false, 0, )
#define JSON_ENUM(s, key, m, w) JSON_ROW(s, key, m, JSON_KIND_ENUM, true, 0, w, )
#define JSON_STRV(s, key, m)    JSON_ROW(s, key, m, JSON_KIND_STRV, false, offsetof(struct s, n_##m), )
#define JSON_U32V(s, key, m)    JSON_ROW(s, key, m, JSON_KIND_U32V, false, offsetof(struct s, n_##m), )
#define JSON_MAP(s, key, m)     JSON_ROW(s, key, m, JSON_KIND_MAP, false, offsetof(struct s, n_##m), )
#define JSON_OBJ(s, key, m, t)  JSON_ROW(s, key, m, JSON_KIND_OBJ, false, 0, t, )
#define JSON_OBJV(s, key, m, t) \
	JSON_ROW(s, key, m, JSON_KIND_OBJV, false, offsetof(struct s, n_##m), t, )
#define JSON_OBJMAP(s, key, m, t) \
	JSON_ROW(s, key, m, JSON_KIND_OBJMAP, false, offsetof(struct s, n_##m), t, )
#define JSON_REFUSE_WHY(key, why) (key "\0" why, JSON_KIND_REFUSE, false, 0, 0, )
#define JSON_REFUSE(key)          JSON_REFUSE_WHY(key, "not supported by this version of scow")

/* A table and its type in one: JSON_TYPE(name, struct_tag, rows…) defines `static const struct
 * json_type name`; JSON_TYPE_SHARED one that a header declares. At most 32 rows. */
#define JSON_TYPE(name, s, ...)        JSON_TYPE_AS(static, name, s, __VA_ARGS__)
#define JSON_TYPE_SHARED(name, s, ...) JSON_TYPE_AS(, name, s, __VA_ARGS__)

/*
 * The rows are gone through four times: for json_type's subs; for a struct whose members are 1 or 0
 * bytes long, so that where one begins is the number of subs before it; for the type of the table,
 * where each row has a type of its own; and for its values. Without `aligned` gcc would put each
 * table at a multiple of 32.
 */
#define JSON_TYPE_AS(linkage, name, s, ...) \
	struct name##_subs { \
		EACH(JSON_SUB_COUNT, , __VA_ARGS__) \
	}; \
	static const struct name##_rows { \
		uint16_t size; \
		EACH(JSON_ROW_TYPE, , __VA_ARGS__) \
		uint8_t end; \
	} __attribute__((packed)) name##_rows \
	    __attribute__((aligned(1))) = { sizeof(struct s), \
		                            EACH(JSON_ROW_VALUE, name, __VA_ARGS__) 0 }; \
	linkage const struct json_type name = { (const void *)&name##_rows, \
		                                { EACH(JSON_SUB, , __VA_ARGS__) } }

#define JSON_SUB(x, i, row)       JSON_OF(JSON_SUB_IN, row)
#define JSON_SUB_COUNT(x, i, row) char row_##i[JSON_OF(JSON_SUBS_IN, row)];
#define JSON_ROW_TYPE(x, i, row) \
	struct { \
		JSON_FIELD_HEAD \
		char text[sizeof(JSON_OF(JSON_TEXT_IN, row))]; \
	} __attribute__((packed)) row_##i;
#define JSON_ROW_VALUE(name, i, row) \
	{ sizeof(((struct name##_rows *)0)->row_##i), JSON_OF(JSON_KIND_IN, row), \
	  offsetof(struct name##_subs, row_##i), JSON_OF(JSON_OFFSETS_IN, row), \
	  JSON_OF(JSON_TEXT_IN, row) },

/* The parts of a row. cppcheck sees them by the way through JSON_EXPAND only. */
#define JSON_EXPAND(...)                                  __VA_ARGS__
#define JSON_OF(part, row)                                JSON_EXPAND(part row)
#define JSON_TEXT_IN(text, ...)                           text
#define JSON_KIND_IN(text, kind, req, ...)                kind, req
#define JSON_SUBS_IN(text, kind, ...)                     (kind) >= JSON_KIND_ENUM
#define JSON_OFFSETS_IN(text, kind, req, off, count, ...) off, count
#define JSON_SUB_IN(text, kind, req, off, count, ...)     __VA_ARGS__

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
