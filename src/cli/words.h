/* words.h - a line of commands as words, as a shell has them. */
#pragma once

#include "base/err.h"

#include <stddef.h>

/*
 * Blanks part words; '...', "..." and a backslash keep what they would part. At most max of them,
 * and a NULL behind (room for max + 1); the line is changed. Nothing, or # in front: 0 words.
 */
int words_split(char *line, char **ret, size_t max, size_t *ret_n, struct err *e);
