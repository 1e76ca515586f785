/*
 * init.c - the container's side of create: a table of steps, from a fork of the user's command to
 * the program.
 *
 * From its first step this process holds only: 0 to 2, the caller's preserved descriptors, its end
 * of the handshake, the gate, the console socket, the detached trees of root and mounts and the
 * namespaces to join. All of ours are closed by exec, and the trees as soon as they are attached.
 */
#define _GNU_SOURCE
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/shed.h"
#include "kernel/limit.h"
#include "kernel/netdev.h"
#include "kernel/ns.h"
#include "kernel/sched.h"
#include "kernel/sysctl.h"
#include "kernel/tty.h"
#include "oci/create.h"
#include "oci/gate.h"
#include "oci/hook.h"
#include "oci/join.h"
#include "oci/stage.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- alone ---- */

static int step_alone(struct create *c, struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, errno, "prctl PR_SET_DUMPABLE");
	/* The lock above all: a copy of its descriptor would keep the container locked. */
	create_drop_host(c);
	process_default_signals(&c->process);
	if (setsid() < 0)
		return err_set(e, errno, "setsid");
	return sched_affinity(NULL, e) ? -1 : process_open_labels(&c->process, e);
}

static int step_join(struct create *c, struct err *e)
{
	return join_rest(c, e);
}

static bool has_user_ns(const struct create *c)
{
	return spec_namespace(&c->spec, CLONE_NEWUSER);
}

static int step_make_time(struct create *c, struct err *e)
{
	if (!create_sets_clocks(c))
		return 0;
	return ns_make_time(e) ? -1 : stage_send(c->init_sock, STAGE_MADE, 0, e);
}

static int step_wait_for_host(struct create *c, struct err *e)
{
	return create_helps_init(c) ? stage_wait(c->init_sock, STAGE_GO, e) : 0;
}

static int step_enter_time(struct create *c, struct err *e)
{
	return create_sets_clocks(c) ? ns_enter_time(e) : 0;
}

/* Root of the user namespace: its files and mounts are to be root's, and setns or clone gave the
 * capabilities. */
static int step_user_ns_root(struct create *c, struct err *e)
{
	if (!has_user_ns(c))
		return 0;
	if (sys_setresgid(0) || sys_setresuid(0))
		return err_set(e, errno, "become root of the user namespace");
	/* The change of ids made us dumpable by fs.suid_dumpable. */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? err_set(e, errno, "prctl PR_SET_DUMPABLE") : 0;
}

static int step_cgroup_ns(struct create *c, struct err *e)
{
	if (c->new_ns & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP))
		return ns_failed(CLONE_NEWCGROUP, errno, "unshare the cgroup namespace", e);
	return 0;
}

static int step_keyring(struct create *c, struct err *e)
{
	return c->no_new_keyring ? 0 : process_join_keyring(&c->process, c->id, e);
}

static int step_names(struct create *c, struct err *e)
{
	const char *host = c->spec.hostname, *domain = c->spec.domainname;

	if (host && *host && sethostname(host, strlen(host)))
		return err_set(e, errno, "set the host name %s", host);
	if (domain && *domain && setdomainname(domain, strlen(domain)))
		return err_set(e, errno, "set the domain name %s", domain);
	return 0;
}

static int step_network(struct create *c, struct err *e)
{
	return c->new_ns & CLONE_NEWNET ? netdev_loopback_up(e) : 0;
}

/* A mount namespace that was joined belongs to whoever made it: its mounts stay as they are. */
static bool own_mounts(const struct create *c)
{
	return c->new_ns & CLONE_NEWNS;
}

/* Sysctls are written through a procfs of our own, never through one that the container could have
 * arranged. */
static int step_sysctls(struct create *c, struct err *e)
{
	if (!c->spec.linux_->n_sysctl)
		return 0;

	int proc = mount_open_proc(&c->mounts, e);
	return proc < 0 ? -1 : sysctl_apply(proc, &c->spec, e);
}

/* ---- the root and what is in it ---- */

static int step_attach_root(struct create *c, struct err *e)
{
	return own_mounts(c) ? rootfs_attach(&c->rootfs, e) : 0;
}

static int step_mounts(struct create *c, struct err *e)
{
	return own_mounts(c) ? mount_apply(&c->mounts, c->rootfs.tree, e) : 0;
}

static int step_notify(struct create *c, struct err *e)
{
	if (c->notify.tree < 0)
		return 0;
	process_set(&c->process, arena_strdup(c->arena, NOTIFY_VARIABLE));
	return notify_attach(&c->notify, c->rootfs.tree, e);
}

static int step_devices(struct create *c, struct err *e)
{
	return own_mounts(c) ? device_create(&c->devices, &c->mounts, c->rootfs.tree, e) : 0;
}

static int step_terminal(struct create *c, struct err *e)
{
	const struct spec_process *p = c->spec.process;
	const int root =
	    own_mounts(c) ? c->rootfs.tree : AT_FDCWD; /* setns left us in the joined one's root */
	struct tty t;

	if (!p->terminal)
		return 0;
	if (tty_open(root, p->console_size, p->user ? p->user->uid : 0, &t, e))
		return -1;
	own_fd master = t.master;
	own_fd slave = t.slave;
	if (own_mounts(c) && tty_bind_console(root, slave, e))
		return -1;
	if (tty_socket_send(c->console, master, e))
		return -1;
	own_fd_drop(&c->console);
	return tty_take(slave, e);
}

static int step_host_hooks(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;

	if (!h || (!h->n_prestart && !h->n_create_runtime))
		return 0;
	if (stage_send(c->init_sock, STAGE_MOUNTED, 0, e))
		return -1;
	return stage_wait(c->init_sock, STAGE_HOOKED, e);
}

static int step_container_hooks(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;

	if (!h || !h->n_create_container)
		return 0;
	if (own_mounts(c) && fchdir(c->rootfs.tree)) /* where other runtimes start them */
		return err_set(e, errno, "enter the root");
	return hook_run(c->arena, "createContainer", h->create_container, h->n_create_container,
	                &c->record, "creating", getpid(), e);
}

/* Made as root, in the image, as runc does; the process enters it below. In a defined container it
 * has to be there, as for libpod. */
static int step_make_cwd(struct create *c, struct err *e)
{
	if (c->clone_parent || !own_mounts(c) || !strcmp(c->spec.process->cwd, "/"))
		return 0;

	own_fd dir = path_make_dir(c->rootfs.tree, c->spec.process->cwd, 0755, e);
	return dir < 0 ? err_ctx(e, "process.cwd") : 0;
}

static int step_enter_root(struct create *c, struct err *e)
{
	const struct caps *caps = &c->process.caps;
	const bool admin = (caps->bounding | caps->permitted) & CAPS_SYS_ADMIN;

	if (own_mounts(c))
		return rootfs_enter(&c->rootfs, c->no_pivot, admin, e);

	const char *root = c->spec.root->path;
	if (chroot(root) || chdir("/"))
		return err_set(e, errno, "root.path: chroot to %s in the joined mount namespace",
		               root);
	return 0;
}

static int step_seal(struct create *c, struct err *e)
{
	return own_mounts(c) ? rootfs_seal(&c->rootfs, &c->spec, &c->mounts, e) : 0;
}

/* ---- the process ---- */

static int step_rlimits(struct create *c, struct err *e)
{
	if (c->files_raised && limit_files_restore(c->files_soft, e))
		return -1;
	if (has_user_ns(c)) /* the host has set them: in there nobody may raise a limit */
		return 0;
	return limit_rlimits(0, c->spec.process->rlimits, c->spec.process->n_rlimits, e);
}

/* From here on nothing but 0 to 2, what the program is to have, the handshake and the gate. */
static int close_but(const struct create *c)
{
	unsigned low = (unsigned)c->init_sock, high = c->gate < 0 ? low : (unsigned)c->gate;
	const unsigned first = 3 + c->preserve_fds;

	if (low > high) {
		low = high;
		high = (unsigned)c->init_sock;
	}
	if (low > first && sys_close_range(first, low - 1, 0))
		return -1;
	if (high > low + 1 && sys_close_range(low + 1, high - 1, 0))
		return -1;
	return sys_close_range(high + 1, ~0u, 0);
}

static int step_become(struct create *c, struct err *e)
{
	bool cwd_later;

	if (process_label(&c->process, e))
		return -1;
	if (close_but(c))
		return err_set(e, errno, "close_range");
	process_give_stdio(&c->process);
	if (process_enter_cwd(&c->process, &cwd_later, e))
		return -1;
	return process_become(&c->process, cwd_later, e);
}

static int step_find(struct create *c, struct err *e)
{
	if (c->listen_fds >= 0) /* the number that the program will see */
		process_set(&c->process, arena_printf(c->arena, "LISTEN_PID=%d", (int)getpid()));
	return process_find(&c->process, e) ? err_ctx(e, "unable to start container process") : 0;
}

static int step_ready(struct create *c, struct err *e)
{
	/* Behind every change of credentials, which clears it (prctl(2)). A fast path only: so does
	 * a program that changes its own. */
	if (c->clone_parent && prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_set(e, errno, "prctl PR_SET_PDEATHSIG");
	if (stage_send(c->init_sock, STAGE_READY, 0, e))
		return -1;
	return stage_wait(c->init_sock, STAGE_RECORDED, e);
}

/*
 * The wait may last: all that the command has parsed becomes this process's own memory when the
 * command ends, unless it is given back. startContainer hooks need the configuration and the
 * record.
 */
static void shrink(struct create *c)
{
	struct arena small = { 0 };

	if (c->spec.hooks && c->spec.hooks->n_start_container)
		return;
	process_move(&c->process, &small);
	arena_free(c->arena);
	*c->arena = small;
	c->process.arena = c->arena;
	c->spec = (struct spec){ 0 };
	shed_stack();
}

/* From here on errors go to the one who started us: `start`, through the gate, or `run`. */
static int step_gate(struct create *c, struct err *e)
{
	if (c->start)
		return 0;
	own_fd_drop(&c->init_sock);
	shrink(c);
	if (gate_wait(c->gate, &c->init_sock, e))
		return -1;
	own_fd_drop(&c->gate);
	return 0;
}

static int step_start_hooks(struct create *c, struct err *e)
{
	const struct spec_hooks *h = c->spec.hooks;

	if (!h)
		return 0;
	return hook_run_inside(c->arena, "startContainer", h->start_container, h->n_start_container,
	                       &c->record, "created", &c->process, e);
}

static int step_exec(struct create *c, struct err *e)
{
	return process_exec(&c->process, e) ? err_ctx(e, "unable to start container process") : 0;
}

/* clang-format off */
static int (*const init_steps[])(struct create *c, struct err *e) = {
	step_alone,
	step_join,
	step_make_time,
	step_wait_for_host,
	step_enter_time,
	step_user_ns_root,
	step_cgroup_ns,
	step_keyring,
	step_names,
	step_network,
	step_sysctls,
	step_attach_root,
	step_mounts,
	step_notify,
	step_devices,
	step_terminal,
	step_host_hooks,
	step_container_hooks,
	step_make_cwd,
	step_enter_root,
	step_seal,
	step_rlimits,
	step_become,
	step_find,
	step_ready,
	step_gate,
	step_start_hooks,
	step_exec,
};
/* clang-format on */

/* What goes in front of the error; NULL: it speaks for itself. */
static const char *step_name(int (*step)(struct create *c, struct err *e))
{
	if (step == step_attach_root || step == step_enter_root)
		return "root";
	if (step == step_terminal)
		return "terminal";
	return step == step_start_hooks ? "error running hook" : NULL;
}

_Noreturn void init_main(struct create *c)
{
	struct err e = { 0 };

	log_child();
	for (size_t i = 0; i < sizeof init_steps / sizeof *init_steps; i++) {
		if (!init_steps[i](c, &e))
			continue;
		if (step_name(init_steps[i]))
			err_ctx(&e, "%s", step_name(init_steps[i]));
		stage_send_failed(c->init_sock, &e);
		break;
	}
	_exit(1);
}
