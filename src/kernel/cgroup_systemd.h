/*
 * cgroup_systemd.h - the container's cgroup as a transient unit of systemd, which is asked over
 * D-Bus (dbus.h): by root the machine's systemd, by others the user's own.
 *
 *	linux.cgroupsPath	"SLICE:PREFIX:NAME"
 *	unit			PREFIX-NAME.scope in SLICE; or NAME, when that ends in ".slice"
 *	cgroup			below systemd's own: a-b.slice is a.slice/a-b.slice
 *
 * A scope begins with a process. It is one of ours that only holds the place, so that the
 * container's limits are in force before it is cloned into the cgroup like any other:
 *
 *	find	names and path; nothing is made
 *	create	holder, StartTransientUnit, JobRemoved; then the cgroup is there
 *	leave	the container is in: the holder ends
 *	stop	the cgroup is empty or gone: so is the unit
 *
 * Limits are systemd's properties as well, or it would take them back the next time that it looks.
 * org.freedesktop.systemd1(5), systemd.resource-control(5)
 */
#pragma once

#include "kernel/cgroup.h"
#include "kernel/cgroup_limit.h"
#include "kernel/dbus.h"

#include <sys/types.h>

struct cgroup_unit {
	struct dbus bus;
	const char *name, *slice, *path; /* path: of the cgroup; slice NULL: the unit is one */
	pid_t holder;
	int hold; /* it ends when this is closed everywhere; -1: there is none */
};

/* clang-format off */
#define CGROUP_UNIT_NONE { .bus = DBUS_NONE, .hold = -1 }
/* clang-format on */

/*
 * NULL or empty: "system.slice:scow:ID", of a user "user.slice:scow:ID". ERR_CONFIG: not of that
 * form. Without a systemd e->no is 0, and the text says where it was looked for.
 */
int cgroup_unit_find(struct arena *a, const char *cgroups_path, const char *id,
                     struct cgroup_unit *ret, struct err *e);

/* description: for people. res or NULL. ret->made is false for a slice that was there. */
int cgroup_unit_create(struct arena *a, struct cgroup_unit *u, const char *description,
                       const struct spec_resources *res, struct cgroup *ret, struct err *e);

/* A process that the kernel does not let us clone into the cgroup, or move there: systemd may. */
int cgroup_unit_attach(struct arena *a, const struct cgroup_unit *u, pid_t pid, struct err *e);

/* With the container in it. Nothing happens without a holder. */
void cgroup_unit_leave(struct cgroup_unit *u);

/* Close what is open of it; the unit stays. */
void cgroup_unit_drop(struct cgroup_unit *u);

/* By name. One that is gone is success. */
int cgroup_unit_stop(struct arena *a, const char *name, struct err *e);

/* What an update has set. */
int cgroup_unit_update(struct arena *a, const char *name, const struct spec_resources *res,
                       struct err *e);

/* ---- systemd_property.c: pure parts ---- */

/* Names of `path` and `slice` and `name`, as above. base: the cgroup of systemd itself, or "". */
int cgroup_unit_names(struct arena *a, const char *cgroups_path, const char *id, bool user,
                      struct cgroup_unit *ret, struct err *e);
int cgroup_unit_place(struct arena *a, const char *base, struct cgroup_unit *u, struct err *e);

/* "b", "t" and "s" as they are, "y" for ay, "u" for au */
struct systemd_property {
	struct systemd_property *next;
	const char *name;
	char type;
	uint64_t number;  /* b, t; of au the only one; of ay the length */
	const void *data; /* s, ay */
};

/* systemd: its version; 0: not known. What systemd has no property for is left out. */
struct systemd_property *systemd_properties(struct arena *a, const struct cgroup_setting *plan,
                                            unsigned version);
