/* seccomp_tree.h - the whole program for a profile's tables. */
#pragma once

#include "kernel/seccomp_emit.h"
#include "kernel/seccomp_rules.h"

/* m->n is the length, more than BPF_MAXINSNS when it does not fit. */
void seccomp_put_program(struct seccomp_emitter *m, struct seccomp_profile *p);
