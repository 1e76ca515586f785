/*
 * notify.h - NOTIFY_SOCKET: a service manager hears from the program in the container.
 *
 *	manager <--- $NOTIFY_SOCKET --- run or start, which the manager has started
 *	                                  ^
 *	                                  | ROOT/ID/notify/notify.sock, seen in the container as
 *	                                  | /run/notify/notify.sock, and told in its NOTIFY_SOCKET
 *	                                program
 *
 * The manager believes only those whom it has started, so the messages go through us; and the
 * container is hostile, so only what a program may say of itself does. `run` passes them on as long
 * as it stands in front; `start` and `run --detach` until READY=1, and name the process that is the
 * service's from then on (MAINPID). sd_notify(3)
 *
 * Nothing of this happens when config.json has a NOTIFY_SOCKET of its own: the caller has arranged
 * it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <sys/types.h>

#define NOTIFY_VARIABLE "NOTIFY_SOCKET=/run/notify/notify.sock"

struct notify {
	const char *manager; /* NOTIFY_SOCKET of our environment; NULL: nobody wants to know */
	int tree;            /* the directory for the container, detached; -1 */
	int sock;            /* where its messages arrive; -1 */
};

/* clang-format off */
#define NOTIFY_NONE { .manager = NULL, .tree = -1, .sock = -1 }
/* clang-format on */

/* The manager of our environment, unless p has one. */
void notify_init(const struct spec_process *p, struct notify *ret);

/* On the host, below the container's directory: n->tree. */
int notify_prepare(struct notify *n, int ctr_dir, struct err *e);

/* In init, when everything else is mounted: read-only, nothing can be made there. Closes n->tree.
 */
int notify_attach(struct notify *n, int root, struct err *e);

/* On the host, before the program runs: n->sock. Of a container that has been made without:
 * nothing.
 */
int notify_listen(struct notify *n, int ctr_dir, struct err *e);

/*
 * Take one message, without waiting, and pass on what may be; main_pid 0: the service stays ours.
 * False: there was none. *ret_ready: the program has said that it is ready.
 */
bool notify_forward(const struct notify *n, pid_t main_pid, bool *ret_ready);

/* Pass on until the program is ready, or its process has ended. */
void notify_until_ready(const struct notify *n, pid_t pid, int pidfd);

/* To the manager of our environment, when there is one. */
void notify_say(const char *text);

void notify_drop(struct notify *n);
