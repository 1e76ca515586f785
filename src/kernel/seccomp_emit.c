/* seccomp_emit.c - labels, jumps and returns. */
#include "kernel/seccomp_emit.h"

#include <linux/bpf_common.h>

enum { NEAR = 255 };

static struct seccomp_target here(const struct seccomp_emitter *m)
{
	return (struct seccomp_target){ .label = m->n };
}

static void put(struct seccomp_emitter *m, uint16_t code, uint32_t jt, uint32_t jf, uint32_t k)
{
	m->n++;
	if (m->n <= BPF_MAXINSNS)
		m->code[BPF_MAXINSNS - m->n] =
		    (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
}

/* From an instruction that would be put next. */
static uint32_t distance(const struct seccomp_emitter *m, struct seccomp_target to)
{
	return m->n - to.label;
}

struct seccomp_target seccomp_return(uint32_t value)
{
	return (struct seccomp_target){ .value = value };
}

/* A RET that the next instruction can reach: the last one of this value, or a new one. */
static struct seccomp_target near_return(struct seccomp_emitter *m, uint32_t value)
{
	size_t i = 0;

	while (i < SECCOMP_RETURNS && !(m->returns[i].label && m->returns[i].value == value))
		i++;
	if (i == SECCOMP_RETURNS)
		i = m->next_return++ % SECCOMP_RETURNS;
	else if (m->n - m->returns[i].label <= NEAR)
		return (struct seccomp_target){ .label = m->returns[i].label };
	put(m, BPF_RET | BPF_K, 0, 0, value);
	m->returns[i].value = value;
	m->returns[i].label = m->n;
	return here(m);
}

static struct seccomp_target near(struct seccomp_emitter *m, struct seccomp_target to)
{
	if (!to.label)
		return near_return(m, to.value);
	if (distance(m, to) <= NEAR)
		return to;
	put(m, BPF_JMP | BPF_JA, 0, 0, distance(m, to));
	return here(m);
}

struct seccomp_target seccomp_branch(struct seccomp_emitter *m, uint16_t op, uint32_t k,
                                     struct seccomp_target yes, struct seccomp_target no)
{
	uint32_t before;

	if (yes.label == no.label && yes.value == no.value)
		return yes;
	do { /* what is put near for one may have moved the other out of reach */
		before = m->n;
		yes = near(m, yes);
		no = near(m, no);
	} while (m->n != before);
	put(m, (uint16_t)(BPF_JMP | op | BPF_K), distance(m, yes), distance(m, no), k);
	return here(m);
}

struct seccomp_target seccomp_put(struct seccomp_emitter *m, uint16_t code, uint32_t k,
                                  struct seccomp_target next)
{
	next = near(m, next);
	if (next.label != m->n)
		put(m, BPF_JMP | BPF_JA, 0, 0, distance(m, next));
	put(m, code, 0, 0, k);
	return here(m);
}
