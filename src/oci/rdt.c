/*
 * rdt.c - the record says which group there is before it is made, so that delete finds it whenever
 * a create or update is killed.
 */
#include "oci/rdt.h"

#include "base/log.h"
#include "spec/check.h"

#include <errno.h>

/* The record owns its strings, and never changes them. */
static char *copy(struct arena *a, const char *s)
{
	return s ? arena_strdup(a, s) : NULL;
}

int rdt_prepare(struct create *c, struct err *e)
{
	const struct spec_intel_rdt *r = c->spec.linux_->intel_rdt;

	if (!r)
		return 0;
	resctrl_name(r, c->id, &c->rdt);
	return resctrl_find(c->arena, &c->rdt.mount, e);
}

int rdt_make(struct create *c, struct err *e)
{
	if (!c->rdt.group)
		return 0;
	c->rdt_made = !resctrl_create(c->arena, &c->rdt, c->spec.linux_->intel_rdt, e);
	return c->rdt_made ? 0 : -1;
}

int rdt_join_init(struct create *c, struct err *e)
{
	return c->rdt.group ? resctrl_join(c->arena, &c->rdt, c->pid, e) : 0;
}

int rdt_of_record(struct arena *a, const struct record *r, struct resctrl *ret, struct err *e)
{
	*ret = (struct resctrl){ 0 };
	if (!r->rdt)
		return 0;
	ret->group = r->rdt;
	ret->own = r->rdt_own;
	ret->monitor = r->rdt_monitor ? r->id : NULL;
	return resctrl_find(a, &ret->mount, e);
}

int rdt_join(struct arena *a, const struct record *r, pid_t pid, struct err *e)
{
	struct resctrl g;

	if (rdt_of_record(a, r, &g, e))
		return -1;
	return g.group ? resctrl_join(a, &g, pid, e) : 0;
}

void rdt_remove(struct arena *a, const struct record *r)
{
	char line[ERR_LINE_MAX];
	struct resctrl g;
	struct err e;

	if (rdt_of_record(a, r, &g, &e)) /* it is mounted no more: the groups went with it */
		return;
	if (g.group && resctrl_remove(a, &g, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
}

/* ---- update ---- */

static int join_all(struct arena *a, const struct resctrl *g, const struct cgroup *cg,
                    struct err *e)
{
	pid_t *pids = NULL;
	size_t n = 0;

	if (cgroup_pids(a, cg, &pids, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (resctrl_join(a, g, pids[i], e) && e->no != ESRCH) /* it has ended meanwhile */
			return -1;
	return 0;
}

static int make_own(struct arena *a, const struct ctr *c, struct record *r, const struct cgroup *cg,
                    const struct spec_intel_rdt *want, struct rdt_update *u, struct err *e)
{
	resctrl_name(want, r->id, &u->group);
	if (resctrl_find(a, &u->group.mount, e))
		return -1;
	r->rdt = copy(a, u->group.group);
	r->rdt_own = true;
	if (!record_write(a, c, r, false, e) && !resctrl_create(a, &u->group, want, e)) {
		if (!join_all(a, &u->group, cg, e))
			return 0;
		rdt_update_undo(a, c, r, u);
		return -1;
	}
	r->rdt = NULL;
	r->rdt_own = false;
	struct err ignored; /* a group on record that is not there harms nobody */
	(void)record_write(a, c, r, false, &ignored);
	return -1;
}

int rdt_update(struct arena *a, const struct ctr *c, struct record *r, const struct cgroup *cg,
               const struct spec_intel_rdt *want, struct rdt_update *ret, struct err *e)
{
	*ret = (struct rdt_update){ 0 };
	if (!want)
		return 0;
	if (check_intel_rdt(want, e))
		return -1;
	if (rdt_of_record(a, r, &ret->group, e))
		return -1;
	if (ret->group.group)
		return resctrl_update(a, &ret->group, want, &ret->old, e);
	return make_own(a, c, r, cg, want, ret, e);
}

void rdt_update_undo(struct arena *a, const struct ctr *c, struct record *r,
                     const struct rdt_update *u)
{
	char line[ERR_LINE_MAX];
	struct err e;

	if (!u->group.group)
		return;
	if (u->old) {
		if (resctrl_restore(a, &u->group, u->old, &e))
			log_warning("%s", err_text(&e, line, sizeof line));
		return;
	}
	rdt_remove(a, r);
	r->rdt = NULL;
	r->rdt_own = false;
	if (record_write(a, c, r, false, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
}
