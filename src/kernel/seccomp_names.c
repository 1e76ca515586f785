/*
 * seccomp_names.c - a system call's name to its numbers.
 *
 * A build that has libseccomp's sources makes SECCOMP_TABLE from its syscalls.csv: 10 KB of sorted
 * names and 16-bit numbers without a single pointer, and one search gives the numbers of the whole
 * family. libseccomp's own lookups take 57 KB and 0.1 ms more for a profile; a build with the
 * system's libraries uses them all the same, since there is nothing to make a table from.
 */
#include "kernel/seccomp_arch.h"

#include <stddef.h>
#include <string.h>

#ifdef SECCOMP_TABLE

enum { NONE = 0xffff, CODED = 0xf000 };

struct row {
	uint16_t name; /* where it begins in the text */
	uint16_t nr[SECCOMP_ARCHS];
};

#include SECCOMP_TABLE

static const struct row *find(const char *name)
{
	size_t low = 0, high = sizeof rows / sizeof *rows;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, text + rows[middle].name);
		if (order == 0)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool seccomp_numbers(const char *name, int32_t ret[SECCOMP_ARCHS])
{
	const struct row *row = find(name);

	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		uint16_t nr = row ? row->nr[i] : NONE;
		ret[i] = nr == NONE ? -1 : nr;
		if (nr >= CODED && nr != NONE)
			ret[i] = SECCOMP_PRIVATE + (nr - CODED);
	}
	return row != NULL;
}

#else

#include <seccomp.h>

/*
 * Of what socketcall and ipc stand for, libseccomp tells no numbers where they exist; the calls of
 * their own came later, on x86 with Linux 4.3 and 5.1.
 */
/* clang-format off */
static const struct {
	char name[12];
	uint16_t x86, mips;
} direct[] = {
	{ "accept", 0, 168 },	   { "accept4", 364, 334 },    { "bind", 361, 169 },
	{ "connect", 362, 170 },   { "getpeername", 368, 171 }, { "getsockname", 367, 172 },
	{ "getsockopt", 365, 173 }, { "listen", 363, 174 },    { "recv", 0, 175 },
	{ "recvfrom", 371, 176 },  { "recvmmsg", 337, 335 },   { "recvmsg", 372, 177 },
	{ "send", 0, 178 },	   { "sendmmsg", 345, 343 },   { "sendmsg", 370, 179 },
	{ "sendto", 369, 180 },	   { "setsockopt", 366, 181 }, { "shutdown", 373, 182 },
	{ "socket", 359, 183 },	   { "socketpair", 360, 184 }, { "msgctl", 402, 402 },
	{ "msgget", 399, 399 },	   { "msgrcv", 401, 401 },     { "msgsnd", 400, 400 },
	{ "semctl", 394, 394 },	   { "semget", 393, 393 },     { "shmat", 397, 397 },
	{ "shmctl", 396, 396 },	   { "shmdt", 398, 398 },      { "shmget", 395, 395 },
};
/* clang-format on */

static int32_t direct_number(const struct seccomp_arch *arch, const char *name)
{
	for (size_t i = 0; arch->multiplex && i < sizeof direct / sizeof *direct; i++)
		if (!strncmp(name, direct[i].name, sizeof direct->name)) {
			int nr = arch->base ? direct[i].mips : direct[i].x86;
			return nr ? nr : -1;
		}
	return -1;
}

bool seccomp_numbers(const char *name, int32_t ret[SECCOMP_ARCHS])
{
	bool known = false;

	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		const struct seccomp_arch *arch = &seccomp_archs[i];
		int nr = seccomp_syscall_resolve_name_arch(arch->token, name);
		known = known || nr != __NR_SCMP_ERROR;
		ret[i] = nr < 0 ? direct_number(arch, name) : nr - (int)arch->base;
	}
	return known;
}

#endif
