/* cmd_inspect.c - inspect: a defined container as JSON, with libpod's names where it has them. */
#define _GNU_SOURCE
#include "base/json.h"
#include "base/json_edit.h"
#include "base/own.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "engine/session.h"
#include "engine/size.h"
#include "kernel/mount_option.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

struct check_view {
	char *began, *ended, *output;
	int64_t code;
};

struct health_view {
	char *status;
	int64_t streak;
	struct check_view *log;
	size_t n_log;
};

struct test_view { /* times in nanoseconds, as libpod has them */
	char *test[2];
	char **words;
	size_t n_words;
	int64_t interval, timeout, start, retries;
};

struct exit_view { /* what the exit record has beyond that */
	int64_t signal, memory_peak, cpu_us, memory_us, io_us;
	bool escalated, clock_unset;
	char *tail;
};

struct state_view {
	struct health_view *health;
	struct exit_view *exit;
	char *status, *reason, *error, *began, *ended;
	bool running, paused, oom;
	int64_t pid, code, keeper, monitor;
};

struct policy_view {
	char *name;
	int64_t max;
};

struct config_view {
	char *hostname, *domainname, *user, *cwd;
	bool tty, stdin_open;
	char **env, **cmd;
	struct json_pair *annotations;
	size_t n_env, n_cmd, n_annotations;
	int64_t stop_signal, stop_timeout;
	struct test_view *test;
	char *action;
};

struct log_view {
	char *type, *targets;
	const char *path;
};

struct host_view {
	struct policy_view *policy;
	struct log_view *log;
	char *cgroup_parent;
	bool remove, read_only;
	int64_t memory;
	struct json_opt pids;
};

struct mount_view {
	char *type, *source, *destination, *propagation;
	char **options;
	size_t n_options;
	bool rw;
};

struct view {
	char *name, *path, *bundle, *config_path, *rootfs;
	struct state_view *state;
	struct config_view *config;
	struct host_view *host;
	struct mount_view *mounts;
	int64_t restarts;
	struct json_opt size;
	char **args, **after, **effective, **bounding, **sessions;
	size_t n_args, n_after, n_effective, n_bounding, n_sessions, n_mounts;
};

/* clang-format off */
JSON_TYPE(check_type, check_view,
	JSON_STR(check_view, "Start", began),
	JSON_STR(check_view, "End", ended),
	JSON_I64(check_view, "ExitCode", code),
	JSON_STR(check_view, "Output", output));

JSON_TYPE(health_type, health_view,
	JSON_STR(health_view, "Status", status),
	JSON_I64(health_view, "FailingStreak", streak),
	JSON_OBJV(health_view, "Log", log, &check_type));

JSON_TYPE(test_type, test_view,
	JSON_STRV(test_view, "Test", words),
	JSON_I64(test_view, "Interval", interval),
	JSON_I64(test_view, "Timeout", timeout),
	JSON_I64(test_view, "StartPeriod", start),
	JSON_I64(test_view, "Retries", retries));

JSON_TYPE(exit_type, exit_view,
	JSON_I64(exit_view, "Signal", signal),
	JSON_BOOL(exit_view, "Escalated", escalated),
	JSON_I64(exit_view, "MemoryPeak", memory_peak),
	JSON_I64(exit_view, "CpuStallUs", cpu_us),
	JSON_I64(exit_view, "MemoryStallUs", memory_us),
	JSON_I64(exit_view, "IoStallUs", io_us),
	JSON_BOOL(exit_view, "ClockUnset", clock_unset),
	JSON_STR(exit_view, "Output", tail));

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
	JSON_STR(state_view, "FinishedAt", ended),
	JSON_OBJ(state_view, "Exit", exit, &exit_type),
	JSON_OBJ(state_view, "Health", health, &health_type));

JSON_TYPE(policy_type, policy_view,
	JSON_STR(policy_view, "Name", name),
	JSON_I64(policy_view, "MaximumRetryCount", max));

JSON_TYPE(config_type, config_view,
	JSON_STR(config_view, "Hostname", hostname),
	JSON_STR(config_view, "Domainname", domainname),
	JSON_STR(config_view, "User", user),
	JSON_BOOL(config_view, "Tty", tty),
	JSON_BOOL(config_view, "OpenStdin", stdin_open),
	JSON_STRV(config_view, "Env", env),
	JSON_STRV(config_view, "Cmd", cmd),
	JSON_STR(config_view, "WorkingDir", cwd),
	JSON_MAP(config_view, "Annotations", annotations),
	JSON_I64(config_view, "StopSignal", stop_signal),
	JSON_I64(config_view, "StopTimeout", stop_timeout),
	JSON_OBJ(config_view, "Healthcheck", test, &test_type),
	JSON_STR(config_view, "HealthcheckOnFailureAction", action));

JSON_TYPE(log_type, log_view,
	JSON_STR(log_view, "Type", type),
	JSON_STR(log_view, "Path", path),
	JSON_STR(log_view, "Targets", targets));

JSON_TYPE(host_type, host_view,
	JSON_OBJ(host_view, "RestartPolicy", policy, &policy_type),
	JSON_BOOL(host_view, "AutoRemove", remove),
	JSON_OBJ(host_view, "LogConfig", log, &log_type),
	JSON_STR(host_view, "CgroupParent", cgroup_parent),
	JSON_BOOL(host_view, "ReadonlyRootfs", read_only),
	JSON_I64(host_view, "Memory", memory),
	JSON_OPT(host_view, "PidsLimit", pids));

JSON_TYPE(mount_type, mount_view,
	JSON_STR(mount_view, "Type", type),
	JSON_STR(mount_view, "Source", source),
	JSON_STR(mount_view, "Destination", destination),
	JSON_STRV(mount_view, "Options", options),
	JSON_BOOL(mount_view, "RW", rw),
	JSON_STR(mount_view, "Propagation", propagation));

JSON_TYPE(view_type, view,
	JSON_STR(view, "Id", name),
	JSON_STR(view, "Path", path),
	JSON_STRV(view, "Args", args),
	JSON_STR(view, "Rootfs", rootfs),
	JSON_STR(view, "Bundle", bundle),
	JSON_STR(view, "OCIConfigPath", config_path),
	JSON_STRV(view, "ExecIDs", sessions),
	JSON_STRV(view, "EffectiveCaps", effective),
	JSON_STRV(view, "BoundingCaps", bounding),
	JSON_OBJV(view, "Mounts", mounts, &mount_type),
	JSON_STRV(view, "Dependencies", after),
	JSON_OBJ(view, "Config", config, &config_type),
	JSON_OBJ(view, "HostConfig", host, &host_type),
	JSON_STR(view, "Name", name),
	JSON_OPT(view, "SizeRootFs", size),
	JSON_I64(view, "RestartCount", restarts),
	JSON_OBJ(view, "State", state, &state_type));
/* clang-format on */

static struct exit_view *exit_of(const struct args *a, struct end *x)
{
	struct exit_view *v = arena_alloc(a->arena, sizeof *v);

	*v = (struct exit_view){ .signal = x->signal,
		                 .memory_peak = x->memory_peak,
		                 .cpu_us = x->cpu_stall_us,
		                 .memory_us = x->memory_stall_us,
		                 .io_us = x->io_stall_us,
		                 .escalated = x->escalated,
		                 .clock_unset = x->clock_unset,
		                 .tail = utf8_text(a->arena, x->tail) };
	return v;
}

static struct state_view state_of(const struct args *a, struct look *l)
{
	struct state_view s = {
		.status = arena_strdup(a->arena, life_state_name(l->state)),
		.running = l->state == LIFE_RUNNING || l->state == LIFE_PAUSED,
		.paused = l->state == LIFE_PAUSED,
		.pid = l->up ? l->life.pid : 0,
		.keeper = l->up ? l->life.keeper : 0,
		.monitor = l->up ? l->life.monitor : 0,
		.began = l->up && *l->life.began ? l->life.began
		         : *l->end.began         ? l->end.began
		                                 : NULL,
	};

	if (l->has_end) {
		s.code = l->end.code;
		s.oom = l->end.oom > 0;
		s.reason = l->end.reason;
		s.error = l->end.error;
		s.ended = *l->end.ended ? l->end.ended : NULL; /* of a power cut nobody knows */
		s.exit = exit_of(a, &l->end);
	}
	if (l->state == LIFE_UNKNOWN) {
		char line[ERR_LINE_MAX];

		s.error = arena_strdup(a->arena, err_text(&l->why, line, sizeof line));
	}
	return s;
}

/* NULL: it has none, or does not run. */
static struct health_view *health_of(const struct args *a, const struct look *l)
{
	struct health_view *v = arena_alloc(a->arena, sizeof *v);
	struct check_view *log = arena_alloc(a->arena, sizeof *log);
	struct health_check *c = arena_alloc(a->arena, sizeof *c);
	struct err ignored;

	if (!l->has_health)
		return NULL;
	*v = (struct health_view){ .streak = l->health.streak };
	v->status = arena_strdup(a->arena, health_status_name(l->health.status));
	own_fd dir = open(arena_printf(a->arena, "%s/%s", a->root, a->rest[0]),
	                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || health_check_read(dir, c, &ignored))
		return v;
	*log = (struct check_view){ c->began, c->ended, utf8_text(a->arena, c->output), c->code };
	v->log = log;
	v->n_log = 1;
	return v;
}

static struct test_view *test_of(const struct args *a, const struct policy *p)
{
	enum { NS = 1000000 };
	struct test_view *v = arena_alloc(a->arena, sizeof *v);

	if (!p->health_cmd)
		return NULL;
	*v = (struct test_view){ .test = { arena_strdup(a->arena, "CMD-SHELL"),
		                           arena_strdup(a->arena, p->health_cmd) },
		                 .words = v->test,
		                 .n_words = 2,
		                 .interval = p->health_interval_ms * NS,
		                 .timeout = p->health_timeout_ms * NS,
		                 .start = p->health_start_ms * NS,
		                 .retries = p->health_retries };
	return v;
}

static struct config_view config_of(const struct args *a, const struct definition *d)
{
	const struct spec_process *p = d->spec.process;

	return (struct config_view){
		.hostname = d->spec.hostname,
		.domainname = d->spec.domainname,
		.user = p->user ? arena_printf(a->arena, "%u:%u", (unsigned)p->user->uid,
		                               (unsigned)p->user->gid)
		                : NULL,
		.cwd = p->cwd,
		.tty = p->terminal,
		.stdin_open = d->policy.stdin_open,
		.env = p->env,
		.n_env = p->n_env,
		.cmd = p->args,
		.n_cmd = p->n_args,
		.annotations = d->spec.annotations,
		.n_annotations = d->spec.n_annotations,
		.stop_signal = d->policy.stop_signal,
		.stop_timeout = d->policy.stop_timeout_ms / 1000,
		.test = test_of(a, &d->policy),
		.action =
		    d->policy.health_cmd
			? arena_strdup(a->arena, policy_health_action_name(d->policy.health_action))
			: NULL,
	};
}

/* The first target stands for all, as libpod knows one; the path is that of the first file. */
static struct log_view *log_of(const struct args *a, const struct definition *d)
{
	struct log_view *v = arena_alloc(a->arena, sizeof *v);
	const char *list = d->policy.log;
	struct err ignored;

	v->targets = arena_strdup(a->arena, list);
	v->type = arena_printf(a->arena, "%.*s", (int)strcspn(list, ":,"), list);
	v->path = engine_log_path(a, d, &ignored);
	return v;
}

static char *propagation_of(const struct args *a, unsigned long flags)
{
	const char *name = flags & MS_PRIVATE  ? "private"
	                   : flags & MS_SHARED ? "shared"
	                   : flags & MS_SLAVE  ? "slave"
	                                       : "unbindable";

	return flags ? arena_printf(a->arena, "%s%s", flags & MS_REC ? "r" : "", name) : NULL;
}

static void set_mounts(const struct args *a, struct view *v, const struct definition *d)
{
	v->n_mounts = d->spec.n_mounts;
	v->mounts = arena_array(a->arena, v->n_mounts, sizeof *v->mounts);
	for (size_t i = 0; i < v->n_mounts; i++) {
		const struct spec_mount *m = &d->spec.mounts[i];
		struct mount_options o = { 0 };
		struct err ignored; /* define has refused what is wrong in them */

		(void)mount_options_parse(a->arena, m->options, m->n_options, &o, &ignored);
		v->mounts[i] =
		    (struct mount_view){ .type = m->type,
			                 .source = m->source,
			                 .destination = m->destination,
			                 .options = m->options,
			                 .n_options = m->n_options,
			                 .rw = !((o.set | o.set_all) & MS_RDONLY),
			                 .propagation = propagation_of(a, o.propagation) };
	}
}

static struct host_view host_of(const struct args *a, const struct definition *d)
{
	const struct spec_resources *r = d->spec.linux_->resources;

	return (struct host_view){
		.log = log_of(a, d),
		.cgroup_parent = d->policy.cgroup_parent
		                     ? arena_strdup(a->arena, d->policy.cgroup_parent)
		                     : NULL,
		.remove = d->policy.remove,
		.read_only = d->spec.root->readonly,
		.memory = r && r->memory ? r->memory->limit : 0,
		.pids = r && r->pids ? r->pids->limit : (struct json_opt){ 0 },
	};
}

static void set_lists(struct view *v, const struct definition *d)
{
	const struct spec_process *p = d->spec.process;

	v->path = p->n_args ? p->args[0] : NULL;
	v->args = p->n_args ? p->args + 1 : NULL;
	v->n_args = p->n_args ? p->n_args - 1 : 0;
	v->after = (char **)(uintptr_t)d->policy.after;
	v->n_after = d->policy.n_after;
	if (p->capabilities) {
		v->effective = p->capabilities->effective;
		v->n_effective = p->capabilities->n_effective;
		v->bounding = p->capabilities->bounding;
		v->n_bounding = p->capabilities->n_bounding;
	}
}

static int set_sessions(const struct engine *g, struct view *v, struct err *e)
{
	struct session_look *l;
	size_t n;

	if (session_list(g, v->name, &l, &n, e))
		return -1;
	v->sessions = arena_array(g->arena, n + 1, sizeof *v->sessions);
	for (size_t i = 0; i < n; i++)
		if (!l[i].record.ended)
			v->sessions[v->n_sessions++] = l[i].id;
	return 0;
}

static int print(const struct args *a, const struct view *v, struct err *e)
{
	if (!a->format) {
		puts(json_text(a->arena, &view_type, v, 2));
		return 0;
	}
	const char *text = json_pick(a->arena, json_text(a->arena, &view_type, v, 0), a->format);
	if (!text)
		return err_kind(e, ERR_USAGE, 0,
		                "--format: \"%s\" names nothing here (a name is like State.Pid)",
		                a->format);
	puts(text);
	return 0;
}

int cmd_inspect(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct look l;
	int64_t size = 0;

	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	if (definition_load_up(&g, a->rest[0], &d, e) || look_at(&g, a->rest[0], &l, e) ||
	    (a->size && size_of_tree(d.dir, d.spec.root->path, &size, e)))
		return -1;
	struct state_view state = state_of(a, &l);
	state.health = health_of(a, &l);
	struct config_view config = config_of(a, &d);
	struct host_view host = host_of(a, &d);
	struct policy_view policy = {
		.name = arena_strdup(a->arena, policy_restart_name(d.policy.restart)),
		.max = d.policy.restart_max,
	};
	host.policy = &policy;
	struct view v = {
		.name = a->rest[0],
		.bundle = d.dir,
		.config_path = arena_printf(a->arena, "%s/config.json", d.dir),
		.rootfs = d.spec.root->path,
		.state = &state,
		.config = &config,
		.host = &host,
		.size = { .set = a->size, .v = size },
		.restarts = l.up        ? l.life.restarts
		            : l.has_end ? l.end.restarts
		                        : 0,
	};
	set_lists(&v, &d);
	set_mounts(a, &v, &d);
	if (set_sessions(&g, &v, e))
		return -1;
	return print(a, &v, e);
}
