/*
 * initramfs.h - containers where the host's root is the initramfs, or another mount of it.
 *
 * The first mount of all has no parent, so pivot_root(2) gives EINVAL there, and the container's
 * root can only lie on top of it. Where a bind mount of it is the root, pivot_root works, but ends
 * the same way. Whoever may unmount "/" and join the mount namespace that he is in stands on what
 * is below (umount(2), setns(2)):
 *
 *	the initramfs  <-  the container's root  <-  its mounts
 *
 * A mount that was copied together with others into the mount namespace of another user namespace
 * cannot be unmounted or moved there, whatever capabilities one has (mount_namespaces(7)). So at
 *the end the container moves into such a copy, while it stays in the user namespace that it has.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Whether "/" is the initramfs, through whichever mount. Looks closer only at a tmpfs or ramfs. */
int initramfs_is_root(bool *ret, struct err *e);

/*
 * In init, with the container's root over "/" and the process still below it: take the host's other
 * mounts away, which would be kept in use and would lend their procfs and sysfs to nested user
 * namespaces. In a user namespace they are locked, and procfs and sysfs are covered instead. -1
 * with EINVAL as e->no: "/" has a parent.
 */
int initramfs_strip(bool user_ns, struct err *e);

/*
 * In init, when nothing more is to be mounted, with the topmost mount as "/": go on in a copy of
 * the mount namespace in which all mounts are locked. "/" is the working directory then, and
 * descriptors of directories are of no use any more.
 */
int initramfs_lock(bool user_ns, struct err *e);
