/*
 * life.h - the life of a defined container as its monitor records it: the file life in its
 * directory while it is up, and the file exit for its last end.
 *
 * Both are replaced by rename, by the monitor, or by a command that holds the lock when there is no
 * monitor. exit is kept in /run for each end, and in the store, on disk, for the final one.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum life_state {
	LIFE_CONFIGURED, /* there is a definition, and nothing else */
	LIFE_CREATED,
	LIFE_RUNNING,
	LIFE_PAUSED, /* never recorded: the kernel says so */
	LIFE_STOPPING,
	LIFE_STOPPED, /* its process has ended, and is being cleaned up after */
	LIFE_EXITED,
	LIFE_RESTARTING, /* waiting for the back-off to be over */
	LIFE_REMOVING,
	LIFE_UNKNOWN, /* its files cannot be used */
};

const char *life_state_name(enum life_state s);

enum { WHEN_MAX = 40 };

enum { ASKED_STOP = 1, ASKED_KILL };

struct life {
	int64_t format;
	int64_t state;        /* enum life_state */
	int64_t pid;          /* 0: no process */
	int64_t start;        /* how many times its program was begun since the plan was written */
	int64_t restarts;     /* by the policy, since the last start by a user */
	int64_t failures;     /* ends in a row that were too quick: what the back-off grows with */
	int64_t until_ms;     /* RESTARTING: when, clock_ms */
	int64_t began_ms;     /* when its program was begun, clock_ms */
	int64_t asked;        /* a user has asked for its end: no restart. ASKED_* */
	int64_t wanted;       /* it is on its way to running, whatever its state */
	int64_t attached;     /* how many clients are */
	int64_t batch_paused; /* a batch has paused it, and it is to go on when that ends */
	int64_t own_pid_ns;
	int64_t monitors;        /* how many monitors it has had */
	int64_t keeper, monitor; /* their pids, for people */
	char began[WHEN_MAX];    /* the same as wall time, RFC 3339 */
	char boot_id[40];
	char cgroup[256]; /* below the hierarchy's root; "": none */
};

int life_write(int dir, const struct life *l, struct err *e);
int life_read(int dir, struct life *ret, struct err *e); /* e->no ENOENT: not up */

/* What ended it, in a word. */
#define END_EXITED  "exited"
#define END_SIGNAL  "signal"
#define END_STOPPED "stopped" /* by stop */
#define END_KILLED  "killed"  /* by kill, with KILL or the stop signal */
#define END_OOM     "oom"
#define END_FAILED  "start-failed"
#define END_KEEPER  "keeper-lost"
#define END_MONITOR "monitor-lost"
#define END_POWER   "power-loss"

struct end {
	int64_t format;
	int64_t code;   /* the program's own, 128 + n for a signal; 125 to 127 when it never ran */
	int64_t signal; /* 0: it exited */
	int64_t oom;
	int64_t escalated; /* the stop signal did not do it */
	int64_t start;     /* which start this was the end of */
	int64_t restarts;
	int64_t memory_peak; /* bytes, 0: not known */
	/* How long some of its processes waited for want of each; 0: not known, too */
	int64_t cpu_stall_us, memory_stall_us, io_stall_us;
	int64_t uptime_ms;   /* how long its program ran */
	int64_t boot_ms;     /* CLOCK_BOOTTIME at the end */
	int64_t clock_unset; /* the wall clock had not been set: began and ended mean little */
	char reason[24];     /* END_* */
	char error[256];     /* of start-failed */
	char began[WHEN_MAX], ended[WHEN_MAX];
	char boot_id[40];
	char tail[1024]; /* the last lines of its output */
};

int end_write(int dir, const struct end *x, bool durable, struct err *e);
int end_read(int dir, struct end *ret, struct err *e);

/* Is this the end of that life, recorded before its monitor was killed? */
bool end_is_of(const struct end *x, const struct life *l);

/* Now, as RFC 3339 with nanoseconds, UTC. */
void when_now(char ret[WHEN_MAX]);

/* Does the wall clock say a year before this program was made? Then nobody has set it yet. */
bool when_is_unset(void);
