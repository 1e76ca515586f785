/*
 * worker.h - what keeper and monitor are too small for: making, starting and sweeping a defined
 * container, one work a process.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/*
 * The main function of `scow worker NAME "WORK VALUE"`, with the descriptors of link.h. What became
 * of the work goes to the keeper; -1 only when there is none. Of "health", the exit code is what
 * health.h says.
 */
int worker_main(struct arena *a, const char *work, struct err *e);
