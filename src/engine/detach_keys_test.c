/* detach_keys_test.c - the keys in every partition of the input that a read may give. */
#include "engine/detach_keys.h"

#include "test/test.h"

#include <string.h>

/* clang-format off */
static const struct { const char *text; int n; const char *keys; } lists[] = {
	{ "ctrl-p,ctrl-q", 2, "\x10\x11" }, { "", 0, "" }, { "a", 1, "a" }, { "ctrl-a,b,DEL", 3, "\x01" "b\x7f" },
	{ "ctrl-@", 1, "\0" }, { "ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", 5, "\x1b\x1c\x1d\x1e\x1f" },
	{ "ctrl-foo", -1, "" }, { "ctrl-", -1, "" }, { "ctrl-P", -1, "" }, { "ctrl-1", -1, "" }, { "ab", -1, "" },
	{ ",", -1, "" }, { "a,", -1, "" }, { ",a", -1, "" }, { " ", -1, "" }, { "a, b", -1, "" }, { "del", -1, "" },
	{ "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", 16, "aaaaaaaaaaaaaaaa" },
	{ "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", -1, "" },
};

static const struct { const char *keys, *typed, *passed; bool found; } inputs[] = {
	{ "p,q", "pq", "", true }, { "p,q", "xpqy", "x", true }, { "p,q", "ppq", "p", true },
	{ "p,q", "pppq", "pp", true }, { "p,q", "px", "px", false }, { "p,q", "p", "p", false },
	{ "p,q", "qp", "qp", false }, { "a,a,b", "aaab", "a", true }, { "a,b,a,c", "ababac", "ab", true },
	{ "a,b,a,b,c", "abababc", "ab", true }, { "a,b,a,b,c", "ababab", "ababab", false },
	{ "a,a", "aa", "", true }, { "x", "abx", "ab", true }, { "", "p\x10\x11q", "p\x10\x11q", false },
	{ "ctrl-p,ctrl-q", "ls\r\x10\x11", "ls\r", true },
};
/* clang-format on */

TEST(detach_keys_lists)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct detach_keys k = { .n = 99 };
		struct err e;
		const int failed = detach_keys_parse(lists[i].text, &k, &e);

		CHECK(failed == (lists[i].n < 0 ? -1 : 0));
		CHECK(k.n == (failed ? 99 : (unsigned)lists[i].n));
		CHECK(failed || !memcmp(k.keys, lists[i].keys, k.n));
	}
}

/* Reads of `size` bytes; with the end of input behind them. */
static void type(size_t i, size_t size)
{
	struct detach_keys k;
	struct err e;
	const char *typed = inputs[i].typed;
	char passed[64], out[64];
	size_t n = 0;
	bool found = false;

	CHECK(!detach_keys_parse(inputs[i].keys, &k, &e));
	for (size_t left = strlen(typed); left && !found;) {
		const size_t len = left < size ? left : size;
		const size_t got = detach_keys_feed(&k, typed, len, out, &found);

		memcpy(passed + n, out, got);
		n += got;
		typed += len;
		left -= len;
	}
	if (!found)
		n += detach_keys_rest(&k, passed + n);
	CHECK(found == inputs[i].found);
	CHECK(n == strlen(inputs[i].passed) && !memcmp(passed, inputs[i].passed, n));
}

TEST(detach_keys_in_any_reads)
{
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		for (size_t size = 1; size < 8; size++)
			type(i, size);
}
