/* http_test.c - requests to attach, good and bad. */
#include "engine/http.h"

#include "test/test.h"

#include <string.h>

#define ATTACH "POST /v1.41/containers/web/attach"

/* clang-format off */
static const struct {
	const char *head;
	const char *name, *keys, *flags; /* flags NULL: refused. s i o e l u */
} cases[] = {
	{ ATTACH "?stream=1&stdout=1 HTTP/1.1\r\n\r\n", "web", NULL, "so" },
	{ ATTACH "?stderr=1&stdin=true&logs=1&stream=0 HTTP/1.1\r\nhost: x\r\nUpgrade: tcp\r\n\r\n",
	  "web", NULL, "ielu" },
	{ ATTACH "?stream=1&stdout=1&detachKeys=ctrl-a%2cb+ HTTP/1.0\r\n\r\n", "web", "ctrl-a,b ", "so" },
	{ ATTACH "?stream=1&stdout=1&detachKeys= HTTP/1.1\n\n", "web", "", "so" },
	{ "POST /attach?stream=1&stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, "so" },
	{ ATTACH "?stream=1&stdout=1&detachKeys=%00 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ ATTACH "?stream=1&stdout=1&detachKeys=%\x16\x11 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ ATTACH "?stream=1&stdout=1&detachKeys=% HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ ATTACH "?stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ ATTACH "?stream=1&stdout=false HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ ATTACH " HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ "GET /containers/web/attach?stream=1&stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ "POST /containers//attach?stream=1&stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ "POST /containers/attach?stream=1&stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ "POST /containers/a/b/attach?stream=1&stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ "POST /x?stream=1&stdout=1 HTTP/1.1\r\n\r\n", NULL, NULL, NULL },
	{ "hello\r\n\r\n", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
};
/* clang-format on */

static bool is_same(const char *x, const char *y)
{
	return x == y || (x && y && !strcmp(x, y));
}

TEST(http_requests)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct http_request r = { 0 };
		const char *f = cases[i].flags;
		struct err e = { 0 };

		CHECK(http_parse(&a, arena_strdup(&a, cases[i].head), &r, &e) == (f ? 0 : -1));
		if (!f) {
			CHECK(e.kind == ERR_USAGE);
			continue;
		}
		CHECK(is_same(r.name, cases[i].name) && is_same(r.detach_keys, cases[i].keys));
		CHECK(r.stream == !!strchr(f, 's') && r.in == !!strchr(f, 'i') &&
		      r.out == !!strchr(f, 'o') && r.errors == !!strchr(f, 'e') &&
		      r.logs == !!strchr(f, 'l') && r.upgrade == !!strchr(f, 'u'));
	}
	arena_free(&a);
}
