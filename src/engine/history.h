/* history.h - reading the log that monitor/journal.h has written. */
#pragma once

#include "base/json.h"
#include "engine/definition.h"

#include <stdint.h>

struct happening {
	char *time, *name, *event;
	int64_t boot_ms;
	struct json_pair *attributes;
	size_t n_attributes;
	const char *text; /* the line as it is */
};

char *history_path(struct arena *a, const char *root);

/* One line. False when it is none: a full disk has cut it. */
bool history_parse(struct arena *a, const char *line, struct happening *ret);

/* NULL: it has no such one. */
const char *history_attribute(const struct happening *h, const char *key);

/* The code with which one that is gone has ended, in the last five minutes. */
bool history_last_code(const struct engine *g, const char *name, int *ret);
