/*
 * logger_send.c - lines as datagrams to /dev/log, or as lines to descriptors of the command that
 * stands in front.
 *
 * Before there is a syslogd, early at boot, the kernel's log takes the lines; once there was one,
 * it comes back, and what is printed meanwhile is lost and counted. syslog(3), RFC 3164
 */
#define _GNU_SOURCE
#include "monitor/logger_send.h"

#include "base/own.h"
#include "base/utf8.h"
#include "monitor/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_MAX = 960, INFO = 6, ERROR = 3 }; /* RFC 3164 and the kernel's log have 1024 */

/* clang-format off */
static const char facilities[][9] = {
	"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
	"uucp",   "cron",   "authpriv", "ftp",    "",       "",       "",       "",
	"local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
};
/* clang-format on */

int logger_facility(const char *name, size_t len)
{
	for (size_t i = 1; i < sizeof facilities / sizeof *facilities; i++)
		if (len && strlen(facilities[i]) == len && !memcmp(facilities[i], name, len))
			return (int)i;
	return -1; /* nobody but the kernel is kern */
}

/* ---- text ---- */

static bool is_control(const unsigned char *p, size_t n)
{
	return (n == 1 && (*p < 0x20 || *p == 0x7f) && *p != '\t') ||
	       (n == 2 && *p == 0xc2 && p[1] < 0xa0);
}

/* What becomes of a character of n bytes; n 0: of a byte that is none. */
enum { CHARACTER_MAX = 8 };

static size_t put_escaped(char *out, const unsigned char *p, size_t n)
{
	size_t o = 0;

	if (n && !is_control(p, n)) {
		memcpy(out, p, n);
		return n;
	}
	for (size_t i = 0; i < (n ? n : 1); i++)
		o += (size_t)snprintf(out + o, sizeof "\\x00", "\\x%02x", p[i]);
	return o;
}

static size_t put_json(char *out, const unsigned char *p, size_t n)
{
	size_t o = 0;

	if (!n)
		return (size_t)snprintf(out, CHARACTER_MAX, "\\ufffd");
	if (*p < 0x20 || *p == 0x7f)
		return (size_t)snprintf(out, CHARACTER_MAX, "\\u%04x", *p);
	if (*p == '"' || *p == '\\')
		out[o++] = '\\';
	memcpy(out + o, p, n);
	return o + n;
}

/* As much as fits; whole characters only. */
static size_t convert(char *out, size_t size, const char *data, size_t *len,
                      size_t (*put)(char *out, const unsigned char *p, size_t n))
{
	size_t o = 0, i = 0;

	while (i < *len && o + CHARACTER_MAX < size) {
		const unsigned char *p = (const unsigned char *)data + i;
		const size_t n = utf8_length(p, *len - i);

		o += put(out + o, p, n);
		i += n ? n : 1;
	}
	*len = i;
	return o;
}

size_t logger_json(char *out, size_t size, const char *data, size_t *len)
{
	return convert(out, size, data, len, put_json);
}

/* ---- syslogd ---- */

static int open_syslog(const char *dev)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	own_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s/log", dev);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&sa, sizeof sa))
		return -1;
	return own_fd_take(&fd);
}

static bool put_kernel(const char *dev, const char *text, size_t len)
{
	char path[LOGGER_PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/kmsg", dev);
	own_fd fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, len) == (ssize_t)len;
}

static bool put_syslog(const struct logger *l, struct logger_target *t, const char *text,
                       size_t len)
{
	for (int i = 0; i < 2; i++) {
		if (t->fd < 0)
			t->fd = open_syslog(l->dev);
		if (t->fd < 0)
			return !t->reached && put_kernel(l->dev, text, len);
		t->reached = true;
		if (send(t->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return true;
		if (errno == EAGAIN || errno == ENOBUFS)
			return false;
		own_fd_drop(&t->fd); /* another one may have come */
	}
	return false;
}

/* ---- descriptors ---- */

static bool put_fd(int stream, const char *text, size_t len)
{
	const int fd = stream == 2 ? FD_ERR : FD_OUT;
	ssize_t n = send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(fd, text, len); /* they do not block: who opened them has seen to it */
	return n == (ssize_t)len;
}

/* ---- both ---- */

static bool put(const struct logger *l, struct logger_target *t, int stream, const char *text,
                size_t len)
{
	return t->kind == LOGGER_FD ? put_fd(stream, text, len) : put_syslog(l, t, text, len);
}

/* What stands in front of the text: nothing, or "<PRIORITY>NAME: ". */
static size_t start(const struct logger *l, const struct logger_target *t, int stream, char *out)
{
	if (t->kind == LOGGER_FD)
		return 0;
	return (size_t)snprintf(out, MESSAGE_MAX / 2,
	                        "<%d>%.200s: ", t->facility << 3 | (stream == 2 ? ERROR : INFO),
	                        l->name);
}

static void tell_lost(const struct logger *l, struct logger_target *t)
{
	char text[MESSAGE_MAX];
	size_t n = start(l, t, 2, text);

	n += (size_t)snprintf(text + n, sizeof text - n, "scow: %lu messages are lost\n", t->lost);
	if (put(l, t, 2, text, n))
		t->lost = 0;
}

void logger_send(const struct logger *l, struct logger_target *t, int stream, const char *data,
                 size_t len, bool complete)
{
	char text[MESSAGE_MAX];

	if (complete && len && data[len - 1] == '\r') /* a terminal's end of a line */
		len--;
	do {
		size_t taken = len, n = start(l, t, stream, text);

		n += convert(text + n, sizeof text - n - 1, data, &taken, put_escaped);
		data += taken;
		len -= taken;
		if (!len && complete && t->kind == LOGGER_FD)
			text[n++] = '\n';
		if (t->lost)
			tell_lost(l, t);
		t->lost += t->lost || !put(l, t, stream, text, n);
	} while (len);
}
