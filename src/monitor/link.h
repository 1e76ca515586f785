/*
 * link.h - what keeper, monitor and worker say to each other, over SOCK_SEQPACKET pairs.
 *
 *	monitor                 keeper                     worker (one at a time)
 *	  RUN op, value ------->  spawns it
 *	                          <----------- MADE pid, cgroup + pidfd   (create only)
 *	  <------ MADE + pidfd
 *	                          <----------- TERMINAL + its master      (with a terminal)
 *	  <------ STDIO + descriptors
 *	                          <----------- DONE err
 *	  <------------- DONE op, err
 *	                          waitpid(init)
 *	  <---------- ENDED status
 *	  RUN health ----------> spawns one beside the others
 *	  <-------- CHECKED value
 *	  ABORT --------------->  kills the worker
 *	  CLOSE_STDIN --------->  closes its copy
 *	  SETTLED ------------->  forgets MADE, STDIO and ENDED
 *	  QUIT ---------------->  ends, as soon as the monitor has
 *
 * The keeper keeps what it has passed on until SETTLED, and tells it again to a new monitor.
 *
 * All three are of one MONITOR_FORMAT (plan_read_as), though not of one version of scow: what
 * stands here may not change without it.
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

enum link_type {
	LINK_RUN = 1,
	LINK_MADE,
	LINK_TERMINAL,
	LINK_STDIO, /* descriptors: to stdin, from stdout, from stderr; or the terminal's master
	               alone */
	LINK_DONE,
	LINK_ENDED, /* value: status of waitpid(2) */
	LINK_SETTLED,
	LINK_QUIT,
	LINK_CLOSE_STDIN, /* to the keeper: its copy of the container's stdin, too */
	LINK_MET, /* to a new monitor, behind all that it has to know; work: what is being done */
	LINK_CHECKED, /* value: what the health worker ended with, -1: it was killed */
	LINK_ABORT,   /* to the keeper: the work takes too long, its worker is killed */
};

/* What a worker does; each is a command of scow, given by name. */
enum work {
	WORK_NONE,
	WORK_CREATE, /* make the container, which waits at its gate */
	WORK_START,  /* open the gate */
	WORK_SIGNAL, /* to all its processes; value: which */
	WORK_SWEEP,  /* take it apart */
	WORK_REMOVE, /* its definition, too */
	WORK_HEALTH, /* the health command; beside another work, and answered by CHECKED */
};

enum { LINK_FDS = 3, LINK_CGROUP_MAX = 256 };

struct link_msg {
	enum link_type type;
	enum work work;
	int value;
	int own_pid_ns;
	pid_t pid;
	int failed; /* err says why */
	struct err err;
	char cgroup[LINK_CGROUP_MAX];
};

/* -1 and errno. fds has LINK_FDS entries, -1 where there is none; NULL: none. */
int link_send(int sock, const struct link_msg *m, const int *fds);

/* 1, or 0 at the other's end, or -1 and errno (EAGAIN). */
int link_recv(int sock, struct link_msg *ret, int fds[LINK_FDS]);

/* The descriptors that each of them is executed with, beside /dev/null on 0 to 2 (the worker: the
 * container's stdin, stdout and stderr). */
enum {
	FD_LINK = 3,   /* monitor, worker: to the keeper. Keeper: keeper.lock */
	FD_DIR = 4,    /* the container's directory */
	FD_LISTEN = 5, /* keeper, monitor: ctl.sock. Worker: where its terminal is sent */
	FD_OUT = 6,    /* keeper, monitor: for the log target fd, or /dev/null */
	FD_ERR = 7,
};
