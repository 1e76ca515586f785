/* own.h - values that release themselves at the end of their scope. */
#pragma once

#include <errno.h>
#include <unistd.h>

/* Close it, if it is one; *fd is -1 then, and errno as it was. */
void own_fd_drop(int *fd);

/* A descriptor with one owner, this scope; -1 is none. */
#define own_fd __attribute__((cleanup(own_fd_drop))) int

/* Hand the descriptor over; the owner keeps -1. */
static inline int own_fd_take(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}
