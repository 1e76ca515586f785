/*
 * main.c - from the command line to a command and its exit code. The one place that reports errors.
 *
 *	scow [GLOBAL OPTIONS] COMMAND [OPTIONS] [OPERANDS]
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/log.h"
#include "cli/command.h"
#include "engine/definition.h"
#include "kernel/cgroup.h"
#include "kernel/self.h"
#include "kernel/userns.h"
#include "store/ctr.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int setup_log(const struct args *a, struct err *e)
{
	const char *format = a->log_format ? a->log_format : "text";
	int level = a->debug ? LOG_DEBUG : LOG_WARNING;

	if (strcmp(format, "text") && strcmp(format, "json"))
		return err_kind(e, ERR_USAGE, 0, "--log-format: \"%s\" is not text or json",
		                format);
	for (int i = 0; a->log_level && i <= LOG_DEBUG; i++)
		if (!strcmp(a->log_level, log_level_name((enum log_level)i)) ||
		    (i == LOG_WARNING && !strcmp(a->log_level, "warn")))
			level = i;
	if (a->log_level && level == LOG_WARNING && *a->log_level != 'w')
		return err_kind(e, ERR_USAGE, 0,
		                "--log-level: \"%s\" is not error, warning, info or debug",
		                a->log_level);
	if (log_setup(a->log && *a->log ? a->log : NULL, !strcmp(format, "json"),
	              (enum log_level)level))
		return err_set(e, errno, "--log: open %s", a->log);
	return 0;
}

/*
 * /run/scow is root's. Whoever is not root on this machine, though a rootless engine may have made
 * him root of a user namespace, has a place of his own, and no definitions, which are the
 * machine's.
 */
static int default_root(const struct command *c, struct args *a, struct err *e)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const bool user = userns_is_needed();

	a->root = CTR_ROOT;
	if (!user && (!dir || *dir != '/' || userns_is_first()))
		return 0;
	a->definitions = a->own_store;
	if (dir && *dir == '/')
		a->root = arena_printf(a->arena, "%s/scow", dir);
	else if (!c->stateless)
		return err_kind(e, ERR_USAGE, 0,
		                "XDG_RUNTIME_DIR is not set: who is not root gives a directory for "
		                "the state of containers by --root");
	return 0;
}

static int check_globals(const struct command *c, struct args *a, struct err *e)
{
	const char *m = a->cgroup_manager;

	/* A state root of its own is a world of its own: no definitions, unless they are named. */
	a->definitions = !a->root || a->store;
	a->own_store = a->store != NULL;
	if (!a->store)
		a->store = DEFINITION_STORE;
	if (!a->root && default_root(c, a, e))
		return -1;
	if (args_absolute(a, "--root", &a->root, e) || args_absolute(a, "--store", &a->store, e))
		return -1;
	if (m && strcmp(m, "cgroupfs") && strcmp(m, "systemd") && strcmp(m, "disabled"))
		return err_kind(e, ERR_USAGE, 0,
		                "--cgroup-manager: \"%s\" is not cgroupfs, systemd or disabled", m);
	a->systemd_cgroup = a->systemd_cgroup || (m && !strcmp(m, "systemd"));
	return 0;
}

/*
 * What the caller left open beyond the descriptors that it wants kept must not reach a container,
 * nor be used by it while it is made (CVE-2024-21626). Nothing of ours is open yet.
 */
static int close_leaked(const struct command *c, const struct args *a, struct err *e)
{
	const char *file = a->process ? a->process : a->config;
	const int named = file ? fd_named(file) : -1; /* a shell's <(...): closed when it is read */
	unsigned keep = c->keep_fds;

	if (a->preserve_fds &&
	    args_number("--preserve-fds", a->preserve_fds, PRESERVE_FDS_MAX, &keep, e))
		return -1;
	if (a->listen_fds > 0)
		keep += (unsigned)a->listen_fds;

	unsigned first = 3 + keep;
	if (named >= (int)first) {
		if (named > (int)first && sys_close_range(first, (unsigned)named - 1, 0))
			return err_set(e, errno, "close_range");
		first = (unsigned)named + 1;
	}
	return sys_close_range(first, ~0u, 0) ? err_set(e, errno, "close_range") : 0;
}

/* Of "NAME ROWS COLUMNS" the one that is not there. */
static int missing(const struct command *c, size_t n, struct err *e)
{
	const char *p = command_operands(c);

	while (n--)
		p += strcspn(p, " ") + 1;
	return err_kind(e, ERR_USAGE, 0, "%s: %.*s is missing", command_name(c),
	                (int)strcspn(p, " ."), p);
}

static int check_operands(const struct command *c, const struct args *a, struct err *e)
{
	if (a->n_rest < c->min)
		return missing(c, a->n_rest, e);
	if (a->n_rest > c->max)
		return err_kind(e, ERR_USAGE, 0, "%s: \"%s\" is one operand too many",
		                command_name(c), a->rest[c->max]);
	return 0;
}

static int run_command(const struct command *c, struct args *a, int argc, char **argv, int i,
                       struct err *e)
{
	if (args_parse(a, options_at(c->options), command_name(c), !c->tail, argc, argv, &i, e))
		return -1;
	if (a->help)
		return print_command_help(c);
	if (c->tail) {
		a->rest = argv + i;
		a->n_rest = (size_t)(argc - i);
	}
	if (check_operands(c, a, e) || check_globals(c, a, e))
		return -1;
	a->listen_fds = c->listen ? listen_descriptors() : -1;
	if (c->protect && (self_protect(argv, environ, e) || close_leaked(c, a, e)))
		return -1;
	if (a->mount_cgroup && cgroup_mount(e))
		return err_ctx(e, "--mount-cgroup");
	return command_run(c, a, e);
}

static int run(struct args *a, int argc, char **argv, int *ret_failure, struct err *e)
{
	int i = 1;

	if (args_parse(a, option_tables.global, "", false, argc, argv, &i, e) || setup_log(a, e))
		return -1;
	if (a->version)
		return print_version();
	if (a->help || i == argc)
		return cmd_help(a, e);
	const struct command *c = command_find(argv[i]);
	if (!c)
		c = command_find_internal(argv[i]);
	if (!c)
		return err_kind(e, ERR_USAGE, 0, "unknown command \"%s\" (scow --help lists them)",
		                argv[i]);
	*ret_failure = c->failure ? c->failure : 1;
	return run_command(c, a, argc, argv, i + 1, e);
}

/*
 * Descriptors 0 to 2 are the container's: init hands them to its user and puts a terminal there. So
 * none of ours may ever have such a number, and whoever has closed one gets /dev/null.
 */
static int fill_stdio(struct err *e)
{
	struct pollfd p[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	const int n = poll(p, 3, 0);

	for (int fd = 0; n && fd < 3; fd++)
		if (p[fd].revents & POLLNVAL && open("/dev/null", O_RDWR) != fd)
			return err_set(e, errno, "open /dev/null for the closed descriptor %d", fd);
	return 0;
}

/* What the caller left that would change how our calls work. */
static int make_sane(struct err *e)
{
	if (self_is_second_start()) /* dispositions and descriptors stay as the first one left them
	                             */
		return 0;
	/* Ignored, it makes the kernel reap our children before we know how they ended. */
	(void)signal(SIGCHLD, SIG_DFL);
	return fill_stdio(e);
}

/* Apart: main's frame is there for as long as a keeper lives. */
static __attribute__((noinline)) void report(const struct err *e)
{
	char line[ERR_LINE_MAX];

	/* The oldest kernel that has all calls, or somebody's filter around us. */
	log_error("%s%s", err_text(e, line, sizeof line),
	          e->no == ENOSYS ? " (scow needs Linux 5.10 or newer)" : "");
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct args a = { .arena = &arena, .sig_proxy = true };
	struct err e = { 0 };
	int failure = 1;

	int code = make_sane(&e);
	if (!code)
		code = run(&a, argc, argv, &failure, &e);
	if (code < 0) {
		report(&e);
		return a.failure ? a.failure : failure;
	}
	if (fflush(stdout) || ferror(stdout)) {
		log_error("write to stdout failed");
		return failure;
	}
	return code;
}
