/*
 * logger.h - the output of a defined container, kept: targets given as a list of words.
 *
 *	ring:SIZE          log and log.1 in the container's directory, SIZE bytes together (64k)
 *	file:PATH[:SIZE]   PATH and PATH.1, the same way, on flash or wherever; SIZE of both (1m)
 *	k8s-file:PATH[:SIZE]   the same, as podman calls it
 *	json-file:PATH[:SIZE]  the same with Docker's lines of JSON
 *	syslog[:FACILITY]  datagrams to /dev/log (daemon); logger_send.h
 *	fd                 the output of the command that stands in front (start --foreground)
 *	none               nowhere
 *
 * The format of the first three is that of Kubernetes (CRI): "TIME STREAM TAG TEXT", a line for
 * each line of output, TAG "P" when the line goes on in the next one, "F" when it is complete. When
 * the first file is half of SIZE it becomes the second one: the newest lines always stay.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOGGER_TARGETS = 4, LOGGER_PATH_MAX = 256 };

enum logger_kind { LOGGER_FILE, LOGGER_JSON, LOGGER_SYSLOG, LOGGER_FD };

struct logger_target {
	enum logger_kind kind;
	int facility;       /* of SYSLOG */
	bool reached;       /* SYSLOG: there was one */
	unsigned long lost; /* of SYSLOG and FD: what they did not take */
	int fd;             /* -1: it could not be opened, or is not a file */
	int no;             /* of a file: errno of its last open, 0: it is open */
	off_t size, max;    /* bytes of the file that is open; when it is turned over */
	const char *path;   /* in the list; a relative one is below the container's directory */
	int path_len;
};

struct logger {
	int dir;
	const char *name; /* of the container */
	const char *dev;  /* where log and kmsg are: /dev */
	size_t n;
	struct logger_target targets[LOGGER_TARGETS];
	char tail[1024]; /* the newest output, for the record of the end */
	size_t tail_len;
};

#define LOGGER_DEFAULT "ring:64k"

/* ERR_CONFIG when a word of the list is wrong; "" is LOGGER_DEFAULT. */
int logger_check(const char *list, struct err *e);

/* The path of the first target that is a file; a relative one is below the container's directory.
 * ERR_STATE: there is none. */
int logger_file(const char *list, char *ret, size_t size, struct err *e);

/* A target that cannot be opened is tried again with each line: the container runs without it. name
 * is the container's; it and the list stay. */
int logger_open(struct logger *l, int dir, const char *name, const char *list, struct err *e);
void logger_close(struct logger *l);

/* The next file from target *i on that could not be opened, and why; *i is moved on. False: there
 * is no more. */
bool logger_lost(const struct logger *l, size_t *i, struct err *ret);

/* What came from stream 1 or 2. */
void logger_write(struct logger *l, int stream, const char *data, size_t len);

/* The last complete lines of the tail. */
void logger_tail(const struct logger *l, char *ret, size_t size);
