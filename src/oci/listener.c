/* listener.c - the way of a seccomp listener from the process that is filtered to the agent. */
#define _GNU_SOURCE
#include "oci/listener.h"

#include "base/fd.h"
#include "base/own.h"
#include "oci/stage.h"
#include "oci/status.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the host ---- */

static int connect_agent(struct listener *l, struct err *e)
{
	const char *path = l->seccomp->listener_path;

	l->conn = fd_connect(path);
	return l->conn < 0 ? err_set(e, errno,
	                             "linux.seccomp.listenerPath: failed to connect with seccomp "
	                             "agent %s",
	                             path)
	                   : 0;
}

static bool is_real_time(uint32_t policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE;
}

/* On the only CPU, one that waits for its thread without a system call waits for ever. */
static int make_interruptible(struct listener *l, struct err *e)
{
	struct sys_sched_attr other = { .policy = SCHED_OTHER }, now;

	if (sys_sched_getattr(l->pid, &now))
		return err_set(e, errno, "sched_getattr of process %d", (int)l->pid);
	if (!is_real_time(now.policy))
		return 0;
	if (sys_sched_setattr(l->pid, &other))
		return err_set(e, errno, "sched_setattr of process %d", (int)l->pid);
	l->policy = now;
	return 0;
}

int listener_open(struct arena *a, const struct spec *s, const struct record *r, const char *status,
                  pid_t pid, size_t hooks, struct listener *ret, struct err *e)
{
	const struct spec_seccomp *c = s->linux_->seccomp;

	*ret = LISTENER_NONE;
	if (!spec_seccomp_notifies(c))
		return 0;
	*ret = (struct listener){
		.arena = a,
		.record = r,
		.seccomp = c,
		.status = status,
		.conn = -1,
		.pid = pid,
		.left = hooks + 1,
	};
	return connect_agent(ret, e) ? -1 : make_interruptible(ret, e);
}

void listener_close(struct listener *l)
{
	own_fd_drop(&l->conn);
}

/* The "container process state" of the spec. */
static char *message(const struct listener *l)
{
	const char *metadata = l->seccomp->listener_metadata;
	struct arena *a = l->arena;

	return arena_printf(a,
	                    "{\"ociVersion\":%s,\"fds\":[\"seccompFd\"],\"pid\":%d,%s%s%s"
	                    "\"state\":%s}",
	                    json_quote(a, l->record->oci_version), (int)l->pid,
	                    metadata ? "\"metadata\":" : "",
	                    metadata ? json_quote(a, metadata) : "", metadata ? "," : "",
	                    status_text(a, l->record, l->status, l->record->pid, 0));
}

/* One connection carries one state: a startContainer hook and the program make two. */
static int hand_on(struct listener *l, int fd, struct err *e)
{
	if (l->conn < 0 && connect_agent(l, e))
		return -1;
	const char *text = message(l);
	int failed = fd_send(l->conn, text, strlen(text), fd);
	if (failed)
		err_set(e, errno,
		        "linux.seccomp.listenerPath: send the listener to seccomp agent %s",
		        l->seccomp->listener_path);
	listener_close(l);
	if (!failed && !--l->left && l->policy.size && sys_sched_setattr(l->pid, &l->policy))
		failed = err_set(e, errno, "process.scheduler: sched_setattr");
	return failed;
}

int listener_wait_exec(struct listener *l, int sock, struct err *e)
{
	struct stage_msg m;
	int r, got;

	while ((r = stage_recv_exec(sock, &m, &got, e)) > 0) {
		own_fd fd = got;

		if (m.stage != STAGE_LISTENER || fd < 0 || !l->seccomp)
			return err_set(e, EPROTO, "wait for the exec");
		if (hand_on(l, fd, e) || stage_send(sock, STAGE_TAKEN, 0, e))
			return -1;
	}
	return r;
}

/* ---- the process ---- */

enum { FD_AWAITED = -1, FD_NEVER = -2 };

struct handover {
	int sock;
	_Atomic int fd; /* the listener, once it is there */
	_Atomic bool taken;
};

static void *thread_main(void *arg)
{
	const struct timespec moment = { .tv_nsec = 20000 };
	struct handover *h = arg;
	struct err e;
	int fd;

	/* Nobody can wake it: that would take a system call of the other one. */
	while ((fd = atomic_load(&h->fd)) == FD_AWAITED)
		(void)nanosleep(&moment, NULL);
	if (fd == FD_NEVER)
		return NULL;
	/* The host has the reason if there is one, and nothing is to run. */
	if (stage_send_fd(h->sock, STAGE_LISTENER, fd, &e) || stage_wait(h->sock, STAGE_TAKEN, &e))
		_exit(1);
	(void)close(fd);
	atomic_store(&h->taken, true);
	return NULL;
}

int listener_install(const struct seccomp_program *p, int sock, struct err *e)
{
	struct handover h = { .sock = sock, .fd = FD_AWAITED };
	pthread_t thread;
	int fd;

	if ((errno = pthread_create(&thread, NULL, thread_main, &h)))
		return err_set(e, errno, "start the thread that hands on the seccomp listener");
	if (seccomp_install(p, &fd, e)) {
		atomic_store(&h.fd, FD_NEVER);
		(void)pthread_join(thread, NULL);
		return -1;
	}
	atomic_store(&h.fd, fd);
	while (!atomic_load(&h.taken)) /* about 0.2 ms, without a system call */
		;
	return 0;
}
