/*
 * cmd_front.c - start --foreground: a defined container as a service of another supervisor.
 *
 *	supervisor --- TERM, INT ---> this command --- stop ---> monitor --> container
 *	           <-- ready, exit code ---        <-- END -----
 *
 * The monitor does the work; this command stands for the container, and can be killed and started
 * again without harm: it finds the container running. The supervisor is who says what is wanted, so
 * nothing is written to the store.
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "cli/command.h"
#include "engine/look.h"
#include "engine/rouse.h"
#include "engine/up.h"
#include "oci/notify.h"
#include "oci/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

struct front {
	struct args *args;
	struct engine engine;
	const char *name;
	int signals;
	int ready_fd;  /* -1: none */
	bool stopping; /* was asked for */
	int stopper;   /* and on this connection */
};

/* Descriptions of our own, which never block: the log goes there when it is told so. */
static int open_again(int fd)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int again = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return again >= 0 ? again : fcntl(fd, F_DUPFD_CLOEXEC, 3); /* a socket */
}

static int take_signals(struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	sigaddset(&set, SIGPIPE); /* whoever waited for us to be ready may have gone */
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		return err_set(e, errno, "wait for signals");
	return fd;
}

static void say_ready(struct front *f)
{
	char line[ERR_LINE_MAX];
	struct err e;

	if (f->args->pid_file &&
	    process_write_pid_file(f->args->arena, f->args->pid_file, getpid(), &e))
		log_warning("%s", err_text(&e, line, sizeof line));
	if (f->ready_fd >= 0)
		(void)fd_write_all(f->ready_fd, "\n", 1); /* nobody may listen */
	own_fd_drop(&f->ready_fd);
	notify_say("READY=1");
}

static void pass_stop(struct front *f)
{
	const struct ctl_request r = engine_request(CTL_STOP, 0, -1);
	struct err ignored; /* it is not up: then we hear of its end */

	own_fd_drop(&f->stopper);
	f->stopper = up_connect(&f->engine, f->name, &ignored);
	if (f->stopper >= 0)
		(void)ctl_send(f->stopper, &r, sizeof r);
}

static void ask_stop(struct front *f)
{
	struct signalfd_siginfo si;

	(void)!read(f->signals, &si, sizeof si);
	notify_say("STOPPING=1");
	f->stopping = true;
	pass_stop(f);
}

/* One packet, with an eye on the signals; as ctl_recv_reply. */
static int hear(struct front *f, int sock, struct ctl_reply *ret)
{
	enum { PATIENCE_MS = 5000 };

	for (;;) {
		struct pollfd p[] = { { .fd = sock, .events = POLLIN },
			              { .fd = f->signals, .events = POLLIN } };
		const int n = poll(p, 2, f->stopper < 0 ? -1 : PATIENCE_MS);

		if (n < 0 && errno != EINTR)
			return -1;
		if (!n) /* our supervisor waits for that stop */
			(void)rouse_stopped(&f->engine, f->name);
		if (p[1].revents)
			ask_stop(f);
		if (p[0].revents)
			return ctl_recv_reply(sock, ret, -1);
	}
}

/* 1 when it has come to its end, 0 when this connection is over. */
static int watch(struct front *f, int sock, int *ret_code)
{
	const struct ctl_request r = engine_request(CTL_WAIT, CTL_STOPPED, 0);
	struct ctl_reply reply;

	if (ctl_send(sock, &r, sizeof r))
		return 0;
	while (hear(f, sock, &reply) > 0)
		if (reply.type == CTL_END) {
			*ret_code = reply.code;
			return 1;
		}
	return 0;
}

/* Between two monitors, where a stop is passed on as soon as somebody takes it. */
static void rest(struct front *f, int ms)
{
	struct pollfd p = { .fd = f->signals, .events = POLLIN };

	if (poll(&p, 1, ms) > 0)
		ask_stop(f);
}

/* Its monitor may be killed under us: as long as it is up there is another one, mostly at once. One
 * that nobody can reach, for want of its socket's name, is looked for at longer intervals. */
static int watch_to_end(struct front *f, int *ret_code, struct err *e)
{
	enum { FIRST_MS = 20, LONGEST_MS = 1000 };

	for (int ms = FIRST_MS;; ms = ms * 2 < LONGEST_MS ? ms * 2 : LONGEST_MS) {
		struct look l;
		own_fd sock = up_connect(&f->engine, f->name, e);

		if (sock >= 0) {
			if (watch(f, sock, ret_code))
				return 0;
			ms = FIRST_MS;
		}
		if (look_at(&f->engine, f->name, &l, e))
			return -1;
		if (l.up && l.state != LIFE_EXITED) {
			rest(f, ms);
			if (f->stopping) /* the one that was killed may have taken it along */
				pass_stop(f);
			continue;
		}
		*ret_code = l.has_end ? (int)l.end.code : 0;
		return 0;
	}
}

static int run(struct front *f, int *ret_code, struct err *e)
{
	const int out[] = { open_again(1), open_again(2) };

	f->engine.out = out;
	if (engine_bring(f->args, &f->engine, f->name, e))
		return -1;
	f->engine.out = NULL;
	close(out[0]);
	close(out[1]);
	say_ready(f);
	int failed = watch_to_end(f, ret_code, e);
	if (f->args->pid_file)
		(void)unlink(f->args->pid_file);
	return failed;
}

/* It is written when the container runs already: too late to be an error. */
static int check_pid_file(const char *path, struct err *e)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st;

	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	if (access(dir, W_OK))
		return err_set(e, errno, "--pid-file %s", path);
	return !stat(path, &st) && S_ISDIR(st.st_mode) ? err_set(e, EISDIR, "--pid-file %s", path)
	                                               : 0;
}

int engine_front(struct args *a, struct err *e)
{
	struct front f = { .args = a, .name = a->rest[0], .ready_fd = -1, .stopper = -1 };
	unsigned fd;
	int code = 0;

	a->failure = ENGINE_FAILURE;
	if (a->n_rest > 1)
		return err_kind(e, ERR_USAGE, 0, "start --foreground: \"%s\" is one too many",
		                a->rest[1]);
	if (a->recursive)
		return err_kind(e, ERR_USAGE, 0,
		                "start: --recursive does not go with --foreground");
	if (a->ready_fd) {
		if (args_number("--ready-fd", a->ready_fd, INT_MAX, &fd, e))
			return -1;
		f.ready_fd = (int)fd;
		if (fd < 3 || fcntl(f.ready_fd, F_SETFD, FD_CLOEXEC))
			return err_kind(e, ERR_USAGE, EBADF, "--ready-fd %u", fd);
	}
	if (a->pid_file && check_pid_file(a->pid_file, e))
		return -1;
	f.engine = engine_of(a);
	f.engine.keep_store = true;
	f.signals = take_signals(e);
	if (f.signals < 0)
		return -1;
	return run(&f, &code, e) ? -1 : code;
}
