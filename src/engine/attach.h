/*
 * attach.h - our stdin, stdout and stderr at a defined container.
 */
#pragma once

#include "engine/definition.h"
#include "engine/detach_keys.h"

struct attach {
	const struct engine *g;
	const struct definition *d;
	const char *session;       /* of it, to which we are attached instead; NULL: none */
	int sock;                  /* a connection on which we are attached to it already; or 0 */
	bool start;                /* bring it up: it prints nothing before we are attached */
	bool terminal, stdin_open; /* has it those? */
	unsigned
	    streams; /* CTL_IN, CTL_OUT, CTL_ERR; its stdin only where the definition has one */
	bool eof;    /* the end of our stdin is the end of its stdin */
	bool proxy;  /* signals that we get are sent to it, unless it has a terminal */
	struct detach_keys keys; /* where our stdin is a terminal, or somebody else's far away */

	/* A connection on descriptors 0 and 1 (cmd_http.c): all goes to 1, each piece in a frame
	 * (attach_frame_head) unless it is a terminal's; and who has hung up is gone. */
	bool hijacked;
	/* When attached, before any output; or NULL. since: as in ctl.h; "" of an older monitor. */
	int (*answered)(void *ctx, const char *since, struct err *e);
	void *ctx;
};

/* Of the terminal that we are at; type 0: there is none. */
struct ctl_size attach_our_size(void);

/* STREAM 0 0 0, then the length, most significant byte first: as the HTTP APIs of engines have it.
 */
enum { ATTACH_FRAME_HEAD = 8 };
void attach_frame_head(char *ret, int stream, size_t len);

/*
 * Until the program ends: its exit code, 128 + n for a signal. 0 when the keys were typed, 128 + n
 * when a signal ended us, who are no proxy; the container goes on then. The terminal is as it was.
 * Failures are those of the start, with their kinds.
 */
int attach_run(const struct attach *a, int *ret_code, struct err *e);
