/* copy_up.h - a directory's content copied into another, for the option tmpcopyup. */
#pragma once

#include "base/err.h"

/*
 * All below from (O_PATH will do), which is hostile, into the empty directory to, which is ours:
 * owners, modes, times, symlinks, device nodes, and extended attributes where the file system takes
 * them. Never leaves from's mount nor follows a symlink; deeper than COPY_UP_DEPTH_MAX is an error.
 */
enum { COPY_UP_DEPTH_MAX = 64 };

int copy_up(int from, int to, struct err *e);
