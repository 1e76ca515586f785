/* cgroup_test.c - paths as a table; the rest on a real hierarchy where there is one to write to. */
#define _GNU_SOURCE
#include "kernel/cgroup.h"

#include "base/fd.h"
#include "base/own.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
static const struct { const char *in, *want; } paths[] = { /* want NULL: refused */
	{ NULL,                  "/scow/c1" },
	{ "",                    "/scow/c1" },
	{ "/a/b",                "/a/b" },
	{ "a/b",                 "/a/b" },
	{ "c1",                  "/c1" },
	{ "//a///b//",           "/a/b" },
	{ "./a/././b/.",         "/a/b" },
	{ "/...",                "/..." },
	{ "/..a/b..",            "/..a/b.." },
	{ "/a:b:c",              "/a:b:c" },
	{ "a:b",                 "/a:b" },
	{ "a:b:c:d",             "/a:b:c:d" },
	{ "/",                   NULL },
	{ "/./",                 NULL },
	{ ".",                   NULL },
	{ "..",                  NULL },
	{ "/a/../b",             NULL },
	{ "/a/..",               NULL },
	{ "system.slice:scow:c1", NULL },
	{ "::",                  NULL },
};
/* clang-format on */

TEST(cgroup_path_table)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct err e = { .kind = ERR_FAILED };
		const char *got = NULL;
		int r = cgroup_path(&a, paths[i].in, "c1", &got, &e);
		CHECK(r == (paths[i].want ? 0 : -1));
		CHECK(r == 0 || e.kind == ERR_CONFIG);
		if (paths[i].want)
			CHECK_STR(got, paths[i].want);
	}
	arena_free(&a);
}

TEST(cgroup_path_lengths)
{
	struct arena a = { 0 };
	struct err e;
	const char *got;
	char s[1100];

	memset(s, 'x', sizeof s);
	s[255] = '\0';
	CHECK(cgroup_path(&a, s, "c1", &got, &e) == 0);
	s[255] = 'x', s[256] = '\0';
	CHECK(cgroup_path(&a, s, "c1", &got, &e) == -1);
	for (size_t i = 0; i < sizeof s - 1; i++)
		s[i] = "/abcdefg"[i % 8];
	s[1023] = '\0';
	CHECK(cgroup_path(&a, s, "c1", &got, &e) == 0);
	s[1023] = 'x', s[1024] = '\0';
	CHECK(cgroup_path(&a, s, "c1", &got, &e) == -1);
	arena_free(&a);
}

/* A tree of our own on the real hierarchy: "/scow-unit-PID". */
struct live {
	struct arena a;
	struct err e;
	const char *top;
	struct cgroup cg; /* top/p/c: two parents are missing at first */
};

static bool live_start(struct live *l)
{
	*l = (struct live){ .cg = CGROUP_NONE };
	l->top = arena_printf(&l->a, "/scow-unit-%d", (int)getpid());
	const char *path = arena_printf(&l->a, "%s/p/c", l->top);
	if (geteuid() || !cgroup_root(&l->e) ||
	    (cgroup_create(&l->a, path, &l->cg, &l->e) &&
	     (l->e.no == EROFS || l->e.no == EACCES || l->e.no == EPERM))) {
		printf("# skipped: no cgroup2 hierarchy to write to\n");
		return false;
	}
	CHECK(l->cg.fd >= 0);
	return l->cg.fd >= 0;
}

static void live_end(struct live *l)
{
	struct cgroup top = CGROUP_NONE;

	cgroup_close(&l->cg);
	if (!cgroup_open(l->top, &top, &l->e)) {
		CHECK(cgroup_kill(&top, &l->e) == 0);
		CHECK(cgroup_remove(&top, &l->e) == 0);
	}
	cgroup_close(&top);
	CHECK(cgroup_open(l->top, &top, &l->e) == -1 && l->e.no == ENOENT);
	arena_free(&l->a);
}

/* A process that sleeps in the sub-cgroup `below` ("." is the cgroup itself). */
static pid_t sleeper(const struct cgroup *cg, const char *below)
{
	int ready[2];
	char c;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	pid_t pid = fork();
	if (!pid) {
		own_fd dir = openat(cg->fd, below, O_PATH | O_DIRECTORY | O_CLOEXEC);
		alarm(60); /* whatever becomes of the test */
		if (fd_put(dir, "cgroup.procs", "0"))
			_exit(1);
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	return pid;
}

static bool killed(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

TEST(cgroup_create_and_remove)
{
	struct live l;
	struct cgroup again = CGROUP_NONE;

	if (!live_start(&l))
		return;
	CHECK(l.cg.made);
	CHECK(cgroup_create(&l.a, l.cg.path, &again, &l.e) == 0 && !again.made);
	CHECK(cgroup_remove(&l.cg, &l.e) == 0);
	CHECK(cgroup_remove(&again, &l.e) == 0); /* gone already */
	cgroup_close(&again);
	CHECK(cgroup_open(l.cg.path, &again, &l.e) == -1 && l.e.no == ENOENT);

	bool is = true;
	CHECK(cgroup_populated(&l.cg, &is, &l.e) == 0 && !is);
	is = true;
	CHECK(cgroup_frozen(&l.cg, &is, &l.e) == 0 && !is);
	CHECK(cgroup_wait_empty(&l.cg, 0, &l.e) == 0);
	CHECK(cgroup_kill(&l.cg, &l.e) == 0);
	pid_t *pids;
	size_t n = 1;
	CHECK(cgroup_pids(&l.a, &l.cg, &pids, &n, &l.e) == 0 && n == 0);
	live_end(&l);
}

TEST(cgroup_create_takes_nothing_in_use)
{
	struct live l;
	struct cgroup again = CGROUP_NONE;

	if (!live_start(&l))
		return;
	CHECK(mkdirat(l.cg.fd, "sub", 0755) == 0);
	pid_t pid = sleeper(&l.cg, "sub");
	CHECK(cgroup_create(&l.a, l.cg.path, &again, &l.e) == -1 && l.e.kind == ERR_STATE);
	CHECK(strstr(l.e.text, "container's cgroup is not empty: 1 process(es) found") != NULL);
	CHECK(cgroup_kill(&l.cg, &l.e) == 0 && killed(pid));
	CHECK(cgroup_wait_empty(&l.cg, 5000, &l.e) == 0);
	CHECK(cgroup_freeze(&l.cg, true, &l.e) == 0);
	CHECK(cgroup_create(&l.a, l.cg.path, &again, &l.e) == -1 && l.e.kind == ERR_STATE);
	CHECK(strstr(l.e.text, "container's cgroup unexpectedly frozen") != NULL);
	CHECK(again.fd == -1);
	live_end(&l);
}

TEST(cgroup_create_failure_leaves_nothing)
{
	struct live l;
	struct cgroup none = CGROUP_NONE;

	if (!live_start(&l))
		return;
	/* The parents can be made, the cgroup cannot: a line feed is no name for the kernel. */
	const char *path = arena_printf(&l.a, "%s/q/r/bad\nname", l.top);
	const char *parent = arena_printf(&l.a, "%s/q", l.top);
	CHECK(cgroup_create(&l.a, path, &none, &l.e) == -1 && l.e.no == EINVAL);
	CHECK(cgroup_open(parent, &none, &l.e) == -1 && l.e.no == ENOENT);
	CHECK(cgroup_open(l.top, &none, &l.e) == 0);
	cgroup_close(&none);
	live_end(&l);
}

TEST(cgroup_kill_freeze_and_list)
{
	struct live l;
	bool is = false;
	pid_t *pids, pid[3];
	size_t n = 0;

	if (!live_start(&l))
		return;
	CHECK(!mkdirat(l.cg.fd, "x", 0755) && !mkdirat(l.cg.fd, "x/y", 0755) &&
	      !mkdirat(l.cg.fd, "z", 0755));
	pid[0] = sleeper(&l.cg, ".");
	pid[1] = sleeper(&l.cg, "x/y");
	pid[2] = sleeper(&l.cg, "z");
	CHECK(cgroup_pids(&l.a, &l.cg, &pids, &n, &l.e) == 0 && n == 3);
	for (size_t i = 0; i < n; i++)
		CHECK(pids[i] == pid[0] || pids[i] == pid[1] || pids[i] == pid[2]);
	CHECK(cgroup_populated(&l.cg, &is, &l.e) == 0 && is);
	CHECK(cgroup_wait_empty(&l.cg, 1, &l.e) == -1 && l.e.no == ETIMEDOUT);
	CHECK(cgroup_frozen(&l.cg, &is, &l.e) == 0 && !is);
	CHECK(cgroup_freeze(&l.cg, true, &l.e) == 0);
	CHECK(cgroup_frozen(&l.cg, &is, &l.e) == 0 && is);
	CHECK(cgroup_freeze(&l.cg, false, &l.e) == 0);
	CHECK(cgroup_frozen(&l.cg, &is, &l.e) == 0 && !is);
	CHECK(cgroup_freeze(&l.cg, true, &l.e) == 0);
	CHECK(cgroup_kill(&l.cg, &l.e) == 0); /* frozen ones die too */
	CHECK(killed(pid[0]) && killed(pid[1]) && killed(pid[2]));
	CHECK(cgroup_wait_empty(&l.cg, 5000, &l.e) == 0);
	CHECK(cgroup_remove(&l.cg, &l.e) == 0); /* with x, x/y and z in it */
	live_end(&l);
}

/* Deeper than this process may open files, so one descriptor a level would not do. */
TEST(cgroup_remove_deep_tree)
{
	enum { DEPTH = 300, WIDTH = 40 };
	struct live l;
	char name[32];

	if (!live_start(&l))
		return;
	for (int i = 0; i < WIDTH; i++) {
		snprintf(name, sizeof name, "wide%d", i);
		CHECK(mkdirat(l.cg.fd, name, 0755) == 0);
	}
	own_fd at = openat(l.cg.fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int made = 0;
	for (; made < DEPTH && !mkdirat(at, "d", 0755); made++) {
		int next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		own_fd_drop(&at);
		at = next;
	}
	CHECK(made == DEPTH);
	own_fd_drop(&at);
	pid_t *pids;
	size_t n = 1;
	CHECK(cgroup_pids(&l.a, &l.cg, &pids, &n, &l.e) == 0 && n == 0);
	CHECK(cgroup_remove(&l.cg, &l.e) == 0);
	live_end(&l);
}

/* What the hierarchy's root has can be had three levels below; what it has not is named. */
TEST(cgroup_enable_controllers)
{
	struct live l;
	char have[1024], *save;

	if (!live_start(&l))
		return;
	const char *root = cgroup_root(&l.e);
	own_fd dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd_read_text(dir, "cgroup.controllers", have, sizeof have) >= 0);
	for (char *w = strtok_r(have, " \n", &save); w; w = strtok_r(NULL, " \n", &save)) {
		char now[1024];
		int r = cgroup_enable(&l.cg, w, &l.e);
		CHECK(r == 0 || l.e.no);
		CHECK(r || (fd_read_text(l.cg.fd, "cgroup.controllers", now, sizeof now) > 0 &&
		            strstr(now, w)));
	}
	CHECK(cgroup_enable(&l.cg, "nonsense", &l.e) == -1 && !l.e.no &&
	      strstr(l.e.text, "nonsense"));
	live_end(&l);
}

/* A parent with processes keeps its controllers, or the cgroup below it could take no process. */
TEST(cgroup_create_below_processes)
{
	static const char *const controllers[] = { "pids", "cpu", "memory", "hugetlb" };
	struct live l;
	struct cgroup below = CGROUP_NONE;

	if (!live_start(&l))
		return;
	pid_t above = sleeper(&l.cg, ".");
	CHECK(cgroup_create(&l.a, arena_printf(&l.a, "%s/q/r", l.cg.path), &below, &l.e) == 0 &&
	      below.made);
	for (size_t i = 0; i < sizeof controllers / sizeof *controllers; i++)
		CHECK(cgroup_enable(&below, controllers[i], &l.e) == -1 &&
		      (l.e.no == EBUSY || !l.e.no));
	pid_t in = sleeper(&below, ".");
	CHECK(cgroup_kill(&l.cg, &l.e) == 0 && killed(in) && killed(above));
	cgroup_close(&below);
	live_end(&l);
}

TEST(cgroup_create_delegated_makes_no_parent)
{
	struct cgroup again = CGROUP_NONE;
	struct live l;

	if (!live_start(&l))
		return;
	const char *lost = arena_printf(&l.a, "%s/q/c", l.top);
	CHECK(cgroup_create_delegated(&l.a, lost, strlen(lost) - 2, &again, &l.e) == -1);
	CHECK(l.e.no == ENOENT);
	const char *here = arena_printf(&l.a, "%s/p/d", l.top);
	CHECK(!cgroup_create_delegated(&l.a, here, strlen(here) - 2, &again, &l.e));
	CHECK(again.made && again.delegated == strlen(here) - 2);
	cgroup_close(&again);
	live_end(&l);
}
