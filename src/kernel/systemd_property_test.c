/* systemd_property_test.c - names of units, and limits as systemd's properties. */
#include "kernel/cgroup_systemd.h"

#include "test/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct { const char *cgroups_path; bool user; const char *base, *name, *path; } units[] = {
	{ NULL,                        false, "",   "scow-c1.scope",   "/system.slice/scow-c1.scope" },
	{ "",                          true,  "/u", "scow-c1.scope",   "/u/user.slice/scow-c1.scope" },
	{ "machine.slice:libpod:f0",   false, "",   "libpod-f0.scope", "/machine.slice/libpod-f0.scope" },
	{ "a-b-c.slice:x:y",           false, "",   "x-y.scope",       "/a.slice/a-b.slice/a-b-c.slice/x-y.scope" },
	{ "a-b.slice::y",              false, "/s", "y.scope",         "/s/a.slice/a-b.slice/y.scope" },
	{ "-.slice:x:y",               false, "/",  "x-y.scope",       "/x-y.scope" },
	{ ":x:a-b.slice",              false, "",   "a-b.slice",       "/a.slice/a-b.slice" },
	{ "::y",                       false, "",   "y.scope",         "/system.slice/y.scope" },
	/* refused */
	{ "/a/b",              false, "", NULL, NULL },
	{ "a.slice:b",         false, "", NULL, NULL },
	{ "a.slice:b:c:d",     false, "", NULL, NULL },
	{ "a.slice:b:",        false, "", NULL, NULL },
	{ "a:b:c",             false, "", NULL, NULL },
	{ ".slice:b:c",        false, "", NULL, NULL },
	{ "a.slice/..:b:c",    false, "", NULL, NULL },
	{ "a.slice:b:../../c", false, "", NULL, NULL },
	{ "a--b.slice:x:y",    false, "", "x-y.scope", NULL },
	{ "-a.slice:x:y",      false, "", "x-y.scope", NULL },
	{ "a-.slice:x:y",      false, "", "x-y.scope", NULL },
	{ "a.b.slice:x:y",     false, "", "x-y.scope", NULL },
	{ "..slice:x:y",       false, "", "x-y.scope", NULL },
};
/* clang-format on */

TEST(systemd_names_of_units)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct cgroup_unit u = CGROUP_UNIT_NONE;
		struct err e = { 0 };

		if (cgroup_unit_names(&a, units[i].cgroups_path, "c1", units[i].user, &u, &e)) {
			CHECK(!units[i].name && e.kind == ERR_CONFIG);
			continue;
		}
		CHECK_STR(u.name, units[i].name);
		if (cgroup_unit_place(&a, units[i].base, &u, &e))
			CHECK(!units[i].path && e.kind == ERR_CONFIG);
		else
			CHECK_STR(u.path, units[i].path);
	}
	arena_free(&a);
}

/* clang-format off */
static const struct { const char *file, *text, *want; unsigned version; } limits[] = {
	{ "memory.max",      "4096",         "MemoryMax=t4096",                             0 },
	{ "memory.max",      "max",          "MemoryMax=t18446744073709551615",             0 },
	{ "memory.max",      "1G",           "",                                            0 },
	{ "memory.max",      "-1",           "",                                            0 },
	{ "memory.low",      "1",            "MemoryLow=t1",                                0 },
	{ "memory.swap.max", "0",            "MemorySwapMax=t0",                            0 },
	{ "pids.max",        "50",           "TasksMax=t50",                                0 },
	{ "cpu.weight",      "59",           "CPUWeight=t59",                               0 },
	{ "cpu.idle",        "1",            "",                                            251 },
	{ "cpu.idle",        "1",            "CPUWeight=t0",                                252 },
	{ "cpu.idle",        "0",            "",                                            252 },
	{ "cpu.max",         "50000",        "CPUQuotaPerSecUSec=t500000",                  0 },
	{ "cpu.max",         "33333 100000", "CPUQuotaPerSecUSec=t340000 CPUQuotaPeriodUSec=t100000", 0 },
	{ "cpu.max",         "10 30000",     "CPUQuotaPerSecUSec=t10000 CPUQuotaPeriodUSec=t30000", 0 },
	{ "cpu.max",         "max 20000",    "CPUQuotaPerSecUSec=t18446744073709551615 CPUQuotaPeriodUSec=t20000", 0 },
	{ "cpu.max",         "1 0",          "",                                            0 },
	{ "cpu.max",         "1 2 3",        "",                                            0 },
	{ "cpu.max",         "9223372036854775807 1", "",                                   0 },
	{ "cpuset.cpus",     "0-2,9",        "AllowedCPUs=y0702",                           0 },
	{ "cpuset.mems",     "0",            "AllowedMemoryNodes=y01",                      0 },
	{ "cpuset.cpus",     "x",            "",                                            0 },
	{ "io.weight",       "default 50",   "IOWeight=t50",                                0 },
	{ "io.weight",       "8:0 50",       "",                                            0 },
	{ "hugetlb.2MB.max", "0",            "",                                            0 },
};
/* clang-format on */

static void print(char *out, size_t size, const struct systemd_property *p)
{
	size_t n = 0;

	for (*out = 0; p; p = p->next) {
		n += (size_t)snprintf(out + n, size - n, "%s%s=%c", n ? " " : "", p->name, p->type);
		const unsigned char *bytes = p->data;
		if (p->type == 't')
			n += (size_t)snprintf(out + n, size - n, "%" PRIu64, p->number);
		for (uint64_t i = 0; p->type == 'y' && i < p->number; i++)
			n += (size_t)snprintf(out + n, size - n, "%02x", bytes[i]);
	}
}

TEST(systemd_limits_are_properties)
{
	struct arena a = { 0 };
	char text[256];

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct cgroup_setting s = { .file = limits[i].file, .text = limits[i].text };
		print(text, sizeof text, systemd_properties(&a, &s, limits[i].version));
		CHECK_STR(text, limits[i].want);
	}
	struct cgroup_setting io = { .file = "io.weight", .text = "70" };
	const struct cgroup_setting bfq = { .file = "io.bfq.weight", .text = "7", .other = &io };
	print(text, sizeof text, systemd_properties(&a, &bfq, 0));
	CHECK_STR(text, "IOWeight=t70");
	arena_free(&a);
}
