/*
 * path_test.c - hostile names on a real directory: symlinks that lead out, loop, dangle, and change
 * meanwhile.
 */
#define _GNU_SOURCE
#include "base/path.h"

#include "base/own.h"
#include "test/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/*
 * TOP/root is the root, TOP/outside is what nothing may reach:
 *
 *	root/dir/sub  root/file
 *	links: abs -> /dir, up -> ../../outside, out -> TOP/outside, loop1 <-> loop2, dangle ->
 * /new/place, chain -> dangle, dotdot -> dir/../../../dir, filelink -> file
 */
struct tree {
	char top[64];
	int root, outside;
};

static void setup(struct tree *t)
{
	strcpy(t->top, "/tmp/path_test.XXXXXX");
	CHECK(mkdtemp(t->top) != NULL);
	own_fd top = open(t->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(top, "root", 0755) == 0 && mkdirat(top, "outside", 0755) == 0);
	t->root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t->outside = openat(top, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(t->root, "dir", 0755) == 0 && mkdirat(t->root, "dir/sub", 0755) == 0);
	CHECK(mknodat(t->root, "file", S_IFREG | 0644, 0) == 0);
	char out[128];
	snprintf(out, sizeof out, "%s/outside", t->top);
	/* clang-format off */
	const char *links[][2] = {
		{ "/dir", "abs" }, { "../../outside", "up" }, { out, "out" }, { "loop2", "loop1" }, { "loop1", "loop2" },
		{ "/new/place", "dangle" }, { "dangle", "chain" }, { "dir/../../../dir", "dotdot" }, { "file", "filelink" },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		CHECK(symlinkat(links[i][0], t->root, links[i][1]) == 0);
}

static void teardown(struct tree *t)
{
	char cmd[128];

	snprintf(cmd, sizeof cmd, "rm -rf %s", t->top);
	CHECK(system(cmd) == 0);
	own_fd_drop(&t->root);
	own_fd_drop(&t->outside);
}

static bool is_empty(int dir)
{
	DIR *d = fdopendir(dup(dir));
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n == 2; /* "." and ".." */
}

static bool exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool same(int fd, int dir, const char *name)
{
	struct stat a, b;

	return fd >= 0 && fstat(fd, &a) == 0 && fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

TEST(path_open_stays_inside)
{
	NEEDS_OPENAT2;
	/* clang-format off */
	static const struct { const char *path, *is; int no; } cases[] = {
		{ "dir", "dir", 0 },		    { "/dir/sub/", "dir/sub", 0 },
		{ "/", ".", 0 },		    { "../..", ".", 0 },
		{ "abs/sub", "dir/sub", 0 },	    { "/../../dir/../abs/./sub", "dir/sub", 0 },
		{ "dotdot", "dir", 0 },		    { "filelink", "file", 0 },
		{ "up", NULL, ENOENT },		    { "out", NULL, ENOENT },
		{ "loop1", NULL, ELOOP },	    { "dangle", NULL, ENOENT },
		{ "file/x", NULL, ENOTDIR },	    { "nope/x", NULL, ENOENT },
		{ "", NULL, ENOENT },
	};
	/* clang-format on */
	struct tree t;

	setup(&t);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = { 0 };
		own_fd fd = path_open(t.root, cases[i].path, &e);
		bool good =
		    cases[i].is ? same(fd, t.root, cases[i].is) : fd < 0 && e.no == cases[i].no;
		CHECK_STR(good ? "good" : cases[i].path, "good");
	}
	teardown(&t);
}

TEST(path_make_dir_cases)
{
	NEEDS_OPENAT2;
	/* clang-format off */
	static const struct { const char *path, *is; } cases[] = {
		{ "dir/sub", "dir/sub" },	{ "a", "a" },
		{ "/b/c/d/", "b/c/d" },		{ "abs/fresh", "dir/fresh" },
		{ "dangle", "new/place" },	{ "up/x", "outside/x" },
		{ "e/f/../g", "e/g" },		{ "../../../h", "h" },
		{ "//i//./j", "i/j" },
	};
	/* clang-format on */
	struct tree t;
	struct stat st;

	setup(&t);
	mode_t old = umask(077);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = { 0 };
		own_fd fd = path_make_dir(t.root, cases[i].path, 0751, &e);
		CHECK_STR(same(fd, t.root, cases[i].is) ? "good" : cases[i].path, "good");
	}
	CHECK(umask(old) == 077);
	CHECK(fstatat(t.root, "b/c/d", &st, 0) == 0 && (st.st_mode & 07777) == 0751);
	CHECK(fstatat(t.root, "b/c", &st, 0) == 0 && (st.st_mode & 07777) == 0755);
	CHECK(fstatat(t.root, "new/place", &st, 0) == 0 && (st.st_mode & 07777) == 0751);
	CHECK(fstatat(t.root, "dir", &st, 0) == 0 &&
	      (st.st_mode & 07777) == 0755); /* was there: untouched */
	CHECK(is_empty(t.outside));
	teardown(&t);
}

TEST(path_make_follows_chains)
{
	NEEDS_OPENAT2;
	struct tree t;
	struct err e;

	setup(&t);
	own_fd fd = path_make_file(t.root, "chain", &e);
	CHECK(same(fd, t.root, "new/place"));
	own_fd in = path_make_dir(t.root, "out/deep", 0755,
	                          &e); /* an absolute link: its text, below the root */
	char inside[128];
	snprintf(inside, sizeof inside, "%s/outside/deep", t.top + 1);
	CHECK(same(in, t.root, inside));
	CHECK(is_empty(t.outside));
	teardown(&t);
}

TEST(path_make_refuses)
{
	NEEDS_OPENAT2;
	struct tree t;
	struct err e;
	char longer[5000];

	setup(&t);
	CHECK(path_make_dir(t.root, "loop1", 0755, &e) < 0 && e.no == ELOOP);
	CHECK(path_make_dir(t.root, "loop1/x", 0755, &e) < 0 && e.no == ELOOP);
	CHECK(path_make_dir(t.root, "file", 0755, &e) < 0 && e.no == ENOTDIR);
	CHECK(path_make_dir(t.root, "file/x", 0755, &e) < 0 && e.no == ENOTDIR);
	CHECK(path_make_file(t.root, "dir", &e) < 0 && e.no == EISDIR);
	CHECK(path_make_file(t.root, "/", &e) < 0 && e.no == EISDIR);
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	CHECK(path_make_dir(t.root, longer, 0755, &e) < 0 && e.no == ENAMETOOLONG);
	longer[300] = '\0';
	CHECK(path_make_dir(t.root, longer, 0755, &e) < 0 && e.no == ENAMETOOLONG);
	/* A link to itself with a tail grows at each turn: it must end. */
	CHECK(symlinkat("grow/x", t.root, "grow") == 0);
	CHECK(path_make_dir(t.root, "grow", 0755, &e) < 0);
	teardown(&t);
}

TEST(path_make_file_is_empty)
{
	NEEDS_OPENAT2;
	struct tree t;
	struct stat st;
	struct err e;

	setup(&t);
	own_fd fd = path_make_file(t.root, "/etc/deep/hosts", &e);
	CHECK(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0 &&
	      (st.st_mode & 07777) == 0644);
	own_fd link = path_make_file(t.root, "filelink", &e);
	CHECK(same(link, t.root, "file"));
	teardown(&t);
}

TEST(path_make_parent_cases)
{
	NEEDS_OPENAT2;
	struct tree t;
	struct err e;
	const char *name = NULL;

	setup(&t);
	own_fd a = path_make_parent(t.root, "/abs/null", &name, &e);
	CHECK(same(a, t.root, "dir"));
	CHECK_STR(name, "null");
	own_fd b = path_make_parent(t.root, "top", &name, &e);
	CHECK(same(b, t.root, "."));
	CHECK_STR(name, "top");
	own_fd c = path_make_parent(t.root, "/p/q/r", &name, &e);
	CHECK(same(c, t.root, "p/q"));
	CHECK(!exists(t.root, "p/q/r"));
	CHECK(path_make_parent(t.root, "dir/..", &name, &e) < 0);
	CHECK(path_make_parent(t.root, "dir/.", &name, &e) < 0);
	CHECK(path_make_parent(t.root, "dir/", &name, &e) < 0);
	CHECK(path_make_parent(t.root, "", &name, &e) < 0);
	teardown(&t);
}

/* Another process turns a symlink from a directory inside to one outside and back, over and over.
 */
static pid_t swap_for_ever(const struct tree *t)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	alarm(30);
	for (int i = 0;; i++) {
		(void)symlinkat(i % 2 ? "dir/../../../outside" : "dir/sub", t->root, "next");
		(void)renameat(t->root, "next", t->root, "swap");
		/* and the directory on the way moves, so that ".." is not where it was */
		(void)renameat(t->root, i % 2 ? "dir/sub" : "moved", t->root,
		               i % 2 ? "moved" : "dir/sub");
	}
}

TEST(path_make_under_race)
{
	NEEDS_OPENAT2;
	enum { ROUNDS = 2000 };
	struct tree t;
	struct stat st;

	setup(&t);
	CHECK(symlinkat("dir/sub", t.root, "swap") == 0);
	pid_t pid = swap_for_ever(&t);
	CHECK(pid > 0);
	int made = 0;
	for (int i = 0; i < ROUNDS; i++) {
		char name[64];
		struct err e;
		snprintf(name, sizeof name, "swap/d%d/e", i);
		own_fd fd = i % 2 ? path_make_dir(t.root, name, 0755, &e)
		                  : path_make_file(t.root, name, &e);
		made += fd >= 0 && fstat(fd, &st) == 0;
	}
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK(made > 0);
	CHECK(is_empty(t.outside));
	teardown(&t);
}
