/*
 * notify: both ends of NOTIFY_SOCKET.
 *
 *   notify listen SOCKET COUNT   a service manager: prints COUNT messages, a line each, with "|" for
 *                                newlines; SOCKET appears when sending will work
 *   notify send TEXT...          a program: each TEXT is a message to $NOTIFY_SOCKET; "fd:TEXT" sends
 *                                a descriptor with it, and waits until it has been closed
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int listen_on(const char *path, long count)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s.new", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) || rename(name.sun_path, path))
		return fail(path);
	while (count-- > 0) {
		char text[4096];
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
		if (n < 0)
			return fail("recv");
		text[n] = 0;
		for (char *p = text; *p; p++)
			if (*p == '\n')
				*p = '|';
		puts(text);
		fflush(stdout);
	}
	return 0;
}

static int send_with_fd(int fd, const char *text)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	char copy[1024];
	struct iovec part = { copy, strlen(text) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control),
	};
	int ends[2];

	snprintf(copy, sizeof(copy), "%s", text);
	if (pipe(ends))
		return fail("pipe");
	struct cmsghdr *header = &control.align;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
	if (sendmsg(fd, &message, 0) < 0)
		return fail("sendmsg");
	close(ends[1]);
	struct pollfd closed = { .fd = ends[0] };
	if (poll(&closed, 1, 10000) == 1)
		puts("closed");
	return 0;
}

static int send_all(char **texts)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || fd < 0)
		return fail("NOTIFY_SOCKET");
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)))
		return fail(path);
	for (; *texts; texts++) {
		if (!strncmp(*texts, "fd:", 3)) {
			if (send_with_fd(fd, *texts + 3))
				return 1;
		} else if (send(fd, *texts, strlen(*texts), 0) < 0) {
			return fail("send");
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "listen"))
		return listen_on(argv[2], strtol(argv[3], NULL, 10));
	if (argc > 2 && !strcmp(argv[1], "send"))
		return send_all(argv + 2);
	return 2;
}
