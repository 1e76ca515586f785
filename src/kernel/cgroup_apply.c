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
#include <stdlib.h>
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

/* ---- update ---- */

/* A number in a file of one line; false when it has none ("max"), or is not there. */
static bool read_number(const struct cgroup *cg, const char *file, int64_t *ret)
{
	char text[64], *end;

	if (fd_read_text(cg->fd, file, text, sizeof text) <= 0)
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return !errno && end != text;
}

/* What depends on a value that the update leaves alone gets it. */
static void complete(struct arena *a, const struct cgroup *cg, struct spec_resources *r)
{
	if (r->memory && r->memory->swap > 0 && !r->memory->limit) {
		struct spec_memory *m = arena_alloc(a, sizeof *m);

		*m = *r->memory;
		(void)read_number(cg, "memory.max", &m->limit); /* the plan misses it */
		r->memory = m;
	}
	if (r->cpu && r->cpu->period && !r->cpu->quota) {
		struct spec_cpu *c = arena_alloc(a, sizeof *c);

		*c = *r->cpu;
		(void)read_number(cg, "cpu.max", &c->quota); /* none is none */
		r->cpu = c;
	}
}

/* The wording is runc's. What cannot be read is not in use: there was no controller until now. */
static int check_usage(const struct cgroup *cg, const struct spec_memory *m, struct err *e)
{
	int64_t used;

	if (!m || !m->check_before_update || !read_number(cg, "memory.current", &used))
		return 0;
	if (m->swap > 0 && m->swap <= used)
		return err_set(e, 0, "rejecting memory+swap limit %" PRId64 " <= usage %" PRId64,
		               m->swap, used);
	if (m->limit > 0 && m->limit <= used)
		return err_set(e, 0, "rejecting memory limit %" PRId64 " <= usage %" PRId64,
		               m->limit, used);
	return 0;
}

/* Files with a line a device: what takes away a line that was not there. */
/* clang-format off */
static const struct { char file[16], none[40]; } device_files[] = {
	{ "io.max",        "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight",     "default" },
	{ "io.bfq.weight", "default" },
	{ "io.latency",    "target=max" },
};
/* clang-format on */

/* The line of `all` that begins with the first len bytes of key. */
static char *line_of(struct arena *a, const char *all, const char *key, size_t len)
{
	for (const char *p = all; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, key, len))
			return arena_printf(a, "%.*s", (int)strcspn(p, "\n"), p);
	return NULL;
}

/* The text that brings back what `text`, once written, will have changed; NULL: there is none. */
static const char *text_before(struct arena *a, const struct cgroup *cg, const char *file,
                               const char *text)
{
	char *all = arena_alloc(a, FILE_SIZE_MAX);

	if (fd_read_text(cg->fd, file, all, FILE_SIZE_MAX) < 0)
		return NULL;
	size_t key = strcspn(text, " "); /* "8:0" of "8:0 rbps=1" */
	const char *old = line_of(a, all, text, key + 1);
	if (text[key] && old)
		return old;
	for (size_t i = 0; i < sizeof device_files / sizeof *device_files; i++)
		if (!strcmp(file, device_files[i].file))
			return text[key] ? arena_printf(a, "%.*s %s", (int)key, text,
			                                device_files[i].none)
			                 : line_of(a, all, "default ", 8);
	return strchr(all, '\n') == strrchr(all, '\n') ? arena_strdup(a, all) : NULL;
}

/* Of the file that takes the text: with its controller on, `other` if the first is not there. */
static void note_before(struct arena *a, const struct cgroup *cg, const struct cgroup_setting *s,
                        struct cgroup_setting **undo)
{
	struct err ignored; /* apply tells */

	if (faccessat(cg->fd, s->file, F_OK, 0) && (!s->unless || *s->unless))
		(void)enable_for(cg, s->file, &ignored);
	if (faccessat(cg->fd, s->file, F_OK, 0)) {
		if (s->other)
			note_before(a, cg, s->other, undo);
		return;
	}
	struct cgroup_setting *u = arena_alloc(a, sizeof *u);
	*u = (struct cgroup_setting){
		.next = *undo,
		.file = s->file,
		.text = text_before(a, cg, s->file, s->text),
		.property = s->property,
	};
	*undo = u;
}

void cgroup_update_undo(const struct cgroup *cg, const struct cgroup_setting *undo)
{
	for (; undo; undo = undo->next)
		if (!undo->text || fd_put(cg->fd, undo->file, undo->text))
			log_warning("cgroup %s: linux.resources.%s stays as the update has set it",
			            cg->path, undo->property);
}

int cgroup_update(struct arena *a, const struct cgroup *cg, const struct spec_resources *res,
                  struct cgroup_setting **ret_undo, struct err *e)
{
	struct cgroup_setting *s = NULL, *undo = NULL;
	struct spec_resources r = *res;

	complete(a, cg, &r);
	if (cgroup_limit_plan(a, &r, &s, e) || check_usage(cg, r.memory, e))
		return -1;
	for (; s; s = s->next) {
		struct cgroup_setting *before = undo;

		note_before(a, cg, s, &undo);
		if (!apply(cg, s, e))
			continue;
		cgroup_update_undo(cg, before);
		return err_ctx(e, "cgroup %s: linux.resources.%s", cg->path, s->property);
	}
	*ret_undo = undo;
	return 0;
}
