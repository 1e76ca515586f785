/* checkup.h - one run of a container's health command. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "monitor/plan.h"

/*
 * Run it in the container, keep what it says in NAME/health.last (dir is NAME), and kill it when
 * its time is over, with all of its session. HEALTH_PASSED or HEALTH_FAILED. Standard output and
 * error of this process are the command's from here on.
 */
int checkup(struct arena *a, const struct plan *p, int dir, struct err *e);
