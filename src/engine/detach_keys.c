/*
 * detach_keys.c - a matcher that falls back to the longest beginning of the keys that what has come
 * still ends with: of p p q, the second p may be the first of the keys.
 */
#include "engine/detach_keys.h"

#include <string.h>

enum { DEL = 127, CONTROL = 0x1f };

/* -1: it is none. */
static int key_of(const char *word, size_t len)
{
	if (len == 1 && (unsigned char)*word > ' ')
		return (unsigned char)*word;
	if (len == 3 && !memcmp(word, "DEL", 3))
		return DEL;
	if (len != 6 || memcmp(word, "ctrl-", 5))
		return -1;
	const char c = word[5];
	if ((c >= 'a' && c <= 'z') || (c && strchr("@[\\]^_", c)))
		return c & CONTROL;
	return -1;
}

int detach_keys_parse(const char *text, struct detach_keys *ret, struct err *e)
{
	struct detach_keys k = { .n = 0 };

	for (const char *p = text; *text;) {
		const size_t len = strcspn(p, ",");
		const int key = key_of(p, len);

		if (key < 0)
			return err_kind(e, ERR_USAGE, 0,
			                "--detach-keys: \"%.*s\" is not a character, ctrl- with "
			                "one of a-z @ [ \\ ] ^ _, or DEL",
			                (int)len, p);
		if (k.n == DETACH_KEYS_MAX)
			return err_kind(e, ERR_USAGE, 0, "--detach-keys: more than %d keys",
			                DETACH_KEYS_MAX);
		k.keys[k.n++] = (unsigned char)key;
		if (!p[len])
			break;
		p += len + 1;
	}
	*ret = k;
	return 0;
}

/* The longest beginning, shorter than n, that the first n keys end with. */
static unsigned fall_back(const struct detach_keys *k, unsigned n)
{
	unsigned i = n - 1;

	while (i && memcmp(k->keys, k->keys + n - i, i) != 0)
		i--;
	return i;
}

size_t detach_keys_feed(struct detach_keys *k, const char *data, size_t len, char *ret,
                        bool *ret_found)
{
	size_t n = 0;

	*ret_found = false;
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)data[i];

		while (k->held && k->keys[k->held] != c) {
			const unsigned left = fall_back(k, k->held);

			memcpy(ret + n, k->keys, k->held - left);
			n += k->held - left;
			k->held = left;
		}
		if (k->n && k->keys[k->held] == c)
			k->held++;
		else
			ret[n++] = data[i];
		if (k->n && k->held == k->n) {
			k->held = 0;
			*ret_found = true;
			break;
		}
	}
	return n;
}

size_t detach_keys_rest(struct detach_keys *k, char *ret)
{
	const size_t n = k->held;

	memcpy(ret, k->keys, n);
	k->held = 0;
	return n;
}
