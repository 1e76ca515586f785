/* netdev.c - the loopback device. netdevice(7) */
#define _GNU_SOURCE
#include "kernel/netdev.h"

#include "base/own.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int netdev_loopback_up(struct err *e)
{
	/* A new loopback device has no flags but its kind, so they are set without being asked for
	 * first. */
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	own_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC,
	                   0); /* a unix socket serves, kernels without IPv4 too */

	if (fd < 0)
		return err_set(e, errno, "socket for the loopback device");
	if (ioctl(fd, SIOCSIFFLAGS, &r))
		return err_set(e, errno, "bring up the loopback device");
	return 0;
}
