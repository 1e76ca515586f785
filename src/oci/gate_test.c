/* gate_test.c - a forked process waits as init does; visitors look, leave and start it. */
#define _GNU_SOURCE
#include "oci/gate.h"

#include "base/own.h"
#include "oci/stage.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct listener none = { .conn = -1 };

struct place {
	char path[32];
	int dir;
};

static void begin(struct place *p)
{
	snprintf(p->path, sizeof p->path, "/tmp/scow-gate.XXXXXX");
	CHECK(mkdtemp(p->path));
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(p->dir >= 0);
}

static void end(struct place *p)
{
	(void)unlinkat(p->dir, "start.sock", 0);
	close(p->dir);
	CHECK(rmdir(p->path) == 0);
}

enum behaviour { EXECS, FAILS, DIES };

/* What init does; exit code 9: the wait itself failed. */
static pid_t start_init(int dir, enum behaviour b)
{
	struct err e;
	int gate = -1, conn;

	CHECK(gate_open(dir, &gate, &e) == 0);
	CHECK(fcntl(gate, F_GETFD) == FD_CLOEXEC);
	pid_t pid = fork();
	if (pid == 0) {
		if (gate_wait(gate, &conn, &e))
			_exit(9);
		close(gate);
		if (b == FAILS) {
			err_kind(&e, ERR_NO_PROGRAM, 0, "exec: \"nope\"");
			stage_send_failed(conn, &e);
		}
		_exit(b == DIES ? 1 : 0);
	}
	close(gate);
	return pid;
}

static int exit_code(pid_t pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(gate_start_hears_the_exec)
{
	struct place p;
	struct err e = { 0 };

	begin(&p);
	CHECK(!gate_is_closed(p.dir)); /* there is none yet */
	CHECK(gate_start(p.dir, &none, &e) == -1 && e.no == ENOENT);
	pid_t pid = start_init(p.dir, EXECS);
	CHECK(gate_is_closed(p.dir));
	CHECK(gate_start(p.dir, &none, &e) == 0);
	CHECK(exit_code(pid) == 0);
	CHECK(!gate_is_closed(p.dir)); /* the socket is there, and nobody listens */
	CHECK(gate_start(p.dir, &none, &e) == -1 && e.no == ECONNREFUSED);
	CHECK_STR(e.text, "reach the waiting container");
	end(&p);
}

TEST(gate_start_hears_the_failure)
{
	struct place p;
	struct err e = { 0 };

	begin(&p);
	pid_t pid = start_init(p.dir, FAILS);
	CHECK(gate_start(p.dir, &none, &e) == -1 && e.kind == ERR_NO_PROGRAM);
	CHECK_STR(e.text, "exec: \"nope\"");
	CHECK(exit_code(pid) == 0);
	end(&p);
}

/* Those who only look, those who say something else, and those who are killed do not open it. */
TEST(gate_visitors_that_leave)
{
	struct place p;
	struct err e;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	begin(&p);
	pid_t pid = start_init(p.dir, EXECS);
	for (int i = 0; i < 50; i++)
		CHECK(gate_is_closed(p.dir));
	snprintf(sa.sun_path, sizeof sa.sun_path, "%s/start.sock", p.path);
	for (int i = 0; i < 3; i++) {
		own_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

		CHECK(connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0);
		if (i == 1)
			CHECK(stage_send(fd, STAGE_HOOKED, 0, &e) == 0);
		if (i == 2)
			CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == 1);
	}
	CHECK(waitpid(pid, NULL, WNOHANG) == 0); /* it still waits */
	CHECK(gate_start(p.dir, &none, &e) == 0);
	CHECK(exit_code(pid) == 0);
	end(&p);
}

TEST(gate_of_a_killed_init)
{
	struct place p;
	struct err e;

	begin(&p);
	pid_t pid = start_init(p.dir, EXECS);
	kill(pid, SIGKILL);
	CHECK(exit_code(pid) == -1);
	CHECK(!gate_is_closed(p.dir));
	CHECK(gate_start(p.dir, &none, &e) == -1 && e.no == ECONNREFUSED);
	end(&p);
}

TEST(gate_twice_is_refused)
{
	struct place p;
	struct err e;
	int gate = -1;

	begin(&p);
	own_fd first = -1;
	CHECK(gate_open(p.dir, &first, &e) == 0);
	CHECK(gate_open(p.dir, &gate, &e) == -1 && e.no == EADDRINUSE && gate == -1);
	end(&p);
}

/* Longer than a socket's address: the directory's descriptor stands for it. */
TEST(gate_below_a_long_root)
{
	struct place p;
	struct err e;
	char name[201];

	begin(&p);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	CHECK(mkdirat(p.dir, name, 0700) == 0);
	own_fd dir = openat(p.dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = start_init(dir, EXECS);
	CHECK(gate_is_closed(dir) && gate_start(dir, &none, &e) == 0 && exit_code(pid) == 0);
	CHECK(unlinkat(dir, "start.sock", 0) == 0 && unlinkat(p.dir, name, AT_REMOVEDIR) == 0);
	end(&p);
}
