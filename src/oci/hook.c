/* hook.c - running hooks. */
#define _GNU_SOURCE
#include "oci/hook.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/own.h"
#include "oci/status.h"
#include "sys/sys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 200 };

struct run {
	const struct spec_hook *hook;
	const struct process *as; /* or NULL: a program of the host */
	int in;  /* the state, as a file: a hook that does not read it cannot block or kill us */
	int out; /* the writing end of what it prints */
	pid_t parent;
};

/*
 * Without a word in its configuration: ours, as runc and crun have it. A program of the image gets
 * that of its container instead, which shows nothing of the host's.
 */
static char **environment(const struct run *r)
{
	if (r->hook->env)
		return r->hook->env;
	return r->as ? r->as->env : environ;
}

static _Noreturn void child(const struct run *r)
{
	char *no_args[] = { r->hook->path, NULL };
	char line[ERR_LINE_MAX];
	struct err e = { 0 };
	sigset_t none;

	/* If our command is killed the hook is not left alone with a container that will never be.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != r->parent)
		_exit(127);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(r->in, 0) < 0 || dup2(r->out, 1) < 0 || dup2(r->out, 2) < 0)
		_exit(127);
	const char *why = line;
	if (r->as && process_filter(r->as, &e)) {
		(void)err_text(&e, line, sizeof line);
	} else {
		execve(r->hook->path, r->hook->n_args ? r->hook->args : no_args, environment(r));
		why = strerror(errno);
	}
	(void)fd_write_all(2, why, strlen(why)); /* into the pipe: the message of the failure */
	_exit(127);
}

/*
 * Collect what it prints and wait for its end. The pipe may outlive it in a daemon of its own: the
 * hook's end ends the wait. 0: it has ended; 1: its time is over.
 */
static int wait_end(int pidfd, int out, int64_t timeout_ms, char output[OUTPUT_MAX + 1])
{
	const int64_t deadline = clock_ms() + timeout_ms;
	struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN }, { .fd = out, .events = POLLIN } };
	size_t len = 0;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : deadline - clock_ms();
		char scrap[512];

		if (timeout_ms >= 0 && left <= 0)
			return 1;
		if (poll(p, 2, left > INT32_MAX ? INT32_MAX : (int)left) < 0)
			continue;
		if (p[1].revents) {
			ssize_t n = read(out, scrap, sizeof scrap);

			if (n <= 0)
				p[1].fd = -1;
			for (ssize_t i = 0; i < n && len < OUTPUT_MAX; i++)
				output[len++] = scrap[i] == '\n' ? ' ' : scrap[i];
			/* What it wrote last is read before its end counts, but no daemon's
			 * writing. */
			if (n > 0 && len < OUTPUT_MAX)
				continue;
		}
		if (p[0].revents)
			break;
	}
	while (len && output[len - 1] == ' ')
		len--;
	output[len] = 0;
	return 0;
}

static int state_file(const char *text, struct err *e)
{
	own_fd fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, text, strlen(text)) || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(e, errno, "write the state for a hook");
	return own_fd_take(&fd);
}

static int judge(int status, bool late, const char *output, struct err *e)
{
	if (late)
		return err_set(e, 0, "timeout");
	if (WIFSIGNALED(status)) {
		const char *name = strsignal(WTERMSIG(status)); /* "Bad system call" */

		return err_set(e, 0, "killed by signal %d (%c%s)%s%s", WTERMSIG(status),
		               tolower((unsigned char)*name), name + 1, *output ? ", output: " : "",
		               output);
	}
	if (WEXITSTATUS(status))
		return err_set(e, 0, "exit status %d%s%s", WEXITSTATUS(status),
		               *output ? ", output: " : "", output);
	return 0;
}

/* -1: none. A hundred years are as good. */
static int64_t timeout_ms(const struct spec_hook *h)
{
	const int64_t max = INT64_C(100) * 366 * 86400;

	if (!h->timeout.set)
		return -1;
	return (h->timeout.v < max ? h->timeout.v : max) * 1000;
}

static int run_one(const struct spec_hook *h, const struct process *as, const char *state,
                   struct err *e)
{
	const struct sys_clone clone = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	char output[OUTPUT_MAX + 1] = "";
	int pipe_fds[2], status = 0, pidfd = -1;
	own_fd in = state_file(state, e);

	if (in < 0)
		return -1;
	if (pipe2(pipe_fds, O_CLOEXEC))
		return err_set(e, errno, "pipe");
	own_fd out = pipe_fds[0];
	own_fd child_out = pipe_fds[1];
	const pid_t parent = getpid();
	pid_t pid = sys_clone3(&clone, &pidfd);
	if (pid < 0)
		return err_set(e, errno, "clone3");
	if (pid == 0)
		child(&(struct run){ h, as, in, child_out, parent });
	own_fd pidfd_owner = pidfd;
	own_fd_drop(&child_out);
	bool late = wait_end(pidfd_owner, out, timeout_ms(h), output);
	if (late)
		(void)sys_pidfd_send_signal(pidfd_owner,
		                            SIGKILL); /* our own unreaped child: it is there */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return judge(status, late, output, e);
}

static int run_list(const char *name, const struct spec_hook *v, size_t n, const struct process *as,
                    const char *state, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (run_one(&v[i], as, state, e)) {
			err_ctx(e, "%s", v[i].path);
			return err_ctx(e, "error running %s hook #%zu", name, i);
		}
	return 0;
}

int hook_run(struct arena *a, const char *name, const struct spec_hook *v, size_t n,
             const struct record *r, const char *status, int64_t pid, struct err *e)
{
	return n ? run_list(name, v, n, NULL, status_text(a, r, status, pid, 0), e) : 0;
}

int hook_run_inside(struct arena *a, const char *name, const struct spec_hook *v, size_t n,
                    const struct record *r, const char *status, const struct process *as,
                    struct err *e)
{
	return n ? run_list(name, v, n, as, status_text(a, r, status, getpid(), 0), e) : 0;
}
