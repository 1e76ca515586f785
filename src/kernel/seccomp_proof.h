/*
 * seccomp_proof.h - what the tests hold against each other: the rules of a profile, read slowly and
 * plainly; the program that scow makes of it; and the one that libseccomp makes of it. Both
 * programs are run by an interpreter.
 *
 * Nothing here shares code or tables with the compiler: names and numbers are libseccomp's.
 */
#pragma once

#include "kernel/seccomp.h"

#include <linux/seccomp.h>
#include <stdbool.h>

#define UNDECIDED UINT32_C(0xdeadbeef) /* no action begins like this */
#define CLASH     UINT32_C(0xdeadbee0) /* two rules hold and want different things */

/* What the kernel would get from the program; UNDECIDED for what no seccomp program has. */
uint32_t proof_run(const struct seccomp_program *p, const struct seccomp_data *d);

enum { PROOF_ARCHS = 3, PROOF_MEANINGS = 1 << 15 };

/* An entry of the profile is about this call of this architecture. */
struct proof_meaning {
	size_t entry;
	uint32_t arch, nr; /* nr as the kernel sees it */
	uint32_t call;     /* and argument 0 says which; 0: any */
};

struct proof {
	const struct spec_seccomp *spec;
	struct arch {
		uint32_t token; /* libseccomp's; 0: not in the filter */
		uint32_t max;   /* the largest number named, or 0 with none set */
		bool any;
	} archs[PROOF_ARCHS];
	struct proof_meaning *meanings;
	size_t n_meanings;
};

/* The family of this CPU, ended by 0: libseccomp's tokens. */
extern const uint32_t proof_family[PROOF_ARCHS + 1];
const char *proof_arch_name(uint32_t token); /* "SCMP_ARCH_X86_64" */
uint32_t proof_audit(uint32_t token);

/* `meanings` has room for PROOF_MEANINGS. */
void proof_read(struct proof *p, const struct spec_seccomp *s, struct proof_meaning *meanings);

/* The answer of the rules to a call. */
uint32_t proof_judge(const struct proof *p, const struct seccomp_data *d);

/* Whether all of the meaning's comparisons of this argument hold for the value. */
bool proof_accepts(const struct proof *p, const struct proof_meaning *m, uint32_t arg,
                   uint64_t value);
uint32_t proof_default(const struct spec_seccomp *s);

/*
 * libseccomp's program, made in a child that has `limit_ms`. 1: it refuses the profile; 2: it did
 * not come to an end; -1: the child could not be started. `room` holds BPF_MAXINSNS.
 */
int proof_peer(const struct proof *p, unsigned limit_ms, struct sock_filter *room,
               struct seccomp_program *ret);

/* The profile number `seed` of an endless list. */
struct spec_seccomp *proof_random(struct arena *a, uint32_t seed);

/* A profile, both programs, and what came out. */
struct asked {
	const char *name;
	struct proof proof;
	struct seccomp_program own, peer; /* n 0: there is none */
	size_t calls, clashes, wrong, peer_wrong, peer_wrong_plain;
	bool compares; /* a comparison of an argument is about this number */
	uint64_t dice;
};

/* All three ways for all calls that matter; differences of `own` are printed. */
void proof_ask(struct asked *r);
