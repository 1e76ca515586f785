/*
 * create.c - the host's side of create: a table of steps that are undone together.
 *
 * What can fail without a trace comes first: reading, checking, opening. Then the name is reserved
 * and the record written, and only then are a cgroup and a process made: whenever this command is
 * killed, what it leaves is on record, and init, reading the end of the handshake, ends by itself.
 */
#define _GNU_SOURCE
#include "oci/create.h"

#include "base/fd.h"
#include "base/own.h"
#include "base/proc.h"
#include "kernel/cgroup_device.h"
#include "kernel/cgroup_limit.h"
#include "kernel/limit.h"
#include "kernel/mount_lock.h"
#include "kernel/ns.h"
#include "kernel/sysctl.h"
#include "kernel/tty.h"
#include "oci/foreground.h"
#include "oci/gate.h"
#include "oci/hook.h"
#include "oci/join.h"
#include "oci/listener.h"
#include "oci/nodev.h"
#include "oci/rdt.h"
#include "oci/rootless.h"
#include "oci/stage.h"
#include "oci/status.h"
#include "oci/sweep.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void create_init(struct create *c, struct arena *a, const char *root, const char *id)
{
	*c = (struct create){
		.arena = a,
		.root = root,
		.id = id,
		.console = -1,
		.console_fd = -1,
		.console_here = -1,
		.bundle_dir = -1,
		.gate = -1,
		.sock = -1,
		.init_sock = -1,
		.pidfd = -1,
		.pidfd_sock = -1,
		.rootfs = { .tree = -1, .top = -1, .null = -1 },
		.ctr = { .id = id, .dir = -1 },
		.mounts = { .own_proc = -1 },
		.netdevs = NETDEV_PLAN_NONE,
		.net_ns = -1,
		.process = { .lsm = LSM_NONE },
		.notify = NOTIFY_NONE,
		.listen_fds = -1,
		.cgroup = CGROUP_NONE,
		.unit = CGROUP_UNIT_NONE,
	};
}

/* ---- nothing is made yet ---- */

static int step_open_bundle(struct create *c, struct err *e)
{
	const char *path = c->bundle ? c->bundle : ".";

	if (ctr_check_id(c->id, e))
		return -1;
	c->bundle_dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->bundle_dir < 0)
		return err_set(e, errno, "open bundle %s", path);
	return 0;
}

static int step_load(struct create *c, struct err *e)
{
	char *text;

	if (!c->config) {
		const int dir = c->config_file ? AT_FDCWD : c->bundle_dir;

		if (fd_read_file(c->arena, dir, c->config_file ? c->config_file : "config.json",
		                 SPEC_SIZE_MAX, &text, &c->config_len, e))
			return err_ctx(e, "bundle %s", c->bundle ? c->bundle : ".");
		c->config = text;
	}
	return spec_load(c->arena, c->config, c->config_len, &c->spec, e);
}

static int step_check(struct create *c, struct err *e)
{
	const struct spec_process *p = c->spec.process;

	if (!p)
		return err_kind(e, ERR_CONFIG, 0, "config.json: process: missing");
	if (p->terminal && !c->terminal_here && !c->console_socket && c->console_fd < 0)
		return err_kind(e, ERR_USAGE, 0,
		                "process.terminal: needs --console-socket when nobody stays to "
		                "serve the terminal");
	if (!p->terminal && c->console_socket)
		return err_kind(e, ERR_USAGE, 0, "--console-socket: process.terminal is not set");
	return sysctl_check(&c->spec, e);
}

enum { DESCRIPTORS_FEW = 64 }; /* of mounts and devices, for any limit that a caller has */

static int step_prepare(struct create *c, struct err *e)
{
	const struct spec *s = &c->spec;

	c->files_raised = s->n_mounts + s->linux_->n_devices > DESCRIPTORS_FEW;
	if (c->files_raised && limit_files_raise(&c->files_soft, e))
		return -1;
	if (join_prepare(c, e))
		return -1;
	if (process_prepare(c->arena, s->process, s, &c->process, e))
		return -1;
	if (c->may_nodev && nodev_prepare(c, e))
		return -1;
	if (seccomp_compile(c->arena, s->linux_->seccomp, &c->process.filter, e))
		return -1;
	c->process.host = &c->init_sock;
	if (!(c->new_ns & CLONE_NEWNS)) /* a joined one has its root and mounts */
		return 0;
	if (rootfs_prepare(s, c->bundle_dir, &c->rootfs, e))
		return -1;
	if (c->nodev && rootfs_nodev(&c->rootfs, e))
		return -1;
	if (mount_prepare(c->arena, s, c->bundle_dir, &c->mounts, e))
		return -1;
	return device_prepare(c->arena, s, c->nodev, &c->mounts, &c->devices, e);
}

static int step_console(struct create *c, struct err *e)
{
	if (process_connect_pidfd(c->pidfd_socket, &c->pidfd_sock, e))
		return -1;
	if (!c->spec.process->terminal)
		return 0;
	if (c->console_socket)
		return tty_socket_connect(c->console_socket, &c->console, e);
	if (c->console_fd >= 0) {
		c->console = own_fd_take(&c->console_fd);
		return 0;
	}
	return foreground_console(&c->console_here, &c->console, e);
}

/* ---- on record ---- */

static int step_reserve(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;

	if (create_fill_record(c, e))
		return -1;
	if (h && (h->n_prestart || h->n_create_runtime || h->n_create_container))
		c->rootfs.path = c->record.rootfs;
	return ctr_make(c->root, c->id, &c->ctr, e);
}

static int write_file(const struct create *c, const char *name, const void *data, size_t len,
                      struct err *e)
{
	own_fd fd = openat(c->ctr.dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || fd_write_all(fd, data, len))
		return err_set(e, errno, "write %s of container %s", name, c->id);
	return 0;
}

static int step_record(struct create *c, struct err *e)
{
	while (record_write(c->arena, &c->ctr, &c->record, true, e)) {
		/* A record that is not ours may stand there: nothing of it is to be undone. */
		if (e->no != EEXIST || sweep_unfinished(c->arena, c->root, &c->ctr, e)) {
			ctr_give_up(c->root, &c->ctr);
			return -1;
		}
		if (ctr_make(c->root, c->id, &c->ctr, e))
			return -1;
	}
	return 0;
}

/* After the cgroup: with this file there, the cgroup's processes are the container's (sweep.c). */
static int step_keep_config(struct create *c, struct err *e)
{
	const struct seccomp_program *f = &c->process.filter;

	if (write_file(c, "config.json", c->config, c->config_len, e))
		return -1;
	return f->n ? record_write_filter(&c->ctr, f->flags, f->filter, f->n, e) : 0;
}

static int make_cgroup(struct create *c, struct err *e)
{
	if (c->delegated)
		return cgroup_create_delegated(c->arena, c->record.cgroup, c->record.delegated,
		                               &c->cgroup, e);
	if (!c->systemd)
		return cgroup_create(c->arena, c->record.cgroup, &c->cgroup, e);
	return cgroup_unit_create(c->arena, &c->unit,
	                          arena_printf(c->arena, "container %s (scow)", c->id),
	                          c->spec.linux_->resources, &c->cgroup, e);
}

static int step_cgroup(struct create *c, struct err *e)
{
	const struct spec_resources *r = c->spec.linux_->resources;

	if (!c->record.cgroup)
		return mount_prepare_cgroup(&c->mounts, -1, e);
	if (make_cgroup(c, e) && (c->systemd || rootless_cgroup(c, e)))
		return -1;
	if (c->cgroup.fd < 0)
		return mount_prepare_cgroup(&c->mounts, -1, e);
	cgroup_mark(&c->cgroup, c->record.created);
	c->record.keep_cgroup = !c->cgroup.made;
	if (cgroup_limit(c->arena, &c->cgroup, r, e))
		return -1;
	if (r && !c->nodev && !c->in_user_ns &&
	    cgroup_device_attach(c->arena, &c->cgroup, r->devices, r->n_devices, e) &&
	    rootless_devices(e))
		return -1;
	return mount_prepare_cgroup(&c->mounts, c->cgroup.fd, e);
}

/* Only in a user namespace is there a root who could undo mounts and must not. */
static int step_lock(struct create *c, struct err *e)
{
	if (!spec_namespace(&c->spec, CLONE_NEWUSER) || !(c->new_ns & CLONE_NEWNS))
		return 0;
	return mount_lock(&c->mounts, &c->rootfs, e);
}

/* Sockets that a service manager has passed to us, as sd_listen_fds(3) wants to be told of them. */
static void set_listen(struct create *c)
{
	const char *names = getenv("LISTEN_FDNAMES");

	if (c->listen_fds < 0)
		return;
	process_set(&c->process, arena_printf(c->arena, "LISTEN_FDS=%d", c->listen_fds));
	if (names)
		process_set(&c->process, arena_printf(c->arena, "LISTEN_FDNAMES=%s", names));
}

static int step_service(struct create *c, struct err *e)
{
	set_listen(c);
	if (!c->service || !(c->new_ns & CLONE_NEWNS))
		return 0;
	notify_init(c->spec.process, &c->notify);
	if (notify_prepare(&c->notify, c->ctr.dir, e))
		return -1;
	return c->start ? notify_listen(&c->notify, c->ctr.dir, e) : 0;
}

/* ---- the child ---- */

/* It could not be cloned into its cgroup. */
static int move_to_cgroup(struct create *c, struct err *e)
{
	if (!fd_put(c->cgroup.fd, "cgroup.procs", arena_printf(c->arena, "%d", (int)c->pid)))
		return 0;
	if (!c->systemd)
		return err_set(e, errno, "put the container into its cgroup");
	return cgroup_unit_attach(c->arena, &c->unit, c->pid, e);
}

static int step_clone(struct create *c, struct err *e)
{
	bool in_cgroup;

	if (!c->start && gate_open(c->ctr.dir, &c->gate, e))
		return -1;
	if (stage_pair(&c->sock, &c->init_sock, e))
		return -1;
	int r = join_clone(c, &in_cgroup, e);
	if (r == 0)
		init_main(c);
	if (r < 0)
		return -1;
	own_fd_drop(&c->init_sock);
	own_fd_drop(&c->gate);
	own_fd_drop(&c->console);
	if (!in_cgroup && c->cgroup.fd >= 0 && move_to_cgroup(c, e))
		return -1;
	cgroup_unit_leave(&c->unit);
	return 0;
}

/*
 * While init works: what is left when it is ready is one rename. One that is gone has sent why,
 * which the next step hears; here it may have been reaped already, by a keeper.
 */
static int step_prepare_record(struct create *c, struct err *e)
{
	struct proc_stat st;

	if (proc_stat(c->pid, &st))
		return errno == ENOENT || errno == ESRCH
		           ? 0
		           : err_set(e, errno, "read /proc/%d/stat", (int)c->pid);
	c->record.start_time = st.start_time;

	struct record ready = c->record;
	ready.pid = c->pid;
	ready.creating = false;
	return record_prepare(c->arena, &c->ctr, &ready, e);
}

static int run_host_hooks(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;

	c->hooks_ran = true;
	if (hook_run(c->arena, "prestart", h->prestart, h->n_prestart, &c->record, "creating",
	             c->pid, e))
		return -1;
	if (hook_run(c->arena, "createRuntime", h->create_runtime, h->n_create_runtime, &c->record,
	             "creating", c->pid, e))
		return -1;
	return stage_send(c->sock, STAGE_HOOKED, 0, e);
}

static int step_wait_ready(struct create *c, struct err *e)
{
	struct stage_msg m;

	c->hooks_ran = c->spec.hooks && c->spec.hooks->n_create_container;
	for (;;) {
		if (stage_recv(c->sock, &m, e))
			return -1;
		if (m.stage == STAGE_READY)
			return 0;
		if (m.stage != STAGE_MOUNTED)
			return err_set(e, EPROTO, "wait for the container to be ready");
		if (run_host_hooks(c, e))
			return -1;
	}
}

/*
 * The specification's rules on the ownership of cgroups: who sees his cgroup as the root of a
 * writable tree may divide it further. Nothing of the container's runs yet.
 */
static int step_give_cgroup(struct create *c, struct err *e)
{
	const struct spec_user *u = c->spec.process->user;
	const uid_t inside = u ? u->uid : 0;
	uid_t uid;

	if (c->cgroup.fd < 0 || !(c->new_ns & CLONE_NEWCGROUP) ||
	    !mount_cgroup_is_writable(&c->mounts))
		return 0;
	if (!inside && !spec_namespace(&c->spec, CLONE_NEWUSER)) /* root's it is */
		return 0;
	if (c->in_user_ns) /* ours are the container's ids */
		return cgroup_give(&c->cgroup, inside, e);
	if (ns_host_uid(c->arena, c->pid, inside, &uid, e))
		return -1;
	return cgroup_give(&c->cgroup, uid, e);
}

static int step_limits(struct create *c, struct err *e)
{
	const struct spec_process *p = c->spec.process;

	/* In a user namespace nobody may raise a limit, and init has opened all that it needs. */
	if (spec_namespace(&c->spec, CLONE_NEWUSER) &&
	    limit_rlimits(c->pid, p->rlimits, p->n_rlimits, e))
		return -1;
	if (!c->in_user_ns && limit_oom_score_adj(c->pid, &p->oom_score_adj, e))
		return -1;
	return process_schedule(c->pid, p, e);
}

/* From here on the container is no longer "creating": kill and exec find its process. */
static int step_record_pid(struct create *c, struct err *e)
{
	c->record.pid = c->pid;
	c->record.creating = false;
	return record_commit(&c->ctr, e);
}

static int step_pid_file(struct create *c, struct err *e)
{
	if (c->pid_file && process_write_pid_file(c->arena, c->pid_file, c->pid, e))
		return -1;
	return process_send_pidfd(c->pidfd_sock, c->pidfd, e);
}

static int step_release(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;
	struct listener l;

	if (!c->start)
		return stage_send(c->sock, STAGE_RECORDED, 0, e);
	if (listener_open(c->arena, &c->spec, &c->record, "creating", c->pid,
	                  h ? h->n_start_container : 0, &l, e))
		return -1;
	c->hooks_ran = h != NULL; /* startContainer's, by init */
	foreground_block();
	int failed =
	    stage_send(c->sock, STAGE_RECORDED, 0, e) || listener_wait_exec(&l, c->sock, e);
	listener_close(&l);
	return failed ? -1 : 0;
}

static int step_poststart(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;

	if (!h || !c->start)
		return 0;
	return hook_run(c->arena, "poststart", h->poststart, h->n_poststart, &c->record, "running",
	                c->pid, e);
}

/* clang-format off */
static int (*const host_steps[])(struct create *c, struct err *e) = {
	step_open_bundle,
	step_load,
	step_check,
	rootless_enter,
	rdt_prepare,
	step_prepare,
	step_console,
	step_reserve,
	step_record,
	step_cgroup,
	step_keep_config,
	step_lock,
	rdt_make,
	step_service,
	step_clone,
	rdt_join_init,
	create_help,
	step_prepare_record,
	step_wait_ready,
	step_give_cgroup,
	step_limits,
	step_record_pid,
	step_pid_file,
	step_release,
	step_poststart,
};
/* clang-format on */

/* A sibling cannot be waited for by us; its end can. */
static void reap(struct create *c)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	(void)sys_pidfd_send_signal(c->pidfd, SIGKILL); /* gone already is as good */
	if (!c->clone_parent)
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	else
		(void)poll(&p, 1, CGROUP_WAIT_MS);
}

/* Everything that the steps have made, in reverse; the error to tell is the one that led here. */
static void undo(struct create *c)
{
	struct err ignored;
	bool stays = false;

	own_fd_drop(&c->sock);
	netdev_return(&c->netdevs);
	if (c->pid > 0)
		reap(c);
	cgroup_unit_leave(&c->unit);
	if (c->cgroup.fd >= 0) {
		if (!c->cgroup.made)
			(void)cgroup_empty(&c->cgroup, &ignored);
		else
			stays = cgroup_kill(&c->cgroup, &ignored) ||
			        cgroup_remove(&c->cgroup, &ignored);
		sweep_unit(c->arena, &c->record);
	}
	if (c->rdt_made)
		rdt_remove(c->arena, &c->record);
	if (c->hooks_ran)
		sweep_poststop(c->arena, &c->spec, &c->record);
	if (c->pid_file && c->record.pid)
		(void)unlink(c->pid_file);
	if (c->ctr.dir >= 0 && !stays) /* else `delete` needs the record, to find what stays */
		(void)ctr_remove(c->root, &c->ctr, &ignored);
}

int create_container(struct create *c, struct err *e)
{
	for (size_t i = 0; i < sizeof host_steps / sizeof *host_steps; i++)
		if (host_steps[i](c, e)) {
			undo(c);
			return -1;
		}
	return 0;
}

/* What was opened for init, which keeps the host's mounts and namespaces in use. */
static void drop_plans(struct create *c)
{
	int *const fds[] = { &c->rootfs.tree, &c->rootfs.top, &c->rootfs.null,    &c->net_ns,
		             &c->notify.tree, &c->bundle_dir, &c->sock,           &c->init_sock,
		             &c->gate,        &c->console,    &c->mounts.own_proc };

	fd_drop_all(fds, sizeof fds / sizeof *fds);
	mount_plan_drop(&c->mounts);
	device_plan_drop(&c->devices);
	netdev_plan_drop(&c->netdevs);
	join_drop(c);
	process_drop(&c->process);
}

void create_drop_host(struct create *c)
{
	int *const fds[] = { &c->ctr.dir,    &c->cgroup.fd,   &c->sock, &c->console_here,
		             &c->pidfd_sock, &c->notify.sock, &c->pidfd };

	fd_drop_all(fds, sizeof fds / sizeof *fds);
	cgroup_unit_drop(&c->unit);
}

void create_close(struct create *c)
{
	drop_plans(c);
	create_drop_host(c);
	notify_drop(&c->notify);
}

int create_leave(struct create *c, struct err *e)
{
	if (c->notify.sock < 0)
		return 0;
	drop_plans(c);
	if (ctr_unlock(&c->ctr, e)) /* others may act on it meanwhile */
		return -1;
	notify_until_ready(&c->notify, c->pid, c->pidfd);
	return 0;
}

int create_stay(struct create *c, bool keep, int *ret_code, struct err *e)
{
	bool gone;

	drop_plans(c);
	if (ctr_unlock(&c->ctr, e)) /* others may act on it while it runs */
		return -1;
	if (foreground_wait(c->pid, c->pidfd, c->console_here, &c->notify, ret_code, e))
		return -1;
	c->record.pid = 0; /* reaped: the number may be another process's by now */
	if (keep)
		return 0;
	if (ctr_lock_again(&c->ctr, &gone, e))
		return -1;
	return gone ? 0 : sweep_container(c->arena, c->root, &c->ctr, &c->record, e);
}
