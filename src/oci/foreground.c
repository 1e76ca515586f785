/*
 * foreground.c - signals and terminal of the process in front.
 *
 *	stdin --> to_master --> master          the container's terminal
 *	stdout <-- to_stdout <-- master
 *
 * One poll loop, two bounded buffers: a side that does not take its bytes stops the other one, no
 *more.
 */
#define _GNU_SOURCE
#include "oci/foreground.h"

#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

void foreground_signals(sigset_t *set)
{
	static const int ours[] = {
		SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGABRT,
		SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGURG,
	};

	sigfillset(set);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		sigdelset(set, ours[i]);
}

void foreground_block(void)
{
	sigset_t set;

	foreground_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

int foreground_console(int *ret_here, int *ret_there, struct err *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return err_set(e, errno, "socketpair");
	*ret_here = sv[0];
	*ret_there = sv[1];
	return 0;
}

/* Has our child ended? */
static bool ended(pid_t pid, int *ret_code)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	*ret_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/*
 * No look before the first wait: foreground_block came before the process was let go, so its end is
 * a SIGCHLD that is still pending, whenever it was.
 */
static int wait_plain(pid_t pid, int pidfd, int *ret_code, struct err *e)
{
	sigset_t set;

	foreground_signals(&set);
	for (;;) {
		int sig = sigwaitinfo(&set, NULL);
		if (sig < 0 && errno != EINTR)
			return err_set(e, errno, "wait for signals");
		if (sig == SIGCHLD && ended(pid, ret_code))
			return 0;
		if (sig > 0 && sig != SIGCHLD)
			(void)sys_pidfd_send_signal(pidfd, sig); /* it may just have ended */
	}
}

/* ---- with a terminal ---- */

struct pump {
	char data[3072];
	size_t start, len;
};

struct relay {
	int master, signals; /* master -1: no terminal */
	const struct notify *notify;
	struct pump to_master, to_stdout;
	bool stdin_open, master_open;
	bool told; /* a signal for the program has come */
};

static void fill(struct pump *p, int fd, bool *open)
{
	ssize_t n = read(fd, p->data, sizeof p->data);

	if (n > 0) {
		p->start = 0;
		p->len = (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		*open = false; /* a master says EIO when the last program has closed the terminal */
	}
}

static void drain(struct pump *p, int fd)
{
	ssize_t n = write(fd, p->data + p->start, p->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) /* nobody reads: the bytes go nowhere, the container goes on */
		n = (ssize_t)p->len;
	p->start += (size_t)n;
	p->len -= (size_t)n;
}

static void copy_size(int master)
{
	struct winsize w;

	if (!ioctl(0, TIOCGWINSZ, &w))
		(void)ioctl(master, TIOCSWINSZ, &w);
}

static void take_signals(struct relay *r, int pidfd)
{
	struct signalfd_siginfo si;

	while (read(r->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		if (si.ssi_signo == SIGCHLD)
			continue;
		if (si.ssi_signo == SIGWINCH && r->master >= 0) {
			copy_size(r->master);
			continue;
		}
		(void)sys_pidfd_send_signal(pidfd, (int)si.ssi_signo);
		r->told = true;
	}
}

static short want(bool yes, short events)
{
	return yes ? events : 0;
}

/*
 * One round; timeout_ms 0 takes what is there. False: nothing was there. A master whose other side
 * is closed is always ready, so nobody looks at it before its bytes can be taken.
 */
static bool relay_round(struct relay *r, int pidfd, int timeout_ms)
{
	const short of_master =
	    (short)(want(!r->to_stdout.len, POLLIN) | want(r->to_master.len, POLLOUT));
	struct pollfd p[] = {
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->stdin_open && !r->to_master.len ? 0 : -1, .events = POLLIN },
		{ .fd = r->to_stdout.len ? 1 : -1, .events = POLLOUT },
		{ .fd = r->master_open && of_master ? r->master : -1, .events = of_master },
		{ .fd = r->notify ? r->notify->sock : -1, .events = POLLIN },
	};
	bool ready;

	if (poll(p, sizeof p / sizeof *p, timeout_ms) <= 0)
		return false;
	if (p[0].revents)
		take_signals(r, pidfd);
	if (p[1].revents)
		fill(&r->to_master, 0, &r->stdin_open);
	if (p[2].revents)
		drain(&r->to_stdout, 1);
	if (p[3].revents & POLLOUT && r->to_master.len)
		drain(&r->to_master, r->master);
	if (p[3].revents & (POLLIN | POLLHUP | POLLERR) && !r->to_stdout.len)
		fill(&r->to_stdout, r->master, &r->master_open);
	if (p[4].revents)
		(void)notify_forward(r->notify, 0, &ready);
	return p[1].revents || p[2].revents || p[3].revents;
}

/* What it has said before its end; a queue of datagrams is short, and nobody can refill it for
 * ever.
 */
static void last_messages(const struct notify *n)
{
	enum { MESSAGES_MAX = 64 };
	bool ready;

	for (int i = 0; n && n->sock >= 0 && i < MESSAGES_MAX; i++)
		if (!notify_forward(n, 0, &ready))
			return;
}

static int wait_relaying(pid_t pid, int pidfd, int master, const struct notify *notify,
                         int *ret_code, struct err *e)
{
	const bool terminal = master >= 0;
	struct relay r = {
		.master = master, .notify = notify, .stdin_open = terminal, .master_open = terminal
	};
	sigset_t set;

	foreground_signals(&set);
	own_fd signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_set(e, errno, "signalfd");
	r.signals = signals;
	if (terminal && fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK))
		return err_set(e, errno, "terminal");
	if (terminal)
		copy_size(master);
	while (!ended(pid, ret_code))
		(void)relay_round(&r, pidfd, -1);
	last_messages(notify);
	r.stdin_open = false;
	r.to_master.len = 0;
	/* Its last words are still on the way; who does not read them may send us a signal. */
	r.told = false;
	while (r.to_stdout.len || r.master_open) {
		const bool waits = r.to_stdout.len;

		if (!relay_round(&r, pidfd, waits ? -1 : 0) && (r.told || !waits))
			break;
	}
	return 0;
}

static void raw_mode(const struct termios *was)
{
	struct termios raw = *was;

	cfmakeraw(&raw);
	(void)tcsetattr(0, TCSADRAIN, &raw);
}

int foreground_wait(pid_t pid, int pidfd, int console, const struct notify *notify, int *ret_code,
                    struct err *e)
{
	struct termios was;
	char name[64];
	int received;

	if (console < 0 && (!notify || notify->sock < 0))
		return wait_plain(pid, pidfd, ret_code, e);
	if (console < 0)
		return wait_relaying(pid, pidfd, -1, notify, ret_code, e);
	if (fd_recv(console, name, sizeof name, &received) <= 0 || received < 0)
		return err_set(e, errno, "receive the terminal");
	own_fd master = received;
	bool is_terminal = !tcgetattr(0, &was);
	if (is_terminal)
		raw_mode(&was);
	int failed = wait_relaying(pid, pidfd, master, notify, ret_code, e);
	if (is_terminal)
		(void)tcsetattr(0, TCSADRAIN, &was);
	return failed;
}
