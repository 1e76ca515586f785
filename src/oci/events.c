/* events.c - one poll over a pidfd and memory.events, which tells changes by POLLPRI. */
#define _GNU_SOURCE
#include "oci/events.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/own.h"
#include "kernel/cgroup_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/*
 * How many processes the OOM killer has ended. A cgroup that is gone tells nothing new, and its
 * file would be ready for ever.
 */
static uint64_t count_ooms(struct events *w)
{
	char text[512];
	ssize_t n = w->memory < 0 ? -1 : pread(w->memory, text, sizeof text - 1, 0);

	if (n < 0) {
		own_fd_drop(&w->memory);
		return w->ooms;
	}
	text[n] = 0;
	const char *at = strstr(text, "oom_kill ");
	return at ? strtoull(at + strlen("oom_kill "), NULL, 10) : w->ooms;
}

static int open_all(const struct verb *v, const struct ctr *c, struct events *w, struct err *e)
{
	struct record r = { 0 };
	int pidfd;

	if (record_read(v->arena, c, &r, e) || status_pidfd(&r, &pidfd, e))
		return -1;
	own_fd end = pidfd;
	if (r.creating || end < 0)
		return err_kind(e, ERR_STATE, 0, "container not running");
	if (!r.cgroup)
		return err_set(e, 0, "container %s has no cgroup of its own to look at", v->id);
	if (cgroup_open(r.cgroup, &w->cgroup, e))
		return -1;
	w->id = v->id;
	w->end = own_fd_take(&end);
	w->memory = openat(w->cgroup.fd, "memory.events", O_RDONLY | O_CLOEXEC);
	w->ooms = count_ooms(w);
	return 0;
}

int events_open(const struct verb *v, struct events *ret, struct err *e)
{
	struct ctr c;

	*ret = (struct events){ .cgroup = CGROUP_NONE, .end = -1, .memory = -1 };
	if (ctr_open(v->root, v->id, &c, e))
		return -1;
	int failed = open_all(v, &c, ret, e);
	ctr_close(&c);
	return failed;
}

void events_close(struct events *w)
{
	own_fd_drop(&w->memory);
	own_fd_drop(&w->end);
	cgroup_close(&w->cgroup);
}

int events_wait(struct events *w, int timeout_ms, enum event *ret, struct err *e)
{
	const int64_t until = clock_ms() + timeout_ms;

	for (;;) {
		struct pollfd p[] = { { .fd = w->end, .events = POLLIN },
			              { .fd = w->memory, .events = POLLPRI } };
		const int64_t left = until - clock_ms();
		const int n = poll(p, 2, left > 0 ? (int)left : 0);
		const uint64_t ooms = count_ooms(w); /* also arms the next poll */

		if (n < 0 && errno != EINTR)
			return err_set(e, errno, "wait for events of container %s", w->id);
		if (ooms != w->ooms) {
			w->ooms = ooms;
			*ret = EVENT_OOM;
			return 0;
		}
		if (n > 0 && p[0].revents) {
			*ret = EVENT_END;
			return 0;
		}
		if (left <= 0) {
			*ret = EVENT_TIME;
			return 0;
		}
	}
}

char *events_stats(struct arena *a, const struct events *w)
{
	return arena_printf(a, "{\"type\":\"stats\",\"id\":%s,\"data\":%s}", json_quote(a, w->id),
	                    cgroup_stat_text(a, &w->cgroup));
}

char *events_oom(struct arena *a, const struct events *w)
{
	return arena_printf(a, "{\"type\":\"oom\",\"id\":%s}", json_quote(a, w->id));
}
