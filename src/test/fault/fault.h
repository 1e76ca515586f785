/* fault.h - which call of which process fails, and what came of it. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

extern struct fault {
	bool armed;
	int role, at; /* whose call, which one */
	int my_role, calls;
} fault;

extern struct report { /* shared with all processes of a run */
	char call[32]; /* what failed; empty: nothing did */
	int result;    /* of the armed act */
	struct err err;
} * report;
