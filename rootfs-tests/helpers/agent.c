/*
 * agent: what a seccomp agent is to linux.seccomp.listenerPath. Answers until it is killed.
 *
 *   agent SOCKET          sched_yield fails with errno 55, all other calls go on as they are
 *   agent SOCKET leave    ends with the first listener in its hands
 *
 * stdout: a line for every connection, "fds COUNT end YES STATE" ("end" when nothing more came on
 * it), and one for every call it was asked about, "call NUMBER". SOCKET appears when connecting
 * will work.
 */
#include "listen.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

enum { LISTENERS_MAX = 16 };

static int fail(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	return 1;
}

/* The listener that a connection brings, or -1: whoever connects and leaves only looked. */
static int take_listener(int connection)
{
	char data[4096], more;
	int count;
	ssize_t n;
	int fd = take_fd(connection, data, sizeof(data) - 1, &count, &n);

	if (n > 0) {
		data[n] = 0;
		printf("fds %d end %s %s\n", count, read(connection, &more, 1) == 0 ? "yes" : "no", data);
	}
	return fd;
}

/* 0: answered, or the caller has gone. -1: nobody is left who could ask. */
static int answer(int listener)
{
	struct seccomp_notif asked;
	struct seccomp_notif_resp said = { 0 };
	memset(&asked, 0, sizeof(asked));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return errno == ENOENT || errno == EINTR ? 0 : -1;
	printf("call %d\n", asked.data.nr);
	said.id = asked.id;
	if (asked.data.nr == SYS_sched_yield)
		said.error = -55;
	else
		said.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said) < 0 && errno != ENOENT)
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct pollfd polls[1 + LISTENERS_MAX];
	nfds_t n = 1;

	if (argc != 2 && (argc != 3 || strcmp(argv[2], "leave") != 0)) {
		fprintf(stderr, "usage: agent SOCKET [leave]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	polls[0] = (struct pollfd){ listen_on(argv[1]), POLLIN, 0 };
	if (polls[0].fd < 0)
		return fail(argv[1]);
	for (;;) {
		if (poll(polls, n, -1) < 0)
			return fail("poll");
		for (nfds_t i = n - 1; i > 0; i--)
			if ((polls[i].revents & POLLIN && answer(polls[i].fd) < 0) ||
			    polls[i].revents & (POLLHUP | POLLERR)) {
				close(polls[i].fd);
				polls[i] = polls[--n];
			}
		if (!(polls[0].revents & POLLIN) || n > LISTENERS_MAX)
			continue;
		int connection = accept(polls[0].fd, NULL, NULL);
		int fd = take_listener(connection);
		close(connection);
		if (fd >= 0 && argc == 3)
			return 0;
		if (fd >= 0)
			polls[n++] = (struct pollfd){ fd, POLLIN, 0 };
	}
}
