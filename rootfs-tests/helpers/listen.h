/* listen.h - for helpers to whom a runtime sends a descriptor: the socket, and what comes there. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* -1 and errno. Binds to a name of its own first: a socket that exists but does not listen yet would
 * be a race. */
static inline int listen_on(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (snprintf(name.sun_path, sizeof(name.sun_path), "%s.new", path) >= (int)sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 8) < 0)
		return -1;
	return rename(name.sun_path, path) < 0 ? -1 : fd;
}

/* The first descriptor that a message brings, or -1; *count of them, *n bytes in data (recvmsg(2)). */
static inline int take_fd(int connection, char *data, size_t size, int *count, ssize_t *n)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec part = { data, size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	int fd = -1;

	*n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	*count = 0;
	struct cmsghdr *header = *n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_type == SCM_RIGHTS) {
		*count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	}
	return fd;
}
