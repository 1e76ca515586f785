/* cmd_run.c - run and exec: commands that may stay in front of a process. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "cli/command.h"
#include "kernel/caps.h"
#include "oci/create.h"
#include "oci/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int default_config(struct args *a, struct create *c, struct err *e)
{
	c->config = config_from_rootfs(a, e);
	if (!c->config || config_check_size(c->config, e))
		return -1;
	c->config_len = strlen(c->config);
	return 0;
}

static int check_run(const struct args *a, struct err *e)
{
	if (a->rootfs && (a->bundle || a->config))
		return err_kind(e, ERR_USAGE, 0,
		                "run: --rootfs goes without --bundle and --config");
	if (!a->rootfs && config_check_bundle(a, e))
		return err_ctx(e, "run");
	if (!a->rootfs && a->n_rest > 1)
		return err_kind(
		    e, ERR_USAGE, 0,
		    "run: \"%s\" is one operand too many: the command is in config.json",
		    a->rest[1]);
	return 0;
}

int cmd_run(struct args *a, struct err *e)
{
	int code = 0;
	struct create c;

	if (check_run(a, e) || create_from_args(a, &c, a->rest[0], e))
		return -1;
	if (a->rootfs && default_config(a, &c, e))
		return -1;
	c.start = true;
	c.terminal_here = !a->detach && !a->console_socket;
	int failed = create_container(&c, e);
	if (!failed)
		failed = a->detach ? create_leave(&c, e) : create_stay(&c, a->keep, &code, e);
	create_close(&c);
	return failed ? -1 : code;
}

static int parse_gids(struct args *a, struct exec_request *r, struct err *e)
{
	r->gids = arena_array(a->arena, a->n_gids + 1, sizeof *r->gids);
	r->n_gids = a->n_gids;
	for (size_t i = 0; i < a->n_gids; i++)
		if (args_number("--additional-gids", a->gids[i], UINT_MAX, &r->gids[i], e))
			return -1;
	return 0;
}

/* A caller of the runtime may know a newer kernel's: left out with a warning, as in a config.json.
 * A session of ours has nobody who would read that. */
static int check_caps(const struct args *a, struct err *e)
{
	for (size_t i = 0; i < a->n_caps; i++)
		if (caps_number(a->caps[i]) < 0)
			return err_kind(e, ERR_USAGE, 0, "--cap: \"%s\" is not a capability",
			                a->caps[i]);
	return 0;
}

enum { ENV_FILE_MAX = 64 * 1024 };

/* Lines "NAME=value" or "NAME", which is ours; behind them those of --env, which win. */
static int read_env_file(struct args *a, struct exec_request *r, struct err *e)
{
	char *text, *line;
	size_t len, n = 0;

	if (!a->env_file)
		return 0;
	if (fd_read_file(a->arena, AT_FDCWD, a->env_file, ENV_FILE_MAX, &text, &len, e))
		return err_ctx(e, "--env-file");
	char **all = arena_array(a->arena, len / 2 + a->n_env + 2, sizeof *all);
	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " \t");
		line[strcspn(line, "\r")] = 0;
		if (!*line || *line == '#')
			continue;
		const char *own = strchr(line, '=') ? NULL : getenv(line);
		if (strchr(line, '='))
			all[n++] = line;
		else if (own)
			all[n++] = arena_printf(a->arena, "%s=%s", line, own);
	}
	if (a->n_env)
		memcpy(all + n, a->env, a->n_env * sizeof *all);
	r->env = all;
	r->n_env = n + a->n_env;
	return 0;
}

/* What a supervisor of ours cannot do is done in front: a terminal that goes elsewhere. */
static int exec(struct args *a, struct exec_request *r, unsigned kept, struct err *e)
{
	const bool defined = is_defined(a, a->rest[0]);
	int code;

	if (defined && !r->console_socket)
		return check_caps(a, e) ? -1 : engine_exec(a, r, kept, e);
	if (a->interactive || a->detach_keys)
		return err_kind(e, ERR_USAGE, 0,
		                "exec: --interactive and --detach-keys are for defined containers");
	if (!exec_run(r, &code, e))
		return code;
	if (defined)
		a->failure = engine_failure(e);
	return -1;
}

int cmd_exec(struct args *a, struct err *e)
{
	struct exec_request r = {
		.arena = a->arena,
		.root = a->root,
		.id = a->rest[0],
		.process_file = a->process,
		.cwd = a->cwd,
		.user = a->user,
		.env = a->env,
		.n_env = a->n_env,
		.caps = a->caps,
		.n_caps = a->n_caps,
		.tty = a->tty,
		.no_new_privs = a->no_new_privs,
		.apparmor = a->apparmor,
		.process_label = a->process_label,
		.ignore_paused = a->ignore_paused,
		.privileged = a->privileged,
		.console_socket = a->console_socket,
		.pid_file = a->pid_file,
		.pidfd_socket = a->pidfd_socket,
		.cgroup = a->cgroup,
		.detach = a->detach,
	};
	unsigned kept;

	command_words(a, &r.args, &r.n_args);
	if (is_defined(a, a->rest[0]) && engine_check_exec(a, e))
		return -1;
	if (!r.n_args && !r.process_file)
		return err_kind(e, ERR_USAGE, 0, "exec: no command is given");
	if (r.n_args && r.process_file)
		return err_kind(e, ERR_USAGE, 0,
		                "exec: a command and --process exclude each other");
	if (config_check_env(a, e) || keep_descriptors(a, &kept, e) || parse_gids(a, &r, e) ||
	    read_env_file(a, &r, e))
		return -1;
	return exec(a, &r, kept, e);
}
