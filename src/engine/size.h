/* size.h - how much a root file system holds. */
#pragma once

#include "base/err.h"

#include <stdint.h>

/*
 * The bytes of all regular files below path (relative: to dir), other file systems mounted there
 * left out; a file with n names counts an nth for each. The tree is the container's: no link is
 * followed, and one that is nested too deep is an error.
 */
int size_of_tree(const char *dir, const char *path, int64_t *ret, struct err *e);
