/*
 * resctrl.c - directories and small files of the resctrl file system, below a mount point that the
 * caller names.
 */
#define _GNU_SOURCE
#include "kernel/resctrl.h"

#include "base/fd.h"
#include "kernel/mountinfo.h"
#include "spec/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMATA_MAX = 16384 };

int resctrl_find(struct arena *a, const char **ret, struct err *e)
{
	struct mountinfo *v;
	size_t n;

	if (mountinfo_read(a, -1, &v, &n))
		return err_set(e, errno, "read the list of mounts");
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].type, "resctrl")) {
			*ret = v[i].path;
			return 0;
		}
	return err_set(e, 0,
	               "linux.intelRdt: no resctrl file system is mounted (mount -t resctrl "
	               "resctrl /sys/fs/resctrl, on a CPU that has it)");
}

void resctrl_name(const struct spec_intel_rdt *r, const char *id, struct resctrl *ret)
{
	ret->own = !r->clos_id || !*r->clos_id;
	ret->group = ret->own ? id : strcmp(r->clos_id, "/") ? r->clos_id : "";
	ret->monitor = r->enable_monitoring ? id : NULL;
}

static char *path_of(struct arena *a, const struct resctrl *g, const char *file)
{
	return arena_printf(a, "%s%s%s%s%s", g->mount, *g->group ? "/" : "", g->group,
	                    *file ? "/" : "", file);
}

static char *monitor_of(struct arena *a, const struct resctrl *g, const char *file)
{
	return arena_printf(a, "%s/%s%s%s", path_of(a, g, "mon_groups"), g->monitor,
	                    *file ? "/" : "", file);
}

/* ---- schemata ---- */

/* The lines of `text` that do (or do not) begin with MB:, each with its newline. */
static const char *pick(struct arena *a, const char *text, bool with_mb)
{
	const char *out = "";

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		int n = (int)strcspn(p, "\n");
		if (n && (with_mb || strncmp(p, "MB:", 3) != 0))
			out = arena_printf(a, "%s%.*s\n", out, n, p);
	}
	return out;
}

/* l3CacheSchema and memBwSchema as one text; the bandwidth is that of memBwSchema if there is one.
 */
static const char *old_style(struct arena *a, const struct spec_intel_rdt *r)
{
	const bool mb = r->mem_bw_schema && *r->mem_bw_schema;
	const char *l3 = pick(a, r->l3_cache_schema ? r->l3_cache_schema : "", !mb);

	return mb ? arena_printf(a, "%s%s\n", l3, r->mem_bw_schema) : l3;
}

static const char *new_style(struct arena *a, const struct spec_intel_rdt *r)
{
	const char *out = "";

	for (size_t i = 0; i < r->n_schemata; i++)
		out = arena_printf(a, "%s%s", out, pick(a, r->schemata[i], true));
	return out;
}

/* "7f" and "007f" are one value; the file pads. */
static bool same_value(const char *x, size_t nx, const char *y, size_t ny)
{
	for (; nx > 1 && (*x == '0' || *x == ' '); x++, nx--)
		;
	for (; ny > 1 && (*y == '0' || *y == ' '); y++, ny--)
		;
	return nx == ny && !strncasecmp(x, y, nx);
}

/* Is "0=7f" one of "0=7f;1=3f"? */
static bool has_part(const char *line, size_t len, const char *part, size_t n)
{
	size_t id = strcspn(part, "=") + 1;

	for (const char *p = line, *end = line + len; p < end; p++) {
		p += strspn(p, " ");
		size_t k = strcspn(p, ";\n");
		if (id < n && k > id && !strncmp(p, part, id) &&
		    same_value(p + id, k - id, part + id, n - id))
			return true;
		p += k;
	}
	return false;
}

/* Does the schemata file have the line, all of whose parts count? */
static bool has_line(const char *file, const char *line, size_t len)
{
	size_t name = strcspn(line, ":") + 1;

	if (name >= len)
		return false;
	for (const char *p = file; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		p += strspn(p, " ");
		if (strncmp(p, line, name) != 0)
			continue;
		for (const char *part = line + name; part < line + len;) {
			size_t n = strcspn(part, ";\n");
			if (n && !has_part(p + name, strcspn(p, "\n") - name, part, n))
				return false;
			part += n + 1;
		}
		return true;
	}
	return false;
}

static int compare(struct arena *a, const struct resctrl *g, const char *want, struct err *e)
{
	char *file = arena_alloc(a, SCHEMATA_MAX), *path = path_of(a, g, "schemata");

	if (*want && fd_read_text(AT_FDCWD, path, file, SCHEMATA_MAX) < 0)
		return err_set(e, errno, "read %s", path);
	for (const char *p = want; *p; p += strcspn(p, "\n") + 1)
		if (!has_line(file, p, strcspn(p, "\n")))
			return err_kind(e, ERR_CONFIG, 0,
			                "linux.intelRdt: %s exists, and has not \"%.*s\"", path,
			                (int)strcspn(p, "\n"), p);
	return 0;
}

static int put_schemata(struct arena *a, const struct resctrl *g, const char *text, struct err *e)
{
	char *path = path_of(a, g, "schemata"), why[256] = "";

	if (!*text || !fd_put(AT_FDCWD, path, text))
		return 0;
	int no = errno;
	/* The kernel says what is wrong with it. */
	if (fd_read_text(AT_FDCWD, arena_printf(a, "%s/info/last_cmd_status", g->mount), why,
	                 sizeof why) > 0)
		why[strcspn(why, "\n")] = 0;
	return err_set(e, no, "linux.intelRdt: write \"%.*s\" to %s%s%s", (int)strcspn(text, "\n"),
	               text, path, *why ? ": " : "", why);
}

/* ---- groups ---- */

/* What the CPU can count: enableCMT and enableMBM, of before spec 1.3, only ask for that. */
static int check_monitoring(struct arena *a, const struct resctrl *g,
                            const struct spec_intel_rdt *r, struct err *e)
{
	char text[256] = "";

	if (!r->enable_cmt && !r->enable_mbm)
		return 0;
	(void)fd_read_text(AT_FDCWD, arena_printf(a, "%s/info/L3_MON/mon_features", g->mount), text,
	                   sizeof text); /* not there: it can count nothing */
	if (r->enable_cmt && !strstr(text, "llc_occupancy"))
		return err_set(e, 0, "linux.intelRdt.enableCMT: this CPU cannot monitor its cache");
	if (r->enable_mbm && !strstr(text, "mbm_"))
		return err_set(
		    e, 0, "linux.intelRdt.enableMBM: this CPU cannot monitor its memory bandwidth");
	return 0;
}

/* One of the container's id that was there is what a killed create left: no process is in it. */
static int check_existing(struct arena *a, const struct resctrl *g, struct err *e)
{
	char text[16], *path = path_of(a, g, "tasks");

	if (!g->own)
		return 0;
	if (fd_read_text(AT_FDCWD, path, text, sizeof text) != 0)
		return err_kind(e, ERR_STATE, 0, "linux.intelRdt: %s is not empty", path);
	return 0;
}

static int make_monitor(struct arena *a, const struct resctrl *g, struct err *e)
{
	if (!g->monitor)
		return 0;
	char *path = monitor_of(a, g, "");
	if (mkdir(path, 0755) && errno != EEXIST)
		return err_set(e, errno, "linux.intelRdt: make %s", path);
	return 0;
}

static int fill(struct arena *a, const struct resctrl *g, const struct spec_intel_rdt *r, bool made,
                struct err *e)
{
	const char *text = old_style(a, r);

	if (!made && !g->own && compare(a, g, text, e))
		return -1;
	if ((made || g->own) && put_schemata(a, g, text, e))
		return -1;
	if (put_schemata(a, g, new_style(a, r), e))
		return -1;
	return make_monitor(a, g, e);
}

int resctrl_create(struct arena *a, const struct resctrl *g, const struct spec_intel_rdt *r,
                   struct err *e)
{
	const bool says_limits = *old_style(a, r) || *new_style(a, r);
	char *path = path_of(a, g, "");
	bool made = false;
	struct stat st;

	if (g->own && !check_rdt_name(g->group))
		return err_kind(e, ERR_CONFIG, 0, "linux.intelRdt: no group can be named \"%s\"",
		                g->group);
	if (check_monitoring(a, g, r, e))
		return -1;
	if (!stat(path, &st)) {
		if (check_existing(a, g, e))
			return -1;
	} else if (!g->own && !says_limits) {
		return err_set(e, errno, "linux.intelRdt.closID: %s", path);
	} else {
		if (mkdir(path, 0755))
			return err_set(e, errno, "linux.intelRdt: make %s", path);
		made = true;
	}
	if (!fill(a, g, r, made, e))
		return 0;
	if (made)
		(void)rmdir(path); /* the failure is what to tell */
	return -1;
}

static int put_task(const char *path, const char *pid, struct err *e)
{
	return fd_put(AT_FDCWD, path, pid) ? err_set(e, errno, "write %s to %s", pid, path) : 0;
}

/* The group first: a monitoring group takes only processes of the group above it. */
int resctrl_join(struct arena *a, const struct resctrl *g, pid_t pid, struct err *e)
{
	const char *text = arena_printf(a, "%d", (int)pid);

	if (put_task(path_of(a, g, "tasks"), text, e))
		return -1;
	return g->monitor ? put_task(monitor_of(a, g, "tasks"), text, e) : 0;
}

int resctrl_update(struct arena *a, const struct resctrl *g, const struct spec_intel_rdt *r,
                   const char **ret_old, struct err *e)
{
	char *old = arena_alloc(a, SCHEMATA_MAX), *path = path_of(a, g, "schemata");

	if (fd_read_text(AT_FDCWD, path, old, SCHEMATA_MAX) < 0)
		return err_set(e, errno, "read %s", path);
	if (put_schemata(a, g, old_style(a, r), e))
		return -1;
	*ret_old = old;
	return 0;
}

int resctrl_restore(struct arena *a, const struct resctrl *g, const char *schemata, struct err *e)
{
	return put_schemata(a, g, schemata, e);
}

static int remove_dir(const char *path, struct err *e)
{
	return rmdir(path) && errno != ENOENT ? err_set(e, errno, "remove %s", path) : 0;
}

int resctrl_remove(struct arena *a, const struct resctrl *g, struct err *e)
{
	if (g->monitor && remove_dir(monitor_of(a, g, ""), e))
		return -1;
	return g->own ? remove_dir(path_of(a, g, ""), e) : 0;
}
