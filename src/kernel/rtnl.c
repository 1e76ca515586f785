/* rtnl.c - requests to the kernel's routing socket. */
#define _GNU_SOURCE
#include "kernel/rtnl.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_MAX = 32 * 1024 }; /* what the kernel puts into one packet of a dump */

int rtnl_open(struct arena *a, struct rtnl *ret, struct err *e)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return err_set(e, errno, "socket for network devices");
	*ret = (struct rtnl){ .fd = fd, .buf = arena_alloc(a, ANSWER_MAX) };
	return 0;
}

/* Behind what is there already; what is between the pieces is zero. */
static void append(struct rtnl_request *q, const void *data, size_t size)
{
	size_t at = NLMSG_ALIGN(q->h.nlmsg_len);

	assert(at + size <= sizeof q->bytes);
	if (size)
		memcpy(q->bytes + at, data, size);
	q->h.nlmsg_len = (uint32_t)(at + size);
}

void rtnl_begin(struct rtnl_request *q, uint16_t type, uint16_t flags, const void *body,
                size_t size)
{
	memset(q, 0, sizeof *q);
	q->h.nlmsg_len = NLMSG_HDRLEN;
	q->h.nlmsg_type = type;
	q->h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	append(q, body, size);
}

void rtnl_put(struct rtnl_request *q, uint16_t type, const void *data, size_t size)
{
	const struct rtattr a = { .rta_len = (uint16_t)RTA_LENGTH(size), .rta_type = type };

	append(q, &a, sizeof a);
	append(q, data, size);
}

static int send_request(const struct rtnl *r, const struct rtnl_request *q)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n =
	    sendto(r->fd, q->bytes, q->h.nlmsg_len, 0, (const void *)&kernel, sizeof kernel);

	return n < 0 ? -1 : 0;
}

/* One packet, only the kernel's. */
static ssize_t receive(const struct rtnl *r)
{
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof from;
	ssize_t n;

	do
		n = recvfrom(r->fd, r->buf, ANSWER_MAX, MSG_TRUNC, (void *)&from, &size);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n > ANSWER_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	return n;
}

/* NLMSG_ERROR and NLMSG_DONE begin with an error number, which is 0 when all went well. */
static int end_of(const struct nlmsghdr *h)
{
	int no = 0;

	if (h->nlmsg_len >= NLMSG_LENGTH(sizeof no))
		memcpy(&no, NLMSG_DATA(h), sizeof no);
	errno = -no;
	return no ? -1 : 0;
}

int rtnl_do(struct rtnl *r, struct rtnl_request *q,
            int (*each)(const struct nlmsghdr *h, void *arg), void *arg)
{
	q->h.nlmsg_seq = ++r->seq;
	if (send_request(r, q) < 0)
		return -1;
	for (;;) {
		ssize_t n = receive(r);
		if (n < 0)
			return -1;
		const struct nlmsghdr *h = (const void *)r->buf;
		for (size_t left = (size_t)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_seq != r->seq)
				continue;
			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE)
				return end_of(h);
			if (each && each(h, arg) < 0)
				return -1;
		}
	}
}

const struct rtattr *rtnl_find(const struct nlmsghdr *h, size_t size, uint16_t type)
{
	if (h->nlmsg_len < NLMSG_SPACE(size))
		return NULL;

	const struct rtattr *a = (const void *)((const char *)h + NLMSG_SPACE(size));
	for (size_t left = h->nlmsg_len - NLMSG_SPACE(size); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}
