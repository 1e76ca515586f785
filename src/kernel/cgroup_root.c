/* cgroup_root.c - where cgroup2 is mounted; and mounting it, where the machine has not. */
#define _GNU_SOURCE
#include "kernel/cgroup.h"

#include "base/dir.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

enum { N_PLACES = sizeof places / sizeof *places };

static const char *find(void)
{
	struct statfs s;

	for (size_t i = 0; i < N_PLACES; i++)
		if (!statfs(places[i], &s) && (unsigned long)s.f_type == CGROUP2_SUPER_MAGIC)
			return places[i];
	return NULL;
}

/* A directory without an entry: what is mounted on it covers nothing. */
static bool is_empty(const char *path)
{
	own_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dir d;

	dir_begin(&d, fd);
	return fd >= 0 && !dir_next(&d);
}

/* Of the empty places the first, so that a cgroup v1 is not covered. NULL: none. */
static const char *free_place(void)
{
	for (size_t i = 0; i < N_PLACES; i++)
		if (is_empty(places[i]))
			return places[i];
	return NULL;
}

/* What is missing, and the very command that gets it. */
static void say_missing(struct err *e)
{
	const char *place = free_place();

	if (place)
		err_set(e, 0,
		        "no cgroup2 is mounted here: mount -t cgroup2 cgroup2 %s, or call scow "
		        "with --mount-cgroup",
		        place);
	else if (!access(places[0], F_OK))
		err_set(e, 0,
		        "no cgroup2 is mounted here, and %s has other files: mkdir -p %s && "
		        "mount -t cgroup2 cgroup2 %s",
		        places[0], places[1], places[1]);
	else
		err_set(e, 0,
		        "no cgroup2 is mounted here, nor is there a %s to mount it on: "
		        "mount -t sysfs sysfs /sys (or the kernel lacks CONFIG_CGROUPS)",
		        places[0]);
}

int cgroup_mount(struct err *e)
{
	const char *place = find() ? NULL : free_place();

	if (find())
		return 0;
	if (!place) {
		say_missing(e);
		return -1;
	}
	if (!mount("cgroup2", place, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME,
	           "nsdelegate,memory_recursiveprot") ||
	    find()) /* EBUSY: somebody else was faster */
		return 0;
	return err_set(e, errno, "mount cgroup2 on %s", place);
}

/*
 * Process 1 of the machine, not of some container: there is nobody else to mount it. The number is
 * that of the first pid namespace, PROC_PID_INIT_INO in the kernel.
 */
static bool is_first_process(void)
{
	static const char first[] = "pid:[4026531836]";
	char text[sizeof first];

	return getpid() == 1 &&
	       readlink("/proc/self/ns/pid", text, sizeof text) == (ssize_t)sizeof first - 1 &&
	       !memcmp(text, first, sizeof first - 1);
}

const char *cgroup_place(size_t i)
{
	return i < sizeof places / sizeof *places ? places[i] : NULL;
}

const char *cgroup_find(struct err *e)
{
	const char *at = find();

	if (!at)
		say_missing(e);
	return at;
}

const char *cgroup_root(struct err *e)
{
	const char *at = find();

	if (at)
		return at;
	return is_first_process() && cgroup_mount(e) ? NULL : cgroup_find(e);
}
