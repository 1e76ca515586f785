/*
 * device.h - /dev of a container: the default nodes and links, and linux.devices.
 *
 * In a new user namespace nodes cannot be made, and on a nodev mount not be opened; there the
 * host's are bound, cloned on the host before clone.
 */
#pragma once

#include "kernel/mount.h"

struct device_plan {
	const struct spec_device *devices; /* the default ones, then those of the configuration */
	int *trees; /* the host's node of each, or -1; NULL when nodes are made */
	size_t n;
	bool skip; /* /dev is a bind mount: it is the user's, nothing is added */
};

/* On the host, before clone; bind: the host's nodes in any case. On failure nothing stays open. */
int device_prepare(struct arena *a, const struct spec *s, bool bind, struct device_plan *ret,
                   struct err *e);

/*
 * In init, after mount_apply, with umask 0. A node that is there with the same type and number is
 * kept; anything else in its place is an error that names the path. Changes the working directory.
 */
int device_create(const struct device_plan *p, const struct mount_plan *mounts, int root,
                  struct err *e);

void device_plan_drop(struct device_plan *p);
