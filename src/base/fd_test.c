/* fd_test.c - files read with a limit, replaced as a whole, and descriptors through sockets. */
#define _GNU_SOURCE
#include "base/fd.h"

#include "base/own.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct place {
	char path[32];
	int dir;
};

static void begin(struct place *p)
{
	snprintf(p->path, sizeof p->path, "/tmp/scow-fd.XXXXXX");
	CHECK(mkdtemp(p->path));
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(p->dir >= 0);
}

static void end(struct place *p, const char *const *names)
{
	for (; *names; names++)
		CHECK(unlinkat(p->dir, *names, 0) == 0);
	close(p->dir);
	CHECK(rmdir(p->path) == 0); /* nothing else was left */
}

static void put(int dir, const char *name, const char *text)
{
	own_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

TEST(fd_read_with_limits)
{
	static const char *const names[] = { "five", "empty", NULL };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct place p;
	char buf[8], *text;
	size_t len;

	begin(&p);
	put(p.dir, "five", "12345");
	put(p.dir, "empty", "");
	CHECK(fd_read_text(p.dir, "five", buf, 6) == 5);
	CHECK_STR(buf, "12345");
	errno = 0;
	CHECK(fd_read_text(p.dir, "five", buf, 5) == -1 && errno == EFBIG);
	CHECK(fd_read_start(p.dir, "five", buf, 4) == 3);
	CHECK_STR(buf, "123");
	CHECK(fd_read_text(p.dir, "empty", buf, 1) == -1 || buf[0] == 0);
	CHECK(fd_read_text(p.dir, "none", buf, sizeof buf) == -1 && errno == ENOENT);

	CHECK(fd_read_file(&a, p.dir, "five", 5, &text, &len, &e) == 0 && len == 5);
	CHECK_STR(text, "12345");
	CHECK(fd_read_file(&a, p.dir, "empty", 5, &text, &len, &e) == 0 && len == 0 && !*text);
	CHECK(fd_read_file(&a, p.dir, "five", 4, &text, &len, &e) == -1 && e.no == EFBIG);
	CHECK_STR(e.text, "read five: more than 4 bytes");
	CHECK(fd_read_file(&a, p.dir, "none", 5, &text, &len, &e) == -1 && e.no == ENOENT);
	CHECK_STR(e.text, "open none");
	CHECK(fd_read_file(&a, AT_FDCWD, p.path, 5, &text, &len, &e) == -1 && e.no == EISDIR);
	arena_free(&a);
	end(&p, names);
}

/* A pipe has no size: everything that comes, in whatever pieces, until its end. */
TEST(fd_read_all_of_a_pipe)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	char *text;
	size_t len;
	int fds[2];

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 100; i++)
			if (write(fds[1], "0123456789", 10) != 10)
				_exit(1);
		_exit(0);
	}
	close(fds[1]);
	CHECK(fd_read_all(&a, fds[0], "pipe", 1000, &text, &len, &e) == 0 && len == 1000 &&
	      strlen(text) == 1000);
	close(fds[0]);
	waitpid(pid, NULL, 0);

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	CHECK(write(fds[1], "0123456789", 10) == 10);
	close(fds[1]);
	CHECK(fd_read_all(&a, fds[0], "pipe", 9, &text, &len, &e) == -1 && e.no == EFBIG);
	CHECK_STR(e.text, "read pipe: more than 9 bytes");
	close(fds[0]);
	arena_free(&a);
}

TEST(fd_replace_is_all_or_nothing)
{
	static const char *const names[] = { "state.json", NULL };
	struct err e = { 0 };
	struct place p;
	struct stat st;
	char buf[16];

	begin(&p);
	CHECK(fd_replace(p.dir, "state.json", "one", 3, 0640, &e) == 0);
	CHECK(fstatat(p.dir, "state.json", &st, 0) == 0 && (st.st_mode & 0777 & ~0640u) == 0);
	own_fd old = openat(p.dir, "state.json", O_RDONLY | O_CLOEXEC);
	CHECK(fd_replace(p.dir, "state.json", "second", 6, 0600, &e) == 0);
	CHECK(fd_read_text(p.dir, "state.json", buf, sizeof buf) == 6);
	CHECK_STR(buf, "second");
	CHECK(read(old, buf, sizeof buf) == 3 &&
	      !memcmp(buf, "one", 3)); /* a reader keeps the whole old one */

	CHECK(mkdirat(p.dir, "dir", 0700) == 0);
	CHECK(fd_replace(p.dir, "dir", "x", 1, 0600, &e) == -1 && e.no == EISDIR);
	CHECK_STR(e.text, "rename to dir");
	CHECK(unlinkat(p.dir, "dir", AT_REMOVEDIR) == 0);
	CHECK(symlinkat("elsewhere", p.dir, ".state.json.new") == 0); /* is not followed */
	CHECK(fd_replace(p.dir, "state.json", "third", 5, 0600, &e) == -1 && e.no == ELOOP);
	CHECK(faccessat(p.dir, "elsewhere", F_OK, 0) == -1);
	CHECK(unlinkat(p.dir, ".state.json.new", 0) == 0);
	end(&p, names);
}

/* /dev/full takes no byte: as a full disk would. */
TEST(fd_write_errors)
{
	CHECK(fd_put(AT_FDCWD, "/dev/full", "x") == -1 && errno == ENOSPC);
	CHECK(fd_put(AT_FDCWD, "/dev/null", "x") == 0);
	CHECK(fd_put(AT_FDCWD, "/nonexistent/x", "x") == -1 && errno == ENOENT);
	own_fd full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	CHECK(fd_write_all(full, "abc", 3) == -1 && errno == ENOSPC);
	CHECK(fd_write_all(full, "", 0) == 0);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A slow reader and a timer make writes short and interrupted. */
TEST(fd_write_all_through_short_writes)
{
	enum { SIZE = 300000 };
	const struct sigaction sa = { .sa_handler = on_alarm }; /* without SA_RESTART */
	static char data[SIZE], got[SIZE];
	struct sigaction old;
	int fds[2];

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	for (int i = 0; i < SIZE; i++)
		data[i] = (char)(i * 7);
	pid_t pid = fork();
	if (pid == 0) {
		pid_t parent = getppid();
		size_t n = 0;
		ssize_t r;

		close(fds[1]);
		while (n < SIZE && (r = read(fds[0], got + n, 9973)) > 0) {
			n += (size_t)r;
			kill(parent, SIGALRM);
		}
		_exit(n == SIZE && !memcmp(got, data, SIZE) ? 0 : 1);
	}
	CHECK(sigaction(SIGALRM, &sa, &old) == 0);
	CHECK(fd_write_all(fds[1], data, SIZE) == 0);
	close(fds[1]);
	int status = -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	CHECK(status == 0);
	CHECK(sigaction(SIGALRM, &old, NULL) == 0);
	close(fds[0]);
}

TEST(fd_through_a_socket)
{
	int sv[2], got = 7;
	char buf[8] = "";
	struct stat here, there;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == 0);
	own_fd null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK(fd_send(sv[0], "hi", 2, null) == 0);
	CHECK(fd_recv(sv[1], buf, sizeof buf, &got) == 2 && !memcmp(buf, "hi", 2));
	CHECK(got >= 0 && got != null && fcntl(got, F_GETFD) == FD_CLOEXEC);
	CHECK(fstat(null, &here) == 0 && fstat(got, &there) == 0 && here.st_rdev == there.st_rdev);
	close(got);

	CHECK(fd_send(sv[0], "x", 1, -1) == 0);
	CHECK(fd_recv(sv[1], buf, sizeof buf, &got) == 1 && got == -1);
	int before = dup(0); /* a descriptor that nobody wants is not left open */
	CHECK(fd_send(sv[0], "y", 1, null) == 0);
	CHECK(fd_recv(sv[1], buf, sizeof buf, NULL) == 1);
	close(before);
	int after = dup(0);
	CHECK(after == before);
	close(after);

	close(sv[1]);
	CHECK(fd_send(sv[0], "z", 1, -1) == -1 && errno == EPIPE); /* and no SIGPIPE */
	CHECK(fd_recv(sv[0], buf, sizeof buf, &got) == 0 && got == -1);
	close(sv[0]);
}

TEST(fd_drop_all_in_runs)
{
	int v[8], none = -1;
	int *const fds[] = { &v[5], &none, &v[2], &v[7], &v[3], &v[1], &v[6] };

	for (int i = 0; i < 8; i++)
		CHECK((v[i] = fcntl(0, F_DUPFD_CLOEXEC, 100)) == 100 + i);
	fd_drop_all(fds, sizeof fds / sizeof *fds);
	for (int i = 0; i < 8; i++) {
		const bool kept = i == 0 || i == 4;
		CHECK((v[i] >= 0) == kept && (fcntl(100 + i, F_GETFD) >= 0) == kept);
	}
	fd_drop_all(fds, sizeof fds / sizeof *fds);
	own_fd_drop(&v[0]);
	own_fd_drop(&v[4]);
}

TEST(fd_named_by_path)
{
	CHECK(fd_named("/dev/fd/63") == 63 && fd_named("/proc/self/fd/0") == 0);
	CHECK(fd_named("/dev/fd/") == -1 && fd_named("/dev/fd/6/x") == -1);
	CHECK(fd_named("/dev/fd/99999999999") == -1 && fd_named("/dev/fd/-1") == -1);
	CHECK(fd_named("/dev/fd/ 1") == -1 && fd_named("config.json") == -1);
}
