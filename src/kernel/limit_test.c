/* limit_test.c - limits of a child and of the caller, exact to the last of 64 bits. */
#define _GNU_SOURCE
#include "kernel/limit.h"

#include "test/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t hard_limit(int type)
{
	struct rlimit64 r = { 0, 0 };

	CHECK(!prlimit64(0, type, NULL, &r));
	return r.rlim_max;
}

TEST(limit_files)
{
	struct rlimit64 before, r;
	struct err e;
	uint64_t soft = 0;

	CHECK(!prlimit64(0, RLIMIT_NOFILE, NULL, &before));
	r = before;
	r.rlim_cur = before.rlim_max - 1;
	CHECK(!prlimit64(0, RLIMIT_NOFILE, &r, NULL));
	CHECK(limit_files_raise(&soft, &e) == 0 && soft == before.rlim_max - 1);
	CHECK(!prlimit64(0, RLIMIT_NOFILE, NULL, &r));
	CHECK(r.rlim_cur == before.rlim_max && r.rlim_max == before.rlim_max);
	CHECK(limit_files_restore(before.rlim_cur, &e) == 0);
	CHECK(!prlimit64(0, RLIMIT_NOFILE, NULL, &r));
	CHECK(r.rlim_cur == before.rlim_cur && r.rlim_max == before.rlim_max);
}

/* 0, or the number of the check that failed. */
static int set_own(void)
{
	const struct spec_rlimit list[] = {
		/* a double would lose the 1 */
		{ RLIMIT_FSIZE, (UINT64_C(1) << 53) + 1, (UINT64_C(1) << 53) + 3 },
		{ RLIMIT_NOFILE, 100, 200 },
	};
	const struct spec_rlimit higher = { RLIMIT_NOFILE, 10, 300 };
	struct rlimit64 r;
	struct err e = { 0 };

	if (limit_rlimits(0, list, 2, &e))
		return 1;
	if (prlimit64(0, RLIMIT_FSIZE, NULL, &r) || r.rlim_cur != list[0].soft ||
	    r.rlim_max != list[0].hard)
		return 2;
	if (prlimit64(0, RLIMIT_NOFILE, NULL, &r) || r.rlim_cur != 100 || r.rlim_max != 200)
		return 3;
	if (setresuid(1234, 1234, 1234)) /* now it may not raise */
		return 4;
	if (!limit_rlimits(0, &higher, 1, &e) || e.no != EPERM || !strstr(e.text, "rlimits[0]"))
		return 5;
	return 0;
}

TEST(limit_rlimits_of_the_caller)
{
	int status = -1;

	if (geteuid() != 0 || hard_limit(RLIMIT_FSIZE) != UINT64_MAX) {
		printf("# skipped: needs root and no limit of file sizes\n");
		return;
	}
	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(set_own());
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

TEST(limit_rlimits_of_another_process)
{
	const struct spec_rlimit l = { RLIMIT_CORE, 0, hard_limit(RLIMIT_CORE) };
	struct rlimit64 r = { 1, 1 };
	struct err e;
	int p[2];

	CHECK(!pipe(p));
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		char c;
		close(p[1]);
		_exit(read(p[0], &c, 1) != 0);
	}
	close(p[0]);
	CHECK(pid > 0 && !limit_rlimits(pid, &l, 1, &e));
	CHECK(pid > 0 && !prlimit64(pid, RLIMIT_CORE, NULL, &r) && r.rlim_cur == 0 &&
	      r.rlim_max == l.hard);
	close(p[1]);
	CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
}

TEST(limit_unlimited_is_infinity)
{
	CHECK((rlim_t)UINT64_C(18446744073709551615) == RLIM_INFINITY);
}

static int read_score(void)
{
	char text[16] = "";
	FILE *f = fopen("/proc/self/oom_score_adj", "re");

	if (!f)
		return -9999;
	int score = fgets(text, sizeof text, f) ? atoi(text) : -9999;
	fclose(f);
	return score;
}

/* Raising is free to all; unset and failure leave it alone. */
static int raise_own(void)
{
	const struct json_opt unset = { .set = false, .v = 5 }, high = { true, 1000 },
			      bad = { true, 1001 };
	int before = read_score();
	struct err e;

	if (limit_oom_score_adj(0, &unset, &e) || read_score() != before)
		return 1;
	if (limit_oom_score_adj(0, &high, &e) || read_score() != 1000)
		return 2;
	if (!limit_oom_score_adj(0, &bad, &e) || e.no != EINVAL || read_score() != 1000)
		return 3;
	return limit_oom_score_adj(getpid(), &high, &e) ? 4 : 0;
}

TEST(limit_oom_score)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(raise_own());
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}
