/*
 * asuser: runs a command as an ordinary user, as after a login.
 *
 *   asuser UID GROUP[,GROUP...] CMD [ARG...]      gid UID, these groups, no capability
 */
#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GROUPS_MAX = 16 };

int main(int argc, char **argv)
{
	gid_t groups[GROUPS_MAX];
	size_t n = 0;

	if (argc < 4)
		return 2;
	const unsigned id = (unsigned)strtoul(argv[1], NULL, 10);
	for (char *g = strtok(argv[2], ","); g && n < GROUPS_MAX; g = strtok(NULL, ","))
		groups[n++] = (gid_t)strtoul(g, NULL, 10);
	if (setgroups(n, groups) || setresgid(id, id, id) || setresuid(id, id, id)) {
		perror("asuser");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
