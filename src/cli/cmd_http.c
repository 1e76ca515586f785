/*
 * cmd_http.c - http-attach: one request on an accepted connection, which becomes the container's.
 *
 *	client                                          us, descriptors 0 and 1
 *	  POST .../attach?stream=1&stdout=1 ---------->
 *	  <---------- 400, 404, 409 or 500 and a message, and it is over; or
 *	  <----------------------------- 101 or 200, an empty line
 *	  <--------------------------- frames, or a terminal's bytes
 *	  input -------------------------------------->
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/fd.h"
#include "base/follow.h"
#include "base/json_edit.h"
#include "cli/command.h"
#include "cli/log_line.h"
#include "engine/attach.h"
#include "engine/http.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_WAIT_MS = 10000, TIME_LEN = sizeof "2026-01-02T03:04:05.678901234" - 1 };

struct hijack {
	struct args *args;
	struct definition d;
	struct http_request request;
	const char *since; /* from then on output comes by itself; "": it does not */
	bool done;         /* the connection is no HTTP any more */
};

/* ---- before ---- */

/* A byte at a time: what comes behind the head is the container's. */
static int read_head(char *head, struct err *e)
{
	const int64_t until = clock_ms() + HEAD_WAIT_MS;
	struct pollfd p = { .fd = 0, .events = POLLIN };

	for (size_t n = 0; n < HTTP_HEAD_MAX - 1; n++) {
		const int64_t left = until - clock_ms();

		if (left <= 0 || poll(&p, 1, (int)left) <= 0 || read(0, head + n, 1) != 1)
			return err_kind(e, ERR_USAGE, 0, "the request is not complete");
		head[n + 1] = 0;
		if (head[n] == '\n' && n >= 2 &&
		    (head[n - 1] == '\n' || (head[n - 1] == '\r' && head[n - 2] == '\n')))
			return 0;
	}
	return err_kind(e, ERR_USAGE, 0, "the request is too long");
}

static const char *status_of(const struct err *e)
{
	switch (e->kind) {
	case ERR_USAGE:
		return "400 Bad Request";
	case ERR_NO_CONTAINER:
		return "404 Not Found";
	case ERR_STATE:
		return "409 Conflict";
	case ERR_FAILED:
	case ERR_CONFIG:
	case ERR_NO_PROGRAM:
	case ERR_NOT_EXECUTABLE:
		break;
	}
	return "500 Internal Server Error";
}

static void refuse(const struct hijack *h, const struct err *why)
{
	char line[ERR_LINE_MAX];
	const char *body =
	    arena_printf(h->args->arena, "{\"message\":%s}\n",
	                 json_quote(h->args->arena, err_text(why, line, sizeof line)));
	const char *text = arena_printf(h->args->arena,
	                                "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
	                                "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	                                status_of(why), strlen(body), body);

	(void)fd_write_all(1, text, strlen(text)); /* whoever has gone does not want to know */
}

/* ---- after ---- */

static int put(const struct hijack *h, int stream, const char *text, size_t len)
{
	char head[ATTACH_FRAME_HEAD];

	attach_frame_head(head, stream, len);
	if (!h->d.spec.process->terminal && fd_write_all(1, head, sizeof head))
		return -1;
	return fd_write_all(1, text, len);
}

static void tell(const struct hijack *h, const struct err *why)
{
	char line[ERR_LINE_MAX];
	const char *text =
	    arena_printf(h->args->arena, "Error: %s\n", err_text(why, line, sizeof line));

	(void)put(h, 2, text, strlen(text));
}

/* As a frame. */
static bool is_to_come(const struct hijack *h, const struct log_line *l)
{
	return *h->since && l->time_len >= TIME_LEN && strncmp(l->time, h->since, TIME_LEN) >= 0;
}

static int put_line(const struct hijack *h, char *line, size_t len)
{
	struct arena arena = { 0 };
	struct log_line l;
	int failed = 0;

	if (log_line_read(&arena, line, len, &l) && !is_to_come(h, &l) &&
	    (l.errors ? h->request.errors : h->request.out))
		failed = put(h, l.errors ? 2 : 1, l.text, l.len);
	arena_free(&arena);
	return failed;
}

static int put_logs(struct hijack *h, struct err *e)
{
	struct follow f;
	char *line;
	ssize_t n;

	const char *path = engine_log_path(h->args, &h->d, e);
	if (!path || follow_open(h->args->arena, path, &f, e))
		return -1;
	while ((n = follow_line(&f, &line)) >= 0)
		if (put_line(h, line, (size_t)n)) {
			follow_close(&f);
			return err_set(e, errno, "write to the connection");
		}
	follow_close(&f);
	return 0;
}

static int begin(void *ctx, const char *since, struct err *e)
{
	struct hijack *h = ctx;
	const char *text =
	    arena_printf(h->args->arena,
	                 "HTTP/1.1 %s\r\nContent-Type: application/vnd.docker.%s-stream\r\n%s\r\n",
	                 h->request.upgrade ? "101 UPGRADED" : "200 OK",
	                 h->d.spec.process->terminal ? "raw" : "multiplexed",
	                 h->request.upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "");

	h->done = true;
	h->since = since;
	if (fd_write_all(1, text, strlen(text)))
		return err_set(e, errno, "write to the connection");
	return h->request.logs ? put_logs(h, e) : 0;
}

static int serve(struct hijack *h, const char *name, struct err *e)
{
	const struct engine g = engine_of(h->args);
	const struct http_request *r = &h->request;
	char *head = arena_alloc(h->args->arena, HTTP_HEAD_MAX);
	int code;

	if (read_head(head, e) || http_parse(h->args->arena, head, &h->request, e))
		return -1;
	if ((r->name && strcmp(r->name, name)) || !is_defined(h->args, name))
		return err_kind(e, ERR_NO_CONTAINER, 0, "no such container: %s",
		                r->name ? r->name : name);
	struct attach t = { .g = &g,
		            .d = &h->d,
		            .streams = (r->in ? CTL_IN : 0u) | (r->out ? CTL_OUT : 0u) |
		                       (r->errors ? CTL_ERR : 0u),
		            .eof = true,
		            .hijacked = true,
		            .answered = begin,
		            .ctx = h };
	if (detach_keys_parse(r->detach_keys ? r->detach_keys : DETACH_KEYS, &t.keys, e) ||
	    definition_load(&g, name, &h->d, e))
		return -1;
	if (!r->stream)
		return begin(h, "", e);
	t.terminal = h->d.spec.process->terminal;
	t.stdin_open = h->d.policy.stdin_open;
	if (!t.terminal)
		t.keys.n = 0;
	return attach_run(&t, &code, e);
}

/* Who speaks HTTP hears of it there: descriptor 2 may be the connection, too. For whoever has
 * handed the connection over an answer is an answer. */
int cmd_http_attach(struct args *a, struct err *e)
{
	struct hijack h = { .args = a };

	if (!serve(&h, a->rest[0], e))
		return 0;
	if (h.done)
		tell(&h, e);
	else
		refuse(&h, e);
	return 0;
}
