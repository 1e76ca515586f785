/* probe_user.c - what containers of a user who is not root need (rootless.h), seen by whoever asks.
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "kernel/ns.h"
#include "oci/probe_look.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

LOOK(user_switch)
{
	struct err e;
	const char *why = ns_user_switch();

	(void)p, (void)root;
	if (!why && ns_check(CLONE_NEWUSER, &e))
		why = e.text;
	if (why)
		probe_say(detail, "%s", why);
	return !why;
}

/* It gains root's rights: by its mode, or by its capabilities. */
static bool gains_rights(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && st.st_mode & 0111 &&
	       ((st.st_mode & S_ISUID && !st.st_uid) ||
	        getxattr(path, "security.capability", NULL, 0) > 0);
}

/* The tool by its name, in $PATH, and the ranges of ids that it hands out. */
LOOK(set_id_tool)
{
	const char *dirs = getenv("PATH");
	char path[256], text[4096];
	size_t lines = 0;

	(void)root;
	while (dirs && *dirs) {
		const size_t len = strcspn(dirs, ":");

		snprintf(path, sizeof path, "%.*s/%s", (int)len, dirs, p->name);
		if (gains_rights(path))
			break;
		dirs += len + (dirs[len] == ':');
	}
	if (!dirs || !*dirs) {
		probe_say(detail, "no program of that name with rights of its own");
		return false;
	}
	if (fd_read_start(AT_FDCWD, p->arg, text, sizeof text) > 0)
		for (const char *c = text; (c = strchr(c, '\n')); c++)
			lines++;
	probe_say(detail, "%s, ranges in %s: %zu", path, p->arg, lines);
	return lines > 0;
}
