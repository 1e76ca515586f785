/*
 * attach.c - clients that see what the container prints and write to its stdin.
 *
 * Nothing is buffered here. The queue of a client is the send buffer of its socket; while one has
 * no room, no output is read, and the container waits with a full pipe as it would for any slow
 * reader. But one that takes nothing at all for STALLED_MS is left behind: output goes past it, and
 * when it reads again it is told how much it has missed. The other way, a frame stays in the
 * client's socket until the container has taken it.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/own.h"
#include "monitor/journal.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STALLED_MS = 2000, GRACE_MS = 2000, QUEUE_SIZE = 64 * 1024 };

static bool has_room(const struct client *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };

	return poll(&p, 1, 0) > 0; /* also when the client has gone: then it is dropped soon */
}

static int queued(const struct client *c)
{
	int n = 0;

	(void)ioctl(c->fd, SIOCOUTQ, &n);
	return n;
}

void attach_count(struct monitor *m)
{
	int64_t n = 0;
	struct err ignored;

	for (size_t i = 0; i < m->n_clients; i++)
		n += m->clients[i].streams != 0;
	if (m->grace_ms && n < m->life.attached)
		return;
	m->grace_ms = 0;
	/* Who is leaving has removed the record. */
	if (n == m->life.attached || m->request || m->phase == PHASE_LEAVING)
		return;
	m->life.attached = n;
	(void)life_write(m->dir, &m->life, &ignored);
}

void attach_begin(struct monitor *m, struct client *c, unsigned streams, bool next)
{
	const int size = QUEUE_SIZE;

	(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	if (!m->plan.stdin_open)
		streams &= ~(unsigned)CTL_IN;
	c->streams = (uint8_t)streams;
	c->run = m->run + next;
	attach_count(m);
	if (!m->request)
		journal_write(m->plan.root, m->plan.name, EVENT_ATTACH, JOURNAL_END);
}

static bool is_attached(const struct monitor *m, const struct client *c, unsigned stream)
{
	return c->streams & stream && c->run <= m->run;
}

static void tell_lost(struct client *c)
{
	const struct ctl_overrun o = { .type = CTL_OVERRUN, .bytes = c->lost };

	if (c->lagging)
		(void)send(c->fd, &o, sizeof o, MSG_DONTWAIT | MSG_NOSIGNAL);
	c->lagging = false;
	c->lost = 0;
	c->full_ms = 0;
}

void attach_end(struct monitor *m, enum ctl_condition why)
{
	const int code = m->has_end ? (int)m->end.code : 0;

	for (size_t i = 0; i < m->n_clients; i++) {
		struct client *c = &m->clients[i];

		if (!is_attached(m, c, CTL_IN | CTL_OUT | CTL_ERR))
			continue;
		tell_lost(c);
		control_reply(c, CTL_END, code, control_end_flags(m, why), NULL);
		c->streams = 0;
		c->held = false;
	}
	attach_count(m);
}

/* ---- output ---- */

static void give(struct client *c, const char *packet, size_t len)
{
	if (c->lagging || send(c->fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		c->lagging = true;
		c->lost += len - 1;
	} else if (!c->full_ms && !has_room(c)) {
		c->full_ms = clock_ms();
		c->queued = queued(c);
	}
}

void attach_output(struct monitor *m, int stream, char *packet, size_t len)
{
	packet[0] = stream == 2 ? CTL_STDERR : CTL_STDOUT;
	for (size_t i = 0; i < m->n_clients; i++)
		if (is_attached(m, &m->clients[i], stream == 2 ? CTL_ERR : CTL_OUT))
			give(&m->clients[i], packet, len + 1);
}

void attach_resume(struct monitor *m)
{
	if (m->life.attached)
		m->grace_ms = clock_ms() + GRACE_MS;
}

bool attach_holds(const struct monitor *m)
{
	if (!m->met || m->grace_ms)
		return true;
	for (size_t i = 0; i < m->n_clients; i++)
		if (m->clients[i].full_ms && !m->clients[i].lagging)
			return true;
	return false;
}

/* Slow is fine, as long as there is progress. */
static void check_progress(struct client *c)
{
	const int left = queued(c);

	if (left >= c->queued)
		c->lagging = true;
	c->queued = left;
	c->full_ms = clock_ms();
}

void attach_look(struct monitor *m)
{
	if (m->grace_ms && m->grace_ms <= clock_ms()) {
		m->grace_ms = 0;
		attach_count(m);
	}
	for (size_t i = 0; i < m->n_clients; i++) {
		struct client *c = &m->clients[i];

		if (!c->full_ms && !c->lagging)
			continue;
		if (has_room(c))
			tell_lost(c);
		else if (!c->lagging && clock_ms() - c->full_ms >= STALLED_MS)
			check_progress(c);
	}
}

int64_t attach_deadline(const struct monitor *m)
{
	int64_t first = m->grace_ms;

	for (size_t i = 0; i < m->n_clients; i++) {
		const struct client *c = &m->clients[i];

		if (c->full_ms && !c->lagging && (!first || c->full_ms + STALLED_MS < first))
			first = c->full_ms + STALLED_MS;
	}
	return first;
}

short attach_events(const struct client *c)
{
	return (short)((c->held ? 0 : POLLIN) | (c->full_ms || c->lagging ? POLLOUT : 0));
}

/* ---- the terminal's size ---- */

void attach_apply_size(const struct monitor *m)
{
	const struct winsize w = { .ws_row = m->size.rows, .ws_col = m->size.cols };

	if (m->size.type && m->plan.terminal && m->io[0] >= 0)
		(void)ioctl(m->io[0], TIOCSWINSZ, &w);
}

static void set_size(struct monitor *m, unsigned rows, unsigned cols)
{
	m->size =
	    (struct ctl_size){ .type = CTL_SIZE, .rows = (uint16_t)rows, .cols = (uint16_t)cols };
	attach_apply_size(m);
}

int attach_resize(struct monitor *m, int value, struct err *e)
{
	if (!m->plan.terminal)
		return err_kind(e, ERR_STATE, 0, "container %s has no terminal", m->plan.name);
	if (m->phase < PHASE_CREATING || m->phase > PHASE_STOPPING)
		return err_kind(e, ERR_STATE, 0, "cannot resize container %s: it is %s",
		                m->plan.name, life_state_name((enum life_state)m->life.state));
	set_size(m, (unsigned)value >> 16, (unsigned)value & 0xffff);
	return 0;
}

/* ---- input ---- */

/* Is there no stdin yet for what this client sends? */
static bool is_early(const struct monitor *m, const struct client *c)
{
	return c->run > m->run || (m->io[0] < 0 && m->phase == PHASE_CREATING);
}

static bool put(struct monitor *m, struct client *c, const char *data, size_t len)
{
	ssize_t n = write(m->io[0], data + c->input_done, len - c->input_done);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		n = (ssize_t)(len - c->input_done); /* the program has closed its stdin */
	c->input_done = (uint16_t)(c->input_done + (n > 0 ? n : 0));
	if (c->input_done < len)
		return false;
	c->input_done = 0;
	return true;
}

/* The keeper's copy has to go as well, or there is no end. */
static void close_stdin(struct monitor *m)
{
	const struct link_msg msg = { .type = LINK_CLOSE_STDIN };

	if (m->plan.terminal || m->io[0] < 0)
		return;
	own_fd_drop(&m->io[0]);
	(void)link_send(m->link, &msg, NULL);
}

static bool input(struct monitor *m, struct client *c, const char *packet, size_t len)
{
	if (!(c->streams & CTL_IN))
		return true;
	c->held = is_early(m, c);
	if (!c->held && *packet == CTL_STDIN_EOF)
		close_stdin(m);
	else if (!c->held && m->io[0] >= 0)
		c->held = !put(m, c, packet + 1, len - 1);
	if (c->held)
		m->input_full = true;
	return !c->held;
}

bool attach_frame(struct monitor *m, struct client *c, const char *packet, size_t len)
{
	struct ctl_size s;

	if (*packet == CTL_SIZE && len == sizeof s) {
		memcpy(&s, packet, sizeof s);
		set_size(m, s.rows, s.cols);
	}
	if (*packet == CTL_STDIN || *packet == CTL_STDIN_EOF)
		return input(m, c, packet, len);
	return true;
}

void attach_input_ready(struct monitor *m)
{
	m->input_full = false;
	attach_unhold(m);
}

void attach_unhold(struct monitor *m)
{
	for (size_t i = 0; i < m->n_clients; i++)
		m->clients[i].held = false;
}
