/* cmd_internal.c - the commands that scow runs itself: they are in no help, and nobody else's. */
#include "cli/command.h"
#include "engine/up.h"
#include "engine/worker.h"
#include "monitor/keeper.h"
#include "monitor/monitor.h"

#include <stddef.h>
#include <string.h>

int cmd_keeper(struct args *a, struct err *e)
{
	(void)a;
	return keeper_main(e);
}

int cmd_monitor(struct args *a, struct err *e)
{
	(void)a;
	return monitor_main(e);
}

int cmd_worker(struct args *a, struct err *e)
{
	return worker_main(a->arena, a->rest[1], e);
}

int cmd_recover(struct args *a, struct err *e)
{
	return up_recover(a->arena, a->root, a->rest[1], a->rest[0], true, e);
}

/* clang-format off */
static const struct option no_options[] = { OPT_END };

static const struct command internal[] = {
	{ .name = "keeper", .options = no_options, .run = cmd_keeper, .stateless = true, .min = 1, .max = 1, .tail = true },
	{ .name = "monitor", .options = no_options, .run = cmd_monitor, .stateless = true, .min = 1, .max = 1, .tail = true },
	{ .name = "worker", .options = no_options, .run = cmd_worker, .stateless = true, .min = 2, .max = 2, .tail = true,
	  .protect = true, .keep_fds = 3 },
	{ .name = "recover", .options = no_options, .run = cmd_recover, .stateless = true, .min = 2, .max = 2, .tail = true },
	{ .name = NULL },
};
/* clang-format on */

const struct command *command_find_internal(const char *name)
{
	for (const struct command *c = internal; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}
