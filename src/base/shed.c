/* shed.c - MADV_DONTNEED on stack that is not used again. */
#define _GNU_SOURCE
#include "base/shed.h"

#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_USED = 256 * 1024 };

static uintptr_t page_size(void)
{
	return (uintptr_t)getauxval(AT_PAGESZ);
}

static void drop(uintptr_t from, uintptr_t to)
{
	if (from < to)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

/*
 *	frames, argc, argv | environ, auxiliary vector | text of argv | of environ | file name
 *	                     ^ getauxval(3) reads it
 */
void shed_callers(const void *local)
{
	const uintptr_t page = page_size(), first = ((uintptr_t)local & -page) + page;

	drop(first, (uintptr_t)environ & -page);
	if (environ && *environ)
		drop(((uintptr_t)*environ + page - 1) & -page,
		     (uintptr_t)getauxval(AT_EXECFN) & -page);
}

__attribute__((noinline)) void shed_stack(void)
{
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	/* Our own frame, and the red zone of one that calls nothing. */
	drop((here - STACK_USED) & -page_size(), (here - 512) & -page_size());
}
