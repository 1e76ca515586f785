/* lsm_test.c - where labels may be written to: a /proc that somebody has arranged is refused. */
#define _GNU_SOURCE
#include "kernel/lsm.h"

#include "base/fd.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char profile[] = "unconfined";
static const struct spec_process confined = { .apparmor_profile = profile };

static int own_mounts(void)
{
	return unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ? -1 : 0;
}

/* 0, or the number of the check that failed. */
static int not_procfs(void)
{
	struct lsm l = LSM_NONE;
	struct err e = { 0 };

	if (own_mounts() || mount("none", "/proc", "tmpfs", 0, NULL))
		return 77;
	if (!lsm_prepare(&confined, NULL, &l, &e) ||
	    strcmp(e.text, "/proc is not the root of procfs"))
		return 1;
	return l.proc == -1 ? 0 : 2;
}

static int inside_procfs(void)
{
	struct lsm l = LSM_NONE;
	struct err e = { 0 };

	if (own_mounts() || mount("/proc/sys", "/proc", NULL, MS_BIND, NULL))
		return 77;
	if (!lsm_prepare(&confined, NULL, &l, &e) ||
	    strcmp(e.text, "/proc is not the root of procfs"))
		return 1;
	return 0;
}

/* What is mounted over a file of attr/ is not what is written to. */
static int covered(void)
{
	char dir[] = "/tmp/scow-lsm.XXXXXX";
	struct lsm l = { .proc = -1, .apparmor = -1, .selinux = -1, .keys = -1 };
	struct err e = { 0 };

	if (own_mounts() || !mkdtemp(dir))
		return 77;
	int failed = mount("none", dir, "tmpfs", 0, NULL) || chdir(dir) ||
	             mkdir("apparmor", 0755) || mount(dir, "/proc/self/attr", NULL, MS_BIND, NULL);
	if (!failed)
		failed = close(open("/proc/self/attr/apparmor/exec", O_WRONLY | O_CREAT, 0600));
	l.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = lsm_open(&l, &confined, &e);
	(void)!chdir("/");
	(void)umount2(dir, MNT_DETACH);
	(void)rmdir(dir);
	if (failed)
		return 77;
	if (!r || e.no != EXDEV)
		return 1;
	return strstr(e.text, "process.apparmorProfile: open `/proc/self/attr/apparmor/exec`") ? 0
	                                                                                       : 2;
}

static void check(int (*fn)(void))
{
	NEEDS_OPENAT2;
	SKIP_IF(geteuid(), "needs root");
	int r = test_in_child(fn);
	SKIP_IF(r == 77, "no mounts here");
	CHECK(r == 0);
}

TEST(lsm_of_a_proc_that_is_none)
{
	check(not_procfs);
}

TEST(lsm_of_a_part_of_proc)
{
	check(inside_procfs);
}

TEST(lsm_of_covered_files)
{
	check(covered);
}

TEST(lsm_without_labels)
{
	char empty[] = "";
	const struct spec_process none = { .apparmor_profile = empty };
	struct lsm l = { .proc = 7 };
	struct err e;

	CHECK(!lsm_prepare(&none, empty, &l, &e) && l.proc == -1 && l.apparmor == -1);
	CHECK(!lsm_open(&l, &none, &e) && !lsm_label_keys(&l, &none, true, &e));
	CHECK(!lsm_apply(&l, &none, &e));
}
