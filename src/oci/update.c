/*
 * update.c - limits first, since each of them can be taken back; the device program, which is
 * replaced in one step, last. Nothing is recorded, for the cgroup itself knows its limits, but a
 * resctrl group that was not there before.
 */
#include "oci/update.h"

#include "kernel/cgroup_device.h"
#include "kernel/cgroup_limit.h"
#include "kernel/cgroup_systemd.h"
#include "oci/rdt.h"
#include "oci/sweep.h"

/* unit: of systemd, which is to know of the limits; or NULL. */
static int update_cgroup(struct arena *a, const struct cgroup *cg, const char *unit,
                         const struct spec_resources *r, struct err *e)
{
	struct cgroup_setting *undo = NULL;

	if (cgroup_update(a, cg, r, &undo, e))
		return -1;
	if ((!unit || !cgroup_unit_update(a, unit, r, e)) &&
	    !cgroup_device_attach(a, cg, r->devices, r->n_devices, e))
		return 0;
	cgroup_update_undo(cg, undo);
	return -1;
}

/* What config.json says about updates counts when the update does not. */
static void inherit(const struct spec_resources *old, struct spec_resources *r)
{
	if (old && old->memory && old->memory->check_before_update && r->memory)
		r->memory->check_before_update = true;
}

static int update_all(struct arena *a, const struct ctr *c, struct record *record,
                      const struct spec_resources *r, const struct spec_intel_rdt *rdt,
                      struct err *e)
{
	struct cgroup cg = CGROUP_NONE;
	struct rdt_update u;

	if (cgroup_open(record->cgroup, &cg, e))
		return -1;
	cg.delegated = record->delegated;
	int failed = rdt_update(a, c, record, &cg, rdt, &u, e);
	if (!failed && update_cgroup(a, &cg, record->unit, r, e)) {
		rdt_update_undo(a, c, record, &u);
		failed = -1;
	}
	cgroup_close(&cg);
	return failed;
}

static int update(const struct verb *v, const struct ctr *c, const char *resources, size_t len,
                  const struct spec_intel_rdt *rdt, struct err *e)
{
	struct record record = { 0 };
	struct spec_resources r;
	struct spec s = { 0 };
	enum status status;

	if (record_read(v->arena, c, &record, e) || status_of(c->dir, &record, &status, e))
		return -1;
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_kind(e, ERR_STATE, 0, "container not running");
	if (sweep_load_spec(v->arena, c, &s, e))
		return -1;
	if (spec_resources_load(v->arena, resources, len, s.oci_version, &r, e))
		return err_ctx(e, "resources");
	if (!record.cgroup)
		return err_set(e, 0, "container %s has no cgroup of its own to limit", v->id);
	inherit(s.linux_->resources, &r);
	return update_all(v->arena, c, &record, &r, rdt, e);
}

int verb_update(const struct verb *v, const char *resources, size_t len,
                const struct spec_intel_rdt *rdt, struct err *e)
{
	struct ctr c;

	if (ctr_open_locked(v->root, v->id, &c, e))
		return -1;
	int failed = update(v, &c, resources, len, rdt, e);
	ctr_close(&c);
	return failed;
}
