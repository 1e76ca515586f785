/*
 * sched.h - when and where a process runs: scheduling policy, I/O priority, CPUs.
 *
 * Policy and priority are set by the host, by pid, on the process that waits for its exec (our own
 * unreaped child, so the pid is its): the kernel wants CAP_SYS_NICE of the first user namespace for
 * what raises them, which the root of another one does not have; and neither the container's
 * capabilities nor its seccomp filter then have a say. sched(7), ioprio_set(2)
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <sys/types.h>

/* NULL: unchanged. */
int sched_policy(pid_t pid, const struct spec_scheduler *s, struct err *e);
int sched_io_priority(pid_t pid, const struct spec_io_priority *p, struct err *e);

/*
 * The caller runs on these CPUs (a list, checked before); NULL or "": on all that its cpuset has,
 * whatever the one who called it had been pinned to.
 */
int sched_affinity(const char *cpus, struct err *e);
