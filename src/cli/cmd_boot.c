/*
 * cmd_boot.c - boot: bring up, at the start of the machine, what its definitions say.
 *
 * One line for each container. What is broken is told and left out, with what comes after it.
 * Nothing is written to the store: the machine may boot ten times a day.
 */
#include "cli/command.h"
#include "engine/depend.h"
#include "engine/look.h"

#include <stdio.h>
#include <string.h>

struct boot {
	struct args *args;
	struct engine engine;
	int failures;
};

/* A user's kill is on record as its end, not as a wish: that is the monitor's to see. */
static bool was_stopped(const struct engine *g, const char *name)
{
	struct look l;
	struct err ignored;

	return !definition_is_desired(g, name) ||
	       (!look_at(g, name, &l, &ignored) && l.state == LIFE_EXITED &&
	        !strcmp(l.end.reason, END_KILLED));
}

static bool is_wanted(const struct engine *g, const struct definition *d)
{
	return d->policy.restart == RESTART_ALWAYS ||
	       (d->policy.restart == RESTART_UNLESS_STOPPED && !was_stopped(g, d->name));
}

static bool is_up(const struct look *l)
{
	return l->up && l->state != LIFE_CONFIGURED && l->state != LIFE_CREATED;
}

static int bring_one(void *ctx, const char *name, struct err *e)
{
	struct boot *b = ctx;
	struct look l;

	if (look_at(&b->engine, name, &l, e))
		return -1;
	if (is_up(&l)) {
		printf("%s: %s already\n", name, life_state_name(l.state));
		return 0;
	}
	if (b->args->dry_run) {
		printf("%s: would be started\n", name);
		return 0;
	}
	if (engine_bring(b->args, &b->engine, name, e))
		return -1;
	printf("%s: started\n", name);
	return 0;
}

static void failed(struct boot *b, const char *name, const struct err *e)
{
	char line[ERR_LINE_MAX];

	b->failures++;
	printf("%s: failed: %s\n", name, err_text(e, line, sizeof line));
}

static void boot_one(struct boot *b, struct graph *graph, const char *name)
{
	struct definition d;
	struct err e;

	if (definition_load(&b->engine, name, &d, &e))
		failed(b, name, &e);
	else if (is_wanted(&b->engine, &d) && graph_visit(graph, name, &e))
		failed(b, name, &e);
	(void)fflush(stdout); /* it is a log of the boot: what hangs must be seen */
}

/* Those that no wanted one comes after. */
static void tell_rest(const struct boot *b, const struct graph *graph, char *const *names, size_t n)
{
	struct definition d;
	struct err ignored; /* it was told */

	for (size_t i = 0; i < n; i++)
		if (!graph_has(graph, names[i]) &&
		    !definition_load(&b->engine, names[i], &d, &ignored))
			printf("%s: stays as it is: %s\n", names[i],
			       policy_restart_name(d.policy.restart));
}

int cmd_boot(struct args *a, struct err *e)
{
	struct boot b = { .args = a };
	char **names;
	size_t n;

	if (!a->once && !a->dry_run)
		return err_kind(e, ERR_USAGE, 0,
		                "boot: give --once (start and return) or --dry-run");
	if (a->n_rest) {
		a->store = a->rest[0];
		if (args_absolute(a, "boot", &a->store, e))
			return -1;
		a->own_store = a->definitions = true;
	}
	if (!a->definitions)
		return err_kind(e, ERR_USAGE, 0,
		                "boot: --root, and a user who is not root, have no definitions "
		                "without --store or DIR");
	b.engine = engine_of(a);
	b.engine.keep_store = true;
	struct depend_walk walk = { .engine = &b.engine, .ctx = &b, .visit = bring_one };
	struct graph graph = depend_graph(&walk);
	if (definition_list(&b.engine, &names, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		boot_one(&b, &graph, names[i]);
	if (a->dry_run)
		tell_rest(&b, &graph, names, n);
	return b.failures > 0;
}
