/* mount_lock.h - mounts that the root of a user namespace can neither take apart nor make more than
 * they are. mount_namespaces(7), "Restrictions on mount namespaces" */
#pragma once

#include "kernel/rootfs.h"

/*
 * On the host, before clone, for a container with a user namespace: the detached trees of its binds
 * and of its root are replaced by locked copies. A mount below a tree's top then cannot be removed
 * without the whole, and flags that any of its mounts has, ro and its like, cannot be cleared.
 */
int mount_lock(struct mount_plan *p, struct rootfs *r, struct err *e);
