/*
 * ctr_test.c - names, directories, and the lock while others make, wait for and remove the same
 * container.
 *
 * The other side is a forked process that says over a pipe what it got: one letter.
 */
#define _GNU_SOURCE
#include "store/ctr.h"

#include "base/own.h"
#include "sys/sys.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { SOON_MS = 100, DEADLINE_MS = 10000 };

static void make_root(char root[32])
{
	snprintf(root, 32, "/tmp/scow-ctr.XXXXXX");
	CHECK(mkdtemp(root));
}

static bool is_empty(const char *root)
{
	struct arena a = { 0 };
	struct err e;
	char **ids;
	size_t n = 1;

	bool empty = !ctr_list(&a, root, &ids, &n, &e) && n == 0;
	arena_free(&a);
	return empty;
}

TEST(ctr_id_table)
{
	static const struct {
		const char *id, *error;
	} cases[] = {
		{ "a", NULL },
		{ "0", NULL },
		{ "a.b", NULL },
		{ "A_z-9+.", NULL },
		{ "-a", NULL },
		{ "+", NULL },
		{ "a..b", NULL },
		{ "", "container ID is empty" },
		{ ".", "invalid container ID format: \".\"" },
		{ "..", "invalid container ID format: \"..\"" },
		{ ".hidden", "invalid container ID format: \".hidden\"" },
		{ "a/b", "invalid container ID format: \"a/b\"" },
		{ "../a", "invalid container ID format: \"../a\"" },
		{ "a b", "invalid container ID format: \"a b\"" },
		{ "a\n", "invalid container ID format: \"a\n\"" },
		{ "\xc3\xa9", "invalid container ID format: \"\xc3\xa9\"" },
		{ "a:b", "invalid container ID format: \"a:b\"" },
	};
	char s[CTR_ID_MAX + 2];
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		e = (struct err){ 0 };
		CHECK(ctr_check_id(cases[i].id, &e) == (cases[i].error ? -1 : 0));
		CHECK_STR(e.text, cases[i].error ? cases[i].error : "");
		CHECK(!cases[i].error || e.kind == ERR_USAGE);
	}
	memset(s, 'x', sizeof s);
	s[CTR_ID_MAX] = 0;
	CHECK(ctr_check_id(s, &e) == 0);
	s[CTR_ID_MAX] = 'x', s[CTR_ID_MAX + 1] = 0;
	CHECK(ctr_check_id(s, &e) == -1);
}

/* No verb gets out of the root, or anywhere, by a name. */
TEST(ctr_bad_ids_open_nothing)
{
	struct ctr c;
	struct err e;

	CHECK(ctr_make("/tmp", "..", &c, &e) == -1 && e.kind == ERR_USAGE);
	CHECK(ctr_open("/tmp", "../tmp", &c, &e) == -1 && e.kind == ERR_USAGE);
	CHECK(ctr_open_locked("/tmp", ".", &c, &e) == -1 && e.kind == ERR_USAGE);
}

TEST(ctr_make_open_remove)
{
	char top[32], root[64];
	struct ctr c, again;
	struct stat st;
	struct err e = { 0 };

	make_root(top);
	snprintf(root, sizeof root, "%s/not/yet", top);
	CHECK(is_empty(root)); /* a root that does not exist has none */
	CHECK(ctr_open(root, "c1", &c, &e) == -1 && e.kind == ERR_NO_CONTAINER);
	CHECK_STR(e.text, "container \"c1\" does not exist");
	CHECK(ctr_make(root, "c1", &c, &e) == 0);
	CHECK(fstat(c.dir, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(stat(root, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(fcntl(c.dir, F_GETFD) == FD_CLOEXEC);
	CHECK(ctr_open(root, "c1", &again, &e) == 0); /* without the lock: at any time */
	ctr_close(&again);
	CHECK(again.dir == -1);

	close(openat(c.dir, "state.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	close(openat(c.dir, ".state.json.new", O_WRONLY | O_CREAT | O_CLOEXEC,
	             0600)); /* of a killed replace */
	CHECK(ctr_remove(root, &c, &e) == 0 && is_empty(root));
	CHECK(ctr_remove(root, &c, &e) == 0); /* gone already */
	ctr_close(&c);

	CHECK(ctr_make(root, "c1", &c, &e) == 0);
	CHECK(mkdirat(c.dir, "empty", 0700) == 0); /* what stands for a file goes, empty */
	CHECK(mkdirat(c.dir, "sub", 0700) == 0 && mkdirat(c.dir, "sub/x", 0700) == 0);
	CHECK(ctr_remove(root, &c, &e) == -1 && (e.no == ENOTEMPTY || e.no == EEXIST));
	CHECK(strstr(e.text, "/not/yet/c1") != NULL);
	CHECK(unlinkat(c.dir, "empty", AT_REMOVEDIR) == -1);
	CHECK(unlinkat(c.dir, "sub/x", AT_REMOVEDIR) == 0 && ctr_remove(root, &c, &e) == 0);
	ctr_close(&c);
	CHECK(rmdir(root) == 0);
	snprintf(root, sizeof root, "%s/not", top);
	CHECK(rmdir(root) == 0 && rmdir(top) == 0);
}

TEST(ctr_of_another_kind)
{
	char root[32], path[64];
	struct ctr c;
	struct err e = { 0 };

	make_root(root);
	snprintf(path, sizeof path, "%s/file", root);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK(ctr_make(root, "file", &c, &e) == -1 && e.no == ENOTDIR);
	CHECK(unlink(path) == 0);
	snprintf(path, sizeof path, "%s/link", root);
	CHECK(symlink("/tmp", path) == 0);
	CHECK(ctr_make(root, "link", &c, &e) == -1 && (e.no == ELOOP || e.no == ENOTDIR));
	CHECK(ctr_open(root, "link", &c, &e) == -1 && e.kind == ERR_FAILED);
	CHECK(unlink(path) == 0 && rmdir(root) == 0);
}

TEST(ctr_list_many)
{
	enum { MANY = 150 };
	struct arena a = { 0 };
	char root[32], path[64], **ids;
	size_t n = 0, seen = 0;
	struct err e;

	make_root(root);
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "%s/%sc%03d", root, i % 10 == 9 ? "." : "", i);
		CHECK(mkdir(path, 0700) == 0);
	}
	CHECK(ctr_list(&a, root, &ids, &n, &e) == 0 && n == MANY - MANY / 10);
	for (size_t i = 0; i < n; i++)
		seen += strlen(ids[i]) == 4 && *ids[i] == 'c';
	CHECK(seen == n);
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "%s/%sc%03d", root, i % 10 == 9 ? "." : "", i);
		CHECK(rmdir(path) == 0);
	}
	CHECK(rmdir(root) == 0);
	arena_free(&a);
}

/* ---- two processes ---- */

struct other {
	pid_t pid;
	int out;
};

typedef int take(const char *root, const char *id, struct ctr *ret, struct err *e);

/* Take container "c" and say: m what it holds is what stands at the path, x it is not, n there is
 * none, e an error. */
static _Noreturn void other_side(take *fn, const char *root, int out)
{
	char path[64], answer = 'e';
	struct stat held, there;
	struct ctr c;
	struct err e;

	/* A copy of the holder's descriptor would keep the lock: it belongs to the open file. */
	if (dup2(out, 3) != 3 || sys_close_range(4, ~0u, 0))
		_exit(1);
	snprintf(path, sizeof path, "%s/c", root);
	if (!fn(root, "c", &c, &e))
		answer = !fstat(c.dir, &held) && !stat(path, &there) && held.st_ino == there.st_ino
		             ? 'm'
		             : 'x';
	else if (e.kind == ERR_NO_CONTAINER)
		answer = 'n';
	if (write(3, &answer, 1) != 1)
		_exit(1);
	pause(); /* with the lock, until it is killed */
	_exit(1);
}

static struct other start_other(take *fn, const char *root)
{
	struct other o;
	int fds[2];

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	o.out = fds[0];
	o.pid = fork();
	if (o.pid == 0)
		other_side(fn, root, fds[1]);
	close(fds[1]);
	return o;
}

static char answer_of(const struct other *o, int timeout_ms)
{
	struct pollfd p = { .fd = o->out, .events = POLLIN };
	char c = 0;

	return poll(&p, 1, timeout_ms) == 1 && read(o->out, &c, 1) == 1 ? c : '-';
}

static void end_other(struct other *o)
{
	kill(o->pid, SIGKILL);
	waitpid(o->pid, NULL, 0);
	close(o->out);
}

/* What each verb's way in gets, when the holder closes, or removes and closes. */
TEST(ctr_lock_is_handed_over)
{
	static const struct {
		take *fn;
		bool removed;
		char want;
	} cases[] = {
		{ ctr_make, false, 'm' },
		{ ctr_open_locked, false, 'm' },
		{ ctr_make, true, 'm' },
		{ ctr_open_locked, true, 'n' },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char root[32];
		struct ctr c;
		struct err e;

		make_root(root);
		CHECK(ctr_make(root, "c", &c, &e) == 0);
		struct other o = start_other(cases[i].fn, root);
		CHECK(answer_of(&o, SOON_MS) == '-'); /* it waits */
		if (cases[i].removed)
			CHECK(ctr_remove(root, &c, &e) == 0);
		ctr_close(&c);
		CHECK(answer_of(&o, DEADLINE_MS) == cases[i].want);
		end_other(&o); /* and its lock goes with it */
		if (cases[i].want == 'm') {
			CHECK(ctr_open_locked(root, "c", &c, &e) == 0 &&
			      ctr_remove(root, &c, &e) == 0);
			ctr_close(&c);
		}
		CHECK(rmdir(root) == 0);
	}
}

/* It was removed, and made again by a third one, while the second one waited for the old one's
 * lock. */
TEST(ctr_removed_and_made_again_while_waiting)
{
	char root[32];
	struct ctr old, new;
	struct err e;

	make_root(root);
	CHECK(ctr_make(root, "c", &old, &e) == 0);
	struct other o = start_other(ctr_open_locked, root);
	CHECK(answer_of(&o, SOON_MS) == '-');
	CHECK(ctr_remove(root, &old, &e) == 0 && ctr_make(root, "c", &new, &e) == 0);
	ctr_close(&old);
	CHECK(answer_of(&o, SOON_MS) == '-'); /* now it waits for the new one */
	ctr_close(&new);
	CHECK(answer_of(&o, DEADLINE_MS) == 'm');
	end_other(&o);
	CHECK(ctr_open_locked(root, "c", &new, &e) == 0 && ctr_remove(root, &new, &e) == 0);
	ctr_close(&new);
	CHECK(rmdir(root) == 0);
}

static int make_and_remove(const char *root, int rounds)
{
	struct ctr c;
	struct err e;

	for (int i = 0; i < rounds; i++) {
		if (ctr_make(root, "c", &c, &e))
			return 1;
		own_fd fd =
		    openat(c.dir, "state.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0) /* somebody else is in here too */
			return 2;
		if (ctr_remove(root, &c, &e))
			return 3;
		ctr_close(&c);
	}
	return 0;
}

TEST(ctr_many_make_and_remove_the_same_one)
{
	enum { PROCESSES = 6, ROUNDS = 150 };
	pid_t pids[PROCESSES];
	char root[32];

	make_root(root);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(make_and_remove(root, ROUNDS));
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		CHECK(waitpid(pids[i], &status, 0) == pids[i]);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	CHECK(is_empty(root) && rmdir(root) == 0);
}
