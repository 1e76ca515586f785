/*
 * user.c - /etc/passwd and /etc/group of a container.
 *
 * The files are the container's: they are opened inside its root, whatever links stand there, and
 * what is odd in them is skipped.
 */
#define _GNU_SOURCE
#include "engine/user.h"

#include "base/fd.h"
#include "base/own.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1024 * 1024, FIELDS = 4 };

static bool is_number(const char *text, uint32_t *ret)
{
	char *end;

	errno = 0;
	const unsigned long n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n > UINT32_MAX - 1)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* The next line's first fields, "name:x:number:rest"; the last one has all of the rest. */
static bool next(char **text, char *fields[FIELDS])
{
	char *line;

	while ((line = strsep(text, "\n"))) {
		int n = 0;

		while (n < FIELDS - 1 && (fields[n] = strsep(&line, ":")))
			n++;
		fields[FIELDS - 1] = line ? line : (char *)(uintptr_t) "";
		if (n == FIELDS - 1)
			return true;
	}
	return false;
}

/* By name, or by number when number is not NULL. */
static bool find(struct arena *a, const char *file, const char *name, const uint32_t *number,
                 char *ret[FIELDS])
{
	char *text = arena_strdup(a, file);
	uint32_t n;

	while (next(&text, ret))
		if (number ? is_number(ret[2], &n) && n == *number : !strcmp(ret[0], name))
			return true;
	return false;
}

static bool has_member(char *members, const char *name)
{
	char *one;

	while ((one = strsep(&members, ",")))
		if (!strcmp(one, name))
			return true;
	return false;
}

static void add_groups(struct arena *a, const char *file, const char *name, struct user *u)
{
	enum { GROUPS_MAX = 256 };
	char *text = arena_strdup(a, file), *fields[FIELDS];
	uint32_t gid;

	u->gids = arena_array(a, GROUPS_MAX, sizeof *u->gids);
	while (u->n_gids < GROUPS_MAX && next(&text, fields))
		if (is_number(fields[2], &gid) && has_member(fields[3], name))
			u->gids[u->n_gids++] = gid;
}

static int find_group(struct arena *a, const char *file, const char *text, uint32_t *ret,
                      struct err *e)
{
	char *fields[FIELDS];

	if (is_number(text, ret) ||
	    (find(a, file, text, NULL, fields) && is_number(fields[2], ret)))
		return 0;
	return err_kind(e, ERR_NOT_EXECUTABLE, 0, "the container has no group \"%s\"", text);
}

int user_find(struct arena *a, const char *passwd, const char *group, const char *text,
              struct user *ret, struct err *e)
{
	char *name = arena_strdup(a, text), *colon = strchr(name, ':'), *fields[FIELDS];
	struct user u = { 0 };

	if (colon)
		*colon++ = 0;
	const bool number = is_number(name, &u.uid);
	const bool known = find(a, passwd, name, number ? &u.uid : NULL, fields);
	if (!number && (!known || !is_number(fields[2], &u.uid)))
		return err_kind(e, ERR_NOT_EXECUTABLE, 0, "the container has no user \"%s\"", name);
	if (known) {
		fields[3][strcspn(fields[3], ":")] = 0;
		if (!is_number(fields[3], &u.gid))
			u.gid = 0;
	}
	if (colon && find_group(a, group, colon, &u.gid, e))
		return -1;
	if (!colon && known)
		add_groups(a, group, fields[0], &u);
	*ret = u;
	return 0;
}

/* Empty when there is none that can be read. Opening what a container has put there in its place
 * may do more than that: a watchdog begins to run, a writer at a fifo goes on. */
static const char *read_file(struct arena *a, int root, const char *path)
{
	struct err ignored;
	char *text, name[32];
	struct stat st;
	size_t len;
	own_fd place = path_open(root, path, &ignored);

	if (place < 0 || fstat(place, &st) || !S_ISREG(st.st_mode))
		return "";
	snprintf(name, sizeof name, "/proc/self/fd/%d", place);
	own_fd fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 || fd_read_all(a, fd, path, FILE_MAX, &text, &len, &ignored) ? "" : text;
}

int user_in(struct arena *a, pid_t pid, const char *text, struct user *ret, struct err *e)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
	own_fd root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_set(e, errno, "open %s", path);
	return user_find(a, read_file(a, root, "etc/passwd"), read_file(a, root, "etc/group"), text,
	                 ret, e);
}
