/*
 * dbus.c - messages of D-Bus, written and read.
 *
 *	byte	order, type, flags, version
 *	u32	length of the body, serial
 *	array	of header fields: struct (byte code, variant value); padded to 8
 *	body
 *
 * A value is aligned to its size, counted from the beginning of the message; header and padding
 * end at a multiple of 8, so a body can be written and read as if it were alone.
 */
#define _GNU_SOURCE
#include "kernel/dbus.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/own.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	HEADER_MIN = 16, /* up to the length of the fields */
	LINE_MAX_AUTH = 512,
	MESSAGE_MAX = 128 * 1024 * 1024, /* the specification's */
};

enum field {
	FIELD_PATH = 1,
	FIELD_INTERFACE,
	FIELD_MEMBER,
	FIELD_ERROR,
	FIELD_REPLY,
	FIELD_DESTINATION,
	FIELD_SENDER,
	FIELD_SIGNATURE,
};

/* ---- out: little-endian on every machine ---- */

void dbus_writer_init(struct dbus_writer *w, struct arena *a)
{
	*w = (struct dbus_writer){ .p = arena_alloc(a, DBUS_SIZE_MAX) };
}

void dbus_put_byte(struct dbus_writer *w, uint8_t v)
{
	if (w->n < DBUS_SIZE_MAX)
		w->p[w->n++] = v;
	else
		w->full = true;
}

static void align_out(struct dbus_writer *w, size_t n)
{
	while (w->n % n && !w->full)
		dbus_put_byte(w, 0);
}

static void put_number(struct dbus_writer *w, uint64_t v, size_t size)
{
	align_out(w, size);
	for (size_t i = 0; i < size; i++)
		dbus_put_byte(w, (uint8_t)(v >> 8 * i));
}

void dbus_put_u32(struct dbus_writer *w, uint32_t v)
{
	put_number(w, v, 4);
}

void dbus_put_u64(struct dbus_writer *w, uint64_t v)
{
	put_number(w, v, 8);
}

static void put_bytes(struct dbus_writer *w, const char *s)
{
	do
		dbus_put_byte(w, (uint8_t)*s);
	while (*s++);
}

void dbus_put_text(struct dbus_writer *w, const char *s)
{
	dbus_put_u32(w, (uint32_t)strlen(s));
	put_bytes(w, s);
}

void dbus_put_signature(struct dbus_writer *w, const char *s)
{
	dbus_put_byte(w, (uint8_t)strlen(s));
	put_bytes(w, s);
}

void dbus_put_struct(struct dbus_writer *w)
{
	align_out(w, 8);
}

struct dbus_array dbus_put_array(struct dbus_writer *w, size_t align)
{
	struct dbus_array a;

	dbus_put_u32(w, 0);
	a.length = w->n - 4;
	align_out(w, align);
	a.first = w->n;
	return a;
}

void dbus_end_array(struct dbus_writer *w, struct dbus_array a)
{
	struct dbus_writer length = { .p = w->p, .n = a.length };

	if (!w->full)
		dbus_put_u32(&length, (uint32_t)(w->n - a.first));
}

/* ---- in ---- */

/* So many bytes of that alignment, or NULL. */
static const unsigned char *take(struct dbus_reader *r, size_t n, size_t align)
{
	size_t at = (r->at + align - 1) / align * align;

	if (r->bad || at > r->n || n > r->n - at) {
		r->bad = true;
		return NULL;
	}
	r->at = at + n;
	return r->p + at;
}

uint8_t dbus_get_byte(struct dbus_reader *r)
{
	const unsigned char *p = take(r, 1, 1);

	return p ? *p : 0;
}

uint32_t dbus_get_u32(struct dbus_reader *r)
{
	const unsigned char *p = take(r, 4, 4);
	uint32_t v = 0;

	for (int i = 0; p && i < 4; i++)
		v |= (uint32_t)p[i] << 8 * (r->big ? 3 - i : i);
	return v;
}

/* A text without a NUL in it, and with one behind it. */
static const char *text_of(struct dbus_reader *r, size_t len)
{
	const unsigned char *p = len < r->n ? take(r, len + 1, 1) : take(r, SIZE_MAX, 1);

	if (p && memchr(p, 0, len + 1) != p + len)
		r->bad = true;
	return r->bad ? "" : (const char *)p;
}

const char *dbus_get_text(struct dbus_reader *r)
{
	return text_of(r, dbus_get_u32(r));
}

const char *dbus_get_signature(struct dbus_reader *r)
{
	return text_of(r, dbus_get_byte(r));
}

/* Fields of the future, as far as they have simple values. */
static void skip_value(struct dbus_reader *r, char type)
{
	switch (type) {
	case 's':
	case 'o':
		(void)dbus_get_text(r);
		return;
	case 'g':
		(void)dbus_get_signature(r);
		return;
	case 'y':
		(void)take(r, 1, 1);
		return;
	case 'n':
	case 'q':
		(void)take(r, 2, 2);
		return;
	case 'b':
	case 'i':
	case 'u':
	case 'h':
		(void)take(r, 4, 4);
		return;
	case 'x':
	case 't':
	case 'd':
		(void)take(r, 8, 8);
		return;
	default:
		r->bad = true;
	}
}

static void read_field(struct dbus_reader *r, struct dbus_message *m)
{
	const struct {
		char type;
		const char **at;
	} known[] = {
		[FIELD_PATH] = { 'o', &m->path },
		[FIELD_INTERFACE] = { 's', &m->interface },
		[FIELD_MEMBER] = { 's', &m->member },
		[FIELD_ERROR] = { 's', &m->error },
		[FIELD_SIGNATURE] = { 'g', &m->signature },
	};
	const unsigned char *at = take(r, 0, 8);
	const unsigned code = at ? dbus_get_byte(r) : 0;
	const char *type = dbus_get_signature(r);

	if (strlen(type) != 1)
		r->bad = true;
	else if (code == FIELD_REPLY && *type == 'u')
		m->reply_to = dbus_get_u32(r);
	else if (code >= sizeof known / sizeof *known || !known[code].at)
		skip_value(r, *type);
	else if (*type == known[code].type)
		*known[code].at = *type == 'g' ? dbus_get_signature(r) : dbus_get_text(r);
	else
		r->bad = true;
}

static struct dbus_reader reader_of(const unsigned char *data, size_t len)
{
	return (struct dbus_reader){ .p = data, .n = len, .big = len && *data == 'B' };
}

/* Lengths of the two parts, from the first HEADER_MIN bytes. */
static int lengths(const unsigned char *data, size_t *ret_header, size_t *ret_body)
{
	struct dbus_reader r = reader_of(data, HEADER_MIN);

	r.at = 4;
	const uint32_t body = dbus_get_u32(&r);
	r.at = 12;
	const uint32_t fields = dbus_get_u32(&r);
	if ((*data != 'l' && *data != 'B') || data[3] != 1 || body > MESSAGE_MAX ||
	    fields > MESSAGE_MAX)
		return -1;
	*ret_header = ((size_t)HEADER_MIN + fields + 7) / 8 * 8;
	*ret_body = body;
	return 0;
}

int dbus_parse(const unsigned char *data, size_t len, struct dbus_message *ret)
{
	size_t header, body;

	if (len < HEADER_MIN || lengths(data, &header, &body) || header > len ||
	    body != len - header)
		return -1;

	struct dbus_reader r = reader_of(data, header);
	struct dbus_message m = {
		.type = data[1],
		.path = "",
		.interface = "",
		.member = "",
		.error = "",
		.signature = "",
		.body = { .p = data + header, .n = body, .big = r.big },
	};
	r.at = 12;
	r.n = HEADER_MIN + dbus_get_u32(&r);
	while (!r.bad && r.at < r.n)
		read_field(&r, &m);
	if (r.bad)
		return -1;
	*ret = m;
	return 0;
}

/* ---- the connection ---- */

static int broken(struct err *e, int no, const char *what)
{
	/* no errno text: engines take some of them for a missing program */
	return err_set(e, 0, "D-Bus: %s: %s", what,
	               no == ETIMEDOUT ? "no answer in time"
	               : no            ? strerror(no)
	                               : "the other side has closed the connection");
}

static int read_bytes(struct dbus *b, void *to, size_t n, struct err *e)
{
	for (size_t done = 0; done < n;) {
		struct pollfd p = { .fd = b->fd, .events = POLLIN };
		const int64_t left = b->deadline - clock_ms();

		if (left <= 0)
			return broken(e, ETIMEDOUT, "receive");
		if (poll(&p, 1, (int)left) <= 0)
			continue; /* a signal, or the time is up */
		const ssize_t r = recv(b->fd, (char *)to + done, n - done, 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return broken(e, r ? errno : 0, "receive");
		done += (size_t)r;
	}
	return 0;
}

static int send_bytes(struct dbus *b, const void *from, size_t n, struct err *e)
{
	for (size_t done = 0; done < n;) {
		const ssize_t r = send(b->fd, (const char *)from + done, n - done, MSG_NOSIGNAL);

		if (r < 0 && errno != EINTR)
			return broken(e, errno == EAGAIN ? ETIMEDOUT : errno, "send");
		done += r > 0 ? (size_t)r : 0;
	}
	return 0;
}

static int read_line(struct dbus *b, char line[LINE_MAX_AUTH], struct err *e)
{
	for (size_t n = 0; n < LINE_MAX_AUTH; n++) {
		if (read_bytes(b, line + n, 1, e))
			return -1;
		if (n && line[n - 1] == '\r' && line[n] == '\n') {
			line[n - 1] = 0;
			return 0;
		}
	}
	return err_set(e, 0, "D-Bus: authenticate: the answer is no line");
}

/*
 * Who we are the other side sees at the socket. No number is named: inside of a user namespace ours
 * would be another than the one it sees. BEGIN goes with the rest, as from sd-bus: one that systemd
 * reads together with the first call leaves it waiting for more.
 */
static int authenticate(struct dbus *b, struct err *e)
{
	static const char hello[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	char line[LINE_MAX_AUTH];

	if (send_bytes(b, hello, sizeof hello - 1, e) || read_line(b, line, e))
		return -1;
	if (!strncmp(line, "DATA", 4) && read_line(b, line, e))
		return -1;
	return strncmp(line, "OK", 2) ? err_set(e, 0, "D-Bus: authenticate: %s", line) : 0;
}

static int say_hello(struct dbus *b, struct err *e)
{
	static const struct dbus_method hello = { "org.freedesktop.DBus", "/org/freedesktop/DBus",
		                                  "org.freedesktop.DBus", "Hello", "" };
	struct dbus_message reply;

	return dbus_call(b, &hello, NULL, &reply, e);
}

int dbus_connect(struct arena *a, const char *path, bool bus, int timeout_ms, struct dbus *ret,
                 struct err *e)
{
	struct dbus b = { .arena = a, .fd = fd_connect(path), .serial = 0 };
	const struct timeval limit = { .tv_sec = timeout_ms / 1000 };

	if (b.fd < 0)
		return err_set(e, errno, "connect to %s", path);
	(void)setsockopt(b.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); /* a send is short */
	b.deadline = clock_ms() + timeout_ms;
	b.in = arena_alloc(a, DBUS_SIZE_MAX);
	if (authenticate(&b, e) || (bus && say_hello(&b, e))) {
		dbus_close(&b);
		return err_ctx(e, "%s", path);
	}
	*ret = b;
	return 0;
}

void dbus_close(struct dbus *b)
{
	own_fd_drop(&b->fd);
}

static void put_field(struct dbus_writer *w, enum field code, char type, const char *text)
{
	const char signature[] = { type, 0 };

	if (!*text)
		return;
	dbus_put_struct(w);
	dbus_put_byte(w, (uint8_t)code);
	dbus_put_signature(w, signature);
	if (type == 'g')
		dbus_put_signature(w, text);
	else
		dbus_put_text(w, text);
}

static int send_call(struct dbus *b, const struct dbus_method *m, const struct dbus_writer *body,
                     struct err *e)
{
	const uint8_t first[] = { 'l', DBUS_CALL, 0, 1 };
	struct dbus_writer w;

	dbus_writer_init(&w, b->arena);
	for (size_t i = 0; i < sizeof first; i++)
		dbus_put_byte(&w, first[i]);
	dbus_put_u32(&w, body ? (uint32_t)body->n : 0);
	dbus_put_u32(&w, ++b->serial);
	const struct dbus_array fields = dbus_put_array(&w, 8);
	put_field(&w, FIELD_PATH, 'o', m->path);
	put_field(&w, FIELD_INTERFACE, 's', m->interface);
	put_field(&w, FIELD_MEMBER, 's', m->name);
	put_field(&w, FIELD_DESTINATION, 's', m->destination);
	put_field(&w, FIELD_SIGNATURE, 'g', m->signature);
	dbus_end_array(&w, fields);
	dbus_put_struct(&w);
	if (w.full || (body && body->full))
		return err_set(e, 0, "D-Bus: the call of %s is longer than %d bytes", m->name,
		               DBUS_SIZE_MAX);
	if (send_bytes(b, w.p, w.n, e))
		return -1;
	return body ? send_bytes(b, body->p, body->n, e) : 0;
}

static int skip_bytes(struct dbus *b, size_t n, struct err *e)
{
	while (n) {
		const size_t part = n < DBUS_SIZE_MAX ? n : DBUS_SIZE_MAX;

		if (read_bytes(b, b->in, part, e))
			return -1;
		n -= part;
	}
	return 0;
}

int dbus_next(struct dbus *b, struct dbus_message *ret, struct err *e)
{
	size_t header, body;

	for (;;) {
		if (read_bytes(b, b->in, HEADER_MIN, e))
			return -1;
		if (lengths(b->in, &header, &body))
			return err_set(e, 0, "D-Bus: receive: this is no message");
		const size_t rest = header + body - HEADER_MIN;
		if (header + body <= DBUS_SIZE_MAX) {
			if (read_bytes(b, b->in + HEADER_MIN, rest, e))
				return -1;
			if (!dbus_parse(b->in, header + body, ret))
				return 0;
		} else if (skip_bytes(b, rest, e)) {
			return -1;
		}
	}
}

int dbus_call(struct dbus *b, const struct dbus_method *m, const struct dbus_writer *body,
              struct dbus_message *ret, struct err *e)
{
	ret->error = "";
	if (send_call(b, m, body, e))
		return -1;
	do {
		if (dbus_next(b, ret, e)) {
			ret->error = "";
			return err_ctx(e, "%s", m->name);
		}
	} while ((ret->type != DBUS_RETURN && ret->type != DBUS_ERROR) ||
	         ret->reply_to != b->serial);
	if (ret->type == DBUS_RETURN)
		return 0;
	const char *text = *ret->signature == 's' ? dbus_get_text(&ret->body) : "";
	return err_set(e, 0, "%s: %s", m->name, *text ? text : ret->error);
}
