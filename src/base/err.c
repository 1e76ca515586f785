/* err.c - recording and wrapping of errors. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set(struct err *e, enum err_kind kind, int no, const char *fmt, va_list ap)
{
	e->kind = kind;
	e->no = no;
	vsnprintf(e->text, sizeof e->text, fmt, ap);
}

int err_set(struct err *e, int no, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, ERR_FAILED, no, fmt, ap);
	va_end(ap);
	return -1;
}

int err_kind(struct err *e, enum err_kind kind, int no, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, kind, no, fmt, ap);
	va_end(ap);
	return -1;
}

int err_ctx(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->text];
	va_list ap;

	memcpy(old, e->text, sizeof old);
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->text)
		snprintf(e->text + n, sizeof e->text - (size_t)n, ": %.*s", (int)(sizeof old - 3),
		         old);
	return -1;
}

const char *err_text(const struct err *e, char *buf, size_t size)
{
	if (e->no)
		snprintf(buf, size, "%s: %s", e->text, strerror(e->no));
	else
		snprintf(buf, size, "%s", e->text);
	return buf;
}
