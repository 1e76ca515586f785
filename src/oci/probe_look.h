/* probe_look.h - the looks of probe.c's table. */
#pragma once

#include "oci/probe.h"

/* clang-format off */
#define LOOKS(L) \
	/* probe_look.c */ \
	L(floor) L(proc) L(root) L(host_root) L(namespace) L(oom_score) L(rlimit) L(seccomp) \
	L(seccomp_action) L(keyring) L(text) L(magic) L(swap) \
	/* probe_mount.c */ \
	L(mount_setattr) L(pivot) L(idmap) L(file_system) L(loop) \
	/* probe_cgroup.c */ \
	L(cgroup) L(cgroup_writable) L(pure) L(controller) L(cgroup_file) L(devices) L(hugetlb) \
	/* probe_user.c */ \
	L(user_switch) L(set_id_tool)

#define LOOK_NUMBER(name) LOOK_##name,
enum look { LOOKS(LOOK_NUMBER) };
/* clang-format on */

/* Is it there? detail: what is there, or why not; empty from the start. */
#define LOOK(name) \
	bool look_##name(const struct probe *p, const char *root, char detail[PROBE_DETAIL_MAX])
#define LOOK_DECLARED(name) LOOK(name);
LOOKS(LOOK_DECLARED)

/* probe.c: work in a child made with these clone flags; 0, or -1 and the errno of what failed. */
int probe_in_child(unsigned long long flags, int (*work)(void));

/* A sentence into detail. */
void probe_say(char detail[PROBE_DETAIL_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
