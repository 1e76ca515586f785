/* netdev.h - network devices of a new network namespace. netdevice(7) */
#pragma once

#include "base/err.h"

/* Bring the loopback device of the caller's network namespace up; the kernel gives it its
 * addresses. */
int netdev_loopback_up(struct err *e);
