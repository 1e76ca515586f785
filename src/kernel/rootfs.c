/*
 * rootfs.c - from a detached copy of root.path to "/" of the container.
 *
 *	/ (the host's, private)            / (the host's)               / (the container's)
 *	                          attach   `- / the root, on top  enter
 *	                          ----->   cwd                    ----->
 *
 * The tree goes on top of "/", not on root.path: no directory of the host is searched, so a mapped
 * root without any right on the way to it does as well. pivot_root(".", ".") and one umount need no
 * directory in the image either (pivot_root(2), NOTES). Where the host's root is an initramfs it
 * stays below, and initramfs.c has the rest.
 *
 * Hooks that run before the switch expect the root where root.path says it is, and the host's tree
 * around it, also when they join the namespace by themselves (nsenter, the hooks of GPU vendors):
 * for them it goes there first.
 */
#define _GNU_SOURCE
#include "kernel/rootfs.h"

#include "base/own.h"
#include "kernel/initramfs.h"
#include "kernel/mask.h"
#include "kernel/mount_option.h"
#include "kernel/userns.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* The words are those of mounts. */
static int read_propagation(const char *word, unsigned long *ret, struct err *e)
{
	if (!word || !*word) {
		*ret = MS_PRIVATE;
		return 0;
	}
	for (const struct mount_word *w = mount_words; *w->word; w++)
		if (w->kind == MOUNT_WORD_PROPAGATION && !strcmp(word, w->word)) {
			*ret = w->flags;
			return 0;
		}
	return err_kind(e, ERR_CONFIG, 0, "linux.rootfsPropagation: unknown value %s", word);
}

/*
 * Checked on the descriptor that is bound: another file in the place of /dev/null would be shown
 * instead of a mask.
 */
static int open_null(struct err *e)
{
	own_fd fd = sys_open_tree(AT_FDCWD, "/dev/null", SYS_OPEN_TREE_CLONE);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "open /dev/null%s", mount_no_room(errno));
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, 0, "/dev/null is not the null device");
	return own_fd_take(&fd);
}

static int open_root(const char *path, int bundle, struct err *e)
{
	char directory[PATH_MAX]; /* "path/": the kernel refuses anything else */

	if (snprintf(directory, sizeof directory, "%s/", path) >= (int)sizeof directory)
		return err_set(e, ENAMETOOLONG, "root.path %.200s", path);
	int fd = sys_open_tree(bundle, directory, SYS_OPEN_TREE_CLONE | SYS_AT_RECURSIVE);
	return fd >= 0 ? fd : err_set(e, errno, "root.path %s%s", path, mount_no_room(errno));
}

int rootfs_prepare(const struct spec *s, int bundle, struct rootfs *ret, struct err *e)
{
	struct rootfs r = {
		.tree = -1, .top = -1, .null = -1, .user_ns = spec_namespace(s, CLONE_NEWUSER)
	};

	if (!s->root || !s->root->path || !*s->root->path)
		return err_kind(e, ERR_CONFIG, 0, "root.path is missing");
	if (read_propagation(s->linux_->rootfs_propagation, &r.propagation, e) < 0)
		return -1;
	r.tree = open_root(s->root->path, bundle, e);
	if (r.tree < 0)
		return -1;
	if (s->linux_->n_masked_paths) {
		r.null = open_null(e);
		if (r.null < 0) {
			own_fd_drop(&r.tree);
			return -1;
		}
	}
	*ret = r;
	return 0;
}

int rootfs_nodev(const struct rootfs *r, struct err *e)
{
	const struct sys_mount_attr attr = { .attr_set = SYS_MOUNT_ATTR_NODEV };

	if (!sys_mount_setattr(r->tree, "", AT_EMPTY_PATH | SYS_AT_RECURSIVE, &attr))
		return 0;
	if (errno == ENOSYS)
		return err_set(e, 0, "--devices=nodev needs Linux 5.12: mount_setattr(2)");
	return err_set(e, errno, "make the root nodev");
}

/*
 * A caller inside a chroot has a "/" that is not the root of its mount namespace. pivot_root there
 * changes what lies on the chroot and nothing above it: whoever may chroot could walk up to the
 * host's root. Joining one's own mount namespace sets "/" to its real root (setns(2)).
 */
static int leave_chroot(void)
{
	own_fd self = sys_pidfd_open(getpid());

	return self < 0 ? -1 : setns(self, CLONE_NEWNS);
}

static int open_slash(void)
{
	return openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Back, for the paths of createContainer hooks; where a mapped root is not let in, "/" is real. */
static int return_to(int host, struct rootfs *r, int *top)
{
	if (fchdir(host) < 0)
		return errno == EACCES ? 0 : -1;
	if (chroot(".") < 0)
		return -1;
	r->top = own_fd_take(top);
	return 0;
}

/* Over root.path. A mapped root that is not let in there has no hooks that would be. */
static int attach_for_hooks(struct rootfs *r)
{
	own_fd at = open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at >= 0)
		return sys_move_mount(r->tree, at, "");
	if (errno != EACCES)
		return -1;
	r->path = NULL;
	return sys_move_mount(r->tree, AT_FDCWD, "/");
}

/* The copy is still a peer of the host's mounts. mount_setattr(2): Linux 5.12. */
static int leave_peers(const struct rootfs *r)
{
	const unsigned long link = r->propagation & MS_SLAVE ? MS_SLAVE : MS_PRIVATE;
	const struct sys_mount_attr attr = { .propagation = link };

	if (!sys_mount_setattr(r->tree, "", AT_EMPTY_PATH | SYS_AT_RECURSIVE, &attr))
		return 0;
	return errno == ENOSYS ? mount_change(r->tree, MS_REC | link, NULL) : -1;
}

int rootfs_attach(struct rootfs *r, struct err *e)
{
	const bool come_back = r->path; /* attach_for_hooks may forget it */
	own_fd host = -1, top = -1;

	umask(0);
	if (come_back && (host = open_slash()) < 0)
		return err_set(e, errno, "open the chroot");
	if (leave_chroot() < 0)
		return err_set(e, errno, "leave the chroot");
	if (come_back && (top = open_slash()) < 0)
		return err_set(e, errno, "open the host's root");
	/* First of all: whatever is mounted on a shared mount appears in the host, too. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(e, errno, "make the mounts private");
	if (!r->path && sys_move_mount(r->tree, AT_FDCWD, "/") < 0)
		return err_set(e, errno, "attach the root");
	if (come_back && return_to(host, r, &top) < 0)
		return err_set(e, errno, "return to the chroot");
	if (r->path && attach_for_hooks(r) < 0)
		return err_set(e, errno, "attach the root at %s", r->path);
	if (leave_peers(r) < 0)
		return err_set(e, errno, "set the propagation of the root");
	return 0;
}

static int change_root(struct err *e)
{
	return chroot(".") ? err_set(e, errno, "chroot to the root") : 0;
}

static int pivot(struct rootfs *r, struct err *e)
{
	if (sys_pivot_root(".", ".") < 0) {
		if (errno != EINVAL)
			return err_set(e, errno, "pivot_root");
		r->lock = true;
		r->user_ns = r->user_ns || !userns_is_first(); /* the host's mounts are locked */
		return initramfs_strip(r->user_ns, e) ? -1 : change_root(e);
	}
	/* The old root lies on top of the new one now, and "." finds the topmost. */
	if (umount2(".", MNT_DETACH) < 0)
		return err_set(e, errno, "detach the host's root");
	return 0;
}

/*
 * Whoever sees a whole procfs or sysfs may mount another one in a user namespace of its own,
 * without our masks (mount_namespaces(7), "Restrictions on mount namespaces"). So the host's go, or
 * are covered where they belong to a namespace above.
 */
static int hide_kernel_files(struct err *e)
{
	static const struct {
		const char *path;
		uint32_t magic;
	} places[] = { { "/proc", PROC_SUPER_MAGIC }, { "/sys", SYSFS_MAGIC } };
	struct statfs s;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *path = places[i].path;

		/* One may lie on another. */
		while (!statfs(path, &s) && (uint32_t)s.f_type == places[i].magic)
			if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 &&
			    mount("cover", path, "tmpfs", MS_RDONLY, "size=4k") < 0)
				return err_set(e, errno, "hide the host's %s", path);
	}
	return 0;
}

int rootfs_enter(struct rootfs *r, bool no_pivot, bool admin, struct err *e)
{
	if (r->top >= 0 && (fchdir(r->top) < 0 || chroot(".") < 0))
		return err_set(e, errno, "leave the chroot");
	if (fchdir(r->tree) < 0)
		return err_set(e, errno, "enter the root");
	if (r->path && mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_set(e, errno, "move the root over the host's");
	/* From here on the working directory is the new root, whatever happens around it. */
	if (no_pivot) /* the tree is on "/" already, which is what MS_MOVE would do */
		return hide_kernel_files(e) < 0 ? -1 : change_root(e);
	/* In a user namespace all mounts are locked, and the new root takes that over. */
	if (admin && !r->user_ns && initramfs_is_root(&r->lock, e) < 0)
		return -1;
	return pivot(r, e);
}

/*
 * MS_PRIVATE and MS_SLAVE are in force since rootfs_attach; again here they would undo what mounts
 * asked for.
 */
static int set_propagation(const struct rootfs *r, struct err *e)
{
	if (!(r->propagation & (MS_SHARED | MS_UNBINDABLE)))
		return 0;
	if (mount(NULL, "/", NULL, r->propagation, NULL) < 0)
		return err_set(e, errno, "set the propagation of the root");
	return 0;
}

static int make_root_readonly(const struct rootfs *r, struct err *e)
{
	const struct sys_mount_attr attr = { .attr_set = SYS_MOUNT_ATTR_RDONLY };

	if (sys_mount_setattr(r->tree, "", AT_EMPTY_PATH, &attr) == 0)
		return 0;
	/* Before Linux 5.12. */
	if (errno == ENOSYS && mount_change_flags(r->tree, MS_RDONLY, 0) == 0)
		return 0;
	return err_set(e, errno, "make the root read-only");
}

/* Shared mounts become slaves of those that go away. */
static int lock(const struct rootfs *r, const struct mount_plan *p, struct err *e)
{
	if (initramfs_lock(r->user_ns, e) < 0 || mount_share_again(p, e) < 0)
		return -1;
	return set_propagation(r, e);
}

int rootfs_seal(const struct rootfs *r, const struct spec *s, const struct mount_plan *p,
                struct err *e)
{
	const struct spec_linux *l = s->linux_;
	const struct mask_place at = {
		.root = r->tree,
		.proc = mount_top(p, "proc", "proc"),
		.sys = mount_top(p, "sys", "sysfs"),
		.null = r->null,
	};

	if (!r->lock && set_propagation(r, e) < 0)
		return -1;
	if (mask_apply(&at, l, e) < 0)
		return -1;
	if (mount_seal(p, e) < 0)
		return -1;
	if (s->root->readonly && make_root_readonly(r, e) < 0)
		return -1;
	return r->lock ? lock(r, p, e) : 0;
}
