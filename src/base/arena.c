/* arena.c - a bump allocator over one lazily filled mapping. */
#define _GNU_SOURCE
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Address space, not memory: the kernel gives a page when it is touched. Configurations are limited
 * to a megabyte (CONFIG_MAX), so this bound is met only by a bug. */
enum { ARENA_SIZE = 64 * 1024 * 1024 };

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "scow: out of memory\n";

	(void)!write(2, text, sizeof text - 1); /* nobody is left to tell if this fails */
	_exit(1);
}

static void map(struct arena *a)
{
	void *p = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		out_of_memory();
	a->base = p;
	a->used = 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);

	if (!a->base)
		map(a);
	if (n > ARENA_SIZE - align || a->used + n > ARENA_SIZE - align)
		out_of_memory();
	void *p = a->base + a->used;
	a->used += (n + align - 1) & ~(align - 1);
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t n)
{
	if (n && count > SIZE_MAX / n)
		out_of_memory();
	return arena_alloc(a, count * n);
}

char *arena_strdup(struct arena *a, const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(arena_alloc(a, n), s, n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	char *s = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void arena_free(struct arena *a)
{
	if (a->base)
		munmap(a->base, ARENA_SIZE);
	a->base = NULL;
	a->used = 0;
}
