/* recover.c - the end of a container that nobody has seen: swept, recorded, and told. */
#define _GNU_SOURCE
#include "engine/recover.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"
#include "engine/definition.h"
#include "kernel/cgroup.h"
#include "monitor/journal.h"
#include "monitor/life.h"
#include "monitor/link.h"
#include "monitor/monitor.h"
#include "oci/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another boot has nothing to be restarted: `boot` decides about that. */
static bool is_of_this_boot(const struct life *l)
{
	char boot_id[PROC_BOOT_ID_LEN + 1];

	return !proc_boot_id(boot_id) && !strcmp(boot_id, l->boot_id);
}

/* A pid on record may be anybody's by now: our monitor has the container's directory open. */
static bool has_monitor(int dir, const struct life *l)
{
	struct stat ours, its;
	char path[48];

	snprintf(path, sizeof path, "/proc/%lld/fd/%d", (long long)l->monitor, FD_DIR);
	return !fstat(dir, &ours) && !stat(path, &its) && its.st_dev == ours.st_dev &&
	       its.st_ino == ours.st_ino;
}

static struct end lost(int dir, const struct life *l, const char *reason)
{
	struct end x = { .format = MONITOR_FORMAT,
		         .code = 137,
		         .start = l->start,
		         .restarts = l->restarts,
		         .clock_unset = when_is_unset() };

	/* Its keeper has lost the lock. The monitor may be about to say so, and we are quicker. */
	if (!reason)
		reason = has_monitor(dir, l) ? END_KEEPER : END_MONITOR;
	if (!is_of_this_boot(l))
		reason = END_POWER;
	snprintf(x.reason, sizeof x.reason, "%s", reason);
	memcpy(x.began, l->began, sizeof x.began);
	memcpy(x.boot_id, l->boot_id, sizeof x.boot_id);
	when_now(x.ended);
	return x;
}

static void keep_end(int dir, const char *store, const struct end *x)
{
	char line[ERR_LINE_MAX];
	struct err e;

	if (end_write(dir, x, false, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
	own_fd fd = store && *store ? open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0 && end_write(fd, x, true, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
}

/* The end that its monitor recorded before it was killed, else that it is not known. */
static void find_end(int dir, struct life *l, bool lived, const char *reason, struct end *ret)
{
	struct err ignored;

	if (lived && !end_read(dir, ret, &ignored) && end_is_of(ret, l))
		return;
	if (!lived) /* its record is in /run: it was of this boot */
		(void)proc_boot_id(l->boot_id);
	*ret = lost(dir, l, reason);
}

/* A definition that was removed meanwhile takes all of it along. */
static int forget_life(const char *root, const struct ctr *c, const struct plan *p, struct err *e)
{
	char path[PLAN_PATH_MAX + 16];

	(void)unlinkat(c->dir, "life", 0);
	(void)unlinkat(c->dir, "plan", 0);
	snprintf(path, sizeof path, "%s/config.json", p->bundle);
	if (*p->bundle && faccessat(AT_FDCWD, path, F_OK, 0) && errno == ENOENT)
		return ctr_remove(root, c, e);
	return 0;
}

/* As its monitor would have done at the final exit. */
static void remove_definition(struct arena *a, const char *root, const struct plan *p)
{
	char line[ERR_LINE_MAX];
	struct err e;

	if (definition_remove_planned(a, p, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
	else
		journal_write(root, p->name, EVENT_REMOVE, JOURNAL_END);
}

static void tell(const char *root, const char *name, const struct end *x)
{
	char code[24];

	if (!strcmp(x->reason, END_KEEPER))
		journal_write(root, name, EVENT_KEEPER_LOST, JOURNAL_END);
	else if (!strcmp(x->reason, END_MONITOR))
		journal_write(root, name, EVENT_MONITOR_LOST, JOURNAL_END);
	snprintf(code, sizeof code, "%d", (int)x->code);
	journal_write(root, name, EVENT_DIED, "code", code, "reason", x->reason, JOURNAL_END);
	journal_write(root, name, EVENT_CLEANUP, JOURNAL_END);
}

/* What the next monitor goes on from: the back-off, as if the last one had lived. */
static int plan_restart(int dir, struct life *l, struct err *e)
{
	l->state = LIFE_RESTARTING;
	l->pid = l->monitors = 0;
	l->restarts++;
	l->until_ms = clock_ms() + ending_backoff_ms(l->failures++);
	return life_write(dir, l, e);
}

/* Its record is empty, of a create that was killed in its first write, or has been lost. */
static int sweep_unrecorded(struct arena *a, const char *root, const struct ctr *c, struct err *e)
{
	(void)unlinkat(c->dir, "state.json", 0);
	return faccessat(c->dir, "config.json", F_OK, 0) ? 0 : sweep_container(a, root, c, NULL, e);
}

int recover_sweep(struct arena *a, const char *root, const struct ctr *c, bool *ret, struct err *e)
{
	struct record r = { 0 };
	struct err why;

	const bool planned = !faccessat(c->dir, "plan", F_OK, 0);
	*ret = !record_read(a, c, &r, &why) || why.kind != ERR_NO_CONTAINER;
	/* Of a transient one that was never more than its empty record there is nothing to lose. */
	if (!*ret && (planned || faccessat(c->dir, "config.json", F_OK, AT_SYMLINK_NOFOLLOW)))
		return sweep_unrecorded(a, root, c, e);
	if (!*ret)
		return 0;
	if (!planned)
		return err_kind(e, ERR_STATE, 0,
		                "container %s was made by create or run: it is not the defined one",
		                c->id);
	return sweep_container(a, root, c, r.id ? &r : NULL, e);
}

int recover(struct arena *a, const char *root, const struct ctr *c, const char *reason,
            bool *ret_restart, struct err *e)
{
	struct plan *p = arena_alloc(a, sizeof *p);
	struct life l = { 0 };
	struct err ignored;
	bool recorded;

	*ret_restart = false;
	if (recover_sweep(a, root, c, &recorded, e))
		return -1;
	const bool lived = !life_read(c->dir, &l, &ignored);
	*p = (struct plan){ 0 };
	(void)plan_read(c->dir, p, &ignored); /* none: no restart, nothing kept */
	if (p->delegated)
		cgroup_take_back(p->cgroup_parent);
	const bool same_boot = is_of_this_boot(&l);
	if (lived && l.state == LIFE_RESTARTING && same_boot) {
		*ret_restart = true; /* there was nothing to be lost but the wait for it */
		return 0;
	}
	if (recorded || (lived && l.state != LIFE_CONFIGURED)) {
		struct end *x = arena_alloc(a, sizeof *x);

		find_end(c->dir, &l, lived, reason, x);
		*ret_restart =
		    lived && same_boot && l.state != LIFE_EXITED && ending_restarts(p, &l, x);
		keep_end(c->dir, *ret_restart || p->remove ? NULL : p->store, x);
		tell(root, c->id, x);
	}
	if (*ret_restart)
		return plan_restart(c->dir, &l, e);
	if (p->remove && lived)
		remove_definition(a, root, p);
	return forget_life(root, c, p, e);
}
