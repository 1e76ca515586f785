/* life.c - life and exit as files. */
#include "monitor/life.h"

#include "base/date.h"
#include "monitor/plan.h"
#include "store/kv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* clang-format off */
static const struct kv_field life_table[] = {
	KV_I64_ROW(life, "format", format),
	KV_I64_ROW(life, "state", state),
	KV_I64_ROW(life, "pid", pid),
	KV_I64_ROW(life, "start", start),
	KV_I64_ROW(life, "restarts", restarts),
	KV_I64_ROW(life, "failures", failures),
	KV_I64_ROW(life, "until-ms", until_ms),
	KV_I64_ROW(life, "began-ms", began_ms),
	KV_I64_ROW(life, "asked", asked),
	KV_I64_ROW(life, "wanted", wanted),
	KV_I64_ROW(life, "attached", attached),
	KV_I64_ROW(life, "batch-paused", batch_paused),
	KV_I64_ROW(life, "own-pid-ns", own_pid_ns),
	KV_I64_ROW(life, "monitors", monitors),
	KV_I64_ROW(life, "keeper", keeper),
	KV_I64_ROW(life, "monitor", monitor),
	KV_TEXT_ROW(life, "began", began),
	KV_TEXT_ROW(life, "boot-id", boot_id),
	KV_TEXT_ROW(life, "cgroup", cgroup),
	KV_END,
};

static const struct kv_field end_table[] = {
	KV_I64_ROW(end, "format", format),
	KV_I64_ROW(end, "code", code),
	KV_I64_ROW(end, "signal", signal),
	KV_I64_ROW(end, "oom", oom),
	KV_I64_ROW(end, "escalated", escalated),
	KV_I64_ROW(end, "start", start),
	KV_I64_ROW(end, "restarts", restarts),
	KV_I64_ROW(end, "memory-peak", memory_peak),
	KV_I64_ROW(end, "cpu-stall-us", cpu_stall_us),
	KV_I64_ROW(end, "memory-stall-us", memory_stall_us),
	KV_I64_ROW(end, "io-stall-us", io_stall_us),
	KV_I64_ROW(end, "uptime-ms", uptime_ms),
	KV_I64_ROW(end, "boot-ms", boot_ms),
	KV_I64_ROW(end, "clock-unset", clock_unset),
	KV_TEXT_ROW(end, "reason", reason),
	KV_TEXT_ROW(end, "error", error),
	KV_TEXT_ROW(end, "began", began),
	KV_TEXT_ROW(end, "ended", ended),
	KV_TEXT_ROW(end, "boot-id", boot_id),
	KV_TEXT_ROW(end, "tail", tail),
	KV_END,
};

static const char state_names[][12] = {
	[LIFE_CONFIGURED] = "configured", [LIFE_CREATED] = "created",	[LIFE_RUNNING] = "running",
	[LIFE_PAUSED] = "paused",	  [LIFE_STOPPING] = "stopping",	[LIFE_STOPPED] = "stopped",
	[LIFE_EXITED] = "exited",	  [LIFE_RESTARTING] = "restarting",
	[LIFE_REMOVING] = "removing",	  [LIFE_UNKNOWN] = "unknown",
};
/* clang-format on */

const char *life_state_name(enum life_state s)
{
	return state_names[s <= LIFE_UNKNOWN ? s : LIFE_UNKNOWN];
}

int life_write(int dir, const struct life *l, struct err *e)
{
	return kv_write(dir, "life", life_table, l, e);
}

int life_read(int dir, struct life *ret, struct err *e)
{
	struct life l = { 0 };

	if (kv_read(dir, "life", life_table, &l, e) || plan_check_format(l.format, "life", e))
		return -1;
	if (l.state < 0 || l.state > LIFE_UNKNOWN)
		l.state = LIFE_UNKNOWN;
	*ret = l;
	return 0;
}

int end_write(int dir, const struct end *x, bool durable, struct err *e)
{
	return durable ? kv_write_durable(dir, "exit", end_table, x, e)
	               : kv_write(dir, "exit", end_table, x, e);
}

int end_read(int dir, struct end *ret, struct err *e)
{
	struct end x = { 0 };

	if (kv_read(dir, "exit", end_table, &x, e) || plan_check_format(x.format, "exit", e))
		return -1;
	*ret = x;
	return 0;
}

bool end_is_of(const struct end *x, const struct life *l)
{
	return x->start == l->start && x->restarts == l->restarts && !strcmp(x->began, l->began) &&
	       !strcmp(x->boot_id, l->boot_id);
}

void when_now(char ret[WHEN_MAX])
{
	struct timespec t;
	char day[DATE_MAX];

	clock_gettime(CLOCK_REALTIME, &t);
	date_print(t.tv_sec, day);
	snprintf(ret, WHEN_MAX, "%s.%09ldZ", day, (long)t.tv_nsec);
}

bool when_is_unset(void)
{
	enum { SCOW_YEAR = 1767225600 }; /* 2026-01-01 */

	return time(NULL) < SCOW_YEAR;
}
