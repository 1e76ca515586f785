/*
 * netdev_move.c - network devices of the host become the container's.
 *
 *	here (the host's namespace)              there (the container's)
 *	  look up: index, flags, addresses         look up: is the name free? which %d is?
 *	  move and rename, one request ------->
 *	                                           addresses again, up
 *
 * A device is only ever addressed by its index, which is checked to be above 0: in a request with
 * index 0 the name would say which device is meant, and not what it is to be called. The kernel
 * moves first and renames then, so a request that fails may have moved the device nevertheless.
 */
#define _GNU_SOURCE
#include "kernel/netdev.h"

#include "base/own.h"
#include "kernel/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { TEMPLATE_MAX = 1000 }; /* names that are tried for "eth%d" */

struct link {
	int index;
	unsigned flags;
};

static int take_link(const struct nlmsghdr *h, void *arg)
{
	struct link *link = arg;
	const struct ifinfomsg *i = NLMSG_DATA(h);

	if (h->nlmsg_type == RTM_NEWLINK && h->nlmsg_len >= NLMSG_LENGTH(sizeof *i))
		*link = (struct link){ i->ifi_index, i->ifi_flags };
	return 0;
}

/* -1 and errno: ENODEV when there is none. */
static int find_link(struct rtnl *r, const char *name, struct link *ret)
{
	const struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
	struct rtnl_request q;

	*ret = (struct link){ 0, 0 };
	rtnl_begin(&q, RTM_GETLINK, 0, &any, sizeof any);
	rtnl_put(&q, IFLA_IFNAME, name, strlen(name) + 1);
	if (rtnl_do(r, &q, take_link, ret) < 0)
		return -1;
	if (ret->index <= 0) {
		errno = ENODEV;
		return -1;
	}
	return 0;
}

static int send_link(struct rtnl *from, int index, int ns, const char *name)
{
	const struct ifinfomsg i = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const uint32_t fd = (uint32_t)ns;
	struct rtnl_request q;

	rtnl_begin(&q, RTM_NEWLINK, 0, &i, sizeof i);
	rtnl_put(&q, IFLA_IFNAME, name, strlen(name) + 1);
	rtnl_put(&q, IFLA_NET_NS_FD, &fd, sizeof fd);
	return rtnl_do(from, &q, NULL, NULL);
}

static int bring_up(struct rtnl *r, int index)
{
	const struct ifinfomsg i = { .ifi_family = AF_UNSPEC,
		                     .ifi_index = index,
		                     .ifi_flags = IFF_UP,
		                     .ifi_change = IFF_UP };
	struct rtnl_request q;

	rtnl_begin(&q, RTM_NEWLINK, 0, &i, sizeof i);
	return rtnl_do(r, &q, NULL, NULL);
}

/* ---- addresses ---- */

struct collector {
	struct arena *arena;
	int index;
	struct netdev_address **end;
};

static uint32_t address_flags(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *i = NLMSG_DATA(h);
	const struct rtattr *a = rtnl_find(h, sizeof *i, IFA_FLAGS);
	uint32_t flags = i->ifa_flags;

	if (a && RTA_PAYLOAD(a) >= sizeof flags)
		memcpy(&flags, RTA_DATA(a), sizeof flags);
	return flags;
}

static int take_address(const struct nlmsghdr *h, void *arg)
{
	struct collector *c = arg;
	const struct ifaddrmsg *i = NLMSG_DATA(h);

	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof *i) ||
	    i->ifa_index != (unsigned)c->index || i->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !(address_flags(h) & IFA_F_PERMANENT))
		return 0;
	struct netdev_address *a = arena_alloc(c->arena, sizeof *a);
	a->msg = memcpy(arena_alloc(c->arena, h->nlmsg_len), h, h->nlmsg_len);
	*c->end = a;
	c->end = &a->next;
	return 0;
}

static int read_addresses(struct arena *a, struct rtnl *r, int index, struct netdev_address **ret)
{
	const struct ifaddrmsg any = { .ifa_family = AF_UNSPEC };
	struct collector c = { a, index, ret };
	struct rtnl_request q;

	rtnl_begin(&q, RTM_GETADDR, NLM_F_DUMP, &any, sizeof any);
	return rtnl_do(r, &q, take_address, &c);
}

/* "eth0:1" of eth0 becomes "net1:1" of net1; the kernel makes one up for what does not fit. */
static void put_label(struct rtnl_request *q, const struct nlmsghdr *h, const char *from,
                      const char *to)
{
	const struct rtattr *a = rtnl_find(h, sizeof(struct ifaddrmsg), IFA_LABEL);
	const size_t size = a ? RTA_PAYLOAD(a) : 0, n = strlen(from);
	char label[2 * NETDEV_NAME_MAX + 2];

	if (size <= n + 1 || strncmp(RTA_DATA(a), from, n) != 0)
		return;
	const char *rest = (const char *)RTA_DATA(a) + n;
	int len = snprintf(label, sizeof label, "%s%.*s", to, (int)(size - n), rest);
	if (*rest == ':' && len <= NETDEV_NAME_MAX)
		rtnl_put(q, IFA_LABEL, label, (size_t)len + 1);
}

static int add_address(struct rtnl *r, int index, const struct nlmsghdr *h, const char *from,
                       const char *to)
{
	static const uint16_t same[] = { IFA_LOCAL,   IFA_ADDRESS,   IFA_BROADCAST,
		                         IFA_ANYCAST, IFA_CACHEINFO, IFA_RT_PRIORITY };
	const uint32_t asked = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |
	                       IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
	const uint32_t flags = address_flags(h) & asked; /* the rest is the kernel's own */
	struct ifaddrmsg i;
	struct rtnl_request q;

	memcpy(&i, NLMSG_DATA(h), sizeof i);
	i.ifa_index = (unsigned)index;
	i.ifa_flags = (uint8_t)flags;
	rtnl_begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &i, sizeof i);
	for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
		const struct rtattr *a = rtnl_find(h, sizeof i, same[k]);
		if (a && RTA_PAYLOAD(a) <= sizeof(struct ifa_cacheinfo))
			rtnl_put(&q, same[k], RTA_DATA(a), RTA_PAYLOAD(a));
	}
	rtnl_put(&q, IFA_FLAGS, &flags, sizeof flags);
	put_label(&q, h, from, to);
	return rtnl_do(r, &q, NULL, NULL);
}

static int add_addresses(struct rtnl *r, int index, const struct netdev_address *list,
                         const char *from, const char *to)
{
	for (const struct netdev_address *a = list; a; a = a->next)
		if (add_address(r, index, a->msg, from, to) < 0)
			return -1;
	return 0;
}

/* ---- there and back ---- */

/* The name in the container: it must be free; of "eth%d" the first that is. */
static int choose_name(struct netdev_plan *p, const struct spec_net_device *d,
                       struct netdev_move *m, struct err *e)
{
	const char *want = d->name && *d->name ? d->name : d->from;
	const char *template = strstr(want, "%d");
	struct link link;

	for (int i = 0; i < (template ? TEMPLATE_MAX : 1); i++) {
		int len = !template ? snprintf(m->to, sizeof m->to, "%s", want)
		                    : snprintf(m->to, sizeof m->to, "%.*s%d%s",
		                               (int)(template - want), want, i, template + 2);
		if (len > NETDEV_NAME_MAX)
			break;
		if (find_link(&p->there, m->to, &link) == 0)
			continue;
		return errno == ENODEV ? 0 : err_set(e, errno, "look for %s", m->to);
	}
	return err_set(e, EEXIST, "the name %s in the container", want);
}

/* Where a request that failed has left it. */
static int find_moved(struct netdev_plan *p, const struct netdev_move *m, struct link *ret)
{
	if (find_link(&p->there, m->to, ret) == 0)
		return 0;
	return m->from_is_taken ? -1 : find_link(&p->there, m->from, ret);
}

static int move_one(struct netdev_plan *p, const struct spec_net_device *d, struct err *e)
{
	struct netdev_move *m = &p->moves[p->n];
	struct link link, taken;

	m->from = d->from;
	if (find_link(&p->here, m->from, &link) < 0)
		return err_set(e, errno, "find it");
	m->flags = link.flags;
	if (read_addresses(p->arena, &p->here, link.index, &m->addresses) < 0)
		return err_set(e, errno, "read its addresses");
	if (choose_name(p, d, m, e) < 0)
		return -1;
	m->from_is_taken = find_link(&p->there, m->from, &taken) == 0;
	p->n++;
	if (send_link(&p->here, link.index, p->container_ns, m->to) < 0)
		return err_set(e, errno, "move it into the container");
	if (find_link(&p->there, m->to, &link) < 0)
		return err_set(e, errno, "find it in the container");
	if (add_addresses(&p->there, link.index, m->addresses, m->from, m->to) < 0)
		return err_set(e, errno, "give it its addresses");
	return bring_up(&p->there, link.index) < 0 ? err_set(e, errno, "bring it up") : 0;
}

/* A socket of the container's namespace; we are back in ours afterwards. */
static int open_there(struct netdev_plan *p, struct err *e)
{
	if (ns_join(p->container_ns, CLONE_NEWNET, e))
		return -1;
	int failed = rtnl_open(p->arena, &p->there, e);
	if (setns(p->host_ns, CLONE_NEWNET))
		return err_set(e, errno, "return to our network namespace");
	return failed;
}

static int open_plan(struct netdev_plan *p, struct err *e)
{
	p->host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (p->host_ns < 0)
		return err_set(e, errno, "open /proc/self/ns/net");
	return rtnl_open(p->arena, &p->here, e) ? -1 : open_there(p, e);
}

int netdev_move(struct arena *a, const struct spec_linux *l, int container_ns,
                struct netdev_plan *ret, struct err *e)
{
	struct netdev_plan p = NETDEV_PLAN_NONE;
	int failed;

	p.arena = a;
	p.container_ns = container_ns;
	p.moves = arena_array(a, l->n_net_devices, sizeof *p.moves);
	failed = open_plan(&p, e);
	for (size_t i = 0; !failed && i < l->n_net_devices; i++)
		if (move_one(&p, &l->net_devices[i], e) < 0)
			failed = err_ctx(e, "linux.netDevices.%s", l->net_devices[i].from);
	if (failed) {
		netdev_return(&p);
		netdev_plan_drop(&p);
		return -1;
	}
	*ret = p;
	return 0;
}

void netdev_return(struct netdev_plan *p)
{
	struct link link;

	while (p->n > 0) {
		const struct netdev_move *m = &p->moves[--p->n];
		if (find_moved(p, m, &link) < 0 ||
		    send_link(&p->there, link.index, p->host_ns, m->from) < 0 ||
		    find_link(&p->here, m->from, &link) < 0)
			continue;
		(void)add_addresses(&p->here, link.index, m->addresses, m->from, m->from);
		if (m->flags & IFF_UP)
			(void)bring_up(&p->here, link.index);
	}
}

void netdev_plan_drop(struct netdev_plan *p)
{
	own_fd_drop(&p->here.fd);
	own_fd_drop(&p->there.fd);
	own_fd_drop(&p->host_ns);
}
