/*
 * http.h - the one HTTP request that scow understands: to attach to a container, as the APIs of
 * docker and libpod have it.
 *
 *	POST /anything/containers/NAME/attach?stream=1&stdin=1&stdout=1&detachKeys=ctrl-c HTTP/1.1
 *	Upgrade: tcp
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

enum { HTTP_HEAD_MAX = 8192 };

struct http_request {
	const char *name; /* of the path, or NULL */
	bool upgrade;
	bool stream, in, out, errors, logs;
	const char *detach_keys; /* or NULL */
};

/* head: up to the empty line, which ends it. ERR_USAGE. It is changed. */
int http_parse(struct arena *a, char *head, struct http_request *ret, struct err *e);
