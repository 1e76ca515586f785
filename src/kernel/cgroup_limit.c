/*
 * cgroup_limit.c - from the limits of config.json to a list of writes; cgroup_apply.c does them.
 *
 * The list is made first, so that a limit that makes no sense is found before one is in force. The
 * order is that of the table: a cpuset must be there before the first process, and the swap limit
 * before the memory limit that would push pages into swap.
 */
#define _GNU_SOURCE
#include "kernel/cgroup_limit.h"

#include "base/bits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MAX = 10000 };
enum { BLKIO_WEIGHT_MIN = 10, BLKIO_WEIGHT_MAX = 1000 };

static const struct spec_memory no_memory;
static const struct spec_cpu no_cpu;
static const struct spec_pids no_pids;
static const struct spec_block_io no_block_io;

static const struct spec_memory *memory_of(const struct spec_resources *r)
{
	return r->memory ? r->memory : &no_memory;
}

static const struct spec_cpu *cpu_of(const struct spec_resources *r)
{
	return r->cpu ? r->cpu : &no_cpu;
}

static const struct spec_block_io *block_io_of(const struct spec_resources *r)
{
	return r->block_io ? r->block_io : &no_block_io;
}

#define invalid(e, ...) err_kind(e, ERR_CONFIG, 0, "linux.resources." __VA_ARGS__)

/* Natural logarithm for x >= 1, by ln((1+z)/(1-z)) = 2(z + z^3/3 + ...): libm would cost 10 KB. */
static double ln(double x)
{
	const double ln2 = 0.693147180559945309417;
	double sum = 0, halvings = 0;

	for (; x >= 2; x /= 2)
		halvings++;
	double z = (x - 1) / (x + 1), power = z;
	for (int k = 1; k < 40; k += 2, power *= z * z)
		sum += power / k;
	return 2 * sum + halvings * ln2;
}

/* e^x for small x >= 0: halved until the series is short, squared back. */
static double power_of_e(double x)
{
	enum { HALVINGS = 8, TERMS = 12 };
	double sum = 1, term = 1;

	x /= 1 << HALVINGS;
	for (int k = 1; k < TERMS; k++)
		sum += term *= x / k;
	for (int i = 0; i < HALVINGS; i++)
		sum *= sum;
	return sum;
}

/*
 * With l = log2(shares) the weight is 10^(l*l/612 + 125*l/612 - 7/34), rounded up: a curve through
 * (2, 1), (1024, 100) and (262144, 10000), the lowest, default and highest values of both sides.
 */
static unsigned shares_to_weight(uint64_t shares)
{
	const double ln10 = 2.30258509299404568402, rounding = 1e-9;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	double l = ln((double)shares) / 0.693147180559945309417;
	double weight = power_of_e(ln10 * ((l * l + 125 * l) / 612 - 7.0 / 34));
	unsigned down = (unsigned)(weight - rounding);
	return down + 1;
}

/* A cgroup that is idle takes no weight, so 0 comes before the weight, and 1 after it. */
static int text_idle(const struct spec_resources *r, int64_t which, const char *word,
                     const char **ret, struct err *e)
{
	const struct json_opt *idle = &cpu_of(r)->idle;

	if (idle->set && idle->v != 0 && idle->v != 1)
		return invalid(e, "cpu.idle: %" PRId64 " is not 0 or 1", idle->v);
	if (idle->set && idle->v == which)
		*ret = word;
	return 0;
}

static const char *text_weight(struct arena *a, const struct spec_cpu *c)
{
	return c->shares ? arena_printf(a, "%u", shares_to_weight(c->shares)) : NULL;
}

/* A negative quota is none, as in cgroup v1. A period that is left out keeps the kernel's. */
static const char *text_cpu_max(struct arena *a, const struct spec_cpu *c)
{
	if (!c->quota && !c->period)
		return NULL;
	char *quota = c->quota > 0 ? arena_printf(a, "%" PRId64, c->quota) : arena_strdup(a, "max");
	return c->period ? arena_printf(a, "%s %" PRIu64, quota, c->period) : quota;
}

static int text_burst(struct arena *a, const struct spec_resources *r, const char **ret,
                      struct err *e)
{
	const struct json_opt *burst = &cpu_of(r)->burst;

	if (burst->set && burst->v < 0)
		return invalid(e, "cpu.burst: %" PRId64 " is not a number of microseconds",
		               burst->v);
	if (burst->set && cpu_of(r)->quota > 0 && burst->v > cpu_of(r)->quota)
		return invalid(e, "cpu.burst: %" PRId64 " is above the quota", burst->v);
	if (burst->set)
		*ret = arena_printf(a, "%" PRId64, burst->v);
	return 0;
}

static int bytes_or_max(struct arena *a, int64_t v, const char *name, const char **ret,
                        struct err *e)
{
	if (v < -1)
		return invalid(e, "memory.%s: %" PRId64 " is not a number of bytes", name, v);
	if (v)
		*ret = v == -1 ? "max" : arena_printf(a, "%" PRId64, v);
	return 0;
}

static int text_swap_max(struct arena *a, const struct spec_resources *r, const char **ret,
                         struct err *e)
{
	const struct spec_memory *m = memory_of(r);

	/* In v1 unlimited memory was unlimited swap. */
	if (m->swap == -1 || (m->swap == 0 && m->limit == -1))
		*ret = "max";
	if (m->swap == -1 || m->swap == 0)
		return 0;
	if (m->limit <= 0)
		return invalid(e, "memory.swap: unable to set swap limit without memory limit");
	if (m->swap < m->limit)
		return invalid(e, "memory.swap: memory+swap limit should be >= memory limit");
	*ret = arena_printf(a, "%" PRId64, m->swap - m->limit);
	return 0;
}

/* With 0 even the first process could not be put there. With 1 it is as alone. */
static const char *text_pids_max(struct arena *a, const struct spec_pids *p)
{
	const struct json_opt *limit = &(p ? p : &no_pids)->limit;

	if (!limit->set)
		return NULL;
	return limit->v < 0 ? "max" : arena_printf(a, "%" PRId64, limit->v ? limit->v : 1);
}

enum limit {
	CPUS,
	MEMS,
	IDLE_OFF,
	WEIGHT,
	IDLE_ON,
	BURST_EARLY,
	CPU_MAX,
	BURST,
	MEMORY_LOW,
	SWAP_MAX,
	MEMORY_MAX,
	PIDS_MAX,
};

/* One number or text. *ret stays NULL when the limit is unset. */
static int text_of(enum limit limit, struct arena *a, const struct spec_resources *r,
                   const char **ret, struct err *e)
{
	switch (limit) {
	case CPUS:
		*ret = cpu_of(r)->cpus;
		return 0;
	case MEMS:
		*ret = cpu_of(r)->mems;
		return 0;
	case IDLE_OFF:
		return text_idle(r, 0, "0", ret, e);
	case WEIGHT:
		*ret = text_weight(a, cpu_of(r));
		return 0;
	case IDLE_ON:
		return text_idle(r, 1, "1", ret, e);
	case BURST_EARLY: /* never above the quota: a smaller one goes ahead, a larger one behind */
		return cpu_of(r)->quota ? text_burst(a, r, ret, e) : 0;
	case CPU_MAX:
		*ret = text_cpu_max(a, cpu_of(r));
		return 0;
	case BURST:
		return text_burst(a, r, ret, e);
	case MEMORY_LOW:
		return bytes_or_max(a, memory_of(r)->reservation, "reservation", ret, e);
	case SWAP_MAX:
		return text_swap_max(a, r, ret, e);
	case MEMORY_MAX:
		return bytes_or_max(a, memory_of(r)->limit, "limit", ret, e);
	case PIDS_MAX:
		*ret = text_pids_max(a, r->pids);
		return 0;
	}
	return 0;
}

enum { PROPERTY_SIZE = 19, FILE_SIZE = 16, NONE_SIZE = 4 };

/* clang-format off */
#define ROW(limit, property, file, none) \
	{ property, file, none, \
	  limit + FITS(property, PROPERTY_SIZE) + FITS(file, FILE_SIZE) + FITS(none, NONE_SIZE) }

static const struct row {
	char property[PROPERTY_SIZE], file[FILE_SIZE];
	char none[NONE_SIZE]; /* this text is what there is without the file; "": none is */
	unsigned char limit;
} rows[] = {
	ROW(CPUS,        "cpu.cpus",           "cpuset.cpus",     ""),
	ROW(MEMS,        "cpu.mems",           "cpuset.mems",     ""),
	ROW(IDLE_OFF,    "cpu.idle",           "cpu.idle",        "0"),
	ROW(WEIGHT,      "cpu.shares",         "cpu.weight",      ""),
	ROW(IDLE_ON,     "cpu.idle",           "cpu.idle",        ""),
	ROW(BURST_EARLY, "cpu.burst",          "cpu.max.burst",   "0"),
	ROW(CPU_MAX,     "cpu.quota",          "cpu.max",         "max"),
	ROW(BURST,       "cpu.burst",          "cpu.max.burst",   "0"),
	ROW(MEMORY_LOW,  "memory.reservation", "memory.low",      ""),
	ROW(SWAP_MAX,    "memory.swap",        "memory.swap.max", "max"),
	ROW(MEMORY_MAX,  "memory.limit",       "memory.max",      "max"),
	ROW(PIDS_MAX,    "pids.limit",         "pids.max",        "max"),
};
/* clang-format on */

/* The list under construction. */
struct plan {
	struct arena *a;
	struct cgroup_setting **end;
};

static struct cgroup_setting *setting(struct plan *p, const char *property, const char *file,
                                      const char *text)
{
	struct cgroup_setting *s = arena_alloc(p->a, sizeof *s);

	*s = (struct cgroup_setting){ .property = property, .file = file, .text = text };
	return s;
}

static struct cgroup_setting *add(struct plan *p, const char *property, const char *file,
                                  const char *text)
{
	struct cgroup_setting *s = *p->end = setting(p, property, file, text);

	p->end = &s->next;
	return s;
}

static int plan_rows(struct plan *p, const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		const char *text = NULL;

		if (text_of(row->limit, p->a, r, &text, e))
			return -1;
		if (!text || !*text)
			continue;
		struct cgroup_setting *s = add(p, row->property, row->file, text);
		if (*row->none && !strcmp(text, row->none))
			s->unless = "";
		else if (row->limit == SWAP_MAX)
			s->unless = "/proc/swaps"; /* no swap, no need */
		s->early = row->limit == BURST_EARLY;
	}
	return 0;
}

/* `device` is "" or "8:0 ". The BFQ scheduler has a file of its own, with the scale of v1. */
static int add_io_weight(struct plan *p, const char *property, const char *device, uint32_t weight,
                         struct err *e)
{
	if (!weight)
		return 0;
	if (weight < BLKIO_WEIGHT_MIN || weight > BLKIO_WEIGHT_MAX)
		return invalid(e, "%s: %u is not from %d to %d", property, weight, BLKIO_WEIGHT_MIN,
		               BLKIO_WEIGHT_MAX);
	const uint32_t range = BLKIO_WEIGHT_MAX - BLKIO_WEIGHT_MIN;
	uint32_t wide = 1 + (weight - BLKIO_WEIGHT_MIN) * (WEIGHT_MAX - 1) / range;
	const char *bfq = arena_printf(p->a, "%s%u", device, weight);
	const char *io = arena_printf(p->a, "%s%u", device, wide);
	add(p, property, "io.bfq.weight", bfq)->other = setting(p, property, "io.weight", io);
	return 0;
}

static int device_name(struct plan *p, const char *property, int64_t major, int64_t minor,
                       const char **ret, struct err *e)
{
	if (major < 0 || minor < 0)
		return invalid(e, "%s: there is no device %" PRId64 ":%" PRId64, property, major,
		               minor);
	*ret = arena_printf(p->a, "%" PRId64 ":%" PRId64 " ", major, minor);
	return 0;
}

static int plan_io_weight(struct plan *p, const struct spec_block_io *io, struct err *e)
{
	if (add_io_weight(p, "blockIO.weight", "", io->weight, e))
		return -1;
	for (size_t i = 0; i < io->n_weight_device; i++) {
		const struct spec_weight_device *d = &io->weight_device[i];
		const char *property = arena_printf(p->a, "blockIO.weightDevice[%zu]", i);
		const char *device = NULL;

		if (device_name(p, property, d->major, d->minor, &device, e) ||
		    add_io_weight(p, property, device, d->weight, e))
			return -1;
	}
	return 0;
}

static int plan_io_max(struct plan *p, const struct spec_block_io *io, struct err *e)
{
	const struct {
		const char *name, *key;
		const struct spec_throttle *v;
		size_t n;
	} lists[] = {
		{ "ReadBpsDevice", "rbps", io->read_bps, io->n_read_bps },
		{ "WriteBpsDevice", "wbps", io->write_bps, io->n_write_bps },
		{ "ReadIOPSDevice", "riops", io->read_iops, io->n_read_iops },
		{ "WriteIOPSDevice", "wiops", io->write_iops, io->n_write_iops },
	};

	for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
		for (size_t i = 0; i < lists[k].n; i++) {
			const struct spec_throttle *t = &lists[k].v[i];
			const char *device = NULL, *property, *key = lists[k].key;
			property = arena_printf(p->a, "blockIO.throttle%s[%zu]", lists[k].name, i);
			if (device_name(p, property, t->major, t->minor, &device, e))
				return -1;
			if (!t->rate)
				continue;
			add(p, property, "io.max",
			    arena_printf(p->a, "%s%s=%" PRIu64, device, key, t->rate));
		}
	return 0;
}

static bool is_page_size(const char *s)
{
	size_t digits = s ? strspn(s, "0123456789") : 0;

	return digits && *s != '0' && strchr("KMG", s[digits]) && s[digits] &&
	       !strcmp(s + digits + 1, "B");
}

/* The second file is about reservations (Linux 5.7): the spec wants both limited. */
static int plan_hugepages(struct plan *p, const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->n_hugepage_limits; i++) {
		const struct spec_hugepage_limit *h = &r->hugepage_limits[i];
		const char *property = arena_printf(p->a, "hugepageLimits[%zu]", i);
		if (!is_page_size(h->page_size))
			return invalid(e, "%s.pageSize: \"%s\" is not like \"2MB\"", property,
			               h->page_size ? h->page_size : "");
		const char *text = arena_printf(p->a, "%" PRIu64, h->limit);
		add(p, property, arena_printf(p->a, "hugetlb.%s.max", h->page_size), text);
		const char *reserved = arena_printf(p->a, "hugetlb.%s.rsvd.max", h->page_size);
		add(p, property, reserved, text)->unless = "";
	}
	return 0;
}

static const char *rdma_text(struct plan *p, const char *text, const char *key,
                             const struct json_opt *v)
{
	return v->set ? arena_printf(p->a, "%s %s=%" PRId64, text, key, v->v) : text;
}

static int plan_rdma(struct plan *p, const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->n_rdma; i++) {
		const struct spec_rdma *d = &r->rdma[i];
		const char *property = arena_printf(p->a, "rdma[\"%s\"]", d->device);

		if (!*d->device || strpbrk(d->device, " \t\n"))
			return invalid(e, "%s: not the name of a device", property);
		if (!d->hca_handles.set && !d->hca_objects.set)
			return invalid(e, "%s: neither hcaHandles nor hcaObjects", property);
		if (d->hca_handles.v < 0 || d->hca_handles.v > UINT32_MAX || d->hca_objects.v < 0 ||
		    d->hca_objects.v > UINT32_MAX)
			return invalid(e, "%s: a limit is not from 0 to 4294967295", property);
		const char *text = rdma_text(p, d->device, "hca_handle", &d->hca_handles);
		add(p, property, "rdma.max", rdma_text(p, text, "hca_object", &d->hca_objects));
	}
	return 0;
}

static int check_unified(const char *file, struct err *e)
{
	const char *dot = strchr(file, '.');

	if (strchr(file, '/'))
		return invalid(e, "unified: \"%s\" must be a file name (no slashes)", file);
	if (!dot || dot == file || !dot[1])
		return invalid(
		    e, "unified: the specified key has not the form CONTROLLER.VALUE `%s`", file);
	/* The others move, freeze or kill processes, or change what the cgroup is. */
	if (!strncmp(file, "cgroup.", 7) && strncmp(file, "cgroup.max.", 11))
		return invalid(e, "unified: \"%s\" is not a resource", file);
	return 0;
}

/* Files of several lines ("8:0 rbps=1\n8:16 rbps=2") take one line a write. */
static int plan_unified(struct plan *p, const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->n_unified; i++) {
		const char *file = r->unified[i].key;
		if (check_unified(file, e))
			return -1;
		const char *property = arena_printf(p->a, "unified[\"%s\"]", file);
		const char *value = r->unified[i].value ? r->unified[i].value : "";
		char *save, *line = strtok_r(arena_strdup(p->a, value), "\n", &save);
		for (; line; line = strtok_r(NULL, "\n", &save))
			add(p, property, file, line);
	}
	return 0;
}

int cgroup_limit_plan(struct arena *a, const struct spec_resources *res,
                      struct cgroup_setting **ret, struct err *e)
{
	struct cgroup_setting *first = NULL;
	struct plan p = { a, &first };

	if (plan_rows(&p, res, e) || plan_io_weight(&p, block_io_of(res), e) ||
	    plan_io_max(&p, block_io_of(res), e) || plan_hugepages(&p, res, e) ||
	    plan_rdma(&p, res, e) || plan_unified(&p, res, e))
		return -1;
	*ret = first;
	return 0;
}
