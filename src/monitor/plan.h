/*
 * plan.h - what keeper, monitor and worker have to know of a defined container: written by the
 * command that brings it up, from the definition, and not changed until it has come to its end.
 *
 * The file plan in the container's directory also tells a defined container from a transient one.
 */
#pragma once

#include "base/err.h"

#include <stdint.h>

/*
 * Written into plan, life and exit, and into each packet of ctl.sock. Readers take their own and
 * both neighbours. What keeper, monitor and worker say to each other (link.h) is of one format:
 * another layout, another number there, is another format here.
 */
enum { MONITOR_FORMAT = 1 };

enum restart_policy {
	RESTART_NO,
	RESTART_ON_FAILURE,
	RESTART_ALWAYS,
	RESTART_UNLESS_STOPPED,
};

enum { PLAN_CGROUP_MAX = 256, PLAN_PATH_MAX = 512, PLAN_LOG_MAX = 512 };

struct plan {
	int64_t format;
	char name[208];
	char root[PLAN_PATH_MAX];   /* --root */
	char store[PLAN_PATH_MAX];  /* STORE/NAME, where desired and exit are kept; "": nowhere */
	char bundle[PLAN_PATH_MAX]; /* the directory of config.json */
	char exe[PLAN_PATH_MAX];    /* the installed binary, for a new monitor */
	char log[PLAN_LOG_MAX];     /* logger.h */
	char cgroup_parent[PLAN_CGROUP_MAX]; /* the cgroup that its own lies in; "": as it says */
	int64_t delegated;                   /* it was left to us: nothing above it is written to */
	int64_t restart;                     /* enum restart_policy */
	int64_t restart_max;                 /* of on-failure; 0: no limit */
	int64_t stop_signal;
	int64_t stop_timeout_ms;
	int64_t terminal;      /* process.terminal */
	int64_t stdin_open;    /* the program reads from attach clients; else from /dev/null */
	int64_t remove;        /* the definition goes with the final exit */
	int64_t oom_score_adj; /* of the command that brought it up: the container's, not ours */
	int64_t health_interval_ms; /* 0: there is no health command */
	int64_t health_timeout_ms, health_start_ms, health_retries;
	int64_t health_action; /* enum health_action of health.h */
};

/* Of a record with this name: is its format one that we can read? */
int plan_check_format(int64_t format, const char *name, struct err *e);

int plan_write(int dir, const struct plan *p, struct err *e);
int plan_read(int dir, struct plan *ret, struct err *e); /* e->no ENOENT: not defined */

/*
 * The same for monitor and worker, before they are anything: the keeper may be of another format
 * than the binary that is installed now. Then they become the keeper's, which is there for as long
 * as it lives. word is the worker's.
 */
int plan_read_as(const char *role, const char *word, int dir, struct plan *ret, struct err *e);
