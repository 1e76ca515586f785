/* cgroup_limit_test.c - limits in, writes out; and some on a real cgroup where there is one. */
#define _GNU_SOURCE
#include "kernel/cgroup_limit.h"

#include "base/fd.h"
#include "test/test.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "file=text file=text", or "!" and the error */
static const char *plan(struct arena *a, const struct spec_resources *r)
{
	struct cgroup_setting *s;
	struct err e;
	const char *out = "";

	if (cgroup_limit_plan(a, r, &s, &e))
		return arena_printf(a, "!%s", e.text);
	for (; s; s = s->next) {
		out = arena_printf(a, "%s%s%s=%s", out, *out ? "; " : "", s->file, s->text);
		if (s->other)
			out = arena_printf(a, "%s or %s=%s", out, s->other->file, s->other->text);
	}
	return out;
}

TEST(limit_nothing_is_nothing)
{
	struct arena a = { 0 };
	struct spec_memory m = { 0 };
	char empty[] = "";
	struct spec_cpu c = { .cpus = empty, .mems = empty };
	struct spec_pids p = { 0 };
	struct spec_block_io b = { 0 };
	struct cgroup nowhere = { .fd = -1, .path = "/none" };
	struct err e;

	CHECK_STR(plan(&a, &(struct spec_resources){ 0 }), "");
	struct spec_resources r = { .memory = &m, .cpu = &c, .pids = &p, .block_io = &b };
	CHECK_STR(plan(&a, &r), "");
	CHECK(cgroup_limit(&a, &nowhere, &r, &e) == 0);
	CHECK(cgroup_limit(&a, &nowhere, NULL, &e) == 0);
	/* What every cgroup has that lacks the controller. */
	m.limit = p.limit.v = c.quota = -1;
	p.limit.set = c.burst.set = c.idle.set = true;
	nowhere.fd = open("/proc/self/task", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(cgroup_limit(&a, &nowhere, &r, &e) == 0);
	cgroup_close(&nowhere);
	arena_free(&a);
}

/* clang-format off */
static const struct { struct spec_memory m; const char *want; } memory[] = {
	{ { .limit = 1 },                       "memory.max=1" },
	{ { .limit = INT64_MAX },               "memory.max=9223372036854775807" },
	{ { .limit = -1 },                      "memory.swap.max=max; memory.max=max" },
	{ { .limit = -1, .swap = -1 },          "memory.swap.max=max; memory.max=max" },
	{ { .swap = -1 },                       "memory.swap.max=max" },
	{ { .limit = 4096, .swap = -1 },        "memory.swap.max=max; memory.max=4096" },
	{ { .limit = 4096, .swap = 4096 },      "memory.swap.max=0; memory.max=4096" },
	{ { .limit = 4096, .swap = 12288 },     "memory.swap.max=8192; memory.max=4096" },
	{ { .reservation = 5, .limit = 6 },     "memory.low=5; memory.max=6" },
	{ { .reservation = -1 },                "memory.low=max" },
	{ { .swap = 4096 },                     "!linux.resources.memory.swap: unable to set swap limit without memory limit" },
	{ { .limit = -1, .swap = 4096 },        "!linux.resources.memory.swap: unable to set swap limit without memory limit" },
	{ { .limit = 4097, .swap = 4096 },      "!linux.resources.memory.swap: memory+swap limit should be >= memory limit" },
	{ { .limit = 4096, .swap = -2 },        "!linux.resources.memory.swap: memory+swap limit should be >= memory limit" },
	{ { .limit = -2 },                      "!linux.resources.memory.limit: -2 is not a number of bytes" },
	{ { .reservation = INT64_MIN },         "!linux.resources.memory.reservation: -9223372036854775808 is not a number of bytes" },
};

static const struct { struct spec_cpu c; const char *want; } cpu[] = {
	{ { .quota = 50000 },                   "cpu.max=50000" },
	{ { .quota = 50000, .period = 100000 }, "cpu.max=50000 100000" },
	{ { .quota = -1 },                      "cpu.max=max" },
	{ { .quota = -1, .period = 20000 },     "cpu.max=max 20000" },
	{ { .period = 20000 },                  "cpu.max=max 20000" },
	{ { .quota = INT64_MAX, .period = UINT64_MAX }, "cpu.max=9223372036854775807 18446744073709551615" },
	{ { .burst = { true, 0 } },             "cpu.max.burst=0" },
	{ { .burst = { true, 500 } },           "cpu.max.burst=500" },
	{ { .burst = { true, 5 }, .period = 9 }, "cpu.max=max 9; cpu.max.burst=5" },
	{ { .burst = { true, 5 }, .quota = 9 }, "cpu.max.burst=5; cpu.max=9; cpu.max.burst=5" },
	{ { .burst = { true, -1 } },            "!linux.resources.cpu.burst: -1 is not a number of microseconds" },
	{ { .burst = { true, 10 }, .quota = 9 }, "!linux.resources.cpu.burst: 10 is above the quota" },
	{ { .idle = { true, 0 }, .shares = 2 }, "cpu.idle=0; cpu.weight=1" },
	{ { .idle = { true, 1 }, .shares = 2 }, "cpu.weight=1; cpu.idle=1" },
	{ { .idle = { true, 2 } },              "!linux.resources.cpu.idle: 2 is not 0 or 1" },
	{ { .idle = { true, -1 } },             "!linux.resources.cpu.idle: -1 is not 0 or 1" },
};

/* Values from runc 1.3.2's own formula, computed with libm; all of 1..300000 were compared once. */
static const struct { uint64_t shares; unsigned weight; } weights[] = {
	{ 1, 1 }, { 2, 1 }, { 3, 2 }, { 10, 4 }, { 31, 8 }, { 100, 17 }, { 512, 59 }, { 921, 93 }, { 1023, 100 },
	{ 1024, 100 }, { 1025, 101 }, { 2000, 170 }, { 2048, 174 }, { 10000, 627 }, { 102400, 4429 },
	{ 262143, 10000 }, { 262144, 10000 }, { 262145, 10000 }, { UINT64_MAX, 10000 },
};
/* clang-format on */

TEST(limit_memory)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
		struct spec_memory m = memory[i].m;
		struct spec_resources r = { .memory = &m };
		CHECK_STR(plan(&a, &r), memory[i].want);
	}
	arena_free(&a);
}

TEST(limit_cpu)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof cpu / sizeof *cpu; i++) {
		struct spec_cpu c = cpu[i].c;
		struct spec_resources r = { .cpu = &c };
		CHECK_STR(plan(&a, &r), cpu[i].want);
	}
	for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
		struct spec_cpu c = { .shares = weights[i].shares };
		struct spec_resources r = { .cpu = &c };
		CHECK_STR(plan(&a, &r), arena_printf(&a, "cpu.weight=%u", weights[i].weight));
	}
	char cpus[] = "0-1,3", mems[] = "0";
	struct spec_cpu c = { .shares = 1024, .cpus = cpus, .mems = mems };
	struct spec_resources r = { .cpu = &c };
	CHECK_STR(plan(&a, &r), "cpuset.cpus=0-1,3; cpuset.mems=0; cpu.weight=100");
	arena_free(&a);
}

TEST(limit_pids)
{
	struct arena a = { 0 };
	struct spec_pids p = { .limit = { true, 1 } };
	struct spec_resources r = { .pids = &p };

	CHECK_STR(plan(&a, &r), "pids.max=1");
	p.limit.v = INT64_MAX;
	CHECK_STR(plan(&a, &r), "pids.max=9223372036854775807");
	p.limit.v = -1;
	CHECK_STR(plan(&a, &r), "pids.max=max");
	p.limit.v = 0;
	CHECK_STR(plan(&a, &r), "pids.max=1"); /* one process, and no other */
	arena_free(&a);
}

static const char *plan_io(struct arena *a, const struct spec_block_io *b)
{
	struct spec_block_io copy = *b;

	return plan(a, &(struct spec_resources){ .block_io = &copy });
}

TEST(limit_io)
{
	struct arena a = { 0 };
	struct spec_weight_device d[] = { { 8, 0, 500 }, { 8, 16, 0 } };
	struct spec_throttle r[] = { { 8, 0, 1024 }, { 8, 16, 0 } }, w[] = { { 8, 0, UINT64_MAX } };

	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .weight = 10 }),
	          "io.bfq.weight=10 or io.weight=1");
	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .weight = 100 }),
	          "io.bfq.weight=100 or io.weight=910");
	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .weight = 1000 }),
	          "io.bfq.weight=1000 or io.weight=10000");
	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .weight = 9 }),
	          "!linux.resources.blockIO.weight: 9 is not from 10 to 1000");
	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .weight = 1001 }),
	          "!linux.resources.blockIO.weight: 1001 is not from 10 to 1000");
	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .weight_device = d, .n_weight_device = 2 }),
	          "io.bfq.weight=8:0 500 or io.weight=8:0 4950");
	CHECK_STR(plan_io(&a,
	                  &(struct spec_block_io){
			      .read_bps = r, .n_read_bps = 2, .write_iops = w, .n_write_iops = 1 }),
	          "io.max=8:0 rbps=1024; io.max=8:0 wiops=18446744073709551615");
	CHECK_STR(plan_io(&a,
	                  &(struct spec_block_io){
			      .write_bps = r, .n_write_bps = 1, .read_iops = r, .n_read_iops = 1 }),
	          "io.max=8:0 wbps=1024; io.max=8:0 riops=1024");
	r[0].minor = -1;
	CHECK_STR(plan_io(&a, &(struct spec_block_io){ .read_bps = r, .n_read_bps = 1 }),
	          "!linux.resources.blockIO.throttleReadBpsDevice[0]: there is no device 8:-1");
	arena_free(&a);
}

/* clang-format off */
static const struct { const char *size, *want; } pages[] = {
	{ "2MB",     "hugetlb.2MB.max=0; hugetlb.2MB.rsvd.max=0" }, /* a limit of none is a limit here */
	{ "64KB",    "hugetlb.64KB.max=0; hugetlb.64KB.rsvd.max=0" },
	{ "16GB",    "hugetlb.16GB.max=0; hugetlb.16GB.rsvd.max=0" },
	{ "",        "!linux.resources.hugepageLimits[0].pageSize: \"\" is not like \"2MB\"" },
	{ NULL,      "!linux.resources.hugepageLimits[0].pageSize: \"\" is not like \"2MB\"" },
	{ "2",       "!linux.resources.hugepageLimits[0].pageSize: \"2\" is not like \"2MB\"" },
	{ "02MB",    "!linux.resources.hugepageLimits[0].pageSize: \"02MB\" is not like \"2MB\"" },
	{ "MB",      "!linux.resources.hugepageLimits[0].pageSize: \"MB\" is not like \"2MB\"" },
	{ "2MBx",    "!linux.resources.hugepageLimits[0].pageSize: \"2MBx\" is not like \"2MB\"" },
	{ "2/../MB", "!linux.resources.hugepageLimits[0].pageSize: \"2/../MB\" is not like \"2MB\"" },
};

static const struct { const char *key, *value, *want; } unified[] = {
	{ "memory.high",  "10000",      "memory.high=10000" },
	{ "memory.high",  "",           "" },
	{ "memory.high",  NULL,         "" },
	{ "io.max",       "8:0 rbps=1\n8:16 wbps=2\n", "io.max=8:0 rbps=1; io.max=8:16 wbps=2" },
	{ "cgroup.max.depth", "3",      "cgroup.max.depth=3" },
	{ "../memory.max", "1",         "!linux.resources.unified: \"../memory.max\" must be a file name (no slashes)" },
	{ "memory",       "1",          "!linux.resources.unified: the specified key has not the form CONTROLLER.VALUE `memory`" },
	{ ".max",         "1",          "!linux.resources.unified: the specified key has not the form CONTROLLER.VALUE `.max`" },
	{ "..",           "1",          "!linux.resources.unified: the specified key has not the form CONTROLLER.VALUE `..`" },
	{ "memory.",      "1",          "!linux.resources.unified: the specified key has not the form CONTROLLER.VALUE `memory.`" },
	{ "cgroup.procs", "1",          "!linux.resources.unified: \"cgroup.procs\" is not a resource" },
	{ "cgroup.kill",  "1",          "!linux.resources.unified: \"cgroup.kill\" is not a resource" },
};
/* clang-format on */

static char *text_of(struct arena *a, const char *s)
{
	return s ? arena_strdup(a, s) : NULL;
}

TEST(limit_hugepages_and_unified)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct spec_hugepage_limit h = { text_of(&a, pages[i].size), 0 };
		struct spec_resources r = { .hugepage_limits = &h, .n_hugepage_limits = 1 };
		CHECK_STR(plan(&a, &r), pages[i].want);
	}
	for (size_t i = 0; i < sizeof unified / sizeof *unified; i++) {
		struct json_pair u = { text_of(&a, unified[i].key), text_of(&a, unified[i].value) };
		struct spec_resources r = { .unified = &u, .n_unified = 1 };
		CHECK_STR(plan(&a, &r), unified[i].want);
	}
	arena_free(&a);
}

/* clang-format off */
static const struct { const char *device; struct json_opt handles, objects; const char *want; } rdma[] = {
	{ "mlx5_1", { true, 3 },  { true, 10000 },      "rdma.max=mlx5_1 hca_handle=3 hca_object=10000" },
	{ "mlx5_1", { true, 0 },  { 0 },                "rdma.max=mlx5_1 hca_handle=0" },
	{ "rxe3",   { 0 },        { true, UINT32_MAX }, "rdma.max=rxe3 hca_object=4294967295" },
	{ "rxe3",   { 0 },        { 0 },                "!linux.resources.rdma[\"rxe3\"]: neither hcaHandles nor hcaObjects" },
	{ "rxe3",   { true, -1 }, { 0 },                "!linux.resources.rdma[\"rxe3\"]: a limit is not from 0 to 4294967295" },
	{ "rxe3",   { 0 },        { true, 1LL << 32 },  "!linux.resources.rdma[\"rxe3\"]: a limit is not from 0 to 4294967295" },
	{ "a b",    { true, 1 },  { 0 },                "!linux.resources.rdma[\"a b\"]: not the name of a device" },
	{ "",       { true, 1 },  { 0 },                "!linux.resources.rdma[\"\"]: not the name of a device" },
};
/* clang-format on */

TEST(limit_rdma)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof rdma / sizeof *rdma; i++) {
		struct spec_rdma d = { text_of(&a, rdma[i].device), rdma[i].handles,
			               rdma[i].objects };
		struct spec_resources r = { .rdma = &d, .n_rdma = 1 };
		CHECK_STR(plan(&a, &r), rdma[i].want);
	}
	arena_free(&a);
}

/* unified has the last word. */
TEST(limit_order)
{
	struct arena a = { 0 };
	char cpus[] = "0";
	struct spec_memory m = { .limit = 4096, .swap = 8192 };
	struct spec_cpu c = { .cpus = cpus };
	struct spec_pids p = { .limit = { true, 7 } };
	struct json_pair u = { text_of(&a, "pids.max"), text_of(&a, "8") };
	struct spec_resources r = {
		.memory = &m, .cpu = &c, .pids = &p, .unified = &u, .n_unified = 1
	};

	CHECK_STR(plan(&a, &r),
	          "cpuset.cpus=0; memory.swap.max=4096; memory.max=4096; pids.max=7; pids.max=8");
	arena_free(&a);
}

/* A controller that nobody has is named; a file that takes a value has it afterwards. */
TEST(limit_on_a_cgroup)
{
	struct arena a = { 0 };
	struct cgroup cg = CGROUP_NONE;
	struct err e;
	char text[64];

	if (geteuid() ||
	    cgroup_create(&a, arena_printf(&a, "/scow-unit-limit-%d", (int)getpid()), &cg, &e)) {
		printf("# skipped: no cgroup2 hierarchy to write to\n");
		arena_free(&a);
		return;
	}
	struct json_pair u = { text_of(&a, "nonsense.max"), text_of(&a, "1") };
	struct spec_resources r = { .unified = &u, .n_unified = 1 };
	CHECK(cgroup_limit(&a, &cg, &r, &e) == -1);
	CHECK(strstr(e.text, "unified[\"nonsense.max\"]: the requested cgroup controller "
	                     "`nonsense` is not available") != NULL);
	u.key = text_of(&a, "cgroup.max.nonsense");
	CHECK(cgroup_limit(&a, &cg, &r, &e) == -1);
	u = (struct json_pair){ text_of(&a, "cgroup.max.descendants"), text_of(&a, "17") };
	CHECK(cgroup_limit(&a, &cg, &r, &e) == 0);
	CHECK(fd_read_text(cg.fd, "cgroup.max.descendants", text, sizeof text) > 0);
	CHECK_STR(text, "17\n");
	u = (struct json_pair){ text_of(&a, "cgroup.max.descendants"), text_of(&a, "many") };
	CHECK(cgroup_limit(&a, &cg, &r, &e) == -1 && e.no);
	CHECK(cgroup_remove(&cg, &e) == 0);
	cgroup_close(&cg);
	arena_free(&a);
}
