/*
 * user.h - users and groups by name, as the container knows them. passwd(5), group(5)
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct user {
	uint32_t uid, gid;
	uint32_t *gids; /* supplementary groups */
	size_t n_gids;
};

/*
 * "USER[:GROUP]", each a name or a number, in the files of these texts. A number that is not in
 * them has group 0; a name that is not is ERR_NOT_EXECUTABLE. With ":GROUP" there are no
 * supplementary groups.
 */
int user_find(struct arena *a, const char *passwd, const char *group, const char *text,
              struct user *ret, struct err *e);

/* The same in the files of the container whose first process this is. */
int user_in(struct arena *a, pid_t pid, const char *text, struct user *ret, struct err *e);
