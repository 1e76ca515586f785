/*
 * stage.h - the birth of a container, in the order it happens.
 *
 *	host (the user's command)                 init (becomes the container's program)
 *	  clone3 -------------------------------->
 *	                                            closes what is the host's, joins namespaces
 *	  <--------------------------------- MADE   (only when there are clocks to set)
 *	  id maps, clocks, network devices
 *	  GO ------------------------------------>  (only when there is something to wait for)
 *	                                            host name, loopback, sysctls, root, mounts,
 *devices, terminal
 *	  <------------------------------- MOUNTED  (only when there are such hooks)
 *	  prestart and createRuntime hooks
 *	  HOOKED -------------------------------->
 *	                                            createContainer hooks, root switch, user,
 *capabilities
 *	  <--------------------------------- READY  everything but the exec is done
 *	  rlimits of a user namespace
 *	  record: pid and start time on disk
 *	  RECORDED ------------------------------>
 *	                                            create: waits at the gate (gate.h) for `start`
 *	                                            run: no gate; exec at once
 *	  <------------------------------- (closed) by the exec
 *
 * One SOCK_SEQPACKET pair: a recv is a message, its end is the death of the other side. Each side
 *may end it at any time: init sends FAILED with its step and error; the host closes, which init
 *reads as "stop". So nothing of the container's can run before it is on record.
 */
#pragma once

#include "base/err.h"

enum stage {
	STAGE_MADE = 1,
	STAGE_GO,
	STAGE_PID, /* from the helper that joins a user namespace: value is init's pid */
	STAGE_MOUNTED,
	STAGE_HOOKED,
	STAGE_READY,
	STAGE_RECORDED,
	STAGE_LISTENER, /* listener.h: with a descriptor; the answer is TAKEN */
	STAGE_TAKEN,
	STAGE_FAILED,
};

struct stage_msg {
	enum stage stage;
	int value;
	struct err err; /* of FAILED, with the step's name in front */
};

int stage_pair(int *ret_host, int *ret_init, struct err *e);
int stage_send(int sock, enum stage stage, int value, struct err *e);
int stage_send_fd(int sock, enum stage stage, int fd, struct err *e);

/* Tell the other side why there will be nothing more. It may be gone: no failure. */
void stage_send_failed(int sock, const struct err *why);

/* The next message. FAILED becomes the error that the other side had; so does its silent end. */
int stage_recv(int sock, struct stage_msg *ret, struct err *e);

/*
 * The same while a helper has yet to say something: when it is killed, others may keep the way open
 * and wait for us. pidfd is the helper's; -1: nobody's.
 */
int stage_recv_helped(int sock, int pidfd, struct stage_msg *ret, struct err *e);

/* The next message, which must be this one. */
int stage_wait(int sock, enum stage want, struct err *e);

/* Until the other side closes by its exec, 0; FAILED becomes its error; 1: another message, and
 * *ret_fd, -1 when none came with it. */
int stage_recv_exec(int sock, struct stage_msg *ret, int *ret_fd, struct err *e);

/* The same, where no message is expected. */
int stage_wait_exec(int sock, struct err *e);
