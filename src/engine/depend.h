/*
 * depend.h - what must run before a defined container (org.scow.after), and who needs it.
 *
 * A container is brought up only while all that it comes after run. Ending one does not end those
 * that come after it; removing it is refused while there are any.
 */
#pragma once

#include "engine/definition.h"
#include "engine/graph.h"

/* All that d comes after run? ERR_STATE names those that do not, and the ones that do not exist. */
int depend_check_up(const struct engine *g, const struct definition *d, struct err *e);

/* Before it is made: all that it comes after are defined, and do not come after it. */
int depend_check_new(const struct engine *g, const char *name, const struct policy *p,
                     struct err *e);

/* Before it is removed: nobody comes after it. */
int depend_check_unused(const struct engine *g, const char *name, struct err *e);

struct depend_walk {
	const struct engine *engine;
	void *ctx;
	int (*visit)(void *ctx, const char *name, struct err *e); /* NULL: only look */
};

/* For graph_visit(); w stays as long as it. */
struct graph depend_graph(struct depend_walk *w);
