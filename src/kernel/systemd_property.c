/*
 * systemd_property.c - names of units, and limits as properties of systemd.
 *
 * What is to be said to systemd is what cgroup_limit.c would write: file by file, so that
 * linux.resources.unified is understood as well.
 */
#include "kernel/cgroup_systemd.h"

#include "base/bits.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_IDLE = 252, PERIOD_DEFAULT = 100000, SECOND = 1000000 };

static const char slice_end[] = ".slice";

static bool ends_in_slice(const char *s)
{
	const size_t n = strlen(s), end = sizeof slice_end - 1;

	return n > end && !strcmp(s + n - end, slice_end);
}

static int bad_path(const char *cgroups_path, const char *why, struct err *e)
{
	return err_kind(e, ERR_CONFIG, 0,
	                "linux.cgroupsPath: \"%s\" %s: systemd wants slice:prefix:name",
	                cgroups_path, why);
}

int cgroup_unit_names(struct arena *a, const char *cgroups_path, const char *id, bool user,
                      struct cgroup_unit *ret, struct err *e)
{
	const char *form =
	    cgroups_path && *cgroups_path ? cgroups_path : arena_printf(a, ":scow:%s", id);
	char *rest = arena_strdup(a, form), *slice = strsep(&rest, ":");
	const char *prefix = strsep(&rest, ":"), *name = rest;

	if (!name || strchr(name, ':') || strchr(form, '/'))
		return bad_path(form, "is a path", e);
	if (!*name)
		return bad_path(form, "has no name", e);
	if (!*slice)
		slice = arena_strdup(a, user ? "user.slice" : "system.slice");
	if (!ends_in_slice(slice))
		return bad_path(form, "names no slice", e);
	ret->slice = ends_in_slice(name) ? NULL : slice;
	ret->name = !ret->slice ? name
	            : *prefix   ? arena_printf(a, "%s-%s.scope", prefix, name)
	                        : arena_printf(a, "%s.scope", name);
	if (strlen(ret->name) > NAME_MAX)
		return bad_path(form, "is too long", e);
	return 0;
}

/* "/a.slice/a-b.slice" of "a-b.slice". "-.slice" is the root of all. NULL: no name of a slice. */
static const char *expand(struct arena *a, const char *slice)
{
	const char *path = "";

	if (!strcmp(slice, "-.slice"))
		return path;
	for (const char *p = slice;; p++) {
		const size_t n = strcspn(p, "-.");
		const int all = (int)(p + n - slice);

		if (!n)
			return NULL;
		path = arena_printf(a, "%s/%.*s%s", path, all, slice, slice_end);
		p += n;
		if (*p == '.')
			return strcmp(p, slice_end) ? NULL : path;
	}
}

int cgroup_unit_place(struct arena *a, const char *base, struct cgroup_unit *u, struct err *e)
{
	const char *slice = u->slice ? u->slice : u->name;
	const char *in = expand(a, slice);

	if (!in)
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.cgroupsPath: \"%s\" is no slice of systemd", slice);
	const char *path = u->slice ? arena_printf(a, "%s%s/%s", base, in, u->name)
	                            : arena_printf(a, "%s%s", base, in);
	return cgroup_path(a, path, "", &u->path, e);
}

/* ---- limits ---- */

struct list {
	struct arena *a;
	struct systemd_property **end;
	unsigned version;
};

static struct systemd_property *add(struct list *l, const char *name, char type, uint64_t number)
{
	struct systemd_property *p = arena_alloc(l->a, sizeof *p);

	*p = (struct systemd_property){ .name = name, .type = type, .number = number };
	*l->end = p;
	l->end = &p->next;
	return p;
}

/* A plain number, or "max"; what else the kernel's files take ("1G") has no property. */
static bool number_of(const char *text, const char **ret_end, uint64_t *ret)
{
	char *end;

	if (!strncmp(text, "max", 3)) {
		*ret = UINT64_MAX;
		*ret_end = text + 3;
		return true;
	}
	errno = 0;
	*ret = strtoull(text, &end, 10);
	*ret_end = end;
	return end != text && *text >= '0' && *text <= '9' && !errno;
}

static void add_number(struct list *l, const char *name, const char *text)
{
	const char *end;
	uint64_t v;

	if (number_of(text, &end, &v) && !*end)
		add(l, name, 't', v);
}

/*
 * "50000 100000": so much of each second, of periods so long. A daemon-reload keeps whole percents
 * only: rounded up, so that it never takes away what was asked for.
 */
static void add_quota(struct list *l, const char *name, const char *text)
{
	uint64_t quota, period = PERIOD_DEFAULT;
	const char *end;

	if (!number_of(text, &end, &quota))
		return;
	const bool has_period = *end == ' ' && number_of(end + 1, &end, &period);
	if (*end || !period || period > UINT32_MAX || (quota != UINT64_MAX && quota > UINT32_MAX))
		return;
	const uint64_t percent = (quota * 100 + period - 1) / period;
	add(l, name, 't', quota == UINT64_MAX ? quota : percent * (SECOND / 100));
	if (has_period)
		add(l, "CPUQuotaPeriodUSec", 't', period);
}

/* Since version 252 a weight of 0 is idle; before, systemd knows nothing of it. */
static void add_idle(struct list *l, const char *name, const char *text)
{
	if (!strcmp(text, "1") && l->version >= VERSION_IDLE)
		add(l, name, 't', 0);
}

static void add_weight(struct list *l, const char *name, const char *text)
{
	add_number(l, name, strncmp(text, "default ", 8) ? text : text + 8);
}

static void add_set(struct list *l, const char *name, const char *text)
{
	unsigned long set[BITS_LONGS(SPEC_CPUS_MAX)];
	unsigned char *bytes = arena_alloc(l->a, SPEC_CPUS_MAX / 8);
	size_t n = 0;

	if (bits_parse(text, set, SPEC_CPUS_MAX))
		return;
	for (size_t i = 0; i < SPEC_CPUS_MAX; i++)
		if (set[i / BITS_PER_LONG] >> i % BITS_PER_LONG & 1) {
			bytes[i / 8] |= (unsigned char)(1 << i % 8);
			n = i / 8 + 1;
		}
	add(l, name, 'y', n)->data = bytes;
}

enum form { NUMBER, SET, QUOTA, IDLE, WEIGHT };
enum { FILE_SIZE = 16, PROPERTY_SIZE = 19 };

/* clang-format off */
#define ROW(file, property, form) \
	{ file, property, form + FITS(file, FILE_SIZE) + FITS(property, PROPERTY_SIZE) }

static const struct row {
	char file[FILE_SIZE], property[PROPERTY_SIZE];
	unsigned char form;
} rows[] = {
	ROW("cpuset.cpus",     "AllowedCPUs",         SET),
	ROW("cpuset.mems",     "AllowedMemoryNodes",  SET),
	ROW("cpu.weight",      "CPUWeight",           NUMBER),
	ROW("cpu.idle",        "CPUWeight",           IDLE),
	ROW("cpu.max",         "CPUQuotaPerSecUSec",  QUOTA),
	ROW("io.weight",       "IOWeight",            WEIGHT),
	ROW("memory.min",      "MemoryMin",           NUMBER),
	ROW("memory.low",      "MemoryLow",           NUMBER),
	ROW("memory.high",     "MemoryHigh",          NUMBER),
	ROW("memory.max",      "MemoryMax",           NUMBER),
	ROW("memory.swap.max", "MemorySwapMax",       NUMBER),
	ROW("pids.max",        "TasksMax",            NUMBER),
};
/* clang-format on */

static void add_row(struct list *l, const struct row *row, const char *text)
{
	switch ((enum form)row->form) {
	case NUMBER:
		add_number(l, row->property, text);
		break;
	case SET:
		add_set(l, row->property, text);
		break;
	case QUOTA:
		add_quota(l, row->property, text);
		break;
	case IDLE:
		add_idle(l, row->property, text);
		break;
	case WEIGHT:
		add_weight(l, row->property, text);
		break;
	}
}

struct systemd_property *systemd_properties(struct arena *a, const struct cgroup_setting *plan,
                                            unsigned version)
{
	struct systemd_property *first = NULL;
	struct list l = { a, &first, version };

	for (; plan; plan = plan->next)
		for (const struct cgroup_setting *s = plan; s; s = s->other)
			for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
				if (!strcmp(s->file, rows[i].file))
					add_row(&l, &rows[i], s->text);
	return first;
}
