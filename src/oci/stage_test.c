/* stage_test.c - the handshake between two ends of one process: what arrives when the other side
 * fails, leaves or errs. */
#define _GNU_SOURCE
#include "oci/stage.h"

#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define SILENT "the other side of the container's start ended without a word"

struct ends {
	int host, init;
	struct err e;
};

static void begin(struct ends *p)
{
	*p = (struct ends){ .host = -1, .init = -1 };
	CHECK(stage_pair(&p->host, &p->init, &p->e) == 0);
}

static void end(struct ends *p)
{
	own_fd_drop(&p->host);
	own_fd_drop(&p->init);
}

TEST(stage_messages_in_order)
{
	/* clang-format off */
	static const enum stage stages[] = {
		STAGE_GO, STAGE_PID, STAGE_MOUNTED, STAGE_HOOKED, STAGE_READY, STAGE_RECORDED,
	};
	/* clang-format on */
	const size_t n = sizeof stages / sizeof *stages;
	struct stage_msg m;
	struct ends p;

	begin(&p);
	CHECK(fcntl(p.host, F_GETFD) == FD_CLOEXEC && fcntl(p.init, F_GETFD) == FD_CLOEXEC);
	for (size_t i = 0; i < n; i++)
		CHECK(stage_send(p.init, stages[i], (int)i - 1, &p.e) == 0);
	for (size_t i = 0; i < n; i++)
		CHECK(stage_recv(p.host, &m, &p.e) == 0 && m.stage == stages[i] &&
		      m.value == (int)i - 1);
	CHECK(stage_send(p.host, STAGE_GO, 0, &p.e) == 0 &&
	      stage_wait(p.init, STAGE_GO, &p.e) == 0);
	end(&p);
}

TEST(stage_wait_for_another)
{
	struct ends p;

	begin(&p);
	CHECK(stage_send(p.init, STAGE_MOUNTED, 0, &p.e) == 0);
	CHECK(stage_wait(p.host, STAGE_READY, &p.e) == -1 && p.e.no == EPROTO);
	CHECK_STR(p.e.text, "got MOUNTED, expected READY");
	CHECK(stage_send(p.init, (enum stage)99, 0, &p.e) == 0);
	CHECK(stage_wait(p.host, STAGE_GO, &p.e) == -1);
	CHECK_STR(p.e.text, "got unknown, expected GO");
	end(&p);
}

/* The error of the other side becomes ours, with kind and errno: for recv, wait and wait_exec
 * alike. */
TEST(stage_failed_passes_the_error)
{
	struct err why, got;
	struct stage_msg m;
	struct ends p;

	err_kind(&why, ERR_NO_PROGRAM, ENOENT, "exec: \"nope\"");
	begin(&p);
	for (int i = 0; i < 3; i++)
		stage_send_failed(p.init, &why);
	for (int i = 0; i < 3; i++) {
		got = (struct err){ 0 };
		if (i == 0)
			CHECK(stage_recv(p.host, &m, &got) == -1);
		else
			CHECK((i == 1 ? stage_wait(p.host, STAGE_GO, &got)
			              : stage_wait_exec(p.host, &got)) == -1);
		CHECK(got.kind == ERR_NO_PROGRAM && got.no == ENOENT);
		CHECK_STR(got.text, "exec: \"nope\"");
	}
	end(&p);
}

/* A helper that has spoken before its end, and one that has not, with the way open all the same. */
TEST(stage_helper_that_is_killed)
{
	const struct sys_clone args = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	struct stage_msg m;
	struct ends p;
	int pidfd;

	NEEDS_CLONE3;
	begin(&p);
	CHECK(stage_send(p.init, STAGE_READY, 0, &p.e) == 0);
	pid_t pid = sys_clone3(&args, &pidfd);
	if (pid == 0)
		_exit(stage_send(p.init, STAGE_PID, 7, &p.e) != 0);
	own_fd owner = pidfd;
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(stage_recv_helped(p.host, owner, &m, &p.e) == 0 && m.stage == STAGE_READY);
	CHECK(stage_recv_helped(p.host, owner, &m, &p.e) == 0 && m.value == 7);
	CHECK(stage_recv_helped(p.host, owner, &m, &p.e) == -1);
	CHECK_STR(p.e.text, "the helper that joins the namespaces was killed");
	CHECK(stage_send(p.init, STAGE_MADE, 0, &p.e) == 0);
	CHECK(stage_recv_helped(p.host, -1, &m, &p.e) == 0 && m.stage == STAGE_MADE);
	end(&p);
}

TEST(stage_silent_end)
{
	struct stage_msg m;
	struct ends p;

	begin(&p);
	own_fd_drop(&p.init);
	CHECK(stage_recv(p.host, &m, &p.e) == -1 && p.e.no == 0);
	CHECK_STR(p.e.text, SILENT);
	CHECK(stage_wait(p.host, STAGE_READY, &p.e) == -1);
	CHECK_STR(p.e.text, SILENT);
	end(&p);

	begin(&p); /* it left without reading what we said: ECONNRESET */
	CHECK(stage_send(p.host, STAGE_GO, 0, &p.e) == 0);
	own_fd_drop(&p.init);
	CHECK(stage_recv(p.host, &m, &p.e) == -1);
	CHECK_STR(p.e.text, SILENT);
	end(&p);
}

/* We find the way closed when we send: its last words are what there is to tell, and there is no
 * SIGPIPE. */
TEST(stage_send_finds_the_last_message)
{
	struct err why;
	struct ends p;

	begin(&p);
	err_set(&why, EPERM, "mount proc");
	stage_send_failed(p.init, &why);
	own_fd_drop(&p.init);
	CHECK(stage_send(p.host, STAGE_GO, 0, &p.e) == -1 && p.e.no == EPERM);
	CHECK_STR(p.e.text, "mount proc");
	end(&p);

	begin(&p);
	CHECK(stage_send(p.init, STAGE_READY, 0, &p.e) == 0);
	own_fd_drop(&p.init);
	CHECK(stage_send(p.host, STAGE_HOOKED, 0, &p.e) == -1 && p.e.no == EPIPE);
	CHECK_STR(p.e.text, "send HOOKED");
	end(&p);

	begin(&p);
	own_fd_drop(&p.init);
	CHECK(stage_send(p.host, STAGE_HOOKED, 0, &p.e) == -1);
	CHECK_STR(p.e.text, SILENT);
	stage_send_failed(p.host, &why); /* nobody hears */
	end(&p);
}

TEST(stage_message_of_another_size)
{
	struct stage_msg m = { .stage = STAGE_GO };
	struct ends p;

	begin(&p);
	CHECK(fd_send(p.init, &m, sizeof m - 1, -1) == 0 && fd_send(p.init, "x", 1, -1) == 0);
	CHECK(stage_recv(p.host, &m, &p.e) == -1 && p.e.no == EPROTO);
	CHECK(stage_wait(p.host, STAGE_GO, &p.e) == -1 && p.e.no == EPROTO);
	end(&p);
}

TEST(stage_exec_is_the_end)
{
	struct ends p;

	begin(&p);
	own_fd_drop(&p.init);
	CHECK(stage_wait_exec(p.host, &p.e) == 0);
	end(&p);
	begin(&p);
	CHECK(stage_send(p.init, STAGE_READY, 0, &p.e) == 0);
	CHECK(stage_wait_exec(p.host, &p.e) == -1 && p.e.no == EPROTO);
	end(&p);
}

/* It closed without reading what we sent: the kernel reports that first, and then what it had said.
 */
TEST(stage_last_word_behind_a_reset)
{
	struct err e = { 0 }, why = { 0 };
	int host, init;

	CHECK(!stage_pair(&host, &init, &e));
	err_set(&why, 0, "the last word");
	CHECK(!stage_send(host, STAGE_RECORDED, 0, &e));
	stage_send_failed(init, &why);
	close(init);
	CHECK(stage_wait_exec(host, &e) < 0);
	CHECK_STR(e.text, "the last word");
	close(host);
}
