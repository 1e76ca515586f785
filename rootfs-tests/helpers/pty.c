/*
 * pty: a terminal with a program on it, typed into by stdin.
 *
 *   pty ROWS COLS COMMAND [ARG]...
 *
 * What the terminal shows goes to stdout; its name is the first line on stderr. Each read of stdin
 * is typed in one write; the end of stdin is nothing. The exit code is the program's, 128 + n for a
 * signal. The last line on stderr says whether the terminal is as it was: "restored" or "changed".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
	return 125;
}

static void become(const char *name, char **argv)
{
	setsid();
	int slave = open(name, O_RDWR);
	ioctl(slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	if (slave > 2)
		close(slave);
	execvp(argv[0], argv);
	_exit(127);
}

/* Until the program has ended, and a little for its last words. */
static int relay(int master, pid_t pid)
{
	struct pollfd p[2] = { { master, POLLIN, 0 }, { 0, POLLIN, 0 } };
	char buffer[4096];
	int status = 0;
	for (int ended = 0; ended < 2;) {
		int n = poll(p, 2, 20);
		if (n == 0 && (ended || waitpid(pid, &status, WNOHANG) == pid))
			ended++;
		if (n > 0 && p[0].revents) {
			ssize_t got = read(master, buffer, sizeof(buffer));
			if (got > 0 && write(1, buffer, (size_t)got) != got)
				return status;
		}
		if (n > 0 && p[1].revents) {
			ssize_t got = read(0, buffer, sizeof(buffer));
			if (got <= 0)
				p[1].fd = -1;
			else if (write(master, buffer, (size_t)got) != got)
				return status;
		}
	}
	return status;
}

int main(int argc, char **argv)
{
	struct termios before, after;
	if (argc < 4) {
		fprintf(stderr, "usage: pty ROWS COLS COMMAND [ARG]...\n");
		return 2;
	}
	struct winsize size = { .ws_row = (unsigned short)strtoul(argv[1], NULL, 10),
		                .ws_col = (unsigned short)strtoul(argv[2], NULL, 10) };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return fail("posix_openpt");
	const char *name = ptsname(master);
	int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC); /* ours: the terminal stays */
	if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size) || tcgetattr(slave, &before))
		return fail(name);
	fprintf(stderr, "%s\n", name);
	pid_t pid = fork();
	if (pid < 0)
		return fail("fork");
	if (!pid)
		become(name, argv + 3);
	int status = relay(master, pid);
	if (tcgetattr(slave, &after))
		return fail("tcgetattr");
	fprintf(stderr, "%s\n",
	        before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
	                before.c_lflag == after.c_lflag
	            ? "restored"
	            : "changed");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
