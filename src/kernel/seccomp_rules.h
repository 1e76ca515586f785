/*
 * seccomp_rules.h - a profile becomes, for each architecture, a table from number to outcome.
 *
 * An outcome is an action, or rules on the arguments and an action for when none of them holds. Two
 * rules of one outcome never hold together unless their action is the same, so their order does not
 * matter. Numbers with the same rules share one outcome.
 *
 *   profile entry --name, architecture--> number --> outcome --> rule --> tests, all must hold
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "kernel/seccomp_arch.h"
#include "spec/spec.h"

enum seccomp_op { SECCOMP_EQ, SECCOMP_GT, SECCOMP_GE, SECCOMP_MASK };

/* An argument compared without a sign. MASK: (argument & mask) == value. */
struct seccomp_test {
	enum seccomp_op op;
	bool negate;
	uint32_t arg;
	uint64_t value, mask;
};

struct seccomp_rule {
	struct seccomp_rule *next;
	uint32_t action;
	uint32_t n; /* at least 1, each on an argument of its own */
	struct seccomp_test tests[6];
};

struct seccomp_outcome {
	uint32_t action;            /* of a call that no rule is for */
	bool final;                 /* decided by a rule without arguments */
	bool wide;                  /* arguments have 64 bits */
	struct seccomp_rule *rules; /* the newest first */
	size_t n_rules;
	const char *clash; /* what is wrong with these rules, or NULL */
	uint32_t label;    /* seccomp_emit.h: where its code is */

	/* An outcome plus the entry that is added to it is one other outcome: they form a tree. */
	struct seccomp_outcome *parent, *child, *sibling;
	size_t entry;
	uint32_t call;
};

/* What an architecture's numbers come to. No outcome: the default action. */
struct seccomp_table {
	bool in;         /* the filter is for this architecture too */
	int32_t max;     /* the largest number named, private ones aside; -1: none */
	uint32_t time64; /* which of the calls of 64-bit time are named, from the first on */
	struct seccomp_outcome *private[SECCOMP_PRIVATE_COUNT];
	struct seccomp_outcome *outcome[SECCOMP_NUMBERS];
};

struct seccomp_profile {
	struct arena *arena;
	/* For the default action; [1]: with 64-bit arguments. */
	struct seccomp_outcome *fallback[2];
	struct seccomp_outcome *finals;  /* of each action, by sibling */
	struct seccomp_outcome *newer;   /* for numbers above the largest one named */
	struct seccomp_outcome *foreign; /* for calls of architectures that are not in */
	struct seccomp_table table[SECCOMP_ARCHS];
};

/* ERR_CONFIG names the entry that is wrong, or the two that contradict each other. */
int seccomp_rules(struct arena *a, const struct spec_seccomp *s, struct seccomp_profile *ret,
                  struct err *e);

/* Whether some arguments make all tests of both hold. `limit` is the largest value of an argument.
 */
bool seccomp_rules_overlap(const struct seccomp_rule *a, const struct seccomp_rule *b,
                           uint64_t limit);
