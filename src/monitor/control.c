/*
 * control.c - the commands at ctl.sock.
 *
 * A client never holds the monitor up: what it does not take from its socket at once is not sent
 * again, and whoever sends garbage is closed. What attached clients send and get is attach.c's.
 */
#define _GNU_SOURCE
#include "base/own.h"
#include "base/proc.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* ---- who alone commands ---- */

/* Of a pause that is to be undone: it is there before the pause, and goes behind its end. */
static void record_pause(struct monitor *m, bool of_batch)
{
	struct err ignored;

	if (m->life.batch_paused == of_batch)
		return;
	m->life.batch_paused = of_batch;
	(void)life_write(m->dir, &m->life, &ignored);
}

static void undo_pause(struct monitor *m)
{
	const struct ctl_request thaw = { .verb = CTL_UNPAUSE };
	struct err ignored; /* it has ended, or was thawed for a stop */

	if (m->life.batch_paused)
		(void)phase_request(m, &thaw, &ignored);
}

static void end_batch(struct monitor *m, struct client *c, bool undo)
{
	c->batch = false;
	m->batch = 0;
	if (undo)
		undo_pause(m);
	record_pause(m, false);
	attach_unhold(m);
}

void control_resume(struct monitor *m)
{
	undo_pause(m);
	record_pause(m, false);
}

/* A pause that somebody else has made before is not the batch's. */
static int obey_batch(struct monitor *m, const struct ctl_request *r, struct err *e)
{
	const bool pauses = r->verb == CTL_PAUSE && !monitor_is_frozen(m);

	if (pauses)
		record_pause(m, true);
	const int done = phase_request(m, r, e);
	if (pauses ? done : !done && r->verb == CTL_UNPAUSE)
		record_pause(m, false);
	return done;
}

static pid_t pid_of(const struct client *c)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof peer;

	(void)getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	return peer.pid;
}

static void begin_batch(struct monitor *m, struct client *c, bool on)
{
	if (on) {
		c->batch = true;
		m->batch = pid_of(c);
	} else if (c->batch)
		end_batch(m, c, false);
	control_reply(c, CTL_REPLY, 0, 0, NULL);
}

/* Waiting, looking on and the terminal's size disturb nobody. */
static bool has_to_wait(const struct monitor *m, const struct client *c, enum ctl_verb verb)
{
	struct proc_stat st;
	const pid_t pid = m->batch ? pid_of(c) : 0;

	if (!m->batch || verb == CTL_WAIT || verb == CTL_ATTACH || verb == CTL_RESIZE ||
	    verb == CTL_SESSION)
		return false;
	return pid != m->batch && (proc_stat(pid, &st) || st.ppid != m->batch);
}

/* ---- clients ---- */

static void drop(struct monitor *m, size_t i)
{
	const bool attached = m->clients[i].streams;

	if (m->clients[i].batch)
		end_batch(m, &m->clients[i], true);
	own_fd_drop(&m->clients[i].fd);
	m->clients[i] = m->clients[--m->n_clients];
	if (attached)
		attach_count(m);
}

void control_reply(struct client *c, enum ctl_type type, int code, unsigned flags,
                   const struct err *why)
{
	struct ctl_reply r = { .type = (uint8_t)type,
		               .format = MONITOR_FORMAT,
		               .flags = (uint8_t)flags,
		               .failed = why != NULL,
		               .code = code };

	if (why)
		r.err = *why;
	else if (type == CTL_REPLY && c->streams)
		when_now(r.err.text);
	(void)send(c->fd, &r, sizeof r, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void control_answer(struct monitor *m, enum ctl_verb verb, const struct err *why)
{
	for (size_t i = 0; i < m->n_clients; i++) {
		struct client *c = &m->clients[i];

		if (c->asked && c->verb == verb) {
			control_reply(c, CTL_REPLY, 0, m->failed ? CTL_NEVER_RAN : 0, why);
			c->asked = false;
		}
	}
}

unsigned control_end_flags(const struct monitor *m, enum ctl_condition c)
{
	return (c == CTL_STOPPED || c == CTL_REMOVED ? CTL_FINAL : 0) | (m->end.oom ? CTL_OOM : 0) |
	       (m->failed ? CTL_NEVER_RAN : 0);
}

void control_reached(struct monitor *m, enum ctl_condition c)
{
	const int code = c == CTL_CHECKED ? m->check_code : m->has_end ? (int)m->end.code : 0;

	for (size_t i = 0; i < m->n_clients; i++)
		if (m->clients[i].waits && m->clients[i].condition == c) {
			control_reply(&m->clients[i], CTL_END, code, control_end_flags(m, c), NULL);
			m->clients[i].waits = false;
		}
}

/* For as long as it likes. */
static bool stays(const struct client *c)
{
	return c->waits || c->streams;
}

/* When all places are taken: one who has one and asks nothing. */
static void drop_silent(struct monitor *m)
{
	for (size_t i = 0; m->n_clients == CTL_CLIENTS_MAX && i < m->n_clients; i++)
		if (!m->clients[i].asked && !stays(&m->clients[i]) && !m->clients[i].batch)
			drop(m, i);
}

void control_accept(struct monitor *m)
{
	struct err e;
	own_fd fd = accept4(m->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	struct client c = { .fd = fd };
	drop_silent(m);
	if (m->n_clients == CTL_CLIENTS_MAX)
		err_set(&e, 0, "the monitor of %s has too many clients", m->plan.name);
	else if (!ctl_check_peer(fd, &e)) {
		m->clients[m->n_clients++] = (struct client){ .fd = own_fd_take(&fd) };
		return;
	}
	control_reply(&c, CTL_REPLY, 0, 0, &e);
}

static bool is_request(const char *packet, ssize_t n, struct ctl_request *ret)
{
	const size_t size = (size_t)n < sizeof *ret ? (size_t)n : sizeof *ret;

	if (n < CTL_REQUEST_MIN || n > CTL_REQUEST_MAX || *packet != CTL_REQUEST)
		return false;
	*ret = (struct ctl_request){ 0 };
	memcpy(ret, packet, size);
	if (ret->format == MONITOR_FORMAT && n != (ssize_t)sizeof *ret)
		return false;
	return ret->timeout_ms >= -1 && ret->timeout_ms <= INT64_MAX / 2;
}

static bool is_known(const struct ctl_request *r)
{
	return r->verb < CTL_VERBS &&
	       (r->verb != CTL_WAIT || (r->value >= 0 && r->value < CTL_CONDITIONS));
}

/* Some places are left to those who ask for something to be done. */
static int check_crowd(const struct monitor *m, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_clients; i++)
		n += stays(&m->clients[i]);
	return n < CTL_WAITING_MAX
	           ? 0
	           : err_set(e, 0, "too many wait for %s, or are attached to it", m->plan.name);
}

static int wait_for(struct monitor *m, struct client *c, const struct ctl_request *r, struct err *e)
{
	if (check_crowd(m, e))
		return -1;
	c->waits = true;
	c->condition = (enum ctl_condition)r->value;
	return 0;
}

static bool is_busy(const struct monitor *m)
{
	return m->phase >= PHASE_STOPPING;
}

static void obey(struct monitor *m, struct client *c, const struct ctl_request *r)
{
	const bool attaches = r->verb == CTL_ATTACH || (r->verb == CTL_START && r->value);
	struct err e;

	if (r->verb == CTL_BATCH && !m->request) {
		begin_batch(m, c, r->value);
		return;
	}
	if (r->verb == CTL_SESSION && !m->request) {
		orphan_watch(m, pid_of(c));
		return;
	}
	if (r->verb == CTL_WAIT) {
		const int refused = wait_for(m, c, r, &e);

		control_reply(c, CTL_REPLY, 0, 0, refused ? &e : NULL);
		if (refused)
			return;
		health_look(m, r->value);
	} else {
		c->asked = true;
		c->verb = (enum ctl_verb)r->verb;
	}
	const int done = attaches && r->value && !stays(c) && check_crowd(m, &e) ? -1
	                 : m->request            ? m->request(m, r, &e)
	                 : r->verb == CTL_HEALTH ? health_request(m, &e)
	                 : m->batch              ? obey_batch(m, r, &e)
	                                         : phase_request(m, r, &e);
	if (attaches && done >= 0)
		attach_begin(m, c, (unsigned)r->value, r->verb == CTL_START && is_busy(m));
	if (done <= 0 && c->asked) {
		c->asked = false;
		control_reply(c, CTL_REPLY, 0, 0, done ? &e : NULL);
	}
}

static void refuse_unknown(const struct monitor *m, struct client *c)
{
	struct err e;

	err_set(&e, 0, "the monitor of %s is of another version of scow, and does not know this",
	        m->plan.name);
	control_reply(c, CTL_REPLY, 0, 0, &e);
}

/* gone: nobody is there any more */
static void take(struct monitor *m, size_t i, bool gone)
{
	struct client *c = &m->clients[i];
	struct ctl_request r;
	char packet[CTL_PACKET_MAX];
	/* It stays where it is until the container has taken it: we have no room to keep input.
	 * Without room for them, the kernel closes descriptors that came along. */
	ssize_t n = recv(c->fd, packet, sizeof packet, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	const bool request = is_request(packet, n, &r);
	if (n <= 0 || n > (ssize_t)sizeof packet || (!request && *packet < CTL_STDIN)) {
		drop(m, i);
		return;
	}
	c->held = request && has_to_wait(m, c, (enum ctl_verb)r.verb);
	if (c->held) { /* its request stays where it is */
		if (gone)
			drop(m, i);
		return;
	}
	if (!request && !attach_frame(m, c, packet, (size_t)n)) {
		if (gone)
			drop(m, i);
		return;
	}
	(void)recv(c->fd, packet, 1, MSG_DONTWAIT);
	if (request && is_known(&r))
		obey(m, c, &r);
	else if (request)
		refuse_unknown(m, c);
}

void control_watch(const struct monitor *m, struct pollfd *p)
{
	for (size_t i = 0; i < m->n_clients; i++)
		p[i] = (struct pollfd){ .fd = m->clients[i].fd,
			                .events = attach_events(&m->clients[i]) };
}

void control_take(struct monitor *m, const struct pollfd *p, size_t n)
{
	/* Backwards: a client that goes is replaced by the last one. */
	for (size_t i = n; i-- > 0;)
		if (p[i].revents & ~POLLOUT)
			take(m, i, p[i].revents & (POLLHUP | POLLERR));
}
