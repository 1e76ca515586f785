/*
 * exec.h - another process in a container that runs.
 *
 *	host                        helper                            process
 *	  clone3 into the cgroup ->   rlimits, then setns to all of
 *	                              the container's namespaces
 *	  <----------------- PID --   clone3 CLONE_PARENT ------------>  terminal, cwd, user,
 *capabilities
 *	  <--------------------------------------------------- READY --
 *	  pid file
 *	  RECORDED -------------------------------------------------->   filter, exec
 *	  <------------------------------------------------- (closed)
 *
 * The cgroup is joined first and the pid namespace last, so that the container never sees a process
 *of ours outside of its limits, and the helper never shows in its pid namespace.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <sys/types.h>

struct exec_request {
	struct arena *arena;
	const char *root, *id;
	const char *process_file; /* NULL: the container's own process, changed by what follows */
	char **args;
	size_t n_args;
	const char *cwd, *user, *apparmor, *process_label; /* NULL: unchanged */
	char **env, **caps;
	size_t n_env, n_caps;
	uint32_t *gids;
	size_t n_gids;
	bool tty, no_new_privs, ignore_paused;
	const char *console_socket, *pid_file, *pidfd_socket; /* or NULL */
	const char *cgroup; /* "[CONTROLLER,...:]PATH" below the container's, NULL: choose */
	bool detach;
	pid_t *ret_pid; /* with detach, or NULL: of the process, a child of ours */
	bool privileged; /* all capabilities that we have to give */
	int console_fd;  /* connected, like console_socket; 0: none */

	const int *ours; /* the caller's descriptors, ended by -1: closed before the container is
	                    entered; NULL: none */

	/* When all is done but the exec; if it fails nothing has run, and nothing will. NULL:
	 * nobody wants to know. */
	int (*begun)(void *ctx, pid_t pid, int pidfd, struct err *e);
	void *ctx;
};

/* Run it; *ret_code is its exit code, 0 when detached. */
int exec_run(const struct exec_request *r, int *ret_code, struct err *e);
