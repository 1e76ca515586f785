/*
 * graph.h - visits of names in the order of what each comes after.
 *
 * A name is visited once, behind all that it comes after; one that fails, is missing or stands in a
 * cycle fails all that come after it, and nothing else.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum graph_mark {
	GRAPH_NEW,
	GRAPH_OPEN, /* what it comes after is being visited: met again, it is a cycle */
	GRAPH_DONE,
	GRAPH_FAILED,
};

struct graph_node {
	const char *name;
	enum graph_mark mark;
	struct err why; /* of FAILED */
};

enum { GRAPH_DEPTH_MAX = 64 };

struct graph {
	struct arena *arena;
	void *ctx;
	/* What a name comes after; fails when there is no such name. */
	int (*after)(void *ctx, const char *name, const char *const **ret, size_t *ret_n,
	             struct err *e);
	int (*visit)(void *ctx, const char *name, struct err *e);

	struct graph_node **nodes; /* NULL and 0 at first */
	size_t n, size;
	const char *path[GRAPH_DEPTH_MAX]; /* from the first to the innermost open one */
	size_t depth;
};

/* Has it been met by a visit? */
bool graph_has(const struct graph *g, const char *name);

/* Visit it, and first all that it comes after. Its failure is kept, and told again. */
int graph_visit(struct graph *g, const char *name, struct err *e);
