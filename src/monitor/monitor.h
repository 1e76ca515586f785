/*
 * monitor.h - the process that runs a defined container's life: output, stop, restarts, waiters.
 *
 * One poll loop, one state machine (monitor.c), fixed buffers. It reads what commands ask on
 * ctl.sock (control.c), has the keeper do what takes a fork, keeps the log (logger.h), and records
 * the life and each end of the container (life.h). All that must survive it is in those records or
 * with the keeper: a new monitor goes on where this one was killed.
 */
#pragma once

#include "monitor/ctl.h"
#include "monitor/health.h"
#include "monitor/life.h"
#include "monitor/link.h"
#include "monitor/logger.h"
#include "monitor/plan.h"

#include <poll.h>
#include <stdbool.h>

/* Where the monitor stands; life.h has what others see of it. */
enum phase {
	PHASE_IDLE,     /* no container, and nobody has asked for one yet */
	PHASE_CREATING, /* a worker makes it */
	PHASE_CREATED,
	PHASE_STARTING, /* a worker opens its gate */
	PHASE_RUNNING,
	PHASE_STOPPING, /* the stop signal is out, the deadline runs */
	PHASE_ENDING,   /* its process has ended, a worker takes it apart */
	PHASE_BACKOFF,  /* until the next start */
	PHASE_REMOVING, /* a worker removes the definition */
	PHASE_LEAVING,  /* the keeper has been told to quit */
	PHASES
};

struct client {
	int fd;
	bool asked; /* for verb, and has had no REPLY */
	bool waits; /* for condition */
	bool batch; /* it alone commands, with its children */
	enum ctl_verb verb;
	enum ctl_condition condition;

	/* attach.c */
	uint8_t streams;     /* CTL_IN ...; 0: it is not attached */
	bool held;           /* its next frame waits until the container takes input */
	bool lagging;        /* its queue was full for too long: output goes past it */
	uint16_t input_done; /* how much of its next frame was taken */
	int queued;          /* bytes in its queue, when it was last looked at */
	int64_t run;         /* of the container, that it is attached to */
	int64_t full_ms;     /* since when its queue is full, clock_ms; 0: it is not */
	uint64_t lost;       /* bytes, while lagging */
};

struct monitor {
	struct plan plan;
	struct life life;
	struct end end; /* the last one */
	bool has_end;
	struct logger log;
	enum phase phase;
	bool met; /* the keeper has told all it knows */

	bool start_wanted;       /* on to running as soon as it can */
	bool stop_wanted;        /* and down again as soon as it is up */
	int64_t stop_timeout_ms; /* of that stop */
	int64_t deadline_ms;     /* of the phase, clock_ms; 0: none */

	int dir, link, listen;
	int pidfd, cgroup;
	int memory_events; /* of the cgroup; -1: nothing to watch */
	int sessions;      /* epoll, orphan.c; -1: there was none yet */
	int64_t oom_kills; /* that have been told */
	int io[LINK_FDS];
	bool peeks;       /* output is read out of its pipe behind the log only */
	int peek[2];      /* a pipe of our own, for a look at it */
	enum work work;   /* that the keeper does now */
	bool made, ended; /* there is a container; its process has ended */
	int status;       /* of waitpid(2), when ended */
	bool escalated;
	bool recorded;        /* its end, by a monitor before us */
	int sweeps;           /* that have failed */
	bool unswept;         /* something of it is left, for the next command */
	const char *asked_by; /* END_STOPPED or END_KILLED */
	struct err failure;   /* why the start failed, when failed */
	bool failed;
	bool removed;             /* its definition */
	const char *restarted_by; /* who wanted the start that is under way behind an end: "user" or
	                             "policy"; NULL: it is a first one */
	int64_t grace_ms;         /* until then no output is read, clock_ms; 0: it is */
	int64_t run;              /* how often it was created by this monitor */
	bool draining;            /* nothing is left of the container but its last output */
	bool input_full;          /* the container does not take input, or is not there yet */
	struct ctl_size size;     /* of its terminal; type 0: nobody has said one */

	struct health health;
	int64_t health_ms; /* of its next step, clock_ms; 0: none */
	bool checking;     /* the keeper has been asked to */
	int check_code;    /* of the last one */

	/* Of a session (session.h), which has clients and output like a container: it answers
	 * instead of phase_request. */
	int (*request)(struct monitor *m, const struct ctl_request *r, struct err *e);

	pid_t batch; /* of the client that alone commands; 0: there is none */
	size_t n_clients;
	struct client clients[CTL_CLIENTS_MAX]; /* last: a crowd has pages that others do without */
};

/* All zeros; NULL: errno. Never static: every process of ours has its variables in one page. */
struct monitor *monitor_new(void);

/* The main function of `scow monitor`. */
int monitor_main(struct err *e);

/* poll(2). With nothing to do until something happens, what the last thing took of the stack is
 * given back: records and packets go deep. */
int monitor_poll(struct pollfd *p, nfds_t n, int timeout_ms);

/* What is to be polled of the program's ends; and what poll has found there. */
void output_watch(const struct monitor *m, struct pollfd p[LINK_FDS]);
void output_take(struct monitor *m, const struct pollfd p[LINK_FDS]);
/* The kernel says so, and a monitor that was killed has not forgotten it. */
bool monitor_is_frozen(const struct monitor *m);
void monitor_thaw(const struct monitor *m);

/* Read what the container has printed until there is no more, and close its pipes. False: patient,
 * and a client has to take some of it first. */
bool output_drain(struct monitor *m, bool patient);

/* ---- phase.c ---- */

/* A new monitor knows what the keeper knows: where did the last one leave it? What was asked of
 * that one is asked again, by who asked. */
void phase_resume(struct monitor *m);

void phase_work_done(struct monitor *m, const struct link_msg *r); /* DONE of a worker */
void phase_see_end(struct monitor *m);                             /* its process has ended */
void phase_time_is_up(struct monitor *m);
void phase_drain(struct monitor *m); /* go on with the last output */

/* ---- phase_request.c ---- */

/* What a command asks. 0: done, 1: answer later, -1: refused. */
int phase_request(struct monitor *m, const struct ctl_request *r, struct err *e);

/* ---- control.c ---- */

void control_accept(struct monitor *m);

/* All clients, in their order; and the first n of them, of which poll has found something. */
void control_watch(const struct monitor *m, struct pollfd *p);
void control_take(struct monitor *m, const struct pollfd *p, size_t n);

/* A new monitor: a pause of a batch, whose commands stopped with the last one, is undone. */
void control_resume(struct monitor *m);

/* REPLY to all who asked for this verb; why NULL: it is done. */
void control_answer(struct monitor *m, enum ctl_verb verb, const struct err *why);

/* END to all who wait for the condition. */
void control_reached(struct monitor *m, enum ctl_condition c);

/* To one client. */
void control_reply(struct client *c, enum ctl_type type, int code, unsigned flags,
                   const struct err *why);
unsigned control_end_flags(const struct monitor *m, enum ctl_condition c);

/* ---- attach.c ---- */

/* The client is attached from now on; next: to the run behind this one. */
void attach_begin(struct monitor *m, struct client *c, unsigned streams, bool next);

/* How many there are goes on record: the next monitor waits for them. */
void attach_count(struct monitor *m);

/* END to all who are attached to this run, behind what they have missed. */
void attach_end(struct monitor *m, enum ctl_condition c);

/* Output for all who are attached; packet[0] is room for its type, len counts without it. */
void attach_output(struct monitor *m, int stream, char *packet, size_t len);

/* For a new monitor: those who were attached to the last one come first, then output is read. Who
 * has gone with that one is not waited for for long. */
void attach_resume(struct monitor *m);

/* A client that still takes output has no room for more: none is to be read. */
bool attach_holds(const struct monitor *m);

/* See who has room again, and give up those that have had none for too long. */
void attach_look(struct monitor *m);
int64_t attach_deadline(const struct monitor *m); /* when that has to be next; 0: never */
short attach_events(const struct client *c);      /* what to poll it for */

/* A frame of a client. False: it has to wait until input_ready. */
bool attach_frame(struct monitor *m, struct client *c, const char *packet, size_t len);
void attach_input_ready(struct monitor *m);
void attach_unhold(struct monitor *m); /* all clients are heard again */

int attach_resize(struct monitor *m, int value, struct err *e); /* value: of CTL_RESIZE */
void attach_apply_size(const struct monitor *m); /* to a terminal that has just come */

/* ---- orphan.c ---- */

/* A new monitor: the sessions that there are already. */
void orphan_resume(struct monitor *m);

/* Miss that one, too. */
void orphan_watch(struct monitor *m, pid_t supervisor);

/* Some have ended: end the programs of those that were killed. */
void orphan_take(struct monitor *m);

/* ---- ending.c ---- */

/* Fill m->end from what is known of the process, its cgroup and its output, and write it. */
void ending_record(struct monitor *m, bool final);

/* Before the cgroup goes: was there an OOM kill, how much memory was it, what was it short of? */
void ending_measure(struct monitor *m);

/* memory.events has changed: tell of an OOM kill. */
void ending_see_oom(struct monitor *m);

/* What is left of one whose definition was removed; unless somebody is at it already, to define the
 * name again. */
void ending_remove_traces(const struct monitor *m);

/* Does the policy start it again after this end? */
bool ending_restarts(const struct plan *p, const struct life *l, const struct end *x);

/* How long to wait before the next start, by the number of failures in a row. */
int64_t ending_backoff_ms(int64_t failures);
