/*
 * seccomp_ask_test.c - which calls could make a difference: every number of every architecture, and
 * some far off; where arguments are compared, the values around each value of the rules, and those
 * that make one rule or two hold at once, changed one by one.
 */
#include "kernel/seccomp_proof.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

enum { VALUES = 40, VECTORS_ALL = 600, VECTORS_SOME = 200, PAIRS = 12 };

/* The values worth trying for one argument of one number. */
struct values {
	uint64_t v[VALUES];
	size_t n;
};

static uint32_t roll(struct asked *r, size_t n)
{
	r->dice = r->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(r->dice >> 33) % (uint32_t)n;
}

static void show(struct asked *r, const struct seccomp_data *d, uint32_t got, uint32_t want)
{
	if (r->wrong++ < 5)
		printf("# %s: arch %x nr %x args %llx %llx %llx %llx %llx %llx gives %x instead of "
		       "%x\n",
		       r->name, d->arch, (unsigned)d->nr, (unsigned long long)d->args[0],
		       (unsigned long long)d->args[1], (unsigned long long)d->args[2],
		       (unsigned long long)d->args[3], (unsigned long long)d->args[4],
		       (unsigned long long)d->args[5], got, want);
}

static void ask(struct asked *r, const struct seccomp_data *d)
{
	uint32_t want = proof_judge(&r->proof, d);

	r->calls++;
	if (want == CLASH) {
		r->clashes++;
		return;
	}
	uint32_t got = r->own.n ? proof_run(&r->own, d) : want;
	if (got != want)
		show(r, d, got, want);
	uint32_t peer = r->peer.n ? proof_run(&r->peer, d) : want;
	/* It has no answer of its own for numbers newer than the profile. */
	if (want == (SECCOMP_RET_ERRNO | ENOSYS) && peer == proof_default(r->proof.spec))
		return;
	r->peer_wrong += peer != want;
	r->peer_wrong_plain += !r->compares && peer != want;
}

/* ---- arguments ---- */

static void add_value(struct values *to, uint64_t v)
{
	for (size_t i = 0; i < to->n; i++)
		if (to->v[i] == v)
			return;
	if (to->n < VALUES)
		to->v[to->n++] = v;
}

static void add_values(struct values *to, const struct spec_seccomp_arg *c)
{
	uint64_t v = c->op == SPEC_CMP_MASKED_EQ ? c->value_two & c->value : c->value;
	const uint64_t high = UINT64_C(1) << 32;

	add_value(to, v);
	add_value(to, v - 1);
	add_value(to, v + 1);
	add_value(to, v + high);
	add_value(to, v - high);
	add_value(to, (uint32_t)v);
	add_value(to, v | (high - 1));
	add_value(to, v & ~(high - 1));
	if (c->op != SPEC_CMP_MASKED_EQ)
		return;
	add_value(to, v | ~c->value);
	add_value(to, v ^ (c->value & -c->value));
	add_value(to, v ^ c->value);
	add_value(to, v ^ (c->value & (high - 1)));
}

/* How many rules there are for this number. 0: no argument matters. */
static size_t collect(const struct asked *r, uint32_t audit, uint32_t nr, struct values at[6])
{
	size_t rules = 0;

	memset(at, 0, 6 * sizeof *at);
	for (size_t i = 0; i < r->proof.n_meanings; i++) {
		const struct proof_meaning *m = &r->proof.meanings[i];
		const struct spec_seccomp_rule *s = &r->proof.spec->syscalls[m->entry];
		if (m->nr != nr || proof_audit(proof_family[m->arch]) != audit)
			continue;
		rules += s->n_args ? s->n_args : m->call > 0;
		if (m->call) {
			add_value(&at[0], m->call);
			add_value(&at[0], m->call + 1);
			add_value(&at[0], m->call | UINT64_C(0x500000000));
		}
		for (size_t j = 0; j < s->n_args; j++)
			add_values(&at[s->args[j].index], &s->args[j]);
	}
	for (size_t i = 0; i < 6; i++) {
		if (!at[i].n)
			add_value(&at[i], UINT64_C(0xabcdef0123456789));
		else
			add_value(&at[i], 0);
	}
	return rules;
}

static void ask_values(struct asked *r, struct seccomp_data *d, const struct values at[6])
{
	size_t all = 1;

	for (size_t i = 0; i < 6; i++)
		all *= all > VECTORS_ALL ? 1 : at[i].n;
	for (size_t k = 0; k < (all > VECTORS_ALL ? VECTORS_SOME : all); k++) {
		size_t rest = k;
		for (size_t i = 0; i < 6; rest /= at[i].n, i++)
			d->args[i] = at[i].v[all > VECTORS_ALL ? roll(r, at[i].n) : rest % at[i].n];
		ask(r, d);
	}
	/* Of many combinations each value at least once. */
	for (size_t i = 0; i < 6 && all > VECTORS_ALL; i++)
		for (size_t k = 0; k < 3 * at[i].n; k++) {
			for (size_t j = 0; j < 6; j++)
				d->args[j] = at[j].v[roll(r, at[j].n)];
			d->args[i] = at[i].v[k % at[i].n];
			ask(r, d);
		}
}

/* Arguments that both rules accept, where there are any, and from there one argument at a time. */
static void ask_near(struct asked *r, const struct proof_meaning *a, const struct proof_meaning *b,
                     const struct values at[6], struct seccomp_data *d)
{
	for (uint32_t i = 0; i < 6; i++) {
		size_t k = 0;
		while (k < at[i].n && !(proof_accepts(&r->proof, a, i, at[i].v[k]) &&
		                        proof_accepts(&r->proof, b, i, at[i].v[k])))
			k++;
		d->args[i] = at[i].v[k < at[i].n ? k : roll(r, at[i].n)];
	}
	ask(r, d);
	for (uint32_t i = 0; i < 6; i++) {
		uint64_t kept = d->args[i];
		for (size_t k = 0; k < at[i].n; k++) {
			d->args[i] = at[i].v[k];
			ask(r, d);
		}
		d->args[i] = kept;
	}
}

static void ask_pairs(struct asked *r, uint32_t nr, const struct values at[6],
                      struct seccomp_data *d)
{
	const struct proof_meaning *list[PAIRS];
	size_t n = 0;

	for (size_t i = 0; i < r->proof.n_meanings && n < PAIRS; i++) {
		const struct proof_meaning *m = &r->proof.meanings[i];
		if (m->nr == nr && proof_audit(proof_family[m->arch]) == d->arch)
			list[n++] = m;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			ask_near(r, list[i], list[j], at, d);
}

/* ---- numbers ---- */

static void ask_number(struct asked *r, uint32_t arch, uint32_t nr)
{
	struct seccomp_data d = { .nr = (int)nr,
		                  .arch = proof_audit(proof_family[arch]),
		                  .args = { 1, 2, 3, 4, 5, 6 } };
	struct values at[6];

	r->compares = collect(r, d.arch, nr, at) > 0;
	ask_values(r, &d, at);
	if (r->compares)
		ask_pairs(r, nr, at, &d);
}

void proof_ask(struct asked *r)
{
	static const uint32_t edges[] = {
		3999,       4000,       4999,       5000,       5999,       6000,       9999,
		0xeffff,    0xf0000,    0xf0001,    0xf0002,    0xf0003,    0xf0004,    0xf0005,
		0xf0006,    0xf0007,    0xf000f,    0xf0010,    0x3fffffff, 0x40000000, 0x7fffffff,
		0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff,
	};

	for (uint32_t arch = 0; proof_family[arch]; arch++) {
		const uint32_t base = proof_family[arch] == SCMP_ARCH_X32           ? 0x40000000
		                      : proof_family[arch] == SCMP_ARCH_MIPSEL      ? 4000
		                      : proof_family[arch] == SCMP_ARCH_MIPSEL64    ? 5000
		                      : proof_family[arch] == SCMP_ARCH_MIPSEL64N32 ? 6000
		                                                                    : 0;
		for (uint32_t nr = base; nr < base + 600; nr++)
			ask_number(r, arch, nr);
		for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
			ask_number(r, arch, edges[i]);
	}
	r->compares = false;
	ask(r, &(struct seccomp_data){ .nr = 20, .arch = AUDIT_ARCH_S390X });
	ask(r, &(struct seccomp_data){ .nr = -1, .arch = AUDIT_ARCH_S390X });
}
