/* join.c - clone3 and the namespaces that exist already. */
#define _GNU_SOURCE
#include "oci/join.h"

#include "base/own.h"
#include "kernel/ns.h"
#include "oci/stage.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int join_fd(const struct create *c, int type)
{
	for (size_t i = 0; i < c->n_join; i++)
		if (c->join[i].type == type)
			return c->join[i].fd;
	return -1;
}

int join_prepare(struct create *c, struct err *e)
{
	const struct spec_linux *l = c->spec.linux_;

	for (size_t i = 0; i < l->n_namespaces; i++) {
		const struct spec_namespace *n = &l->namespaces[i];
		int fd;

		if (n->type == CLONE_NEWUSER && c->in_user_ns)
			continue;
		if (!n->path) {
			c->new_ns |= (unsigned)n->type;
			continue;
		}
		if (ns_open(n->path, n->type, &fd, e))
			return err_ctx(e, "linux.namespaces[%zu].path", i);
		c->join[c->n_join++] = (struct create_join){ n->type, fd };
	}
	return 0;
}

void join_drop(struct create *c)
{
	while (c->n_join)
		own_fd_drop(&c->join[--c->n_join].fd);
}

/*
 * Not among them are the new cgroup namespace, whose root is to be the cgroup that the child is in
 * by then, and a time namespace that is given offsets (ns.h).
 */
static struct sys_clone clone_args(const struct create *c)
{
	const unsigned long long later =
	    CLONE_NEWCGROUP | (c->spec.linux_->n_time_offsets ? SYS_CLONE_NEWTIME : 0);

	return (struct sys_clone){
		.flags = (c->new_ns & ~later) | (c->clone_parent ? CLONE_PARENT : 0),
		.exit_signal = c->clone_parent ? 0 : SIGCHLD,
		.cgroup_fd = c->cgroup.fd,
	};
}

/* clone3 as a child of that pid namespace; -1: of ours. */
static pid_t clone_into_pid_ns(const struct sys_clone *args, int pid_ns, int *ret_pidfd,
                               struct err *e)
{
	own_fd own = -1;

	if (pid_ns >= 0) {
		own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
		if (own < 0)
			return err_set(e, errno, "open /proc/self/ns/pid");
		if (ns_join(pid_ns, CLONE_NEWPID, e))
			return -1;
	}
	pid_t pid = sys_clone3(args, ret_pidfd);
	int no = errno;
	if (pid == 0)
		return 0;
	if (own >= 0 && setns(own, CLONE_NEWPID))
		return err_set(e, errno, "return to our pid namespace");
	return pid < 0 ? ns_failed(args->flags, no, "clone3", e) : pid;
}

/* ---- the helper for a user namespace, when there is something to join ---- */

/* The host's root may join all; the user namespace's only what belongs to it. */
static int join_before_user_ns(struct create *c, struct err *e)
{
	for (size_t i = 0; i < c->n_join; i++) {
		struct create_join *j = &c->join[i];

		if (j->type == CLONE_NEWUSER || j->type == CLONE_NEWNS ||
		    j->type == CLONE_NEWCGROUP)
			continue;
		if (ns_join(j->fd, j->type, e))
			return -1;
		own_fd_drop(&j->fd);
	}
	return 0;
}

/* It ends here, so it need not return from where it goes; from a user namespace it could not. */
static int helper_child(struct create *c, struct sys_clone args, struct err *e)
{
	const int user_ns = join_fd(c, CLONE_NEWUSER);
	int pidfd;

	/* Before any process of the container's can see us or the child. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, errno, "prctl PR_SET_DUMPABLE");
	if (join_before_user_ns(c, e))
		return -1;
	if (user_ns >= 0)
		(void)sys_setgroups(0, NULL); /* in there it may be forbidden: cred.c */
	if (user_ns >= 0 && ns_join(user_ns, CLONE_NEWUSER, e))
		return -1;
	args.flags |= CLONE_PARENT;
	args.exit_signal = 0;
	/* The host's cgroup directory is not writable for the user namespace's root. */
	args.cgroup_fd = -1;
	pid_t pid = sys_clone3(&args, &pidfd);
	if (pid <= 0)
		return pid < 0 ? ns_failed(args.flags, errno, "clone3", e) : 0;
	return stage_send(c->init_sock, STAGE_PID, pid, e) ? -1 : 1;
}

static int host_of_helper(struct create *c, pid_t helper, int pidfd, struct err *e)
{
	struct stage_msg m;
	int failed = stage_recv_helped(c->sock, pidfd, &m, e);

	if (!failed && m.stage != STAGE_PID)
		failed = err_set(e, EPROTO, "join the user namespace");
	while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		;
	if (failed)
		return -1;
	c->pid = m.value;
	c->pidfd = sys_pidfd_open(c->pid); /* our own unreaped child: the pid is its */
	return c->pidfd < 0 ? err_set(e, errno, "pidfd_open %d", (int)c->pid) : 1;
}

static int clone_by_helper(struct create *c, struct err *e)
{
	const struct sys_clone plain = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	int pidfd;
	pid_t helper = sys_clone3(&plain, &pidfd);

	if (helper < 0)
		return err_set(e, errno, "clone3");
	if (helper > 0) {
		own_fd owner = pidfd;
		return host_of_helper(c, helper, owner, e);
	}
	int r = helper_child(c, clone_args(c), e);
	if (r == 0)
		return 0;
	if (r < 0)
		stage_send_failed(c->init_sock, e);
	_exit(0);
}

int join_clone(struct create *c, bool *ret_in_cgroup, struct err *e)
{
	const struct sys_clone args = clone_args(c);

	*ret_in_cgroup = true;
	if (c->n_join && spec_namespace(&c->spec, CLONE_NEWUSER) && !c->in_user_ns) {
		if (c->clone_parent)
			return err_set(e, ENOTSUP,
			               "join namespaces with a user namespace for another parent");
		*ret_in_cgroup = false;
		return clone_by_helper(c, e);
	}
	c->pid = clone_into_pid_ns(&args, join_fd(c, CLONE_NEWPID), &c->pidfd, e);
	return c->pid > 0 ? 1 : (int)c->pid;
}

int join_rest(struct create *c, struct err *e)
{
	for (size_t i = 0; i < c->n_join; i++) {
		int type = c->join[i].type;

		if (c->join[i].fd < 0) /* the helper has */
			continue;
		if (type != CLONE_NEWUSER && type != CLONE_NEWPID &&
		    ns_join(c->join[i].fd, type, e))
			return -1;
		close(c->join[i].fd);
	}
	c->n_join = 0;
	return 0;
}
