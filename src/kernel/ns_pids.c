/* ns_pids.c - who is in a pid namespace, for containers whose processes no cgroup holds together.
 */
#define _GNU_SOURCE
#include "kernel/ns.h"

#include <dirent.h>
#include <errno.h>
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
	const struct dirent *it;
	struct stat ns;

	v[0] = pid;
	*ret = v;
	*ret_n = 1;
	if (stat(path, &ns)) /* of one that waits for its start nobody but root sees more */
		return 0;
	DIR *d = opendir("/proc");
	if (!d)
		return err_set(e, errno, "open /proc");
	while ((it = readdir(d))) {
		const pid_t other = (pid_t)strtol(it->d_name, NULL, 10);
		if (other <= 0 || other == pid || !is_in(dirfd(d), it->d_name, &ns))
			continue;
		if (n == size) {
			v = memcpy(arena_array(a, size * 2, sizeof *v), v, n * sizeof *v);
			size *= 2;
		}
		v[n++] = other;
	}
	closedir(d);
	*ret = v;
	*ret_n = n;
	return 0;
}
