/*
 * process.h - the last steps of a process that becomes a program of the container: the same for the
 * first one (init.c) and for those of exec (exec.c). In this order; caps.h says why.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/proc.h"
#include "kernel/caps.h"
#include "kernel/lsm.h"
#include "kernel/seccomp.h"
#include "spec/spec.h"

#include <sys/types.h>

enum { PROCESS_SET_MAX = 4 };

struct process {
	const struct spec_process *spec;
	const struct spec_linux *linux_; /* the container's */
	struct caps caps;
	struct lsm lsm;
	struct proc_self self; /* before any namespace was entered */
	struct seccomp_program filter;
	const int *host; /* the handshake, which takes a listener of the filter to the host */
	struct arena *arena;
	char *set[PROCESS_SET_MAX]; /* "NAME=value" that replace those of the configuration */
	size_t n_set;
	char *program; /* set by process_find */
	char **env;
};

/*
 * The parts that need no container: names of capabilities, and whether there is somebody to enforce
 * labels. p is a process of the container s. process_drop closes what it has opened.
 */
int process_prepare(struct arena *a, const struct spec_process *p, const struct spec *s,
                    struct process *ret, struct err *e);
void process_drop(struct process *p);

/* In the child, before it leaves the host's mounts: what process_label writes to. */
int process_open_labels(struct process *p, struct err *e);

/* A session keyring of the container's own, named after it. */
int process_join_keyring(const struct process *p, const char *id, struct err *e);

/*
 * The labels that the program will have, while nothing is dropped yet: a profile may be changed by
 * who is confined himself only with privilege. What is executed next has them; so not before host's
 * hooks.
 */
int process_label(struct process *p, struct err *e);

/*
 * The working directory, inside the root by the kernel's word (CVE-2024-21626). As root first, and
 * as the user when root may not enter: *ret_later says that process_become has to try again.
 */
int process_enter_cwd(const struct process *p, bool *ret_later, struct err *e);

/* Give descriptors 0 to 2 to the user, so that it can open /dev/stdout again. */
void process_give_stdio(const struct process *p);

/* Personality, memory policy, bounding set, groups, user, capabilities, no_new_privs; not dumpable
 * afterwards. */
int process_become(struct process *p, bool cwd_later, struct err *e);

/* A variable of ours, "NAME=value", in its environment. */
void process_set(struct process *p, char *variable);

/* The program in the PATH of its own environment, and that environment with a HOME. ERR_NO_PROGRAM,
 * ERR_NOT_EXECUTABLE. */
int process_find(struct process *p, struct err *e);

/*
 * Into another arena: what process_exec needs, and nothing else, so that a process that waits for
 * its exec can give back all that was parsed.
 */
void process_move(struct process *p, struct arena *to);

/* The seccomp filter, and without the capability that loading it takes. */
int process_filter(const struct process *p, struct err *e);

/* Filter and exec: returns only with the failure. */
int process_exec(struct process *p, struct err *e);

/* On the host, when the process waits for its exec: scheduler and I/O priority. */
int process_schedule(pid_t pid, const struct spec_process *p, struct err *e);

/* On the host: decimal, no newline, in one piece; a relative path is the caller's. */
int process_write_pid_file(struct arena *a, const char *path, pid_t pid, struct err *e);

/* An errno in lower case, as Go has it: clients look for these words, and musl's would not be
 * found.
 */
const char *process_reason(int no);

/* The --pidfd-socket at path, or NULL: connected in time, given the pidfd when there is one. */
int process_connect_pidfd(const char *path, int *ret_sock, struct err *e);
int process_send_pidfd(int sock, int pidfd, struct err *e);

/* Default dispositions of the signals that callers leave ignored, and none blocked. */
void process_default_signals(const struct process *p);
