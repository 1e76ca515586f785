/* graph.c - depth first, with a limit, since anybody's text says how deep. */
#include "engine/graph.h"

#include <stdio.h>
#include <string.h>

static struct graph_node *find(const struct graph *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (!strcmp(g->nodes[i]->name, name))
			return g->nodes[i];
	return NULL;
}

bool graph_has(const struct graph *g, const char *name)
{
	return find(g, name);
}

static struct graph_node *node_of(struct graph *g, const char *name)
{
	struct graph_node *n = find(g, name);

	if (n)
		return n;
	if (g->n == g->size) {
		const size_t size = g->size ? g->size * 2 : 16;
		struct graph_node **nodes = arena_array(g->arena, size, sizeof *nodes);

		if (g->n)
			memcpy(nodes, g->nodes, g->n * sizeof *nodes);
		g->nodes = nodes;
		g->size = size;
	}
	n = arena_alloc(g->arena, sizeof *n);
	*n = (struct graph_node){ .name = arena_strdup(g->arena, name) };
	g->nodes[g->n++] = n;
	return n;
}

/* "a after b after a" */
static int cycle(const struct graph *g, const char *name, struct err *e)
{
	char text[ERR_TEXT_MAX - 64] = "";
	size_t len = 0;
	bool inside = false;

	for (size_t i = 0; i < g->depth && len < sizeof text; i++) {
		inside = inside || !strcmp(g->path[i], name);
		if (inside)
			len += (size_t)snprintf(text + len, sizeof text - len, "%s after ",
			                        g->path[i]);
	}
	if (len < sizeof text)
		(void)snprintf(text + len, sizeof text - len, "%s", name);
	return err_kind(e, ERR_CONFIG, 0, "a cycle: %s", text);
}

static int visit_after(struct graph *g, const char *name, struct err *e)
{
	const char *const *after;
	size_t n;

	if (g->depth == GRAPH_DEPTH_MAX)
		return err_kind(e, ERR_CONFIG, 0, "%s: more than %d containers after each other",
		                name, GRAPH_DEPTH_MAX);
	if (g->after(g->ctx, name, &after, &n, e))
		return -1;
	g->path[g->depth++] = name;
	int failed = 0;
	for (size_t i = 0; i < n && !failed; i++)
		if ((failed = graph_visit(g, after[i], e)))
			err_ctx(e, "%s comes after %s", name, after[i]);
	g->depth--;
	return failed;
}

int graph_visit(struct graph *g, const char *name, struct err *e)
{
	struct graph_node *n = node_of(g, name);

	if (n->mark == GRAPH_OPEN)
		return cycle(g, name, e);
	if (n->mark == GRAPH_NEW) {
		n->mark = GRAPH_OPEN;
		const int failed =
		    visit_after(g, n->name, &n->why) || g->visit(g->ctx, n->name, &n->why);
		n->mark = failed ? GRAPH_FAILED : GRAPH_DONE;
	}
	if (n->mark == GRAPH_DONE)
		return 0;
	*e = n->why;
	return -1;
}
