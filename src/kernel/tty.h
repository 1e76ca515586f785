/*
 * tty.h - the terminal of a container. pty(7)
 *
 * Both ends come from the container's own devpts, by descriptor: the master from its ptmx, the
 * other end by TIOCGPTPEER, so that no name can be swapped in between (CVE-2025-52565).
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

#include <sys/types.h>

struct tty {
	int master, slave;
}; /* -1: none */

/*
 * A new pair from the devpts below the root descriptor. size may be NULL. uid owns the slave.
 */
int tty_open(int root, const struct spec_box *size, uid_t uid, struct tty *ret, struct err *e);

/* Show the slave as /dev/console below root. */
int tty_bind_console(int root, int slave, struct err *e);

/* As the leader of a new session: the slave becomes its controlling terminal and descriptors 0, 1
 * and 2. */
int tty_take(int slave, struct err *e);

/* Connect to the --console-socket; paths of any length. */
int tty_socket_connect(const char *path, int *ret_fd, struct err *e);

/* Send the master over it, as runc's protocol has it: one message, one descriptor. */
int tty_socket_send(int sock, int master, struct err *e);
