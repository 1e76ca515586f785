/*
 * cgroup_limit.h - linux.resources of config.json, in the words of cgroup v1, as cgroup v2 files.
 *
 *   memory.limit, reservation       memory.max, memory.low; -1 is "max"
 *   memory.swap                     memory.swap.max = swap - limit: in v1 swap is the sum
 *   cpu.shares                      cpu.weight by the curve of runc 1.3.2, crun 1.23: 1024 is 100
 *   cpu.quota, period, burst        cpu.max, cpu.max.burst
 *   cpu.idle                        cpu.idle
 *   cpu.cpus, mems                  cpuset.cpus, cpuset.mems
 *   pids.limit                      pids.max; negative is "max"
 *   blockIO.weight, weightDevice    io.bfq.weight, or io.weight (10..1000 becomes 1..10000)
 *   blockIO.throttle*               io.max
 *   hugepageLimits                  hugetlb.SIZE.max and hugetlb.SIZE.rsvd.max; here 0 is a limit
 *   rdma                            rdma.max; here 0 is a limit, too
 *   unified                         the file of that name, line by line, last
 *
 * What is 0, empty or NULL is unset and needs no controller, nor does "no limit". A controller that
 * is not handed down to the cgroup is switched on in the ones above it; one that the hierarchy does
 * not have is an error that names it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "kernel/cgroup.h"
#include "spec/spec.h"

/* Before a process is in the cgroup. res NULL: nothing to do. Devices: cgroup_device.h. */
int cgroup_limit(struct arena *a, const struct cgroup *cg, const struct spec_resources *res,
                 struct err *e);

/* One write. Where the file does not exist, `other` is tried in its place. */
struct cgroup_setting {
	struct cgroup_setting *next;
	const char *file, *text;
	const char *property; /* of linux.resources: "memory.limit" */
	const char *unless;   /* a path without which the file may be missing; "": it always may */
	bool early;           /* EINVAL is no error: it comes again when other files have changed */
	struct cgroup_setting *other;
};

/* What cgroup_limit would write, in order, NULL for nothing. It looks at no machine. */
int cgroup_limit_plan(struct arena *a, const struct spec_resources *res,
                      struct cgroup_setting **ret, struct err *e);

/*
 * cgroup_limit of a cgroup in use: all of it is written, or what was written is taken back. A
 * period without a quota, and a swap without a limit, go with what is in force.
 * check_before_update: a memory limit below what is in use is an error. *ret_undo is what
 * cgroup_update_undo() wants when something else that belongs to the update fails.
 */
int cgroup_update(struct arena *a, const struct cgroup *cg, const struct spec_resources *res,
                  struct cgroup_setting **ret_undo, struct err *e);
void cgroup_update_undo(const struct cgroup *cg, const struct cgroup_setting *undo);
