/* gate.c - the socket between `start` and the waiting init. */
#define _GNU_SOURCE
#include "oci/gate.h"

#include "base/own.h"
#include "oci/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* sun_path is short and state roots may be long, so the name goes through the directory's
 * descriptor. */
static struct sockaddr_un address(int dir)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof sa.sun_path, "/proc/self/fd/%d/start.sock", dir);
	return sa;
}

static int new_socket(int type, struct err *e)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? err_set(e, errno, "socket") : fd;
}

int gate_open(int dir, int *ret_fd, struct err *e)
{
	const struct sockaddr_un sa = address(dir);
	own_fd fd = new_socket(SOCK_SEQPACKET, e);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&sa, sizeof sa) || listen(fd, 8))
		return err_set(e, errno, "bind start.sock");
	*ret_fd = own_fd_take(&fd);
	return 0;
}

int gate_wait(int listen_fd, int *ret_conn, struct err *e)
{
	struct err ignored;

	for (;;) {
		own_fd conn = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (conn < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (conn < 0)
			return err_set(e, errno, "wait for start");
		/* A visitor that leaves without a word only looked, or was killed: wait for the
		 * next one. */
		if (stage_wait(conn, STAGE_GO, &ignored))
			continue;
		*ret_conn = own_fd_take(&conn);
		return 0;
	}
}

bool gate_is_closed(int dir)
{
	static int probe = -1; /* to make and close one costs more than all other calls of a look */
	struct err ignored;

	if (faccessat(dir, "start.sock", F_OK, 0)) /* the usual answer, in one call */
		return false;
	/*
	 * A socket of another type is never connected: EPROTOTYPE says that somebody has the gate
	 * open, ECONNREFUSED that nobody has (unix(7)). So to look wakes no init, and a list of
	 * many is quick.
	 */
	const struct sockaddr_un sa = address(dir);
	if (probe < 0)
		probe = new_socket(SOCK_DGRAM, &ignored);
	return probe >= 0 && connect(probe, (const struct sockaddr *)&sa, sizeof sa) &&
	       errno == EPROTOTYPE;
}

int gate_start(int dir, struct listener *l, struct err *e)
{
	const struct sockaddr_un sa = address(dir);
	own_fd fd = new_socket(SOCK_SEQPACKET, e);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&sa, sizeof sa))
		return err_set(e, errno, "reach the waiting container");
	if (stage_send(fd, STAGE_GO, 0, e))
		return -1;
	return listener_wait_exec(l, fd, e);
}
