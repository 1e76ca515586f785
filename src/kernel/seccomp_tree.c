/*
 * seccomp_tree.c - from numbers to outcomes in few steps.
 *
 *   load architecture
 *   the machine's own? --> load number --> tree     (last written, so nearest to the entry)
 *   another of the family? --> load number --> tree
 *   neither --> the thread is killed
 *
 * The numbers of an architecture are a row of spans, each with one outcome. A tree of "number >= N"
 * finds the span; but a span of one number between two spans that are alike takes two steps of the
 * tree, and "number == N" is one instruction. So spans become units, and the tree has units for
 * leaves:
 *
 *   spans  | allow 0-100 | 101: refuse | allow 102-133 | 134: rules | allow 135-154 | refuse
 * 155-156 units  | == 101? refuse, == 134? rules, else allow                             | refuse
 *
 * When a filter is loaded, the kernel tries the program for each number it knows, to learn those
 * that are always allowed, and the load takes as long as these walks: the tree is balanced by how
 * many numbers lie on each side.
 */
#include "kernel/seccomp_tree.h"

#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>

/* A unit's odd numbers are asked one after the other: more than a few make its path too long. */
enum { ODD_MAX = 3, WEIGHT_MAX = 64 };

/* No call either, but what a tracer sets to skip one: always the default action. */
#define NO_CALL UINT32_MAX

struct span {
	uint32_t first; /* up to the next span */
	struct seccomp_outcome *outcome;
};

struct unit {
	uint32_t first, weight;
	struct seccomp_outcome *outcome;
	const struct span *odd[ODD_MAX];
	uint32_t n_odd;
};

/* One audit value's numbers. */
struct row {
	struct span *spans;
	size_t n;
	struct unit *units;
	size_t n_units;
};

/* ---- spans ---- */

static bool same(const struct seccomp_outcome *a, const struct seccomp_outcome *b)
{
	return a == b || (!a->rules && !b->rules && a->action == b->action);
}

static void add_span(struct row *row, uint32_t first, struct seccomp_outcome *o)
{
	if (row->n && same(row->spans[row->n - 1].outcome, o))
		return;
	row->spans[row->n++] = (struct span){ first, o };
}

static void add_numbers(struct row *row, const struct seccomp_profile *p, size_t arch)
{
	const struct seccomp_table *t = &p->table[arch];
	uint32_t base = seccomp_archs[arch].base;
	struct seccomp_outcome *none = p->fallback[0];

	for (int32_t i = 0; i <= t->max; i++)
		add_span(row, base + (uint32_t)i, t->outcome[i] ? t->outcome[i] : none);
	add_span(row, base + (uint32_t)(t->max + 1), t->max < 0 ? none : p->newer);
}

static void add_private(struct row *row, const struct seccomp_profile *p, size_t arch)
{
	struct seccomp_outcome *const *private = p->table[arch].private, *none = p->fallback[0];

	for (uint32_t i = 0; i < SECCOMP_PRIVATE_COUNT; i++)
		add_span(row, SECCOMP_PRIVATE + i, private[i] ? private[i] : none);
	add_span(row, SECCOMP_PRIVATE + SECCOMP_PRIVATE_COUNT, none);
}

/* All architectures that have this audit value; one that is not in belongs to the foreign. */
static void make_spans(struct row *row, const struct seccomp_profile *p, uint32_t audit)
{
	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		const struct seccomp_arch *arch = &seccomp_archs[i];
		if (arch->audit != audit)
			continue;
		if (arch->base && !row->n) /* what is below has never been a call */
			add_span(row, 0, p->fallback[0]);
		if (p->table[i].in)
			add_numbers(row, p, i);
		else
			add_span(row, arch->base, p->foreign);
		if (p->table[i].in && audit == AUDIT_ARCH_ARM)
			add_private(row, p, i);
	}
	add_span(row, NO_CALL, p->fallback[0]);
}

/* ---- units ---- */

static uint32_t width(const struct row *row, size_t i)
{
	return i + 1 < row->n ? row->spans[i + 1].first - row->spans[i].first : 1;
}

/* Wide spans are mostly of numbers that are no calls, and nobody tries. */
static uint32_t weight(const struct row *row, size_t i)
{
	uint32_t n = width(row, i);

	return n < WEIGHT_MAX ? n : WEIGHT_MAX;
}

/* Span i + 1 is one number, and after it the outcome of span i goes on. */
static bool is_odd(const struct row *row, const struct unit *u, size_t i)
{
	return i + 2 < row->n && u->n_odd < ODD_MAX && width(row, i + 1) == 1 &&
	       same(row->spans[i + 2].outcome, u->outcome);
}

static void make_units(struct row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		struct unit *u = &row->units[row->n_units++];
		*u =
		    (struct unit){ .first = row->spans[i].first, .outcome = row->spans[i].outcome };
		for (; is_odd(row, u, i); i += 2) {
			u->weight += weight(row, i);
			u->odd[u->n_odd++] = &row->spans[i + 1];
		}
		u->weight += weight(row, i);
	}
}

/* ---- code ---- */

static struct seccomp_target put_unit(struct seccomp_emitter *m, const struct unit *u)
{
	struct seccomp_target next = seccomp_put_outcome(m, u->outcome);

	for (uint32_t i = u->n_odd; i-- > 0;)
		next = seccomp_branch(m, BPF_JEQ, u->odd[i]->first,
		                      seccomp_put_outcome(m, u->odd[i]->outcome), next);
	return next;
}

/* The first unit of the right half. n > 1 */
static size_t middle(const struct unit *u, size_t n)
{
	uint64_t sum = 0, left = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += u[i].weight;
	for (i = 0; i < n - 1 && 2 * left + u[i].weight < sum; i++)
		left += u[i].weight;
	return i ? i : 1;
}

static struct seccomp_target put_tree(struct seccomp_emitter *m, const struct unit *u, size_t n)
{
	if (n == 1)
		return put_unit(m, u);
	size_t half = middle(u, n);
	struct seccomp_target right = put_tree(m, u + half, n - half);
	struct seccomp_target left = put_tree(m, u, half);
	return seccomp_branch(m, BPF_JGE, u[half].first, right, left);
}

static struct seccomp_target put_arch(struct seccomp_emitter *m, const struct seccomp_profile *p,
                                      uint32_t audit)
{
	/* Every number can be a span of its own, and each architecture adds the ends of its ranges.
	 */
	const size_t max = SECCOMP_ARCHS * (SECCOMP_NUMBERS + SECCOMP_PRIVATE_COUNT + 8);
	struct row row = { 0 };

	row.spans = arena_array(p->arena, max, sizeof *row.spans);
	make_spans(&row, p, audit);
	row.units = arena_array(p->arena, row.n, sizeof *row.units);
	make_units(&row);
	struct seccomp_target tree = put_tree(m, row.units, row.n_units);
	if (!tree.label)
		return tree;
	return seccomp_put(m, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), tree);
}

/* Whether it has a tree beside the machine's own. Of several with one audit value, the first has.
 */
static bool has_tree(const struct seccomp_profile *p, size_t arch)
{
	uint32_t audit = seccomp_archs[arch].audit;
	bool in = false;

	if (audit == seccomp_archs[SECCOMP_NATIVE].audit)
		return false;
	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		if (seccomp_archs[i].audit != audit)
			continue;
		if (i < arch)
			return false;
		in = in || p->table[i].in;
	}
	return in;
}

void seccomp_put_program(struct seccomp_emitter *m, struct seccomp_profile *p)
{
	uint32_t native = seccomp_archs[SECCOMP_NATIVE].audit;
	struct seccomp_target to[SECCOMP_ARCHS], next = seccomp_return(p->foreign->action);

	for (size_t i = 0; i < SECCOMP_ARCHS; i++)
		if (has_tree(p, i))
			to[i] = put_arch(m, p, seccomp_archs[i].audit);
	struct seccomp_target own = put_arch(m, p, native);
	for (size_t i = 0; i < SECCOMP_ARCHS; i++)
		if (has_tree(p, i))
			next = seccomp_branch(m, BPF_JEQ, seccomp_archs[i].audit, to[i], next);
	next = seccomp_branch(m, BPF_JEQ, native, own, next);
	seccomp_put(m, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), next);
}
