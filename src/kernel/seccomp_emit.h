/*
 * seccomp_emit.h - a BPF program, written from its end to its beginning.
 *
 * Jumps of classic BPF go forward only, so what they lead to is there first, and every distance is
 * known. A label is a place counted from the end. Conditional jumps reach 255 instructions: where a
 * target is farther, a jump of any length to it is put nearby; a return is put nearby again.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_outcome;

enum { SECCOMP_RETURNS = 16 };

struct seccomp_emitter {
	struct sock_filter *code; /* BPF_MAXINSNS of them, filled from the last one on */
	uint32_t n;               /* more than BPF_MAXINSNS: it did not fit */
	struct {
		uint32_t value, label;
	} returns[SECCOMP_RETURNS]; /* the newest RET of some values */
	size_t next_return;
};

/* Where to go: to a label, or, with label 0, out with a value. */
struct seccomp_target {
	uint32_t label, value;
};

struct seccomp_target seccomp_return(uint32_t value);

/* Jump on A: BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET with k. Both ways the same: no instruction. */
struct seccomp_target seccomp_branch(struct seccomp_emitter *m, uint16_t op, uint32_t k,
                                     struct seccomp_target yes, struct seccomp_target no);

/* An instruction that does not jump (load, AND), and then `next`. */
struct seccomp_target seccomp_put(struct seccomp_emitter *m, uint16_t code, uint32_t k,
                                  struct seccomp_target next);

/* Code for an outcome, made once. It expects nothing of A and leaves nothing in it. */
struct seccomp_target seccomp_put_outcome(struct seccomp_emitter *m, struct seccomp_outcome *o);
