/*
 * health.h - is a running container well? Its definition has a command that says so.
 *
 *	monitor's clock --> keeper --> worker: runs the command in the container, kills it when its
 *	      ^                          |     time is over, writes NAME/health.last
 *	      '------ CHECKED 0 or 1 ----'
 *
 * The monitor counts, keeps NAME/health, and does what the definition wants of an unhealthy one.
 */
#pragma once

#include "base/err.h"
#include "monitor/life.h"

#include <stdint.h>

enum health_status { HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };
enum health_action { HEALTH_NONE, HEALTH_KILL, HEALTH_RESTART, HEALTH_STOP };

struct health {
	int64_t format;
	int64_t status; /* enum health_status */
	int64_t streak; /* failures in a row */
	int64_t start;  /* of which start this is (life.h) */
};

enum { HEALTH_OUTPUT_MAX = 501 };

struct health_check { /* the last one */
	int64_t format;
	int64_t code; /* of the command; -1: killed at its timeout, or it could not be run */
	char began[WHEN_MAX], ended[WHEN_MAX];
	char output[HEALTH_OUTPUT_MAX]; /* its start */
};

const char *health_status_name(int64_t status);

int health_write(int dir, const struct health *h, struct err *e);
int health_read(int dir, struct health *ret, struct err *e); /* e->no ENOENT: none */
int health_check_write(int dir, const struct health_check *c, struct err *e);
int health_check_read(int dir, struct health_check *ret, struct err *e);

/* What the worker's exit code says; any other one: it has not come to a result. */
enum { HEALTH_PASSED = 0, HEALTH_FAILED = 1 };

/* ---- in the monitor ---- */

struct monitor;

/* Before each wait: begin, when it has just been started, and check, when it is time. */
void health_tick(struct monitor *m);

/* Somebody waits for that condition: is it so already? */
void health_look(struct monitor *m, int condition);

/* CHECKED of the keeper. */
void health_checked(struct monitor *m, int result);

/* A user wants a check now. 0 or -1; who asked waits for CTL_CHECKED. */
int health_request(struct monitor *m, struct err *e);
