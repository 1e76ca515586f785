/*
 * explain.h - what becomes of each property of a config.json on this machine: `scow explain`.
 *
 * The properties come from the tables that create loads a configuration by, the reasons from the
 * very checks that it makes; what only the birth of a container shows (a mount that fails, a
 * program that is not there) is not tried.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

enum explain_verdict { EXPLAIN_HONOURED, EXPLAIN_IGNORED, EXPLAIN_REFUSED };

struct explain_row {
	enum explain_verdict verdict;
	char *place; /* "process.args"; "mounts[].type" stands for all that are honoured */
	char *why;   /* or NULL */
};

struct explain {
	struct explain_row *rows;
	size_t n, refused;
};

/* path: a config.json, or a bundle's directory. -1: it cannot be read, or is not JSON. */
int explain_config(struct arena *a, const char *path, struct explain *ret, struct err *e);

const char *explain_verdict_name(enum explain_verdict v);
