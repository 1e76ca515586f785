/*
 * cgroup_device.h - linux.resources.devices as an eBPF program on the container's cgroup.
 *
 * The meaning of a list of rules: each of the accesses asked for (read, write, mknod) is decided by
 * the last rule that matches the device and names that access; all must be allowed; what no rule
 * decides is denied. Behind the list come the devices that every container has (null, zero, full,
 * random, urandom, tty, console, ptmx, pts) and mknod of anything, as in runc and crun. An empty
 * list changes nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "kernel/cgroup.h"
#include "spec/spec.h"

struct bpf_insn;

/*
 * Put the rules in force. In a cgroup that cgroup_create made this adds a program: two calls and a
 * close. In any other the new program takes the place of the one that is there, in one step, which
 * is what `update` needs. Rules that allow everything need no program, and work on a kernel without
 * CONFIG_CGROUP_BPF.
 */
int cgroup_device_attach(struct arena *a, const struct cgroup *cg,
                         const struct spec_device_rule *rules, size_t n, struct err *e);

/* Do the rules allow a device to be opened for reading and writing? Malformed ones do not. */
bool cgroup_device_allows(struct arena *a, const struct spec_device_rule *rules, size_t n,
                          bool block, int64_t major, int64_t minor);

/* Can this kernel and caller load such a program? The smallest one is loaded, and let go. */
int cgroup_device_try(struct arena *a, struct err *e);

/*
 * The program, for BPF_PROG_TYPE_CGROUP_DEVICE; *ret_len counts instructions, 0 when everything is
 * allowed. ERR_CONFIG with the rule's index when one is malformed.
 */
int cgroup_device_program(struct arena *a, const struct spec_device_rule *rules, size_t n,
                          struct bpf_insn **ret, size_t *ret_len, struct err *e);
