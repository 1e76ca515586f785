/*
 * path.h - names below a container's root, which are hostile: every component may be a symlink that
 * the image or another process put there.
 *
 * `root` is a descriptor of the root directory. Resolution is the kernel's, with
 * openat2(RESOLVE_IN_ROOT): absolute symlinks and ".." stay inside. What comes back is an O_PATH
 * descriptor, and callers act on that, never on the name again.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* What is there now. e->no is ENOENT or ENOTDIR when nothing is. O_PATH; symlinks followed inside
 * the root. */
int path_open(int root, const char *path, struct err *e);

/*
 * The directory (or file) of that name, made if missing, missing parents included (0755). A symlink
 * that dangles is followed inside the root and its target made. If the path exists and is of the
 * other kind, the error says so. A made directory has exactly this mode, whatever the umask (and
 * the set-group-ID bit where its parent has it); a made file is empty, 0644.
 */
int path_make_dir(int root, const char *path, mode_t mode, struct err *e);
int path_make_file(int root, const char *path, struct err *e);

/*
 * The parent directory of path, made if missing, as an O_PATH descriptor, and in *ret_name the last
 * component (points into path): for mknodat and symlinkat. A last component of "", "." or ".." is
 * an error.
 */
int path_make_parent(int root, const char *path, const char **ret_name, struct err *e);
