/*
 * phase.c - the state machine of a defined container.
 *
 *	IDLE --> CREATING --> CREATED --> STARTING --> RUNNING --> STOPPING
 *	              |          |            |           |           |
 *	              |          '------------+-----------+-----------+--> ENDING --> IDLE and leave
 *	              '-> IDLE and leave                                     |
 *	         CREATING <------------------------- BACKOFF <---------------'
 *
 * Here is what moves it: what the keeper reports, and the clock. Requests (phase_request.c) only
 * set what is wanted, and move on to the next phase when nothing is in flight. So any request is
 * fine at any time.
 */
#define _GNU_SOURCE
#include "monitor/phase.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "oci/gate.h"
#include "sys/sys.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IDLE_MS = 10000, STEADY_MS = 10000, SWEEPS_MAX = 3, DRAIN_MS = 30000 };

/* ---- what is recorded ---- */

static const uint8_t states[PHASES] = {
	[PHASE_IDLE] = LIFE_CONFIGURED,   [PHASE_CREATING] = LIFE_CONFIGURED,
	[PHASE_CREATED] = LIFE_CREATED,   [PHASE_STARTING] = LIFE_CREATED,
	[PHASE_RUNNING] = LIFE_RUNNING,   [PHASE_STOPPING] = LIFE_STOPPING,
	[PHASE_ENDING] = LIFE_STOPPED,    [PHASE_BACKOFF] = LIFE_RESTARTING,
	[PHASE_REMOVING] = LIFE_REMOVING, [PHASE_LEAVING] = LIFE_EXITED,
};

/* What has come true then for those who wait. */
static const uint8_t conditions[PHASES] = {
	[PHASE_CREATED] = CTL_CREATED + 1,   [PHASE_RUNNING] = CTL_RUNNING + 1,
	[PHASE_STOPPING] = CTL_STOPPING + 1, [PHASE_BACKOFF] = CTL_RESTARTING + 1,
	[PHASE_REMOVING] = CTL_REMOVING + 1,
};

void phase_enter(struct monitor *m, enum phase phase, int64_t deadline_ms)
{
	char line[ERR_LINE_MAX];
	struct err e;

	m->phase = phase;
	m->deadline_ms = deadline_ms;
	m->life.state = states[phase];
	m->life.until_ms = deadline_ms;
	m->life.wanted = m->start_wanted;
	if (life_write(m->dir, &m->life, &e))
		log_warning("%s", err_text(&e, line, sizeof line));
	if (conditions[phase])
		control_reached(m, (enum ctl_condition)(conditions[phase] - 1));
}

bool phase_makes_true(enum phase phase, enum ctl_condition c)
{
	return conditions[phase] == (int)c + 1;
}

/* ---- what is done ---- */

static void ask_keeper(struct monitor *m, enum work work, int value)
{
	const struct link_msg msg = { .type = LINK_RUN, .work = work, .value = value };

	m->work = work;
	(void)link_send(m->link, &msg, NULL); /* a keeper that died ends the loop */
}

void phase_create(struct monitor *m)
{
	m->failed = m->escalated = false;
	m->run++;
	m->asked_by = NULL;
	m->life.asked = 0;
	m->life.began_ms = 0;
	*m->life.began = 0;
	phase_enter(m, PHASE_CREATING, 0);
	ask_keeper(m, WORK_CREATE, 0);
}

void phase_start(struct monitor *m)
{
	phase_enter(m, PHASE_STARTING, 0);
	ask_keeper(m, WORK_START, 0);
}

static void signal_it(struct monitor *m, int sig)
{
	if (m->pidfd >= 0)
		(void)sys_pidfd_send_signal(m->pidfd, sig); /* it may just have ended */
}

int64_t phase_stop_ms(const struct monitor *m, int64_t timeout_ms)
{
	return timeout_ms < 0 ? m->plan.stop_timeout_ms : timeout_ms;
}

void phase_stop(struct monitor *m, int64_t timeout_ms)
{
	const int64_t ms = phase_stop_ms(m, timeout_ms);

	m->stop_wanted = false;
	m->life.asked = ASKED_STOP;
	m->asked_by = END_STOPPED;
	if (!ms) {
		m->escalated = true;
		phase_enter(m, PHASE_STOPPING, 0);
		signal_it(m, SIGKILL);
		return;
	}
	phase_enter(m, PHASE_STOPPING, clock_ms() + ms);
	if (m->life.own_pid_ns)
		signal_it(m, (int)m->plan.stop_signal);
	else
		ask_keeper(m, WORK_SIGNAL, (int)m->plan.stop_signal);
	monitor_thaw(m);
}

/* The keeper hears of it first: if we are killed on the way it must not look for another monitor,
 * which would have no plan. */
static void clear_away(struct monitor *m)
{
	const struct link_msg quit = { .type = LINK_QUIT };

	phase_enter(m, PHASE_LEAVING, 0);
	(void)link_send(m->link, &quit, NULL);
	if (m->has_end)
		ending_record(m, true);
	if (!m->unswept) {
		(void)unlinkat(m->dir, "life", 0);
		(void)unlinkat(m->dir, "plan", 0);
	}
	(void)unlinkat(m->dir, "ctl.sock", 0);
	if (m->removed)
		ending_remove_traces(m);
}

static void tell_all(struct monitor *m)
{
	attach_end(m, CTL_STOPPED);
	control_reached(m, CTL_STOPPED);
	control_answer(m, CTL_STOP, NULL);
}

void phase_leave(struct monitor *m)
{
	clear_away(m);
	tell_all(m);
}

/* For all who wanted it up. */
static void answer_up(struct monitor *m)
{
	const struct err *why = m->failed ? &m->failure : NULL;

	control_answer(m, CTL_INIT, why);
	control_answer(m, CTL_START, why);
	control_answer(m, CTL_RESTART, why);
}

/* Whoever is told that it did not come up, and looks then, must not see what is left of the try. */
static void leave_answering(struct monitor *m)
{
	clear_away(m);
	answer_up(m);
	tell_all(m);
}

static void back_off(struct monitor *m)
{
	const bool steady = m->end.uptime_ms >= STEADY_MS;

	m->life.failures = steady ? 0 : m->life.failures;
	const int64_t ms = ending_backoff_ms(m->life.failures++);
	m->life.restarts++;
	phase_enter(m, PHASE_BACKOFF, clock_ms() + ms);
}

static void remove_it(struct monitor *m)
{
	phase_enter(m, PHASE_REMOVING, 0);
	ask_keeper(m, WORK_REMOVE, 0);
}

/* Somebody who could not know of us, for want of the lock, has removed the container: nobody can
 * ask us for anything any more. */
static bool is_forsaken(const struct monitor *m)
{
	struct stat st;

	return !fstat(m->dir, &st) && !st.st_nlink;
}

/*
 * It has ended, and nothing is left of it. Who wanted that has it, even if another one wants it up
 * again by now; who wanted it up had it, or was too late: both are done.
 */
static void after_end(struct monitor *m)
{
	control_reached(m, CTL_NEXT_EXIT);
	m->start_wanted = m->start_wanted && !m->failed;
	if (m->stop_wanted) /* it came down before that stop could begin */
		m->life.asked = ASKED_STOP;
	m->stop_wanted = false;
	const bool restarts = ending_restarts(&m->plan, &m->life, &m->end);
	if (m->start_wanted)
		control_answer(m, CTL_STOP, NULL);
	else if (restarts || m->plan.remove)
		answer_up(m);
	if (m->start_wanted || restarts)
		attach_end(m, CTL_NEXT_EXIT);
	if (m->start_wanted)
		phase_create(m);
	else if (restarts && !is_forsaken(m))
		back_off(m);
	else if (m->plan.remove)
		remove_it(m);
	else
		leave_answering(m);
}

/* ---- what the keeper reports ---- */

static void finish_end(struct monitor *m)
{
	const struct link_msg settled = { .type = LINK_SETTLED };
	/* A user's start that failed before there was a container: that is told, not recorded. */
	const bool never_was = m->failed && !m->made && !m->life.restarts;

	if (!never_was && !m->recorded)
		ending_record(m, false);
	if (!never_was)
		TELL(m, EVENT_CLEANUP);
	m->made = m->ended = m->recorded = false;
	m->life.pid = 0;
	own_fd_drop(&m->pidfd);
	own_fd_drop(&m->cgroup);
	(void)link_send(m->link, &settled, NULL);
	if (!never_was) {
		after_end(m);
		return;
	}
	leave_answering(m);
}

/* A client that reads slowly gets it all, unless it takes too long for the others. */
void phase_drain(struct monitor *m)
{
	const bool was = m->draining;

	m->draining = !output_drain(m, !was || m->deadline_ms);
	if (!m->draining)
		finish_end(m);
	else if (!was)
		m->deadline_ms = clock_ms() + DRAIN_MS;
}

static void begin_end(struct monitor *m)
{
	if (!m->recorded)
		ending_measure(m);
	m->sweeps = 0;
	phase_enter(m, PHASE_ENDING, 0);
	ask_keeper(m, WORK_SWEEP, 0);
}

/* Its process has ended; while a worker is busy with it, that one has to come to its end first. */
void phase_see_end(struct monitor *m)
{
	if (m->ended && m->work == WORK_NONE && m->phase != PHASE_ENDING)
		begin_end(m);
}

static void created(struct monitor *m, const struct link_msg *r)
{
	if (r->failed) {
		m->failed = true;
		m->failure = r->err;
		m->ended = m->made; /* it was killed behind its last step */
		begin_end(m);       /* if it was killed, it has left what it had made */
		return;
	}
	phase_enter(m, PHASE_CREATED, 0);
	TELL(m, EVENT_INIT);
	control_answer(m, CTL_INIT, NULL);
	if (m->stop_wanted)
		phase_stop(m, 0);
	else if (m->start_wanted && !m->ended)
		phase_start(m);
	phase_see_end(m);
}

static void begun(struct monitor *m)
{
	m->start_wanted = false;
	m->life.start++;
	m->life.began_ms = clock_ms();
	when_now(m->life.began);
	phase_enter(m, PHASE_RUNNING, 0);
	TELL(m, EVENT_START);
	if (m->restarted_by)
		TELL(m, EVENT_RESTART, "by", m->restarted_by);
	m->restarted_by = NULL;
	answer_up(m);
}

static void started(struct monitor *m, const struct link_msg *r)
{
	if (r->failed) {
		m->failed = true;
		m->failure = r->err;
		signal_it(m, SIGKILL); /* a hook may have failed with the program running */
		phase_see_end(m);
		return;
	}
	begun(m);
	if (m->stop_wanted)
		phase_stop(m, m->stop_timeout_ms);
	phase_see_end(m);
}

static void swept(struct monitor *m, const struct link_msg *r)
{
	char line[ERR_LINE_MAX];

	m->unswept = r->failed;
	if (r->failed && ++m->sweeps < SWEEPS_MAX) {
		ask_keeper(m, WORK_SWEEP, 0);
		return;
	}
	if (r->failed)
		log_warning("%s", err_text(&r->err, line, sizeof line));
	phase_drain(m);
}

void phase_work_done(struct monitor *m, const struct link_msg *r)
{
	m->work = WORK_NONE;
	switch (r->work) {
	case WORK_CREATE:
		created(m, r);
		break;
	case WORK_START:
		started(m, r);
		break;
	case WORK_SIGNAL:
		phase_see_end(m);
		break;
	case WORK_SWEEP:
		swept(m, r);
		break;
	case WORK_REMOVE:
		m->removed = !r->failed;
		phase_leave(m);
		if (!m->removed)
			break;
		TELL(m, EVENT_REMOVE);
		control_reached(m, CTL_REMOVED);
		break;
	case WORK_HEALTH:
	case WORK_NONE:
		break;
	}
}

/* There is a container, and nobody is at work on it. */
static void resume_made(struct monitor *m, enum life_state was)
{
	if (gate_is_closed(m->dir)) {
		phase_enter(m, PHASE_CREATED, 0);
		if (m->start_wanted)
			phase_start(m);
	} else if (was == LIFE_CREATED)
		begun(m); /* the last monitor was killed before it could say so */
	else if (was == LIFE_STOPPING)
		phase_enter(m, PHASE_STOPPING, m->life.until_ms ? m->life.until_ms : clock_ms());
	else
		phase_enter(m, PHASE_RUNNING, 0);
}

/* There is none. */
static void resume_without(struct monitor *m, enum life_state was)
{
	if (was == LIFE_RESTARTING)
		phase_enter(m, PHASE_BACKOFF, m->life.until_ms);
	else if (was == LIFE_STOPPED && m->has_end) /* what comes next had not been decided */
		after_end(m);
	else if (was == LIFE_STOPPED || was == LIFE_EXITED)
		phase_leave(m);
	else if (was == LIFE_REMOVING && m->work == WORK_REMOVE)
		phase_enter(m, PHASE_REMOVING, 0);
	else if (was == LIFE_REMOVING)
		remove_it(m);
	else if (m->start_wanted)
		phase_create(m);
	else
		phase_enter(m, PHASE_IDLE, clock_ms() + IDLE_MS);
}

void phase_resume(struct monitor *m)
{
	const enum life_state was = (enum life_state)m->life.state;

	m->start_wanted = m->life.wanted;
	m->recorded = m->ended && m->has_end && end_is_of(&m->end, &m->life);
	if (m->life.asked)
		m->asked_by = m->life.asked == ASKED_KILL ? END_KILLED : END_STOPPED;
	if (m->life.monitors > 1)
		attach_resume(m);
	if (m->work == WORK_CREATE)
		m->phase = PHASE_CREATING;
	else if (m->work == WORK_START)
		m->phase = PHASE_STARTING;
	else if (m->work == WORK_SWEEP)
		m->phase = PHASE_ENDING;
	else if (m->ended) {
		if (was == LIFE_CREATED && m->start_wanted)
			begun(m); /* all of its life was between two monitors */
		begin_end(m);
	} else if (m->made)
		resume_made(m, was);
	else
		resume_without(m, was);
}

/* ---- what the clock says ---- */

void phase_time_is_up(struct monitor *m)
{
	const struct link_msg abort_it = { .type = LINK_ABORT };

	m->deadline_ms = 0;
	if (m->phase == PHASE_STOPPING) {
		m->escalated = true;
		signal_it(m, SIGKILL); /* the sweep ends the rest */
	} else if (m->phase == PHASE_BACKOFF) {
		m->start_wanted = true;
		m->restarted_by = "policy";
		phase_create(m);
	} else if (m->phase == PHASE_CREATING || m->phase == PHASE_STARTING) {
		(void)link_send(m->link, &abort_it, NULL); /* a hook hangs, say */
	} else if (m->phase == PHASE_IDLE)
		phase_leave(m); /* who is connected looks again */
	else if (m->draining)
		phase_drain(m);
}
