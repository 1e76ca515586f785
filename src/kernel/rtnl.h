/*
 * rtnl.h - the few words of rtnetlink(7) that moving a network device takes: a request put together
 * in a buffer, and its answers.
 *
 * A socket belongs to the network namespace that it was made in, wherever its owner goes.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <linux/rtnetlink.h>
#include <stdint.h>

struct rtnl {
	int fd;
	uint32_t seq;
	char *buf; /* for answers */
};

/* 512 bytes hold the largest: an address with all its attributes. */
struct rtnl_request {
	union {
		struct nlmsghdr h;
		char bytes[512];
	};
};

/* A socket in our network namespace. */
int rtnl_open(struct arena *a, struct rtnl *ret, struct err *e);

/* A request with that fixed part; attributes follow by rtnl_put. */
void rtnl_begin(struct rtnl_request *q, uint16_t type, uint16_t flags, const void *body,
                size_t size);
void rtnl_put(struct rtnl_request *q, uint16_t type, const void *data, size_t size);

/*
 * Send it and read to the end of its answers, each of which goes to `each`, unless that is NULL.
 * -1 and errno: what the kernel says of the request, or what `each` left when it returned -1.
 */
int rtnl_do(struct rtnl *r, struct rtnl_request *q,
            int (*each)(const struct nlmsghdr *h, void *arg), void *arg);

/* The attribute of that type behind a fixed part of `size` bytes, or NULL. */
const struct rtattr *rtnl_find(const struct nlmsghdr *h, size_t size, uint16_t type);
