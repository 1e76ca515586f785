/* ending.c - the end of a container on record, and what the restart policy makes of it. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "monitor/journal.h"
#include "monitor/monitor.h"
#include "store/ctr.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

enum { BACKOFF_MS = 100, BACKOFF_MAX_MS = 60 * 1000 };

/* The number behind a word in a file of lines "word number"; 0 when there is none. */
static int64_t number_of(const char *text, const char *word)
{
	const size_t n = strlen(word);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, word, n) && p[n] == ' ')
			return strtoll(p + n, NULL, 10);
	}
	return 0;
}

/* A cgroup that is gone tells nothing new, and its file would be ready for ever. */
void ending_see_oom(struct monitor *m)
{
	char text[512];
	const ssize_t n = pread(m->memory_events, text, sizeof text - 1, 0);

	if (n < 0) {
		own_fd_drop(&m->memory_events);
		return;
	}
	text[n] = 0;
	const int64_t kills = number_of(text, "oom_kill");
	if (kills > m->oom_kills)
		journal_write(m->plan.root, m->plan.name, EVENT_OOM_KILL, JOURNAL_END);
	m->oom_kills = kills;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=123" */
static int64_t stall_us(int cgroup, const char *file)
{
	static const char key[] = "total=";
	char text[256];
	const char *at;

	if (fd_read_start(cgroup, file, text, sizeof text) <= 0 || !(at = strstr(text, key)))
		return 0; /* EOPNOTSUPP: the kernel could, and was not told to */
	return strtoll(at + sizeof key - 1, NULL, 10);
}

void ending_measure(struct monitor *m)
{
	char text[64];

	m->end.oom = m->end.memory_peak = 0;
	m->end.cpu_stall_us = m->end.memory_stall_us = m->end.io_stall_us = 0;
	if (m->cgroup < 0)
		return;
	if (m->memory_events >= 0)
		ending_see_oom(m);
	own_fd_drop(&m->memory_events);
	m->end.oom = m->oom_kills;
	if (fd_read_start(m->cgroup, "memory.peak", text, sizeof text) > 0)
		m->end.memory_peak = strtoll(text, NULL, 10);
	m->end.cpu_stall_us = stall_us(m->cgroup, "cpu.pressure");
	m->end.memory_stall_us = stall_us(m->cgroup, "memory.pressure");
	m->end.io_stall_us = stall_us(m->cgroup, "io.pressure");
}

static const char *reason(const struct monitor *m)
{
	if (m->failed)
		return END_FAILED;
	if (m->asked_by)
		return m->asked_by;
	if (m->end.oom && m->end.signal)
		return END_OOM;
	return m->end.signal ? END_SIGNAL : END_EXITED;
}

static int failure_code(const struct err *e)
{
	switch (e->kind) {
	case ERR_NO_PROGRAM:
		return 127;
	case ERR_NOT_EXECUTABLE:
		return 126;
	case ERR_FAILED:
	case ERR_USAGE:
	case ERR_CONFIG:
	case ERR_NO_CONTAINER:
	case ERR_STATE:
		break;
	}
	return 125;
}

static void fill(struct monitor *m)
{
	struct end *x = &m->end;
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	x->format = MONITOR_FORMAT;
	x->signal = m->ended && WIFSIGNALED(m->status) ? WTERMSIG(m->status) : 0;
	x->code = x->signal ? 128 + x->signal : m->ended ? WEXITSTATUS(m->status) : 137;
	x->escalated = m->escalated;
	x->start = m->life.start;
	x->restarts = m->life.restarts;
	x->uptime_ms = m->life.began_ms ? clock_ms() - m->life.began_ms : 0;
	x->boot_ms = boot.tv_sec * 1000ll + boot.tv_nsec / 1000000;
	x->clock_unset = when_is_unset();
	*x->error = 0;
	if (m->failed) {
		x->code = failure_code(&m->failure);
		x->signal = 0;
		(void)err_text(&m->failure, x->error, sizeof x->error);
	}
	snprintf(x->reason, sizeof x->reason, "%s", reason(m));
	memcpy(x->began, m->life.began, sizeof x->began);
	memcpy(x->boot_id, m->life.boot_id, sizeof x->boot_id);
	when_now(x->ended);
	logger_tail(&m->log, x->tail, sizeof x->tail);
}

/* What cannot be written is reported and lost: the container's next step must not depend on it. */
static void keep(int dir, const struct end *x, bool durable)
{
	char line[ERR_LINE_MAX];
	struct err e;

	if (end_write(dir, x, durable, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
}

static void tell(const struct monitor *m)
{
	const struct end *x = &m->end;
	const char *root = m->plan.root, *name = m->plan.name;
	char code[24];

	snprintf(code, sizeof code, "%d", (int)x->code);
	if (m->failed)
		journal_write(root, name, EVENT_DIED, "code", code, "reason", x->reason, "error",
		              x->error, JOURNAL_END);
	else
		journal_write(root, name, EVENT_DIED, "code", code, "reason", x->reason, "oom",
		              x->oom ? "true" : "false", JOURNAL_END);
	if (m->asked_by && !strcmp(m->asked_by, END_STOPPED))
		journal_write(root, name, EVENT_STOP, "escalated", x->escalated ? "true" : "false",
		              JOURNAL_END);
}

void ending_record(struct monitor *m, bool final)
{
	if (!final) {
		fill(m);
		m->has_end = true;
		keep(m->dir, &m->end, false);
		tell(m);
		return;
	}
	if (!*m->plan.store || m->plan.remove)
		return;
	own_fd store = open(m->plan.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store >= 0)
		keep(store, &m->end, true);
}

void ending_remove_traces(const struct monitor *m)
{
	const struct ctr c = { .id = m->plan.name, .dir = m->dir };
	struct err ignored;

	if (!flock(m->dir, LOCK_EX | LOCK_NB))
		(void)ctr_remove(m->plan.root, &c, &ignored);
}

bool ending_restarts(const struct plan *p, const struct life *l, const struct end *x)
{
	if (l->asked)
		return false;
	if (p->restart == RESTART_ON_FAILURE)
		return x->code && (!p->restart_max || l->restarts < p->restart_max);
	return p->restart == RESTART_ALWAYS || p->restart == RESTART_UNLESS_STOPPED;
}

int64_t ending_backoff_ms(int64_t failures)
{
	int64_t ms = BACKOFF_MS;

	while (failures-- > 0 && ms < BACKOFF_MAX_MS)
		ms *= 2;
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}
