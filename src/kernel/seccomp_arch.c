/* seccomp_arch.c - the family of architectures of this CPU, as the kernel names them. */
#include "kernel/seccomp_arch.h"

#include <linux/audit.h>
#include <string.h>

/* clang-format off */
const struct seccomp_arch seccomp_archs[SECCOMP_ARCHS] = {
#if defined __x86_64__ || defined __i386__
	{ "X86_64", AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, 0, true, false },
	{ "X86", AUDIT_ARCH_I386, AUDIT_ARCH_I386, 0, false, true },
	{ "X32", AUDIT_ARCH_X86_64 & ~(uint32_t)__AUDIT_ARCH_64BIT, AUDIT_ARCH_X86_64, 0x40000000, false, false },
#elif defined __aarch64__ || defined __arm__
	{ "AARCH64", AUDIT_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0, true, false },
	{ "ARM", AUDIT_ARCH_ARM, AUDIT_ARCH_ARM, 0, false, false },
#elif defined __riscv
	{ "RISCV64", AUDIT_ARCH_RISCV64, AUDIT_ARCH_RISCV64, 0, true, false },
#elif defined __mips__
	{ "MIPSEL", AUDIT_ARCH_MIPSEL, AUDIT_ARCH_MIPSEL, 4000, false, true },
	{ "MIPSEL64", AUDIT_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL64, 5000, true, false },
	{ "MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32, 6000, false, false },
#endif
};
/* clang-format on */

const char seccomp_arch_names[] = " X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 "
			    "MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC PARISC64 RISCV64 "
			    "LOONGARCH64 M68K SH SHEB ";

static bool is_known(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || strchr(name, ' '))
		return false;
	for (const char *p = strstr(seccomp_arch_names, name); p; p = strstr(p + 1, name))
		if (p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

int seccomp_arch_find(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";

	if (strncmp(name, prefix, sizeof prefix - 1) != 0)
		return SECCOMP_ARCH_UNKNOWN;
	name += sizeof prefix - 1;
	for (int i = 0; i < SECCOMP_ARCHS; i++)
		if (!strcmp(seccomp_archs[i].name, name))
			return i;
	return is_known(name) ? SECCOMP_ARCH_FOREIGN : SECCOMP_ARCH_UNKNOWN;
}
