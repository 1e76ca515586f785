/*
 * mask.h - paths of a container that are hidden (linux.maskedPaths) or made read-only
 * (linux.readonlyPaths).
 *
 * A hidden file shows the host's /dev/null, a hidden directory an empty read-only tmpfs. A path
 * that does not exist is skipped; a symlink is followed inside the root.
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

struct mask_place {
	int root;      /* the container's root directory, which is "/" */
	int proc, sys; /* roots of the mounts at /proc and /sys if they are our own procfs and
	                  sysfs, or -1 */
	int null;      /* a detached mount of /dev/null; used up by mask_apply */
};

/* linux.readonlyPaths, then linux.maskedPaths. Changes the working directory. */
int mask_apply(const struct mask_place *m, const struct spec_linux *l, struct err *e);
