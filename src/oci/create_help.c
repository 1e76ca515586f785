/*
 * create_help.c - what init cannot do for itself: the maps of its user namespace, the offsets of
 * its clocks, network devices that come from the host.
 */
#define _GNU_SOURCE
#include "kernel/ns.h"
#include "oci/create.h"
#include "oci/join.h"
#include "oci/stage.h"

#include <sched.h>

bool create_helps_init(const struct create *c)
{
	const struct spec_linux *l = c->spec.linux_;

	if (l->n_time_offsets || l->n_net_devices || spec_namespace(&c->spec, CLONE_NEWUSER))
		return !c->in_user_ns;
	return false;
}

bool create_sets_clocks(const struct create *c)
{
	return c->spec.linux_->n_time_offsets && !c->in_user_ns;
}

static int help_user_ns(struct create *c, struct err *e)
{
	const struct spec_namespace *user = spec_namespace(&c->spec, CLONE_NEWUSER);

	return user && !user->path ? ns_map_ids(c->arena, c->pid, c->spec.linux_, e) : 0;
}

static int help_time(struct create *c, struct err *e)
{
	if (!create_sets_clocks(c))
		return 0;
	if (stage_wait(c->sock, STAGE_MADE, e))
		return -1;
	return ns_offset_time(c->arena, c->pid, c->spec.linux_, e);
}

static int help_network(struct create *c, struct err *e)
{
	const int joined = join_fd(c, CLONE_NEWNET);

	if (!c->spec.linux_->n_net_devices)
		return 0;
	if (joined < 0 && ns_open(arena_printf(c->arena, "/proc/%d/ns/net", (int)c->pid),
	                          CLONE_NEWNET, &c->net_ns, e))
		return -1;
	return netdev_move(c->arena, c->spec.linux_, joined < 0 ? c->net_ns : joined, &c->netdevs,
	                   e);
}

int create_help(struct create *c, struct err *e)
{
	if (!create_helps_init(c))
		return 0;
	if (help_user_ns(c, e) || help_time(c, e) || help_network(c, e))
		return -1;
	return stage_send(c->sock, STAGE_GO, 0, e);
}
