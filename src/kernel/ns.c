/* ns.c - joining namespaces and mapping ids. */
#define _GNU_SOURCE
#include "kernel/ns.h"

#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>

const char *ns_name(int type)
{
	static const struct json_word names[] = {
		{ "pid", CLONE_NEWPID },       { "network", CLONE_NEWNET },
		{ "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },
		{ "mount", CLONE_NEWNS },      { "user", CLONE_NEWUSER },
		{ "cgroup", CLONE_NEWCGROUP }, { "time", (int)SYS_CLONE_NEWTIME },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].value == type)
			return names[i].word;
	return "unknown";
}

int ns_open(const char *path, int type, int *ret_fd, struct err *e)
{
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, errno, "open %s namespace %s", ns_name(type), path);
	int is = ioctl(fd, NS_GET_NSTYPE);
	if (is < 0)
		return err_kind(e, ERR_CONFIG, 0, "%s is not a namespace", path);
	if (is != type)
		return err_kind(e, ERR_CONFIG, 0, "%s is a %s namespace, not a %s namespace", path,
		                ns_name(is), ns_name(type));
	*ret_fd = own_fd_take(&fd);
	return 0;
}

int ns_join(int fd, int type, struct err *e)
{
	return setns(fd, type) ? err_set(e, errno, "join the %s namespace", ns_name(type)) : 0;
}

static int write_map(struct arena *a, pid_t pid, const char *file, const struct spec_idmap *v,
                     size_t n, struct err *e)
{
	const char *path = arena_printf(a, "/proc/%d/%s", (int)pid, file);
	size_t size = n * 36 + 1, len = 0;
	char *text = arena_alloc(a, size);

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%u %u %u\n", v[i].container_id,
		                        v[i].host_id, v[i].size);
	if (fd_put(AT_FDCWD, path, text))
		return err_set(e, errno, "write %s of the user namespace", file);
	return 0;
}

int ns_map_ids(struct arena *a, pid_t pid, const struct spec_linux *l, struct err *e)
{
	if (write_map(a, pid, "gid_map", l->gid_mappings, l->n_gid_mappings, e))
		return -1;
	return write_map(a, pid, "uid_map", l->uid_mappings, l->n_uid_mappings, e);
}
