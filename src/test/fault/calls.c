/* calls.c - the calls that can be made to fail, as a table, and those of sys.c. */
#define _GNU_SOURCE
#include "test/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NR_CLONE3 = 435 };

struct fault fault;
struct report *report;

static bool fails(const char *call)
{
	if (!fault.armed || fault.my_role != fault.role || ++fault.calls != fault.at)
		return false;
	snprintf(report->call, sizeof report->call, "%s", call);
	errno = EIO;
	return true;
}

/* clang-format off */
#define CALL(ret, failure, name, params, args) \
	ret __real_##name params; \
	ret __wrap_##name params; \
	ret __wrap_##name params \
	{ \
		return fails(#name) ? failure : __real_##name args; \
	}

CALL(int, -1, accept4, (int s, struct sockaddr *a, socklen_t *n, int f), (s, a, n, f))
CALL(int, -1, access, (const char *p, int m), (p, m))
CALL(int, -1, bind, (int s, const struct sockaddr *a, socklen_t n), (s, a, n))
CALL(int, -1, chdir, (const char *p), (p))
CALL(int, -1, chroot, (const char *p), (p))
CALL(int, -1, connect, (int s, const struct sockaddr *a, socklen_t n), (s, a, n))
CALL(int, -1, dup2, (int a, int b), (a, b))
CALL(int, -1, execve, (const char *p, char *const a[], char *const e[]), (p, a, e))
CALL(int, -1, fchdir, (int fd), (fd))
CALL(int, -1, fchmod, (int fd, mode_t m), (fd, m))
CALL(int, -1, fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
CALL(int, -1, fcntl, (int fd, int c, long v), (fd, c, v))
CALL(int, -1, flock, (int fd, int o), (fd, o))
CALL(int, -1, fstat, (int fd, struct stat *s), (fd, s))
CALL(int, -1, fstatat, (int d, const char *p, struct stat *s, int f), (d, p, s, f))
CALL(int, -1, fstatfs, (int fd, struct statfs *s), (fd, s))
CALL(char *, NULL, getcwd, (char *b, size_t n), (b, n))
CALL(int, -1, ioctl, (int fd, int r, void *a), (fd, r, a))
CALL(int, -1, listen, (int s, int n), (s, n))
CALL(off_t, -1, lseek, (int fd, off_t o, int w), (fd, o, w))
CALL(int, -1, memfd_create, (const char *n, unsigned f), (n, f))
CALL(int, -1, mkdir, (const char *p, mode_t m), (p, m))
CALL(int, -1, mkdirat, (int d, const char *p, mode_t m), (d, p, m))
CALL(int, -1, mknodat, (int d, const char *p, mode_t m, dev_t v), (d, p, m, v))
CALL(int, -1, mount, (const char *s, const char *t, const char *k, unsigned long f, const void *v), (s, t, k, f, v))
CALL(int, -1, open, (const char *p, int f, mode_t m), (p, f, m))
CALL(int, -1, openat, (int d, const char *p, int f, mode_t m), (d, p, f, m))
CALL(int, -1, pipe2, (int v[2], int f), (v, f))
CALL(int, -1, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t))
CALL(int, -1, prctl, (int o, long a, long b, long c, long d), (o, a, b, c, d))
CALL(ssize_t, -1, pread, (int fd, void *b, size_t n, off_t o), (fd, b, n, o))
CALL(int, -1, prlimit, (pid_t p, int r, const struct rlimit *n, struct rlimit *o), (p, r, n, o))
CALL(ssize_t, -1, read, (int fd, void *b, size_t n), (fd, b, n))
CALL(ssize_t, -1, readlinkat, (int d, const char *p, char *b, size_t n), (d, p, b, n))
CALL(ssize_t, -1, readv, (int fd, const struct iovec *v, int n), (fd, v, n))
CALL(ssize_t, -1, recvmsg, (int s, struct msghdr *m, int f), (s, m, f))
CALL(int, -1, renameat, (int a, const char *p, int b, const char *q), (a, p, b, q))
CALL(int, -1, rmdir, (const char *p), (p))
CALL(ssize_t, -1, sendmsg, (int s, const struct msghdr *m, int f), (s, m, f))
CALL(int, -1, setdomainname, (const char *n, size_t l), (n, l))
CALL(int, -1, sethostname, (const char *n, size_t l), (n, l))
CALL(int, -1, setns, (int fd, int t), (fd, t))
CALL(pid_t, -1, setsid, (void), ())
CALL(int, -1, socket, (int d, int t, int p), (d, t, p))
CALL(int, -1, socketpair, (int d, int t, int p, int v[2]), (d, t, p, v))
CALL(int, -1, stat, (const char *p, struct stat *s), (p, s))
CALL(int, -1, statfs, (const char *p, struct statfs *s), (p, s))
CALL(int, -1, symlinkat, (const char *t, int d, const char *p), (t, d, p))
CALL(int, -1, umount2, (const char *p, int f), (p, f))
CALL(int, -1, unlink, (const char *p), (p))
CALL(int, -1, unlinkat, (int d, const char *p, int f), (d, p, f))
CALL(int, -1, unshare, (int f), (f))
CALL(ssize_t, -1, write, (int fd, const void *b, size_t n), (fd, b, n))
CALL(ssize_t, -1, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
/* clang-format on */

/* All of sys.c comes through here; a clone3 that returns 0 has made a process with a role of its
 * own. */
long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, ...);
long __wrap_syscall(long nr, ...)
{
	char name[32];
	long a[6];
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	snprintf(name, sizeof name, "syscall %ld", nr);
	if (fails(name))
		return -1;
	long r = __real_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (nr == NR_CLONE3 && r == 0) {
		fault.my_role++;
		fault.calls = 0;
	}
	return r;
}
