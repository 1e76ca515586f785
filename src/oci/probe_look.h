/* probe_look.h - the looks of probe.c's table. Each has the form of struct probe's look. */
#pragma once

#include "oci/probe.h"

#define LOOK(name) bool name(const struct probe *p, const char *root, char detail[PROBE_DETAIL_MAX])

/* probe_look.c */
LOOK(look_floor);
LOOK(look_proc);
LOOK(look_root);
LOOK(look_host_root);
LOOK(look_namespace);
LOOK(look_oom_score);
LOOK(look_rlimit);
LOOK(look_seccomp);
LOOK(look_seccomp_action);
LOOK(look_keyring);
LOOK(look_text);
LOOK(look_magic);
LOOK(look_swap);

/* probe_mount.c */
LOOK(look_mount_setattr);
LOOK(look_pivot);
LOOK(look_idmap);
LOOK(look_file_system);
LOOK(look_loop);

/* probe_cgroup.c */
LOOK(look_cgroup);
LOOK(look_cgroup_writable);
LOOK(look_pure);
LOOK(look_controller);
LOOK(look_cgroup_file);
LOOK(look_devices);
LOOK(look_hugetlb);

/* probe_user.c */
LOOK(look_user_switch);
LOOK(look_set_id_tool);

/* probe.c: work in a child made with these clone flags; 0, or -1 and the errno of what failed. */
int probe_in_child(unsigned long long flags, int (*work)(void));

/* A sentence into detail. */
void probe_say(char detail[PROBE_DETAIL_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
