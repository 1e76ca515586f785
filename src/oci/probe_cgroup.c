/* probe_cgroup.c - looks at cgroups, without making one. */
#define _GNU_SOURCE
#include "oci/probe_look.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/own.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 4096 };

LOOK(cgroup)
{
	struct err e;
	const char *at = cgroup_find(&e);

	(void)p, (void)root;
	probe_say(detail, "%s", at ? at : e.text);
	return at;
}

LOOK(cgroup_writable)
{
	struct err ignored;
	const char *at = cgroup_find(&ignored);

	(void)p, (void)root;
	if (!at || !access(at, W_OK))
		return at;
	probe_say(detail, "%s: %s", at, strerror(errno));
	return false;
}

/* Lines like "4:memory:/x"; cgroup2's is "0::/x", a named one's "1:name=systemd:/x". */
LOOK(pure)
{
	char text[TEXT_MAX], *save, *line;
	size_t len = 0;

	(void)p, (void)root;
	if (fd_read_text(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) < 0)
		return true;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *name = strchr(line, ':');
		if (!name || name[1] == ':' || !strncmp(name + 1, "name=", 5))
			continue;
		int n = snprintf(detail + len, PROBE_DETAIL_MAX - len, "%s%.*s", len ? "," : "",
		                 (int)strcspn(name + 1, ":"), name + 1);
		len = len + (size_t)n < PROBE_DETAIL_MAX ? len + (size_t)n : PROBE_DETAIL_MAX - 1;
	}
	return !len;
}

LOOK(controller)
{
	struct err ignored;
	const char *at = cgroup_find(&ignored);
	char path[128], text[TEXT_MAX], *save, *word;

	(void)root, (void)detail;
	snprintf(path, sizeof path, "%s/cgroup.controllers", at ? at : "");
	if (!at || fd_read_text(AT_FDCWD, path, text, sizeof text) < 0)
		return false;
	for (word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (!strcmp(word, p->name))
			return true;
	return false;
}

/* The root has no limits: in the first cgroup below it. */
LOOK(cgroup_file)
{
	struct err ignored;
	const char *at = cgroup_find(&ignored);
	own_fd fd = at ? open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	char path[512];
	const char *name;
	bool seen = false, there = false;
	struct dir d;

	(void)root;
	dir_begin(&d, fd);
	while (!there && (name = dir_next(&d))) {
		if (d.type != DT_DIR || *name == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", name, p->arg);
		there = !faccessat(fd, path, F_OK, 0);
		seen = true;
	}
	if (fd >= 0 && !seen)
		probe_say(detail, "no cgroup is there to look into");
	return there;
}

LOOK(devices)
{
	struct arena a = { 0 };
	struct err e;
	const bool there = !cgroup_device_try(&a, &e);

	(void)p, (void)root;
	arena_free(&a);
	if (!there && e.no)
		probe_say(detail, "%s", strerror(e.no));
	return there;
}

LOOK(hugetlb)
{
	own_fd fd = open("/sys/kernel/mm/hugepages", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	size_t len = 0;
	struct dir d;

	(void)p, (void)root;
	dir_begin(&d, fd);
	while ((name = dir_next(&d)))
		if (!strncmp(name, "hugepages-", 10) && len + 24 < PROBE_DETAIL_MAX)
			len += (size_t)snprintf(detail + len, PROBE_DETAIL_MAX - len, "%s%lu kB",
			                        len ? ", " : "", strtoul(name + 10, NULL, 10));
	return len;
}
