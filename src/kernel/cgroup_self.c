/*
 * cgroup_self.c - a place for ourselves in a cgroup that was left to us.
 *
 *	DELEGATED		whoever called us, until we have moved
 *	DELEGATED/.scow		we, keepers and monitors
 *	DELEGATED/NAME		a container
 */
#define _GNU_SOURCE
#include "kernel/cgroup.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAF "/.scow"

/* Cuts the leaf off, when that is where we are. */
static void cut_leaf(char *path)
{
	const size_t n = strlen(path), leaf = sizeof LEAF - 1;

	if (n >= leaf && !strcmp(path + n - leaf, LEAF))
		path[n - leaf] = 0;
}

/* Disabled, a controller takes its limits along, whoever has some: nobody may be left. */
static bool has_containers(int dir)
{
	own_fd copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = copy < 0;
	const char *name;
	struct dir d;

	dir_begin(&d, copy);
	while (!found && (name = dir_next(&d)))
		found = d.type == DT_DIR && *name != '.';
	return found;
}

/* Controllers that no container needs any more. Whoever makes one just now has the lock until it is
 * to be seen. */
static bool take_back(int dir)
{
	char text[1024], word[64], *save = NULL;
	own_fd lock = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) || has_containers(dir))
		return false;
	if (fd_read_text(dir, "cgroup.subtree_control", text, sizeof text) <= 0)
		return false;
	for (char *w = strtok_r(text, " \n", &save); w; w = strtok_r(NULL, " \n", &save)) {
		snprintf(word, sizeof word, "-%s", w);
		(void)fd_put(dir, "cgroup.subtree_control", word);
	}
	return true;
}

/*
 * cgroup.procs takes 0 for the writer. EOPNOTSUPP: a controller that the last container has left on
 * makes of a cgroup with processes a place for threads (cgroups(7)), which has no such children.
 */
static int enter(int dir, struct err *e)
{
	const char *procs = "." LEAF "/cgroup.procs";

	if (mkdirat(dir, LEAF + 1, 0755) && errno != EEXIST)
		return err_set(e, errno, "make a cgroup for scow itself");
	if (!fd_put(dir, procs, "0"))
		return 0;
	int no = errno;
	if (no == EOPNOTSUPP && take_back(dir)) {
		if (!fd_put(dir, procs, "0"))
			return 0;
		no = errno;
	}
	return err_set(e, no, "move scow there");
}

int cgroup_settle(struct arena *a, const char **ret, struct err *e)
{
	char text[4096], *own;
	struct cgroup cg;

	own = cgroup_path_of("self", text, sizeof text);
	if (!own)
		return err_set(e, 0, "find our own cgroup");
	cut_leaf(own);
	*ret = NULL;
	if (!own[strspn(own, "/")])
		return 0;
	if (cgroup_open(own, &cg, e))
		return -1;
	int failed = enter(cg.fd, e);
	if (failed)
		err_ctx(e, "cgroup %s", own);
	cgroup_close(&cg);
	*ret = arena_strdup(a, own);
	return failed;
}

void cgroup_join_leaf(const char *delegated)
{
	struct cgroup cg;
	struct err ignored;

	if (cgroup_open(delegated, &cg, &ignored))
		return;
	(void)enter(cg.fd, &ignored); /* then we stay where we are */
	cgroup_close(&cg);
}

void cgroup_take_back(const char *delegated)
{
	struct cgroup cg;
	struct err ignored;

	if (cgroup_open(delegated, &cg, &ignored))
		return;
	(void)take_back(cg.fd);
	cgroup_close(&cg);
}

void cgroup_drop_leaf(const char *delegated)
{
	enum { WAIT_MS = 100 }; /* a keeper gives back its lock before it is out of its cgroup */
	struct cgroup cg = CGROUP_NONE, leaf = CGROUP_NONE;
	struct err ignored;

	if (cgroup_open(delegated, &cg, &ignored))
		return;
	leaf.fd = openat(cg.fd, LEAF + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf.fd >= 0 && !cgroup_wait_empty(&leaf, WAIT_MS, &ignored) &&
	    !unlinkat(cg.fd, LEAF + 1, AT_REMOVEDIR))
		(void)take_back(cg.fd);
	cgroup_close(&leaf);
	cgroup_close(&cg);
}
