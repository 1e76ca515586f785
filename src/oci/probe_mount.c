/* probe_mount.c - looks at file systems and mounts, all of it detached or in a child's namespace.
 */
#define _GNU_SOURCE
#include "oci/probe_look.h"

#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* A descriptor that is none: whether the call exists is all that it can tell. */
LOOK(look_mount_setattr)
{
	const struct sys_mount_attr nothing = { 0 };

	(void)p, (void)root, (void)detail;
	return !sys_mount_setattr(-1, "", AT_EMPTY_PATH, &nothing) || errno != ENOSYS;
}

static int pivot(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("scow", "/proc", "tmpfs", 0, NULL) || chdir("/proc") ||
	       sys_pivot_root(".", ".");
}

LOOK(look_pivot)
{
	(void)p, (void)root;
	if (!probe_in_child(CLONE_NEWNS, pivot))
		return true;
	if (errno != EINVAL)
		probe_say(detail, "%s", strerror(errno));
	return false;
}

LOOK(look_file_system)
{
	own_fd fd = sys_fsopen(p->name);

	(void)root;
	if (fd < 0 && errno != ENODEV)
		probe_say(detail, "%s", strerror(errno));
	return fd >= 0;
}

LOOK(look_loop)
{
	own_fd fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	(void)p, (void)root;
	if (fd < 0)
		probe_say(detail, "/dev/loop-control: %s", strerror(errno));
	return fd >= 0;
}

/* A process in a new user namespace that lives as long as the other end of the pipe is open. */
static pid_t hold_user_ns(const int end[2])
{
	const struct sys_clone c = { .flags = CLONE_NEWUSER,
		                     .exit_signal = SIGCHLD,
		                     .cgroup_fd = -1 };
	int pidfd;
	char byte;
	pid_t pid = sys_clone3(&c, &pidfd);

	if (pid == 0) {
		close(end[1]);
		_exit(read(end[0], &byte, 1) < 0);
	}
	if (pid > 0)
		close(pidfd);
	return pid;
}

static int idmap(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/uid_map", (int)pid);
	if (fd_put(AT_FDCWD, path, "0 1 1"))
		return -1;
	snprintf(path, sizeof path, "/proc/%d/gid_map", (int)pid);
	if (fd_put(AT_FDCWD, path, "0 1 1"))
		return -1;
	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
	own_fd ns = open(path, O_RDONLY | O_CLOEXEC);
	own_fd tree = sys_open_tree(AT_FDCWD, "/", SYS_OPEN_TREE_CLONE);
	if (ns < 0 || tree < 0)
		return -1;
	const struct sys_mount_attr attr = { .attr_set = SYS_MOUNT_ATTR_IDMAP,
		                             .userns_fd = (uint64_t)ns };
	return sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr);
}

LOOK(look_idmap)
{
	int end[2];

	(void)p, (void)root;
	if (pipe2(end, O_CLOEXEC))
		return false;
	pid_t pid = hold_user_ns(end);
	int failed = pid < 0 || idmap(pid), no = errno;
	close(end[0]);
	close(end[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (failed && no != EINVAL)
		probe_say(detail, "%s", strerror(no));
	return !failed;
}
