/* status.h - the OCI status of a container: the record says who it is, the kernel whether it lives.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "store/record.h"

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

const char *status_name(enum status s);

/*
 * A pidfd of the recorded process, checked to be that process by its start time and boot; -1 in
 * *ret when it is gone or dead. -1 only when /proc cannot be asked.
 */
int status_pidfd(const struct record *r, int *ret, struct err *e);

/* dir is the container's directory. */
int status_of(int dir, const struct record *r, enum status *ret, struct err *e);

/* The same with status_pidfd's pidfd, for those who go on with the process. */
int status_with_pidfd(int dir, const struct record *r, enum status *ret, int *ret_pidfd,
                      struct err *e);

/* The state that `state` prints and hooks read, as JSON text; indent as json_text has it. */
char *status_text(struct arena *a, const struct record *r, const char *status, int64_t pid,
                  int indent);
