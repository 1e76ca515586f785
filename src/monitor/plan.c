/* plan.c - the plan as a file. */
#include "monitor/plan.h"

#include "store/kv.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLLOWED "SCOW_FOLLOWED"

/* clang-format off */
static const struct kv_field table[] = {
	KV_I64_ROW(plan, "format", format),
	KV_TEXT_ROW(plan, "name", name),
	KV_TEXT_ROW(plan, "root", root),
	KV_TEXT_ROW(plan, "store", store),
	KV_TEXT_ROW(plan, "bundle", bundle),
	KV_TEXT_ROW(plan, "exe", exe),
	KV_TEXT_ROW(plan, "log", log),
	KV_TEXT_ROW(plan, "cgroup-parent", cgroup_parent),
	KV_I64_ROW(plan, "delegated", delegated),
	KV_I64_ROW(plan, "restart", restart),
	KV_I64_ROW(plan, "restart-max", restart_max),
	KV_I64_ROW(plan, "stop-signal", stop_signal),
	KV_I64_ROW(plan, "stop-timeout-ms", stop_timeout_ms),
	KV_I64_ROW(plan, "terminal", terminal),
	KV_I64_ROW(plan, "stdin-open", stdin_open),
	KV_I64_ROW(plan, "remove", remove),
	KV_I64_ROW(plan, "oom-score-adj", oom_score_adj),
	KV_I64_ROW(plan, "health-interval-ms", health_interval_ms),
	KV_I64_ROW(plan, "health-timeout-ms", health_timeout_ms),
	KV_I64_ROW(plan, "health-start-ms", health_start_ms),
	KV_I64_ROW(plan, "health-retries", health_retries),
	KV_I64_ROW(plan, "health-action", health_action),
	KV_END,
};
/* clang-format on */

int plan_check_format(int64_t format, const char *name, struct err *e)
{
	if (format < 1 || format < MONITOR_FORMAT - 1 || format > MONITOR_FORMAT + 1)
		return err_set(e, 0, "%s: its format is not known to this version of scow", name);
	return 0;
}

int plan_write(int dir, const struct plan *p, struct err *e)
{
	return kv_write(dir, "plan", table, p, e);
}

static void follow_keeper(const char *role, const char *word, struct plan *p)
{
	char exe[32];
	char *argv[] = { (char *)(uintptr_t) "scow", (char *)(uintptr_t)role, p->name,
		         (char *)(uintptr_t)word, NULL };
	char *once[] = { (char *)(uintptr_t)FOLLOWED "=1", NULL };

	snprintf(exe, sizeof exe, "/proc/%d/exe", (int)getppid());
	(void)execve(exe, argv, once);
}

int plan_read_as(const char *role, const char *word, int dir, struct plan *ret, struct err *e)
{
	/* Once: the plan's number may not be the keeper's. */
	const bool follows = role && !getenv(FOLLOWED);
	struct plan p = { 0 };

	if (role)
		(void)unsetenv(FOLLOWED);
	if (kv_read(dir, "plan", table, &p, e))
		return -1;
	if (follows && p.format && p.format != MONITOR_FORMAT)
		follow_keeper(role, word, &p);
	if (plan_check_format(p.format, "plan", e))
		return -1;
	*ret = p;
	return 0;
}

int plan_read(int dir, struct plan *ret, struct err *e)
{
	return plan_read_as(NULL, NULL, dir, ret, e);
}
