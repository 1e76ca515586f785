/* create_record.c - what is put on record of a container before anything of it is made. */
#define _GNU_SOURCE
#include "base/date.h"
#include "base/proc.h"
#include "oci/create.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

static char *absolute(struct arena *a, const char *dir, const char *path)
{
	if (*path == '/')
		return arena_strdup(a, path);
	return !strcmp(path, ".") ? arena_strdup(a, dir)
	                          : arena_printf(a, "%s/%s", strcmp(dir, "/") ? dir : "", path);
}

static char *now_text(struct arena *a)
{
	struct timespec t;
	char day[DATE_MAX];

	clock_gettime(CLOCK_REALTIME, &t);
	date_print(t.tv_sec, day);
	return arena_printf(a, "%s.%09ldZ", day, (long)t.tv_nsec);
}

/* Its cgroup, or none: with systemd's unit, which is not made before it is on record. */
static int find_cgroup(struct create *c, const char **ret, struct err *e)
{
	const char *path = c->spec.linux_->cgroups_path;

	if (c->no_cgroup)
		return 0;
	if (!c->systemd)
		return cgroup_path(c->arena, path, c->id, ret, e);
	if (cgroup_unit_find(c->arena, path, c->id, &c->unit, e))
		return -1;
	*ret = c->unit.path;
	return 0;
}

/* Who has started us: by now we may be somebody else in a user namespace. */
static char *owner(struct arena *a)
{
	const unsigned uid = (unsigned)getauxval(AT_UID);

	return uid ? arena_printf(a, "%u", uid) : arena_strdup(a, "root");
}

int create_fill_record(struct create *c, struct err *e)
{
	const struct spec *s = &c->spec;
	char cwd[PATH_MAX] = "/", boot_id[PROC_BOOT_ID_LEN + 1];
	const char *cgroup = NULL;

	if ((!c->bundle || *c->bundle != '/') && !getcwd(cwd, sizeof cwd))
		return err_set(e, errno, "find the current directory");
	if (proc_boot_id(boot_id))
		return err_set(e, errno, "read the boot id");
	if (find_cgroup(c, &cgroup, e))
		return -1;
	char *bundle = absolute(c->arena, cwd, c->bundle ? c->bundle : ".");
	c->record = (struct record){
		.format = RECORD_FORMAT,
		.oci_version = s->oci_version,
		.id = arena_strdup(c->arena, c->id),
		.creating = true,
		.boot_id = arena_strdup(c->arena, boot_id),
		.bundle = bundle,
		.rootfs = absolute(c->arena, bundle, s->root->path),
		.delegated = c->delegated ? strlen(c->delegated) : 0,
		.cgroup = cgroup ? arena_strdup(c->arena, cgroup) : NULL,
		.unit = c->unit.name ? arena_strdup(c->arena, c->unit.name) : NULL,
		.created = now_text(c->arena),
		.owner = owner(c->arena),
		.no_new_keyring = c->no_new_keyring,
		.own_pid_ns = c->new_ns & CLONE_NEWPID,
		.rdt = c->rdt.group ? arena_strdup(c->arena, c->rdt.group) : NULL,
		.rdt_own = c->rdt.own,
		.rdt_monitor = c->rdt.monitor != NULL,
		.hooks = s->hooks != NULL,
		.notifies = spec_seccomp_notifies(s->linux_->seccomp),
		.annotations = s->annotations,
		.n_annotations = s->n_annotations,
	};
	return 0;
}
