/* ctl.c - ctl.sock, for both of its sides. */
#define _GNU_SOURCE
#include "monitor/ctl.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/own.h"
#include "kernel/cgroup.h"
#include "monitor/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECT_S = 3 };

/* sun_path is short and state roots may be long: the name goes through the directory's descriptor.
 */
static struct sockaddr_un address(int dir)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof sa.sun_path, "/proc/self/fd/%d/ctl.sock", dir);
	return sa;
}

int ctl_listen(int dir, struct err *e)
{
	const struct sockaddr_un sa = address(dir);
	own_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set(e, errno, "socket");
	if (unlinkat(dir, "ctl.sock", 0) && errno != ENOENT)
		return err_set(e, errno, "remove a stale ctl.sock");
	if (bind(fd, (const struct sockaddr *)&sa, sizeof sa) || listen(fd, CTL_CLIENTS_MAX))
		return err_set(e, errno, "bind ctl.sock");
	return own_fd_take(&fd);
}

int ctl_connect(int dir, struct err *e)
{
	const struct sockaddr_un sa = address(dir);
	const struct timeval patience = { .tv_sec = CONNECT_S }, none = { .tv_sec = 0 };
	own_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, errno, "socket");
	/* Where a crowd waits already, connect(2) does, too: for one that is stopped, for ever. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, (const struct sockaddr *)&sa, sizeof sa))
		return err_set(e, errno, "reach the monitor");
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
	return own_fd_take(&fd);
}

int ctl_send(int sock, const void *packet, size_t len)
{
	return fd_send(sock, packet, len, -1);
}

int ctl_recv_reply(int sock, struct ctl_reply *ret, int64_t timeout_ms)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	const int64_t until = timeout_ms < 0 ? INT64_MAX : clock_ms() + timeout_ms;
	int n;

	do {
		const int64_t left = until - clock_ms(); /* over by 1 is not poll's "for ever" */

		n = poll(&p, 1,
		         timeout_ms < 0   ? -1
		         : left < 0       ? 0
		         : left > INT_MAX ? INT_MAX
		                          : (int)left);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = EAGAIN;
	if (n <= 0)
		return -1;
	ssize_t got = fd_recv(sock, ret, sizeof *ret, NULL);
	/* Whoever refuses us does not read what we asked: that error stands before its answer. */
	if (got < 0 && errno == ECONNRESET)
		got = fd_recv(sock, ret, sizeof *ret, NULL);
	if (got >= (ssize_t)offsetof(struct ctl_reply, err.text) &&
	    (ret->type == CTL_REPLY || ret->type == CTL_END)) {
		memset((char *)ret + got, 0, sizeof *ret - (size_t)got);
		ret->err.text[sizeof ret->err.text - 1] = 0;
		return 1;
	}
	if (got > 0)
		errno = EPROTO;
	return got > 0 ? -1 : (int)got;
}

static int user_namespace(const char *pid, char *ret, size_t size)
{
	char path[48];

	snprintf(path, sizeof path, "/proc/%s/ns/user", pid);
	ssize_t n = readlink(path, ret, size - 1);
	if (n < 0)
		return -1;
	ret[n] = 0;
	return 0;
}

int ctl_check_peer(int sock, struct err *e)
{
	char pid[16], theirs[64], ours[64];
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return err_set(e, errno, "ask who is there");
	if (peer.uid && peer.uid != geteuid())
		return err_set(e, EPERM, "user %u may not command this container",
		               (unsigned)peer.uid);
	snprintf(pid, sizeof pid, "%d", (int)peer.pid);
	if (user_namespace(pid, theirs, sizeof theirs) || user_namespace("self", ours, sizeof ours))
		return err_set(e, errno, "look at process %s", pid);
	if (strcmp(theirs, ours))
		return err_set(e, EPERM, "process %s is in another user namespace", pid);
	return cgroup_is_contained(pid) ? err_set(e, EPERM, "process %s is in a container", pid)
	                                : 0;
}
