/* health.c - the monitor's side of the health command: clock, count, consequence. */
#define _GNU_SOURCE
#include "monitor/health.h"

#include "base/clock.h"
#include "monitor/journal.h"
#include "monitor/monitor.h"
#include "store/kv.h"
#include "sys/sys.h"

#include <signal.h>

enum { LATE_MS = 10000 }; /* a worker that has not ended by then was lost */

/* clang-format off */
static const struct kv_field health_table[] = {
	KV_I64_ROW(health, "format", format),
	KV_I64_ROW(health, "status", status),
	KV_I64_ROW(health, "streak", streak),
	KV_I64_ROW(health, "start", start),
	KV_END,
};

static const struct kv_field check_table[] = {
	KV_I64_ROW(health_check, "format", format),
	KV_I64_ROW(health_check, "code", code),
	KV_TEXT_ROW(health_check, "began", began),
	KV_TEXT_ROW(health_check, "ended", ended),
	KV_TEXT_ROW(health_check, "output", output),
	KV_END,
};
/* clang-format on */

static const char names[][10] = { "starting", "healthy", "unhealthy" };

const char *health_status_name(int64_t status)
{
	return names[status >= 0 && status <= HEALTH_UNHEALTHY ? status : HEALTH_STARTING];
}

int health_write(int dir, const struct health *h, struct err *e)
{
	return kv_write(dir, "health", health_table, h, e);
}

int health_read(int dir, struct health *ret, struct err *e)
{
	struct health h = { 0 };

	if (kv_read(dir, "health", health_table, &h, e) || plan_check_format(h.format, "health", e))
		return -1;
	*ret = h;
	return 0;
}

int health_check_write(int dir, const struct health_check *c, struct err *e)
{
	return kv_write(dir, "health.last", check_table, c, e);
}

int health_check_read(int dir, struct health_check *ret, struct err *e)
{
	struct health_check c = { 0 };

	if (kv_read(dir, "health.last", check_table, &c, e) ||
	    plan_check_format(c.format, "health.last", e))
		return -1;
	*ret = c;
	return 0;
}

/* ---- in the monitor ---- */

/* What cannot be written is not seen by inspect; the count goes on. */
static void keep(struct monitor *m)
{
	struct err ignored;

	m->health.format = MONITOR_FORMAT;
	m->health.start = m->life.start;
	(void)health_write(m->dir, &m->health, &ignored);
}

static void check(struct monitor *m)
{
	const struct link_msg msg = { .type = LINK_RUN, .work = WORK_HEALTH };

	m->health_ms = clock_ms() + m->plan.health_timeout_ms + LATE_MS;
	m->checking = true;
	(void)link_send(m->link, &msg, NULL); /* a keeper that died ends the loop */
}

void health_tick(struct monitor *m)
{
	if (!m->plan.health_interval_ms || m->phase != PHASE_RUNNING) {
		m->health_ms = 0;
		m->checking = false;
		return;
	}
	const int64_t now = clock_ms(), next = now + m->plan.health_interval_ms;
	if (m->health.start != m->life.start) {
		m->health = (struct health){ .status = HEALTH_STARTING };
		keep(m);
		m->health_ms = next;
	} else if (!m->health_ms || (now >= m->health_ms && monitor_is_frozen(m))) {
		m->health_ms = next;
	} else if (now >= m->health_ms) {
		check(m);
	}
}

static void act(struct monitor *m)
{
	const struct ctl_request restart = { .verb = CTL_RESTART, .timeout_ms = -1 };
	const struct ctl_request stop = { .verb = CTL_STOP, .timeout_ms = -1 };
	struct err ignored; /* paused just now: then it is left alone */

	switch ((enum health_action)m->plan.health_action) {
	case HEALTH_NONE:
		break;
	case HEALTH_KILL: /* as if it had crashed: the restart policy decides */
		(void)sys_pidfd_send_signal(m->pidfd, SIGKILL);
		break;
	case HEALTH_RESTART:
		(void)phase_request(m, &restart, &ignored);
		break;
	case HEALTH_STOP:
		(void)phase_request(m, &stop, &ignored);
		break;
	}
}

/* Failures while it starts count for nothing, but a success ends that time. */
static bool may_fail(const struct monitor *m)
{
	return m->health.status == HEALTH_STARTING &&
	       clock_ms() - m->life.began_ms < m->plan.health_start_ms;
}

void health_look(struct monitor *m, int condition)
{
	if (m->phase != PHASE_RUNNING || !m->plan.health_interval_ms ||
	    m->health.start != m->life.start)
		return;
	if ((condition == CTL_HEALTHY && m->health.status == HEALTH_HEALTHY) ||
	    (condition == CTL_UNHEALTHY && m->health.status == HEALTH_UNHEALTHY))
		control_reached(m, (enum ctl_condition)condition);
}

static void count(struct monitor *m, bool passed)
{
	struct health *h = &m->health;
	const int64_t was = h->status;

	if (passed) {
		h->streak = 0;
		h->status = HEALTH_HEALTHY;
	} else if (!may_fail(m) && ++h->streak >= m->plan.health_retries) {
		h->status = HEALTH_UNHEALTHY;
	}
	keep(m);
	if (h->status == was)
		return;
	journal_write(m->plan.root, m->plan.name, EVENT_HEALTH, "status",
	              health_status_name(h->status), JOURNAL_END);
	health_look(m, CTL_HEALTHY);
	health_look(m, CTL_UNHEALTHY);
	if (h->status == HEALTH_UNHEALTHY)
		act(m);
}

void health_checked(struct monitor *m, int result)
{
	m->checking = false;
	m->check_code = result;
	if (m->phase == PHASE_RUNNING && m->plan.health_interval_ms) {
		m->health_ms = clock_ms() + m->plan.health_interval_ms;
		/* What was paused meanwhile could not come to its end in time. */
		if (result == HEALTH_PASSED || (result == HEALTH_FAILED && !monitor_is_frozen(m)))
			count(m, result == HEALTH_PASSED);
	}
	control_reached(m, CTL_CHECKED);
}

int health_request(struct monitor *m, struct err *e)
{
	if (!m->plan.health_interval_ms)
		return err_kind(e, ERR_STATE, 0, "container %s has no health command",
		                m->plan.name);
	if (m->phase != PHASE_RUNNING || monitor_is_frozen(m))
		return err_kind(e, ERR_STATE, 0, "cannot check container %s: it is not running",
		                m->plan.name);
	if (!m->checking)
		check(m);
	return 0;
}
