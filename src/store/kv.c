/* kv.c - records as lines of text. */
#define _GNU_SOURCE
#include "store/kv.h"

#include "base/fd.h"
#include "base/own.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	char *at, *end;
};

static void put_char(struct line *l, char c)
{
	if (l->at < l->end)
		*l->at++ = c;
}

static void put_text(struct line *l, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '\n')
			put_char(l, '\\');
		put_char(l, *s == '\n' ? 'n' : *s);
	}
}

static void put_field(struct line *l, const struct kv_field *f, const void *in)
{
	const char *member = (const char *)in + f->off;
	char number[24];

	if (f->kind == KV_TEXT && !*member)
		return;
	put_text(l, f->key);
	put_char(l, ' ');
	if (f->kind == KV_TEXT) {
		put_text(l, member);
	} else {
		int64_t v;

		memcpy(&v, member, sizeof v);
		snprintf(number, sizeof number, "%" PRId64, v);
		put_text(l, number);
	}
	put_char(l, '\n');
}

static int format(char buf[KV_SIZE_MAX], const struct kv_field *table, const void *in,
                  const char *name, size_t *ret_len, struct err *e)
{
	struct line l = { buf, buf + KV_SIZE_MAX };

	for (const struct kv_field *f = table; *f->key; f++)
		put_field(&l, f, in);
	if (l.at == l.end)
		return err_set(e, EFBIG, "write %s", name);
	*ret_len = (size_t)(l.at - buf);
	return 0;
}

int kv_write(int dir, const char *name, const struct kv_field *table, const void *in, struct err *e)
{
	char buf[KV_SIZE_MAX];
	size_t len;

	if (format(buf, table, in, name, &len, e))
		return -1;
	return fd_replace(dir, name, buf, len, 0600, e);
}

int kv_write_durable(int dir, const char *name, const struct kv_field *table, const void *in,
                     struct err *e)
{
	char buf[KV_SIZE_MAX];
	size_t len;

	if (format(buf, table, in, name, &len, e))
		return -1;
	return fd_replace_durable(dir, name, buf, len, 0600, e);
}

/* One value, up to the end of its line, into the member. */
static void take(const struct kv_field *f, const char *text, size_t len, void *out)
{
	char *member = (char *)out + f->off;
	size_t n = 0;

	if (f->kind == KV_I64) {
		int64_t v = strtoll(text, NULL, 10); /* ends at the newline */

		memcpy(member, &v, sizeof v);
		return;
	}
	for (size_t i = 0; i < len && n + 1 < f->size; i++) {
		if (text[i] == '\\' && i + 1 < len)
			i++;
		else if (text[i] == '\\')
			break;
		else {
			member[n++] = text[i];
			continue;
		}
		member[n++] = text[i] == 'n' ? '\n' : text[i];
	}
	memset(member + n, 0, f->size - n);
}

static void take_line(const struct kv_field *table, const char *line, size_t len, void *out)
{
	const char *space = memchr(line, ' ', len);
	const size_t key = space ? (size_t)(space - line) : len;

	for (const struct kv_field *f = table; space && *f->key; f++)
		if (strlen(f->key) == key && !memcmp(f->key, line, key))
			take(f, space + 1, len - key - 1, out);
}

int kv_read(int dir, const char *name, const struct kv_field *table, void *out, struct err *e)
{
	char buf[KV_SIZE_MAX + 1];
	ssize_t n = fd_read_text(dir, name, buf, sizeof buf);

	if (n < 0)
		return err_set(e, errno, "read %s", name);
	if (!n || buf[n - 1] != '\n')
		return err_set(e, 0, "%s is damaged", name);
	for (char *p = buf, *end; *p && (end = strchr(p, '\n')); p = end + 1)
		take_line(table, p, (size_t)(end - p), out);
	return 0;
}
