/* host_ps.h - the host's ps(1) over a container's processes. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <sys/types.h>

/*
 * Run ps with these options, as the caller's PATH finds it, and print of what it says the header
 * and the lines of these processes. Its header must have a PID.
 */
int host_ps(struct arena *a, char *const *options, size_t n_options, const pid_t *pids, size_t n,
            struct err *e);
