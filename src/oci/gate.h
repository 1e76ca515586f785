/*
 * gate.h - where a created container waits for `start`.
 *
 * start.sock in the container's directory, bound by create and inherited by init as a listening
 * socket: init needs no path for it, and `start` hears through the same connection whether the exec
 * succeeded, which a fifo could not tell. Exec closes the listening socket, so that the kernel
 * itself tells created from running: a connect is taken, or refused.
 */
#pragma once

#include "base/err.h"
#include "oci/listener.h"

#include <stdbool.h>

/* Bind and listen; dir is the container's directory. */
int gate_open(int dir, int *ret_fd, struct err *e);

/* In init: wait until somebody connects and says GO. The connection is closed by exec, or carries
 * FAILED. */
int gate_wait(int listen_fd, int *ret_conn, struct err *e);

/* Is init waiting? A gate that is absent or refuses is not. */
bool gate_is_closed(int dir);

/* Say GO and wait for the exec. e->no is ECONNREFUSED when nobody waits. */
int gate_start(int dir, struct listener *l, struct err *e);
