/* worker.c - one work, by a table. */
#define _GNU_SOURCE
#include "engine/worker.h"

#include "base/fd.h"
#include "base/json_edit.h"
#include "base/log.h"
#include "base/own.h"
#include "engine/checkup.h"
#include "engine/definition.h"
#include "kernel/cgroup.h"
#include "monitor/link.h"
#include "monitor/plan.h"
#include "oci/create.h"
#include "oci/sweep.h"
#include "oci/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct work_on {
	struct arena *arena;
	struct plan plan;
	int value;
};

static int tell_made(const struct create *c, struct err *e)
{
	struct link_msg m = { .type = LINK_MADE,
		              .pid = c->pid,
		              .own_pid_ns = c->record.own_pid_ns };
	const int fds[LINK_FDS] = { c->pidfd, -1, -1 };
	const char *cgroup = c->record.cgroup ? c->record.cgroup : "";

	/* What is cut would be the path of another one. */
	if ((size_t)snprintf(m.cgroup, sizeof m.cgroup, "%s", cgroup) >= sizeof m.cgroup)
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.cgroupsPath: a defined container's is %zu bytes at most",
		                sizeof m.cgroup - 1);
	return link_send(FD_LINK, &m, fds) ? err_set(e, errno, "tell the keeper") : 0;
}

/* As if the definition said it: so it is also found when its record is lost. */
static int place(const struct work_on *w, struct create *c, struct err *e)
{
	const char *const keys[] = { "linux", "cgroupsPath" };
	const char *path = arena_printf(w->arena, "%s/%s", w->plan.cgroup_parent, w->plan.name);
	char *text;
	size_t len;

	own_fd dir = open(w->plan.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open %s", w->plan.bundle);
	if (fd_read_file(w->arena, dir, "config.json", SPEC_SIZE_MAX, &text, &len, e))
		return -1;
	c->config = json_edit(w->arena, text, keys, 2, json_quote(w->arena, path));
	if (!c->config)
		return err_kind(e, ERR_CONFIG, 0, "config.json: linux: expected an object");
	c->config_len = strlen(c->config);
	c->delegated = w->plan.delegated ? w->plan.cgroup_parent : NULL;
	return 0;
}

static int work_create(const struct work_on *w, struct err *e)
{
	struct create c;

	create_init(&c, w->arena, w->plan.root, w->plan.name);
	c.bundle = w->plan.bundle;
	c.clone_parent = true;
	if (w->plan.terminal)
		c.console_fd = FD_LISTEN;
	int failed = *w->plan.cgroup_parent ? place(w, &c, e) : 0;
	if (!failed)
		failed = create_container(&c, e);
	if (!failed)
		failed = tell_made(&c, e);
	create_close(&c);
	return failed;
}

static struct verb verb_of(const struct work_on *w)
{
	return (struct verb){ .arena = w->arena, .root = w->plan.root, .id = w->plan.name };
}

static int work_start(const struct work_on *w, struct err *e)
{
	const struct verb v = verb_of(w);

	return verb_start(&v, e);
}

static int work_signal(const struct work_on *w, struct err *e)
{
	const struct verb v = verb_of(w);

	return verb_kill(&v, w->value, true, e);
}

static int work_sweep(const struct work_on *w, struct err *e)
{
	struct record r = { 0 };
	struct ctr c;

	if (ctr_open_locked(w->plan.root, w->plan.name, &c, e))
		return -1;
	const bool none = record_read(w->arena, &c, &r, e) && e->kind == ERR_NO_CONTAINER;
	if (none) /* an empty one, of who was killed in its first write, goes as well */
		(void)unlinkat(c.dir, "state.json", 0);
	/* Behind the record comes this file: what has it is there, and has lost its record. */
	const bool never_was = none && faccessat(c.dir, "config.json", F_OK, 0);
	int failed =
	    never_was ? 0 : sweep_container(w->arena, w->plan.root, &c, r.id ? &r : NULL, e);
	ctr_close(&c);
	if (w->plan.delegated)
		cgroup_take_back(w->plan.cgroup_parent);
	return failed;
}

static int work_remove(const struct work_on *w, struct err *e)
{
	struct ctr c;

	if (ctr_open_locked(w->plan.root, w->plan.name, &c, e))
		return -1;
	int failed = definition_remove_planned(w->arena, &w->plan, e);
	ctr_close(&c);
	return failed;
}

/* clang-format off */
static const struct {
	const char *name;
	int (*run)(const struct work_on *w, struct err *e);
} works[] = {
	{ "create", work_create },
	{ "start", work_start },
	{ "signal", work_signal },
	{ "sweep", work_sweep },
	{ "remove", work_remove },
};
/* clang-format on */

static int work_by_name(struct work_on *w, const char *work, struct err *e)
{
	const size_t n = strcspn(work, " ");

	w->value = (int)strtol(work + n, NULL, 10);
	for (size_t i = 0; i < sizeof works / sizeof *works; i++)
		if (strlen(works[i].name) == n && !memcmp(works[i].name, work, n))
			return works[i].run(w, e);
	return err_set(e, 0, "this version of scow does not know the work \"%s\"", work);
}

/* The keeper is protected from the OOM killer; the container, and what it runs, is not. */
static void give_back_score(const struct plan *p)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)p->oom_score_adj);
	(void)fd_put(AT_FDCWD, "/proc/self/oom_score_adj", text);
}

int worker_main(struct arena *a, const char *work, struct err *e)
{
	struct work_on w = { .arena = a };
	struct link_msg m = { .type = LINK_DONE };
	struct err why = { 0 };
	const bool checks = !strncmp(work, "health ", 7);

	const int unread = plan_read_as("worker", work, FD_DIR, &w.plan, &why);
	log_child(); /* our stderr is the container's */
	if (!unread)
		give_back_score(&w.plan);
	/* Beside another worker, and without a word to the keeper. */
	if (checks) {
		*e = why;
		return unread ? -1 : checkup(a, &w.plan, FD_DIR, e);
	}
	m.failed = unread || work_by_name(&w, work, &why);
	m.err = why;
	return link_send(FD_LINK, &m, NULL) ? err_set(e, errno, "tell the keeper") : 0;
}
