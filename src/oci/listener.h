/*
 * listener.h - SCMP_ACT_NOTIFY: the kernel asks a seccomp agent of the host about system calls.
 *
 *	host (start, run or exec)        thread of the process          the process
 *	  connects to listenerPath
 *	  RECORDED or GO ------------------------------------------->   starts the thread
 *	                                                                loads the filter: a
 *descriptor
 *	  <------- LISTENER, descriptor -- takes it as soon as it is
 *	  state and descriptor             there
 *	    to the agent
 *	  TAKEN -------------------------> closes it ---------------->   exec, which ends the thread
 *
 * The descriptor exists only once the filter is in force, and from then on any call of the process
 * may wait for an agent that does not have it yet, or be denied. So the process itself makes none
 * until the agent has it; the thread, which the filter does not hold for, does all.
 *
 * OCI runtime spec, config-linux.md "Seccomp" and runtime-linux.md; seccomp_unotify(2)
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "kernel/seccomp.h"
#include "spec/spec.h"
#include "store/record.h"
#include "sys/sys.h"

#include <sys/types.h>

/* The host's end. */
struct listener {
	struct arena *arena;
	const struct record *record;
	const struct spec_seccomp *seccomp; /* NULL: nobody is to be notified */
	const char *status; /* as the agent is told it; "creating" until the exec, as others do */
	int conn;           /* to the agent, or -1 */
	pid_t pid;          /* who loads the filter */
	size_t left;        /* listeners to come: one a hook, and the program's */
	struct sys_sched_attr policy; /* what it is to have again; size 0: it keeps what it has */
};

#define LISTENER_NONE ((struct listener){ .conn = -1 })

/*
 * Connect to the agent, if the profile notifies one: before process pid is let go, so that nothing
 * of it has run when there is none. A real-time process would not let its own thread run: it has
 * its policy back when the last listener is handed on; `hooks` of the image come before the
 * program. r and s must last as long as ret.
 */
int listener_open(struct arena *a, const struct spec *s, const struct record *r, const char *status,
                  pid_t pid, size_t hooks, struct listener *ret, struct err *e);
void listener_close(struct listener *l);

/* stage_wait_exec, handing on to the agent what comes meanwhile. */
int listener_wait_exec(struct listener *l, int sock, struct err *e);

/* In the process: load a filter that notifies; returns when the agent has the descriptor. */
int listener_install(const struct seccomp_program *p, int sock, struct err *e);
