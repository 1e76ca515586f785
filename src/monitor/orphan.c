/*
 * orphan.c - programs of exec whose supervisor was killed: they end with it, and that is on record.
 *
 * A supervisor says that it is there before its program runs (CTL_SESSION); those that a monitor
 * before us has heard are found by their records. One epoll descriptor stands for all of them: it
 * has a pidfd of each, and nobody else knows of that. An end that was no kill has been recorded by
 * then, so whichever it was, all sessions are looked at.
 */
#define _GNU_SOURCE
#include "base/dir.h"
#include "base/own.h"
#include "base/proc.h"
#include "base/shed.h"
#include "monitor/journal.h"
#include "monitor/monitor.h"
#include "monitor/session.h"
#include "store/ctr.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <unistd.h>

bool session_is_live(int dir)
{
	return flock(dir, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
}

bool session_is_id(const char *s)
{
	return strlen(s) == SESSION_ID_LEN && strspn(s, "0123456789abcdef") == SESSION_ID_LEN;
}

static void settle(const struct session_place *at, int dir, struct session_record *r)
{
	struct proc_stat st;
	struct err ignored;
	own_fd pidfd = sys_pidfd_open((pid_t)r->pid);

	if (pidfd >= 0 && !proc_stat((pid_t)r->pid, &st) && (int64_t)st.start_time == r->start_time)
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
	r->ended = 1;
	r->code = 128 + SIGKILL;
	when_now(r->finished);
	if (!session_write(dir, r, &ignored))
		journal_write(at->root, at->name, EVENT_SESSION_LOST, "session", at->id,
		              JOURNAL_END);
}

bool session_look(const struct session_place *at, int dir, struct session_record *ret)
{
	struct err ignored;

	if (session_read(dir, ret, &ignored))
		return false;
	if (ret->ended || session_is_live(dir))
		return true;
	if (session_read(dir, ret, &ignored)) /* it may have ended in between */
		return false;
	if (!ret->ended)
		settle(at, dir, ret);
	return true;
}

static void add(struct monitor *m, int pidfd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = pidfd };

	if (m->sessions < 0)
		m->sessions = epoll_create1(EPOLL_CLOEXEC);
	if (m->sessions < 0 || epoll_ctl(m->sessions, EPOLL_CTL_ADD, pidfd, &ev))
		close(pidfd); /* then who looks at it next finds it */
}

static void see(struct monitor *m, int parent, const char *id, bool watch)
{
	const struct session_place at = { .root = m->plan.root, .name = m->plan.name, .id = id };
	own_fd dir = openat(parent, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct session_record r;

	if (dir < 0 || !session_look(&at, dir, &r) || r.ended || !watch)
		return;
	own_fd pidfd = sys_pidfd_open((pid_t)r.supervisor);
	if (pidfd >= 0 && session_is_live(dir)) /* so the number was not another's meanwhile */
		add(m, own_fd_take(&pidfd));
}

static SHED_APART void see_all(struct monitor *m, bool watch)
{
	own_fd parent =
	    openat(m->dir, CTR_SESSIONS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *id;
	struct dir d;

	dir_begin(&d, parent);
	while ((id = dir_next(&d)))
		if (session_is_id(id))
			see(m, parent, id, watch);
}

void orphan_resume(struct monitor *m)
{
	see_all(m, true);
}

void orphan_watch(struct monitor *m, pid_t supervisor)
{
	int pidfd = sys_pidfd_open(supervisor);

	if (pidfd >= 0)
		add(m, pidfd);
	else
		see_all(m, false); /* it has gone already */
}

void orphan_take(struct monitor *m)
{
	struct epoll_event ev[8];
	const int n = epoll_wait(m->sessions, ev, sizeof ev / sizeof *ev, 0);

	for (int i = 0; i < n; i++)
		close(ev[i].data.fd);
	if (n > 0)
		see_all(m, false);
}
