/* rouse.c - a search in /proc, made only when somebody has not answered. */
#define _GNU_SOURCE
#include "engine/rouse.h"

#include "base/dir.h"
#include "base/own.h"
#include "base/proc.h"
#include "monitor/link.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A process that has this file open as descriptor fd; of this parent, when it is not 0. */
struct sought {
	int fd;
	struct stat file;
	pid_t parent;
};

static bool stat_fd(pid_t pid, int fd, struct stat *ret)
{
	char path[48];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	return !stat(path, ret);
}

static bool is_it(const struct sought *s, pid_t pid)
{
	struct proc_stat ps;
	struct stat st;

	return stat_fd(pid, s->fd, &st) && st.st_dev == s->file.st_dev &&
	       st.st_ino == s->file.st_ino &&
	       (!s->parent || (!proc_stat(pid, &ps) && ps.ppid == s->parent));
}

/* Its pidfd, or -1. Looked at again behind it: the number may have changed hands. */
static int find(const struct sought *s, pid_t *ret)
{
	own_fd proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	int found = -1;
	struct dir d;

	dir_begin(&d, proc);
	while (found < 0 && (name = dir_next(&d))) {
		const pid_t pid = (pid_t)strtol(name, NULL, 10);

		if (pid <= 0 || !is_it(s, pid))
			continue;
		own_fd fd = sys_pidfd_open(pid);
		if (fd >= 0 && is_it(s, pid)) {
			found = own_fd_take(&fd);
			*ret = pid;
		}
	}
	return found;
}

static int find_keeper(const struct engine *g, const char *name, pid_t *ret)
{
	struct sought s = { .fd = FD_LINK };

	if (lstat(arena_printf(g->arena, "%s/%s/keeper.lock", g->root, name), &s.file))
		return -1;
	return find(&s, ret);
}

static int find_monitor(pid_t keeper, pid_t *ret)
{
	struct sought s = { .fd = FD_LISTEN, .parent = keeper };

	return stat_fd(keeper, FD_LISTEN, &s.file) ? find(&s, ret) : -1;
}

static bool wake(int pidfd, pid_t pid)
{
	struct proc_stat ps;

	return pidfd >= 0 && !proc_stat(pid, &ps) && ps.state == 'T' &&
	       !sys_pidfd_send_signal(pidfd, SIGCONT);
}

bool rouse_stopped(const struct engine *g, const char *name)
{
	pid_t keeper_pid = 0, monitor_pid = 0;
	own_fd keeper = find_keeper(g, name, &keeper_pid);
	own_fd monitor = keeper < 0 ? -1 : find_monitor(keeper_pid, &monitor_pid);
	const bool first = wake(keeper, keeper_pid);

	return wake(monitor, monitor_pid) || first;
}

void rouse_kill_monitor(const struct engine *g, const char *name)
{
	pid_t keeper_pid, pid;
	own_fd keeper = find_keeper(g, name, &keeper_pid);
	own_fd monitor = keeper < 0 ? -1 : find_monitor(keeper_pid, &pid);

	if (monitor >= 0)
		(void)sys_pidfd_send_signal(monitor, SIGKILL);
}

void rouse_kill_keeper(const struct engine *g, const char *name)
{
	pid_t pid;
	own_fd keeper = find_keeper(g, name, &pid);

	if (keeper >= 0)
		(void)sys_pidfd_send_signal(keeper, SIGKILL);
}
