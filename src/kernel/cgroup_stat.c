/*
 * cgroup_stat.c - files of a cgroup, one after the other, as JSON.
 *
 *	cpu.stat  memory.{current,max,peak,events,stat,swap.*}  pids.{current,max}  io.stat
 *	hugetlb.SIZE.{current,events}  {cpu,memory,io}.pressure
 *
 * The kernel wrote these files: their words go into the JSON without quoting.
 */
#define _GNU_SOURCE
#include "kernel/cgroup_stat.h"

#include "base/bits.h"
#include "base/decimal.h"
#include "base/dir.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/own.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 65536, NAME_SIZE = 17, KEY_SIZE = 15, OP_SIZE = 8 };

struct out {
	struct arena *arena;
	const struct cgroup *cg;
	char *p;
	size_t len, size;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;

	for (;;) {
		va_start(ap, fmt);
		int n = vsnprintf(o->p + o->len, o->size - o->len, fmt, ap);
		va_end(ap);
		if ((size_t)n < o->size - o->len) {
			o->len += (size_t)n;
			return;
		}
		char *bigger = arena_alloc(o->arena, 2 * (o->size + (size_t)n));
		memcpy(bigger, o->p, o->len);
		o->p = bigger;
		o->size = 2 * (o->size + (size_t)n);
	}
}

static void comma(struct out *o)
{
	if (!strchr("{[", o->p[o->len - 1]))
		put(o, ",");
}

static void open_member(struct out *o, const char *name, char bracket)
{
	comma(o);
	put(o, "\"%s\":%c", name, bracket);
}

static void put_number(struct out *o, const char *name, uint64_t v)
{
	comma(o);
	put(o, "\"%s\":%" PRIu64, name, v);
}

/* ---- files ---- */

/* "" when the file is not there, or cannot be read. */
static char *read_file(struct out *o, const char *name)
{
	char *text = arena_alloc(o->arena, FILE_SIZE_MAX);

	if (fd_read_text(o->cg->fd, name, text, FILE_SIZE_MAX) < 0)
		*text = 0;
	return text;
}

/* A file of one number; "max" is UINT64_MAX. */
static bool read_value(struct out *o, const char *name, uint64_t *ret)
{
	char text[32];

	*ret = 0;
	if (fd_read_text(o->cg->fd, name, text, sizeof text) <= 0)
		return false;
	*ret = strncmp(text, "max", 3) ? strtoull(text, NULL, 10) : UINT64_MAX;
	return true;
}

/* The number of a line "KEY NUMBER". */
static bool find(const char *text, const char *key, uint64_t *ret)
{
	size_t len = strlen(key);

	*ret = 0;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (!strncmp(text, key, len) && text[len] == ' ') {
			*ret = strtoull(text + len, NULL, 10);
			return true;
		}
	return false;
}

/* ---- sections ---- */

/* clang-format off */
#define MEMBER(name, key, scale) \
	{ name, key, scale + FITS(name, NAME_SIZE) + FITS(key, KEY_SIZE) }

struct member { char name[NAME_SIZE], key[KEY_SIZE]; unsigned scale; };

static const struct member cpu_usage[] = {
	MEMBER("total",  "usage_usec",  1000),
	MEMBER("kernel", "system_usec", 1000),
	MEMBER("user",   "user_usec",   1000),
	{ "", "", 0 },
};

static const struct member cpu_throttling[] = { /* none without the controller */
	MEMBER("periods",          "nr_periods",     1),
	MEMBER("throttledPeriods", "nr_throttled",   1),
	MEMBER("throttledTime",    "throttled_usec", 1000),
	{ "", "", 0 },
};

enum io_list { SERVICE_BYTES, SERVICED };

static const char io_lists[] = "ioServiceBytesRecursive\0ioServicedRecursive\0";

#define IO(key, list, op) { key, op, list + FITS(key, KEY_SIZE) + FITS(op, OP_SIZE) }

/* Of an io.stat line; by list. */
static const struct { char key[KEY_SIZE], op[OP_SIZE]; unsigned char list; } io[] = {
	IO("rbytes=", SERVICE_BYTES, "Read"),
	IO("wbytes=", SERVICE_BYTES, "Write"),
	IO("dbytes=", SERVICE_BYTES, "Discard"),
	IO("rios=",   SERVICED,      "Read"),
	IO("wios=",   SERVICED,      "Write"),
	IO("dios=",   SERVICED,      "Discard"),
};
/* clang-format on */

enum { N_IO = sizeof io / sizeof *io };

static void put_members(struct out *o, const char *name, const char *text, const struct member *m)
{
	uint64_t v;

	open_member(o, name, '{');
	for (; *m->name; m++)
		if (find(text, m->key, &v))
			put_number(o, m->name, v * m->scale);
	put(o, "}");
}

/* some avg10=0.00 avg60=0.00 avg300=0.00 total=0 */
static void put_pressure(struct out *o, const char *file)
{
	char *save_line, *save, *text = read_file(o, file);
	char *line = strtok_r(text, "\n", &save_line);

	if (!line)
		return;
	open_member(o, "psi", '{');
	for (; line; line = strtok_r(NULL, "\n", &save_line)) {
		char *word = strtok_r(line, " ", &save);
		if (!word)
			continue;
		open_member(o, word, '{');
		while ((word = strtok_r(NULL, " ", &save))) {
			size_t n = strcspn(word, "=");
			if (!word[n])
				continue;
			comma(o);
			put(o, "\"%.*s\":%s", (int)n, word, word + n + 1);
		}
		put(o, "}");
	}
	put(o, "}");
}

static void put_cpu(struct out *o)
{
	const char *stat = read_file(o, "cpu.stat");

	put_members(o, "usage", stat, cpu_usage);
	put_members(o, "throttling", stat, cpu_throttling);
	put_pressure(o, "cpu.pressure");
}

static void put_cpuset(struct out *o)
{
	(void)o; /* as in runc, which has it for cgroup v1 only */
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void put_memory_entry(struct out *o, const char *name, uint64_t limit, uint64_t usage,
                             uint64_t max, uint64_t failcnt)
{
	open_member(o, name, '{');
	put_number(o, "limit", limit);
	if (usage)
		put_number(o, "usage", usage);
	if (max)
		put_number(o, "max", max);
	put_number(o, "failcnt", failcnt);
	put(o, "}");
}

static void put_raw(struct out *o, const char *stat)
{
	open_member(o, "raw", '{');
	for (; *stat; stat += strcspn(stat, "\n"), stat += *stat == '\n') {
		size_t key = strcspn(stat, " "), n = strcspn(stat, "\n");
		if (key >= n)
			continue;
		comma(o);
		put(o, "\"%.*s\":%.*s", (int)key, stat, (int)(n - key - 1), stat + key + 1);
	}
	put(o, "}");
}

static void put_memory(struct out *o)
{
	const char *stat = read_file(o, "memory.stat");
	uint64_t cache, limit, usage, peak, failcnt, swap_limit, swap, ignored;

	if (find(stat, "file", &cache))
		put_number(o, "cache", cache);
	(void)read_value(o, "memory.max", &limit);
	(void)read_value(o, "memory.current", &usage);
	(void)read_value(o, "memory.peak", &peak); /* Linux 5.19 */
	(void)find(read_file(o, "memory.events"), "max", &failcnt);
	put_memory_entry(o, "usage", limit, usage, peak, failcnt);
	if (read_value(o, "memory.swap.max", &swap_limit) &&
	    read_value(o, "memory.swap.current", &swap))
		put_memory_entry(o, "swap", sum(limit, swap_limit), sum(usage, swap), 0, 0);
	else
		put_memory_entry(o, "swap", 0, 0, 0, 0);
	(void)find(stat, "kernel", &ignored);
	put_memory_entry(o, "kernel", 0, ignored, 0, 0);
	put_memory_entry(o, "kernelTCP", 0, 0, 0, 0);
	put_raw(o, stat);
	put_pressure(o, "memory.pressure");
}

static void put_pids(struct out *o)
{
	uint64_t v;

	if (read_value(o, "pids.current", &v))
		put_number(o, "current", v);
	if (read_value(o, "pids.max", &v) && v != UINT64_MAX)
		put_number(o, "limit", v);
}

/* 8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 */
static void put_io_entries(struct out *o, const char *stat, size_t which)
{
	for (; *stat; stat += strcspn(stat, "\n"), stat += *stat == '\n') {
		const char *end = stat + strcspn(stat, "\n"), *at = strstr(stat, io[which].key);
		uint64_t device[2]; /* major:minor */

		if (!at || at > end || !decimal_row(stat, 2, device))
			continue;
		comma(o);
		put(o, "{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":%llu}",
		    (unsigned)device[0], (unsigned)device[1], io[which].op,
		    strtoull(at + strlen(io[which].key), NULL, 10));
	}
}

static void put_blkio(struct out *o)
{
	const char *stat = read_file(o, "io.stat");

	for (size_t i = 0; *stat && i < N_IO; i++) {
		if (!i || io[i].list != io[i - 1].list)
			open_member(o, list_at(io_lists, io[i].list), '[');
		put_io_entries(o, stat, i);
		if (i + 1 == N_IO || io[i].list != io[i + 1].list)
			put(o, "]");
	}
	put_pressure(o, "io.pressure");
}

static void put_page_size(struct out *o, const char *size)
{
	uint64_t usage, failed;

	(void)read_value(o, arena_printf(o->arena, "hugetlb.%s.current", size), &usage);
	(void)find(read_file(o, arena_printf(o->arena, "hugetlb.%s.events", size)), "max", &failed);
	open_member(o, size, '{');
	put_number(o, "usage", usage);
	put_number(o, "failcnt", failed);
	put(o, "}");
}

/* Its page sizes are the machine's: the files tell. */
static void put_hugetlb(struct out *o)
{
	own_fd copy = openat(o->cg->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dir d;
	char *name;

	dir_begin(&d, copy);
	while ((name = dir_next(&d))) {
		char *size = name + strlen("hugetlb.");

		if (strncmp(name, "hugetlb.", strlen("hugetlb.")) != 0)
			continue;
		const size_t n = strspn(size, "0123456789KMGTB");
		if (!n || strcmp(size + n, ".current") != 0)
			continue;
		size[n] = '\0';
		put_page_size(o, size);
	}
}

static void put_section(struct out *o, const char *name, void (*put_it)(struct out *))
{
	open_member(o, name, '{');
	put_it(o);
	put(o, "}");
}

char *cgroup_stat_text(struct arena *a, const struct cgroup *cg)
{
	struct out o = { .arena = a, .cg = cg, .size = 4096 };

	o.p = arena_alloc(a, o.size);
	put(&o, "{");
	put_section(&o, "cpu", put_cpu);
	put_section(&o, "cpuset", put_cpuset);
	put_section(&o, "memory", put_memory);
	put_section(&o, "pids", put_pids);
	put_section(&o, "blkio", put_blkio);
	put_section(&o, "hugetlb", put_hugetlb);
	put(&o, ",\"intel_rdt\":{},\"network_interfaces\":null}");
	return o.p;
}
