/* utf8.h - text of programs that promise nothing, for readers who want UTF-8. RFC 3629 */
#pragma once

#include "base/arena.h"

#include <stddef.h>

/* The length of the character at p, of len bytes; 0: it is none. */
size_t utf8_length(const unsigned char *p, size_t len);

/* A copy with U+FFFD for each byte that belongs to no character. */
char *utf8_text(struct arena *a, const char *text);
