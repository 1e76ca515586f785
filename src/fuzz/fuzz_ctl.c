/*
 * fuzz_ctl.c - any bytes as what commands send to a monitor in any of its phases, and as what a
 * monitor answers: the monitor stays in a phase that there is, and each request has one answer or
 * none; an answer is whole or refused.
 *
 * The first byte is the phase; a packet is a byte of length and that many bytes.
 */
#define _GNU_SOURCE
#include "base/own.h"
#include "monitor/monitor.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct monitor m;

static void pair(int sv[2])
{
	assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv));
}

/* The directory of all inputs; left empty but for the log of events. */
static void prepare(void)
{
	char path[] = "/tmp/scow-fuzz-ctl.XXXXXX";

	assert(mkdtemp(path));
	m = (struct monitor){ .met = true, .pidfd = -1, .cgroup = -1, .memory_events = -1 };
	m.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(m.dir >= 0);
	m.io[0] = m.io[1] = m.io[2] = -1;
	m.plan = (struct plan){ .format = MONITOR_FORMAT, .name = "f", .stop_signal = 15 };
	memcpy(m.plan.root, path, sizeof path);
}

static void answers(int sock)
{
	struct ctl_reply r;

	while (ctl_recv_reply(sock, &r, 0) > 0)
		assert(r.format == MONITOR_FORMAT && (!r.failed || *r.err.text));
}

static void ask(const uint8_t *data, size_t size)
{
	const struct pollfd ready = { .revents = POLLIN };
	int keeper[2], client[2];

	pair(keeper);
	pair(client);
	m.link = keeper[0];
	m.work = WORK_NONE;
	m.phase = (enum phase)(*data % PHASES);
	m.start_wanted = m.stop_wanted = false;
	m.clients[0] = (struct client){ .fd = client[0] };
	m.n_clients = 1;
	m.batch = 0;
	for (size_t at = 1, len; at < size && m.n_clients; at += len + 1) {
		len = data[at] < size - at - 1 ? data[at] : size - at - 1;
		(void)!send(client[1], data + at + 1, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		control_take(&m, &ready, 1);
		assert(m.phase < PHASES && m.n_clients <= 1 && m.life.state <= LIFE_UNKNOWN);
		answers(client[1]);
	}
	if (m.n_clients)
		own_fd_drop(&m.clients[0].fd);
	m.n_clients = 0;
	close(keeper[0]);
	close(keeper[1]);
	close(client[1]);
}

static void answer(const uint8_t *data, size_t size)
{
	struct ctl_reply r = { 0 };
	int sv[2];

	pair(sv);
	(void)!send(sv[0], data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (ctl_recv_reply(sv[1], &r, 0) > 0)
		assert(size >= offsetof(struct ctl_reply, err.text) &&
		       (r.type == CTL_REPLY || r.type == CTL_END) &&
		       memchr(r.err.text, 0, sizeof r.err.text));
	close(sv[0]);
	close(sv[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > INPUT_MAX)
		return 0;
	if (!*m.plan.name)
		prepare();
	ask(data, size);
	answer(data, size);
	return 0;
}
