/*
 * device.h - /dev of a container: the default nodes and links, and linux.devices.
 *
 * In a new user namespace nodes cannot be made: the host makes them before clone, in the tmpfs that
 * will be /dev. What is not to be in there, or not in such a tmpfs, and on a nodev mount all of
 * them, are the host's nodes, cloned before clone and bound.
 */
#pragma once

#include "kernel/mount.h"

enum { DEVICE_THERE = -2 }; /* the host has made it */

struct device_plan {
	const struct spec_device *devices; /* the default ones, then those of the configuration */
	int *trees; /* the host's node of each, or -1, or DEVICE_THERE; NULL when init makes them */
	size_t n;
	bool skip; /* /dev is a bind mount: it is the user's, nothing is added */
};

/* On the host, before clone; bind: the host's nodes in any case. On failure nothing stays open. */
int device_prepare(struct arena *a, const struct spec *s, bool bind,
                   const struct mount_plan *mounts, struct device_plan *ret, struct err *e);

/*
 * In init, after mount_apply, with umask 0. A node that is there with the same type and number is
 * kept; anything else in its place is an error that names the path. Changes the working directory.
 */
int device_create(const struct device_plan *p, const struct mount_plan *mounts, int root,
                  struct err *e);

void device_plan_drop(struct device_plan *p);
