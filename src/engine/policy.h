/*
 * policy.h - what the OCI spec has no field for: annotations org.scow.* of a definition.
 *
 * Transient containers ignore them all; a definition is refused when it has one that is not known,
 * with the name of the nearest one that is.
 */
#pragma once

#include "base/arena.h"
#include "monitor/health.h"
#include "monitor/plan.h"
#include "spec/spec.h"

struct policy {
	enum restart_policy restart;
	int64_t restart_max;
	int stop_signal;
	int64_t stop_timeout_ms;
	const char *cgroup_parent; /* a cgroup's path, POLICY_SELF, or NULL: as the spec says */
	const char *log;           /* a list for logger.h */
	bool remove, stdin_open;
	const char *health_cmd; /* for /bin/sh -c; NULL: none */
	int64_t health_interval_ms, health_timeout_ms, health_start_ms, health_retries;
	enum health_action health_action;
	const char *const *after; /* names of containers that must run first; NULL-terminated */
	size_t n_after;
};

#define POLICY_PREFIX "org.scow."
#define POLICY_SELF   "self" /* below the cgroup of who brings it up */

/* The defaults, and over them what the annotations say. ERR_CONFIG. */
int policy_read(struct arena *a, const struct spec *s, struct policy *ret, struct err *e);

const char *policy_restart_name(enum restart_policy r);
const char *policy_health_action_name(enum health_action a);
