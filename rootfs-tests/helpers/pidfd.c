/*
 * pidfd: what a client is to --pidfd-socket. Listens on SOCKET, takes one descriptor, prints
 * "pid NUMBER" of the process that it stands for, and sends that process SIGNAL, if it is not 0, when
 * somebody has removed SOCKET.
 *
 *   pidfd SOCKET SIGNAL
 */
#include "listen.h"

#include <stdlib.h>
#include <sys/syscall.h>

static int fail(const char *what)
{
	fprintf(stderr, "pidfd: %s: %s\n", what, strerror(errno));
	return 1;
}

static int take(int connection)
{
	char data[4096];
	int count;
	ssize_t n;

	return take_fd(connection, data, sizeof(data), &count, &n);
}

static long pid_of(int pidfd)
{
	char path[64], line[256];
	long pid = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	FILE *info = fopen(path, "r");
	while (info && fgets(line, sizeof(line), info))
		if (!strncmp(line, "Pid:", 4))
			pid = strtol(line + 4, NULL, 10);
	if (info)
		fclose(info);
	return pid;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	int listening = listen_on(argv[1]);
	if (listening < 0)
		return fail(argv[1]);
	int connection = accept(listening, NULL, NULL);
	int pidfd = connection < 0 ? -1 : take(connection);
	if (pidfd < 0)
		return fail("no descriptor");
	printf("pid %ld\n", pid_of(pidfd));
	fflush(stdout);
	int signal = (int)strtol(argv[2], NULL, 10);
	while (signal && !access(argv[1], F_OK))
		usleep(10000);
	if (signal && syscall(424, pidfd, signal, NULL, 0)) /* pidfd_send_signal */
		return fail("pidfd_send_signal");
	return 0;
}
