/*
 * rootless.h - containers of a user who is not root, and of root in somebody's user namespace
 * (which is what a rootless engine starts us as).
 *
 * - A user's create goes on in the container's user namespace, with a mount namespace of its own
 *   (userns.h). The container's user namespace is then ours, and is not made again.
 * - The cgroup: what linux.cgroupsPath names; else the default one; where that is refused, one
 *   beside or below the caller's own, if that was delegated; else none, unless there are limits.
 * - Device rules need a BPF program that only root may load. In a user namespace no device node can
 *   be made, and one that is bound opens for whoever may open it outside: they are left out.
 */
#pragma once

#include "oci/create.h"

/* What is refused of the configuration of a user who is not root. NULL ends them. */
extern int (*const rootless_rules[])(const struct spec *s, struct err *e);

/* A step of create, behind the configuration: c->in_user_ns. Nothing to do for root. */
int rootless_enter(struct create *c, struct err *e);

/* The cgroup on record was refused, as e says: c->cgroup is another one, or none. */
int rootless_cgroup(struct create *c, struct err *e);

/* Where an ordinary user's default cgroup is: below this one, which is his own or beside it. NULL:
 * none was delegated to him. */
char *rootless_delegated(struct arena *a);

/* The device program was refused, as e says: does that matter? */
int rootless_devices(const struct err *e);
