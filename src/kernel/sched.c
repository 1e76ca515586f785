/* sched.c - sched_setattr, ioprio_set and sched_setaffinity. */
#define _GNU_SOURCE
#include "kernel/sched.h"

#include "base/bits.h"
#include "sys/sys.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

enum { IOPRIO_CLASS_SHIFT = 13 };

int sched_policy(pid_t pid, const struct spec_scheduler *s, struct err *e)
{
	if (!s)
		return 0;

	struct sys_sched_attr a = {
		.policy = (uint32_t)s->policy,
		.flags = (uint64_t)spec_flags(spec_sched_flags, s->flags, s->n_flags),
		.nice = (int32_t)s->nice,
		.priority = (uint32_t)s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	if (!sys_sched_setattr(pid, &a))
		return 0;
	/* Deadlines are promised for the whole machine, or not at all. sched_setattr(2) */
	if (errno == EPERM && s->policy == SCHED_DEADLINE)
		return err_set(e, errno,
		               "process.scheduler: sched_setattr (such a process scheduler can't "
		               "be used together with AllowedCPUs: linux.resources.cpu.cpus)");
	return err_set(e, errno, "process.scheduler: sched_setattr");
}

int sched_io_priority(pid_t pid, const struct spec_io_priority *p, struct err *e)
{
	if (!p || !sys_ioprio_set(pid, p->class << IOPRIO_CLASS_SHIFT | (int)p->priority))
		return 0;
	return err_set(e, errno, "process.ioPriority: ioprio_set");
}

int sched_affinity(const char *cpus, struct err *e)
{
	const bool all = !cpus || !*cpus;
	unsigned long set[BITS_LONGS(SPEC_CPUS_MAX)];

	if (all)
		memset(set, 0xff, sizeof set);
	else if (bits_parse(cpus, set, SPEC_CPUS_MAX))
		return err_set(e, 0, "\"%s\" is no list of CPUs", cpus);
	if (!sched_setaffinity(0, sizeof set, (const cpu_set_t *)set))
		return 0;
	return err_set(e, errno, "sched_setaffinity to CPUs %s", all ? "of all numbers" : cpus);
}
