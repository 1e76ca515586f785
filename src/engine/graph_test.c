/* graph_test.c - orders, cycles, missing names and failures in small graphs. */
#include "engine/graph.h"

#include "test/test.h"

#include <stdio.h>
#include <string.h>

/* "abc": a comes after b and c. */
struct drawn {
	struct arena *arena;
	const char *const *rows;
	char bad;
	char order[32];
};

static int after(void *ctx, const char *name, const char *const **ret, size_t *ret_n, struct err *e)
{
	const struct drawn *d = ctx;

	for (size_t i = 0; d->rows[i]; i++) {
		if (d->rows[i][0] != *name)
			continue;
		const size_t n = strlen(d->rows[i]) - 1;
		const char **v = arena_array(d->arena, n + 1, sizeof *v);

		for (size_t k = 0; k < n; k++)
			v[k] = arena_printf(d->arena, "%c", d->rows[i][k + 1]);
		*ret = v;
		*ret_n = n;
		return 0;
	}
	return err_kind(e, ERR_NO_CONTAINER, 0, "%s is missing", name);
}

static int visit(void *ctx, const char *name, struct err *e)
{
	struct drawn *d = ctx;

	if (*name == d->bad)
		return err_set(e, 0, "%s is bad", name);
	strcat(d->order, name);
	return 0;
}

static int walk(const char *const *rows, char bad, const char *names, char order[32], struct err *e)
{
	struct arena a = { 0 };
	struct drawn d = { .arena = &a, .rows = rows, .bad = bad };
	struct graph g = { .arena = &a, .ctx = &d, .after = after, .visit = visit };
	int failed = 0;

	for (const char *p = names; *p; p++)
		failed |= graph_visit(&g, (char[]){ *p, 0 }, e);
	strcpy(order, d.order);
	arena_free(&a);
	return failed;
}

TEST(graph_orders)
{
	static const char *const diamond[] = { "abc", "bd", "cd", "d", NULL };
	char order[32];
	struct err e;

	CHECK(walk(diamond, 0, "a", order, &e) == 0);
	CHECK_STR(order, "dbca");
	CHECK(walk(diamond, 0, "dabc", order, &e) == 0);
	CHECK_STR(order, "dbca"); /* each once */
}

TEST(graph_fails_what_comes_after)
{
	static const char *const rows[] = { "ab", "bc", "c", "x", NULL };
	char order[32];
	struct err e;

	CHECK(walk(rows, 'b', "xa", order, &e) == -1);
	CHECK_STR(order, "xc");
	CHECK_STR(e.text, "a comes after b: b is bad");
	CHECK(walk(rows, 'b', "ax", order, &e) == -1);
	CHECK_STR(order, "cx"); /* the others go on */
}

TEST(graph_names_cycles_and_missing_ones)
{
	static const char *const ring[] = { "ab", "bc", "cb", "dd", "en", "f", NULL };
	char order[32];
	struct err e;

	CHECK(walk(ring, 0, "a", order, &e) == -1);
	CHECK_STR(order, "");
	CHECK(strstr(e.text, "a cycle: b after c after b"));
	CHECK(walk(ring, 0, "d", order, &e) == -1 && strstr(e.text, "a cycle: d after d"));
	CHECK(walk(ring, 0, "fe", order, &e) == -1);
	CHECK_STR(order, "f");
	CHECK(strstr(e.text, "e comes after n: n is missing"));
}

/* The number N comes after N - 1, down to 1. */
static int chain(void *ctx, const char *name, const char *const **ret, size_t *ret_n, struct err *e)
{
	const struct drawn *d = ctx;
	const char **v = arena_array(d->arena, 1, sizeof *v);
	int i = 0;

	(void)e;
	sscanf(name, "%d", &i);
	v[0] = arena_printf(d->arena, "%d", i - 1);
	*ret = v;
	*ret_n = i > 1;
	return 0;
}

static int no_visit(void *ctx, const char *name, struct err *e)
{
	(void)ctx, (void)name, (void)e;
	return 0;
}

TEST(graph_is_limited)
{
	struct arena a = { 0 };
	struct drawn d = { .arena = &a };
	struct graph g = { .arena = &a, .ctx = &d, .after = chain, .visit = no_visit };
	struct graph h = g;
	struct err e;

	CHECK(graph_visit(&g, "64", &e) == 0 && g.n == 64 && g.depth == 0);
	CHECK(graph_visit(&h, "65", &e) == -1 && h.depth == 0);
	arena_free(&a);
}
