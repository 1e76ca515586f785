/* sweep.c - the end of a container. */
#define _GNU_SOURCE
#include "oci/sweep.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/cgroup_systemd.h"
#include "oci/hook.h"
#include "oci/rdt.h"
#include "oci/status.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static int kill_first(const struct record *r, struct err *e)
{
	int pidfd;

	if (status_pidfd(r, &pidfd, e))
		return -1;
	own_fd fd = pidfd;
	if (fd < 0)
		return 0;

	struct pollfd p = { .fd = fd, .events = POLLIN };
	if (sys_pidfd_send_signal(fd, SIGKILL) && errno != ESRCH)
		return err_set(e, errno, "kill process %d", (int)r->pid);
	int n = poll(&p, 1, CGROUP_WAIT_MS);
	return n > 0 ? 0
	             : err_set(e, n ? errno : ETIMEDOUT, "wait for the end of process %d",
	                       (int)r->pid);
}

/*
 * Whose processes are in its cgroup? create keeps the configuration when it has taken the cgroup,
 * which had none then; a create that was killed before that may have met the cgroup of another
 * container.
 */
static bool has_cgroup(const struct ctr *c)
{
	return !faccessat(c->dir, "config.json", F_OK, 0);
}

/* With its first process dead a pid namespace is empty, and the directory goes at once. */
static int empty_and_remove(const struct cgroup *cg, bool ours, bool keep, struct err *e)
{
	if ((!keep && !cgroup_try_remove(cg)) || !ours)
		return 0;
	if (keep)
		return cgroup_empty(cg, e);
	return cgroup_kill(cg, e) ? -1 : cgroup_remove(cg, e);
}

static int remove_cgroup(const char *path, const struct record *r, const struct ctr *c,
                         struct err *e)
{
	const bool keep = r && r->keep_cgroup;
	struct cgroup cg = CGROUP_NONE;

	if (r && r->created && !keep && !cgroup_remove_marked(path, r->created))
		return 0;
	if (cgroup_open(path, &cg, e))
		return e->no == ENOENT ? 0 : -1;
	bool taken = r && r->created && !cgroup_is_of(&cg, r->created);
	int failed = taken ? 0 : empty_and_remove(&cg, has_cgroup(c), keep, e);
	cgroup_close(&cg);
	return failed;
}

/*
 * With the cgroup there it is another container's by now, or a slice that others use. Where systemd
 * cannot be asked, it sees by itself that a scope is empty.
 */
void sweep_unit(struct arena *a, const struct record *r)
{
	struct cgroup cg = CGROUP_NONE;
	char line[ERR_LINE_MAX];
	struct err e;

	if (!r->unit)
		return;
	if (!cgroup_open(r->cgroup, &cg, &e)) {
		cgroup_close(&cg);
		return;
	}
	if (e.no == ENOENT && cgroup_unit_stop(a, r->unit, &e))
		log_warning("container %s: the unit %s of systemd may stay: %s", r->id, r->unit,
		            err_text(&e, line, sizeof line));
}

int sweep_load_spec(struct arena *a, const struct ctr *c, struct spec *ret, struct err *e)
{
	char *text;
	size_t len;

	if (fd_read_file(a, c->dir, "config.json", SPEC_SIZE_MAX, &text, &len, e))
		return err_ctx(e, "container %s", c->id);
	return spec_load(a, text, len, ret, e);
}

void sweep_poststop(struct arena *a, const struct spec *s, const struct record *r)
{
	struct err e = { 0 };
	char line[ERR_LINE_MAX];

	if (!s->hooks)
		return;
	/* Each one runs, whatever became of the one before: they clean up. */
	for (size_t i = 0; i < s->hooks->n_poststop; i++)
		if (hook_run(a, "poststop", &s->hooks->poststop[i], 1, r, "stopped", 0, &e))
			log_warning("%s", err_text(&e, line, sizeof line));
}

static void run_poststop(struct arena *a, const struct ctr *c, const struct record *r)
{
	struct spec s = { 0 };
	struct err e;
	char line[ERR_LINE_MAX];

	if (!r->hooks)
		return;
	if (sweep_load_spec(a, c, &s, &e))
		log_warning("poststop hooks are not run: %s", err_text(&e, line, sizeof line));
	else
		sweep_poststop(a, &s, r);
}

/* Of a record that is lost: its default cgroup, or what the configuration says. */
static int find_cgroup(struct arena *a, const struct ctr *c, struct record *ret, struct err *e)
{
	struct cgroup_unit u;
	struct spec s = { 0 };
	const char *path = NULL, *cgroup = NULL;

	if (!sweep_load_spec(a, c, &s, e))
		path = s.linux_->cgroups_path;
	if (cgroup_path(a, path, c->id, &cgroup, e)) {
		if (cgroup_unit_find(a, path, c->id, &u, e))
			return -1;
		cgroup_unit_drop(&u);
		cgroup = u.path;
		ret->unit = arena_strdup(a, u.name);
	}
	ret->id = arena_strdup(a, c->id);
	ret->cgroup = arena_strdup(a, cgroup);
	return 0;
}

int sweep_container(struct arena *a, const char *root, const struct ctr *c, const struct record *r,
                    struct err *e)
{
	struct record lost = { 0 };
	const struct record *at = r ? r : &lost;

	if (!r && find_cgroup(a, c, &lost, e))
		return -1;
	if (r && kill_first(r, e))
		return -1;
	if (at->cgroup && remove_cgroup(at->cgroup, r, c, e))
		return -1;
	sweep_unit(a, at);
	if (r) {
		rdt_remove(a, r);
		run_poststop(a, c, r);
	}
	return ctr_remove(root, c, e);
}

int sweep_unfinished(struct arena *a, const char *root, struct ctr *c, struct err *e)
{
	struct record r = { 0 };
	bool readable = !record_read(a, c, &r, e);

	/* A create that lives holds the lock, which we have: this one was killed. */
	if (readable && !r.creating)
		return err_set(e, 0, "container with given ID already exists");
	if (sweep_container(a, root, c, readable ? &r : NULL, e))
		return -1;
	ctr_close(c);
	return 0;
}
