/*
 * keeper.h - the parent of a defined container's init: it waits, and does nothing else.
 *
 * It holds what must outlive a monitor: the container's pipes or terminal, a pidfd, the listening
 * ctl.sock, keeper.lock. It parses nothing but the plan, spawns workers and monitors, and passes
 * on what they have to know (link.h). A monitor that dies is replaced, from the binary that is
 * installed then.
 */
#pragma once

#include "base/err.h"

/* The main function of `scow keeper`, with the descriptors of link.h. Ends with its monitor. */
int keeper_main(struct err *e);
