/*
 * seccomp_judge_test.c - the interpreter of BPF, and the rules of a profile read as the OCI spec,
 * runc and crun have them: entry by entry, as slowly as it takes to be plain.
 */
#include "kernel/seccomp_proof.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const uint32_t proof_family[PROOF_ARCHS + 1] = {
#if defined __x86_64__ || defined __i386__
	SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32,
#elif defined __aarch64__ || defined __arm__
	SCMP_ARCH_AARCH64, SCMP_ARCH_ARM,
#elif defined __riscv
	SCMP_ARCH_RISCV64,
#elif defined __mips__
	SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32,
#endif
};

static const struct {
	uint32_t token;
	const char *name;
} names[] = {
	{ SCMP_ARCH_X86_64, "SCMP_ARCH_X86_64" }, { SCMP_ARCH_X86, "SCMP_ARCH_X86" },
	{ SCMP_ARCH_X32, "SCMP_ARCH_X32" },       { SCMP_ARCH_AARCH64, "SCMP_ARCH_AARCH64" },
	{ SCMP_ARCH_ARM, "SCMP_ARCH_ARM" },       { SCMP_ARCH_RISCV64, "SCMP_ARCH_RISCV64" },
	{ SCMP_ARCH_MIPSEL, "SCMP_ARCH_MIPSEL" }, { SCMP_ARCH_MIPSEL64, "SCMP_ARCH_MIPSEL64" },
	{ SCMP_ARCH_MIPSEL64N32, "SCMP_ARCH_MIPSEL64N32" },
};

static bool is_true(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ: return a == k;
	case BPF_JGT: return a > k;
	case BPF_JGE: return a >= k;
	case BPF_JSET: return a & k;
	default: return false;
	}
}
/* clang-format on */

uint32_t proof_run(const struct seccomp_program *p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (uint32_t pc = 0; pc < p->n; pc++) {
		const struct sock_filter *f = &p->filter[pc];
		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			if (f->k > sizeof *d - 4 || f->k % 4)
				return UNDECIDED;
			memcpy(&a, (const char *)d + f->k, 4);
			break;
		case BPF_ALU:
			if (f->code != (BPF_ALU | BPF_AND | BPF_K))
				return UNDECIDED;
			a &= f->k;
			break;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				pc += f->k;
			else
				pc += is_true(f->code, a, f->k) ? f->jt : f->jf;
			break;
		case BPF_RET:
			return f->k;
		default:
			return UNDECIDED;
		}
	}
	return UNDECIDED;
}

/* ---- architectures and numbers ---- */

const char *proof_arch_name(uint32_t token)
{
	size_t i = 0;

	while (names[i].token != token)
		i++;
	return names[i].name;
}

uint32_t proof_audit(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
}

static bool is_wide(uint32_t token)
{
	return (token & __AUDIT_ARCH_64BIT) && token != SCMP_ARCH_MIPSEL64N32;
}

static uint32_t base(uint32_t token)
{
	switch (token) {
	case SCMP_ARCH_X32:
		return 0x40000000;
	case SCMP_ARCH_MIPSEL:
		return 4000;
	case SCMP_ARCH_MIPSEL64:
		return 5000;
	case SCMP_ARCH_MIPSEL64N32:
		return 6000;
	default:
		return 0;
	}
}

/* The number of a name that libseccomp hides behind socketcall or ipc; -1: none. */
static int64_t direct(uint32_t token, const char *name)
{
	static struct {
		char name[16];
		uint32_t token;
		int64_t nr;
	} memo[64];
	size_t i = 0;

	for (; i < 64 && memo[i].token; i++)
		if (memo[i].token == token && !strcmp(memo[i].name, name))
			return memo[i].nr;
	int64_t found = -1;
	for (uint32_t nr = base(token); nr < base(token) + 1100 && found < 0; nr++) {
		char *there = seccomp_syscall_resolve_num_arch(token, (int)nr);
		if (there && !strcmp(there, name))
			found = nr;
		free(there);
	}
	if (i < 64) {
		strncpy(memo[i].name, name, sizeof memo[i].name - 1);
		memo[i].token = token;
		memo[i].nr = found;
	}
	return found;
}

static void mean(struct proof *p, size_t entry, uint32_t arch, int64_t nr, uint32_t call)
{
	uint32_t end = proof_family[arch] == SCMP_ARCH_ARM ? 0xf0000 : UINT32_MAX;

	if (nr < 0)
		return;
	if (p->n_meanings == PROOF_MEANINGS)
		abort();
	p->meanings[p->n_meanings++] = (struct proof_meaning){ entry, arch, (uint32_t)nr, call };
	if ((uint32_t)nr < end && (!p->archs[arch].any || (uint32_t)nr > p->archs[arch].max)) {
		p->archs[arch].any = true;
		p->archs[arch].max = (uint32_t)nr;
	}
}

/* socket is -101 to libseccomp where there is socketcall, and shmat is -221 where there is ipc. */
static void mean_name(struct proof *p, size_t entry, uint32_t arch, const char *name)
{
	uint32_t token = proof_family[arch];
	int nr = seccomp_syscall_resolve_name_arch(token, name);
	bool has_mux = token == SCMP_ARCH_X86 || token == SCMP_ARCH_MIPSEL;

	if (nr >= 0 || !has_mux) {
		mean(p, entry, arch, nr, 0);
	} else if (nr <= -101 && nr >= -120) {
		mean(p, entry, arch, base(token) + 102, (uint32_t)(-nr - 100));
		mean(p, entry, arch, direct(token, name), 0);
	} else if (nr <= -201 && nr >= -224) {
		mean(p, entry, arch, base(token) + 117, (uint32_t)(-nr - 200));
		mean(p, entry, arch, direct(token, name), 0);
	}
}

void proof_read(struct proof *p, const struct spec_seccomp *s, struct proof_meaning *meanings)
{
	*p = (struct proof){ .spec = s, .meanings = meanings };
	for (uint32_t i = 0; proof_family[i]; i++) {
		bool in = proof_family[i] == seccomp_arch_native();
		for (size_t j = 0; j < s->n_architectures; j++)
			in = in || !strcmp(s->architectures[j], proof_arch_name(proof_family[i]));
		p->archs[i].token = in ? proof_family[i] : 0;
		for (size_t j = 0; in && j < s->n_syscalls; j++)
			for (size_t k = 0; k < s->syscalls[j].n_names; k++)
				mean_name(p, j, i, s->syscalls[j].names[k]);
	}
}

/* ---- rules ---- */

static uint32_t action_of(int action, const struct json_opt *errno_ret)
{
	uint32_t no = errno_ret->set ? (uint32_t)errno_ret->v : EPERM;

	/* clang-format off */
	switch (action) {
	case SPEC_ACT_KILL_THREAD: return 0;
	case SPEC_ACT_KILL_PROCESS: return 0x80000000;
	case SPEC_ACT_TRAP: return 0x00030000;
	case SPEC_ACT_ERRNO: return 0x00050000 | no;
	case SPEC_ACT_TRACE: return 0x7ff00000 | no;
	case SPEC_ACT_ALLOW: return 0x7fff0000;
	case SPEC_ACT_LOG: return 0x7ffc0000;
	default: return UNDECIDED;
	}
	/* clang-format on */
}

uint32_t proof_default(const struct spec_seccomp *s)
{
	return action_of(s->default_action, &s->default_errno_ret);
}

static bool compares(const struct spec_seccomp_arg *c, uint64_t arg, bool wide)
{
	uint64_t limit = wide ? UINT64_MAX : UINT32_MAX, value = c->value & limit;

	arg &= limit;
	/* clang-format off */
	switch ((enum spec_seccomp_op)c->op) {
	case SPEC_CMP_NE: return arg != value;
	case SPEC_CMP_LT: return arg < value;
	case SPEC_CMP_LE: return arg <= value;
	case SPEC_CMP_EQ: return arg == value;
	case SPEC_CMP_GE: return arg >= value;
	case SPEC_CMP_GT: return arg > value;
	case SPEC_CMP_MASKED_EQ: return (arg & value) == (c->value_two & value);
	}
	/* clang-format on */
	return false;
}

/* Nothing of the argument is looked at. */
static bool is_empty(const struct spec_seccomp_arg *c, bool wide)
{
	return c->op == SPEC_CMP_MASKED_EQ && !(wide ? c->value : c->value & UINT32_MAX);
}

static bool is_either(const struct spec_seccomp_rule *r)
{
	for (size_t i = 0; i < r->n_args; i++)
		for (size_t j = 0; j < i; j++)
			if (r->args[i].index == r->args[j].index)
				return true;
	return false;
}

static bool is_unconditional(const struct spec_seccomp_rule *r, uint32_t call, bool wide)
{
	size_t empty = 0;

	for (size_t i = 0; i < r->n_args; i++)
		empty += is_empty(&r->args[i], wide);
	if (call)
		return false;
	return empty == r->n_args || (empty && is_either(r));
}

static bool holds(const struct spec_seccomp_rule *r, uint32_t call, bool wide,
                  const struct seccomp_data *d)
{
	size_t held = 0;

	if (call && (uint32_t)d->args[0] != call)
		return false;
	for (size_t i = 0; i < r->n_args; i++) {
		const struct spec_seccomp_arg *c = &r->args[i];
		held += (call && c->index == 0) || compares(c, d->args[c->index], wide);
	}
	return is_either(r) ? held > 0 : held == r->n_args;
}

bool proof_accepts(const struct proof *p, const struct proof_meaning *m, uint32_t arg,
                   uint64_t value)
{
	const struct spec_seccomp_rule *r = &p->spec->syscalls[m->entry];

	if (m->call && arg == 0)
		return (uint32_t)value == m->call;
	for (size_t i = 0; i < r->n_args; i++)
		if (r->args[i].index == arg &&
		    !compares(&r->args[i], value, is_wide(p->archs[m->arch].token)))
			return false;
	return true;
}

static uint32_t judge_in(const struct proof *p, uint32_t arch, const struct seccomp_data *d)
{
	uint32_t fallback = proof_default(p->spec), result = fallback;
	bool wide = is_wide(p->archs[arch].token), found = false;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < p->n_meanings; i++) {
			const struct proof_meaning *m = &p->meanings[i];
			const struct spec_seccomp_rule *r = &p->spec->syscalls[m->entry];
			uint32_t action = action_of(r->action, &r->errno_ret);
			if (m->arch != arch || m->nr != (uint32_t)d->nr || action == fallback)
				continue;
			if (pass == 0 && is_unconditional(r, m->call, wide))
				return action;
			if (pass == 0 || !holds(r, m->call, wide, d))
				continue;
			if (found && action != result)
				return CLASH;
			found = true;
			result = action;
		}
	return result;
}

static bool is_newer(const struct proof *p, uint32_t arch, uint32_t nr)
{
	const struct arch *a = &p->archs[arch];
	int f = p->spec->default_action;
	uint32_t end = a->token == SCMP_ARCH_X86_64 ? 0x40000000
	               : a->token == SCMP_ARCH_ARM  ? 0xf0000
	                                            : UINT32_MAX;

	return f != SPEC_ACT_ALLOW && f != SPEC_ACT_LOG && f != SPEC_ACT_TRACE && a->any &&
	       nr > a->max && nr < end;
}

static bool is_meant(const struct proof *p, uint32_t arch, uint32_t nr, bool decided)
{
	for (size_t i = 0; i < p->n_meanings; i++) {
		const struct proof_meaning *m = &p->meanings[i];
		const struct spec_seccomp_rule *r = &p->spec->syscalls[m->entry];
		if (m->arch == arch && m->nr == nr &&
		    !(decided && action_of(r->action, &r->errno_ret) == proof_default(p->spec)))
			return true;
	}
	return false;
}

/* clock_gettime64, clock_getres_time64: not named, while the call without the ending is. */
static bool is_time64(const struct proof *p, uint32_t arch, uint32_t nr)
{
	uint32_t token = p->archs[arch].token;
	int f = p->spec->default_action;

	if (nr < base(token) + 403 || nr > base(token) + 423 || is_wide(token) ||
	    token == SCMP_ARCH_X32 || f == SPEC_ACT_ALLOW || f == SPEC_ACT_LOG ||
	    f == SPEC_ACT_TRACE || is_meant(p, arch, nr, false))
		return false;
	char *name = seccomp_syscall_resolve_num_arch(token, (int)nr);
	char *end = name ? strstr(name, "_time64") : NULL;
	if (name && !end)
		end = strstr(name, "64");
	if (end)
		*end = '\0';
	int64_t older = end ? seccomp_syscall_resolve_name_arch(token, name) : __NR_SCMP_ERROR;
	if (end && older < 0)
		older = direct(token, name); /* recvmmsg */
	if (end && older < 0)
		older = base(token) + 117; /* semtimedop: ipc */
	free(name);
	return older >= 0 && is_meant(p, arch, (uint32_t)older, true);
}

uint32_t proof_judge(const struct proof *p, const struct seccomp_data *d)
{
	uint32_t nr = (uint32_t)d->nr;
	bool in_family = false;

	for (uint32_t i = 0; proof_family[i]; i++) {
		uint32_t token = p->archs[i].token;
		if (!token || proof_audit(token) != d->arch)
			continue;
		in_family = true;
		if ((token == SCMP_ARCH_X86_64 && nr >= 0x40000000) ||
		    (token == SCMP_ARCH_X32 && nr < 0x40000000))
			continue;
		return is_newer(p, i, nr) || is_time64(p, i, nr) ? (SECCOMP_RET_ERRNO | ENOSYS)
		                                                 : judge_in(p, i, d);
	}
	return in_family && nr == UINT32_MAX ? proof_default(p->spec) : SECCOMP_RET_KILL_THREAD;
}
