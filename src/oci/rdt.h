/* rdt.h - linux.intelRdt from create to delete; resctrl.h says what it means. Without the property
 * each of these is a look at a pointer. */
#pragma once

#include "kernel/resctrl.h"
#include "oci/create.h"

/* Steps of create: name the group and find the file system; make the group; put init into it. */
int rdt_prepare(struct create *c, struct err *e);
int rdt_make(struct create *c, struct err *e);
int rdt_join_init(struct create *c, struct err *e);

/* The group of a container that exists; ret->group is NULL when it has none. */
int rdt_of_record(struct arena *a, const struct record *r, struct resctrl *ret, struct err *e);

/* Put a process of exec into it. */
int rdt_join(struct arena *a, const struct record *r, pid_t pid, struct err *e);

/* At the end of a container; what fails is a warning. */
void rdt_remove(struct arena *a, const struct record *r);

/*
 * Other limits (update): of the group that the container has, or of a new one of its own, which all
 * its processes join. rdt_update_undo() when another part of the update has failed.
 */
struct rdt_update {
	struct resctrl group;
	const char *old; /* schemata; NULL: the group is new */
};

int rdt_update(struct arena *a, const struct ctr *c, struct record *r, const struct cgroup *cg,
               const struct spec_intel_rdt *want, struct rdt_update *ret, struct err *e);
void rdt_update_undo(struct arena *a, const struct ctr *c, struct record *r,
                     const struct rdt_update *u);
