/*
 * phase.h - the steps of the state machine, for its two halves: phase.c and phase_request.c.
 */
#pragma once

#include "monitor/journal.h"
#include "monitor/monitor.h"

#define TELL(m, ...) journal_write((m)->plan.root, (m)->plan.name, __VA_ARGS__, JOURNAL_END)

/* On record, and told to who waits for it. deadline_ms: of the phase, clock_ms; 0: none. */
void phase_enter(struct monitor *m, enum phase phase, int64_t deadline_ms);

/* Is that so for as long as the phase lasts? */
bool phase_makes_true(enum phase phase, enum ctl_condition c);

/* From IDLE or BACKOFF, and behind an end. */
void phase_create(struct monitor *m);

/* From CREATED. */
void phase_start(struct monitor *m);

/* From CREATED and RUNNING. timeout_ms -1: the plan's, 0: KILL at once. */
void phase_stop(struct monitor *m, int64_t timeout_ms);

/* That of a stop, with the plan's for -1. */
int64_t phase_stop_ms(const struct monitor *m, int64_t timeout_ms);

/* There is no container. Whoever is told of the end finds nothing of ours in the way. */
void phase_leave(struct monitor *m);
