/* exec.c - the host's side of exec, the helper and the process. */
#define _GNU_SOURCE
#include "oci/exec.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/cgroup.h"
#include "kernel/limit.h"
#include "kernel/sched.h"
#include "kernel/tty.h"
#include "kernel/userns.h"
#include "oci/exec_spec.h"
#include "oci/foreground.h"
#include "oci/listener.h"
#include "oci/process.h"
#include "oci/rdt.h"
#include "oci/stage.h"
#include "oci/status.h"
#include "oci/sweep.h"
#include "store/record.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct exec {
	const struct exec_request *request;
	struct arena *arena;
	struct record record;
	struct spec spec;            /* the container's */
	struct spec_process process; /* what is run */
	struct process run;
	struct cgroup cgroup;
	int init;                  /* pidfd of the container's first process */
	int console, console_here; /* what the process sends its terminal over; our end of it */
	int sock, child_sock;
	struct listener listener;
	pid_t pid;
	int pidfd, pidfd_sock;
};

static int check_running(const struct exec *x, enum status s, struct err *e)
{
	switch (s) {
	case STATUS_RUNNING:
	case STATUS_CREATED:
		return 0;
	case STATUS_PAUSED:
		if (x->request->ignore_paused)
			return 0;
		return err_kind(
		    e, ERR_STATE, 0,
		    "cannot exec in a paused container (use --ignore-paused to override)");
	case STATUS_STOPPED:
		return err_kind(e, ERR_STATE, 0, "cannot exec in a stopped container");
	case STATUS_CREATING:
		break;
	}
	return err_kind(e, ERR_STATE, 0,
	                "cannot exec in a container that was not created completely");
}

static int load(struct exec *x, struct ctr *c, struct err *e)
{
	struct seccomp_program *f = &x->run.filter;
	enum status s;

	if (record_read(x->arena, c, &x->record, e) ||
	    status_with_pidfd(c->dir, &x->record, &s, &x->init, e) || check_running(x, s, e))
		return -1;
	if (sweep_load_spec(x->arena, c, &x->spec, e))
		return -1;
	if (exec_spec(x->request, x->spec.process, &x->process, e))
		return -1;
	if (process_prepare(x->arena, &x->process, &x->spec, &x->run, e))
		return -1;
	x->run.host = &x->child_sock;
	if (!x->spec.linux_->seccomp)
		return 0;
	return record_read_filter(x->arena, c, &f->flags, &f->filter, &f->n, e);
}

static int open_console(struct exec *x, struct err *e)
{
	const struct exec_request *r = x->request;

	if (!x->process.terminal) {
		if (r->console_socket)
			return err_kind(e, ERR_USAGE, 0,
			                "--console-socket: the process has no terminal");
		return 0;
	}
	if (r->console_socket)
		return tty_socket_connect(r->console_socket, &x->console, e);
	if (r->console_fd) {
		x->console = fcntl(r->console_fd, F_DUPFD_CLOEXEC, 3);
		return x->console < 0 ? err_set(e, errno, "console") : 0;
	}
	if (r->detach)
		return err_kind(e, ERR_USAGE, 0,
		                "a terminal of a detached process needs --console-socket");
	return foreground_console(&x->console_here, &x->console, e);
}

static int cgroup_of_init(struct exec *x, const char **ret, struct err *e)
{
	char pid[16], text[4096];

	snprintf(pid, sizeof pid, "%d", (int)x->record.pid);
	const char *path = cgroup_path_of(pid, text, sizeof text);
	if (!path)
		return err_set(e, 0, "find the cgroup of process %s", pid);
	*ret = arena_strdup(x->arena, path);
	return 0;
}

static bool word_is_in(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++)
		if ((p == text || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* Below the container's cgroup: what is behind the controllers that --cgroup may begin with. */
static const char *sub_cgroup(const struct exec *x)
{
	const char *path = x->request->cgroup, *colon = strchr(path, ':');

	path = colon ? colon + 1 : path;
	return path + strspn(path, "/");
}

/* Clients of runc look for these words; runc says them of the pid that it moves. */
static int not_joined(const struct exec *x, int no, struct err *e)
{
	const char *path = sub_cgroup(x);

	return err_set(e, 0,
	               "adding pid of the process to cgroups of container %s: "
	               "%s/%s%scgroup.procs: %s",
	               x->request->id, x->record.cgroup, path, *path ? "/" : "",
	               process_reason(no));
}

/* There is one hierarchy: controllers in front of a path name nothing, but they have to exist. */
static int check_controllers(const struct exec *x, const char *names, size_t len, struct err *e)
{
	char text[1024], list[256];
	char *rest = list, *name;

	if (len >= sizeof list)
		return err_kind(e, ERR_USAGE, 0, "--cgroup: too long");
	snprintf(list, sizeof list, "%.*s", (int)len, names);
	if (fd_read_text(x->cgroup.fd, "cgroup.controllers", text, sizeof text) < 0)
		return err_set(e, errno, "read cgroup.controllers");
	text[strcspn(text, "\n")] = 0;
	while ((name = strsep(&rest, ",")))
		if (!*name || !word_is_in(text, name))
			return err_kind(e, ERR_USAGE, 0, "--cgroup: unknown controller \"%s\"",
			                name);
	return 0;
}

/* What the container made below its cgroup, and nothing else. */
static int enter_sub_cgroup(struct exec *x, struct err *e)
{
	const char *path = x->request->cgroup, *colon = strchr(path, ':');

	if (colon && check_controllers(x, path, (size_t)(colon - path), e))
		return -1;
	path = sub_cgroup(x);
	int fd = sys_openat2(x->cgroup.fd, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0,
	                     SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);
	if (fd < 0 && errno == EXDEV)
		return err_kind(e, ERR_USAGE, 0, "%s is not a sub cgroup path", x->request->cgroup);
	if (fd < 0)
		return not_joined(x, errno, e);
	cgroup_close(&x->cgroup);
	x->cgroup.fd = fd;
	return 0;
}

static int open_cgroup(struct exec *x, bool of_init, struct err *e)
{
	const char *path = x->record.cgroup;

	if (!path && x->request->cgroup)
		return err_kind(e, ERR_USAGE, 0, "--cgroup: container %s has no cgroup of its own",
		                x->request->id);
	if (!path)
		return 0;
	if (of_init && cgroup_of_init(x, &path, e))
		return -1;
	cgroup_close(&x->cgroup);
	if (cgroup_open(path, &x->cgroup, e))
		return -1;
	return x->request->cgroup ? enter_sub_cgroup(x, e) : 0;
}

/* ---- the helper and the process ---- */

static int namespace_flags(const struct exec *x)
{
	int flags = 0;

	for (size_t i = 0; i < x->spec.linux_->n_namespaces; i++)
		flags |= x->spec.linux_->namespaces[i].type;
	return flags;
}

/*
 * setns leaves us in the root of the container's mount namespace. That is not the container's root
 * if scow itself was in a chroot when it made it, so the first process says which one is.
 */
static int enter_namespaces(struct exec *x, struct err *e)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/root", (int)x->record.pid);
	own_fd root = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 && errno == EACCES && userns_is_needed())
		return err_set(e, 0, "only root can enter container %s before its start",
		               x->request->id);
	if (root < 0)
		return err_set(e, errno, "open %s", path);
	if (namespace_flags(x) & CLONE_NEWUSER)
		(void)sys_setgroups(0, NULL); /* in there it may be forbidden: cred.c */
	if (setns(x->init, namespace_flags(x)))
		return err_set(e, errno, "join the namespaces of container %s", x->request->id);
	if (fchdir(root) || chroot("."))
		return err_set(e, errno, "enter the root of container %s", x->request->id);
	return 0;
}

/* In the helper: from the host's world into the container's. */
static int enter(struct exec *x, struct err *e)
{
	const struct spec_process *p = &x->process;

	log_child();
	own_fd_drop(&x->sock);
	own_fd_drop(&x->console_here);
	own_fd_drop(&x->pidfd_sock);
	for (const int *fd = x->request->ours; fd && *fd >= 0; fd++)
		close(*fd);
	cgroup_close(&x->cgroup);
	process_default_signals(&x->run);
	/* As the host: in a user namespace nobody may raise a limit. */
	if (limit_rlimits(0, p->rlimits, p->n_rlimits, e) ||
	    limit_oom_score_adj(0, &p->oom_score_adj, e))
		return -1;
	if (sched_affinity(p->exec_cpu_affinity ? p->exec_cpu_affinity->final : NULL, e))
		return err_ctx(e, "process.execCPUAffinity.final");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, errno, "prctl PR_SET_DUMPABLE");
	if (enter_namespaces(x, e))
		return -1;
	own_fd_drop(&x->init);
	if (!spec_namespace(&x->spec, CLONE_NEWUSER))
		return 0;
	if (sys_setresgid(0) || sys_setresuid(0))
		return err_set(e, errno, "become root of the user namespace");
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? err_set(e, errno, "prctl PR_SET_DUMPABLE") : 0;
}

static int take_terminal(struct exec *x, struct err *e)
{
	const struct spec_process *p = &x->process;
	struct tty t;

	if (setsid() < 0)
		return err_set(e, errno, "setsid");
	if (!p->terminal)
		return 0;
	if (tty_open(AT_FDCWD, p->console_size, p->user ? p->user->uid : 0, &t, e))
		return -1;
	own_fd master = t.master;
	own_fd slave = t.slave;
	if (tty_socket_send(x->console, master, e))
		return -1;
	own_fd_drop(&x->console);
	return tty_take(slave, e);
}

static int become_process(struct exec *x, struct err *e)
{
	bool cwd_later;

	/* Files of attr/ are written by the one who has opened them: not the helper. */
	if (process_open_labels(&x->run, e))
		return -1;
	if (!x->record.no_new_keyring && process_join_keyring(&x->run, x->request->id, e))
		return -1;
	if (take_terminal(x, e) || process_label(&x->run, e))
		return -1;
	process_give_stdio(&x->run);
	if (process_enter_cwd(&x->run, &cwd_later, e) || process_become(&x->run, cwd_later, e))
		return -1;
	if (process_find(&x->run, e))
		return -1;
	if (stage_send(x->child_sock, STAGE_READY, 0, e) ||
	    stage_wait(x->child_sock, STAGE_RECORDED, e))
		return -1;
	return process_exec(&x->run, e);
}

static _Noreturn void process_main(struct exec *x)
{
	struct err e = { 0 };

	if (become_process(x, &e))
		stage_send_failed(x->child_sock, &e);
	_exit(1);
}

/* The pid namespace is for children: only a clone enters it. Without one the helper is the process.
 */
static _Noreturn void helper_main(struct exec *x)
{
	const struct sys_clone sibling = { .flags = CLONE_PARENT, .cgroup_fd = -1 };
	struct err e = { 0 };
	int pidfd;
	pid_t pid = 0;

	if (enter(x, &e)) {
		stage_send_failed(x->child_sock, &e);
		_exit(1);
	}
	if (spec_namespace(&x->spec, CLONE_NEWPID))
		pid = sys_clone3(&sibling, &pidfd);
	if (pid == 0)
		process_main(x);
	if (pid < 0)
		err_set(&e, errno, "clone3");
	if (pid < 0 || stage_send(x->child_sock, STAGE_PID, pid, &e))
		stage_send_failed(x->child_sock, &e);
	_exit(0);
}

/* ---- the host ---- */

/* Where this command runs until the process is in the container's cgroup. */
static int go_to_cpus(const struct spec_cpu_affinity *a, struct err *e)
{
	if (!a || !a->initial || !*a->initial || !sched_affinity(a->initial, e))
		return 0;
	return err_ctx(e, "process.execCPUAffinity.initial");
}

static int clone_helper(struct exec *x, struct err *e)
{
	struct sys_clone args = { .exit_signal = SIGCHLD, .cgroup_fd = x->cgroup.fd };

	if (stage_pair(&x->sock, &x->child_sock, e))
		return -1;
	x->pid = sys_clone3(&args, &x->pidfd);
	if (x->pid < 0 && errno == EBUSY && x->request->cgroup)
		return not_joined(x, EBUSY, e);
	if (x->pid < 0 && errno == EBUSY) { /* it has made sub-cgroups, as systemd does: no process
		                               may be above them */
		if (open_cgroup(x, true, e))
			return -1;
		args.cgroup_fd = x->cgroup.fd;
		x->pid = sys_clone3(&args, &x->pidfd);
	}
	if (x->pid == 0)
		helper_main(x);
	own_fd_drop(&x->child_sock);
	own_fd_drop(&x->console);
	return x->pid < 0 ? err_set(e, errno, "clone3 into the container's cgroup") : 0;
}

/* From here on the process is our child, and the helper has ended or is about to. */
static int adopt(struct exec *x, pid_t pid, struct err *e)
{
	while (waitpid(x->pid, NULL, 0) < 0 && errno == EINTR)
		;
	own_fd_drop(&x->pidfd);
	x->pid = pid;
	x->pidfd = sys_pidfd_open(pid);
	return x->pidfd < 0 ? err_set(e, errno, "pidfd_open %d", (int)pid) : 0;
}

/* PID and READY come from two processes, in any order; both must have come where there is a helper.
 */
static int wait_ready(struct exec *x, struct err *e)
{
	bool adopted = !spec_namespace(&x->spec, CLONE_NEWPID), ready = false;
	struct stage_msg m;

	while (!adopted || !ready) {
		if (stage_recv_helped(x->sock, adopted ? -1 : x->pidfd, &m, e))
			return -1;
		if (m.stage == STAGE_PID) {
			if (adopt(x, m.value, e))
				return -1;
			adopted = true;
		} else if (m.stage == STAGE_READY) {
			ready = true;
		} else {
			return err_set(e, EPROTO, "wait for the process");
		}
	}
	return 0;
}

static int release(struct exec *x, struct err *e)
{
	const struct exec_request *r = x->request;

	if (rdt_join(x->arena, &x->record, x->pid, e) || process_schedule(x->pid, &x->process, e) ||
	    listener_open(x->arena, &x->spec, &x->record, "running", x->pid, 0, &x->listener, e) ||
	    process_send_pidfd(x->pidfd_sock, x->pidfd, e))
		return -1;
	if (r->pid_file && process_write_pid_file(x->arena, r->pid_file, x->pid, e))
		return -1;
	if (r->begun && r->begun(r->ctx, x->pid, x->pidfd, e))
		return -1;
	if (!r->detach)
		foreground_block();
	if (!stage_send(x->sock, STAGE_RECORDED, 0, e) &&
	    !listener_wait_exec(&x->listener, x->sock, e))
		return 0;
	if (r->pid_file)
		(void)unlink(r->pid_file);
	return -1;
}

static void end_child(struct exec *x)
{
	own_fd_drop(&x->sock);
	if (x->pid <= 0)
		return;
	(void)sys_pidfd_send_signal(x->pidfd, SIGKILL); /* it may have ended by itself */
	while (waitpid(x->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int run(struct exec *x, int *ret_code, struct err *e)
{
	if (open_console(x, e) || open_cgroup(x, false, e) ||
	    process_connect_pidfd(x->request->pidfd_socket, &x->pidfd_sock, e) ||
	    go_to_cpus(x->process.exec_cpu_affinity, e))
		return -1;
	if (clone_helper(x, e) || wait_ready(x, e) || release(x, e)) {
		end_child(x);
		return -1;
	}
	*ret_code = 0;
	if (x->request->ret_pid)
		*x->request->ret_pid = x->pid;
	return x->request->detach
	           ? 0
	           : foreground_wait(x->pid, x->pidfd, x->console_here, NULL, ret_code, e);
}

int exec_run(const struct exec_request *r, int *ret_code, struct err *e)
{
	struct exec x = {
		.request = r,
		.arena = r->arena,
		.cgroup = CGROUP_NONE,
		.init = -1,
		.console = -1,
		.console_here = -1,
		.sock = -1,
		.child_sock = -1,
		.listener = LISTENER_NONE,
		.pidfd = -1,
		.pidfd_sock = -1,
		.run = { .lsm = LSM_NONE },
	};
	struct ctr c;

	if (ctr_open(r->root, r->id, &c, e))
		return -1;
	int failed = load(&x, &c, e);
	ctr_close(&c);
	if (!failed && run(&x, ret_code, e))
		failed = err_ctx(e, "exec failed: unable to start container process");
	process_drop(&x.run);
	own_fd_drop(&x.init);
	own_fd_drop(&x.console);
	own_fd_drop(&x.console_here);
	own_fd_drop(&x.sock);
	listener_close(&x.listener);
	own_fd_drop(&x.pidfd);
	own_fd_drop(&x.pidfd_sock);
	cgroup_close(&x.cgroup);
	return failed;
}
