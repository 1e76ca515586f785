/*
 * attach.c - the client's side of an attached session.
 *
 *	stdin --(detach keys)--> in --> ctl.sock
 *	stdout, stderr <-------- out <-- ctl.sock
 *
 * One poll loop and one packet for either way: a side that does not take its bytes stops the other
 * one, and signals are seen all the time. When the monitor is replaced we ask its successor to be
 * attached again; only when the container has gone meanwhile, its exit record has to say how.
 */
#define _GNU_SOURCE
#include "engine/attach.h"

#include "base/log.h"
#include "base/own.h"
#include "engine/look.h"
#include "engine/session.h"
#include "engine/up.h"
#include "monitor/plan.h"
#include "oci/foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 2000, PAUSE_MS = 5 };

/* What comes from the monitor stands behind room for a frame's head, which covers its type. */
enum { OUT_AT = ATTACH_FRAME_HEAD - 1 };

struct packet {
	char data[OUT_AT + CTL_PACKET_MAX + DETACH_KEYS_MAX];
	size_t start, len;
	int fd; /* where it goes to */
};

struct client {
	const struct attach *a;
	struct detach_keys keys;
	int sock, signals;
	int asking; /* beside sock, for signals that are passed on; -1: there was none */
	int sig;    /* that has no answer yet; or 0 */
	bool raw;   /* our terminal */
	struct termios was;

	struct packet in, out;
	bool stdin_open;
	bool eof_due;  /* it has come to its end, which is to be told */
	bool eof_sent; /* and was */
	bool broken;   /* nothing can be sent here any more */
	bool answered; /* we are attached, or have been */
	bool again;    /* this is another monitor than the first */
	bool detached; /* as soon as in is empty */
	bool barrier;  /* the next answer means that all input was taken */
	int tries;
	int deaf; /* how often the monitor did not even say that it hears */

	bool over;
	int code;
};

/* ---- the terminal ---- */

static void make_raw(struct client *s)
{
	struct termios raw = s->was;

	cfmakeraw(&raw);
	(void)tcsetattr(0, TCSADRAIN, &raw);
}

struct ctl_size attach_our_size(void)
{
	struct winsize w;

	if ((ioctl(0, TIOCGWINSZ, &w) && ioctl(1, TIOCGWINSZ, &w)) || !w.ws_row || !w.ws_col)
		return (struct ctl_size){ .type = 0 };
	return (struct ctl_size){ .type = CTL_SIZE, .rows = w.ws_row, .cols = w.ws_col };
}

static void send_size(const struct client *s)
{
	const struct ctl_size size = attach_our_size();

	if (s->a->terminal && size.type)
		(void)send(s->sock, &size, sizeof size, MSG_NOSIGNAL);
}

/* ---- the connection ---- */

/* A session has one supervisor: who has lost it does not find another one. */
static int reach_session(struct client *s, const struct ctl_request *r, struct err *e)
{
	const struct attach *a = s->a;
	const bool given = a->sock && !s->again;

	s->sock = given ? a->sock : session_connect(a->g, a->d->name, a->session, e);
	if (s->sock < 0)
		return -1;
	if (given)
		return 0;
	send_size(s);
	(void)ctl_send(s->sock, r, sizeof *r);
	return 0;
}

static int ask(struct client *s, struct err *e)
{
	const struct attach *a = s->a;
	const bool start = a->start && !s->answered;
	const struct ctl_request r = { .type = CTL_REQUEST,
		                       .format = MONITOR_FORMAT,
		                       .verb = start ? CTL_START : CTL_ATTACH,
		                       .value = (int32_t)a->streams };

	if (a->session)
		return reach_session(s, &r, e);
	s->sock = start ? up_ensure(a->g, a->d, e) : up_connect(a->g, a->d->name, e);
	if (s->sock < 0)
		return -1;
	s->broken = false;
	send_size(s);
	(void)ctl_send(s->sock, &r, sizeof r); /* to a monitor that is leaving: asked again */
	s->eof_due = s->eof_due || s->eof_sent;
	return 0;
}

/* How it ended is on record; why it never ran, too. */
static int take_end(struct client *s, int code, bool never_ran, struct err *e)
{
	struct look l;

	s->over = true;
	s->code = code;
	if (!never_ran)
		return 0;
	if (look_at(s->a->g, s->a->d->name, &l, e))
		return -1;
	return err_kind(e,
	                code == 127   ? ERR_NO_PROGRAM
	                : code == 126 ? ERR_NOT_EXECUTABLE
	                              : ERR_FAILED,
	                0, "container %s was not started%s%s", s->a->d->name,
	                l.has_end && *l.end.error ? ": " : "", l.has_end ? l.end.error : "");
}

static int not_up(const struct client *s, struct err *e)
{
	struct look l;

	if (look_at(s->a->g, s->a->d->name, &l, e))
		return -1;
	return err_kind(e, ERR_STATE, 0, "cannot attach to container %s: it is %s", s->a->d->name,
	                life_state_name(l.state));
}

/* The monitor has gone, and with it, or before its successor came, the container. */
static int gone(struct client *s, struct err *e)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct look l;

	if (s->a->session) {
		s->over = true;
		return session_take_code(s->a->g, s->a->d->name, s->a->session, &s->code, e);
	}
	/* Up without a monitor: somebody is just about to record the end. */
	do {
		if (look_at(s->a->g, s->a->d->name, &l, e))
			return -1;
		if (!l.has_end && l.up)
			(void)nanosleep(&pause, NULL);
	} while (!l.has_end && l.up && s->tries++ < TRIES);
	if (!l.has_end)
		return err_set(e, 0, "the monitor of %s has gone, and nothing is known of its end",
		               s->a->d->name);
	s->over = true;
	s->code = (int)l.end.code;
	return 0;
}

static int connect_now(struct client *s, struct err *e)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	for (; s->tries < TRIES; s->tries++) {
		if (!ask(s, e))
			return 0;
		if (e->no != ENOENT)
			return -1;
		if (s->again || s->a->session)
			return gone(s, e);
		if (!s->a->start)
			return not_up(s, e);
		(void)nanosleep(&pause, NULL); /* the last monitor is just leaving */
	}
	return err_set(e, ETIMEDOUT, "reach the monitor of %s", s->a->d->name);
}

static int connect_again(struct client *s, struct err *e)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	own_fd_drop(&s->sock);
	s->again = s->answered || s->a->session;
	s->tries++;
	(void)nanosleep(&pause, NULL);
	return connect_now(s, e);
}

static int take_reply(struct client *s, struct err *e)
{
	struct ctl_reply r;

	memcpy(&r, s->out.data + OUT_AT, sizeof r);
	r.err.text[sizeof r.err.text - 1] = 0;
	if (r.type == CTL_END)
		return take_end(s, r.code, r.flags & CTL_NEVER_RAN, e);
	if (r.failed && s->again)
		return gone(s, e);
	if (r.failed) {
		*e = r.err;
		return -1;
	}
	const bool first = !s->answered;
	s->answered = true;
	s->tries = 0;
	s->over = s->barrier;
	return first && s->a->answered ? s->a->answered(s->a->ctx, r.err.text, e) : 0;
}

void attach_frame_head(char *ret, int stream, size_t len)
{
	const char head[ATTACH_FRAME_HEAD] = {
		(char)stream,     0,        0, 0, (char)(len >> 24), (char)(len >> 16),
		(char)(len >> 8), (char)len
	};

	memcpy(ret, head, sizeof head);
}

/* len bytes at data + ATTACH_FRAME_HEAD. */
static void give_out(struct client *s, int stream, size_t len)
{
	struct packet *p = &s->out;
	const bool framed = s->a->hijacked && !s->a->terminal;

	p->fd = s->a->hijacked ? 1 : stream;
	p->start = framed ? 0 : ATTACH_FRAME_HEAD;
	p->len = framed ? len + ATTACH_FRAME_HEAD : len;
	if (framed)
		attach_frame_head(p->data, stream, len);
}

static void say_lost(struct client *s)
{
	struct ctl_overrun o;
	char text[400];

	memcpy(&o, s->out.data + OUT_AT, sizeof o);
	const int n = snprintf(text, sizeof text,
	                       "%s: %llu bytes of its output were dropped here: they were not read "
	                       "in time",
	                       s->a->d->name, (unsigned long long)o.bytes);
	if (!s->a->hijacked) {
		log_warning("%s", text);
		return;
	}
	text[n] = '\n';
	memcpy(s->out.data + ATTACH_FRAME_HEAD, text, (size_t)n + 1);
	give_out(s, 2, (size_t)n + 1);
}

static int from_monitor(struct client *s, struct err *e)
{
	const char *type = s->out.data + OUT_AT;
	ssize_t n = recv(s->sock, s->out.data + OUT_AT, CTL_PACKET_MAX, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return connect_again(s, e);
	if ((*type == CTL_REPLY || *type == CTL_END) && n == sizeof(struct ctl_reply))
		return take_reply(s, e);
	if (*type == CTL_OVERRUN && n == sizeof(struct ctl_overrun))
		say_lost(s);
	else if (*type == CTL_STDOUT || *type == CTL_STDERR)
		give_out(s, *type == CTL_STDERR ? 2 : 1, (size_t)n - 1);
	return 0;
}

/* ---- our descriptors ---- */

static int to_us(struct client *s, struct err *e)
{
	struct packet *p = &s->out;
	ssize_t n = write(p->fd, p->data + p->start, p->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0 &&
	    errno == EPIPE) { /* as if SIGPIPE had ended us, but the terminal is put right */
		s->over = true;
		s->code = 128 + SIGPIPE;
		return 0;
	}
	if (n < 0)
		return err_set(e, errno, "write to %s", p->fd == 2 ? "stderr" : "stdout");
	p->start += (size_t)n;
	p->len -= (size_t)n;
	return 0;
}

static void queue_input(struct client *s, char type, size_t len)
{
	s->in.data[0] = type;
	s->in.len = len + 1;
}

/* Who has only said all there is to say still reads. */
static bool has_hung_up(void)
{
	struct pollfd p = { .fd = 1 };

	return poll(&p, 1, 0) > 0;
}

static void from_stdin(struct client *s)
{
	char typed[CTL_DATA_MAX - DETACH_KEYS_MAX];
	ssize_t n = read(0, typed, sizeof typed);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	size_t len;
	if (n > 0)
		len = detach_keys_feed(&s->keys, typed, (size_t)n, s->in.data + 1, &s->detached);
	else {
		len = detach_keys_rest(&s->keys, s->in.data + 1);
		s->stdin_open = false;
		s->eof_due = n == 0; /* a terminal that is torn away is no end */
		s->over = s->a->hijacked && has_hung_up();
	}
	if (len)
		queue_input(s, CTL_STDIN, len);
}

/* After the last input: the word that it was the last, or, with no output to wait for, a question
 * whose answer says that all of it was taken. */
static void end_input(struct client *s)
{
	const struct ctl_request r = { .type = CTL_REQUEST,
		                       .format = MONITOR_FORMAT,
		                       .verb = CTL_WAIT,
		                       .value = CTL_NEXT_EXIT };

	s->eof_due = false;
	s->eof_sent = true;
	if (s->a->eof)
		queue_input(s, CTL_STDIN_EOF, 0);
	else if (!(s->a->streams & (CTL_OUT | CTL_ERR))) {
		memcpy(s->in.data, &r, sizeof r);
		s->in.len = sizeof r;
		s->barrier = true;
	}
}

static void to_monitor(struct client *s)
{
	if (send(s->sock, s->in.data, s->in.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		s->in.len = 0;
	else /* it has gone: recv sees that, and the next one gets it */
		s->broken = errno != EAGAIN && errno != EINTR;
}

/* ---- signals ---- */

static struct ctl_request kill_request(int sig)
{
	return (struct ctl_request){
		.type = CTL_REQUEST, .format = MONITOR_FORMAT, .verb = CTL_KILL, .value = sig
	};
}

/* The container gets it; false: it cannot. A batch may have the answer wait, while output goes on:
 * take_answer sees it. */
static bool forward(struct client *s, int sig)
{
	const struct ctl_request r = kill_request(sig);
	const struct attach *a = s->a;
	struct err ignored;

	for (int i = 0; i < 2; i++) { /* the first one may be of a monitor that has gone */
		if (s->asking < 0)
			s->asking = a->session
			                ? session_connect(a->g, a->d->name, a->session, &ignored)
			                : up_connect(a->g, a->d->name, &ignored);
		s->sig = sig;
		if (s->asking >= 0 && !ctl_send(s->asking, &r, sizeof r))
			return true;
		own_fd_drop(&s->asking);
	}
	s->sig = 0;
	return false;
}

static bool is_harmless(int sig)
{
	return sig == SIGCHLD || sig == SIGWINCH || sig == SIGCONT || sig == SIGIO || sig == SIGPWR;
}

/* Nobody is there to get it. */
static void end_by(struct client *s, int sig)
{
	if (is_harmless(sig))
		return;
	s->over = true;
	s->code = 128 + sig;
}

static void take_answer(struct client *s)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	const int sig = s->sig;
	struct ctl_reply r;

	s->sig = 0;
	if (ctl_recv_reply(s->asking, &r, 0) > 0) {
		if (r.failed)
			end_by(s, sig);
		return;
	}
	own_fd_drop(&s->asking);
	if (!sig)
		return;
	(void)nanosleep(&pause, NULL); /* to the next monitor, if there is one */
	if (s->tries++ >= TRIES || !forward(s, sig))
		end_by(s, sig);
}

static void take_signal(struct client *s)
{
	struct signalfd_siginfo si;

	if (read(s->signals, &si, sizeof si) != (ssize_t)sizeof si)
		return;
	const int sig = (int)si.ssi_signo;
	if (s->raw && sig == SIGCONT) /* our shell has had the terminal meanwhile */
		make_raw(s);
	if (sig == SIGWINCH || sig == SIGCONT)
		send_size(s);
	const bool proxy = s->a->proxy && !s->a->terminal;
	if (sig != SIGCHLD && !(proxy && forward(s, sig)))
		end_by(s, sig);
}

/* ---- the loop ---- */

static short want(bool yes, short events)
{
	return yes ? events : 0;
}

/* A signal is in the way of output no longer when the monitor hangs. */
static void insist(struct client *s)
{
	const struct ctl_request r = kill_request(s->sig);
	const int sig = s->sig;
	struct ctl_reply reply;
	struct err ignored;

	if (up_is_well(s->a->g, s->a->d->name))
		return; /* a batch has it wait */
	own_fd_drop(&s->asking);
	s->sig = 0;
	if (up_ask(s->a->g, s->a->d->name, NULL, &r, &reply, NULL, &ignored) || reply.failed)
		end_by(s, sig);
}

/* The answer to a start takes as long as that does. */
static int look_after_monitor(struct client *s, struct err *e)
{
	s->deaf = up_is_well(s->a->g, s->a->d->name) ? 0 : s->deaf + 1;
	return s->deaf < UP_DEAF_MAX
	           ? 0
	           : err_set(e, 0, "the monitor of %s does not answer", s->a->d->name);
}

/* A session that does not begin leaves our stdin to the next try. */
static bool wants_input(const struct client *s)
{
	return s->stdin_open && !s->in.len && !s->detached && (s->answered || !s->a->session);
}

static int round_trip(struct client *s, struct err *e)
{
	const short sock = (short)(want(!s->out.len, POLLIN) |
	                           want(s->in.len && s->answered && !s->broken, POLLOUT));
	struct pollfd p[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->out.len       ? s->out.fd
		        : s->a->hijacked ? 1
		                         : -1,
		  .events = want(s->out.len, POLLOUT) },
		{ .fd = wants_input(s) ? 0 : -1, .events = POLLIN },
		{ .fd = sock ? s->sock : -1, .events = sock },
		{ .fd = s->asking, .events = POLLIN },
	};

	const bool waits = !s->a->session && (!s->answered || s->sig);
	const int n = poll(p, sizeof p / sizeof *p, waits ? UP_PATIENCE_MS : -1);
	if (n < 0)
		return errno == EINTR ? 0 : err_set(e, errno, "poll");
	if (!n && s->sig)
		insist(s);
	else if (!n)
		return look_after_monitor(s, e);
	if (p[4].revents)
		take_answer(s);
	if (p[0].revents)
		take_signal(s);
	if (p[1].revents && s->out.len && to_us(s, e))
		return -1;
	if (p[1].revents & (POLLHUP | POLLERR) && s->a->hijacked)
		s->over = true;
	if (p[2].revents)
		from_stdin(s);
	if (p[3].revents & POLLOUT)
		to_monitor(s);
	if (p[3].revents & ~POLLOUT && !s->out.len && from_monitor(s, e))
		return -1;
	if (!s->in.len && s->detached)
		s->over = true;
	else if (!s->in.len && s->eof_due)
		end_input(s);
	return 0;
}

static int client_run(struct client *s, struct err *e)
{
	if (connect_now(s, e))
		return -1;
	while (!s->over)
		if (round_trip(s, e))
			return -1;
	return 0;
}

int attach_run(const struct attach *a, int *ret_code, struct err *e)
{
	struct client *s = arena_array(a->g->arena, 1, sizeof *s);
	sigset_t set;

	s->a = a;
	s->sock = s->asking = -1;
	s->keys = a->keys;
	foreground_signals(&set);
	own_fd signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Blocked, not ignored: the keeper unblocks all for the container, but restores none. */
	sigaddset(&set, SIGPIPE);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (signals < 0)
		return err_set(e, errno, "signalfd");
	s->signals = signals;
	s->stdin_open = a->streams & CTL_IN && a->stdin_open;
	const bool terminal = s->stdin_open && !tcgetattr(0, &s->was);
	if (!terminal && !a->hijacked)
		s->keys.n = 0;
	s->raw = terminal && a->terminal;
	if (s->raw)
		make_raw(s);
	int failed = client_run(s, e);
	if (s->raw)
		(void)tcsetattr(0, TCSADRAIN, &s->was);
	own_fd_drop(&s->sock);
	own_fd_drop(&s->asking);
	*ret_code = s->code;
	return failed;
}
