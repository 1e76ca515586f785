/* cmd_upkeep.c - state, cleanup, sync, refresh and top of defined containers. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "cli/command.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "engine/up.h"
#include "monitor/journal.h"
#include "oci/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NOT_RUNNING = 126 };

static int refuse(const char *what, const char *name, const struct look *l, struct err *e)
{
	return err_kind(e, ERR_STATE, 0, "cannot %s container %s: it is %s", what, name,
	                life_state_name(l->state));
}

static int look(struct args *a, const char *name, struct look *ret, struct err *e)
{
	const struct engine g = engine_of(a);

	a->failure = ENGINE_FAILURE;
	return is_defined(a, name) ? look_at(&g, name, ret, e) : engine_not_defined(a, name, e);
}

/* Until nobody has it for a batch; unless that is us. */
static int wait_for_batch(const struct args *a, const char *name, struct err *e)
{
	const struct engine g = engine_of(a);
	const struct ctl_request r = engine_request(CTL_BATCH, 0, 0);
	struct ctl_reply reply;

	return up_ask(&g, name, NULL, &r, &reply, NULL, e) && e->no != ENOENT ? -1 : 0;
}

int engine_check_exec(struct args *a, struct err *e)
{
	struct look l;

	a->failure = ENGINE_FAILURE;
	if (wait_for_batch(a, a->rest[0], e) || look(a, a->rest[0], &l, e))
		return -1;
	if (l.state == LIFE_RUNNING || l.state == LIFE_STOPPING ||
	    (l.state == LIFE_PAUSED && a->ignore_paused))
		return 0;
	a->failure = NOT_RUNNING;
	return refuse("exec in", a->rest[0], &l, e);
}

int engine_check_runs(struct args *a, const char *what, struct err *e)
{
	struct look l;

	if (look(a, a->rest[0], &l, e))
		return -1;
	return l.up && l.life.pid ? 0 : refuse(what, a->rest[0], &l, e);
}

/* ---- state ---- */

int engine_record(struct args *a, const char *name, struct record *ret, const char **ret_status,
                  struct err *e)
{
	const struct verb v = { .arena = a->arena, .root = a->root, .id = name };
	const struct engine g = engine_of(a);
	struct definition d;
	enum status s;

	if (!verb_look(&v, ret, &s, e)) {
		*ret_status = status_name(s);
		ret->pid = s == STATUS_STOPPED ? 0 : ret->pid;
		return 0;
	}
	if (e->kind != ERR_NO_CONTAINER || definition_load(&g, name, &d, e))
		return -1;
	*ret = (struct record){ .oci_version = d.spec.oci_version,
		                .id = arena_strdup(a->arena, name),
		                .bundle = d.dir,
		                .rootfs = d.spec.root->path,
		                .annotations = d.spec.annotations,
		                .n_annotations = d.spec.n_annotations };
	*ret_status = status_name(STATUS_STOPPED);
	return 0;
}

int engine_state(struct args *a, struct err *e)
{
	struct record r = { 0 };
	const char *status;
	struct look l;

	if (look(a, a->rest[0], &l, e) || engine_record(a, a->rest[0], &r, &status, e))
		return -1;
	puts(status_text(a->arena, &r, status, r.pid, 2));
	return 0;
}

/* ---- cleanup, which is delete, too ---- */

static int wait_for_end(struct args *a, const char *name, struct err *e)
{
	const struct engine g = engine_of(a);
	const struct ctl_request r = engine_request(CTL_WAIT, CTL_NEXT_EXIT, 0);
	struct ctl_reply reply;
	int sock;

	if (up_ask(&g, name, NULL, &r, &reply, &sock, e))
		return e->no == ENOENT ? 0 : -1;
	(void)up_hear(&g, name, sock, &reply); /* its end is one, too */
	close(sock);
	return 0;
}

static int stop(struct args *a, const char *name, int64_t ms, struct err *e)
{
	return engine_ask(a, name, NULL, CTL_STOP, ms, e) && e->no != ENOENT ? -1 : 0;
}

static int take_apart(struct args *a, const char *name, struct err *e)
{
	struct look l;

	if (look(a, name, &l, e))
		return -1;
	switch (l.state) {
	case LIFE_CREATED:
		return stop(a, name, 0, e);
	case LIFE_RUNNING:
	case LIFE_PAUSED:
	case LIFE_STOPPING:
		return a->force ? stop(a, name, -1, e) : refuse("clean up", name, &l, e);
	case LIFE_STOPPED:
		return wait_for_end(a, name, e);
	case LIFE_RESTARTING:
	case LIFE_UNKNOWN:
		return a->force ? stop(a, name, -1, e) : 0;
	case LIFE_CONFIGURED:
	case LIFE_EXITED:
	case LIFE_REMOVING:
		break;
	}
	return 0;
}

static int clean_up(struct args *a, const char *name, int64_t ms, struct err *e)
{
	(void)ms;
	return take_apart(a, name, e) || (a->remove && engine_remove(a, name, e)) ? -1 : 0;
}

int cmd_cleanup(struct args *a, struct err *e)
{
	return engine_each(a, clean_up, 0, e);
}

/* ---- sync ---- */

static int sync_named(struct args *a, const char *name, int64_t ms, struct err *e)
{
	struct look l;

	(void)ms;
	if (look(a, name, &l, e))
		return -1;
	if (l.state == LIFE_UNKNOWN) {
		*e = l.why;
		return err_ctx(e, "container %s", name);
	}
	journal_write(a->root, name, EVENT_SYNC, JOURNAL_END);
	return 0;
}

int cmd_sync(struct args *a, struct err *e)
{
	return engine_each(a, sync_named, 0, e);
}

/* ---- refresh ---- */

/* What it is to be brought back to, kept until it is there: the next refresh goes on. */
#define MARK "refresh"

static enum life_state goal_of(const struct look *l)
{
	if (l->state == LIFE_CREATED || l->state == LIFE_PAUSED)
		return l->state;
	return look_is_live(l) ? LIFE_RUNNING : LIFE_CONFIGURED;
}

/* Takes a mark that a killed refresh has left, or makes one. */
static int mark(const struct look *l, const struct ctr *c, enum life_state *ret, struct err *e)
{
	char text[16];

	if (fd_read_text(c->dir, MARK, text, sizeof text) == 2 && *text >= '0' &&
	    *text <= '0' + LIFE_PAUSED) {
		*ret = (enum life_state)(*text - '0');
		return 0;
	}
	*ret = goal_of(l);
	snprintf(text, sizeof text, "%d\n", (int)*ret);
	return fd_replace(c->dir, MARK, text, strlen(text), 0600, e);
}

static int bring_to(struct args *a, const struct definition *d, enum life_state goal, struct err *e)
{
	if (goal == LIFE_CONFIGURED)
		return 0;
	if (goal == LIFE_CREATED)
		return engine_ask(a, d->name, d, CTL_INIT, -1, e);
	if (engine_ask(a, d->name, d, CTL_START, -1, e))
		return -1;
	return goal == LIFE_PAUSED ? engine_ask(a, d->name, NULL, CTL_PAUSE, -1, e) : 0;
}

static int refresh(struct args *a, const char *name, int64_t ms, struct err *e)
{
	const struct engine g = engine_of(a);
	enum life_state goal;
	struct definition d;
	struct look l;
	struct ctr c;

	if (look(a, name, &l, e) || definition_load(&g, name, &d, e))
		return -1;
	if (d.policy.remove && look_is_live(&l))
		return err_kind(e, ERR_STATE, 0,
		                "cannot refresh container %s: it is removed when it stops", name);
	if (ctr_make(a->root, name, &c, e))
		return -1;
	int failed = mark(&l, &c, &goal, e);
	if (!failed)
		failed = ctr_unlock(&c, e);
	if (!failed)
		failed = stop(a, name, ms, e) || bring_to(a, &d, goal, e) ? -1 : 0;
	if (!failed)
		(void)unlinkat(c.dir, MARK, 0); /* one that stays is obeyed once more */
	ctr_close(&c);
	if (!failed)
		journal_write(a->root, name, EVENT_REFRESH, JOURNAL_END);
	return failed;
}

int cmd_refresh(struct args *a, struct err *e)
{
	int64_t ms;

	return engine_time_ms(a, &ms, e) ? -1 : engine_each(a, refresh, ms, e);
}

/* ---- top ---- */

int cmd_top(struct args *a, struct err *e)
{
	return engine_check_runs(a, "list the processes of", e) ? -1 : cmd_ps(a, e);
}
