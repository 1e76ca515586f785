/*
 * shed.c - MADV_DONTNEED on what is ours and can be had again.
 *
 *	RELRO:  .tdata .init_array | .data.rel.ro of our objects | of the C library | .dynamic .got
 *	|<---------------------- whole pages -------------------->|
 *
 * What is dropped reads as in the file from then on: not relocated. The page of .dynamic and .got
 * stays: on some machines all code goes through it.
 */
#define _GNU_SOURCE
#include "base/shed.h"

#include <elf.h>
#include <link.h>
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

/* The linker's _DYNAMIC, which link.h declares in glibc and not in musl. Nothing is relocated in a
 * program that has none. */
extern const char dynamic_section[] __asm__("_DYNAMIC") __attribute__((weak, visibility("hidden")));

void shed_tables(void)
{
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	const unsigned long n = getauxval(AT_PHNUM);
	const uintptr_t dynamic = (uintptr_t)dynamic_section;
	uintptr_t base = 0, relro = 0;

	for (unsigned long i = 0; dynamic && i < n; i++) {
		if (p[i].p_type == PT_DYNAMIC)
			base = dynamic - p[i].p_vaddr;
		if (p[i].p_type == PT_GNU_RELRO)
			relro = p[i].p_vaddr;
	}
	if (base && relro)
		drop(base + (relro & -page_size()), dynamic & -page_size());
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
