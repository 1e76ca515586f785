/*
 * cgroup_apply_test.c - updates of a "cgroup" that is a plain directory: its files take any text,
 * and the last one that is asked for is not there, so that the others must come back.
 */
#define _GNU_SOURCE
#include "kernel/cgroup_limit.h"

#include "base/fd.h"
#include "test/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A write begins at the start of a plain file, and what is longer stays: `written` is what then is.
 */
/* clang-format off */
static const struct { const char *file, *old, *text, *written, *undone; } t[] = {
	{ "memory.max",    "max\n",         "4096",       "4096",          "max\n" },
	{ "pids.max",      "9\n",           "7",          "7\n",           "9\n" },
	{ "cpuset.cpus",   "\n",            "0",          "0",             "\n" },
	{ "cpu.max",       "max 100000\n",  "500 100000", "500 100000\n",  "max 100000\n" },
	{ "io.max",        "7:0 rbps=2\n8:0 rbps=9 wbps=max\n", "8:0 rbps=1", "8:0 rbps=1\n8:0 rbps=9 wbps=max\n",
	                   "8:0 rbps=9 wbps=max=9 wbps=max\n" },
	{ "io.max",        "8:0 rbps=9\n",  "8:1 rbps=1", "8:1 rbps=1\n",  "8:1 rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight",     "default 100\n8:0 50\n", "200", "200ault 100\n8:0 50\n", "default 100\n8:0 50\n" },
	{ "io.weight",     "default 100\n", "8:0 70",     "8:0 70t 100\n", "8:0 default\n" },
	{ "rdma.max",      "a hca_handle=9\n", "a hca_handle=1", "a hca_handle=1\n", "a hca_handle=9\n" },
};
/* clang-format on */

static void set(const struct cgroup *cg, const char *file, const char *text)
{
	struct err e;

	CHECK(fd_replace(cg->fd, file, text, strlen(text), 0600, &e) == 0);
}

static bool begins(const struct cgroup *cg, const char *file, const char *want)
{
	char text[128] = "";

	CHECK(fd_read_text(cg->fd, file, text, sizeof text) >= 0);
	return !strncmp(text, want, strlen(want));
}

TEST(update_takes_back_what_it_has_set)
{
	char dir[] = "/tmp/scow-unit-apply.XXXXXX";
	struct arena a = { 0 };
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	struct cgroup cg = { .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .path = "/x" };
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct cgroup_setting *undo = NULL;
		char value[] = "1", nosuch[] = "nosuch.max";
		struct json_pair u[] = { { arena_strdup(&a, t[i].file),
			                   arena_strdup(&a, t[i].text) },
			                 { nosuch, value } };
		struct spec_resources r = { .unified = u, .n_unified = 1 };

		set(&cg, t[i].file, t[i].old);
		CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == 0);
		CHECK(begins(&cg, t[i].file, t[i].written));
		cgroup_update_undo(&cg, undo);
		CHECK(begins(&cg, t[i].file, t[i].undone));
		set(&cg, t[i].file, t[i].old);
		r.n_unified = 2;
		CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == -1);
		CHECK(strstr(e.text, "linux.resources.unified[\"nosuch.max\"]") != NULL);
		CHECK(begins(&cg, t[i].file, t[i].undone));
		CHECK(unlinkat(cg.fd, t[i].file, 0) == 0);
	}
	cgroup_close(&cg);
	CHECK(rmdir(dir) == 0);
	arena_free(&a);
}

TEST(update_goes_with_what_is_in_force)
{
	char dir[] = "/tmp/scow-unit-apply.XXXXXX";
	struct spec_memory m = { .swap = 12288 };
	struct spec_cpu c = { .period = 200000 };
	struct spec_resources r = { .memory = &m, .cpu = &c };
	struct cgroup_setting *undo = NULL;
	struct arena a = { 0 };
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	struct cgroup cg = { .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .path = "/x" };
	set(&cg, "memory.max", "4096\n");
	set(&cg, "memory.current", "5000\n");
	set(&cg, "memory.swap.max", "max\n");
	set(&cg, "cpu.max", "50000 100000\n");
	CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == 0);
	CHECK(begins(&cg, "memory.swap.max", "8192") && begins(&cg, "memory.max", "4096\n"));
	CHECK(begins(&cg, "cpu.max", "50000 200000\n"));
	CHECK(!m.limit && !c.quota); /* the caller's stay */
	m.check_before_update = true;
	m.swap = 5000;
	CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == -1);
	CHECK_STR(e.text, "rejecting memory+swap limit 5000 <= usage 5000");
	m = (struct spec_memory){ .limit = 4999, .check_before_update = true };
	CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == -1);
	CHECK_STR(e.text, "rejecting memory limit 4999 <= usage 5000");
	m.limit = 5001;
	CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == 0);
	m = (struct spec_memory){ .swap = 8192 };
	set(&cg, "memory.max", "max\n");
	CHECK(cgroup_update(&a, &cg, &r, &undo, &e) == -1);
	CHECK(strstr(e.text, "unable to set swap limit without memory limit") != NULL);
	static const char *const files[] = { "memory.max", "memory.current", "memory.swap.max",
		                             "cpu.max" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		CHECK(unlinkat(cg.fd, files[i], 0) == 0);
	cgroup_close(&cg);
	CHECK(rmdir(dir) == 0);
	arena_free(&a);
}
