/*
 * create_test.c - a container's whole life under both kinds of parent: create makes init as its own
 * child, and (clone_parent) as its sibling, for a parent that outlives it.
 *
 *	test --> stage, process 1 of own pid and mount namespaces
 *	           |--> creator: create_container
 *	           |      `--> init      own child: the creator starts, reaps and deletes it
 *	           `--> init             sibling: the creator is gone, the stage does the same
 *
 * The program in the container is this test program again, with ROLE in its environment; when it
 * needs shared libraries, the container's root is the stage's own.
 */
#define _GNU_SOURCE
#include "oci/create.h"

#include "base/own.h"
#include "base/proc.h"
#include "oci/verbs.h"
#include "sys/sys.h"
#include "test/test.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROLE  "SCOW_TEST_CREATE"
#define STAGE "/tmp/scow-create"
#define STATE STAGE "/state"

enum { RUNS_FINE = 42 };

__attribute__((constructor)) static void begin(void)
{
	if (getenv(ROLE)) /* in the container: process 1 of it, below no process that it can see */
		_exit(getpid() == 1 && getppid() == 0 ? RUNS_FINE : 1);
}

/* ---- the stage ---- */

static bool is_dynamic(void)
{
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)getauxval(AT_PHDR);

	for (size_t n = getauxval(AT_PHNUM); n--; p++)
		if (p->p_type == PT_INTERP)
			return true;
	return false;
}

/* The tmpfs hides what stands at /tmp, in this mount namespace only: nothing of it can stay behind.
 */
static int set_stage(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		return -1;
	if (mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777") || mkdir(STAGE, 0755) ||
	    mkdir(STAGE "/root", 0755))
		return -1;
	return mkdir(STAGE "/root/proc", 0755) || test_copy_program(STAGE "/root/prog") ? -1 : 0;
}

/* Run fn as process 1 of the stage; what it checked counts here. */
static void on_stage(void (*fn)(void))
{
	int status = -1;

	SKIP_IF(geteuid() != 0, "needs root");
	NEEDS_CLONE3;
	fflush(stdout);
	pid_t outer = fork();
	if (outer == 0) {
		pid_t pid = unshare(CLONE_NEWNS | CLONE_NEWPID) ? -1 : fork();

		if (pid == 0 && set_stage())
			_exit(2);
		if (pid == 0) {
			fn();
			fflush(stdout);
			_exit(test_failed);
		}
		waitpid(pid, &status, 0);
		_exit(pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	CHECK(waitpid(outer, &status, 0) == outer && WIFEXITED(status));
	SKIP_IF(WEXITSTATUS(status) == 2, "no namespaces to make a container in");
	CHECK(WEXITSTATUS(status) != 1);
}

static int count_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int n = 0;

	for (int c; f && (c = getc(f)) != EOF;)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

static int count_entries(const char *path, bool (*counts)(const char *name))
{
	DIR *d = opendir(path);
	struct dirent *it;
	int n = 0;

	while (d && (it = readdir(d)))
		n += *it->d_name != '.' && counts(it->d_name);
	if (d)
		closedir(d);
	return n;
}

static bool is_pid(const char *name)
{
	return isdigit((unsigned char)*name);
}

static bool is_any(const char *name)
{
	return *name;
}

/* Called by process 1 of the stage, when every child has been reaped. */
static void check_nothing_is_left(int mounts)
{
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	CHECK(count_entries("/proc", is_pid) == 1);
	CHECK(count_mounts() == mounts);
	CHECK(count_entries(STATE, is_any) == 0);
}

/* ---- its actors ---- */

#define CONFIG(root, program, more) \
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"" root \
	"\"},\"process\":{\"args\":[\"" program "\"]," \
	"\"cwd\":\"/\",\"env\":[\"" ROLE \
	"=1\"]},\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"," \
	"\"source\":\"proc\"}" more \
	"],\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}," \
	"{\"type\":\"ipc\"},{\"type\":\"uts\"}]}}"

/* clang-format off */
static const struct {
	const char *fixed, *dynamic; /* configurations: of a static program, and of one that needs libraries */
	enum err_kind kind;
	const char *error; /* part of it; NULL: create succeeds */
} cases[] = {
	{ CONFIG("root", "/prog", ""), CONFIG("/", STAGE "/root/prog", ""), ERR_FAILED, NULL },
	{ CONFIG("root", "/nope", ""), CONFIG("/", "/nope", ""), ERR_NO_PROGRAM, "no such file or directory" },
	{ CONFIG("root", "/proc", ""), CONFIG("/", "/proc", ""), ERR_NOT_EXECUTABLE, "is a directory" },
	{ CONFIG("root", "/prog",
	  ",{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/none\",\"options\":[\"bind\"]}"),
	  CONFIG("/", "/prog",
	  ",{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/none\",\"options\":[\"bind\"]}"),
	  ERR_FAILED, "/none" },
	{ CONFIG("root", "/prog", ",{\"destination\":\"/x\",\"type\":\"nofs\",\"source\":\"x\"}"),
	  CONFIG("/", "/prog", ",{\"destination\":\"/tmp\",\"type\":\"nofs\",\"source\":\"x\"}"), ERR_FAILED,
	  "nofs" },
};
/* clang-format on */

struct answer {
	int r;
	pid_t pid;
	struct err err;
};

/* From the parent of a container that was created: to its end. */
static void see_it_through(struct arena *a, pid_t pid, bool started)
{
	const struct verb v = { a, STATE, "c1" };
	struct proc_stat st = { 0 };
	struct record r = { 0 };
	struct err e = { 0 };
	enum status s;
	int status = -1;

	CHECK(proc_stat(pid, &st) == 0 && st.ppid == getpid());
	if (!started) {
		CHECK(verb_look(&v, &r, &s, &e) == 0 && s == STATUS_CREATED && r.pid == pid &&
		      !r.creating);
		CHECK(verb_delete(&(struct verb){ a, STATE, "c2" }, false, &e) == -1 &&
		      e.kind == ERR_NO_CONTAINER);
		CHECK(verb_start(&v, &e) == 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == RUNS_FINE);
	CHECK(verb_look(&v, &r, &s, &e) == 0 && s == STATUS_STOPPED);
	CHECK(verb_start(&v, &e) == -1 && e.kind == ERR_STATE);
	CHECK(verb_delete(&v, false, &e) == 0);
	CHECK(verb_delete(&v, false, &e) == -1 && e.kind == ERR_NO_CONTAINER);
	CHECK(verb_delete(&v, true, &e) == 0);
}

static _Noreturn void creator(const char *config, bool clone_parent, bool start, int out)
{
	struct arena a = { 0 };
	struct create c;
	struct answer answer = { 0 };

	create_init(&c, &a, STATE, "c1");
	c.bundle = STAGE;
	c.config = config;
	c.config_len = strlen(config);
	c.no_cgroup = c.no_new_keyring = true;
	c.clone_parent = clone_parent;
	c.start = start;
	answer.r = create_container(&c, &answer.err);
	answer.pid = c.pid;
	create_close(&c);
	if (write(out, &answer, sizeof answer) != (ssize_t)sizeof answer)
		_exit(3);
	if (!answer.r && !clone_parent)
		see_it_through(&a, answer.pid, start);
	if (answer.r && !clone_parent) /* a failed create has reaped its own */
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	fflush(stdout);
	_exit(test_failed);
}

static void play(size_t i, bool clone_parent, bool start)
{
	const char *config = is_dynamic() ? cases[i].dynamic : cases[i].fixed;
	const int mounts = count_mounts(), before = test_failed;
	struct arena a = { 0 };
	struct answer answer = { .r = -2 };
	int fds[2], status = -1;

	test_failed = 0;
	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		creator(config, clone_parent, start, fds[1]);
	close(fds[1]);
	CHECK(read(fds[0], &answer, sizeof answer) == (ssize_t)sizeof answer);
	close(fds[0]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(answer.r == (cases[i].error ? -1 : 0));
	if (answer.r)
		CHECK(answer.err.kind == cases[i].kind && cases[i].error &&
		      strstr(answer.err.text, cases[i].error));
	if (clone_parent && !answer.r)
		see_it_through(&a, answer.pid, start);
	if (clone_parent && answer.r &&
	    answer.pid > 0) /* it was made before it failed: ours to reap */
		CHECK(waitpid(answer.pid, NULL, 0) == answer.pid);
	check_nothing_is_left(mounts);
	if (test_failed)
		printf("# case %zu%s%s: %s\n", i, clone_parent ? ", clone_parent" : "",
		       start ? ", start" : "", answer.err.text);
	test_failed |= before;
	arena_free(&a);
}

static void play_all(void)
{
	alarm(60); /* process 1 of the stage takes everybody with it */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int way = 0; way < 4; way++)
			play(i, way & 1, way & 2);
}

TEST(create_knows_two_parents)
{
	on_stage(play_all);
}
