/*
 * nodev.h - a container whose device rules nobody enforces (--devices=nodev).
 *
 * Where the kernel cannot run a program on each open, reach decides instead: every mount of the
 * container is nodev, and the nodes that it is to have, those of every container and of
 * linux.devices, are the host's, bound one by one. A node that it makes itself opens nothing. So
 * the same opens are denied as by the rules, and what a rule allows without a node is, too.
 */
#pragma once

#include "oci/create.h"

/*
 * On the host, when capabilities are known and before mounts are prepared. When the rules can be
 * enforced, or allow everything, nothing changes. Else c->nodev is set and the mounts of c->spec
 * are changed, or it is an error: with CAP_SYS_ADMIN, which could mount what it likes, with mounts
 * that are another container's, or with a node that the rules deny.
 */
int nodev_prepare(struct create *c, struct err *e);
