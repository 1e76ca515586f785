/* mount_fs.h - a new instance of a file system, detached, by fsopen(2). */
#pragma once

#include "kernel/mount.h"

/*
 * Of the entry's type, with its source, data and flags. Paths in them are relative to the working
 * directory. Returns the mount's descriptor; errors carry what the file system itself says.
 */
int mount_fs_open(const struct mount_entry *m, struct err *e);

/* What to say when mounting a new instance failed with errno `no`. Always -1. */
int mount_new_failed(const struct mount_entry *m, int no, struct err *e);
