/* command.c - the table of commands and their options. */
#include "cli/command.h"

#include <string.h>

/* clang-format off */
const struct option global_options[] = {
	OPT_TEXT("root", 0, root, "DIR", "state of the containers (default /run/scow; of a user $XDG_RUNTIME_DIR/scow)"),
	OPT_TEXT("store", 0, store, "DIR", "definitions of containers (default /var/lib/scow)"),
	OPT_TEXT("log", 0, log, "FILE", "append messages to FILE as well"),
	OPT_TEXT("log-format", 0, log_format, "FORMAT", "of that file: text (default) or json"),
	OPT_TEXT("log-level", 0, log_level, "LEVEL", "error, warning (default), info or debug"),
	OPT_FLAG("debug", 0, debug, "the same as --log-level debug"),
	OPT_TEXT("cgroup-manager", 0, cgroup_manager, "KIND", "cgroupfs (default), systemd or disabled"),
	OPT_FLAG("systemd-cgroup", 0, systemd_cgroup, "the same as --cgroup-manager systemd"),
	OPT_FLAG("mount-cgroup", 0, mount_cgroup, "mount cgroup2 first where it is not mounted"),
	OPT_FLAG("version", 'v', version, "print the version"),
	OPT_FLAG("help", 'h', help, "print this help"),
	OPT_FLAG("no-pivot", 0, global_no_pivot, NULL),
	OPT_TEXT("rootless", 0, ignored, "BOOL", NULL),
	OPT_TEXT("criu", 0, ignored, "PATH", NULL),
	OPT_TEXT("cgroup-v1-manager", 0, ignored, "KIND", NULL),
	OPT_END,
};

#define HELP	OPT_FLAG("help", 'h', help, "print this help")
#define CREATING \
	OPT_TEXT("bundle", 'b', bundle, "DIR", "the bundle (default: the current directory)"), \
	OPT_TEXT("config", 'f', config, "FILE", "the configuration (default: config.json of the bundle)"), \
	OPT_TEXT("console-socket", 0, console_socket, "PATH", "send the terminal to the socket PATH"), \
	OPT_TEXT("pid-file", 0, pid_file, "FILE", "write the pid of the first process to FILE"), \
	OPT_TEXT("pidfd-socket", 0, pidfd_socket, "PATH", "send a pidfd of the first process to the socket PATH"), \
	OPT_TEXT("preserve-fds", 0, preserve_fds, "N", "keep N descriptors beyond 2 for the program"), \
	OPT_FLAG("no-pivot", 0, no_pivot, "change the root by chroot: weaker, for an initramfs without user namespaces"), \
	OPT_TEXT("devices", 0, devices, "nodev", "where device rules cannot be enforced: no device but the listed ones"), \
	OPT_FLAG("no-new-keyring", 0, no_new_keyring, "keep the session keyring of the caller"), \
	OPT_FLAG("no-subreaper", 0, ignored_flag, NULL)

#define LIMITS \
	OPT_TEXT("memory", 0, memory, "BYTES", "limit of memory; -1: none"), \
	OPT_TEXT("memory-reservation", 0, memory_reservation, "BYTES", "memory that is left to it when others want some"), \
	OPT_TEXT("memory-swap", 0, memory_swap, "BYTES", "limit of memory and swap together; -1: none"), \
	OPT_TEXT("cpu-share", 0, cpu_share, "N", "weight of its CPU time; 1024 is normal"), \
	OPT_TEXT("cpus", 0, cpus, "NUMBER", "CPUs that it may keep busy, as 1.5"), \
	OPT_TEXT("cpu-quota", 0, cpu_quota, "USEC", "CPU time in a period; -1: no limit"), \
	OPT_TEXT("cpu-period", 0, cpu_period, "USEC", "the period"), \
	OPT_TEXT("cpu-burst", 0, cpu_burst, "USEC", "unused CPU time that may be saved up"), \
	OPT_TEXT("cpu-idle", 0, cpu_idle, "0|1", "1: CPU time that nobody else wants"), \
	OPT_TEXT("cpuset-cpus", 0, cpuset_cpus, "LIST", "CPUs to run on"), \
	OPT_TEXT("cpuset-mems", 0, cpuset_mems, "LIST", "memory nodes to use"), \
	OPT_TEXT("blkio-weight", 0, blkio_weight, "N", "weight of its disk time, 10 to 1000"), \
	OPT_TEXT("pids-limit", 0, pids_limit, "N", "limit of processes; -1: none")
#define MORE_OF_ROOTFS \
	OPT_LIST("volume", 'v', volume, "SOURCE:PATH[:OPTION,...]", "with --rootfs: a file or directory of the host at PATH, repeatable"), \
	OPT_LIST("tmpfs", 0, tmpfs, "PATH[:OPTION,...]", "with --rootfs: a file system in memory at PATH, repeatable"), \
	OPT_TEXT("net", 0, net, "host|none|PATH", "with --rootfs: the network namespace (default none: one of its own)"), \
	LIMITS, \
	OPT_TEXT("cpu-shares", 0, cpu_share, "N", NULL)

static const struct option create_options[] = { CREATING, HELP, OPT_END };

static const struct option run_options[] = {
	CREATING,
	OPT_FLAG("detach", 'd', detach, "return when the program runs"),
	OPT_FLAG("keep", 0, keep, "do not delete the container at its end"),
	OPT_TEXT("rootfs", 0, rootfs, "DIR", "no bundle: a default container on the root file system DIR"),
	OPT_FLAG("tty", 't', tty, "with --rootfs: a terminal"),
	OPT_LIST("env", 'e', env, "NAME=VALUE", "with --rootfs: an environment variable, repeatable"),
	OPT_TEXT("cwd", 0, cwd, "DIR", "with --rootfs: the working directory"),
	OPT_TEXT("user", 'u', user, "UID[:GID]", "with --rootfs: the user"),
	MORE_OF_ROOTFS,
	HELP, OPT_END,
};

static const struct option exec_options[] = {
	OPT_TEXT("process", 'p', process, "FILE", "the process, as in config.json"),
	OPT_TEXT("console-socket", 0, console_socket, "PATH", "send the terminal to the socket PATH"),
	OPT_TEXT("pid-file", 0, pid_file, "FILE", "write the pid of the process to FILE"),
	OPT_TEXT("pidfd-socket", 0, pidfd_socket, "PATH", "send a pidfd of the process to the socket PATH"),
	OPT_TEXT("cgroup", 0, cgroup, "PATH", "join PATH below the container's cgroup"),
	OPT_TEXT("preserve-fds", 0, preserve_fds, "N", "keep N descriptors beyond 2 for the program"),
	OPT_FLAG("detach", 'd', detach, "return when the program runs"),
	OPT_FLAG("tty", 't', tty, "a terminal"),
	OPT_FLAG("interactive", 'i', interactive, "of a defined container: our stdin is its stdin"),
	OPT_TEXT("detach-keys", 0, detach_keys, "KEYS", "of a defined container: what leaves it running, as for attach"),
	OPT_TEXT("cwd", 0, cwd, "DIR", "the working directory"),
	OPT_TEXT("workdir", 'w', cwd, "DIR", "the same as --cwd"),
	OPT_LIST("env", 'e', env, "NAME=VALUE", "an environment variable, repeatable"),
	OPT_TEXT("env-file", 0, env_file, "FILE", "environment variables, one a line"),
	OPT_FLAG("privileged", 0, privileged, "all capabilities"),
	OPT_TEXT("user", 'u', user, "USER[:GROUP]", "the user, by number, or by name in a defined container"),
	OPT_LIST("additional-gids", 'g', gids, "GID", "a supplementary group, repeatable"),
	OPT_LIST("cap", 'c', caps, "CAP", "one more capability, repeatable"),
	OPT_FLAG("no-new-privs", 0, no_new_privs, "set no_new_privs"),
	OPT_TEXT("apparmor", 0, apparmor, "PROFILE", "the AppArmor profile"),
	OPT_TEXT("process-label", 0, process_label, "CONTEXT", "the SELinux context"),
	OPT_FLAG("ignore-paused", 0, ignore_paused, "a paused container is no error"),
	OPT_FLAG("no-subreaper", 0, ignored_flag, NULL),
	HELP, OPT_END,
};

static const struct option define_options[] = {
	OPT_TEXT("bundle", 'b', bundle, "DIR", "of this bundle: its config.json is copied, its root used in place"),
	OPT_TEXT("rootfs", 0, rootfs, "DIR", "of a default container on the root file system DIR"),
	OPT_TEXT("restart", 0, restart, "POLICY", "no (default), on-failure[:N], always or unless-stopped"),
	OPT_TEXT("after", 0, after, "NAME,...", "containers that must run before this one"),
	OPT_TEXT("stop-signal", 0, stop_signal, "SIGNAL", "what stop sends first (default TERM)"),
	OPT_TEXT("stop-timeout", 0, stop_timeout, "SECONDS", "until stop sends KILL (default 10)"),
	OPT_TEXT("log-to", 0, log_to, "TARGET,...", "ring:SIZE, file:PATH, k8s-file:PATH, json-file:PATH, syslog, fd or none (default ring:64k)"),
	OPT_TEXT("cgroup-parent", 0, cgroup_parent, "PATH|self", "where its cgroup is made; self: beside the command that starts it"),
	OPT_TEXT("health-cmd", 0, health_cmd, "COMMAND", "for /bin/sh in the container: exit code 0 is healthy"),
	OPT_TEXT("health-interval", 0, health_interval, "TIME", "from one end of it to the next run (default 30s)"),
	OPT_TEXT("health-timeout", 0, health_timeout, "TIME", "when it is killed, and has failed (default 30s)"),
	OPT_TEXT("health-retries", 0, health_retries, "N", "failures in a row until unhealthy (default 3)"),
	OPT_TEXT("health-start-period", 0, health_start, "TIME", "in which failures do not count (default 0)"),
	OPT_TEXT("health-on-failure", 0, health_action, "ACTION", "once unhealthy: none (default), kill, restart or stop"),
	OPT_FLAG("rm", 0, remove, "remove the definition at the final exit"),
	OPT_FLAG("interactive", 'i', interactive, "keep stdin open for attach"),
	OPT_FLAG("tty", 't', tty, "with --rootfs: a terminal"),
	OPT_LIST("env", 'e', env, "NAME=VALUE", "with --rootfs: an environment variable, repeatable"),
	OPT_TEXT("cwd", 'w', cwd, "DIR", "with --rootfs: the working directory"),
	OPT_TEXT("user", 'u', user, "UID[:GID]", "with --rootfs: the user"),
	MORE_OF_ROOTFS,
	HELP, OPT_END,
};

#define ATTACHING \
	OPT_TEXT("detach-keys", 0, detach_keys, "KEYS", "what leaves it running (default ctrl-p,ctrl-q); \"\": nothing"), \
	OPT_FLAG("sig-proxy", 0, sig_proxy, "send it the signals that we get, unless it has a terminal (default)")

static const struct option start_options[] = {
	OPT_FLAG("recursive", 'R', recursive, "defined ones: start what they come after first, in order"),
	OPT_FLAG("foreground", 0, foreground, "stay until it ends, for a supervisor: TERM and INT stop it"),
	OPT_TEXT("pid-file", 0, pid_file, "FILE", "with --foreground: write the pid of this command to FILE when it runs"),
	OPT_TEXT("ready-fd", 0, ready_fd, "N", "with --foreground: write a newline to descriptor N when it runs"),
	OPT_FLAG("attach", 'a', attach, "stay, print its output, and return its exit code"),
	OPT_FLAG("interactive", 'i', interactive, "with --attach: our stdin is its stdin"),
	ATTACHING, HELP, OPT_END,
};

static const struct option attach_options[] = {
	OPT_TEXT("session", 0, session, "ID", "join a session of exec instead"),
	OPT_FLAG("no-stdin", 0, no_stdin, "send it no input"),
	OPT_FLAG("no-stdout", 0, no_stdout, "leave its stdout out"),
	OPT_FLAG("no-stderr", 0, no_stderr, "leave its stderr out"),
	ATTACHING, HELP, OPT_END,
};

static const struct option exec_ls_options[] = {
	OPT_FLAG("quiet", 'q', quiet, "only the ids"),
	OPT_FLAG("json", 0, json, "a JSON array"),
	HELP, OPT_END,
};

static const struct option boot_options[] = {
	OPT_FLAG("once", 0, once, "start them, and return"),
	OPT_FLAG("dry-run", 'n', dry_run, "only print what would be done"),
	HELP, OPT_END,
};

static const struct option stop_options[] = {
	OPT_TEXT("time", 't', timeout, "SECONDS", "until KILL is sent (default: the definition's)"),
	HELP, OPT_END,
};

static const struct option wait_options[] = {
	OPT_TEXT("condition", 0, condition, "WORD", "stopped (default), next-exit, removed, healthy, unhealthy, or a state"),
	OPT_TEXT("timeout", 0, timeout, "SECONDS", "give up then, with exit code 124"),
	HELP, OPT_END,
};

static const struct option rm_options[] = {
	OPT_FLAG("force", 'f', force, "stop it first"),
	OPT_TEXT("time", 't', timeout, "SECONDS", "with --force: until KILL is sent"),
	HELP, OPT_END,
};

static const struct option inspect_options[] = {
	OPT_TEXT("format", 'f', format, "NAME", "only this member, as State.Pid"),
	OPT_FLAG("size", 's', size, "with the size of the root file system"),
	HELP, OPT_END,
};

static const struct option stats_options[] = {
	OPT_FLAG("no-stream", 0, once, "once"),
	OPT_TEXT("interval", 0, interval, "TIME", "between two (default 5s)"),
	OPT_FLAG("json", 0, json, "a JSON object a line"),
	HELP, OPT_END,
};

static const struct option cleanup_options[] = {
	OPT_FLAG("rm", 0, remove, "remove their definitions, too"),
	HELP, OPT_END,
};

static const struct option logs_options[] = {
	OPT_TEXT("tail", 'n', tail_lines, "N", "only the last N lines"),
	OPT_FLAG("follow", 'f', follow, "go on until the container has come to its final end"),
	OPT_TEXT("since", 0, since, "WHEN", "from this date on, or that long ago"),
	OPT_TEXT("until", 0, until, "WHEN", "up to this date, or that long ago"),
	OPT_FLAG("timestamps", 't', timestamps, "with the time of each line"),
	HELP, OPT_END,
};

static const struct option kill_options[] = {
	OPT_TEXT("signal", 's', signal, "SIGNAL", "the signal (default TERM)"),
	OPT_FLAG("all", 'a', all, "to every process of the container"),
	HELP, OPT_END,
};

static const struct option delete_options[] = {
	OPT_FLAG("force", 'f', force, "kill it first; no error when there is none"),
	HELP, OPT_END,
};

static const struct option list_options[] = {
	OPT_TEXT("format", 'f', format, "FORMAT", "table (default) or json"),
	OPT_FLAG("json", 0, json, "the same as --format json"),
	OPT_FLAG("quiet", 'q', quiet, "names only"),
	HELP, OPT_END,
};

static const struct option ps_options[] = {
	OPT_TEXT("format", 'f', format, "FORMAT", "table (default) or json"),
	OPT_FLAG("json", 0, json, "the same as --format json"),
	HELP, OPT_END,
};

static const struct option spec_options[] = {
	OPT_TEXT("bundle", 'b', bundle, "DIR", "where to write it (default: the current directory)"),
	OPT_FLAG("rootless", 0, rootless, "for an own user namespace"),
	HELP, OPT_END,
};

static const struct option update_options[] = {
	OPT_TEXT("resources", 'r', resources, "FILE", "a linux.resources object; - is standard input"),
	LIMITS,
	OPT_TEXT("l3-cache-schema", 0, l3_cache_schema, "TEXT", "share of the cache, by resctrl"),
	OPT_TEXT("mem-bw-schema", 0, mem_bw_schema, "TEXT", "share of the memory bandwidth, by resctrl"),
	OPT_TEXT("cpu-rt-runtime", 0, cpu_rt_runtime, "USEC", NULL),
	OPT_TEXT("cpu-rt-period", 0, cpu_rt_period, "USEC", NULL),
	OPT_TEXT("kernel-memory", 0, kernel_memory, "BYTES", NULL),
	OPT_TEXT("kernel-memory-tcp", 0, kernel_memory_tcp, "BYTES", NULL),
	HELP, OPT_END,
};

static const struct option events_options[] = {
	OPT_FLAG("stats", 0, stats, "with ID: what it uses now, once"),
	OPT_TEXT("interval", 0, interval, "TIME", "with ID: between two stats (default 5s)"),
	OPT_TEXT("since", 0, since, "WHEN", "from this date on, or that long ago"),
	OPT_TEXT("until", 0, until, "WHEN", "up to this date, or that long ago"),
	OPT_LIST("filter", 0, filters, "KEY=VALUE", "only these: name=NAME, event=EVENT, repeatable"),
	OPT_FLAG("follow", 'f', follow, "go on with what happens from now on"),
	OPT_FLAG("json", 0, json, "a JSON object a line"),
	HELP, OPT_END,
};

static const struct option check_options[] = {
	OPT_FLAG("json", 0, json, "as JSON"),
	HELP, OPT_END,
};

static const struct option help_options[] = {
	OPT_FLAG("options", 0, options, "all commands and options, one a line, for programs"),
	HELP, OPT_END,
};

static const struct option no_options[] = { HELP, OPT_END };

const struct command commands[] = {
	{ .name = "create", .operands = "ID", .help = "make a container that waits for start",
	  .options = create_options, .run = cmd_create, .min = 1, .max = 1, .listen = true, .protect = true },
	{ .name = "start", .operands = "ID...", .help = "let a created container run its program; bring up defined ones",
	  .options = start_options, .run = cmd_start, .min = 1, .max = 255 },
	{ .name = "run", .operands = "ID [-- COMMAND [ARG]...]", .help = "create, start, wait and delete",
	  .options = run_options, .run = cmd_run, .min = 1, .max = 255, .tail = true, .listen = true, .protect = true },
	{ .name = "state", .operands = "ID", .help = "print its state as JSON",
	  .options = no_options, .run = cmd_state, .min = 1, .max = 1 },
	{ .name = "kill", .operands = "ID [SIGNAL]", .help = "send it a signal",
	  .options = kill_options, .run = cmd_kill, .min = 1, .max = 2 },
	{ .name = "delete", .operands = "ID", .help = "remove what is left of a stopped container",
	  .options = delete_options, .run = cmd_delete, .min = 1, .max = 1 },
	{ .name = "exec", .operands = "ID [COMMAND [ARG]...]", .help = "run another process in it",
	  .options = exec_options, .run = cmd_exec, .min = 1, .max = 255, .tail = true, .protect = true, .failure = 255 },
	{ .name = "ps", .operands = "[ID [PS-OPTION]...]", .help = "list its processes; without ID: all containers",
	  .options = ps_options, .run = cmd_ps, .min = 0, .max = 255, .tail = true },
	{ .name = "list", .operands = "", .help = "list the containers",
	  .options = list_options, .run = cmd_list, .min = 0, .max = 0 },
	{ .name = "pause", .operands = "ID", .help = "freeze all its processes",
	  .options = no_options, .run = cmd_pause, .min = 1, .max = 1 },
	{ .name = "resume", .operands = "ID", .help = "thaw them",
	  .options = no_options, .run = cmd_resume, .min = 1, .max = 1 },
	{ .name = "unpause", .operands = "NAME", .help = "the same as resume",
	  .options = no_options, .run = cmd_resume, .min = 1, .max = 1, .failure = 125 },
	{ .name = "define", .operands = "NAME [-- COMMAND [ARG]...]", .help = "keep a container's definition",
	  .options = define_options, .run = cmd_define, .min = 1, .max = 255, .failure = 125 },
	{ .name = "init", .operands = "NAME", .help = "create a defined container, which waits for start",
	  .options = no_options, .run = cmd_init, .min = 1, .max = 1, .failure = 125 },
	{ .name = "stop", .operands = "NAME...", .help = "end defined containers, with a signal and a deadline",
	  .options = stop_options, .run = cmd_stop, .min = 1, .max = 255, .failure = 125 },
	{ .name = "restart", .operands = "NAME...", .help = "stop and start defined containers",
	  .options = stop_options, .run = cmd_restart, .min = 1, .max = 255, .failure = 125 },
	{ .name = "wait", .operands = "NAME...", .help = "wait for the end of defined containers, print the exit codes",
	  .options = wait_options, .run = cmd_wait, .min = 1, .max = 255, .failure = 125 },
	{ .name = "rm", .operands = "NAME...", .help = "remove defined containers",
	  .options = rm_options, .run = cmd_rm, .min = 1, .max = 255, .failure = 125 },
	{ .name = "attach", .operands = "NAME", .help = "join the input and output of a defined container",
	  .options = attach_options, .run = cmd_attach, .min = 1, .max = 1, .failure = 125 },
	{ .name = "exec-ls", .operands = "NAME", .help = "list the sessions of exec in a defined container",
	  .options = exec_ls_options, .run = cmd_exec_ls, .min = 1, .max = 1, .failure = 125 },
	{ .name = "resize", .operands = "NAME ROWS COLUMNS", .help = "set the size of its terminal",
	  .options = no_options, .run = cmd_resize, .min = 3, .max = 3, .failure = 125 },
	{ .name = "http-attach", .operands = "NAME", .help = "serve one HTTP request to attach to it, on descriptors 0 and 1",
	  .options = no_options, .run = cmd_http_attach, .min = 1, .max = 1, .failure = 125 },
	{ .name = "artifact", .operands = "add|get|rm|ls NAME [KEY [FILE]]", .help = "keep small files with a defined container",
	  .options = no_options, .run = cmd_artifact, .min = 2, .max = 4, .failure = 125 },
	{ .name = "batch", .operands = "NAME [COMMAND]...", .help = "run commands on it, with nobody else's in between",
	  .options = no_options, .run = cmd_batch, .min = 1, .max = 255, .failure = 125 },
	{ .name = "logs", .operands = "NAME", .help = "print what a defined container has printed",
	  .options = logs_options, .run = cmd_logs, .min = 1, .max = 1, .failure = 125 },
	{ .name = "inspect", .operands = "NAME", .help = "print all of a defined container as JSON",
	  .options = inspect_options, .run = cmd_inspect, .min = 1, .max = 1, .failure = 125 },
	{ .name = "healthcheck", .operands = "NAME", .help = "run the health command of a defined container now",
	  .options = no_options, .run = cmd_healthcheck, .min = 1, .max = 1, .failure = 125 },
	{ .name = "top", .operands = "NAME", .help = "list the processes of a defined container",
	  .options = ps_options, .run = cmd_top, .min = 1, .max = 1, .failure = 125 },
	{ .name = "stats", .operands = "[NAME]...", .help = "show what defined containers use, again and again",
	  .options = stats_options, .run = cmd_stats, .min = 0, .max = 255, .failure = 125 },
	{ .name = "cleanup", .operands = "NAME...", .help = "take apart what is left of defined containers that do not run",
	  .options = cleanup_options, .run = cmd_cleanup, .min = 1, .max = 255, .failure = 125 },
	{ .name = "sync", .operands = "NAME...", .help = "make the records of defined containers true to the kernel",
	  .options = no_options, .run = cmd_sync, .min = 1, .max = 255, .failure = 125 },
	{ .name = "refresh", .operands = "NAME...", .help = "bring up defined containers anew, in the state they are in",
	  .options = stop_options, .run = cmd_refresh, .min = 1, .max = 255, .failure = 125 },
	{ .name = "boot", .operands = "[DIR]", .help = "bring up the defined containers that are to run, in order",
	  .options = boot_options, .run = cmd_boot, .min = 0, .max = 1, .failure = 125 },
	{ .name = "update", .operands = "ID", .help = "change its limits",
	  .options = update_options, .run = cmd_update, .min = 1, .max = 1 },
	{ .name = "events", .operands = "[ID]", .help = "print what has happened to defined containers; of ID: what it uses, until it ends",
	  .options = events_options, .run = cmd_events, .min = 0, .max = 1 },
	{ .name = "spec", .operands = "", .help = "write a config.json to start from",
	  .options = spec_options, .run = cmd_spec, .stateless = true, .min = 0, .max = 0 },
	{ .name = "features", .operands = "", .help = "print what this runtime can do as JSON",
	  .options = no_options, .run = cmd_features, .stateless = true, .min = 0, .max = 0 },
	{ .name = "check", .operands = "", .help = "what this machine has of what containers want",
	  .options = check_options, .run = cmd_check, .stateless = true, .min = 0, .max = 0 },
	{ .name = "explain", .operands = "FILE|BUNDLE", .help = "what becomes of each property of a config.json here",
	  .options = check_options, .run = cmd_explain, .stateless = true, .min = 1, .max = 1 },
	{ .name = "completion", .operands = "SHELL", .help = "print a completion script; SHELL is bash",
	  .options = no_options, .run = cmd_completion, .stateless = true, .min = 1, .max = 1 },
	{ .name = "help", .operands = "[COMMAND]", .help = "explain scow, or a command",
	  .options = help_options, .run = cmd_help, .stateless = true, .min = 0, .max = 1 },
	{ .name = NULL },
};
/* clang-format on */

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}
