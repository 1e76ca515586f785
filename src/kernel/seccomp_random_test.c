/*
 * seccomp_random_test.c - profiles that nobody would write, the same for the same seed: few names,
 * so that entries meet; values at the edges of 32 and 64 bits; mostly one action, so that not all
 * clash.
 */
#include "kernel/seccomp_proof.h"

#include <seccomp.h>
#include <stdlib.h>

enum { ENTRIES = 10, NAMES = 6, MANY_NAMES = 120, ARGS = 3 };

struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 32) % n;
}

static char *pick_name(struct arena *a, struct dice *d)
{
	static const char *const names[] = {
		"read",         "socket",          "accept",     "accept4",     "recv",
		"sendto",       "recvmmsg",        "socketcall", "ipc",         "semop",
		"semtimedop",   "shmat",           "msgctl",     "personality", "clone",
		"dup3",         "getpid",          "mmap2",      "ioctl",       "rt_sigaction",
		"breakpoint",   "set_tls",         "cacheflush", "close_range", "execveat",
		"no_such_call", "write",           "open",       "close",       "stat64",
		"fadvise64_64", "restart_syscall",
	};

	if (roll(d, 3)) /* half of the list is enough to meet again */
		return arena_strdup(a, names[roll(d, sizeof names / sizeof *names)]);
	char *there = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), (int)roll(d, 460));
	char *name = arena_strdup(a, there ? there : "openat2");
	free(there);
	return name;
}

static uint64_t pick_value(struct dice *d)
{
	static const uint64_t values[] = {
		0,
		0,
		1,
		1,
		2,
		3,
		4,
		5,
		7,
		8,
		9,
		16,
		100,
		0x7fffffff,
		0x80000000,
		0xfffffffe,
		0xffffffff,
		0x100000000,
		0x100000001,
		0x1ffffffff,
		0x200000005,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xffffffff00000000,
		0xfffffffffffffffe,
		0xffffffffffffffff,
		0x3148e67de8a1772,
		0x7e020000,
	};
	uint32_t kind = roll(d, 10);

	if (kind == 0)
		return (uint64_t)roll(d, UINT32_MAX) << 32 | roll(d, UINT32_MAX);
	if (kind == 1)
		return UINT64_C(1) << roll(d, 64);
	return values[roll(d, kind < 6 ? 12 : sizeof values / sizeof *values)];
}

static void pick_action(struct dice *d, int *action, struct json_opt *errno_ret)
{
	static const int actions[] = {
		SPEC_ACT_ALLOW, SPEC_ACT_ERRNO, SPEC_ACT_KILL_THREAD, SPEC_ACT_KILL_PROCESS,
		SPEC_ACT_TRAP,  SPEC_ACT_TRACE, SPEC_ACT_LOG,
	};

	*action = actions[roll(d, 3) ? roll(d, 2) : roll(d, sizeof actions / sizeof *actions)];
	if ((*action == SPEC_ACT_ERRNO || *action == SPEC_ACT_TRACE) && !roll(d, 3))
		*errno_ret = (struct json_opt){ true, roll(d, 3) ? 38 : roll(d, 4096) };
}

static void pick_archs(struct arena *a, struct dice *d, struct spec_seccomp *s)
{
	s->architectures = arena_array(a, PROOF_ARCHS + 3, sizeof *s->architectures);
	for (size_t i = 0; proof_family[i]; i++)
		if (roll(d, 4))
			s->architectures[s->n_architectures++] =
			    arena_strdup(a, proof_arch_name(proof_family[i]));
	if (!roll(d, 4)) /* of the other byte order, and one twice */
		s->architectures[s->n_architectures++] = arena_strdup(a, "SCMP_ARCH_S390X");
	if (!roll(d, 4))
		s->architectures[s->n_architectures++] =
		    arena_strdup(a, proof_arch_name(proof_family[0]));
}

static void pick_entry(struct arena *a, struct dice *d, bool one_action,
                       const struct spec_seccomp_rule *first, struct spec_seccomp_rule *r)
{
	uint32_t n = 1 + roll(d, roll(d, 8) ? NAMES : MANY_NAMES);

	r->names = arena_array(a, n, sizeof *r->names);
	while (r->n_names < n)
		r->names[r->n_names++] = pick_name(a, d);
	pick_action(d, &r->action, &r->errno_ret);
	if (one_action && roll(d, 10)) {
		r->action = first->action;
		r->errno_ret = first->errno_ret;
	}
	if (!roll(d, 4))
		return;
	r->args = arena_array(a, ARGS, sizeof *r->args);
	uint32_t n_args = 1 + roll(d, ARGS);
	while (r->n_args < n_args)
		r->args[r->n_args++] = (struct spec_seccomp_arg){
			.index = roll(d, 3) ? roll(d, 3) : roll(d, 6),
			.op = (int)roll(d, SPEC_CMP_MASKED_EQ + 1),
			.value = pick_value(d),
			.value_two = pick_value(d),
		};
}

struct spec_seccomp *proof_random(struct arena *a, uint32_t seed)
{
	struct dice d = { (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) };
	struct spec_seccomp *s = arena_alloc(a, sizeof *s);
	uint32_t n = 1 + roll(&d, ENTRIES);
	bool one_action = roll(&d, 4) != 0;

	pick_action(&d, &s->default_action, &s->default_errno_ret);
	pick_archs(a, &d, s);
	s->syscalls = arena_array(a, n, sizeof *s->syscalls);
	while (s->n_syscalls < n) {
		struct spec_seccomp_rule *r = &s->syscalls[s->n_syscalls];
		pick_entry(a, &d, one_action, &s->syscalls[0], r);
		if (s->n_syscalls++ == 0 && r->action == s->default_action)
			r->action =
			    r->action == SPEC_ACT_ALLOW ? SPEC_ACT_KILL_PROCESS : SPEC_ACT_ALLOW;
		if (r->action != SPEC_ACT_ERRNO && r->action != SPEC_ACT_TRACE)
			r->errno_ret.set = false;
	}
	return s;
}
