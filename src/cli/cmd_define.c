/* cmd_define.c - define and rm. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/json_edit.h"
#include "base/own.h"
#include "cli/command.h"
#include "engine/depend.h"
#include "engine/look.h"
#include "engine/rouse.h"
#include "engine/up.h"
#include "kernel/cgroup.h"
#include "monitor/journal.h"
#include "store/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct setting { /* an option, and the annotation it becomes */
	const char *name, *value;
};

static char *set(const struct args *a, char *text, const char *name, const char *value)
{
	const char *keys[] = { "annotations", arena_printf(a->arena, POLICY_PREFIX "%s", name) };

	return value && text ? json_edit(a->arena, text, keys, 2, json_quote(a->arena, value))
	                     : text;
}

static char *add_policy(const struct args *a, char *text)
{
	const struct setting settings[] = {
		{ "restart", a->restart },
		{ "after", a->after },
		{ "stop-signal", a->stop_signal },
		{ "stop-timeout", a->stop_timeout },
		{ "log", a->log_to },
		{ "cgroup-parent", a->cgroup_parent },
		{ "health-cmd", a->health_cmd },
		{ "health-interval", a->health_interval },
		{ "health-timeout", a->health_timeout },
		{ "health-retries", a->health_retries },
		{ "health-start-period", a->health_start },
		{ "health-on-failure", a->health_action },
		{ "remove", a->remove ? "true" : NULL },
		{ "stdin", a->interactive ? "true" : NULL },
	};

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		text = set(a, text, settings[i].name, settings[i].value);
	return text;
}

/* The bundle's configuration, byte for byte but for root.path, which must hold from anywhere. */
static char *from_bundle(const struct args *a, struct err *e)
{
	const char *const root_path[] = { "root", "path" };
	char dir[PATH_MAX], *text;
	struct spec s = { 0 };
	size_t len;

	if (!realpath(a->bundle, dir)) {
		err_set(e, errno, "--bundle: %s", a->bundle);
		return NULL;
	}
	own_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err_set(e, errno, "--bundle: %s", a->bundle);
		return NULL;
	}
	if (fd_read_file(a->arena, fd, "config.json", SPEC_SIZE_MAX, &text, &len, e) ||
	    spec_load(a->arena, text, len, &s, e)) {
		err_ctx(e, "bundle %s", a->bundle);
		return NULL;
	}
	if (*s.root->path == '/')
		return text;
	return json_edit(a->arena, text, root_path, 2,
	                 json_quote(a->arena, arena_printf(a->arena, "%s/%s", dir, s.root->path)));
}

static int check_source(const struct args *a, struct err *e)
{
	if (!a->bundle == !a->rootfs)
		return err_kind(e, ERR_USAGE, 0, "define: give either --bundle or --rootfs");
	if (a->bundle && a->n_rest > 1)
		return err_kind(e, ERR_USAGE, 0,
		                "define: a command goes with --rootfs only; a bundle has its "
		                "config.json");
	return a->bundle && config_check_bundle(a, e) ? err_ctx(e, "define") : 0;
}

static int check_health(const struct args *a, struct err *e)
{
	const struct given options[] = {
		{ "health-interval", a->health_interval },
		{ "health-timeout", a->health_timeout },
		{ "health-retries", a->health_retries },
		{ "health-start-period", a->health_start },
		{ "health-on-failure", a->health_action },
	};

	return args_refuse(options, sizeof options / sizeof *options, "goes with --health-cmd", e);
}

static int is_free(const struct engine *g, const char *name, struct err *e)
{
	struct record r = { 0 };
	struct err none;

	if (definition_find(g, name))
		return err_kind(e, ERR_STATE, 0, "container \"%s\" is already defined", name);
	if (!record_load(g->arena, g->root, name, &r, &none) || none.kind != ERR_NO_CONTAINER)
		return err_kind(e, ERR_STATE, 0, "container with given ID already exists");
	return 0;
}

int cmd_define(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	const char *name = a->rest[0];
	struct policy p;
	struct spec s = { 0 };

	if (!a->definitions)
		return err_kind(
		    e, ERR_USAGE, 0,
		    "define: --root, and a user who is not root, have no definitions without "
		    "--store");
	if (ctr_check_id(name, e) || check_source(a, e) || is_free(&g, name, e))
		return -1;
	char *text = a->bundle ? from_bundle(a, e) : config_from_rootfs(a, e);
	if (!text)
		return -1;
	text = add_policy(a, text);
	if (!text)
		return err_kind(e, ERR_CONFIG, 0, "config.json: annotations: expected an object");
	/* What is kept is what will be read. */
	if (config_check_size(text, e) || spec_load(a->arena, text, strlen(text), &s, e) ||
	    policy_read(a->arena, &s, &p, e))
		return err_ctx(e, "define %s", name);
	if (!s.process)
		return err_kind(e, ERR_CONFIG, 0, "define %s: config.json: process: missing", name);
	if (!p.health_cmd && check_health(a, e))
		return err_ctx(e, "define %s", name);
	if (depend_check_new(&g, name, &p, e))
		return err_ctx(e, "define %s", name);
	if (definition_make(&g, name, text, strlen(text), e))
		return -1;
	journal_write(g.root, name, EVENT_DEFINE, JOURNAL_END);
	return 0;
}

/* ---- rm ---- */

static int stop_first(const struct engine *g, const struct args *a, const char *name, struct err *e)
{
	struct ctl_reply reply;
	int64_t ms;

	if (engine_time_ms(a, &ms, e))
		return -1;
	const struct ctl_request r = engine_request(CTL_STOP, 0, ms);
	if (!up_ask(g, name, NULL, &r, &reply, NULL, e))
		return 0;
	return e->no == ENOENT ? 0 : -1;
}

static bool is_live(const struct look *l)
{
	return l->up && l->state != LIFE_CONFIGURED && l->state != LIFE_EXITED;
}

/* Is there anything to be removed? A definition, or what a killed command has left of one. */
static int check_removable(const struct engine *g, const char *name, struct err *e)
{
	const char *dir = definition_find(g, name);
	const char *plan = arena_printf(g->arena, "%s/%s/plan", g->root, name);

	if (dir && strncmp(dir, g->store, strlen(g->store)))
		return err_kind(e, ERR_STATE, 0, "%s is not removed: it is the system's", dir);
	if (dir || definition_has_store(g, name) || !faccessat(AT_FDCWD, plan, F_OK, 0))
		return 0;
	return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", name);
}

static int not_there(struct args *a, const struct engine *g, const char *name, struct err *e)
{
	(void)engine_not_defined(a, name, e);
	if (e->kind == ERR_NO_CONTAINER) {
		a->failure = 1;
		up_sweep(g, name);
	}
	return -1;
}

/* One that cannot be looked at, for damage, is removed by force only. */
static int check_ended(struct args *a, const struct engine *g, const char *name, struct err *e)
{
	struct look l = { 0 };

	if (look_at(g, name, &l, e))
		return a->force ? 0 : -1;
	if (!is_live(&l) || a->force)
		return 0;
	a->failure = 2;
	return err_kind(e, ERR_STATE, 0,
	                "cannot remove container %s: it is %s (stop it, or use --force)", name,
	                life_state_name(l.state));
}

/* Whoever starts it meanwhile is stopped again. */
int engine_remove(struct args *a, const char *name, struct err *e)
{
	enum { TRIES = 2000, TRIES_FAIR = 400, PAUSE_MS = 5 };
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	const struct engine g = engine_of(a);

	if (ctr_check_id(name, e))
		return -1;
	if (check_removable(&g, name, e))
		return e->kind == ERR_NO_CONTAINER ? not_there(a, &g, name, e) : -1;
	if (depend_check_unused(&g, name, e))
		return err_ctx(e, "cannot remove container %s", name);
	const char *delegated = up_delegated(&g, name);
	for (int i = 0; i < TRIES; i++) {
		if (check_ended(a, &g, name, e) || stop_first(&g, a, name, e))
			return -1;
		if (!up_remove(&g, name, e)) {
			if (delegated)
				cgroup_drop_leaf(delegated);
			journal_write(g.root, name, EVENT_REMOVE, JOURNAL_END);
			return 0;
		}
		if (e->no != EWOULDBLOCK)
			return -1;
		if (a->force && i >= TRIES_FAIR)
			rouse_kill_keeper(&g, name);
		(void)nanosleep(&pause, NULL);
	}
	return -1;
}

static int remove_named(struct args *a, const char *name, int64_t ms, struct err *e)
{
	(void)ms;
	a->failure = ENGINE_FAILURE;
	return engine_remove(a, name, e);
}

int cmd_rm(struct args *a, struct err *e)
{
	const struct given time = { "time", a->timeout && !a->force };

	if (args_refuse(&time, 1, "goes with --force", e))
		return -1;
	return engine_each(a, remove_named, 0, e);
}
