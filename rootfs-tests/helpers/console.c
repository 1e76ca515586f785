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
#include "listen.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static int fail(const char *what)
{
	fprintf(stderr, "console: %s: %s\n", what, strerror(errno));
	return 1;
}

static int take_terminal(int connection)
{
	char data[4096];
	int count;
	ssize_t n;
	int fd = take_fd(connection, data, sizeof(data), &count, &n);

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
