/*
 * keeper.c - one loop over three sources: dead children, the monitor, the worker.
 *
 * Whose child it is that died: the monitor and the worker are known by pid; init, which the worker
 * made as our child (CLONE_PARENT), by what the worker said of it.
 */
#define _GNU_SOURCE
#include "monitor/keeper.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "base/shed.h"
#include "monitor/link.h"
#include "monitor/plan.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FD_KEPT = 8, RESPAWN_MS = 1000, RESPAWNS_MAX = 25 };

struct keeper {
	struct plan plan;
	int signals, link;
	pid_t monitor;
	int64_t monitor_ms; /* when it was spawned */
	int young;          /* monitors in a row that died at once */
	bool quit;

	pid_t worker;
	enum work work;
	pid_t checker; /* a worker that runs the health command */
	int worker_sock;
	int console; /* where the terminal comes from while a worker makes one */

	/* Of the container, until it is settled. */
	bool made, ended;
	struct link_msg made_msg;
	int status; /* of waitpid(2) */
	int pidfd;
	int io[LINK_FDS];
};

/* ---- spawning ---- */

/* In a child: put fds[i] on number i, the others are closed by exec. None of fds is below n. */
static void place(const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		if (fds[i] < 0 || dup2(fds[i], i) < 0)
			(void)close(i);
}

static _Noreturn void become(const struct keeper *k, const char *role, const char *word)
{
	sigset_t none;
	char *argv[] = { (char *)(uintptr_t) "scow", (char *)(uintptr_t)role,
		         (char *)(uintptr_t)k->plan.name, (char *)(uintptr_t)word, NULL };

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(k->plan.exe, argv, environ);
	(void)execve("/proc/self/exe", argv, environ); /* it is being replaced just now */
	_exit(127);
}

static int spare(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

static int spawn_monitor(struct keeper *k, struct err *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return err_set(e, errno, "socketpair");
	own_fd_drop(&k->link);
	k->link = sv[0];
	k->monitor_ms = clock_ms();
	own_fd there = sv[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_set(e, errno, "fork");
	if (!pid) {
		const int fds[] = { spare(0),      spare(0),         spare(0),      spare(there),
			            spare(FD_DIR), spare(FD_LISTEN), spare(FD_OUT), spare(FD_ERR) };

		place(fds, FD_KEPT);
		become(k, "monitor", NULL);
	}
	k->monitor = pid;
	return 0;
}

static void tell(struct keeper *k, const struct link_msg *m, const int *fds)
{
	(void)link_send(k->link, m, fds); /* a monitor that died is told again */
}

static void tell_ended(struct keeper *k)
{
	const struct link_msg m = { .type = LINK_ENDED,
		                    .value = k->status,
		                    .pid = k->made_msg.pid };

	tell(k, &m, NULL);
}

static void tell_stdio(struct keeper *k)
{
	const struct link_msg m = { .type = LINK_STDIO };

	if (k->io[0] >= 0 || k->io[1] >= 0)
		tell(k, &m, k->io);
}

/* A new monitor learns all that is not settled. */
static void tell_all(struct keeper *k)
{
	const int fds[LINK_FDS] = { k->pidfd, -1, -1 };

	tell_stdio(k);
	if (k->made)
		tell(k, &k->made_msg, fds);
	if (k->ended)
		tell_ended(k);
	const struct link_msg met = { .type = LINK_MET, .work = k->work };
	tell(k, &met, NULL);
}

static void drop_io(struct keeper *k)
{
	for (int i = 0; i < LINK_FDS; i++)
		own_fd_drop(&k->io[i]);
}

static void done(struct keeper *k, const struct err *why)
{
	struct link_msg m = { .type = LINK_DONE, .work = k->work, .failed = why != NULL };

	if (why)
		m.err = *why;
	k->work = WORK_NONE;
	own_fd_drop(&k->worker_sock);
	own_fd_drop(&k->console);
	tell(k, &m, NULL);
}

/* What a worker gets, of which the keeper keeps no copy. */
struct ends {
	int stdio[LINK_FDS]; /* the container's; -1: /dev/null */
	int sock, console;
};

/*
 * Our ends of the container's in k->io. Without stdin_open the program reads from /dev/null; the
 * terminal comes later, from the worker.
 */
static int make_stdio(struct keeper *k, struct ends *there, struct err *e)
{
	int p[2];

	drop_io(k);
	for (int i = 0; i < LINK_FDS; i++) {
		if (k->plan.terminal || (i == 0 && !k->plan.stdin_open))
			continue;
		if (pipe2(p, O_CLOEXEC))
			return err_set(e, errno, "pipe");
		there->stdio[i] = p[i != 0];
		k->io[i] = p[i == 0];
	}
	/* In the order of link.h, and with no gap: who has no stdin gets a pipe's end that is one.
	 */
	if (!k->plan.terminal && k->io[0] < 0)
		k->io[0] = spare(0);
	return 0;
}

static int make_pair(int type, int *ret_ours, int *ret_theirs, struct err *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sv))
		return err_set(e, errno, "socketpair");
	*ret_ours = sv[0];
	*ret_theirs = sv[1];
	return 0;
}

static int make_ends(struct keeper *k, enum work work, struct ends *there, struct err *e)
{
	if (make_pair(SOCK_SEQPACKET, &k->worker_sock, &there->sock, e))
		return -1;
	if (work != WORK_CREATE)
		return 0;
	if (k->plan.terminal && make_pair(SOCK_STREAM, &k->console, &there->console, e))
		return -1;
	return make_stdio(k, there, e);
}

static const char work_names[][8] = {
	[WORK_CREATE] = "create", [WORK_START] = "start",   [WORK_SIGNAL] = "signal",
	[WORK_SWEEP] = "sweep",   [WORK_REMOVE] = "remove", [WORK_HEALTH] = "health"
};

static int fork_worker(struct keeper *k, const struct link_msg *m, const struct ends *there,
                       struct err *e)
{
	const pid_t keeper = getpid();
	char word[32];
	int fds[6];

	snprintf(word, sizeof word, "%s %d", work_names[m->work], m->value);
	pid_t pid = fork();
	if (pid < 0)
		return err_set(e, errno, "fork");
	if (pid) {
		k->worker = pid;
		return 0;
	}
	for (int i = 0; i < LINK_FDS; i++)
		fds[i] = spare(there->stdio[i] >= 0 ? there->stdio[i] : 0);
	fds[FD_LINK] = spare(there->sock);
	fds[FD_DIR] = spare(FD_DIR);
	fds[FD_LISTEN] = spare(there->console);
	place(fds, 6);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* what it has begun is swept without us */
	if (getppid() != keeper)                /* we were killed before that */
		_exit(1);
	become(k, "worker", word);
}

static int spawn_worker(struct keeper *k, const struct link_msg *m, struct err *e)
{
	struct ends there = { .stdio = { -1, -1, -1 }, .sock = -1, .console = -1 };
	const int failed = make_ends(k, m->work, &there, e) || fork_worker(k, m, &there, e);

	for (int i = 0; i < LINK_FDS; i++)
		own_fd_drop(&there.stdio[i]);
	own_fd_drop(&there.sock);
	own_fd_drop(&there.console);
	if (!failed && m->work == WORK_CREATE && !k->plan.terminal)
		tell_stdio(k);
	return failed ? -1 : 0;
}

static void tell_checked(struct keeper *k, int value)
{
	const struct link_msg m = { .type = LINK_CHECKED, .value = value };

	tell(k, &m, NULL);
}

/* It has nothing to say but how it ends. */
static void spawn_checker(struct keeper *k)
{
	char word[] = "health 0";

	k->checker = fork();
	if (!k->checker) {
		const int fds[] = { spare(0), spare(0), spare(0), spare(0), spare(FD_DIR) };

		place(fds, FD_DIR + 1);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		become(k, "worker", word);
	}
	if (k->checker < 0) {
		k->checker = 0;
		tell_checked(k, -1);
	}
}

static void run(struct keeper *k, const struct link_msg *m)
{
	struct err e = { 0 };

	k->work = m->work;
	if (spawn_worker(k, m, &e))
		done(k, &e);
}

/* ---- what comes in ---- */

static void settle(struct keeper *k)
{
	k->made = k->ended = false;
	own_fd_drop(&k->pidfd);
	drop_io(k);
}

/* The next monitor gets a descriptor in its place, as of one without stdin. */
static void close_stdin(struct keeper *k)
{
	if (k->plan.terminal || k->io[0] < 0)
		return;
	own_fd_drop(&k->io[0]);
	k->io[0] = spare(0);
}

static SHED_APART void from_monitor(struct keeper *k)
{
	struct link_msg m;
	int fds[LINK_FDS];

	if (link_recv(k->link, &m, fds) <= 0) {
		own_fd_drop(&k->link); /* SIGCHLD brings the rest */
		return;
	}
	if (m.type == LINK_RUN && m.work == WORK_HEALTH) {
		if (!k->checker)
			spawn_checker(k);
	} else if (m.type == LINK_RUN && k->work == WORK_NONE && m.work <= WORK_REMOVE) {
		run(k, &m);
	} else if (m.type == LINK_SETTLED) {
		settle(k);
	} else if (m.type == LINK_CLOSE_STDIN) {
		close_stdin(k);
	} else if (m.type == LINK_ABORT) {
		if (k->worker) /* not reaped: the number is its own */
			(void)kill(k->worker, SIGKILL);
	} else if (m.type == LINK_QUIT) {
		k->quit = true;
	}
}

static SHED_APART void take_terminal(struct keeper *k)
{
	char name[64];
	int master;

	if (fd_recv(k->console, name, sizeof name, &master) > 0 && master >= 0) {
		drop_io(k);
		k->io[0] = master;
		tell_stdio(k);
	}
	own_fd_drop(&k->console);
}

static SHED_APART void from_worker(struct keeper *k)
{
	struct link_msg m;
	int fds[LINK_FDS];

	if (link_recv(k->worker_sock, &m, fds) <= 0) {
		own_fd_drop(&k->worker_sock); /* SIGCHLD tells */
		return;
	}
	if (m.type == LINK_DONE) {
		done(k, m.failed ? &m.err : NULL);
		return;
	}
	k->made = true;
	k->made_msg = m;
	own_fd_drop(&k->pidfd);
	k->pidfd = fds[0];
	tell(k, &k->made_msg, fds);
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Whoever has died may have said something just before: MADE of an init that is dead now, DONE,
 * QUIT. */
static void hear_last_words(struct keeper *k)
{
	while (k->worker_sock >= 0 && is_readable(k->worker_sock))
		from_worker(k);
	while (k->link >= 0 && is_readable(k->link))
		from_monitor(k);
}

static void reaped(struct keeper *k, pid_t pid, int status, struct err *e)
{
	hear_last_words(k);
	if (pid == k->worker) {
		k->worker = 0;
		if (k->work != WORK_NONE) {
			err_set(e, 0, "the worker for %s was killed", work_names[k->work]);
			done(k, e);
		}
	} else if (pid == k->checker) {
		k->checker = 0;
		tell_checked(k, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	} else if (pid == k->monitor) {
		k->monitor = 0;
	} else if (k->made && pid == k->made_msg.pid) {
		k->ended = true;
		k->status = status;
		tell_ended(k);
	}
}

static SHED_APART void take_signals(struct keeper *k, struct err *e)
{
	struct signalfd_siginfo si;
	int status;
	pid_t pid;

	(void)!read(k->signals, &si, sizeof si);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reaped(k, pid, status, e);
}

static SHED_APART int next_monitor(struct keeper *k, struct err *e)
{
	const int64_t age = clock_ms() - k->monitor_ms;
	const struct timespec pause = { .tv_sec = 0, .tv_nsec = 200 * 1000000L };
	struct err ignored;

	if (!k->made && faccessat(FD_DIR, "plan", F_OK, 0) && errno == ENOENT)
		return err_set(e, 0, "it was about to leave"); /* killed just before it said so */
	k->young = k->monitor_ms && age < RESPAWN_MS ? k->young + 1 : 0;
	if (k->young > RESPAWNS_MAX) /* without us, the next command recovers */
		return err_set(e, 0, "the monitors of %s die at once", k->plan.name);
	if (k->young)
		(void)nanosleep(&pause, NULL); /* one that dies at once must not eat the CPU */
	if (k->monitor_ms) /* it may be the plan that the last one did not survive */
		(void)plan_write(FD_DIR, &k->plan, &ignored);
	if (spawn_monitor(k, e))
		return -1;
	tell_all(k);
	return 0;
}

static int loop(struct keeper *k, struct err *e)
{
	for (;;) {
		if (!k->monitor && k->quit)
			return 0;
		if (!k->monitor && next_monitor(k, e))
			return -1;
		struct pollfd p[] = {
			{ .fd = k->signals, .events = POLLIN },
			{ .fd = k->link, .events = POLLIN },
			{ .fd = k->worker_sock, .events = POLLIN },
			{ .fd = k->console, .events = POLLIN },
		};
		if (k->work == WORK_NONE)
			shed_stack();
		if (poll(p, 4, -1) < 0 && errno != EINTR)
			return err_set(e, errno, "poll");
		if (p[3].revents)
			take_terminal(k);
		if (p[2].revents && k->worker_sock >= 0)
			from_worker(k);
		if (p[1].revents)
			from_monitor(k);
		if (p[0].revents)
			take_signals(k, e);
	}
}

/* Where we may: whoever is short of memory finds nothing to win with us, and much to lose. */
static void protect(void)
{
	(void)fd_put(AT_FDCWD, "/proc/self/oom_score_adj", "-999");
}

int keeper_main(struct err *e)
{
	/* A page of its own: on the stack it would lie across two. */
	struct keeper *k =
	    mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigset_t set;

	if (k == MAP_FAILED)
		return err_set(e, errno, "mmap");
	k->link = k->worker_sock = k->console = k->pidfd = -1;
	k->io[0] = k->io[1] = k->io[2] = -1;
	(void)prctl(PR_SET_NAME, "scow-keeper");
	if (sys_close_range(FD_KEPT, ~0u, 0))
		return err_set(e, errno, "close_range");
	for (int fd = FD_LINK; fd < FD_KEPT; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC))
			return err_set(e, errno, "keeper: descriptor %d is missing", fd);
	if (plan_read(FD_DIR, &k->plan, e))
		return -1;
	/* Of us, not of who wrote it: the binary may have been replaced between the two. */
	if (k->plan.format != MONITOR_FORMAT) {
		k->plan.format = MONITOR_FORMAT;
		if (plan_write(FD_DIR, &k->plan, e))
			return -1;
	}
	protect();
	sigfillset(&set);
	if (sigprocmask(SIG_SETMASK, &set, NULL))
		return err_set(e, errno, "block signals");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (k->signals < 0)
		return err_set(e, errno, "signalfd");
	log_child(); /* our stderr is /dev/null */
	_exit(loop(k, e) != 0);
}
