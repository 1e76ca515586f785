/*
 * limit.h - what the kernel limits by process: rlimits and the OOM score.
 *
 * Both are set by the host on the waiting init, by pid (it cannot be reused: it is our unreaped
 * child), best when READY has come: the last thing before the gate, so that a small RLIMIT_NOFILE
 * or RLIMIT_AS does not hit our own set-up. From inside a user namespace neither a hard limit could
 * be raised nor /proc/self/oom_score_adj be opened (dumpable is 0 there, so it belongs to the
 * host's root).
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <sys/types.h>

/* pid 0: the caller. 64-bit exact; 18446744073709551615 is RLIM_INFINITY. prlimit(2) */
int limit_rlimits(pid_t pid, const struct spec_rlimit *list, size_t n, struct err *e);

/* Our own soft limit of descriptors, up to the hard one and back to what it was. */
int limit_files_raise(uint64_t *ret_soft, struct err *e);
int limit_files_restore(uint64_t soft, struct err *e);

/* Unset: unchanged. -1000 to 1000. Through the host's /proc; pid 0: the caller. proc(5) */
int limit_oom_score_adj(pid_t pid, const struct json_opt *adj, struct err *e);
