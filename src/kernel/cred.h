/* cred.h - groups, gid, uid and umask of a container's process. caps.h has the order of calls. */
#pragma once

#include "base/err.h"
#include "base/proc.h"
#include "spec/spec.h"

/*
 * Become the user; NULL u is 0:0. Supplementary groups are replaced always, by none when none are
 * asked for: those of the caller never leak into a container (where setgroups is denied: an error,
 * unless the caller has none). The permitted capabilities survive for caps_apply(). An unset umask
 * is 0022. What changes nothing is not called: `was` says what we are, NULL if it is not known.
 * *ret_changed: the ids were set, which can make a process dumpable. credentials(7),
 * user_namespaces(7)
 */
int cred_apply(const struct spec_user *u, const struct proc_self *was, bool *ret_changed,
               struct err *e);

/* "UID[:GID]" in decimal, of exec --user. Without ":GID" ret->gid stays; on failure all does. */
int cred_parse_user(const char *text, struct spec_user *ret, struct err *e);
