/* events.h - waiting for what happens to a container: the OOM killer, its end, the time. */
#pragma once

#include "kernel/cgroup.h"
#include "oci/verbs.h"

enum event { EVENT_TIME, EVENT_OOM, EVENT_END };

struct events {
	const char *id;
	struct cgroup cgroup;
	int end;    /* pidfd of its first process */
	int memory; /* its memory.events, or -1 without the controller */
	uint64_t ooms;
};

/* Of a container that is created, running or paused. */
int events_open(const struct verb *v, struct events *ret, struct err *e);

/* The next one: EVENT_TIME after timeout_ms; EVENT_OOM once for each new count of processes killed.
 */
int events_wait(struct events *w, int timeout_ms, enum event *ret, struct err *e);

void events_close(struct events *w);

/* What runc prints, in one line: data only of "stats". */
char *events_stats(struct arena *a, const struct events *w);
char *events_oom(struct arena *a, const struct events *w);
