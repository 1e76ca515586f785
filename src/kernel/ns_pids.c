/* ns_pids.c - who is in a pid namespace, for containers whose processes no cgroup holds together.
 */
#define _GNU_SOURCE
#include "kernel/ns.h"

#include "base/dir.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_in(int proc, const char *pid, const struct stat *ns)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof path, "%.10s/ns/pid", pid);
	return !fstatat(proc, path, &st, 0) && st.st_ino == ns->st_ino && st.st_dev == ns->st_dev;
}

int ns_pids(struct arena *a, pid_t pid, pid_t **ret, size_t *ret_n, struct err *e)
{
	const char *path = arena_printf(a, "/proc/%d/ns/pid", (int)pid);
	size_t n = 1, size = 64;
	pid_t *v = arena_array(a, size, sizeof *v);
	const char *it;
	struct stat ns;
	struct dir d;

	v[0] = pid;
	*ret = v;
	*ret_n = 1;
	if (stat(path, &ns)) /* of one that waits for its start nobody but root sees more */
		return 0;
	own_fd proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return err_set(e, errno, "open /proc");
	dir_begin(&d, proc);
	while ((it = dir_next(&d))) {
		const pid_t other = (pid_t)strtol(it, NULL, 10);
		if (other <= 0 || other == pid || !is_in(proc, it, &ns))
			continue;
		if (n == size) {
			v = memcpy(arena_array(a, size * 2, sizeof *v), v, n * sizeof *v);
			size *= 2;
		}
		v[n++] = other;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}
