/*
 * detach_keys.h - the keys that take a terminal away from a container, found byte by byte: how
 * many of them one read(2) brings does not matter.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define DETACH_KEYS "ctrl-p,ctrl-q"

enum { DETACH_KEYS_MAX = 16 };

struct detach_keys {
	unsigned char keys[DETACH_KEYS_MAX];
	unsigned n;    /* 0: off */
	unsigned held; /* how many of them have come so far, and were kept back */
};

/* A list like "ctrl-p,ctrl-q" or "a,ctrl-],DEL"; "" is none. ERR_USAGE. */
int detach_keys_parse(const char *text, struct detach_keys *ret, struct err *e);

/*
 * What is to be passed on of len bytes, into ret (room for len + DETACH_KEYS_MAX); the length. What
 * may be a beginning of the keys is held until it is known. *ret_found: they were all there; the
 * bytes behind them are gone.
 */
size_t detach_keys_feed(struct detach_keys *k, const char *data, size_t len, char *ret,
                        bool *ret_found);

/* The end of input: what was held, into ret. */
size_t detach_keys_rest(struct detach_keys *k, char *ret);
