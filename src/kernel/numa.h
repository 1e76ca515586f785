/* numa.h - from which nodes a process gets its memory. set_mempolicy(2) */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

/*
 * The caller's policy, which its exec and its children keep; NULL or without a mode: unchanged.
 * Below the container's cpuset.mems, so when it is in its cgroup.
 */
int numa_memory_policy(const struct spec_memory_policy *m, struct err *e);
