/*
 * console: what conmon and containerd's shim are to --console-socket. Listens on SOCKET, takes one
 * descriptor, and is the terminal's other side until the last process has closed it.
 *
 *   console SOCKET [ROWS COLS]
 *
 * stdin goes to the terminal, what the terminal says to stdout. First line on stderr:
 * "fds COUNT tty YES bytes COUNT", so that a test sees what has been sent. With ROWS and COLS the
 * size is set as soon as the terminal is there. SOCKET appears when connecting will work.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "console: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Binds to a name of its own first: a socket that exists but does not listen yet would be a race. */
static int listen_on(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	if (snprintf(name.sun_path, sizeof(name.sun_path), "%s.new", path) >= (int)sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 1) < 0)
		return -1;
	return rename(name.sun_path, path) < 0 ? -1 : fd;
}

static int take_terminal(int connection)
{
	char data[4096];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec part = { data, sizeof(data) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fd = -1, count = 0;
	if (header && header->cmsg_type == SCM_RIGHTS) {
		count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	}
	fprintf(stderr, "fds %d tty %s bytes %zd\n", count, fd >= 0 && isatty(fd) ? "yes" : "no", n);
	return fd;
}

static void relay(int terminal)
{
	struct pollfd polls[2] = { { terminal, POLLIN, 0 }, { 0, POLLIN, 0 } };
	char buffer[4096];
	for (;;) {
		if (poll(polls, 2, -1) < 0)
			return;
		if (polls[0].revents) {
			ssize_t n = read(terminal, buffer, sizeof(buffer));
			if (n <= 0 || write(1, buffer, (size_t)n) != n)
				return; /* EIO: the last one has closed the other side */
		}
		if (polls[1].revents) {
			ssize_t n = read(0, buffer, sizeof(buffer));
			if (n <= 0)
				polls[1].fd = -1;
			else if (write(terminal, buffer, (size_t)n) != n)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: console SOCKET [ROWS COLS]\n");
		return 2;
	}
	int listener = listen_on(argv[1]);
	if (listener < 0)
		return fail(argv[1]);
	int connection = accept(listener, NULL, NULL);
	if (connection < 0)
		return fail("accept");
	int terminal = take_terminal(connection);
	if (terminal < 0)
		return 1;
	if (argc == 4) {
		struct winsize size = {
			.ws_row = (unsigned short)strtoul(argv[2], NULL, 10),
			.ws_col = (unsigned short)strtoul(argv[3], NULL, 10),
		};
		if (ioctl(terminal, TIOCSWINSZ, &size) < 0)
			return fail("TIOCSWINSZ");
	}
	relay(terminal);
	return 0;
}
