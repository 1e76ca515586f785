/*
 * pidfd: what a client is to --pidfd-socket. Listens on SOCKET, takes one descriptor, prints
 * "pid NUMBER" of the process that it stands for, and sends that process SIGNAL, if it is not 0, when
 * somebody has removed SOCKET.
 *
 *   pidfd SOCKET SIGNAL
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "pidfd: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Binds to a name of its own first: a socket that exists but does not listen yet would be a race. */
static int listen_on(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (snprintf(name.sun_path, sizeof(name.sun_path), "%s.new", path) >= (int)sizeof(name.sun_path))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 1) < 0)
		return -1;
	return rename(name.sun_path, path) < 0 ? -1 : fd;
}

static int take(int connection)
{
	char data[4096];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { data, sizeof(data) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	int fd = -1;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
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
