/* check_process.c - checks of the process, and of what else a process is given by the kernel. */
#define _GNU_SOURCE
#include "spec/check.h"

#include "base/bits.h"

#include <sched.h>
#include <string.h>

#define BAD(e, ...) err_kind(e, ERR_CONFIG, 0, __VA_ARGS__)

/* What would end a label early, or begin another option. */
static int check_label(const char *name, const char *label, struct err *e)
{
	enum { LABEL_MAX = 1024 };

	for (const char *p = label; p && *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '"')
			return BAD(e, "%s: a label has no quotes and no control characters", name);
	return label && strlen(label) > LABEL_MAX ? BAD(e, "%s: too long", name) : 0;
}

static int check_rlimits(const struct spec_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		if (p->rlimits[i].soft > p->rlimits[i].hard)
			return BAD(e, "process.rlimits[%zu]: the soft limit is above the hard one",
			           i);
		for (size_t j = 0; j < i; j++)
			if (p->rlimits[j].type == p->rlimits[i].type)
				return BAD(e, "process.rlimits[%zu].type: this limit stands twice",
				           i);
	}
	return 0;
}

/* The kernel does not look at what a policy has no use for, and cuts a nice value to its range. */
static int check_scheduler(const struct spec_scheduler *s, struct err *e)
{
	bool real_time, deadline;

	if (!s)
		return 0;
	real_time = s->policy == SCHED_FIFO || s->policy == SCHED_RR;
	deadline = s->policy == SCHED_DEADLINE;
	if (s->nice < -20 || s->nice > 19)
		return BAD(e, "process.scheduler.nice: not from -20 to 19");
	if (real_time && (s->priority < 1 || s->priority > 99))
		return BAD(e, "process.scheduler.priority: not from 1 to 99");
	if (!real_time && s->priority)
		return BAD(e, "process.scheduler.priority: goes with SCHED_FIFO and SCHED_RR only");
	if (!deadline && (s->runtime || s->deadline || s->period))
		return BAD(e, "process.scheduler: runtime, deadline and period go with "
		              "SCHED_DEADLINE only");
	if (deadline && (!s->runtime || !s->deadline))
		return BAD(e, "process.scheduler: SCHED_DEADLINE needs runtime and deadline");
	for (size_t i = 0; i < s->n_flags; i++)
		if (spec_word(spec_sched_flags, s->flags[i]) < 0)
			return BAD(e, "process.scheduler.flags[%zu]: \"%s\" is not known", i,
			           s->flags[i]);
	return 0;
}

static int check_cpus(const char *name, const char *cpus, struct err *e)
{
	unsigned long set[BITS_LONGS(SPEC_CPUS_MAX)];

	if (!cpus || !*cpus || !bits_parse(cpus, set, SPEC_CPUS_MAX))
		return 0;
	return BAD(e, "process.execCPUAffinity.%s: \"%s\" is no list of CPUs", name, cpus);
}

static int check_affinity(const struct spec_cpu_affinity *a, struct err *e)
{
	if (!a)
		return 0;
	return check_cpus("initial", a->initial, e) || check_cpus("final", a->final, e) ? -1 : 0;
}

int check_process(const struct spec_process *p, struct err *e)
{
	if (!p->n_args || !*p->args[0])
		return BAD(e, "process.args: names no program");
	if (!p->cwd)
		return BAD(e, "process.cwd: missing");
	if (*p->cwd != '/')
		return BAD(e, "process.cwd: \"%s\" is not an absolute path", p->cwd);
	if (p->user && p->user->umask.set && (p->user->umask.v < 0 || p->user->umask.v > 0777))
		return BAD(e, "process.user.umask: not from 0 to 511");
	if (p->oom_score_adj.set && (p->oom_score_adj.v < -1000 || p->oom_score_adj.v > 1000))
		return BAD(e, "process.oomScoreAdj: not from -1000 to 1000");
	if (p->io_priority && (p->io_priority->priority < 0 || p->io_priority->priority > 7))
		return BAD(e, "process.ioPriority.priority: not from 0 to 7");
	if (check_rlimits(p, e) || check_scheduler(p->scheduler, e) ||
	    check_label("process.apparmorProfile", p->apparmor_profile, e) ||
	    check_label("process.selinuxLabel", p->selinux_label, e))
		return -1;
	return check_affinity(p->exec_cpu_affinity, e);
}

static int check_memory_policy(const struct spec_memory_policy *m, struct err *e)
{
	const bool nodes = m && m->nodes && *m->nodes;
	unsigned long set[BITS_LONGS(SPEC_NODES_MAX)];

	if (!m || ((!m->mode || !*m->mode) && !nodes && !m->n_flags))
		return 0;
	if (!m->mode || spec_word(spec_memory_modes, m->mode) < 0)
		return BAD(e, "linux.memoryPolicy.mode: invalid memory policy mode \"%s\"",
		           m->mode ? m->mode : "");
	for (size_t i = 0; i < m->n_flags; i++)
		if (spec_word(spec_memory_flags, m->flags[i]) < 0)
			return BAD(e,
			           "linux.memoryPolicy.flags[%zu]: invalid memory policy flag "
			           "\"%s\"",
			           i, m->flags[i]);
	if (nodes && bits_parse(m->nodes, set, SPEC_NODES_MAX))
		return BAD(e, "linux.memoryPolicy.nodes: invalid memory policy node list \"%s\"",
		           m->nodes);
	return 0;
}

int check_process_linux(const struct spec_linux *l, struct err *e)
{
	if (l->personality && l->personality->n_flags)
		return BAD(e, "linux.personality.flags[0]: \"%s\" is not known",
		           l->personality->flags[0]);
	if (check_label("linux.mountLabel", l->mount_label, e))
		return -1;
	return check_memory_policy(l->memory_policy, e);
}
