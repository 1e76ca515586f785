/*
 * monitor.c - the loop of the monitor: what the keeper tells, what the container prints, what
 * commands ask, and the clock.
 */
#define _GNU_SOURCE
#include "monitor/monitor.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"
#include "base/shed.h"
#include "kernel/cgroup.h"
#include "monitor/journal.h"
#include "oci/gate.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- output ---- */

static const char stream_of[LINK_FDS] = { 0, 1, 2 };

enum { OUTPUT_MAX = 2048 };

/* tee(2) leaves in the pipe what it gives: a monitor that is killed before it is in the log leaves
 * it to the next one. A terminal cannot be read like that. */
static ssize_t look(const struct monitor *m, int i, char *buf)
{
	ssize_t got = 0, n;

	if (!m->peeks)
		return read(m->io[i], buf, OUTPUT_MAX);
	const ssize_t all = tee(m->io[i], m->peek[1], OUTPUT_MAX, SPLICE_F_NONBLOCK);
	while (got < all && (n = read(m->peek[0], buf + got, (size_t)(all - got))) > 0)
		got += n;
	return all > 0 ? got : all;
}

/* What was looked at, and is in the log. */
static void take_out(const struct monitor *m, int i, size_t len)
{
	char gone[OUTPUT_MAX];
	ssize_t n;

	while (m->peeks && len && (n = read(m->io[i], gone, len)) > 0)
		len -= (size_t)n;
}

/* Of a whole bufferful whole lines only: the next look begins with the rest. */
static size_t whole_lines(const struct monitor *m, const char *data, size_t len)
{
	const char *last = m->peeks && len == OUTPUT_MAX ? memrchr(data, '\n', len) : NULL;

	return last ? (size_t)(last - data) + 1 : len;
}

/* 1: there may be more; 0: not now; -1: never again. */
static SHED_APART int read_stream(struct monitor *m, int i)
{
	char packet[1 + OUTPUT_MAX], *data = packet + 1;
	const int stream = m->plan.terminal ? 1 : stream_of[i];
	const ssize_t n = look(m, i, data);

	if (n <= 0) /* a terminal whose last program has closed it says EIO */
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	size_t left = whole_lines(m, data, (size_t)n);
	attach_output(m, stream, packet, left);
	while (left) {
		const char *newline = memchr(data, '\n', left);
		const size_t len = newline ? (size_t)(newline - data) + 1 : left;

		logger_write(&m->log, stream, data, len);
		take_out(m, i, len);
		data += len;
		left -= len;
	}
	return 1;
}

static bool is_output(const struct monitor *m, int i)
{
	return m->io[i] >= 0 && (i > 0 || m->plan.terminal);
}

bool output_drain(struct monitor *m, bool patient)
{
	for (int i = 0; i < LINK_FDS; i++) {
		while (is_output(m, i) && !(patient && attach_holds(m)) && read_stream(m, i) > 0)
			;
		if (patient && attach_holds(m))
			return false;
	}
	for (int i = 0; i < LINK_FDS; i++)
		own_fd_drop(&m->io[i]);
	return true;
}

static void take_stdio(struct monitor *m, const int fds[LINK_FDS])
{
	for (int i = 0; i < LINK_FDS; i++) {
		own_fd_drop(&m->io[i]);
		m->io[i] = fds[i];
		if (fds[i] >= 0)
			(void)fcntl(fds[i], F_SETFL,
			            O_NONBLOCK | (fcntl(fds[i], F_GETFL) & O_ACCMODE));
	}
	if (!m->plan.terminal && !m->peeks)
		m->peeks = !pipe2(m->peek, O_CLOEXEC | O_NONBLOCK);
	attach_apply_size(m);
	attach_input_ready(m);
}

/* ---- what the keeper reports ---- */

static void made(struct monitor *m, const struct link_msg *r, int *fds)
{
	struct cgroup cg = CGROUP_NONE;
	struct err e;

	m->made = true;
	own_fd_drop(&m->pidfd);
	m->pidfd = fds[0];
	m->life.pid = r->pid;
	m->life.own_pid_ns = r->own_pid_ns;
	snprintf(m->life.cgroup, sizeof m->life.cgroup, "%s", r->cgroup);
	own_fd_drop(&m->cgroup);
	own_fd_drop(&m->memory_events);
	if (!*r->cgroup || cgroup_open(r->cgroup, &cg, &e))
		return;
	m->cgroup = cg.fd;
	m->memory_events = openat(m->cgroup, "memory.events", O_RDONLY | O_CLOEXEC);
	m->oom_kills = 0;
}

/* False when the keeper has gone. */
static SHED_APART bool from_keeper(struct monitor *m)
{
	struct link_msg r;
	int fds[LINK_FDS];

	if (link_recv(m->link, &r, fds) <= 0)
		return false;
	switch (r.type) {
	case LINK_STDIO:
		take_stdio(m, fds);
		break;
	case LINK_MADE:
		made(m, &r, fds);
		break;
	case LINK_DONE:
		phase_work_done(m, &r);
		break;
	case LINK_ENDED:
		m->ended = true;
		m->status = r.value;
		if (m->met)
			phase_see_end(m);
		break;
	case LINK_MET:
		m->met = true;
		m->work = r.work;
		phase_resume(m);
		control_resume(m);
		orphan_resume(m);
		break;
	case LINK_CHECKED:
		health_checked(m, r.value);
		break;
	case LINK_RUN:
	case LINK_TERMINAL:
	case LINK_SETTLED:
	case LINK_QUIT:
	case LINK_CLOSE_STDIN:
	case LINK_ABORT:
		break;
	}
	return true;
}

bool monitor_is_frozen(const struct monitor *m)
{
	char text[8];

	return m->cgroup >= 0 && fd_read_start(m->cgroup, "cgroup.freeze", text, sizeof text) > 0 &&
	       *text == '1';
}

void monitor_thaw(const struct monitor *m)
{
	if (m->cgroup >= 0)
		(void)fd_put(m->cgroup, "cgroup.freeze", "0");
}

/* ---- the loop ---- */

static int timeout(const struct monitor *m)
{
	const int64_t slow = attach_deadline(m);
	const int64_t all[] = { m->deadline_ms, m->health_ms, slow };
	int64_t until = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] && (!until || all[i] < until))
			until = all[i];

	if (!until)
		return -1;
	const int64_t left = until - clock_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

enum { P_KEEPER, P_LISTEN, P_MEMORY, P_SESSIONS, P_IO, P_CLIENTS = P_IO + LINK_FDS };

static void watch(const struct monitor *m, struct pollfd *p)
{
	p[P_KEEPER] = (struct pollfd){ .fd = m->link, .events = POLLIN };
	p[P_LISTEN] = (struct pollfd){ .fd = m->met ? m->listen : -1, .events = POLLIN };
	p[P_MEMORY] = (struct pollfd){ .fd = m->memory_events, .events = POLLPRI };
	p[P_SESSIONS] = (struct pollfd){ .fd = m->sessions, .events = POLLIN };
	output_watch(m, p + P_IO);
	control_watch(m, p + P_CLIENTS);
}

void output_watch(const struct monitor *m, struct pollfd p[LINK_FDS])
{
	const bool holds = attach_holds(m);

	for (int i = 0; i < LINK_FDS; i++) {
		const short events = (short)((is_output(m, i) && !holds ? POLLIN : 0) |
		                             (i == 0 && m->input_full ? POLLOUT : 0));

		p[i] = (struct pollfd){ .fd = events ? m->io[i] : -1, .events = events };
	}
}

void output_take(struct monitor *m, const struct pollfd p[LINK_FDS])
{
	if (m->input_full && p[0].revents & ~POLLIN)
		attach_input_ready(m);
	for (int i = 0; i < LINK_FDS; i++)
		if (p[i].revents & ~POLLOUT && is_output(m, i) && read_stream(m, i) < 0)
			own_fd_drop(&m->io[i]);
}

int monitor_poll(struct pollfd *p, nfds_t n, int timeout_ms)
{
	const int r = poll(p, n, 0);

	if (r)
		return r;
	shed_stack();
	return poll(p, n, timeout_ms);
}

/* False when the keeper has gone. */
static bool round_trip(struct monitor *m)
{
	struct pollfd p[P_CLIENTS + CTL_CLIENTS_MAX];
	const size_t n = m->n_clients;

	if (m->met)
		health_tick(m);
	watch(m, p);
	const int r = monitor_poll(p, P_CLIENTS + n, timeout(m));
	attach_look(m);
	if (m->deadline_ms && m->deadline_ms <= clock_ms())
		phase_time_is_up(m);
	if (m->draining)
		phase_drain(m);
	if (r <= 0)
		return true;
	if (p[P_MEMORY].revents)
		ending_see_oom(m);
	if (p[P_SESSIONS].revents)
		orphan_take(m);
	output_take(m, p + P_IO);
	control_take(m, p + P_CLIENTS, n);
	if (p[P_LISTEN].revents)
		control_accept(m);
	return !p[P_KEEPER].revents || from_keeper(m);
}

static SHED_APART void begin_life(struct monitor *m)
{
	struct err ignored;

	if (life_read(m->dir, &m->life, &ignored))
		m->life = (struct life){ .state = LIFE_CONFIGURED };
	(void)proc_boot_id(m->life.boot_id);
	m->life.format = MONITOR_FORMAT;
	m->life.keeper = getppid();
	m->life.monitor = getpid();
	m->life.monitors++;
	m->has_end = !end_read(m->dir, &m->end, &ignored);
	(void)health_read(m->dir, &m->health, &ignored); /* none: it begins with the next start */
	if (m->life.monitors > 1)
		journal_write(m->plan.root, m->plan.name, EVENT_MONITOR_LOST, JOURNAL_END);
}

/* The command that brought it up has said it, too; but not of a later monitor. */
static SHED_APART void tell_lost_logs(const struct monitor *m)
{
	char line[ERR_LINE_MAX];
	struct err e;

	for (size_t i = 0; logger_lost(&m->log, &i, &e);)
		journal_write(m->plan.root, m->plan.name, EVENT_LOG_LOST, "error",
		              err_text(&e, line, sizeof line), JOURNAL_END);
}

/* Our last act without a keeper: the next command, in our place. */
static _Noreturn void recover(struct monitor *m)
{
	char *argv[] = { (char *)(uintptr_t) "scow",
		         (char *)(uintptr_t) "--root",
		         m->plan.root,
		         (char *)(uintptr_t) "recover",
		         (char *)(uintptr_t)END_KEEPER,
		         m->plan.name,
		         NULL };

	(void)output_drain(m, false);
	(void)execve(m->plan.exe, argv, environ);
	(void)execve("/proc/self/exe", argv, environ);
	_exit(1);
}

static SHED_APART int look_around(struct monitor *m, struct err *e)
{
	m->dir = FD_DIR;
	m->link = FD_LINK;
	m->listen = FD_LISTEN;
	m->pidfd = m->cgroup = m->memory_events = m->sessions = m->io[0] = m->io[1] = m->io[2] = -1;
	(void)prctl(PR_SET_NAME, "scow-monitor");
	(void)signal(SIGPIPE, SIG_IGN);
	for (int fd = FD_LINK; fd <= FD_LISTEN; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC))
			return err_set(e, errno, "monitor: descriptor %d is missing", fd);
	for (int fd = FD_OUT; fd <= FD_ERR; fd++) /* a keeper of an older version has none */
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) && dup3(0, fd, O_CLOEXEC) < 0)
			return err_set(e, errno, "monitor: descriptor %d", fd);
	return logger_open(&m->log, FD_DIR, m->plan.name, m->plan.log, e);
}

struct monitor *monitor_new(void)
{
	void *m = mmap(NULL, sizeof(struct monitor), PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return m == MAP_FAILED ? NULL : m;
}

int monitor_main(struct err *e)
{
	struct monitor *m = monitor_new();
	if (!m)
		return err_set(e, errno, "mmap");
	if (plan_read_as("monitor", NULL, FD_DIR, &m->plan, e) || look_around(m, e))
		return -1;
	begin_life(m);
	tell_lost_logs(m);
	log_child(); /* our stderr is /dev/null */
	while (round_trip(m))
		if (m->phase == PHASE_LEAVING)
			_exit(0);
	recover(m);
}
