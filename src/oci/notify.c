/* notify.c - messages of the program to the service manager. */
#define _GNU_SOURCE
#include "oci/notify.h"

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/mount.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_MAX = 4096, BARRIER_MS = 5000, MANAGER_SECONDS = 5 };

/* What a program may say of itself. Not: who the main process is, who may speak, descriptors. */
static const char passed[] = "READY=\0RELOADING=\0STOPPING=\0MONOTONIC_USEC=\0STATUS=\0ERRNO=\0"
			     "BUSERROR=\0EXIT_STATUS=\0WATCHDOG=\0EXTEND_TIMEOUT_USEC=\0";

void notify_init(const struct spec_process *p, struct notify *ret)
{
	const char *manager = getenv("NOTIFY_SOCKET");

	*ret = (struct notify)NOTIFY_NONE;
	if (!manager || (*manager != '/' && *manager != '@'))
		return;
	for (size_t i = 0; p && i < p->n_env; i++)
		if (!strncmp(p->env[i], "NOTIFY_SOCKET=", strlen("NOTIFY_SOCKET=")))
			return;
	ret->manager = manager;
}

int notify_prepare(struct notify *n, int ctr_dir, struct err *e)
{
	if (!n->manager)
		return 0;
	/* The umask is the caller's; any user of the container has to get there. */
	if (mkdirat(ctr_dir, "notify", 0755) || fchmodat(ctr_dir, "notify", 0755, 0))
		return err_set(e, errno, "NOTIFY_SOCKET: make its directory");
	n->tree = sys_open_tree(ctr_dir, "notify", SYS_OPEN_TREE_CLONE);
	return n->tree < 0 ? err_set(e, errno, "NOTIFY_SOCKET: open its directory") : 0;
}

int notify_attach(struct notify *n, int root, struct err *e)
{
	const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (n->tree < 0)
		return 0;
	own_fd at = path_make_dir(root, "/run/notify", 0755, e);
	if (at < 0)
		return err_ctx(e, "NOTIFY_SOCKET");
	if (sys_move_mount(n->tree, at, "") || mount_change_flags(n->tree, flags, 0))
		return err_set(e, errno, "NOTIFY_SOCKET: bind its directory on /run/notify");
	own_fd_drop(&n->tree);
	return 0;
}

int notify_listen(struct notify *n, int ctr_dir, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (!n->manager || faccessat(ctr_dir, "notify", F_OK, 0))
		return 0;
	(void)unlinkat(ctr_dir, "notify/notify.sock", 0); /* of a start that was killed */
	own_fd sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return err_set(e, errno, "socket");
	snprintf(sa.sun_path, sizeof sa.sun_path, "/proc/self/fd/%d/notify/notify.sock", ctr_dir);
	if (bind(sock, (const struct sockaddr *)&sa, sizeof sa) || chmod(sa.sun_path, 0777))
		return err_set(e, errno, "NOTIFY_SOCKET: bind the container's socket");
	n->sock = own_fd_take(&sock);
	return 0;
}

/* Connected, so that each message is one fd_send; -1: it is gone, and nobody will miss anything. */
static int connect_manager(const char *manager)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = MANAGER_SECONDS };
	const size_t n = strlen(manager);
	own_fd sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || n >= sizeof sa.sun_path)
		return -1;
	memcpy(sa.sun_path, manager, n);
	if (*manager == '@') /* an abstract name */
		sa.sun_path[0] = 0;
	if (connect(sock, (const struct sockaddr *)&sa,
	            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)))
		return -1;
	/* A manager that does not read must not keep us from the container's end. */
	(void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	return own_fd_take(&sock);
}

static bool may_pass(const char *line)
{
	for (const char *p = passed; *p; p = list_at(p, 1))
		if (!strncmp(line, p, strlen(p)))
			return true;
	return false;
}

/* The lines that may pass, in place; what is left of the text. */
static size_t filter(char *text, bool *ret_ready)
{
	char *rest = text, *out = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		size_t len = strlen(line);

		if (!may_pass(line))
			continue;
		*ret_ready = *ret_ready || !strcmp(line, "READY=1");
		if (out != text)
			*out++ = '\n';
		memmove(out, line, len);
		out += len;
	}
	*out = 0;
	return (size_t)(out - text);
}

static void tell(const struct notify *n, const char *text)
{
	own_fd manager = connect_manager(n->manager);

	if (manager < 0 || fd_send(manager, text, strlen(text), -1))
		log_warning("NOTIFY_SOCKET: send to %s: %s", n->manager, strerror(errno));
}

void notify_say(const char *text)
{
	struct notify n;

	notify_init(NULL, &n);
	if (n.manager)
		tell(&n, text);
}

bool notify_forward(const struct notify *n, pid_t main_pid, bool *ret_ready)
{
	char text[MESSAGE_MAX + 32];
	/* Descriptors that come with it are closed: a BARRIER is passed at once. */
	ssize_t len = recv(n->sock, text, MESSAGE_MAX, MSG_DONTWAIT);

	*ret_ready = false;
	if (len < 0)
		return false;
	text[len] = 0;
	len = (ssize_t)filter(text, ret_ready);
	if (*ret_ready && main_pid)
		snprintf(text + len, sizeof text - (size_t)len, "\nMAINPID=%d", (int)main_pid);
	if (len)
		tell(n, text);
	return true;
}

/*
 * The manager asks the kernel who we are when it reads, and we are about to end: so it closes a
 * pipe of ours when it has read all. One that does not know that closes it as well.
 */
static void barrier(const struct notify *n)
{
	static const char text[] = "BARRIER=1";
	own_fd manager = connect_manager(n->manager);
	int ends[2];

	if (manager < 0 || pipe2(ends, O_CLOEXEC))
		return;
	own_fd here = ends[0];
	own_fd there = ends[1];
	struct pollfd p = { .fd = here };
	if (!fd_send(manager, text, sizeof text - 1, there)) {
		own_fd_drop(&there);
		(void)poll(&p, 1, BARRIER_MS); /* late or never: it has the message */
	}
}

void notify_until_ready(const struct notify *n, pid_t pid, int pidfd)
{
	struct pollfd p[] = { { .fd = n->sock, .events = POLLIN },
		              { .fd = pidfd, .events = POLLIN } };
	bool ready = false, ended = false;

	if (n->sock < 0)
		return;
	while (!ready && !ended) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		ended = p[1].revents;
		while (!ready && notify_forward(n, pid, &ready))
			;
	}
	if (ready)
		barrier(n);
}

void notify_drop(struct notify *n)
{
	own_fd_drop(&n->tree);
	own_fd_drop(&n->sock);
}
