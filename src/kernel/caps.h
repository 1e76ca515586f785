/*
 * caps.h - the five capability sets of a container's process, as bit masks.
 *
 * The order of a process that becomes the container's (capabilities(7), seccomp(2)):
 *
 *   caps_parse           host, before clone: names to bits, the warnings
 *   caps_drop_bounding   init, still with CAP_SETPCAP
 *   cred_apply           groups, gid, uid; keeps the permitted set across the uid change
 *   noNewPrivileges true                     | false
 *     caps_apply(c, 0)                       |   caps_apply(c, CAPS_FOR_SECCOMP)
 *     prctl(PR_SET_NO_NEW_PRIVS)             |
 *     gate                                   |   gate
 *     seccomp_install                        |   seccomp_install     CAP_SYS_ADMIN allows it
 *                                            |   caps_apply(c, 0)    profile must allow capset
 *     execve                                 |   execve
 *
 * Without a seccomp profile the left column is right for both, less the prctl.
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stdint.h>

struct caps { /* bit n is capability n */
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

#define CAPS_SYS_ADMIN   (UINT64_C(1) << 21)
#define CAPS_FOR_SECCOMP CAPS_SYS_ADMIN

/*
 * Names to bits; NULL s is five empty sets, as runc and crun have it. A name that is unknown, or
 * that cannot be granted, is left out with one log_warning for all of them: not in
 * `own`, the caller's permitted set (all bits for a user namespace, new or joined), effective but
 * not permitted, inheritable but not bounding, ambient but not both permitted and inheritable.
 */
void caps_parse(const struct spec_capabilities *s, uint64_t own, struct caps *ret);

/*
 * Drop from the bounding set, which is `have` (all bits: unknown), what is not in c->bounding: one
 * prctl for each, the kernel has no other call.
 */
int caps_drop_bounding(const struct caps *c, uint64_t have, struct err *e);

/*
 * Effective, permitted, inheritable and ambient sets exactly as in c; `also` stays effective and
 * permitted until the next call (0, or CAPS_FOR_SECCOMP). After the uid change.
 */
int caps_apply(const struct caps *c, uint64_t also, struct err *e);

enum { CAPS_NAME_MAX = 32 };

/* "CAP_CHOWN", in any case, to 0; -1 when unknown. */
int caps_number(const char *name);

/* 0 to "CAP_CHOWN"; NULL past the last one that is known. For features(). */
const char *caps_name(int cap, char buf[CAPS_NAME_MAX]);
