/*
 * args.h - the command line: one struct for the values; the options are tables (options.h).
 *
 * An option is --name, --name=value, --name value, -x, -xvalue, or -name as Go's programs take it;
 * flags take =true and =false. Options may stand among the operands, except where a command line of
 * the container follows.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args {
	struct arena *arena;

	/* global */
	const char *root, *log, *log_format, *log_level, *cgroup_manager;
	bool debug, systemd_cgroup, mount_cgroup, version, help;
	bool global_no_pivot;

	/* create, run, exec */
	const char *bundle, *config, *console_socket, *pid_file, *preserve_fds;
	bool no_pivot, no_new_keyring, detach, keep;
	const char *devices;
	int listen_fds; /* or -1 */
	const char *rootfs;
	bool tty;
	char **volume; /* OPT_LIST wants the number of a list behind it */
	size_t n_volume;
	char **tmpfs;
	size_t n_tmpfs;
	const char *net;
	const char *process, *user, *cwd;
	char **env;
	size_t n_env;
	char **caps;
	size_t n_caps;
	char **gids;
	size_t n_gids;
	bool no_new_privs, ignore_paused, privileged;
	const char *apparmor, *process_label, *cgroup, *pidfd_socket;

	/* update */
	const char *resources;
	const char *memory, *memory_reservation, *memory_swap, *kernel_memory, *kernel_memory_tcp;
	const char *cpu_share, *cpu_quota, *cpu_period, *cpu_burst, *cpu_idle, *cpu_rt_runtime,
	    *cpu_rt_period, *cpuset_cpus, *cpuset_mems;
	const char *cpus, *blkio_weight, *pids_limit;
	char *l3_cache_schema, *mem_bw_schema;

	/* events */
	const char *interval;
	bool stats;

	/* the others */
	const char *format, *signal;
	bool all, force, quiet, rootless, options, json;

	/* defined containers */
	const char *health_cmd, *health_interval, *health_timeout, *health_retries, *health_start,
	    *health_action; /* define */
	const char *store, *restart, *after, *stop_signal, *stop_timeout, *log_to, *cgroup_parent,
	    *timeout, *condition, *tail_lines, *since, *until, *ready_fd, *detach_keys, *session,
	    *env_file;
	char **filters;
	size_t n_filters;
	bool definitions, own_store, remove, interactive, attach, recursive, follow, timestamps,
	    once, size, dry_run, foreground, no_stdin, no_stdout, no_stderr, sig_proxy;

	int failure; /* exit code of an error, when it is another than the command's */

	const char *ignored; /* of options that other runtimes have, and that change nothing here */
	bool ignored_flag;

	char **rest; /* operands */
	size_t n_rest;
};

/*
 * Read options from argv[*i] on, up to the first operand (operands: all of them, into rest). *i is
 * behind what was read. `where` names the command in errors, which are ERR_USAGE; "": none.
 */
struct option; /* options.h */
int args_parse(struct args *a, const struct option *table, const char *where, bool operands,
               int argc, char **argv, int *i, struct err *e);

/* A whole number of an option's text. */
int args_number(const char *option, const char *text, unsigned max, unsigned *ret, struct err *e);

/* *path from the root: processes of the engine are at home elsewhere. An empty one is an error. */
int args_absolute(struct args *a, const char *option, const char **path, struct err *e);

/* An option that would mean nothing is refused: "--attach WHY". */
struct given {
	const char *option;
	bool given;
};
int args_refuse(const struct given *v, size_t n, const char *why, struct err *e);

enum { PRESERVE_FDS_MAX = 1000 };

/*
 * Sockets that a service manager has passed: LISTEN_FDS of the environment, where LISTEN_PID is
 * ours or not there. -1: none are announced. Some callers announce more than they pass, without a
 * LISTEN_PID: those that are open count. sd_listen_fds(3)
 */
int listen_descriptors(void);

/* Those and --preserve-fds behind them: they must be open, and stay open across exec. How many. */
int keep_descriptors(const struct args *a, unsigned *ret, struct err *e);
