/*
 * foreground.h - standing in front of a container's process: its signals, its terminal, its exit
 * code.
 *
 * For `run` and `exec` without --detach, when no shim or conmon does it.
 */
#pragma once

#include "base/err.h"
#include "oci/notify.h"

#include <signal.h>
#include <sys/types.h>

/* Those that are passed on: all but faults of our own code and our own job control. */
void foreground_signals(sigset_t *ret);

/*
 * From here on signals wait for foreground_wait. To be called right before the process may run: a
 * signal that comes earlier ends this command, and with it the unfinished container.
 */
void foreground_block(void);

/* A pair of sockets for a terminal's way here: give one to the process as its console socket. */
int foreground_console(int *ret_here, int *ret_there, struct err *e);

/*
 * Pass signals on, and, when console is not -1, the terminal, and what the program tells a service
 * manager (NULL: none): until our child pid ends. Its exit code, 128 + n for a signal, in
 * *ret_code.
 */
int foreground_wait(pid_t pid, int pidfd, int console, const struct notify *notify, int *ret_code,
                    struct err *e);
