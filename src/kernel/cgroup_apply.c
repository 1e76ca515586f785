/*
 * cgroup_apply.c - writes that a list of limits has asked for: at create, where a failure ends the
 * cgroup, and at update, where it leaves everything as it was.
 */
#define _GNU_SOURCE
#include "kernel/cgroup_limit.h"

#include "base/fd.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 16384 };

/* "memory" of "memory.swap.max" */
static int enable_for(const struct cgroup *cg, const char *file, struct err *e)
{
	char controller[32];
	size_t n = strcspn(file, ".");

	if (n >= sizeof controller || !strncmp(file, "cgroup.", 7))
		return err_set(e, 0, "there is no %s for cgroup2", file);
	snprintf(controller, sizeof controller, "%.*s", (int)n, file);
	return cgroup_enable(cg, controller, e);
}

static int put(const struct cgroup *cg, const struct cgroup_setting *s)
{
	return !fd_put(cg->fd, s->file, s->text) || (s->early && errno == EINVAL) ? 0 : -1;
}

/* A missing file costs a second try, with its controller switched on: only who needs one pays. */
static int apply(const struct cgroup *cg, const struct cgroup_setting *s, struct err *e)
{
	if (!put(cg, s))
		return 0;
	if (errno == ENOENT) {
		if (s->unless && !*s->unless)
			return 0;
		if (enable_for(cg, s->file, e))
			return -1;
		if (!put(cg, s))
			return 0;
	}
	if (errno == ENOENT && s->other)
		return apply(cg, s->other, e);
	if (errno == ENOENT && s->unless && access(s->unless, F_OK))
		return 0;
	if (errno == ENOENT)
		return err_set(e, 0, "this kernel has no %s", s->file);
	return err_set(e, errno, "write \"%s\" to %s", s->text, s->file);
}

int cgroup_limit(struct arena *a, const struct cgroup *cg, const struct spec_resources *res,
                 struct err *e)
{
	struct cgroup_setting *s = NULL;

	if (res && cgroup_limit_plan(a, res, &s, e))
		return -1;
	for (; s; s = s->next)
		if (apply(cg, s, e))
			return err_ctx(e, "cgroup %s: linux.resources.%s", cg->path, s->property);
	return 0;
}
