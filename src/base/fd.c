/* fd.c - small files read and written whole, and descriptors sent over sockets. */
#define _GNU_SOURCE
#include "base/fd.h"

#include "base/own.h"
#include "sys/sys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static ssize_t read_again(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Fill buf until its end or the file's; a regular file ends where it gives less than was asked for.
 */
static ssize_t read_full(int fd, char *buf, size_t size, bool regular)
{
	size_t n = 0;

	while (n < size) {
		size_t want = size - n;
		ssize_t r = read_again(fd, buf + n, want);

		if (r < 0)
			return -1;
		n += (size_t)r;
		if (r == 0 || (regular && (size_t)r < want))
			break;
	}
	return (ssize_t)n;
}

ssize_t fd_read_start(int dirfd, const char *path, char *buf, size_t size)
{
	own_fd fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t n = read_again(fd, buf, size - 1);
	if (n >= 0)
		buf[n] = 0;
	return n;
}

/* One byte more than fits is asked for, and tells that there is more. */
ssize_t fd_read_text(int dirfd, const char *path, char *buf, size_t size)
{
	own_fd fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	ssize_t n = read_full(fd, buf, size, false);
	if (n < 0)
		return -1;
	if ((size_t)n == size) {
		errno = EFBIG;
		return -1;
	}
	buf[n] = 0;
	return n;
}

int fd_read_all(struct arena *a, int fd, const char *what, size_t max, char **ret_text,
                size_t *ret_len, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, errno, "stat %s", what);
	if (S_ISDIR(st.st_mode))
		return err_set(e, EISDIR, "read %s", what);
	size_t size = S_ISREG(st.st_mode) && (size_t)st.st_size <= max ? (size_t)st.st_size : max;
	char *text = arena_alloc(a, size + 2);
	ssize_t n = read_full(fd, text, size + 1,
	                      S_ISREG(st.st_mode)); /* one more tells whether there is more */
	if (n < 0)
		return err_set(e, errno, "read %s", what);
	if ((size_t)n > size)
		return err_set(e, EFBIG, "read %s: more than %zu bytes", what, size);
	text[n] = 0;
	*ret_text = text;
	*ret_len = (size_t)n;
	return 0;
}

int fd_named(const char *path)
{
	static const char *const places[] = { "/dev/fd/", "/proc/self/fd/" };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		size_t n = strlen(places[i]);
		unsigned long fd;
		char *end;

		if (strncmp(path, places[i], n) || path[n] < '0' || path[n] > '9')
			continue;
		fd = strtoul(path + n, &end, 10);
		return *end || fd > INT_MAX ? -1 : (int)fd;
	}
	return -1;
}

int fd_read_file(struct arena *a, int dirfd, const char *path, size_t max, char **ret_text,
                 size_t *ret_len, struct err *e)
{
	own_fd fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int named = fd_named(path);

	if (named > 2)
		(void)close(named); /* fails if it is not open: the openat has failed, too */
	if (fd < 0)
		return err_set(e, errno, "open %s", path);
	return fd_read_all(a, fd, path, max, ret_text, ret_len, e);
}

static bool is_among(int *const fds[], size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (*fds[i] == fd)
			return true;
	return false;
}

void fd_drop_all(int *const fds[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int low = *fds[i], high = low;

		if (low < 0)
			continue;
		while (is_among(fds, n, low - 1) && low > 0)
			low--;
		while (is_among(fds, n, high + 1))
			high++;
		for (size_t k = 0; k < n; k++)
			if (*fds[k] >= low && *fds[k] <= high)
				*fds[k] = -1;
		(void)sys_close_range((unsigned)low, (unsigned)high, 0);
	}
}

int fd_put(int dirfd, const char *path, const char *text)
{
	own_fd fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);

	if (fd < 0)
		return -1;
	return write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

enum { TEMP_SIZE = NAME_MAX + 16 };

/* A name that is too long is refused by the kernel. */
static void temp_name(char buf[TEMP_SIZE], const char *name)
{
	snprintf(buf, TEMP_SIZE, ".%s.new", name);
}

static int write_temp(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
                      bool durable, struct err *e)
{
	char temp[TEMP_SIZE];

	temp_name(temp, name);
	own_fd fd =
	    openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_set(e, errno, "create %s", name);
	if (fd_write_all(fd, data, len) || (durable && fsync(fd))) {
		err_set(e, errno, "write %s", name);
		(void)unlinkat(dirfd, temp, 0); /* the write's error is the one to tell */
		return -1;
	}
	return 0;
}

static int replace(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
                   bool durable, struct err *e)
{
	if (write_temp(dirfd, name, data, len, mode, durable, e) ||
	    fd_replace_commit(dirfd, name, e))
		return -1;
	return durable && fsync(dirfd) ? err_set(e, errno, "write %s to disk", name) : 0;
}

int fd_replace_prepare(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
                       struct err *e)
{
	return write_temp(dirfd, name, data, len, mode, false, e);
}

int fd_replace_commit(int dirfd, const char *name, struct err *e)
{
	char temp[TEMP_SIZE];

	temp_name(temp, name);
	if (!renameat(dirfd, temp, dirfd, name))
		return 0;
	err_set(e, errno, "rename to %s", name);
	(void)unlinkat(dirfd, temp, 0);
	return -1;
}

int fd_replace(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
               struct err *e)
{
	return replace(dirfd, name, data, len, mode, false, e);
}

int fd_replace_durable(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
                       struct err *e)
{
	return replace(dirfd, name, data, len, mode, true, e);
}

int fd_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	own_fd sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	own_fd at = -1;

	if (sock < 0)
		return -1;
	if (strlen(path) < sizeof sa.sun_path) {
		strncpy(sa.sun_path, path, sizeof sa.sun_path - 1);
	} else { /* sun_path holds 108 bytes: a longer name goes through a descriptor */
		at = open(path, O_PATH | O_CLOEXEC);
		if (at < 0)
			return -1;
		snprintf(sa.sun_path, sizeof sa.sun_path, "/proc/self/fd/%d", at);
	}
	if (connect(sock, (const struct sockaddr *)&sa, sizeof sa))
		return -1;
	return own_fd_take(&sock);
}

union control { /* aligned as cmsg(3) wants it */
	struct cmsghdr header;
	char space[CMSG_SPACE(FD_SEND_MAX * sizeof(int))];
};

int fd_send_fds(int sock, const void *data, size_t len, const int *fds, size_t n_fds)
{
	const size_t size = n_fds * sizeof *fds;
	union control c = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert(n_fds <= FD_SEND_MAX);
	if (n_fds) {
		m.msg_control = c.space;
		m.msg_controllen = CMSG_SPACE(size);
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(h), fds, size);
	}
	ssize_t n;
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? 0 : -1;
}

int fd_send(int sock, const void *data, size_t len, int fd)
{
	return fd_send_fds(sock, data, len, &fd, fd >= 0);
}

static ssize_t receive(int sock, struct msghdr *m)
{
	/* A peer that closed with our message unread is reported as a reset, once, ahead of what it
	 * had sent: what is asked for a second time is its last word, or its end. */
	for (int resets = 0;;) {
		ssize_t n = recvmsg(sock, m, MSG_CMSG_CLOEXEC);

		if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || resets++)))
			return n;
	}
}

/* What came beside a message; more than there is room for is closed. */
static void take_fds(struct msghdr *m, int *fds, size_t n_fds)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(m);

	if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
		return;
	const size_t came = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < came; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
		if (i < n_fds)
			fds[i] = fd;
		else
			close(fd);
	}
}

ssize_t fd_recv_fds(int sock, void *data, size_t size, int *fds, size_t n_fds)
{
	union control c = { 0 };
	struct iovec iov = { data, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds) {
		m.msg_control = c.space;
		m.msg_controllen = sizeof c.space;
	}
	for (size_t i = 0; i < n_fds; i++)
		fds[i] = -1;
	ssize_t n = receive(sock, &m);
	if (n >= 0 && n_fds)
		take_fds(&m, fds, n_fds);
	return n;
}

ssize_t fd_recv(int sock, void *data, size_t size, int *ret_fd)
{
	int none;

	return ret_fd ? fd_recv_fds(sock, data, size, ret_fd, 1)
	              : fd_recv_fds(sock, data, size, &none, 0);
}
