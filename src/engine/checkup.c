/* checkup.c - the health command as an exec with a deadline. */
#define _GNU_SOURCE
#include "engine/checkup.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/own.h"
#include "engine/policy.h"
#include "monitor/health.h"
#include "oci/exec.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct checkup {
	struct health_check check;
	size_t len; /* of its output */
	int out;    /* where that comes from */
	pid_t pid;
	int pidfd;
};

/* The definition's, which may be edited while the container runs: then the new one. */
static const char *command_of(struct arena *a, const struct plan *p, struct err *e)
{
	struct policy policy;
	struct spec s = { 0 };
	char *text;
	size_t len;

	own_fd dir = open(p->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		err_set(e, errno, "open %s", p->bundle);
		return NULL;
	}
	if (fd_read_file(a, dir, "config.json", SPEC_SIZE_MAX, &text, &len, e) ||
	    spec_load(a, text, len, &s, e) || policy_read(a, &s, &policy, e))
		return NULL;
	if (!policy.health_cmd)
		err_set(e, 0, "the definition of %s has no health command any more", p->name);
	return policy.health_cmd;
}

/* Our 1 and 2 are the command's for as long as it is begun. */
static int begin(struct checkup *c, struct arena *a, const struct plan *p, struct err *e)
{
	const char *command = command_of(a, p, e);
	char *args[] = { (char *)(uintptr_t) "/bin/sh", (char *)(uintptr_t) "-c",
		         (char *)(uintptr_t)command, NULL };
	const struct exec_request r = { .arena = a,
		                        .root = p->root,
		                        .id = p->name,
		                        .args = args,
		                        .n_args = 3,
		                        .detach = true,
		                        .ret_pid = &c->pid };
	int pipe_fds[2], code;

	if (!command)
		return -1;
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK))
		return err_set(e, errno, "pipe");
	c->out = pipe_fds[0];
	own_fd there = pipe_fds[1];
	(void)fcntl(there, F_SETFL, 0); /* the command's end waits */
	if (dup2(there, 1) < 0 || dup2(there, 2) < 0)
		return err_set(e, errno, "dup2");
	int failed = exec_run(&r, &code, e);
	(void)dup2(0, 1);
	(void)dup2(0, 2);
	if (failed)
		return -1;
	c->pidfd = sys_pidfd_open(c->pid);
	return c->pidfd < 0 ? err_set(e, errno, "pidfd_open %d", (int)c->pid) : 0;
}

/* False when there is no more for now. What is too much is read, and dropped. */
static bool read_some(struct checkup *c)
{
	char buf[1024];
	const ssize_t n = read(c->out, buf, sizeof buf);
	const size_t room = sizeof c->check.output - 1 - c->len;

	if (n == 0)
		own_fd_drop(&c->out);
	if (n <= 0)
		return false;
	const size_t kept = (size_t)n < room ? (size_t)n : room;
	memcpy(c->check.output + c->len, buf, kept);
	c->len += kept;
	return true;
}

/* It is our child, and not reaped: the number is its own. */
static int end(struct checkup *c, bool late)
{
	int status;

	if (late) {
		(void)kill(-c->pid, SIGKILL);
		(void)sys_pidfd_send_signal(c->pidfd, SIGKILL);
	}
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	while (c->out >= 0 && read_some(c))
		;
	if (late)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for(struct checkup *c, int64_t until_ms)
{
	for (;;) {
		struct pollfd p[] = { { .fd = c->pidfd, .events = POLLIN },
			              { .fd = c->out, .events = POLLIN } };
		const int64_t left = until_ms - clock_ms();

		if (left <= 0)
			return end(c, true);
		if (poll(p, 2, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR)
			return end(c, true);
		if (p[0].revents)
			return end(c, false);
		if (p[1].revents)
			(void)read_some(c);
	}
}

int checkup(struct arena *a, const struct plan *p, int dir, struct err *e)
{
	struct checkup c = { .out = -1, .pidfd = -1, .check = { .format = MONITOR_FORMAT } };
	struct err why;

	when_now(c.check.began);
	if (begin(&c, a, p, &why)) {
		(void)err_text(&why, c.check.output, sizeof c.check.output);
		c.check.code = -1;
	} else {
		c.check.code = wait_for(&c, clock_ms() + p->health_timeout_ms);
	}
	own_fd_drop(&c.out);
	own_fd_drop(&c.pidfd);
	when_now(c.check.ended);
	(void)health_check_write(dir, &c.check, e); /* a full /run is no illness */
	return c.check.code ? HEALTH_FAILED : HEALTH_PASSED;
}
