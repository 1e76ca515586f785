/* cmd_inspect.c - inspect: a defined container as JSON, with libpod's names where it has them. */
#include "base/json.h"
#include "cli/command.h"
#include "engine/definition.h"
#include "engine/look.h"

#include <stdio.h>
#include <string.h>

struct state_view {
	char *status, *reason, *error, *began, *ended;
	bool running, paused, oom;
	int64_t pid, code, keeper, monitor;
};

struct policy_view {
	char *name;
	int64_t max;
};

struct view {
	char *name, *bundle, *rootfs, *log, *stop_signal;
	struct state_view *state;
	struct policy_view *policy;
	int64_t restarts, stop_timeout;
	char **args;
	size_t n_args;
};

/* clang-format off */
JSON_TYPE(state_type, state_view,
	JSON_STR(state_view, "Status", status),
	JSON_BOOL(state_view, "Running", running),
	JSON_BOOL(state_view, "Paused", paused),
	JSON_BOOL(state_view, "OOMKilled", oom),
	JSON_I64(state_view, "Pid", pid),
	JSON_I64(state_view, "ConmonPid", monitor),
	JSON_I64(state_view, "KeeperPid", keeper),
	JSON_I64(state_view, "ExitCode", code),
	JSON_STR(state_view, "Reason", reason),
	JSON_STR(state_view, "Error", error),
	JSON_STR(state_view, "StartedAt", began),
	JSON_STR(state_view, "FinishedAt", ended));

JSON_TYPE(policy_type, policy_view,
	JSON_STR(policy_view, "Name", name),
	JSON_I64(policy_view, "MaximumRetryCount", max));

JSON_TYPE(view_type, view,
	JSON_STR(view, "Id", name),
	JSON_STR(view, "Name", name),
	JSON_STRV(view, "Args", args),
	JSON_OBJ(view, "State", state, &state_type),
	JSON_STR(view, "Bundle", bundle),
	JSON_STR(view, "Rootfs", rootfs),
	JSON_STR(view, "LogPath", log),
	JSON_I64(view, "RestartCount", restarts),
	JSON_OBJ(view, "RestartPolicy", policy, &policy_type),
	JSON_I64(view, "StopTimeout", stop_timeout));
/* clang-format on */

int cmd_inspect(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct look l = { 0 };

	if (definition_load(&g, a->rest[0], &d, e) || look_at(&g, a->rest[0], &l, e))
		return -1;
	struct state_view s = {
		.status = arena_strdup(a->arena, life_state_name(l.state)),
		.running = l.state == LIFE_RUNNING || l.state == LIFE_PAUSED,
		.paused = l.state == LIFE_PAUSED,
		.pid = l.up ? l.life.pid : 0,
		.keeper = l.up ? l.life.keeper : 0,
		.monitor = l.up ? l.life.monitor : 0,
		.began = l.up && *l.life.began ? l.life.began
		         : l.has_end           ? l.end.began
		                               : NULL,
	};
	if (l.has_end) {
		s.code = l.end.code;
		s.oom = l.end.oom > 0;
		s.reason = l.end.reason;
		s.error = l.end.error;
		s.ended = l.end.ended;
	}
	struct policy_view p = {
		.name = arena_strdup(a->arena, policy_restart_name(d.policy.restart)),
		.max = d.policy.restart_max,
	};
	const struct view v = {
		.name = a->rest[0],
		.bundle = d.dir,
		.rootfs = d.spec.root->path,
		.state = &s,
		.policy = &p,
		.restarts = l.up        ? l.life.restarts
		            : l.has_end ? l.end.restarts
		                        : 0,
		.stop_timeout = d.policy.stop_timeout_ms / 1000,
		.args = d.spec.process->args,
		.n_args = d.spec.process->n_args,
	};
	puts(json_text(a->arena, &view_type, &v, 2));
	return 0;
}
