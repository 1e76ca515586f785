/*
 * ctl.h - ctl.sock: what commands ask of a monitor, and what it answers.
 *
 * SOCK_SEQPACKET; the first byte of each packet is its type, the second the format. A command sends
 * one request and reads until REPLY, or, when it waits or is attached, on until END. There is never
 * an empty packet, which would read like the end.
 *
 *	command                          monitor
 *	  REQUEST verb, value, timeout -->
 *	  <------------------------ REPLY  what became of it
 *	  (wait) <-------------------- END  code of the end that was waited for
 *
 * The end of the connection without REPLY: the monitor was just leaving, or was killed. The command
 * looks again at the container and asks again.
 *
 * Who asks ATTACH, or START with streams, is attached; then frames go to and fro beside REPLY and
 * END. With START that is before the program begins, and REPLY may come behind its first output.
 *
 *	  SIZE, STDIN..., STDIN_EOF -->
 *	  <--- STDOUT, STDERR, OVERRUN
 *	  <----------------------- END  behind the last byte, and behind the exit record
 *
 * A frame is its type and the data. The end of the connection closes nothing in the container.
 *
 * The two may be of neighbouring formats: numbers stay what they are, new ones stand at the end, as
 * do new members; a longer packet is cut, what a shorter one lacks is 0, and who is asked for what
 * it does not know says so.
 */
#pragma once

#include "base/err.h"
#include "monitor/life.h"

#include <stdint.h>

enum ctl_type {
	CTL_REQUEST = 1,
	CTL_REPLY,
	CTL_END,
	CTL_STDIN, /* CTL_DATA_MAX bytes at most, never none */
	CTL_STDOUT,
	CTL_STDERR,
	CTL_STDIN_EOF, /* the container's stdin is to be closed; a terminal's is not */
	CTL_SIZE,      /* struct ctl_size; before START it is kept for the start */
	CTL_OVERRUN,   /* struct ctl_overrun: here output is missing, which was not taken in time */
};

enum ctl_verb {
	CTL_INIT,
	CTL_START, /* value: streams, or 0 */
	CTL_RESTART,
	CTL_STOP, /* timeout_ms; -1: the plan's */
	CTL_KILL, /* value: the signal */
	CTL_WAIT, /* value: enum ctl_condition */
	CTL_PAUSE,
	CTL_UNPAUSE,
	CTL_HEALTH,  /* check now; who asks waits for CTL_CHECKED */
	CTL_ATTACH,  /* value: streams */
	CTL_RESIZE,  /* value: rows << 16 | columns */
	CTL_BATCH,   /* value 1: from now on nobody but us and our children commands it, until we
	                say 0, or go: then a pause of ours is undone. 0 of another: when nobody
	                has it any more */
	CTL_SESSION, /* who asks supervises a session, and is missed when it is killed */
	CTL_VERBS
};

enum ctl_condition {
	CTL_STOPPED,   /* until it has come to its final end */
	CTL_NEXT_EXIT, /* until the next end of its program, a restart or not */
	CTL_CREATED,   /* until it is in that state */
	CTL_RUNNING,
	CTL_RESTARTING,
	CTL_REMOVED,
	CTL_PAUSED,
	CTL_STOPPING,
	CTL_REMOVING,
	CTL_CHECKED, /* until the health command has ended; code: health.h */
	CTL_HEALTHY, /* until the health command has found it so */
	CTL_UNHEALTHY,
	CTL_CONDITIONS
};

struct ctl_request {
	uint8_t type, format, verb, pad;
	int32_t value;
	int64_t timeout_ms;
};

enum { CTL_REQUEST_MIN = 16, CTL_REQUEST_MAX = 64 }; /* that of format 1, and of any other one */

enum { CTL_FINAL = 1, CTL_OOM = 2, CTL_NEVER_RAN = 4 };

/* REPLY, END. In a REPLY to one who is attached now err.text is the time: what the log has from
 * before is not sent to it, what it has from later is. */
struct ctl_reply {
	uint8_t type, format, flags, failed;
	int32_t code; /* of END */
	struct err err;
};

enum { CTL_IN = 1, CTL_OUT = 2, CTL_ERR = 4 }; /* streams */

/* At a time; of which wait or are attached. */
enum { CTL_CLIENTS_MAX = 64, CTL_WAITING_MAX = 48 };

enum { CTL_DATA_MAX = 4096, CTL_PACKET_MAX = 1 + CTL_DATA_MAX };

struct ctl_size {
	uint8_t type, pad;
	uint16_t rows, cols;
};

struct ctl_overrun {
	uint8_t type, pad[7];
	uint64_t bytes; /* how many are missing */
};

/* Bind ctl.sock in the directory and listen; a stale one is replaced: the caller holds keeper.lock.
 */
int ctl_listen(int dir, struct err *e);

/* e->no is ECONNREFUSED or ENOENT when nobody listens, EAGAIN when nobody takes the next of many.
 */
int ctl_connect(int dir, struct err *e);

int ctl_send(int sock, const void *packet, size_t len); /* -1 and errno */

/*
 * The next packet; 0 at the other's end, -1 and errno: EAGAIN when timeout_ms is over (-1: never).
 */
int ctl_recv_reply(int sock, struct ctl_reply *ret, int64_t timeout_ms);

/* May the peer of this connection command us? uid 0, or ours, of our own user namespace, and not
 * from inside a container. */
int ctl_check_peer(int sock, struct err *e);
