/*
 * seccomp_overlap.c - can two rules hold for the same call?
 *
 * A test is true for at most two intervals of numbers, or for those with certain bits. Two tests on
 * one argument meet when some number is in an interval of each and has the bits of both.
 */
#include "kernel/seccomp_rules.h"

#include <stddef.h>

struct interval {
	uint64_t low, high; /* both in; low > high: empty */
};

static const struct interval nothing = { 1, 0 };

static struct interval below(uint64_t v)
{
	return v ? (struct interval){ 0, v - 1 } : nothing;
}

static struct interval above(uint64_t v, uint64_t limit)
{
	return v < limit ? (struct interval){ v + 1, limit } : nothing;
}

/* Where the test is true; NULL is the test that always is. */
static void intervals(const struct seccomp_test *t, uint64_t limit, struct interval ret[2])
{
	enum seccomp_op op = t ? t->op : SECCOMP_MASK;

	ret[0] = (struct interval){ 0, limit };
	ret[1] = nothing;
	if (op == SECCOMP_EQ) {
		ret[0] = t->negate ? below(t->value) : (struct interval){ t->value, t->value };
		ret[1] = t->negate ? above(t->value, limit) : nothing;
	} else if (op == SECCOMP_GT) {
		ret[0] = t->negate ? (struct interval){ 0, t->value } : above(t->value, limit);
	} else if (op == SECCOMP_GE) {
		ret[0] = t->negate ? below(t->value) : (struct interval){ t->value, limit };
	}
}

/* The smallest number from `low` on that has these bits under the mask; false when there is none.
 */
static bool first_with_bits(uint64_t low, uint64_t mask, uint64_t bits, uint64_t *ret)
{
	uint64_t differ = (low ^ bits) & mask;

	if (!differ) {
		*ret = low;
		return true;
	}
	uint64_t top = UINT64_C(1) << (63 - __builtin_clzll(differ));
	uint64_t step = top;
	if (!(bits & top)) { /* too large here: a free zero bit above must become one */
		uint64_t free = ~(mask | low) & ~(top | (top - 1));
		if (!free)
			return false;
		step = free & -free;
	}
	*ret = (low & ~mask & ~(step | (step - 1))) | (step & ~mask) | bits;
	return true;
}

static bool tests_meet(const struct seccomp_test *a, const struct seccomp_test *b, uint64_t limit)
{
	uint64_t mask_a = a && a->op == SECCOMP_MASK ? a->mask : 0, bits_a = mask_a ? a->value : 0;
	uint64_t mask_b = b && b->op == SECCOMP_MASK ? b->mask : 0, bits_b = mask_b ? b->value : 0;
	struct interval in_a[2], in_b[2];

	if ((bits_a ^ bits_b) & mask_a & mask_b)
		return false;
	intervals(a, limit, in_a);
	intervals(b, limit, in_b);
	for (size_t i = 0; i < 4; i++) {
		const struct interval *x = &in_a[i / 2], *y = &in_b[i % 2];
		uint64_t low = x->low > y->low ? x->low : y->low;
		uint64_t high = x->high < y->high ? x->high : y->high, v;
		if (x->low <= x->high && y->low <= y->high &&
		    first_with_bits(low, mask_a | mask_b, bits_a | bits_b, &v) && v <= high)
			return true;
	}
	return false;
}

static const struct seccomp_test *test_of(const struct seccomp_rule *r, uint32_t arg)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->tests[i].arg == arg)
			return &r->tests[i];
	return NULL;
}

bool seccomp_rules_overlap(const struct seccomp_rule *a, const struct seccomp_rule *b,
                           uint64_t limit)
{
	for (uint32_t arg = 0; arg < 6; arg++)
		if (!tests_meet(test_of(a, arg), test_of(b, arg), limit))
			return false;
	return true;
}
