/* phase_request.c - what commands ask of the state machine, in each of its phases. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/fd.h"
#include "monitor/phase.h"
#include "sys/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

enum { STOPS_FOR_WORK = 3 };

static int refuse(struct err *e, const struct monitor *m, const char *what)
{
	const enum life_state s = m->phase == PHASE_RUNNING && monitor_is_frozen(m)
	                              ? LIFE_PAUSED
	                              : (enum life_state)m->life.state;

	return err_kind(e, ERR_STATE, 0, "cannot %s container %s: it is %s", what, m->plan.name,
	                life_state_name(s));
}

static int want_up(struct monitor *m, bool running, struct err *e)
{
	if (m->phase == PHASE_RUNNING && monitor_is_frozen(m))
		return refuse(e, m, "start");
	m->start_wanted = m->start_wanted || running; /* behind a stop that is wanted already */
	switch (m->phase) {
	case PHASE_IDLE:
	case PHASE_BACKOFF:
		m->life.restarts = m->life.failures = 0;
		phase_create(m);
		break;
	case PHASE_CREATED:
		if (running)
			phase_start(m);
		break;
	case PHASE_RUNNING:
		m->start_wanted = false;
		return 0;
	case PHASE_CREATING:
	case PHASE_STARTING:
	case PHASE_STOPPING:
	case PHASE_ENDING: /* a monitor after us has to know */
		phase_enter(m, m->phase, m->deadline_ms);
		break;
	case PHASE_REMOVING:
	case PHASE_LEAVING:
	case PHASES:
		break;
	}
	return 1;
}

/* A worker has its time, however short this stop, and no more: thrice what the definition gives the
 * program to end. */
static void stop_later(struct monitor *m, int64_t timeout_ms)
{
	const int64_t ms = phase_stop_ms(m, timeout_ms);
	const int64_t least = m->plan.stop_timeout_ms * STOPS_FOR_WORK;
	const int64_t until = clock_ms() + (ms < least ? least : ms);

	m->stop_wanted = true;
	m->stop_timeout_ms = timeout_ms;
	if (!m->deadline_ms || until < m->deadline_ms)
		m->deadline_ms = until;
}

static int want_down(struct monitor *m, int64_t timeout_ms)
{
	const int64_t until = clock_ms() + timeout_ms;

	m->start_wanted = false;
	switch (m->phase) {
	case PHASE_BACKOFF:
		TELL(m, EVENT_STOP);
		/* fall through */
	case PHASE_IDLE:
		m->life.asked = ASKED_STOP;
		phase_leave(m);
		break;
	case PHASE_CREATING:
	case PHASE_STARTING:
		stop_later(m, timeout_ms);
		break;
	case PHASE_CREATED:
		phase_stop(m, 0); /* what waits at its gate has nothing to finish */
		break;
	case PHASE_RUNNING:
		phase_stop(m, timeout_ms);
		break;
	case PHASE_STOPPING:
		if (timeout_ms >= 0 && m->deadline_ms && until < m->deadline_ms)
			phase_enter(m, PHASE_STOPPING, until);
		break;
	case PHASE_ENDING: /* a monitor after us must not restart it */
		m->life.asked = ASKED_STOP;
		phase_enter(m, m->phase, m->deadline_ms);
		break;
	case PHASE_REMOVING:
	case PHASE_LEAVING:
	case PHASES:
		break;
	}
	return 1;
}

static int want_again(struct monitor *m, int64_t timeout_ms, struct err *e)
{
	if (m->phase == PHASE_RUNNING && monitor_is_frozen(m))
		return refuse(e, m, "restart");
	if (m->phase == PHASE_RUNNING || m->phase == PHASE_STOPPING) {
		m->restarted_by = "user";
		m->start_wanted = true; /* on record with the stop: a monitor after us goes on */
		m->life.restarts = m->life.failures = 0;
		if (m->phase == PHASE_RUNNING)
			phase_stop(m, timeout_ms);
		else
			phase_enter(m, m->phase, m->deadline_ms);
		return 1;
	}
	return want_up(m, true, e);
}

static int want_signal(struct monitor *m, int sig, struct err *e)
{
	char number[16];

	if (m->phase != PHASE_RUNNING && m->phase != PHASE_STOPPING)
		return refuse(e, m, "kill");
	if ((sig == SIGKILL || sig == m->plan.stop_signal) && !m->life.asked) {
		m->life.asked = ASKED_KILL; /* if it ends of this, a user has ended it */
		m->asked_by = END_KILLED;
		phase_enter(m, m->phase, m->deadline_ms);
	}
	if (sys_pidfd_send_signal(m->pidfd, sig))
		return err_set(e, errno, "signal %d", sig);
	snprintf(number, sizeof number, "%d", sig);
	TELL(m, EVENT_KILL, "signal", number);
	return 0;
}

/* Told, not done: who asked waits until all its processes have stopped or go on. */
static int want_frozen(struct monitor *m, bool on, struct err *e)
{
	if (m->phase != PHASE_RUNNING || monitor_is_frozen(m) == on)
		return refuse(e, m, on ? "pause" : "resume");
	if (m->cgroup < 0)
		return err_set(e, 0, "container %s has no cgroup of its own to freeze",
		               m->plan.name);
	if (fd_put(m->cgroup, "cgroup.freeze", on ? "1" : "0"))
		return err_set(e, errno, "%s container %s", on ? "pause" : "resume", m->plan.name);
	TELL(m, on ? EVENT_PAUSE : EVENT_UNPAUSE);
	control_reached(m, on ? CTL_PAUSED : CTL_RUNNING);
	return 0;
}

/* Is it so already? Then nobody has to wait. */
static void look_again(struct monitor *m, enum ctl_condition c)
{
	if (m->phase == PHASE_RUNNING && monitor_is_frozen(m)) {
		if (c == CTL_PAUSED)
			control_reached(m, c);
	} else if (phase_makes_true(m->phase, c))
		control_reached(m, c);
}

int phase_request(struct monitor *m, const struct ctl_request *r, struct err *e)
{
	switch ((enum ctl_verb)r->verb) {
	case CTL_INIT:
		if (m->phase != PHASE_IDLE && m->phase != PHASE_CREATING)
			return refuse(e, m, "init");
		return want_up(m, false, e);
	case CTL_START:
		return want_up(m, true, e);
	case CTL_RESTART:
		return want_again(m, r->timeout_ms, e);
	case CTL_STOP:
		return want_down(m, r->timeout_ms);
	case CTL_KILL:
		return want_signal(m, r->value, e);
	case CTL_PAUSE:
	case CTL_UNPAUSE:
		return want_frozen(m, r->verb == CTL_PAUSE, e);
	case CTL_WAIT:
		look_again(m, (enum ctl_condition)r->value);
		return 0;
	case CTL_ATTACH:
		if (m->phase < PHASE_CREATING || m->phase > PHASE_ENDING)
			return refuse(e, m, "attach to");
		return 0;
	case CTL_RESIZE:
		return attach_resize(m, r->value, e);
	case CTL_HEALTH:
	case CTL_BATCH: /* control.c's */
	case CTL_SESSION:
	case CTL_VERBS:
		break;
	}
	return err_set(e, 0, "the monitor of %s does not know this command", m->plan.name);
}
