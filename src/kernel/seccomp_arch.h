/*
 * seccomp_arch.h - the architectures whose system calls this kernel can get, and the numbers of
 * system calls by name.
 *
 * One machine runs programs of a family: x86_64 also those of x86 and x32, aarch64 those of arm.
 * Calls of other families cannot occur here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct seccomp_arch {
	char name[12];  /* "X86_64" of "SCMP_ARCH_X86_64" */
	uint32_t token; /* libseccomp's */
	uint32_t audit; /* the kernel's: x32 has that of x86_64 */
	uint32_t base;  /* added to the numbers below */
	bool wide;      /* arguments have 64 bits; else only the low 32 count */
	bool multiplex; /* has socketcall and ipc, that stand for other calls */
};

/* clang-format off */
#if defined __x86_64__
enum { SECCOMP_ARCHS = 3, SECCOMP_NATIVE = 0 };
#elif defined __i386__
enum { SECCOMP_ARCHS = 3, SECCOMP_NATIVE = 1 };
#elif defined __aarch64__
enum { SECCOMP_ARCHS = 2, SECCOMP_NATIVE = 0 };
#elif defined __arm__
enum { SECCOMP_ARCHS = 2, SECCOMP_NATIVE = 1 };
#elif defined __riscv && __riscv_xlen == 64
enum { SECCOMP_ARCHS = 1, SECCOMP_NATIVE = 0 };
#elif defined __mips__ && defined __MIPSEL__ && !defined __mips64
enum { SECCOMP_ARCHS = 3, SECCOMP_NATIVE = 0 };
#else
#error "seccomp_arch.c has no row for this CPU"
#endif
/* clang-format on */

extern const struct seccomp_arch seccomp_archs[SECCOMP_ARCHS];

/* All that the OCI runtime spec names, less their prefix, with a space before and behind each. */
extern const char seccomp_arch_names[];

enum { SECCOMP_ARCH_UNKNOWN = -1, SECCOMP_ARCH_FOREIGN = -2 };

/* Its place in the table of "SCMP_ARCH_X86_64"; FOREIGN: a known one that cannot occur here. */
int seccomp_arch_find(const char *name);

/*
 * Numbers, without the base of their architecture, are below SECCOMP_NUMBERS, or private calls of
 * arm: SECCOMP_PRIVATE and the few above it.
 */
enum { SECCOMP_NUMBERS = 1024, SECCOMP_PRIVATE = 0xf0000, SECCOMP_PRIVATE_COUNT = 16 };

/* -1 where an architecture does not have that call. False: nobody has it, by that name. */
bool seccomp_numbers(const char *name, int32_t ret[SECCOMP_ARCHS]);
