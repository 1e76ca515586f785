/*
 * initramfs.c - the locked copy of a mount namespace, and the host's mounts that it is to lack.
 *
 *	init                               holder, for this moment only
 *	  clone3 ------------------------>
 *	                                   unshare(CLONE_NEWUSER | CLONE_NEWNS)
 *	  <------------------------------- 0, or its errno
 *	  setns(pidfd, CLONE_NEWNS)
 *	  (closes) ----------------------> ends
 *	  waits for it
 *
 * Nobody is in the new user namespace then, but it owns the mount namespace: its owner, and who has
 * CAP_SYS_ADMIN in a namespace above, may mount there, on top of what is locked.
 */
#define _GNU_SOURCE
#include "kernel/initramfs.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/own.h"
#include "kernel/mountinfo.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>

enum {
	/* The owner of a user namespace has all capabilities over it. This is nobody's id. */
	OWNER_UID = -2,
};

static int read_mounts(struct arena *a, struct mountinfo **ret, size_t *ret_n, struct err *e)
{
	return mountinfo_read(a, -1, ret, ret_n) ? err_set(e, errno, "read the list of mounts") : 0;
}

int initramfs_is_root(bool *ret, struct err *e)
{
	struct arena a = { 0 };
	struct mountinfo *v;
	struct statfs fs;
	size_t n;

	*ret = false;
	if (statfs("/", &fs))
		return err_set(e, errno, "look at the host's root");
	if (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC)
		return 0;
	int failed = read_mounts(&a, &v, &n, e);
	for (size_t i = 0; !failed && i < n; i++)
		if (!strcmp(v[i].path, "/") && !strcmp(v[i].type, "rootfs"))
			*ret = true;
	arena_free(&a);
	return failed;
}

/* ---- the host's other mounts ---- */

static bool shows_kernel(const struct mountinfo *m)
{
	return !strcmp(m->type, "proc") || !strcmp(m->type, "sysfs");
}

/* Above the root, and not above another mount that is over "/", which is the container's. */
static bool is_above(const struct mountinfo *v, size_t n, const struct mountinfo *m, int root)
{
	for (size_t hops = 0; hops < n && strcmp(m->path, "/") != 0; hops++) {
		const struct mountinfo *up = v;

		if (m->parent == root)
			return true;
		while (up < v + n && up->id != m->parent)
			up++;
		if (up == v + n)
			return false;
		m = up;
	}
	return false;
}

/*
 * A procfs with something on it that cannot be removed is no longer a whole one, and does not
 * entitle to mount another (mount_namespaces(7), "Restrictions on mount namespaces").
 */
static int cover(const struct mountinfo *m, struct err *e)
{
	if (!shows_kernel(m) || mount("cover", m->path, "tmpfs", MS_RDONLY, "size=4k") == 0)
		return 0;
	return err_set(e, errno, "cover the host's %s", m->path);
}

/* With what is mounted in it and, until there is nothing more, on it. */
static int detach(const struct mountinfo *m, int root, struct err *e)
{
	if (m->parent != root)
		return 0;
	if (umount2(m->path, MNT_DETACH | UMOUNT_NOFOLLOW))
		return err_set(e, errno, "detach the host's %s", m->path);
	while (umount2(m->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	return 0;
}

/* The latest first: it may cover others. */
static int strip(const struct mountinfo *v, size_t n, bool user_ns, struct err *e)
{
	int root = -1;

	for (size_t i = 0; i < n; i++)
		if (v[i].id == v[i].parent)
			root = v[i].id;
	if (root < 0)
		return err_set(e, EINVAL, "pivot_root");
	for (size_t i = n; i > 0; i--) {
		const struct mountinfo *m = &v[i - 1];
		if (!is_above(v, n, m, root))
			continue;
		if (user_ns ? cover(m, e) : detach(m, root, e))
			return -1;
	}
	return 0;
}

int initramfs_strip(bool user_ns, struct err *e)
{
	struct arena a = { 0 };
	struct mountinfo *v;
	size_t n;
	int failed = read_mounts(&a, &v, &n, e);

	if (!failed)
		failed = strip(v, n, user_ns, e);
	arena_free(&a);
	return failed;
}

/* ---- the locked copy ---- */

/*
 * Another user than root, so that a root without capabilities gets none over the mounts. In a
 * user namespace of the container's there may be no other; there setns wants to be let in by a
 * process that is dumpable, since nobody in it has CAP_SYS_PTRACE over our program. It has nothing
 * to be found by then.
 */
static int become_owner(int sock, bool user_ns)
{
	if ((sock > 0 && sys_close_range(0, (unsigned)sock - 1, 0)) ||
	    sys_close_range((unsigned)sock + 1, ~0u, 0))
		return -1;
	if (!user_ns)
		(void)sys_setresuid((uid_t)OWNER_UID); /* not mapped if scow is in a namespace */
	return prctl(PR_SET_DUMPABLE, user_ns, 0, 0, 0);
}

static _Noreturn void holder_main(int sock, bool user_ns)
{
	int no = 0;

	if (become_owner(sock, user_ns) || unshare(CLONE_NEWUSER | CLONE_NEWNS))
		no = errno;
	if (send(sock, &no, sizeof no, MSG_NOSIGNAL) == sizeof no)
		(void)recv(sock, &no, sizeof no, 0); /* until init closes, or is gone */
	_exit(0);
}

static int join(int sock, int holder, struct err *e)
{
	int no = 0;

	if (recv(sock, &no, sizeof no, 0) != sizeof no)
		return err_set(e, EPROTO, "lock the mounts");
	if (no)
		return err_set(e, no,
		               "the host's root is an initramfs, where containers need user "
		               "namespaces (--no-pivot does without, as a weaker boundary)");
	return setns(holder, CLONE_NEWNS) ? err_set(e, errno, "join the locked mounts") : 0;
}

int initramfs_lock(bool user_ns, struct err *e)
{
	const struct sys_clone plain = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	int pair[2], pidfd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, errno, "socketpair");
	own_fd sock = pair[0], theirs = pair[1];
	pid_t pid = sys_clone3(&plain, &pidfd);
	if (pid == 0)
		holder_main(theirs, user_ns);
	if (pid < 0)
		return err_set(e, errno, "clone3 to lock the mounts of an initramfs");
	own_fd holder = pidfd;
	own_fd_drop(&theirs);
	int failed = join(sock, holder, e);
	own_fd_drop(&sock);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return failed;
}
