/* rootless.c - what a create without root does otherwise. */
#define _GNU_SOURCE
#include "oci/rootless.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/cgroup_limit.h"
#include "kernel/limit.h"
#include "kernel/ns.h"
#include "kernel/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

static unsigned caller(void)
{
	return (unsigned)getauxval(AT_UID);
}

static int needs_user_namespace(const struct spec *s, struct err *e)
{
	return spec_namespace(s, CLONE_NEWUSER)
	           ? 0
	           : err_kind(e, ERR_CONFIG, 0,
	                      "linux.namespaces: user %u, who is not root, needs a user "
	                      "namespace for the container (scow spec --rootless)",
	                      caller());
}

static int takes_no_device(const struct spec *s, struct err *e)
{
	return s->linux_->n_net_devices
	           ? err_kind(e, ERR_CONFIG, 0,
	                      "linux.netDevices: only root can take a network device from the "
	                      "host, not user %u",
	                      caller())
	           : 0;
}

int (*const rootless_rules[])(const struct spec *s, struct err *e) = {
	needs_user_namespace,
	takes_no_device,
	NULL,
};

/* The clocks of our children, the first of whom is the container's init. */
static int set_clocks(struct create *c, struct err *e)
{
	if (!c->spec.linux_->n_time_offsets)
		return 0;
	return ns_make_time(e) ? -1 : ns_offset_time(c->arena, getpid(), c->spec.linux_, e);
}

/* What was opened in the mount namespace of before cannot be cloned in this one. */
static int reopen_bundle(struct create *c, struct err *e)
{
	const char *path = c->bundle ? c->bundle : ".";

	own_fd_drop(&c->bundle_dir);
	c->bundle_dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->bundle_dir < 0 ? err_set(e, errno, "open bundle %s", path) : 0;
}

int rootless_enter(struct create *c, struct err *e)
{
	if (!userns_is_needed())
		return 0;
	for (size_t i = 0; rootless_rules[i]; i++)
		if (rootless_rules[i](&c->spec, e))
			return -1;
	/* The score is init's by inheritance: init's own file belongs to root, as it cannot be
	 * dumped. */
	if (limit_oom_score_adj(0, &c->spec.process->oom_score_adj, e))
		return -1;
	if (userns_enter(c->arena, c->spec.linux_, spec_namespace(&c->spec, CLONE_NEWUSER)->path,
	                 e))
		return -1;
	c->in_user_ns = true;
	if (set_clocks(c, e))
		return -1;
	/* To the container's root we are a process of his own namespace. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, errno, "prctl PR_SET_DUMPABLE");
	return reopen_bundle(c, e);
}

/* ---- the cgroup ---- */

/* No right to it, or no cgroup2 that could be written to. */
static bool is_refused(const struct err *e)
{
	return e->no == EACCES || e->no == EPERM || e->no == EROFS || !e->no;
}

static bool is_delegated(const char *root, const char *path)
{
	char file[1024 + 64];
	const char *const names[] = { "", "/cgroup.procs" };

	for (size_t i = 0; i < 2; i++)
		if ((size_t)snprintf(file, sizeof file, "%s%s%s", root, path, names[i]) >=
		        sizeof file ||
		    access(file, W_OK))
			return false;
	return true;
}

/*
 * The caller's cgroup may be a leaf of what was delegated: then its parent hands controllers down,
 * which a cgroup with processes of its own cannot.
 */
char *rootless_delegated(struct arena *a)
{
	struct err ignored;
	const char *root = cgroup_find(&ignored);
	char text[4096], *own = cgroup_path_of("self", text, sizeof text);

	if (!root || !own || strstr(own, "/../") || !strcmp(own, "/.."))
		return NULL;
	char *parent = arena_strdup(a, own);
	*strrchr(parent, '/') = '\0';
	if (*parent && is_delegated(root, parent))
		return parent;
	return own[1] && is_delegated(root, own) ? arena_strdup(a, own) : NULL;
}

static int put_on_record(struct create *c, char *path, struct err *e)
{
	c->record.cgroup = path;
	return record_write(c->arena, &c->ctr, &c->record, false, e);
}

static int without_cgroup(struct create *c, struct err *e)
{
	struct cgroup_setting *wanted = NULL;

	if (c->spec.linux_->resources &&
	    cgroup_limit_plan(c->arena, c->spec.linux_->resources, &wanted, e))
		return -1;
	while (wanted && wanted->unless && !*wanted->unless) /* "no limit", as it is without */
		wanted = wanted->next;
	if (wanted)
		return err_set(e, 0,
		               "linux.resources.%s: cannot be set, since no cgroup is delegated to "
		               "user %u",
		               wanted->property, caller());
	log_info("no cgroup is delegated to user %u: the container has none of its own", caller());
	return put_on_record(c, NULL, e);
}

int rootless_cgroup(struct create *c, struct err *e)
{
	const char *given = c->spec.linux_->cgroups_path;

	if (!is_refused(e) || (!userns_is_needed() && userns_is_first()))
		return -1;
	if (given && *given)
		return e->no ? err_ctx(e, "linux.cgroupsPath: not delegated to user %u", caller())
		             : -1;
	char *delegated = rootless_delegated(c->arena);
	if (!delegated)
		return without_cgroup(c, e);
	if (put_on_record(c, arena_printf(c->arena, "%s/scow/%s", delegated, c->id), e))
		return -1;
	return cgroup_create(c->arena, c->record.cgroup, &c->cgroup, e);
}

int rootless_devices(const struct err *e)
{
	return e->no == EPERM && !userns_is_first() ? 0 : -1;
}
