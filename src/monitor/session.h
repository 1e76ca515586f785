/*
 * session.h - a program that exec has put into a defined container, and who looks after it.
 *
 *	NAME/exec/SID/		its flock(2) is held by the supervisor, for its life
 *	    session		what it is, and how it ended (struct session_record)
 *	    ctl.sock		ctl.h; verbs ATTACH, RESIZE, KILL and WAIT
 *
 * The supervisor is a process of its own, the program's parent: neither the command that asked for
 * the session nor a monitor that is replaced takes it along. The program is on record before it
 * runs. Its end goes to whoever is attached, and the directory with it; nobody there: both stay
 * until somebody asks, or the container is started again. When a supervisor is killed its program
 * ends as well: nobody would ever hear of it. The monitor, or who looks first, sees to that.
 */
#pragma once

#include "base/err.h"
#include "monitor/life.h"
#include "monitor/link.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SESSION_ID_LEN = 16, SESSION_COMMAND_MAX = 256 };

struct session_record {
	int64_t format;
	int64_t pid, start_time; /* of the program; proc.h */
	int64_t supervisor;      /* for people */
	int64_t terminal;
	int64_t ended, code;
	char began[WHEN_MAX], finished[WHEN_MAX];
	char command[SESSION_COMMAND_MAX];
};

struct session_place {
	const char *root, *name, *id;
};

bool session_is_id(const char *s);

/* The name of its directory while it is made, and when its end is being told: nobody lists it. */
void session_hidden(const char *id, char ret[SESSION_ID_LEN + 2]);

/* Has it a supervisor? */
bool session_is_live(int dir);

/* What it is. One whose supervisor was killed is ended first, with code 137. False: it is half
 * made, or gone. */
bool session_look(const struct session_place *at, int dir, struct session_record *ret);

int session_write(int dir, const struct session_record *r, struct err *e);
int session_read(int dir, struct session_record *ret, struct err *e);

struct session {
	const char *root, *name; /* of the container */
	const char *id;
	int container, parent; /* directories: the container's, and that of all sessions */
	int dir;               /* its own, with the lock */
	int listen, client;    /* who has asked for it; and has no answer yet */
	unsigned streams;      /* of that one, CTL_IN ... */
	bool stdin_open;
	int io[LINK_FDS]; /* as of link.h */
	int pidfd;        /* our child */
	struct session_record record;
};

/* Look after it until its end. A process of its own; what it does not need is gone by then. */
_Noreturn void session_serve(const struct session *s);
