/*
 * lsm.h - the labels of a process: AppArmor's profile, SELinux's context.
 *
 * A label is written to a file of procfs, and takes effect at the exec. A procfs that a container
 * can arrange would have us write it to another file, and run without the label (CVE-2019-16884,
 * CVE-2025-52881). So the host hands its own /proc to the child by descriptor, before the child is
 * in any other mount namespace; the path below it is resolved with no mount in between; and what
 * was opened must be on procfs.
 *
 *   host   lsm_prepare   refuses a label that nobody here enforces; opens /proc
 *          ---- clone3 ----
 *   child  lsm_open      its own attr files, through that descriptor, which it then closes
 *          lsm_label_keys, around joining the session keyring
 *          lsm_apply     last: what it runs until its exec has no label yet
 */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

struct lsm {
	int proc;
	int apparmor, selinux, keys; /* files of attr/; -1: no label is wanted */
};

/* clang-format off */
#define LSM_NONE { .proc = -1, .apparmor = -1, .selinux = -1, .keys = -1 }
/* clang-format on */

/* ret is LSM_NONE when p has no label. mount_label, which may be NULL, is only checked. */
int lsm_prepare(const struct spec_process *p, const char *mount_label, struct lsm *ret,
                struct err *e);

int lsm_open(struct lsm *l, const struct spec_process *p, struct err *e);

/* Keys that are made from here on have the process's context; on false: what they had before. */
int lsm_label_keys(const struct lsm *l, const struct spec_process *p, bool on, struct err *e);

int lsm_apply(struct lsm *l, const struct spec_process *p, struct err *e);

/* Close what is open. */
void lsm_drop(struct lsm *l);
