/*
 * recover.h - a container whose keeper and monitor were killed.
 *
 * Both locks are held (up.h): nobody else looks after it.
 */
#pragma once

#include "base/arena.h"
#include "store/record.h"

/* Take apart what there is of it. *ret: there was a container. */
int recover_sweep(struct arena *a, const char *root, const struct ctr *c, bool *ret, struct err *e);

/*
 * The same; then its end is recorded, for which reason is an END_* word of monitor/life.h (NULL: it
 * is found out). *ret_restart: the policy wants it up again, and its life says so. Nothing left:
 * nothing done.
 */
int recover(struct arena *a, const char *root, const struct ctr *c, const char *reason,
            bool *ret_restart, struct err *e);
