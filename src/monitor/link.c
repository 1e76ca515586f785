/* link.c - records between keeper, monitor and worker. */
#include "monitor/link.h"

#include "base/fd.h"

#include <errno.h>

int link_send(int sock, const struct link_msg *m, const int *fds)
{
	size_t n = 0;

	while (fds && n < LINK_FDS && fds[n] >= 0)
		n++;
	return fd_send_fds(sock, m, sizeof *m, fds, n);
}

int link_recv(int sock, struct link_msg *ret, int fds[LINK_FDS])
{
	ssize_t n = fd_recv_fds(sock, ret, sizeof *ret, fds, LINK_FDS);

	if (n == (ssize_t)sizeof *ret)
		return 1;
	if (n <= 0)
		return (int)n;
	errno = EPROTO;
	return -1;
}
