/*
 * dbus.h - as much of D-Bus as it takes to call a method of systemd and to hear of its jobs.
 *
 *	connect		the service's own socket, or the bus daemon's (then: Hello)
 *	call		one message out; what comes in is dropped up to its reply
 *	next		the next message that comes in, for signals
 *
 * Nothing waits beyond the deadline of the connection. What comes in is not trusted: readers stop
 * at the end of their bytes, and from the first mistake on give nothing but zeros and "".
 * https://dbus.freedesktop.org/doc/dbus-specification.html
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DBUS_SIZE_MAX = 64 * 1024 }; /* of a message; larger ones that come in are skipped */

struct dbus {
	struct arena *arena;
	int fd;
	uint32_t serial;
	int64_t deadline; /* clock_ms() */
	unsigned char *in;
};

/* clang-format off */
#define DBUS_NONE { .fd = -1 }
/* clang-format on */

/* The body of a message on its way out. What is too long is found by dbus_call. */
struct dbus_writer {
	unsigned char *p;
	size_t n;
	bool full;
};

struct dbus_array {
	size_t length, first; /* where they are */
};

void dbus_writer_init(struct dbus_writer *w, struct arena *a);
void dbus_put_byte(struct dbus_writer *w, uint8_t v);
void dbus_put_u32(struct dbus_writer *w, uint32_t v);     /* u, i and b */
void dbus_put_u64(struct dbus_writer *w, uint64_t v);     /* t */
void dbus_put_text(struct dbus_writer *w, const char *s); /* s and o */
void dbus_put_signature(struct dbus_writer *w, const char *s);
void dbus_put_struct(struct dbus_writer *w);
/* align: of its elements, 8 for structs */
struct dbus_array dbus_put_array(struct dbus_writer *w, size_t align);
void dbus_end_array(struct dbus_writer *w, struct dbus_array a);

struct dbus_reader {
	const unsigned char *p;
	size_t n, at;
	bool big, bad;
};

uint8_t dbus_get_byte(struct dbus_reader *r);
uint32_t dbus_get_u32(struct dbus_reader *r);
const char *dbus_get_text(struct dbus_reader *r); /* s and o; in the message */
const char *dbus_get_signature(struct dbus_reader *r);

enum dbus_type { DBUS_CALL = 1, DBUS_RETURN, DBUS_ERROR, DBUS_SIGNAL };

/* A message that came in: its texts are those of the connection's buffer, up to the next one. */
struct dbus_message {
	enum dbus_type type;
	uint32_t reply_to;
	const char *path, *interface, *member, *error, *signature; /* "" when absent */
	struct dbus_reader body;
};

/* The whole of one message. -1: it is none. */
int dbus_parse(const unsigned char *data, size_t len, struct dbus_message *ret);

/* path: of the socket; bus: a bus daemon listens there. e->no is connect(2)'s errno. */
int dbus_connect(struct arena *a, const char *path, bool bus, int timeout_ms, struct dbus *ret,
                 struct err *e);
void dbus_close(struct dbus *b);

struct dbus_method {
	const char *destination, *path, *interface, *name, *signature; /* of the body; "": none */
};

/*
 * Call, and wait for the reply. body NULL: none. When the other side has answered with an error, -1
 * and its text in e, and ret->error is its name; else that is "".
 */
int dbus_call(struct dbus *b, const struct dbus_method *m, const struct dbus_writer *body,
              struct dbus_message *ret, struct err *e);

int dbus_next(struct dbus *b, struct dbus_message *ret, struct err *e);
