/*
 * resctrl.h - linux.intelRdt: a share of the cache and of the memory bandwidth, by a directory of
 * the resctrl file system.
 *
 *	MOUNT/GROUP/schemata		closID, or the container's id; "/" is MOUNT itself
 *	MOUNT/GROUP/tasks		its processes; what they fork follows them
 *	MOUNT/GROUP/mon_groups/ID	enableMonitoring: counters of this container alone
 *
 * A group that is named by closID is others' as well, so it stays; one that has the container's id
 * ends with it. Documentation/arch/x86/resctrl.rst
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <sys/types.h>

struct resctrl {
	const char *mount;
	const char *group;   /* "" is the mount itself; NULL: the container has none */
	const char *monitor; /* the name in mon_groups, or NULL */
	bool own;            /* has the container's id: to be removed */
};

/* Where it is mounted in our mount namespace: it must be, since an intelRdt was asked for. */
int resctrl_find(struct arena *a, const char **ret, struct err *e);

/* Which group the container gets; mount stays. Its names live as long as r and id. */
void resctrl_name(const struct spec_intel_rdt *r, const char *id, struct resctrl *ret);

/*
 * Make what is missing, and write the schemata. A group that was there must have the limits asked
 * for, and one of the container's id no process. On failure nothing that was made stays.
 */
int resctrl_create(struct arena *a, const struct resctrl *g, const struct spec_intel_rdt *r,
                   struct err *e);

int resctrl_join(struct arena *a, const struct resctrl *g, pid_t pid, struct err *e);

/* Other limits for a group that is there; *ret_old brings the old ones back as `schemata`. */
int resctrl_update(struct arena *a, const struct resctrl *g, const struct spec_intel_rdt *r,
                   const char **ret_old, struct err *e);
int resctrl_restore(struct arena *a, const struct resctrl *g, const char *schemata, struct err *e);

/* The container's own group or monitoring group; its processes fall back to the group above. */
int resctrl_remove(struct arena *a, const struct resctrl *g, struct err *e);
