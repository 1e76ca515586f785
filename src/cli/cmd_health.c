/* cmd_health.c - healthcheck: the health command of a defined container, run by hand. */
#include "base/own.h"
#include "cli/command.h"
#include "engine/up.h"
#include "monitor/health.h"

#include <errno.h>
#include <stdio.h>

/* The wait comes first: nothing can happen between the two. *ret_code is of health.h. */
static int check(struct args *a, int *ret_code, struct err *e)
{
	const struct engine g = engine_of(a);
	const struct ctl_request wait = engine_request(CTL_WAIT, CTL_CHECKED, 0),
				 now = engine_request(CTL_HEALTH, 0, 0);
	struct ctl_reply reply;
	int sock;

	if (up_ask(&g, a->rest[0], NULL, &wait, &reply, &sock, e)) {
		if (e->no == ENOENT)
			err_kind(e, ERR_STATE, 0, "cannot check container %s: it is not running",
			         a->rest[0]);
		return -1;
	}
	own_fd owned = sock;
	if (ctl_send(owned, &now, sizeof now))
		return err_set(e, errno, "ask the monitor of %s", a->rest[0]);
	while (up_hear(&g, a->rest[0], owned, &reply) > 0) {
		if (reply.failed) {
			*e = reply.err;
			return -1;
		}
		if (reply.type == CTL_END) {
			*ret_code = reply.code;
			return 0;
		}
	}
	return err_set(e, 0, "container %s ended, or its monitor was killed", a->rest[0]);
}

int cmd_healthcheck(struct args *a, struct err *e)
{
	int code;

	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	if (check(a, &code, e))
		return -1;
	if (code != HEALTH_PASSED && code != HEALTH_FAILED)
		return err_set(e, 0, "the health command of %s came to no result", a->rest[0]);
	if (code == HEALTH_FAILED)
		puts("unhealthy");
	return code;
}
