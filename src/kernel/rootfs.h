/*
 * rootfs.h - the container's root: cloned on the host, mounted over "/", switched to, sealed.
 *
 *   host  rootfs_prepare  root.path as a detached tree; the host's /dev/null for the masks
 *         ---- clone3 ----
 *   init  rootfs_attach   the namespace private, the tree over "/"
 *         ...             mount_apply, device_create, createContainer hooks
 *         rootfs_enter    pivot_root; the host's tree is gone
 *         rootfs_seal     propagation, read-only and masked paths, read-only root
 */
#pragma once

#include "kernel/mount.h"

struct rootfs {
	int tree;         /* the root's detached tree, and its root directory all along */
	int top;          /* in init, when it has come back: the real "/" of its namespace */
	int null;         /* a detached mount of the real /dev/null; -1 when nothing is masked */
	const char *path; /* NULL, or root.path: hooks look for it there until rootfs_enter */
	bool user_ns;     /* the container has one, or (on an initramfs) scow is in one */
	bool lock; /* from rootfs_enter to rootfs_seal: the host's root is below (initramfs.h) */
	unsigned long propagation; /* MS_* of linux.rootfsPropagation, with MS_REC */
};

/* On the host, before clone; a relative root.path is below `bundle`. On failure nothing is open. */
int rootfs_prepare(const struct spec *s, int bundle, struct rootfs *ret, struct err *e);

/* On the host: no device node in it can be opened, at any depth. Linux 5.12. */
int rootfs_nodev(const struct rootfs *r, struct err *e);

/*
 * In init, in its own mount namespace. Nothing of this reaches the host. Sets umask 0: what init
 * makes has exact modes. "/" is the namespace's own root afterwards, even for a caller in a chroot;
 * with `path` it is the caller's, for hooks, until rootfs_enter.
 */
int rootfs_attach(struct rootfs *r, struct err *e);

/*
 * In init: afterwards "/" and "." are the container's root; no_pivot: by chroot alone, which is
 * weaker. admin: the container can have CAP_SYS_ADMIN.
 */
int rootfs_enter(struct rootfs *r, bool no_pivot, bool admin, struct err *e);

/* In init, after rootfs_enter. Changes the working directory; `tree` and those of the plan are of
 * no use afterwards. */
int rootfs_seal(const struct rootfs *r, const struct spec *s, const struct mount_plan *p,
                struct err *e);
