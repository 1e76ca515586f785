/* cmd_container.c - create, start, state, kill, delete, pause and resume. */
#include "base/signal.h"
#include "cli/command.h"
#include "oci/create.h"
#include "oci/verbs.h"

#include <stdio.h>
#include <string.h>

static struct verb verb_of(const struct args *a)
{
	return (struct verb){ .arena = a->arena, .root = a->root, .id = a->rest[0] };
}

int create_from_args(struct args *a, struct create *c, const char *id, struct err *e)
{
	create_init(c, a->arena, a->root, id);
	if (keep_descriptors(a, &c->preserve_fds, e))
		return -1;
	if (a->devices && strcmp(a->devices, "nodev"))
		return err_kind(e, ERR_USAGE, 0, "--devices: \"%s\" is not nodev", a->devices);
	c->may_nodev = a->devices;
	c->listen_fds = a->listen_fds;
	c->service = true;
	c->bundle = a->bundle;
	c->config_file = a->config;
	c->console_socket = a->console_socket;
	c->pid_file = a->pid_file;
	c->pidfd_socket = a->pidfd_socket;
	c->no_pivot = a->no_pivot || a->global_no_pivot;
	c->no_new_keyring = a->no_new_keyring;
	c->systemd = a->systemd_cgroup;
	c->no_cgroup = a->cgroup_manager && !strcmp(a->cgroup_manager, "disabled");
	return 0;
}

int cmd_create(struct args *a, struct err *e)
{
	struct create c;

	if (create_from_args(a, &c, a->rest[0], e))
		return -1;
	int failed = create_container(&c, e);
	create_close(&c);
	return failed;
}

static int check_start(const struct args *a, struct err *e)
{
	const struct given of_front[] = { { "pid-file", a->pid_file },
		                          { "ready-fd", a->ready_fd } };
	const struct given of_attach[] = { { "interactive", a->interactive },
		                           { "detach-keys", a->detach_keys } };

	return (!a->foreground && args_refuse(of_front, 2, "goes with --foreground", e)) ||
	               (!a->attach && args_refuse(of_attach, 2, "goes with --attach", e))
	           ? err_ctx(e, "start")
	           : 0;
}

int cmd_start(struct args *a, struct err *e)
{
	const struct verb v = verb_of(a);

	if (check_start(a, e))
		return -1;
	if (is_defined(a, a->rest[0]))
		return engine_start(a, e);
	if (a->recursive || a->foreground)
		return err_kind(e, ERR_USAGE, 0,
		                "start: --recursive and --foreground go with defined containers");
	if (a->attach) {
		a->failure = ENGINE_FAILURE;
		return engine_not_defined(a, a->rest[0], e);
	}
	if (a->n_rest > 1)
		return err_kind(e, ERR_USAGE, 0, "start: \"%s\" is one operand too many",
		                a->rest[1]);
	return verb_start(&v, e);
}

int cmd_state(struct args *a, struct err *e)
{
	const struct verb v = verb_of(a);
	struct record r = { 0 };
	enum status s;

	if (is_defined(a, a->rest[0]))
		return engine_state(a, e);
	if (verb_look(&v, &r, &s, e))
		return -1;
	(void)setvbuf(stdout, NULL, _IOFBF,
	              BUFSIZ); /* one write, and no question about a terminal */
	puts(status_text(a->arena, &r, status_name(s), s == STATUS_STOPPED ? 0 : r.pid, 2));
	return 0;
}

int cmd_kill(struct args *a, struct err *e)
{
	const char *text = a->n_rest > 1 ? a->rest[1] : a->signal ? a->signal : "TERM";
	const struct verb v = verb_of(a);
	int signal = signal_number(text);

	if (signal < 0)
		return err_kind(e, ERR_USAGE, 0, "kill: unknown signal \"%s\"", text);
	if (is_defined(a, a->rest[0]))
		return engine_kill(a, signal, e);
	return verb_kill(&v, signal, a->all, e);
}

int cmd_delete(struct args *a, struct err *e)
{
	const struct verb v = verb_of(a);

	return is_defined(a, a->rest[0]) ? cmd_cleanup(a, e) : verb_delete(&v, a->force, e);
}

int cmd_pause(struct args *a, struct err *e)
{
	const struct verb v = verb_of(a);

	return is_defined(a, a->rest[0]) ? engine_freeze(a, true, e) : verb_pause(&v, e);
}

int cmd_resume(struct args *a, struct err *e)
{
	const struct verb v = verb_of(a);

	return is_defined(a, a->rest[0]) ? engine_freeze(a, false, e) : verb_resume(&v, e);
}
