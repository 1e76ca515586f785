/* plan.c - the plan as a file. */
#include "monitor/plan.h"

#include "store/kv.h"

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

int plan_read(int dir, struct plan *ret, struct err *e)
{
	struct plan p = { 0 };

	if (kv_read(dir, "plan", table, &p, e) || plan_check_format(p.format, "plan", e))
		return -1;
	*ret = p;
	return 0;
}
