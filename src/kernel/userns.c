/* userns.c - entering a user namespace without being root (userns.h: why). */
#define _GNU_SOURCE
#include "kernel/userns.h"

#include "base/fd.h"
#include "base/own.h"
#include "kernel/ns.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MAX = 512, NOT_FOUND = 127 };

bool userns_is_needed(void)
{
	return getauxval(AT_EUID);
}

/* The number of the first one is PROC_USER_INIT_INO in the kernel. */
bool userns_is_first(void)
{
	static const char first[] = "user:[4026531837]";
	char text[sizeof first];

	return readlink("/proc/self/ns/user", text, sizeof text) == (ssize_t)sizeof first - 1 &&
	       !memcmp(text, first, sizeof first - 1);
}

/* A map, and the program that may write what its user may not. */
struct map {
	const char *property, *file, *tool;
	const struct spec_idmap *ids;
	size_t n;
	uint32_t own; /* the one id that he may map himself */
	pid_t pid;    /* the waiting tool, or 0 */
	int go, said; /* its start, and what it writes to stderr */
};

static bool is_own(const struct map *m)
{
	return m->n == 1 && m->ids->size == 1 && m->ids->host_id == m->own;
}

/* newuidmap PID INSIDE OUTSIDE COUNT... */
static char **tool_args(struct arena *a, const struct map *m, pid_t target)
{
	char **v = arena_array(a, 2 + 3 * m->n + 1, sizeof *v), **p = v;

	*p++ = arena_strdup(a, m->tool);
	*p++ = arena_printf(a, "%d", (int)target);
	for (size_t i = 0; i < m->n; i++) {
		*p++ = arena_printf(a, "%u", m->ids[i].container_id);
		*p++ = arena_printf(a, "%u", m->ids[i].host_id);
		*p++ = arena_printf(a, "%u", m->ids[i].size);
	}
	return v;
}

static _Noreturn void wait_and_run(char **argv, int go, int said)
{
	char c;

	while (read(go, &c, 1) < 0 && errno == EINTR)
		;
	if (c != 'g' || dup2(said, 2) < 0)
		_exit(1);
	execvp(*argv, argv);
	_exit(errno == ENOENT ? NOT_FOUND : 1);
}

/* It has to be outside of the namespace when it writes, so it is forked before. */
static int start_tool(struct arena *a, struct map *m, struct err *e)
{
	const struct sys_clone plain = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	char **argv = tool_args(a, m, getpid());
	int go[2] = { -1, -1 }, said[2] = { -1, -1 }, pidfd;

	if (pipe2(go, O_CLOEXEC) || pipe2(said, O_CLOEXEC)) {
		err_set(e, errno, "pipe");
		own_fd_drop(&go[0]);
		own_fd_drop(&go[1]);
		return -1;
	}
	m->pid = sys_clone3(&plain, &pidfd);
	if (m->pid == 0) {
		close(go[1]);
		wait_and_run(argv, go[0], said[1]);
	}
	m->go = go[1];
	m->said = said[0];
	close(go[0]);
	close(said[1]);
	if (m->pid < 0)
		return err_set(e, errno, "clone3");
	close(pidfd);
	return 0;
}

/* 0 or what it says of its failure. */
static int end_tool(struct map *m, char text[SAID_MAX], int *ret_status)
{
	size_t len = 0;
	ssize_t n;

	own_fd_drop(&m->go);
	while ((n = read(m->said, text + len, SAID_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	own_fd_drop(&m->said);
	while (waitpid(m->pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -1;
	m->pid = 0;
	return 0;
}

static int run_tool(struct map *m, struct err *e)
{
	char text[SAID_MAX];
	int status;

	if (write(m->go, "g", 1) != 1 || end_tool(m, text, &status))
		return err_set(e, errno, "run %s", m->tool);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return err_set(e, 0,
		               "linux.%s: more than the own id can be mapped only by %s, which is "
		               "not installed (package uidmap or shadow)",
		               m->property, m->tool);
	if (status)
		return err_set(e, 0, "linux.%s: %s (/etc/sub%.3s says what user %u may map)",
		               m->property, *text ? text : m->tool, m->file,
		               (unsigned)getauxval(AT_UID));
	return 0;
}

/* Without a right to it, setgroups must be given up for good: else groups could be left that deny.
 */
static int write_own(const struct map *m, bool gids, struct err *e)
{
	char path[32], text[64];

	snprintf(path, sizeof path, "/proc/self/%s", m->file);
	snprintf(text, sizeof text, "%u %u 1\n", m->ids->container_id, m->ids->host_id);
	if ((gids && fd_put(AT_FDCWD, "/proc/self/setgroups", "deny")) ||
	    fd_put(AT_FDCWD, path, text))
		return errno == EPERM || errno == EACCES
		           ? ns_failed(CLONE_NEWUSER, EPERM, "map the own id", e)
		           : err_set(e, errno, "write %s of the user namespace", m->file);
	return 0;
}

static int write_maps(struct map maps[2], struct err *e)
{
	for (int i = 0; i < 2; i++)
		if (maps[i].pid ? run_tool(&maps[i], e) : write_own(&maps[i], !i, e))
			return -1;
	return 0;
}

static int make(struct map maps[2], struct err *e)
{
	const int flags = CLONE_NEWUSER | CLONE_NEWNS;

	if (unshare(flags))
		return ns_failed((unsigned)flags, errno, "make a user namespace", e);
	return write_maps(maps, e);
}

static int start_tools(struct arena *a, struct map maps[2], struct err *e)
{
	for (int i = 0; i < 2; i++)
		if (!is_own(&maps[i]) && start_tool(a, &maps[i], e))
			return -1;
	return 0;
}

static int make_new(struct arena *a, const struct spec_linux *l, struct err *e)
{
	struct map maps[] = {
		{ "gidMappings", "gid_map", "newgidmap", l->gid_mappings, l->n_gid_mappings,
		  (uint32_t)getauxval(AT_EGID), 0, -1, -1 },
		{ "uidMappings", "uid_map", "newuidmap", l->uid_mappings, l->n_uid_mappings,
		  (uint32_t)getauxval(AT_EUID), 0, -1, -1 },
	};
	char ignored[SAID_MAX];
	int status;

	int failed = start_tools(a, maps, e) || make(maps, e) ? -1 : 0;
	for (int i = 0; i < 2; i++) /* those that were not needed any more end by themselves */
		if (maps[i].pid > 0)
			(void)end_tool(&maps[i], ignored, &status);
	return failed;
}

int userns_enter(struct arena *a, const struct spec_linux *l, const char *path, struct err *e)
{
	int fd;

	if (!path)
		return make_new(a, l, e);
	if (ns_open(path, CLONE_NEWUSER, &fd, e))
		return -1;
	own_fd user = fd;
	if (ns_join(user, CLONE_NEWUSER, e))
		return -1;
	if (unshare(CLONE_NEWNS))
		return ns_failed(CLONE_NEWNS, errno, "make a mount namespace", e);
	return 0;
}
