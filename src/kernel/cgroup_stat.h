/*
 * cgroup_stat.h - what a cgroup uses, as the JSON object that runc's `events --stats` has as data.
 *
 * Names and units are those of cgroup v1, where that command comes from: nanoseconds of CPU time,
 * swap as the sum of memory and swap, 18446744073709551615 for a memory limit of none, 0 for a pids
 * limit of none. A controller that the cgroup does not have leaves zeros or nothing.
 */
#pragma once

#include "base/arena.h"
#include "kernel/cgroup.h"

char *cgroup_stat_text(struct arena *a, const struct cgroup *cg);
