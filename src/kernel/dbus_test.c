/* dbus_test.c - messages against bytes of the specification's form, and a peer that answers. */
#define _GNU_SOURCE
#include "kernel/dbus.h"

#include "base/clock.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
/* A signal of systemd's: JobRemoved(u 7, o "/j", s "u", s "done"), path "/p", interface "i" */
static const unsigned char signal_le[] = {
	'l', 4, 0, 1,  29, 0, 0, 0,  9, 0, 0, 0,  66, 0, 0, 0,
	1, 1, 'o', 0,  2, 0, 0, 0, '/', 'p', 0, 0,  0, 0, 0, 0,
	2, 1, 's', 0,  1, 0, 0, 0, 'i', 0, 0, 0,  0, 0, 0, 0,
	3, 1, 's', 0,  10, 0, 0, 0, 'J', 'o', 'b', 'R', 'e', 'm', 'o', 'v', 'e', 'd', 0, 0,  0, 0, 0, 0,
	8, 1, 'g', 0,  4, 'u', 'o', 's', 's', 0, 0, 0,
	0, 0, 0, 0,
	7, 0, 0, 0,  2, 0, 0, 0, '/', 'j', 0, 0,  1, 0, 0, 0, 'u', 0, 0, 0,  4, 0, 0, 0, 'd', 'o',
	'n', 'e', 0,
};
/* A reply "o" to call 3, from a machine of the other byte order. */
static const unsigned char reply_be[] = {
	'B', 2, 1, 1,  0, 0, 0, 7,  0, 0, 0, 1,  0, 0, 0, 15,
	5, 1, 'u', 0,  0, 0, 0, 3,
	8, 1, 'g', 0,  1, 'o', 0, 0,
	0, 0, 0, 2, '/', 'j', 0,
};
/* clang-format on */

static int parse(const unsigned char *p, size_t n)
{
	struct dbus_message m;
	unsigned char *copy = malloc(n ? n : 1); /* a sanitizer sees a step beyond it */

	if (!copy)
		abort();
	if (n)
		memcpy(copy, p, n);
	const int r = dbus_parse(copy, n, &m);
	free(copy);
	return r;
}

TEST(dbus_reads_a_signal)
{
	struct dbus_message m = { .path = "" };

	CHECK(dbus_parse(signal_le, sizeof signal_le, &m) == 0);
	CHECK(m.type == DBUS_SIGNAL);
	CHECK_STR(m.path, "/p");
	CHECK_STR(m.interface, "i");
	CHECK_STR(m.member, "JobRemoved");
	CHECK_STR(m.signature, "uoss");
	CHECK_STR(m.error, "");
	CHECK(dbus_get_u32(&m.body) == 7);
	CHECK_STR(dbus_get_text(&m.body), "/j");
	CHECK_STR(dbus_get_text(&m.body), "u");
	CHECK_STR(dbus_get_text(&m.body), "done");
	CHECK(!m.body.bad);
	CHECK_STR(dbus_get_text(&m.body), "");
	CHECK(m.body.bad && dbus_get_u32(&m.body) == 0 && dbus_get_byte(&m.body) == 0);
}

TEST(dbus_reads_the_other_byte_order)
{
	struct dbus_message m = { .path = "" };

	CHECK(dbus_parse(reply_be, sizeof reply_be, &m) == 0);
	CHECK(m.type == DBUS_RETURN && m.reply_to == 3);
	CHECK_STR(dbus_get_text(&m.body), "/j");
}

TEST(dbus_refuses_what_is_cut_or_changed)
{
	unsigned char bad[sizeof signal_le];

	for (size_t n = 0; n < sizeof signal_le; n++)
		CHECK(parse(signal_le, n) == -1);
	/* clang-format off */
	static const struct { size_t at; unsigned char v; } t[] = {
		{ 0, 'x' },  /* byte order */
		{ 3, 2 },    /* version */
		{ 4, 31 },   /* longer than it is */
		{ 12, 0xff },
		{ 15, 0xff },
		{ 17, 2 },   /* signature of a field */
		{ 18, 's' }, /* a path is no string */
		{ 20, 200 }, /* a text that goes beyond the fields */
		{ 24, 0 },   /* a NUL in a text */
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		memcpy(bad, signal_le, sizeof bad);
		bad[t[i].at] = t[i].v;
		CHECK(parse(bad, sizeof bad) == -1);
	}
}

TEST(dbus_writes_what_it_reads)
{
	struct arena a = { 0 };
	struct dbus_writer w;

	dbus_writer_init(&w, &a);
	dbus_put_text(&w, "ab");
	const struct dbus_array list = dbus_put_array(&w, 8);
	dbus_put_struct(&w);
	dbus_put_text(&w, "x");
	dbus_put_signature(&w, "t");
	dbus_put_u64(&w, 0x0102030405060708);
	dbus_end_array(&w, list);
	/* clang-format off */
	static const unsigned char want[] = {
		2, 0, 0, 0, 'a', 'b', 0, 0,  24, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 'x', 0,  1, 't', 0, 0, 0, 0, 0, 0, 0, 0,
		8, 7, 6, 5, 4, 3, 2, 1,
	};
	/* clang-format on */
	CHECK(w.n == sizeof want && !memcmp(w.p, want, sizeof want) && !w.full);
	while (w.n < DBUS_SIZE_MAX)
		dbus_put_byte(&w, 0);
	CHECK(!w.full);
	dbus_put_text(&w, "more");
	CHECK(w.full && w.n <= DBUS_SIZE_MAX);
	arena_free(&a);
}

/* ---- a peer ---- */

static void answer(int sock, const char *auth, const unsigned char *reply, size_t n)
{
	char text[1024];

	(void)!read(sock, text, sizeof text);
	(void)!write(sock, auth, strlen(auth));
	(void)!read(sock, text, sizeof text); /* the call */
	(void)!write(sock, reply, n);
}

/* A listening peer in a child; the result of connecting and calling it. */
static int call(const char *auth, const unsigned char *reply, size_t n, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct arena a = { 0 };
	struct dbus b = DBUS_NONE;
	struct dbus_message m;
	static const struct dbus_method method = { "d", "/p", "i", "Method", "" };

	snprintf(sa.sun_path, sizeof sa.sun_path, "/tmp/scow-unit-dbus.%d", (int)getpid());
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(!bind(sock, (const struct sockaddr *)&sa, sizeof sa) && !listen(sock, 1));
	const pid_t pid = fork();
	if (pid == 0) {
		answer(accept(sock, NULL, NULL), auth, reply, n);
		_exit(0);
	}
	close(sock);
	int r = dbus_connect(&a, sa.sun_path, false, 2000, &b, e);
	if (!r) {
		b.serial = 2; /* so that this call is the third */
		r = dbus_call(&b, &method, NULL, &m, e);
		if (!r)
			CHECK_STR(dbus_get_text(&m.body), "/j");
	}
	dbus_close(&b);
	waitpid(pid, NULL, 0);
	unlink(sa.sun_path);
	arena_free(&a);
	return r;
}

TEST(dbus_call_waits_for_its_reply)
{
	unsigned char both[sizeof signal_le + sizeof reply_be];
	struct err e;

	memcpy(both, signal_le, sizeof signal_le);
	memcpy(both + sizeof signal_le, reply_be, sizeof reply_be);
	CHECK(call("DATA\r\nOK 1234\r\n", both, sizeof both, &e) == 0);
	CHECK(call("OK 1234\r\n", both, sizeof both, &e) == 0);
	CHECK(call("REJECTED EXTERNAL\r\n", both, 0, &e) == -1);
	CHECK(strstr(e.text, "authenticate: REJECTED EXTERNAL") != NULL);
	CHECK(call("OK 1234\r\n", signal_le, sizeof signal_le, &e) == -1);
	CHECK(strstr(e.text, "Method: D-Bus: receive: the other side has closed") != NULL);
	CHECK(call("OK 1234\r\n", (const unsigned char *)"nonsense of any kind", 20, &e) == -1);
	CHECK(strstr(e.text, "this is no message") != NULL);
}

TEST(dbus_connect_has_a_deadline)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct arena a = { 0 };
	struct dbus b;
	struct err e;
	const int64_t begin = clock_ms();

	snprintf(sa.sun_path, sizeof sa.sun_path, "/tmp/scow-unit-dbus.%d", (int)getpid());
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(!bind(sock, (const struct sockaddr *)&sa, sizeof sa) && !listen(sock, 1));
	CHECK(dbus_connect(&a, sa.sun_path, true, 200, &b, &e) == -1);
	CHECK(strstr(e.text, "no answer in time") && e.no == 0);
	CHECK(clock_ms() - begin >= 200);
	close(sock);
	unlink(sa.sun_path);
	CHECK(dbus_connect(&a, sa.sun_path, true, 200, &b, &e) == -1 && e.no);
	arena_free(&a);
}
