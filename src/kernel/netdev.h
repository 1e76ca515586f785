/* netdev.h - network devices: the loopback device, and those that a container gets from the host.
 * OCI runtime spec 1.3, "Network Devices" */
#pragma once

#include "kernel/rtnl.h"
#include "spec/spec.h"

/* The loopback device of the network namespace that we are in. */
int netdev_loopback_up(struct err *e);

enum { NETDEV_NAME_MAX = 15 };

struct netdev_address {
	struct nlmsghdr *msg; /* as the kernel told it, RTM_NEWADDR */
	struct netdev_address *next;
};

/* A device that is on its way, or has moved. */
struct netdev_move {
	const char *from;             /* its name on the host */
	char to[NETDEV_NAME_MAX + 1]; /* in the container */
	unsigned flags;               /* IFF_* on the host */
	bool from_is_taken;           /* the container has another one of that name */
	struct netdev_address *addresses;
};

struct netdev_plan {
	struct arena *arena;
	struct rtnl here, there;
	int host_ns, container_ns;
	struct netdev_move *moves;
	size_t n; /* of those that may have moved */
};

#define NETDEV_PLAN_NONE \
	{ \
		.here = { .fd = -1 }, .there = { .fd = -1 }, .host_ns = -1, .container_ns = -1 \
	}

/*
 * On the host: linux.netDevices from our network namespace to `container_ns`, which stays the
 * caller's. Each is renamed, gets its permanent global addresses back and is brought up. On failure
 * those that have moved are on the host again.
 */
int netdev_move(struct arena *a, const struct spec_linux *l, int container_ns,
                struct netdev_plan *ret, struct err *e);

/*
 * When the container is not made after all: back under their old names, with their addresses and
 * up when they were. As far as it goes: the failure to tell is another one.
 */
void netdev_return(struct netdev_plan *p);

/* Close the descriptors; the devices stay where they are. */
void netdev_plan_drop(struct netdev_plan *p);
