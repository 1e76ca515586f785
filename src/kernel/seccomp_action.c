/* seccomp_action.c - actions of a profile. seccomp(2) */
#include "kernel/seccomp_action.h"

#include "spec/spec.h"

#include <errno.h>
#include <linux/seccomp.h>

#define BAD(e, ...) err_kind(e, ERR_CONFIG, 0, "linux.seccomp." __VA_ARGS__)

enum { ERRNO_MAX = 4095 }; /* of the kernel: a larger one is cut down to it */

/* clang-format off */
static const uint32_t actions[] = {
	[SPEC_ACT_KILL_THREAD] = SECCOMP_RET_KILL_THREAD, [SPEC_ACT_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS,
	[SPEC_ACT_TRAP] = SECCOMP_RET_TRAP, [SPEC_ACT_ERRNO] = SECCOMP_RET_ERRNO,
	[SPEC_ACT_TRACE] = SECCOMP_RET_TRACE, [SPEC_ACT_ALLOW] = SECCOMP_RET_ALLOW,
	[SPEC_ACT_LOG] = SECCOMP_RET_LOG, [SPEC_ACT_NOTIFY] = SECCOMP_RET_USER_NOTIF,
};
/* clang-format on */

int seccomp_action(int action, const struct json_opt *errno_ret, const char *where, uint32_t *ret,
                   struct err *e)
{
	bool has_errno = action == SPEC_ACT_ERRNO || action == SPEC_ACT_TRACE;

	if (errno_ret->set && !has_errno)
		return BAD(e, "%s: an errno goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only",
		           where);
	if (errno_ret->set && (errno_ret->v < 0 || errno_ret->v > ERRNO_MAX))
		return BAD(e, "%s: errno %lld is not from 0 to %d", where, (long long)errno_ret->v,
		           ERRNO_MAX);
	*ret = actions[action];
	if (has_errno)
		*ret |= errno_ret->set ? (uint32_t)errno_ret->v : EPERM;
	return 0;
}
