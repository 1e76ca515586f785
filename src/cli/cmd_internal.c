/* cmd_internal.c - the commands that scow runs itself: they are in no help, and nobody else's. */
#include "cli/command.h"
#include "engine/up.h"
#include "engine/worker.h"
#include "monitor/keeper.h"
#include "monitor/monitor.h"

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
