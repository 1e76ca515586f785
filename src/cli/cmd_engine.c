/* cmd_engine.c - what is asked of a defined container. */
#define _GNU_SOURCE
#include "base/log.h"
#include "base/signal.h"
#include "cli/command.h"
#include "engine/definition.h"
#include "engine/depend.h"
#include "engine/look.h"
#include "engine/up.h"
#include "engine/wait.h"
#include "kernel/cgroup.h"
#include "store/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct engine engine_of(const struct args *a)
{
	return (struct engine){
		.arena = a->arena, .root = a->root, .store = a->store, .store_only = a->own_store
	};
}

bool is_planned(const struct args *a, const char *name)
{
	struct err ignored;

	return a->definitions && !ctr_check_id(name, &ignored) &&
	       !faccessat(AT_FDCWD, arena_printf(a->arena, "%s/%s/plan", a->root, name), F_OK, 0);
}

bool is_defined(const struct args *a, const char *name)
{
	const struct engine g = engine_of(a);
	struct err ignored;
	struct stat st;

	if (!a->definitions || ctr_check_id(name, &ignored))
		return false;
	if (is_planned(a, name))
		return true;
	/* What was made by create or run goes before a definition of its name; an empty record is
	 * what a killed create has left. */
	if (!stat(arena_printf(a->arena, "%s/%s/state.json", a->root, name), &st) && st.st_size)
		return false;
	return definition_find(&g, name);
}

static bool is_transient(const struct args *a, const char *name)
{
	struct record r = { 0 };
	struct err none;

	return !is_defined(a, name) && !record_load(a->arena, a->root, name, &r, &none);
}

int engine_not_defined(const struct args *a, const char *name, struct err *e)
{
	if (ctr_check_id(name, e))
		return -1;
	if (is_transient(a, name))
		return err_kind(e, ERR_STATE, 0,
		                "%s is not a defined container: its caller owns it", name);
	return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", name);
}

struct ctl_request engine_request(enum ctl_verb verb, int value, int64_t timeout_ms)
{
	return (struct ctl_request){ .type = CTL_REQUEST,
		                     .format = MONITOR_FORMAT,
		                     .verb = (uint8_t)verb,
		                     .value = value,
		                     .timeout_ms = timeout_ms };
}

int engine_failure(const struct err *e)
{
	if (e->kind == ERR_NO_PROGRAM)
		return 127;
	return e->kind == ERR_NOT_EXECUTABLE ? 126 : ENGINE_FAILURE;
}

/* What the monitor refused, or failed at, becomes ours. */
static int take_reply(struct args *a, const struct ctl_reply *r, struct err *e)
{
	if (!r->failed)
		return 0;
	*e = r->err;
	a->failure = engine_failure(e);
	return -1;
}

static int ask(struct args *a, const struct engine *g, const char *name,
               const struct definition *start, enum ctl_verb verb, int64_t timeout_ms,
               struct err *e)
{
	const struct ctl_request r = engine_request(verb, 0, timeout_ms);
	struct ctl_reply reply;

	a->failure = ENGINE_FAILURE;
	if (up_ask(g, name, start, &r, &reply, NULL, e))
		return -1;
	return take_reply(a, &reply, e);
}

int engine_ask(struct args *a, const char *name, const struct definition *start, enum ctl_verb verb,
               int64_t timeout_ms, struct err *e)
{
	const struct engine g = engine_of(a);

	return ask(a, &g, name, start, verb, timeout_ms, e);
}

static int seconds_ms(const char *option, const char *text, int64_t *ret, struct err *e)
{
	unsigned s;

	*ret = -1;
	if (!text)
		return 0;
	if (args_number(option, text, INT_MAX / 1000, &s, e))
		return -1;
	*ret = (int64_t)s * 1000;
	return 0;
}

int engine_time_ms(const struct args *a, int64_t *ret, struct err *e)
{
	return seconds_ms("--time", a->timeout, ret, e);
}

/* One that runs already needs nothing more. */
int engine_check_depends(const struct engine *g, const struct definition *d, enum ctl_verb verb,
                         struct err *e)
{
	struct look l;

	if (!d->policy.n_after)
		return 0;
	if (look_at(g, d->name, &l, e))
		return -1;
	const bool runs = l.state == LIFE_RUNNING || l.state == LIFE_PAUSED;
	return verb == CTL_START && runs ? 0 : depend_check_up(g, d, e);
}

static int bring_with(struct args *a, const struct engine *g, const char *name, enum ctl_verb verb,
                      int64_t timeout_ms, struct err *e)
{
	struct definition d;

	a->failure = ENGINE_FAILURE;
	if (definition_load(g, name, &d, e))
		return e->kind == ERR_NO_CONTAINER ? engine_not_defined(a, name, e) : -1;
	if (engine_check_depends(g, &d, verb, e))
		return -1;
	if (verb != CTL_INIT && !g->keep_store)
		definition_desire(g, &d, WISH_UP);
	return ask(a, g, name, &d, verb, timeout_ms, e);
}

static int bring(struct args *a, const char *name, enum ctl_verb verb, int64_t timeout_ms,
                 struct err *e)
{
	const struct engine g = engine_of(a);

	return bring_with(a, &g, name, verb, timeout_ms, e);
}

int engine_bring(struct args *a, const struct engine *g, const char *name, struct err *e)
{
	return bring_with(a, g, name, CTL_START, -1, e);
}

static int start_one(void *ctx, const char *name, struct err *e)
{
	return bring(ctx, name, CTL_START, -1, e);
}

static int not_started(struct args *a, const char *name, struct err *e)
{
	a->failure = ENGINE_FAILURE;
	return err_ctx(e, "container %s is not started", name);
}

/* Cycles and missing ones are found before anything is started. */
static int start_with_depends(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct depend_walk look = { .engine = &g };
	struct depend_walk start = { .engine = &g, .ctx = a, .visit = start_one };
	struct graph all = depend_graph(&look), one_by_one = depend_graph(&start);

	for (size_t i = 0; i < a->n_rest; i++)
		if (graph_visit(&all, a->rest[i], e))
			return not_started(a, a->rest[i], e);
	for (size_t i = 0; i < a->n_rest; i++)
		if (graph_visit(&one_by_one, a->rest[i], e))
			return not_started(a, a->rest[i], e);
	return 0;
}

int engine_start_after(struct args *a, const struct definition *d, struct err *e)
{
	const struct engine g = engine_of(a);
	struct depend_walk start = { .engine = &g, .ctx = a, .visit = start_one };
	struct graph one_by_one = depend_graph(&start);

	for (size_t i = 0; i < d->policy.n_after; i++)
		if (graph_visit(&one_by_one, d->policy.after[i], e))
			return not_started(a, d->name, e);
	return 0;
}

int engine_each(struct args *a,
                int (*one)(struct args *a, const char *name, int64_t ms, struct err *e), int64_t ms,
                struct err *e)
{
	char line[ERR_LINE_MAX];
	int failed = 0, failure = 0;
	struct err first;

	for (size_t i = 0; i < a->n_rest; i++) {
		if (!one(a, a->rest[i], ms, e))
			continue;
		if (failed) {
			log_warning("%s", err_text(e, line, sizeof line));
			continue;
		}
		failed = -1;
		failure = a->failure;
		first = *e;
	}
	if (failed) {
		a->failure = failure;
		*e = first;
	}
	return failed;
}

static int start_named(struct args *a, const char *name, int64_t ms, struct err *e)
{
	return bring(a, name, CTL_START, ms, e);
}

static int restart_named(struct args *a, const char *name, int64_t ms, struct err *e)
{
	return bring(a, name, CTL_RESTART, ms, e);
}

int engine_start(struct args *a, struct err *e)
{
	if (a->attach)
		return engine_start_attached(a, e);
	if (a->foreground)
		return engine_front(a, e);
	if (a->recursive)
		return start_with_depends(a, e);
	return engine_each(a, start_named, -1, e);
}

int cmd_init(struct args *a, struct err *e)
{
	return bring(a, a->rest[0], CTL_INIT, -1, e);
}

int cmd_restart(struct args *a, struct err *e)
{
	int64_t ms;

	return engine_time_ms(a, &ms, e) ? -1 : engine_each(a, restart_named, ms, e);
}

static int stop_one(struct args *a, const char *name, int64_t ms, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct look l;

	a->failure = ENGINE_FAILURE;
	if (!is_defined(a, name))
		return engine_not_defined(a, name, e);
	if (definition_load_up(&g, name, &d, e) || look_at(&g, name, &l, e))
		return -1;
	const enum wish wish = l.state == LIFE_CONFIGURED ? WISH_DOWN : WISH_END;
	const bool kept = definition_try_desire(&g, &d, wish);
	if (l.up && engine_ask(a, name, NULL, CTL_STOP, ms, e) && e->no != ENOENT)
		return -1;
	if (!kept)
		definition_desire(&g, &d, wish);
	return 0;
}

int cmd_stop(struct args *a, struct err *e)
{
	int64_t ms;

	a->failure = ENGINE_FAILURE;
	return engine_time_ms(a, &ms, e) ? -1 : engine_each(a, stop_one, ms, e);
}

int engine_kill(struct args *a, int signal, struct err *e)
{
	const struct engine g = engine_of(a);
	const struct ctl_request r = engine_request(CTL_KILL, signal, -1);
	struct ctl_reply reply;

	a->failure = ENGINE_FAILURE;
	if (up_ask(&g, a->rest[0], NULL, &r, &reply, NULL, e)) {
		if (e->no == ENOENT)
			return err_kind(e, ERR_STATE, 0, "container not running");
		return -1;
	}
	return take_reply(a, &reply, e);
}

/* The monitor tells the kernel to; how long that takes is ours to wait. */
static int wait_frozen(const struct engine *g, const char *name, bool on, struct err *e)
{
	struct cgroup cg = CGROUP_NONE;
	struct look l;

	if (look_at(g, name, &l, e))
		return -1;
	if (!l.up || !*l.life.cgroup)
		return 0; /* it has ended meanwhile */
	if (cgroup_open(l.life.cgroup, &cg, e))
		return e->no == ENOENT ? 0 : -1;
	int failed = cgroup_wait_frozen(&cg, on, e);
	cgroup_close(&cg);
	return failed;
}

int engine_freeze(struct args *a, bool on, struct err *e)
{
	const struct engine g = engine_of(a);
	const char *name = a->rest[0];
	struct err ignored;

	if (engine_ask(a, name, NULL, on ? CTL_PAUSE : CTL_UNPAUSE, -1, e))
		return e->no != ENOENT
		           ? -1
		           : err_kind(e, ERR_STATE, 0, "cannot %s container %s: it is not running",
		                      on ? "pause" : "resume", name);
	if (!wait_frozen(&g, name, on, e))
		return 0;
	if (on) /* half frozen would be neither state */
		(void)engine_ask(a, name, NULL, CTL_UNPAUSE, -1, &ignored);
	return -1;
}

/* ---- wait ---- */

static const struct json_word conditions[] = {
	JSON_WORD("stopped", CTL_STOPPED),
	JSON_WORD("exited", CTL_STOPPED),
	JSON_WORD("next-exit", CTL_NEXT_EXIT),
	JSON_WORD("configured", WAIT_CONFIGURED),
	JSON_WORD("created", CTL_CREATED),
	JSON_WORD("initialized", CTL_CREATED),
	JSON_WORD("running", CTL_RUNNING),
	JSON_WORD("paused", CTL_PAUSED),
	JSON_WORD("stopping", CTL_STOPPING),
	JSON_WORD("restarting", CTL_RESTARTING),
	JSON_WORD("removing", CTL_REMOVING),
	JSON_WORD("removed", CTL_REMOVED),
	JSON_WORD("healthy", CTL_HEALTHY),
	JSON_WORD("unhealthy", CTL_UNHEALTHY),
	JSON_WORD_END,
};

static int condition_of(const char *text, int *ret, struct err *e)
{
	*ret = CTL_STOPPED;
	for (const struct json_word *w = conditions; text && *w->word; w++)
		if (!strcmp(w->word, text)) {
			*ret = w->value;
			return 0;
		}
	return text ? err_kind(e, ERR_USAGE, 0,
	                       "--condition: \"%s\" is not stopped, next-exit, removed, healthy, "
	                       "unhealthy or a state",
	                       text)
	            : 0;
}

/* Without a health command it would never come true. */
static int check_health(const struct engine *g, const char *name, int condition, struct err *e)
{
	struct definition d;

	if (condition != CTL_HEALTHY && condition != CTL_UNHEALTHY)
		return 0;
	if (definition_load(g, name, &d, e))
		return -1;
	return d.policy.health_cmd
	           ? 0
	           : err_kind(e, ERR_STATE, 0, "container %s has no health command", name);
}

int cmd_wait(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct waiting *w = arena_array(a->arena, a->n_rest, sizeof *w);
	int64_t ms;
	int condition;

	a->failure = ENGINE_FAILURE;
	if (condition_of(a->condition, &condition, e) ||
	    seconds_ms("--timeout", a->timeout, &ms, e))
		return -1;
	for (size_t i = 0; i < a->n_rest; i++) {
		w[i].name = a->rest[i];
		if (ctr_check_id(w[i].name, e) ||
		    (is_transient(a, w[i].name) && engine_not_defined(a, w[i].name, e)) ||
		    check_health(&g, w[i].name, condition, e))
			return -1;
	}
	int failed = wait_for_all(&g, w, a->n_rest, condition, ms, e);
	for (size_t i = 0; i < a->n_rest && w[i].done; i++)
		printf("%d\n", w[i].code);
	if (failed && e->no == ETIMEDOUT) {
		a->failure = 124;
		return err_set(e, 0, "wait: the time is over");
	}
	return failed;
}
