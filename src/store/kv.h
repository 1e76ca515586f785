/*
 * kv.h - small records as lines of "key value", by const tables, in fixed buffers: for the keeper
 * and the monitor, which must stay small and parse nothing else.
 *
 * A value runs to the end of its line; backslash and newline in it are written "\\" and "\n". A key
 * that is not in the table is skipped, one that is missing leaves its member alone: a reader may be
 * older or newer than the writer. The key stands in the table itself, so that the table has no
 * pointer to relocate.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum kv_kind {
	KV_TEXT, /* char[size], NUL-terminated; longer text is cut */
	KV_I64,  /* int64_t */
};

struct kv_field {
	char key[20]; /* "" ends a table */
	uint16_t kind;
	uint16_t off, size;
};

#define KV_TEXT_ROW(s, key, m) \
	{ \
		key, KV_TEXT, offsetof(struct s, m), sizeof((struct s *)0)->m \
	}
#define KV_I64_ROW(s, key, m) \
	{ \
		key, KV_I64, offsetof(struct s, m), sizeof(int64_t) \
	}
#define KV_END \
	{ \
		"", KV_I64, 0, 0 \
	}

enum { KV_SIZE_MAX = 4096 };

/* Make or replace the file, by rename. No fsync: for tmpfs. Empty texts are left out. */
int kv_write(int dir, const char *name, const struct kv_field *table, const void *in,
             struct err *e);

/* The same, on disk when it returns: for flash. */
int kv_write_durable(int dir, const char *name, const struct kv_field *table, const void *in,
                     struct err *e);

/* Fill what the file has. e->no is ENOENT when there is no file; an empty one is damaged. */
int kv_read(int dir, const char *name, const struct kv_field *table, void *out, struct err *e);
