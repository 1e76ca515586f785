/*
 * seccomp.h - a profile of config.json becomes a BPF program in the parent; init loads it.
 *
 * What scow promises for every profile:
 * - the native architecture is always in; one that cannot run on this CPU is left out (log_debug);
 * - a name that is not known is skipped (log_debug);
 * - comparisons of one rule are ANDed, without a sign; with an argument index that stands twice,
 * each comparison is a rule of its own (OR); 32-bit architectures and x32 see the low 32 bits only;
 * - a rule whose action is the default's is skipped;
 * - the first rule without comparisons wins over all others for its call; rules whose comparisons
 * can hold together and whose actions differ are refused, since there is no order worth a promise;
 * - socket and its like, and those of ipc, mean the call of that name and the one through
 * socketcall or ipc, where argument 0 is the number of the call and no rule's comparison of it
 * counts;
 * - a call of an architecture that is not listed kills the thread;
 * - SCMP_ACT_NOTIFY makes loading give a listener, which is to reach an agent (oci/listener.h);
 * - numbers above the largest one named for their architecture get ENOSYS, so that a C library
 *   newer than the profile takes its fallback, unless the default action is ALLOW, LOG or TRACE;
 * - so does a call of 64-bit time (clock_gettime64) of a 32-bit architecture that is not named
 *   while the call that it replaces (clock_gettime) is, and not by the default action.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stdint.h>

struct sock_filter; /* linux/filter.h: 8 bytes, no pointers: an array may be kept in a file */

struct seccomp_program {
	uint32_t flags; /* SECCOMP_FILTER_FLAG_*; no "flags" in the profile is SPEC_ALLOW */
	uint32_t n;     /* instructions; 0: nothing to load */
	const struct sock_filter *filter;
};

/* What a profile's flags may be; ends with "". */
extern const struct seccomp_flag {
	char word[40];
	uint32_t value;
} seccomp_flags[];

/* This kernel knows the flag (and would take it, with all that belongs to it). */
bool seccomp_flag_works(uint32_t flag);

/* NULL s: an empty program. The instructions live in the arena. ERR_CONFIG names what is wrong. */
int seccomp_compile(struct arena *a, const struct spec_seccomp *s, struct seccomp_program *ret,
                    struct err *e);

/* It asks a listener: *ret_listener of seccomp_install. */
bool seccomp_notifies(const struct seccomp_program *p);

/*
 * Load it for good; from here on only what the profile allows. Needs no_new_privs or CAP_SYS_ADMIN
 * (caps.h has the order). EINVAL with SPEC_ALLOW alone is retried with no flags. seccomp(2)
 * *ret_listener is for a program that notifies; it may be NULL for others.
 */
int seccomp_install(const struct seccomp_program *p, int *ret_listener, struct err *e);
