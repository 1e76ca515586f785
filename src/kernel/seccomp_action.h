/* seccomp_action.h - what a filter answers: the profile's words to the kernel's numbers. */
#pragma once

#include "base/err.h"
#include "base/json.h"

#include <stdint.h>

/*
 * SECCOMP_RET_* with the errno in it (EPERM when the profile names none). `where` is the property
 * in messages: "defaultAction" or "syscalls[3]".
 */
int seccomp_action(int action, const struct json_opt *errno_ret, const char *where, uint32_t *ret,
                   struct err *e);
