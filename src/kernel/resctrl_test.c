/* resctrl_test.c - groups in a plain directory that is laid out as a resctrl file system. */
#define _GNU_SOURCE
#include "kernel/resctrl.h"

#include "base/fd.h"
#include "spec/check.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	struct arena a;
	char dir[40];
};

static char *at(struct place *p, const char *name)
{
	return arena_printf(&p->a, "%s/%s", p->dir, name);
}

static void make_dir(struct place *p, const char *name)
{
	CHECK(mkdir(at(p, name), 0755) == 0);
}

static void write_text(struct place *p, const char *name, const char *text)
{
	int fd = open(at(p, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
	close(fd);
}

static const char *read_text(struct place *p, const char *name)
{
	char *buf = arena_alloc(&p->a, 1024);

	return fd_read_text(AT_FDCWD, at(p, name), buf, 1024) < 0 ? "(none)" : buf;
}

static bool is_dir(struct place *p, const char *name)
{
	struct stat st;

	return !stat(at(p, name), &st) && S_ISDIR(st.st_mode);
}

/* The root of it, and a group "gold" of the administrator's. */
static void lay_out(struct place *p)
{
	*p = (struct place){ .dir = "/tmp/scow-unit-resctrl.XXXXXX" };
	CHECK(mkdtemp(p->dir) != NULL);
	make_dir(p, "info");
	make_dir(p, "info/L3_MON");
	make_dir(p, "mon_groups");
	make_dir(p, "gold");
	make_dir(p, "gold/mon_groups");
	write_text(p, "tasks", "");
	write_text(p, "gold/tasks", "");
	write_text(p, "gold/schemata", "    MB:0= 50;1=100\n    L3:0=0007f0;1=00001f\n");
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void tear_down(struct place *p)
{
	CHECK(nftw(p->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	arena_free(&p->a);
}

static char *own(struct place *p, const char *s)
{
	return s ? arena_strdup(&p->a, s) : NULL;
}

static int create(struct place *p, const char *clos, const char *l3, const char *mb,
                  const char *schemata, struct resctrl *g, struct err *e)
{
	char *lines[] = { own(p, schemata) };
	const struct spec_intel_rdt r = {
		.clos_id = own(p, clos),
		.l3_cache_schema = own(p, l3),
		.mem_bw_schema = own(p, mb),
		.schemata = lines,
		.n_schemata = schemata ? 1 : 0,
	};

	*g = (struct resctrl){ .mount = p->dir };
	resctrl_name(&r, "c1", g);
	return resctrl_create(&p->a, g, &r, e);
}

TEST(resctrl_names)
{
	static char slash[] = "/", gold[] = "gold", empty[] = "";
	struct resctrl g = { .mount = "/m" };

	resctrl_name(&(struct spec_intel_rdt){ .clos_id = gold }, "c1", &g);
	CHECK(!g.own && !g.monitor);
	CHECK_STR(g.group, "gold");
	resctrl_name(&(struct spec_intel_rdt){ .clos_id = slash, .enable_monitoring = true }, "c1",
	             &g);
	CHECK(!g.own);
	CHECK_STR(g.group, "");
	CHECK_STR(g.monitor, "c1");
	resctrl_name(&(struct spec_intel_rdt){ .clos_id = empty }, "c1", &g);
	CHECK(g.own);
	CHECK_STR(g.group, "c1");
	CHECK(check_rdt_name("gold") && !check_rdt_name("info") && !check_rdt_name("..") &&
	      !check_rdt_name("a/b") && !check_rdt_name("") && !check_rdt_name("a\nb"));
}

/* A group that is there must be as it was asked for. */
TEST(resctrl_joins_a_group_that_fits)
{
	/* clang-format off */
	static const struct { const char *l3, *mb, *want; } t[] = {
		{ NULL,                "",            NULL },
		{ "L3:0=7f0;1=1f",     NULL,          NULL },
		{ "L3:1=01F;0=7F0",    "MB:0=50",     NULL },
		{ "L3:0=7f0\nMB:0=7",  "MB:1=100",    NULL },
		{ "L3:0=7f0\nMB:0=7",  NULL,          "MB:0=7" },
		{ "L3:0=7f0;1=1e",     NULL,          "L3:0=7f0;1=1e" },
		{ "L3:2=7f0",          NULL,          "L3:2=7f0" },
		{ "L2:0=7f0",          NULL,          "L2:0=7f0" },
		{ "nonsense",          NULL,          "nonsense" },
		{ NULL,                "MB:0=51",     "MB:0=51" },
		{ NULL,                "MB:0=5",      "MB:0=5" },
	};
	/* clang-format on */
	struct place p;
	struct resctrl g;
	struct err e;

	lay_out(&p);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		CHECK(create(&p, "gold", t[i].l3, t[i].mb, NULL, &g, &e) == (t[i].want ? -1 : 0));
		if (t[i].want)
			CHECK_STR(e.text, arena_printf(
					      &p.a, "linux.intelRdt: %s exists, and has not \"%s\"",
					      at(&p, "gold/schemata"), t[i].want));
	}
	CHECK(create(&p, "gold", NULL, NULL, NULL, &g, &e) == 0);
	CHECK(resctrl_join(&p.a, &g, 4711, &e) == 0);
	CHECK_STR(read_text(&p, "gold/tasks"), "4711");
	CHECK(resctrl_remove(&p.a, &g, &e) == 0);
	CHECK(is_dir(&p, "gold"));
	CHECK(create(&p, "/", NULL, NULL, NULL, &g, &e) == 0);
	CHECK(resctrl_join(&p.a, &g, 12, &e) == 0);
	CHECK_STR(read_text(&p, "tasks"), "12");
	CHECK(resctrl_remove(&p.a, &g, &e) == 0 && is_dir(&p, ""));
	tear_down(&p);
}

/* `schemata` is written, last, also to a group that was there. */
TEST(resctrl_schemata)
{
	struct place p;
	struct resctrl g;
	struct err e;

	lay_out(&p);
	write_text(&p, "gold/schemata", "");
	CHECK(create(&p, "gold", NULL, NULL, "L3:0=f\nMB:0=10", &g, &e) == 0);
	CHECK_STR(read_text(&p, "gold/schemata"), "L3:0=f\nMB:0=10\n");
	make_dir(&p, "c1"); /* what a killed create left */
	write_text(&p, "c1/tasks", "");
	write_text(&p, "c1/schemata", "");
	CHECK(create(&p, NULL, "L3:0=f\nMB:0=10\n", "MB:1=20", NULL, &g, &e) == 0);
	CHECK_STR(read_text(&p, "c1/schemata"), "L3:0=f\nMB:1=20\n");
	write_text(&p, "c1/tasks", "12\n13\n14\n15\n16\n17\n");
	CHECK(create(&p, NULL, "L3:0=f", NULL, NULL, &g, &e) == -1 && e.kind == ERR_STATE);
	CHECK(strstr(e.text, "c1/tasks is not empty") != NULL);
	/* The kernel's reason, when it refuses. */
	CHECK(unlink(at(&p, "gold/schemata")) == 0);
	write_text(&p, "info/last_cmd_status", "mask out of range\n");
	CHECK(create(&p, "gold", NULL, NULL, "L3:0=f", &g, &e) == -1 && e.no == ENOENT);
	CHECK_STR(e.text,
	          arena_printf(&p.a, "linux.intelRdt: write \"L3:0=f\" to %s: mask out of range",
	                       at(&p, "gold/schemata")));
	tear_down(&p);
}

TEST(resctrl_makes_and_removes_groups)
{
	struct place p;
	struct resctrl g;
	struct err e;

	lay_out(&p);
	CHECK(create(&p, NULL, NULL, NULL, NULL, &g, &e) == 0);
	CHECK(is_dir(&p, "c1"));
	CHECK(resctrl_remove(&p.a, &g, &e) == 0);
	CHECK(!is_dir(&p, "c1"));
	CHECK(resctrl_remove(&p.a, &g, &e) == 0); /* gone already */
	CHECK(create(&p, "silver", NULL, NULL, NULL, &g, &e) == -1 && e.no == ENOENT);
	CHECK(!is_dir(&p, "silver"));
	/* A plain directory has no schemata: the write fails, and what was made goes. */
	CHECK(create(&p, "silver", "L3:0=f", NULL, NULL, &g, &e) == -1);
	CHECK(!is_dir(&p, "silver"));
	CHECK(create(&p, NULL, NULL, "MB:0=10", NULL, &g, &e) == -1);
	CHECK(!is_dir(&p, "c1"));

	struct spec_intel_rdt r = { 0 };
	g = (struct resctrl){ .mount = p.dir };
	resctrl_name(&r, "info", &g);
	CHECK(resctrl_create(&p.a, &g, &r, &e) == -1 && is_dir(&p, "info"));
	tear_down(&p);
}

TEST(resctrl_monitoring)
{
	struct place p;
	struct err e;

	lay_out(&p);
	struct resctrl g = { .mount = p.dir };
	struct spec_intel_rdt r = { .clos_id = own(&p, "gold"), .enable_monitoring = true };
	resctrl_name(&r, "c1", &g);
	CHECK(resctrl_create(&p.a, &g, &r, &e) == 0);
	CHECK(is_dir(&p, "gold/mon_groups/c1"));
	CHECK(resctrl_join(&p.a, &g, 4711, &e) == -1); /* no tasks in a plain directory */
	write_text(&p, "gold/mon_groups/c1/tasks", "");
	CHECK(resctrl_join(&p.a, &g, 4711, &e) == 0);
	CHECK_STR(read_text(&p, "gold/tasks"), "4711");
	CHECK_STR(read_text(&p, "gold/mon_groups/c1/tasks"), "4711");
	CHECK(unlink(at(&p, "gold/mon_groups/c1/tasks")) == 0);
	CHECK(resctrl_remove(&p.a, &g, &e) == 0);
	CHECK(!is_dir(&p, "gold/mon_groups/c1") && is_dir(&p, "gold"));

	r = (struct spec_intel_rdt){ .clos_id = own(&p, "gold"), .enable_cmt = true };
	resctrl_name(&r, "c1", &g);
	CHECK(resctrl_create(&p.a, &g, &r, &e) == -1 && strstr(e.text, "enableCMT: this CPU"));
	write_text(&p, "info/L3_MON/mon_features", "llc_occupancy\n");
	CHECK(resctrl_create(&p.a, &g, &r, &e) == 0);
	r.enable_mbm = true;
	CHECK(resctrl_create(&p.a, &g, &r, &e) == -1 && strstr(e.text, "enableMBM: this CPU"));
	write_text(&p, "info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\n");
	CHECK(resctrl_create(&p.a, &g, &r, &e) == 0);
	tear_down(&p);
}

TEST(resctrl_update_and_back)
{
	static char l3[] = "L3:0=00000f;1=00000f";
	const char old[] = "    L3:0=0007f0;1=00001f\n";
	const char *was = NULL;
	struct place p;
	struct err e;

	lay_out(&p);
	write_text(&p, "gold/schemata", old);
	const struct resctrl g = { .mount = p.dir, .group = "gold" };
	const struct spec_intel_rdt r = { .l3_cache_schema = l3 };
	CHECK(resctrl_update(&p.a, &g, &r, &was, &e) == 0);
	CHECK(!strncmp(read_text(&p, "gold/schemata"), l3, strlen(l3)));
	CHECK_STR(was, old);
	CHECK(resctrl_restore(&p.a, &g, was, &e) == 0);
	CHECK_STR(read_text(&p, "gold/schemata"), old);
	tear_down(&p);
}
