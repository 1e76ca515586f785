/*
 * seccomp_block.c - the rules of an outcome as code.
 *
 *   rule:  test --yes--> test --yes--> action
 *            | no          | no
 *            +-------------+--> next rule, after the last one the action for all others
 *
 * BPF has 32 bits, so 64-bit arguments are tested by halves, the high one first; it decides alone
 * unless it is equal. Neighbouring rules "argument is V" with the same high half load it once:
 *
 *   load high, is it H? --yes--> load low, is it V1? V2? V3? --> action
 */
#include "kernel/seccomp_emit.h"
#include "kernel/seccomp_rules.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the halves of an argument lie the other way round"
#endif

/* The high half of an argument is 4 bytes after the low one. */
enum { LOW = offsetof(struct seccomp_data, args), HIGH = LOW + 4 };

static uint32_t low(uint64_t v)
{
	return (uint32_t)v;
}

static uint32_t high(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

static struct seccomp_target load(struct seccomp_emitter *m, uint32_t half, uint32_t arg,
                                  struct seccomp_target next)
{
	return seccomp_put(m, BPF_LD | BPF_W | BPF_ABS, half + arg * 8, next);
}

/* Half of an argument: are its bits under the mask these? */
static struct seccomp_target mask_half(struct seccomp_emitter *m, uint32_t at, uint32_t mask,
                                       uint32_t bits, uint32_t arg, struct seccomp_target yes,
                                       struct seccomp_target no)
{
	struct seccomp_target next;

	if (!mask)
		return yes;
	if (mask == UINT32_MAX)
		next = seccomp_branch(m, BPF_JEQ, bits, yes, no);
	else if (!bits)
		next = seccomp_branch(m, BPF_JSET, mask, no, yes);
	else if (bits == mask && !(mask & (mask - 1)))
		next = seccomp_branch(m, BPF_JSET, mask, yes, no);
	else
		next = seccomp_put(m, BPF_ALU | BPF_AND | BPF_K, mask,
		                   seccomp_branch(m, BPF_JEQ, bits, yes, no));
	return load(m, at, arg, next);
}

static struct seccomp_target compare(struct seccomp_emitter *m, const struct seccomp_test *t,
                                     bool wide, struct seccomp_target yes, struct seccomp_target no)
{
	static const uint16_t ops[] = {
		[SECCOMP_EQ] = BPF_JEQ, [SECCOMP_GT] = BPF_JGT, [SECCOMP_GE] = BPF_JGE
	};
	struct seccomp_target next;

	next = seccomp_branch(m, ops[t->op], low(t->value), yes, no);
	next = load(m, LOW, t->arg, next);
	if (!wide)
		return next;
	next = seccomp_branch(m, BPF_JEQ, high(t->value), next, no);
	if (t->op != SECCOMP_EQ && high(t->value) != UINT32_MAX)
		next = seccomp_branch(m, BPF_JGT, high(t->value), yes, next);
	return load(m, HIGH, t->arg, next);
}

static struct seccomp_target put_test(struct seccomp_emitter *m, const struct seccomp_test *t,
                                      bool wide, struct seccomp_target holds,
                                      struct seccomp_target fails)
{
	struct seccomp_target yes = t->negate ? fails : holds, no = t->negate ? holds : fails;

	if (t->op != SECCOMP_MASK)
		return compare(m, t, wide, yes, no);
	yes = mask_half(m, LOW, low(t->mask), low(t->value), t->arg, yes, no);
	return mask_half(m, HIGH, high(t->mask), high(t->value), t->arg, yes, no);
}

static bool is_value(const struct seccomp_rule *r)
{
	return r->n == 1 && r->tests[0].op == SECCOMP_EQ && !r->tests[0].negate;
}

static bool go_together(const struct seccomp_rule *a, const struct seccomp_rule *b)
{
	return is_value(a) && is_value(b) && a->tests[0].arg == b->tests[0].arg &&
	       high(a->tests[0].value) == high(b->tests[0].value);
}

/* Of rules that go together the first; ret_last is the last. */
static struct seccomp_target put_values(struct seccomp_emitter *m, const struct seccomp_rule *r,
                                        bool wide, struct seccomp_target no,
                                        const struct seccomp_rule **ret_last)
{
	const struct seccomp_test *t = &r->tests[0];
	struct seccomp_target next = no;

	for (;; r = r->next) {
		next = seccomp_branch(m, BPF_JEQ, low(r->tests[0].value), seccomp_return(r->action),
		                      next);
		if (!r->next || !go_together(r, r->next))
			break;
	}
	*ret_last = r;
	next = load(m, LOW, t->arg, next);
	if (!wide)
		return next;
	return load(m, HIGH, t->arg, seccomp_branch(m, BPF_JEQ, high(t->value), next, no));
}

static struct seccomp_target put_rule(struct seccomp_emitter *m, const struct seccomp_rule *r,
                                      bool wide, struct seccomp_target no)
{
	struct seccomp_target next = seccomp_return(r->action);

	for (uint32_t i = r->n; i-- > 0;)
		next = put_test(m, &r->tests[i], wide, next, no);
	return next;
}

struct seccomp_target seccomp_put_outcome(struct seccomp_emitter *m, struct seccomp_outcome *o)
{
	struct seccomp_target next = seccomp_return(o->action);

	if (o->label)
		next = (struct seccomp_target){ .label = o->label };
	if (!o->rules || o->label)
		return next;
	for (const struct seccomp_rule *r = o->rules; r; r = r->next)
		next = is_value(r) ? put_values(m, r, o->wide, next, &r)
		                   : put_rule(m, r, o->wide, next);
	o->label = next.label;
	return next;
}
