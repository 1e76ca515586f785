/*
 * mount_lock.c - the kernel locks mounts when they come from another user namespace, so they are
 * sent through one.
 *
 *	the host	a child, sharing our descriptors
 *	trees ------>	own mount namespace, all private, a tmpfs on /proc
 *			each tree on a place of its own in the tmpfs
 *			unshare(NEWUSER | NEWNS): copies of all, and these are locked
 *	trees <------	clones of the copies, under the old numbers
 *
 * Detached trees that the host clones are not locked otherwise: move_mount(2) into the container's
 * namespace locks nothing. The trees have their flags already, since what is locked can only get
 * more of them; what they pass on to each other is set again, as nothing is shared with a namespace
 * of less rights.
 */
#define _GNU_SOURCE
#include "kernel/mount_lock.h"

#include "base/own.h"
#include "kernel/userns.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Entry i of the plan has the name i, and the root n. */
struct place {
	char name[24];
};

static struct place place(size_t i)
{
	struct place p;

	snprintf(p.name, sizeof p.name, "%zu", i);
	return p;
}

/* Before Linux 5.12 flags come after attaching, and could not be changed then. */
static int tree_of(const struct mount_plan *p, const struct rootfs *r, size_t i)
{
	if (i == p->n)
		return r->tree;
	const struct mount_entry *m = &p->entries[i];
	const struct mount_options *o = &m->o;
	bool flags = o->set || o->clear || o->set_all || o->clear_all;
	/* The tmpfs on /dev is the container's own, as any other that it mounts. */
	return m->nodes || (m->late && flags) ? -1 : m->tree;
}

static int put_tree(int dir, const char *name, int tree)
{
	struct stat st;

	if (fstat(tree, &st) < 0)
		return -1;
	int r = S_ISDIR(st.st_mode) ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG, 0);
	return r < 0 ? -1 : sys_move_mount(tree, dir, name);
}

static int take_tree(const char *name, int tree)
{
	own_fd copy = sys_open_tree(AT_FDCWD, name, SYS_OPEN_TREE_CLONE | SYS_AT_RECURSIVE);

	return copy < 0 || dup3(copy, tree, O_CLOEXEC) < 0 ? -1 : 0;
}

static int mount_places(void)
{
	own_fd fs = sys_fsopen("tmpfs");

	if (fs < 0 || sys_fsconfig_create(fs) < 0)
		return -1;
	own_fd dir = sys_fsmount(fs, 0);
	/* Not on "/": who has a mount on his root counts as being in a chroot. */
	if (dir < 0 || sys_move_mount(dir, AT_FDCWD, "/proc") < 0)
		return -1;
	return own_fd_take(&dir);
}

/* In the child. -1 and errno. */
static int lock_all(const struct mount_plan *p, const struct rootfs *r)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	/* A user whose own id is not mapped could make nothing in the tmpfs. */
	if (userns_is_needed() && (sys_setresgid(0) < 0 || sys_setresuid(0) < 0))
		return -1;
	own_fd dir = mount_places();
	if (dir < 0)
		return -1;
	for (size_t i = 0; i <= p->n; i++)
		if (tree_of(p, r, i) >= 0 && put_tree(dir, place(i).name, tree_of(p, r, i)) < 0)
			return -1;
	/* The copy of the working directory is in the copy of the namespace; `dir` stays behind. */
	if (fchdir(dir) < 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	for (size_t i = 0; i <= p->n; i++)
		if (tree_of(p, r, i) >= 0 && take_tree(place(i).name, tree_of(p, r, i)) < 0)
			return -1;
	return 0;
}

static int propagate(const struct mount_entry *m, unsigned long how)
{
	const struct sys_mount_attr attr = { .propagation = how & ~(unsigned long)MS_REC };
	const unsigned all = how & MS_REC ? SYS_AT_RECURSIVE : 0;

	return sys_mount_setattr(m->tree, "", (unsigned)AT_EMPTY_PATH | all, &attr);
}

/* What is unbindable could not be cloned: not before, but afterwards. */
static int propagate_all(const struct mount_plan *p, bool before)
{
	for (const struct mount_entry *m = p->entries; m < p->entries + p->n; m++) {
		unsigned long how = m->o.propagation;
		if (m->tree < 0 || m->nodes || m->late ||
		    !(how & (before ? MS_UNBINDABLE : MS_UNBINDABLE | MS_SHARED)))
			continue;
		if (propagate(m, before ? MS_PRIVATE | (how & MS_REC) : how) < 0)
			return -1;
	}
	return 0;
}

int mount_lock(struct mount_plan *p, struct rootfs *r, struct err *e)
{
	const struct sys_clone args = { .flags = CLONE_FILES | CLONE_NEWNS,
		                        .exit_signal = SIGCHLD,
		                        .cgroup_fd = -1 };
	int pidfd, status;

	if (propagate_all(p, true) < 0)
		return err_set(e, errno, "lock the mounts");
	pid_t pid = sys_clone3(&args, &pidfd);
	if (pid < 0)
		return err_set(e, errno, "lock the mounts: clone3%s", mount_no_room(errno));
	if (pid == 0)
		_exit(lock_all(p, r) < 0 ? errno : 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(pidfd);
	int no = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	if (no)
		return err_set(e, no, "lock the mounts%s", mount_no_room(no));
	return propagate_all(p, false) < 0 ? err_set(e, errno, "lock the mounts") : 0;
}
