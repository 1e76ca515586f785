/* passwd.h - one field of a user's line in /etc/passwd, by the user's number. passwd(5) */
#pragma once

#include "base/arena.h"

#include <sys/types.h>

enum passwd_field { PASSWD_NAME = 0, PASSWD_HOME = 5 };

/*
 * Of the first line with that number; NULL when there is none, when the field is empty, or when the
 * file cannot be read. It may be an image's choice: what is no regular file is never opened.
 */
const char *passwd_find(struct arena *a, uid_t uid, enum passwd_field which);
