/* log_line.h - a line of a container's log, of either form that the monitor writes (logger.h). */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct log_line {
	const char *time; /* not ended: time_len bytes */
	size_t time_len;
	bool errors; /* of stderr */
	char *text;  /* what was printed, len bytes; there is room for one more */
	size_t len;
};

/* line is ended by a NUL, which may become a newline. False: it is torn, or none. */
bool log_line_read(struct arena *a, char *line, size_t len, struct log_line *ret);
