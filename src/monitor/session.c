/*
 * session.c - the supervisor's loop: clients and output are those of a container (attach.c), the
 * rest is the end of one program.
 */
#define _GNU_SOURCE
#include "monitor/session.h"

#include "base/clock.h"
#include "base/own.h"
#include "base/shed.h"
#include "monitor/monitor.h"
#include "store/ctr.h"
#include "store/kv.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DRAIN_MS = 30000 };

/* clang-format off */
static const struct kv_field table[] = {
	KV_I64_ROW(session_record, "format", format),
	KV_I64_ROW(session_record, "pid", pid),
	KV_I64_ROW(session_record, "start-time", start_time),
	KV_I64_ROW(session_record, "supervisor", supervisor),
	KV_I64_ROW(session_record, "terminal", terminal),
	KV_I64_ROW(session_record, "ended", ended),
	KV_I64_ROW(session_record, "code", code),
	KV_TEXT_ROW(session_record, "began", began),
	KV_TEXT_ROW(session_record, "finished", finished),
	KV_TEXT_ROW(session_record, "command", command),
	KV_END,
};
/* clang-format on */

int session_write(int dir, const struct session_record *r, struct err *e)
{
	return kv_write(dir, "session", table, r, e);
}

int session_read(int dir, struct session_record *ret, struct err *e)
{
	struct session_record r = { 0 };

	if (kv_read(dir, "session", table, &r, e))
		return -1;
	if (r.format < 1 || r.format < MONITOR_FORMAT - 1 || r.format > MONITOR_FORMAT + 1)
		return err_set(e, 0, "session: its format is not known to this version of scow");
	*ret = r;
	return 0;
}

void session_hidden(const char *id, char ret[SESSION_ID_LEN + 2])
{
	snprintf(ret, SESSION_ID_LEN + 2, ".%s", id);
}

/* ---- what clients ask ---- */

static int request(struct monitor *m, const struct ctl_request *r, struct err *e)
{
	switch ((enum ctl_verb)r->verb) {
	case CTL_ATTACH:
	case CTL_WAIT:
		return 0;
	case CTL_RESIZE:
		return attach_resize(m, r->value, e);
	case CTL_KILL:
		if (sys_pidfd_send_signal(m->pidfd, r->value))
			return err_set(e, errno, "signal %d", (int)r->value);
		return 0;
	case CTL_INIT:
	case CTL_START:
	case CTL_RESTART:
	case CTL_STOP:
	case CTL_PAUSE:
	case CTL_UNPAUSE:
	case CTL_HEALTH:
	case CTL_BATCH:
	case CTL_SESSION:
	case CTL_VERBS:
		break;
	}
	return err_set(e, 0, "a session does not know this command");
}

/* ---- the container ---- */

/* What the loop needs beside struct monitor. */
struct supervisor {
	int container, parent; /* of struct session */
	int notify;            /* of the container's life */
	char id[SESSION_ID_LEN + 1];
};

/* A monitor tells of a stop by its record: what it stops is asked to end as well, before the
 * container's end takes it along. */
static SHED_APART void see_life(const struct supervisor *s, const struct monitor *m)
{
	char events[1024];
	struct life l;
	struct err ignored;

	while (read(s->notify, events, sizeof events) > 0)
		;
	if (!life_read(s->container, &l, &ignored) && l.state == LIFE_STOPPING)
		(void)sys_pidfd_send_signal(m->pidfd, SIGTERM);
}

static int watch_life(int container)
{
	char path[32];
	own_fd fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	snprintf(path, sizeof path, "/proc/self/fd/%d", container);
	if (fd >= 0 && inotify_add_watch(fd, path, IN_MOVED_TO) < 0)
		return -1; /* then the container's end is its end, without a warning */
	return own_fd_take(&fd);
}

/* ---- the end ---- */

static void see_end(struct monitor *m)
{
	int status;

	if (waitpid((pid_t)m->life.pid, &status, WNOHANG) != (pid_t)m->life.pid)
		return;
	m->ended = m->has_end = true;
	m->end.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	m->draining = true;
	m->deadline_ms = clock_ms() + DRAIN_MS;
}

static bool has_readers(const struct monitor *m)
{
	bool some = false;

	for (size_t i = 0; i < m->n_clients; i++)
		some = some || m->clients[i].streams || m->clients[i].waits;
	return some;
}

static _Noreturn void finish(const struct supervisor *s, struct monitor *m)
{
	struct session_record r;
	char hidden[SESSION_ID_LEN + 2];
	const bool read = has_readers(m);
	struct err ignored; /* a directory that is gone was removed with the container */

	if (!session_read(m->dir, &r, &ignored)) {
		r.ended = 1;
		r.code = m->end.code;
		when_now(r.finished);
		(void)session_write(m->dir, &r, &ignored);
	}
	/* Who has heard of the end finds nothing listed; who is cut off from us finds the code. */
	session_hidden(s->id, hidden);
	const bool hides = read && !renameat(s->parent, s->id, s->parent, hidden);
	attach_end(m, CTL_STOPPED);
	control_reached(m, CTL_STOPPED);
	control_reached(m, CTL_NEXT_EXIT);
	if (read)
		ctr_remove_dir(s->parent, hides ? hidden : s->id);
	_exit(0);
}

/* ---- the loop ---- */

static int timeout(const struct monitor *m)
{
	const int64_t slow = attach_deadline(m);
	const int64_t until =
	    !m->deadline_ms || (slow && slow < m->deadline_ms) ? slow : m->deadline_ms;
	const int64_t left = until - clock_ms();

	return !until ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

enum { S_PROGRAM, S_LIFE, S_LISTEN, S_IO, S_CLIENTS = S_IO + LINK_FDS };

static void take(const struct supervisor *s, struct monitor *m, const struct pollfd *p, size_t n)
{
	if (p[S_LIFE].revents)
		see_life(s, m);
	output_take(m, p + S_IO);
	control_take(m, p + S_CLIENTS, n);
	if (p[S_LISTEN].revents)
		control_accept(m);
	if (p[S_PROGRAM].revents)
		see_end(m);
}

static void round_trip(const struct supervisor *s, struct monitor *m)
{
	struct pollfd p[S_CLIENTS + CTL_CLIENTS_MAX];
	const size_t n = m->n_clients;

	p[S_PROGRAM] = (struct pollfd){ .fd = m->ended ? -1 : m->pidfd, .events = POLLIN };
	p[S_LIFE] = (struct pollfd){ .fd = m->ended ? -1 : s->notify, .events = POLLIN };
	p[S_LISTEN] = (struct pollfd){ .fd = m->listen, .events = POLLIN };
	output_watch(m, p + S_IO);
	control_watch(m, p + S_CLIENTS);
	const int r = monitor_poll(p, S_CLIENTS + n, timeout(m));
	attach_look(m);
	if (r > 0)
		take(s, m, p, n);
	if (m->draining && output_drain(m, m->deadline_ms > clock_ms()))
		finish(s, m);
}

static void begin(const struct session *s, struct monitor *m)
{
	m->dir = s->dir;
	m->listen = s->listen;
	m->link = m->cgroup = m->memory_events = m->sessions = -1;
	m->pidfd = s->pidfd;
	m->met = true;
	m->run = 1;
	m->phase = PHASE_RUNNING;
	m->request = request;
	m->life.state = LIFE_RUNNING;
	m->life.pid = s->record.pid;
	m->plan.terminal = s->record.terminal;
	m->plan.stdin_open = s->stdin_open || s->record.terminal;
	snprintf(m->plan.name, sizeof m->plan.name, "%s", s->name);
	for (int i = 0; i < LINK_FDS; i++) {
		m->io[i] = s->io[i];
		if (m->io[i] >= 0)
			(void)fcntl(m->io[i], F_SETFL,
			            O_NONBLOCK | (fcntl(m->io[i], F_GETFL) & O_ACCMODE));
	}
	m->clients[0].fd = s->client;
	m->n_clients = 1;
	if (s->streams)
		attach_begin(m, &m->clients[0], s->streams, false);
	control_reply(&m->clients[0], CTL_REPLY, 0, 0, NULL);
}

/* What the command has left on the stack is above us, and is not seen again. */
static SHED_APART _Noreturn void look_after(const struct session *from, struct monitor *m,
                                            const void *above)
{
	struct supervisor s = { .container = from->container,
		                .parent = from->parent,
		                .notify = watch_life(from->container) };

	memcpy(s.id, from->id, sizeof s.id);
	shed_callers(above);
	for (;;)
		round_trip(&s, m);
}

_Noreturn void session_serve(const struct session *s)
{
	struct monitor *m = monitor_new();
	const char above = 0;

	if (!m)
		_exit(1);
	(void)prctl(PR_SET_NAME, "scow-session");
	(void)signal(SIGPIPE, SIG_IGN);
	begin(s, m);
	look_after(s, m, &above);
}
