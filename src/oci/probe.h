/*
 * probe.h - what this machine has of what containers want: `scow check`.
 *
 * Each row of one table is a look at the machine itself: the system call is made, in a child where
 * it would change something, and no kernel configuration is read. Nothing is left behind, but the
 * kernel may load a module that the look asks for.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum probe_need {
	PROBE_NEEDED,   /* without it scow runs no container here */
	PROBE_WANTED,   /* common configurations ask for it */
	PROBE_OPTIONAL, /* some do */
};

enum { PROBE_DETAIL_MAX = 200 };

struct probe {
	const char *group, *name;
	enum probe_need need;
	const char *arg;     /* what the look takes, or "" */
	const char *missing; /* what that means for containers */
};

struct probe_answer {
	struct probe probe;
	bool there;
	char *detail;
};

/* All of them, in the order of the table; root is where the state of containers goes. */
struct probe_answer *probe_all(struct arena *a, const char *root, size_t *ret_n);

const char *probe_need_name(enum probe_need n);
