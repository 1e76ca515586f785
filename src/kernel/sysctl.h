/*
 * sysctl.h - linux.sysctl: kernel parameters that belong to a namespace of the container.
 *
 * Keys are written as sysctl(8) takes them: "net.ipv4.ip_forward" and "net/ipv4/ip_forward" are the
 * same; the separator that comes first is the separator, the other one is part of a name
 * ("net/ipv4/conf/eth0.1/forwarding", "net.ipv4.conf.eth0/1.forwarding").
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

/*
 * In the host, before clone. Only a parameter of a namespace that is new, or joined by a path that
 * is not the caller's own namespace: kernel.{msg*,sem,shm*} and fs.mqueue.* of ipc, net.* of
 * network, kernel.domainname of uts. kernel.hostname is refused: that is what `hostname` is for.
 * ERR_CONFIG names the key.
 */
int sysctl_check(const struct spec *s, struct err *e);

/* In init, in its namespaces. proc_fd: the root of an own procfs, never the container's mount. */
int sysctl_apply(int proc_fd, const struct spec *s, struct err *e);
