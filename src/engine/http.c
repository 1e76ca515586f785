/* http.c - one request line, its query, and one header. */
#define _GNU_SOURCE
#include "engine/http.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static int hex(char c)
{
	/* A control character must not become a digit of it. */
	const char *digits = "0123456789abcdef", *p = c > ' ' ? strchr(digits, c | 0x20) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* "%2C" and "+", in place. A NUL would end what is behind it: none. */
static bool decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (*p != '%') {
			*to++ = *p == '+' ? ' ' : *p;
			continue;
		}
		const int high = hex(p[1]), low = high < 0 ? -1 : hex(p[2]);
		if (low < 0 || !(high | low))
			return false;
		*to++ = (char)(high << 4 | low);
		p += 2;
	}
	*to = 0;
	return true;
}

static bool is_true(const char *value)
{
	return *value && strcmp(value, "0") && strcasecmp(value, "false");
}

/* clang-format off */
static const struct {
	char key[8];
	size_t off;
} flags[] = {
	{ "stream", offsetof(struct http_request, stream) },
	{ "stdin", offsetof(struct http_request, in) },
	{ "stdout", offsetof(struct http_request, out) },
	{ "stderr", offsetof(struct http_request, errors) },
	{ "logs", offsetof(struct http_request, logs) },
};
/* clang-format on */

static bool parse_query(char *query, struct http_request *r)
{
	char *one;

	while ((one = strsep(&query, "&"))) {
		char *value = strchr(one, '=');

		if (value)
			*value++ = 0;
		else
			value = one + strlen(one);
		if (!decode(value))
			return false;
		for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
			if (!strcmp(flags[i].key, one))
				*(bool *)((char *)r + flags[i].off) = is_true(value);
		if (!strcmp(one, "detachKeys"))
			r->detach_keys = value;
	}
	return true;
}

/* ".../containers/NAME/attach" */
static bool parse_path(struct arena *a, char *path, struct http_request *r)
{
	static const char before[] = "/containers/";
	char *name = strstr(path, before), *end = name ? strrchr(path, '/') : NULL;

	if (!name || strcmp(end, "/attach"))
		return !strcmp(path, "/attach");
	name += sizeof before - 1;
	*end = 0;
	r->name = arena_strdup(a, name);
	return end > name && !strchr(name, '/');
}

int http_parse(struct arena *a, char *head, struct http_request *ret, struct err *e)
{
	char *line = strsep(&head, "\n"), *method = strsep(&line, " "),
	     *target = strsep(&line, " ");
	struct http_request r = { 0 };

	if (!target || !line || strncmp(line, "HTTP/1.", 7))
		return err_kind(e, ERR_USAGE, 0, "this is no HTTP request");
	if (strcmp(method, "POST"))
		return err_kind(e, ERR_USAGE, 0, "the method is not POST");
	char *path = strsep(&target, "?");
	if (!parse_path(a, path, &r))
		return err_kind(e, ERR_USAGE, 0, "the path is not /containers/NAME/attach");
	if (target && !parse_query(target, &r))
		return err_kind(e, ERR_USAGE, 0, "the query is not encoded as it should be");
	while ((line = strsep(&head, "\n")))
		r.upgrade = r.upgrade || !strncasecmp(line, "upgrade:", 8);
	if (!r.stream && !r.logs)
		return err_kind(e, ERR_USAGE, 0, "neither stream nor logs is asked for");
	if (!r.in && !r.out && !r.errors)
		return err_kind(e, ERR_USAGE, 0, "none of stdin, stdout and stderr is asked for");
	*ret = r;
	return 0;
}
