/* stage.c - messages of the handshake. */
#define _GNU_SOURCE
#include "oci/stage.h"

#include "base/fd.h"
#include "base/list.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* list.h, as in the enum. */
static const char stage_names[] =
    "MADE\0GO\0PID\0MOUNTED\0HOOKED\0READY\0RECORDED\0LISTENER\0TAKEN\0FAILED\0";

static const char *stage_name(enum stage s)
{
	return s >= STAGE_MADE && s <= STAGE_FAILED ? list_at(stage_names, s - STAGE_MADE)
	                                            : "unknown";
}

int stage_pair(int *ret_host, int *ret_init, struct err *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return err_set(e, errno, "socketpair");
	*ret_host = sv[0];
	*ret_init = sv[1];
	return 0;
}

static int send_message(int sock, enum stage stage, int value, int fd, struct err *e)
{
	struct stage_msg m = { .stage = stage, .value = value };

	if (!fd_send(sock, &m, sizeof m, fd))
		return 0;
	if (errno != EPIPE)
		return err_set(e, errno, "send %s", stage_name(stage));
	/* It may have said why before it closed: its last message is still there to be read. */
	if (stage_recv(sock, &m, e))
		return -1;
	return err_set(e, EPIPE, "send %s", stage_name(stage));
}

int stage_send(int sock, enum stage stage, int value, struct err *e)
{
	return send_message(sock, stage, value, -1, e);
}

int stage_send_fd(int sock, enum stage stage, int fd, struct err *e)
{
	return send_message(sock, stage, 0, fd, e);
}

void stage_send_failed(int sock, const struct err *why)
{
	struct stage_msg m = { .stage = STAGE_FAILED, .err = *why };

	/* write(2): the container's filter is in force when an exec fails, and may deny sendmsg. */
	(void)!write(sock, &m, sizeof m); /* nobody is left to hear why nobody hears */
}

int stage_recv(int sock, struct stage_msg *ret, struct err *e)
{
	ssize_t n = fd_recv(sock, ret, sizeof *ret, NULL);

	if (n < 0 && errno != ECONNRESET)
		return err_set(e, errno, "wait for the other side");
	if (n <= 0)
		return err_set(e, 0,
		               "the other side of the container's start ended without a word");
	if (n != (ssize_t)sizeof *ret)
		return err_set(e, EPROTO, "wait for the other side");
	if (ret->stage != STAGE_FAILED)
		return 0;
	*e = ret->err;
	return -1;
}

int stage_recv_helped(int sock, int pidfd, struct stage_msg *ret, struct err *e)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	while (pidfd >= 0 && poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "wait for the helper");
	/* It may have spoken and ended while poll looked from the one to the other. */
	if (pidfd >= 0 && !p[0].revents && poll(p, 1, 0) == 0)
		return err_set(e, 0, "the helper that joins the namespaces was killed");
	return stage_recv(sock, ret, e);
}

int stage_wait(int sock, enum stage want, struct err *e)
{
	struct stage_msg m;

	if (stage_recv(sock, &m, e))
		return -1;
	if (m.stage != want)
		return err_set(e, EPROTO, "got %s, expected %s", stage_name(m.stage),
		               stage_name(want));
	return 0;
}

int stage_recv_exec(int sock, struct stage_msg *ret, int *ret_fd, struct err *e)
{
	ssize_t n = fd_recv(sock, ret, sizeof *ret, ret_fd);

	if (n < 0 && errno != ECONNRESET)
		return err_set(e, errno, "wait for the exec");
	if (n <= 0)
		return 0;
	if (n == (ssize_t)sizeof *ret && ret->stage != STAGE_FAILED)
		return 1;
	if (n == (ssize_t)sizeof *ret)
		*e = ret->err;
	else
		err_set(e, EPROTO, "wait for the exec");
	return -1;
}

int stage_wait_exec(int sock, struct err *e)
{
	struct stage_msg m;
	int r = stage_recv_exec(sock, &m, NULL, e);

	return r > 0 ? err_set(e, EPROTO, "wait for the exec") : r;
}
