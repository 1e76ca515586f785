/*
 * wait.c - one poll over the monitors of all, and one inotify for those that have none.
 *
 *	look --> done                                    the condition holds, or cannot come true
 *	     --> up: ask its monitor --> END             done
 *	     |                       --> connection ends look again
 *	     '-> down                --> inotify         look again
 */
#define _GNU_SOURCE
#include "engine/wait.h"

#include "base/clock.h"
#include "base/own.h"
#include "engine/history.h"
#include "engine/look.h"
#include "engine/up.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>

enum { TRIES = 100, PAUSE_MS = 5 };

struct wait {
	const struct engine *g;
	struct waiting *v;
	size_t n;
	int condition, watch;
};

static void finish(struct waiting *w, int code)
{
	w->done = true;
	w->code = code;
	own_fd_drop(&w->sock);
}

/* ---- where nobody tells ---- */

static bool holds(int condition, const struct look *l)
{
	const enum life_state s = l->state;

	switch (condition) {
	case CTL_STOPPED: /* a monitor without a container is about to make one */
		return !l->up && (s == LIFE_CONFIGURED || s == LIFE_EXITED);
	case WAIT_CONFIGURED:
		return !l->up && s == LIFE_CONFIGURED;
	case CTL_CREATED:
		return s == LIFE_CREATED;
	case CTL_RUNNING:
		return s == LIFE_RUNNING;
	case CTL_PAUSED:
		return s == LIFE_PAUSED;
	case CTL_STOPPING:
		return s == LIFE_STOPPING;
	case CTL_RESTARTING:
		return s == LIFE_RESTARTING;
	case CTL_HEALTHY:
		return l->has_health && l->health.status == HEALTH_HEALTHY;
	case CTL_UNHEALTHY:
		return l->has_health && l->health.status == HEALTH_UNHEALTHY;
	default: /* an event, no state */
		return false;
	}
}

static bool is_end(int condition)
{
	return condition == CTL_STOPPED || condition == CTL_NEXT_EXIT || condition == CTL_REMOVED;
}

static int code_of(const struct wait *x, const struct look *l)
{
	if (!is_end(x->condition))
		return -1;
	return l->has_end ? (int)l->end.code : 0;
}

/* An end that came between two looks. */
static bool is_new_end(struct waiting *w, const struct look *l)
{
	const int64_t start = l->has_end ? l->end.start : -1;
	const int64_t ms = l->has_end ? l->end.boot_ms : -1;

	if (!w->begun) {
		w->begun = true;
		w->seen_start = start;
		w->seen_ms = ms;
	}
	return l->has_end && (start != w->seen_start || ms != w->seen_ms);
}

static void watch(const struct wait *x, const char *path)
{
	/* One that is not there appears in the one above. */
	(void)inotify_add_watch(x->watch, path,
	                        IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR);
}

static void watch_places(const struct wait *x, const char *name)
{
	struct arena *a = x->g->arena;

	(void)mkdir(x->g->root, 0700); /* after a boot nothing has made it yet */
	watch(x, x->g->root);
	watch(x, arena_printf(a, "%s/%s", x->g->root, name));
	watch(x, x->g->store);
	const char *dir = definition_find(x->g, name);
	if (dir)
		watch(x, arena_printf(a, "%s/..", dir));
}

/* ---- the monitor ---- */

static int subscribe(const struct wait *x, struct waiting *w, struct err *e)
{
	const struct ctl_request r = { .type = CTL_REQUEST,
		                       .format = MONITOR_FORMAT,
		                       .verb = CTL_WAIT,
		                       .value = x->condition == WAIT_CONFIGURED ? CTL_REMOVED
		                                                                : x->condition };
	struct ctl_reply reply;

	if (up_ask(x->g, w->name, NULL, &r, &reply, &w->sock, e))
		return -1;
	if (!reply.failed)
		return 0;
	*e = reply.err;
	own_fd_drop(&w->sock);
	return -1;
}

/* ---- one of them ---- */

/* It is gone, or never was: the log may know how it ended. */
static int look_back(const struct wait *x, struct waiting *w, struct err *e)
{
	int code;

	if (history_last_code(x->g, w->name, &code)) {
		finish(w, is_end(x->condition) ? code : -1);
		return is_end(x->condition)
		           ? 0
		           : err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" has been removed",
		                      w->name);
	}
	if (w->begun && x->condition == CTL_REMOVED) { /* it never ran */
		finish(w, 0);
		return 0;
	}
	return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" %s", w->name,
	                w->begun ? "has been removed" : "does not exist");
}

static bool exists(const struct wait *x, const char *name)
{
	struct stat st;

	return definition_find(x->g, name) ||
	       !stat(arena_printf(x->g->arena, "%s/%s/plan", x->g->root, name), &st);
}

/* 1: its keeper is there, and no monitor answers. */
static int look_once(const struct wait *x, struct waiting *w, struct err *e)
{
	struct look l;

	if (!exists(x, w->name))
		return look_back(x, w, e);
	if (look_at(x->g, w->name, &l, e))
		return -1;
	const bool ended = is_new_end(w, &l);
	if (holds(x->condition, &l) || (x->condition == CTL_NEXT_EXIT && ended)) {
		finish(w, code_of(x, &l));
		return 0;
	}
	if (!l.up || !subscribe(x, w, e))
		return 0;
	return e->no == ENOENT ? 1 : -1;
}

/*
 * A keeper whose monitor has said goodbye is about to end, which no file tells when that monitor
 * was killed over its last ones. What has no monitor for longer is told by inotify.
 */
static int look_until_clear(const struct wait *x, struct waiting *w, struct err *e)
{
	const struct timespec pause = { .tv_sec = 0, .tv_nsec = PAUSE_MS * 1000000L };
	int r;

	watch_places(x, w->name);
	for (int i = 0; (r = look_once(x, w, e)) > 0 && i < TRIES; i++)
		(void)nanosleep(&pause, NULL);
	return r > 0 ? 0 : r;
}

/* It may last for months: what a look takes is given back. */
static int look_at_one(const struct wait *x, struct waiting *w, struct err *e)
{
	struct arena a = { 0 };
	struct engine g = *x->g;
	struct wait once = *x;

	g.arena = &a;
	once.g = &g;
	int failed = look_until_clear(&once, w, e);
	arena_free(&a);
	return failed;
}

static int hear(const struct wait *x, struct waiting *w, struct err *e)
{
	struct ctl_reply reply;

	if (ctl_recv_reply(w->sock, &reply, 0) > 0 && reply.type == CTL_END) {
		finish(w, is_end(x->condition) ? (int)reply.code : -1);
		return 0;
	}
	own_fd_drop(&w->sock);
	return look_at_one(x, w, e);
}

/* ---- all of them ---- */

static bool all_done(const struct wait *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (!x->v[i].done)
			return false;
	return true;
}

static int look_at_silent(const struct wait *x, struct err *e)
{
	for (size_t i = 0; i < x->n; i++)
		if (!x->v[i].done && x->v[i].sock < 0 && look_at_one(x, &x->v[i], e))
			return -1;
	return 0;
}

static int round_trip(const struct wait *x, struct pollfd *p, int64_t until, struct err *e)
{
	const int64_t left = until < 0 ? -1 : until - clock_ms();
	/* A deadline that has passed by a millisecond is no endless wait. */
	const int ms = until < 0 ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
	char events[4096];

	for (size_t i = 0; i < x->n; i++)
		p[i] = (struct pollfd){ .fd = x->v[i].sock, .events = POLLIN };
	p[x->n] = (struct pollfd){ .fd = x->watch, .events = POLLIN };
	const int ready = poll(p, x->n + 1, ms);
	if (ready < 0)
		return errno == EINTR ? 0 : err_set(e, errno, "poll");
	if (!ready && until >= 0 && clock_ms() >= until)
		return err_set(e, ETIMEDOUT, "wait");
	for (size_t i = 0; ready && i < x->n; i++)
		if (p[i].revents && hear(x, &x->v[i], e))
			return -1;
	if (!p[x->n].revents)
		return 0;
	while (read(x->watch, events, sizeof events) > 0)
		;
	return look_at_silent(x, e);
}

int wait_for_all(const struct engine *g, struct waiting *w, size_t n, int condition,
                 int64_t timeout_ms, struct err *e)
{
	const int64_t until = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
	struct pollfd *p = arena_array(g->arena, n + 1, sizeof *p);
	own_fd fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	const struct wait x = { g, w, n, condition, fd };

	if (fd < 0)
		return err_set(e, errno, "inotify_init1");
	for (size_t i = 0; i < n; i++)
		w[i].sock = -1;
	int failed = look_at_silent(&x, e);
	while (!failed && !all_done(&x))
		failed = round_trip(&x, p, until, e);
	for (size_t i = 0; i < n; i++)
		own_fd_drop(&w[i].sock);
	return failed;
}
