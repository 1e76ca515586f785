/*
 * session.h - exec sessions of a defined container (monitor/session.h), for commands: begin one,
 * find them, and reach them.
 */
#pragma once

#include "engine/definition.h"
#include "monitor/ctl.h"
#include "monitor/session.h"
#include "oci/exec.h"

struct session_begin {
	const struct engine *g;
	const char *name;
	struct exec_request exec; /* what is run */
	unsigned streams;         /* what the caller is attached to, CTL_IN ...; 0: nothing */
	unsigned kept;            /* descriptors from 3 on that are the program's */
	struct ctl_size size;     /* of its terminal; type 0: not known */
};

/*
 * Begin it, with a supervisor that outlives us. ret_sock: attached from before its first byte;
 * REPLY comes when it runs, or says why it does not. ret_id has room for SESSION_ID_LEN + 1.
 */
int session_begin(const struct session_begin *b, char *ret_id, int *ret_sock, struct err *e);

/* ERR_NO_CONTAINER: there is no such session. */
int session_is_terminal(const struct engine *g, const char *name, const char *id, bool *ret,
                        struct err *e);

/* A connection to its supervisor; e->no ENOENT: it has none (any more). */
int session_connect(const struct engine *g, const char *name, const char *id, struct err *e);

struct session_look {
	char id[SESSION_ID_LEN + 1];
	struct session_record record;
};

/* All of it, oldest first. One whose supervisor was killed is ended, with code 137. */
int session_list(const struct engine *g, const char *name, struct session_look **ret, size_t *ret_n,
                 struct err *e);

/* One that has ended: its code, which is forgotten with it. ERR_STATE: it runs. */
int session_take_code(const struct engine *g, const char *name, const char *id, int *ret,
                      struct err *e);

/* The end of those that have ended is forgotten, and what is half made swept. */
void session_sweep(int container);
