/*
 * hook.h - programs of the configuration that are run at points of a container's life.
 *
 * Each gets the container's state as JSON on its stdin and its own environment; without one, the
 * caller's or, inside, that of the container's program. What it prints is kept for the error
 * message. OCI runtime spec, "POSIX-platform Hooks".
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "oci/process.h"
#include "spec/spec.h"
#include "store/record.h"

/*
 * Run the list in order; the first failure ends it: "error running NAME hook #N: …". status and pid
 * are what the hook is told of the container.
 */
int hook_run(struct arena *a, const char *name, const struct spec_hook *v, size_t n,
             const struct record *r, const char *status, int64_t pid, struct err *e);

/* The same with programs of the container, which is hostile: under the filter of its own process.
 */
int hook_run_inside(struct arena *a, const char *name, const struct spec_hook *v, size_t n,
                    const struct record *r, const char *status, const struct process *as,
                    struct err *e);
