/* cgroup_stat_test.c - files of a cgroup, laid out in a plain directory, to the JSON of events. */
#define _GNU_SOURCE
#include "kernel/cgroup_stat.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/own.h"
#include "test/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
static const struct { const char *name, *text; } files[] = {
	{ "cpu.stat",             "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_periods 3\nnr_throttled 2\n"
	                          "throttled_usec 7\n" },
	{ "cpu.pressure",         "some avg10=1.50 avg60=0.00 avg300=0.00 total=123\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
	{ "memory.current",       "4096\n" },
	{ "memory.max",           "8192\n" },
	{ "memory.peak",          "6000\n" },
	{ "memory.events",        "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n" },
	{ "memory.stat",          "anon 5\nfile 6\nkernel 7\n" },
	{ "memory.swap.current",  "100\n" },
	{ "memory.swap.max",      "max\n" },
	{ "pids.current",         "2\n" },
	{ "pids.max",             "max\n" },
	{ "io.stat",              "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"
	                          "253:16 rbytes=7 wbytes=8 rios=9 wios=10 dbytes=0 dios=0\n7:0 \n" },
	{ "hugetlb.2MB.current",  "2097152\n" },
	{ "hugetlb.2MB.events",   "max 4\n" },
	{ "hugetlb.2MB.rsvd.current", "1\n" },
};

static const char full[] =
	"{\"cpu\":{\"usage\":{\"total\":30000,\"kernel\":20000,\"user\":10000},"
	"\"throttling\":{\"periods\":3,\"throttledPeriods\":2,\"throttledTime\":7000},"
	"\"psi\":{\"some\":{\"avg10\":1.50,\"avg60\":0.00,\"avg300\":0.00,\"total\":123},"
	"\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,\"total\":0}}},\"cpuset\":{},"
	"\"memory\":{\"cache\":6,\"usage\":{\"limit\":8192,\"usage\":4096,\"max\":6000,\"failcnt\":9},"
	"\"swap\":{\"limit\":18446744073709551615,\"usage\":4196,\"failcnt\":0},"
	"\"kernel\":{\"limit\":0,\"usage\":7,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0},"
	"\"raw\":{\"anon\":5,\"file\":6,\"kernel\":7}},\"pids\":{\"current\":2},"
	"\"blkio\":{\"ioServiceBytesRecursive\":["
	"{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":1},{\"major\":253,\"minor\":16,\"op\":\"Read\",\"value\":7},"
	"{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":2},{\"major\":253,\"minor\":16,\"op\":\"Write\",\"value\":8},"
	"{\"major\":8,\"minor\":0,\"op\":\"Discard\",\"value\":5},{\"major\":253,\"minor\":16,\"op\":\"Discard\",\"value\":0}],"
	"\"ioServicedRecursive\":["
	"{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":3},{\"major\":253,\"minor\":16,\"op\":\"Read\",\"value\":9},"
	"{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":4},{\"major\":253,\"minor\":16,\"op\":\"Write\",\"value\":10},"
	"{\"major\":8,\"minor\":0,\"op\":\"Discard\",\"value\":6},{\"major\":253,\"minor\":16,\"op\":\"Discard\",\"value\":0}]},"
	"\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"failcnt\":4}},\"intel_rdt\":{},\"network_interfaces\":null}";

static const char empty[] =
	"{\"cpu\":{\"usage\":{},\"throttling\":{}},\"cpuset\":{},"
	"\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},"
	"\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0},\"raw\":{}},"
	"\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}";
/* clang-format on */

enum { N_FILES = sizeof files / sizeof *files };

TEST(cgroup_stat_of_files)
{
	char dir[] = "/tmp/scow-unit-stat.XXXXXX";
	struct arena a = { 0 };
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	struct cgroup cg = { .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .path = dir };
	CHECK(cg.fd >= 0);
	CHECK_STR(cgroup_stat_text(&a, &cg), empty);
	for (size_t i = 0; i < N_FILES; i++)
		CHECK(fd_replace(cg.fd, files[i].name, files[i].text, strlen(files[i].text), 0600,
		                 &e) == 0);
	CHECK_STR(cgroup_stat_text(&a, &cg), full);
	for (size_t i = 0; i < N_FILES; i++)
		(void)unlinkat(cg.fd, files[i].name, 0);
	cgroup_close(&cg);
	CHECK(rmdir(dir) == 0);
	arena_free(&a);
}

/* Longer than the first buffer, and cut nowhere. */
TEST(cgroup_stat_of_much)
{
	char dir[] = "/tmp/scow-unit-stat.XXXXXX";
	struct arena a = { 0 };
	const char *text = "", *want = "";
	struct err e;

	for (int i = 0; i < 400; i++) {
		text = arena_printf(&a, "%skey_number_%d %d\n", text, i, i * 1000);
		want =
		    arena_printf(&a, "%s%s\"key_number_%d\":%d", want, i ? "," : "", i, i * 1000);
	}
	CHECK(mkdtemp(dir) != NULL);
	struct cgroup cg = { .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .path = dir };
	CHECK(fd_replace(cg.fd, "memory.stat", text, strlen(text), 0600, &e) == 0);
	CHECK(strstr(cgroup_stat_text(&a, &cg), arena_printf(&a, "\"raw\":{%s}}", want)) != NULL);
	(void)unlinkat(cg.fd, "memory.stat", 0);
	cgroup_close(&cg);
	CHECK(rmdir(dir) == 0);
	arena_free(&a);
}
