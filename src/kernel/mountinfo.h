/*
 * mountinfo.h - the mounts of our namespace, as /proc/self/mountinfo has them.
 * proc_pid_mountinfo(5)
 */
#pragma once

#include "base/arena.h"

struct mountinfo {
	int id, parent;
	char *path, *type; /* the path is one below our root */
};

/*
 * All of them, the latest last. proc: the root of a procfs, which need not be mounted; -1: the one
 * on /proc. -1 and errno.
 */
int mountinfo_read(struct arena *a, int proc, struct mountinfo **ret, size_t *ret_n);
