/*
 * look.h - the state of a defined container, put together from its monitor's record, the kernel,
 * and the record of its last end.
 */
#pragma once

#include "engine/definition.h"
#include "monitor/health.h"
#include "monitor/life.h"

struct look {
	enum life_state state;
	bool up;         /* it has a monitor: life is set */
	bool has_end;    /* end is set */
	struct err why;  /* of LIFE_UNKNOWN */
	bool has_health; /* it runs, and health is set: of this start */
	struct life life;
	struct health health;
	struct end end;
};

/* What keeper and monitor left that were killed is cleaned up after, first. */
int look_at(const struct engine *g, const char *name, struct look *ret, struct err *e);

/* The same, but nothing that another command does just now is waited for. */
int look_quickly(const struct engine *g, const char *name, struct look *ret, struct err *e);

/* Has it a process, or will it have one without being asked? */
bool look_is_live(const struct look *l);
