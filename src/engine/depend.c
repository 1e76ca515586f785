/* depend.c - the graph of the definitions. */
#include "engine/depend.h"

#include "engine/look.h"

#include <stdio.h>
#include <string.h>

static int after(void *ctx, const char *name, const char *const **ret, size_t *ret_n, struct err *e)
{
	const struct depend_walk *w = ctx;
	struct definition d;

	if (definition_load(w->engine, name, &d, e))
		return -1;
	*ret = d.policy.after;
	*ret_n = d.policy.n_after;
	return 0;
}

static int visit(void *ctx, const char *name, struct err *e)
{
	const struct depend_walk *w = ctx;

	return w->visit ? w->visit(w->ctx, name, e) : 0;
}

struct graph depend_graph(struct depend_walk *w)
{
	return (
	    struct graph){ .arena = w->engine->arena, .ctx = w, .after = after, .visit = visit };
}

struct names {
	char text[ERR_TEXT_MAX / 2];
	size_t n;
};

static void add(struct names *l, const char *name, const char *note)
{
	const size_t len = strlen(l->text);

	(void)snprintf(l->text + len, sizeof l->text - len, "%s%s%s", l->n++ ? ", " : "", name,
	               note);
}

static int check_one(const struct engine *g, const char *name, struct names *down, struct err *e)
{
	struct look l;

	if (!definition_find(g, name)) {
		add(down, name, " (does not exist)");
		return 0;
	}
	if (look_at(g, name, &l, e))
		return -1;
	if (l.state != LIFE_RUNNING && l.state != LIFE_PAUSED)
		add(down, name, "");
	return 0;
}

int depend_check_up(const struct engine *g, const struct definition *d, struct err *e)
{
	struct names down = { .n = 0 };

	for (size_t i = 0; i < d->policy.n_after; i++)
		if (check_one(g, d->policy.after[i], &down, e))
			return -1;
	return down.n ? err_kind(e, ERR_STATE, 0,
	                         "container %s comes after others that do not run: %s", d->name,
	                         down.text)
	              : 0;
}

/* The new one's edges are not on disk yet. */
struct new_one {
	struct depend_walk walk;
	const char *name;
	const struct policy *policy;
};

static int after_new(void *ctx, const char *name, const char *const **ret, size_t *ret_n,
                     struct err *e)
{
	struct new_one *n = ctx;

	if (strcmp(name, n->name))
		return after(&n->walk, name, ret, ret_n, e);
	*ret = n->policy->after;
	*ret_n = n->policy->n_after;
	return 0;
}

static int visit_new(void *ctx, const char *name, struct err *e)
{
	(void)ctx, (void)name, (void)e;
	return 0;
}

int depend_check_new(const struct engine *g, const char *name, const struct policy *p,
                     struct err *e)
{
	struct new_one n = { .walk = { .engine = g }, .name = name, .policy = p };
	struct graph graph = {
		.arena = g->arena, .ctx = &n, .after = after_new, .visit = visit_new
	};

	return p->n_after && graph_visit(&graph, name, e) ? -1 : 0;
}

static bool comes_after(const struct engine *g, const char *name, const char *other)
{
	struct definition d;
	struct err ignored; /* of a broken one nobody knows what it comes after */

	if (definition_load(g, name, &d, &ignored))
		return false;
	for (size_t i = 0; i < d.policy.n_after; i++)
		if (!strcmp(d.policy.after[i], other))
			return true;
	return false;
}

int depend_check_unused(const struct engine *g, const char *name, struct err *e)
{
	struct names users = { .n = 0 };
	char **names;
	size_t n;

	if (definition_list(g, &names, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) && comes_after(g, names[i], name))
			add(&users, names[i], "");
	return users.n ? err_kind(e, ERR_STATE, 0, "these come after it: %s", users.text) : 0;
}
