/*
 * arena.h - memory that lives as long as one command and is released in one go.
 *
 * One mapping of address space, filled from the bottom. The waiting init of a container unmaps it,
 * so that nothing of what the command parsed stays alive. There is no free: a command is short.
 */
#pragma once

#include <stddef.h>

struct arena {
	unsigned char *base;
	size_t used;
};

void *arena_alloc(struct arena *a, size_t n); /* zeroed; ends the process when memory is out */
void *arena_array(struct arena *a, size_t count, size_t n); /* the same, checked against overflow */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);
