/*
 * join.h - from the host's process to a child in the right namespaces.
 *
 * Mostly one clone3 with all new namespaces. Two kinds of joining need more:
 * - a pid namespace is joined by children only: the host enters it for the clone, and comes back;
 * - a user namespace must be joined before new namespaces are made, which then belong to it; and
 * from inside one, also a new one, the host's cannot be joined: a helper joins those, then the user
 * namespace, makes the child as the host's own (CLONE_PARENT), tells its pid and ends.
 */
#pragma once

#include "oci/create.h"

/* Open the namespaces that are given by path and collect the new ones. On the host, before anything
 * is made. */
int join_prepare(struct create *c, struct err *e);
void join_drop(struct create *c);

/* The one of that CLONE_NEW* type that is joined by path, or -1. */
int join_fd(const struct create *c, int type);

/*
 * 0 in the child; in the host 1 with c->pid and c->pidfd; -1. The child is in c->cgroup unless
 * *ret_in_cgroup says that the host has to put it there before it says GO.
 */
int join_clone(struct create *c, bool *ret_in_cgroup, struct err *e);

/* In the child: the namespaces by path that it joins by itself. */
int join_rest(struct create *c, struct err *e);
