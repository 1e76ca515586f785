/*
 * self_test.c - the attack of CVE-2019-5736 on a copy of this test program, with the capabilities
 * of the host's root: hold /proc/PID/exe, wait until nobody runs the file any more, and try to
 * write to it.
 *
 * The copy is started with ROLE in its environment: it protects itself, says so on descriptor 1 and
 * waits on descriptor 0.
 */
#define _GNU_SOURCE
#include "kernel/self.h"

#include "base/own.h"
#include "sys/sys.h"
#include "test/test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ROLE "SCOW_TEST_SELF"

/* What the copy answers: '+' safe, '-' not, the errno of what failed, its name for ps(1). */
struct answer {
	char sign;
	int no;
	char comm[16];
};

static _Noreturn void play(const char *role)
{
	char name[] = "scow", verb[] = "create", *const argv[] = { name, verb, NULL };
	struct answer a = { .sign = '+' };
	struct err e = { 0 };
	char c;

	if (!strcmp(role, "userns") && unshare(CLONE_NEWUSER))
		_exit(2);
	if (!strcmp(role, "userns")) /* the second start must not do it again */
		setenv(ROLE, "plain", 1);
	if (strcmp(role, "unprotected") && self_protect(argv, environ, &e)) {
		a.sign = '-';
		a.no = e.no;
	}
	(void)prctl(PR_GET_NAME, a.comm);
	if (write(1, &a, sizeof a) != sizeof a)
		_exit(2);
	_exit(read(0, &c, 1) == 0 ? 0 : 2);
}

__attribute__((constructor)) static void begin(void)
{
	const char *role = getenv(ROLE);

	if (role)
		play(role);
}

struct victim {
	pid_t pid;
	int in; /* closing it ends the victim */
	struct answer a;
	int exe, exe_rd; /* /proc/PID/exe as O_PATH and as O_RDONLY */
};

static void start(const char *program, const char *role, struct victim *v)
{
	int in[2], out[2];
	char path[64];

	CHECK(!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC));
	fflush(stdout);
	v->pid = fork();
	if (!v->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		setenv(ROLE, role, 1);
		execl(program, "scow", (char *)NULL);
		_exit(2);
	}
	close(in[0]);
	close(out[1]);
	v->in = in[1];
	v->a = (struct answer){ 0 };
	CHECK(read(out[0], &v->a, sizeof v->a) == sizeof v->a);
	close(out[0]);
	snprintf(path, sizeof path, "/proc/%d/exe", v->pid);
	v->exe = open(path, O_PATH | O_CLOEXEC);
	v->exe_rd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(v->exe >= 0 && v->exe_rd >= 0);
}

static void finish(struct victim *v)
{
	int status = -1;

	close(v->in);
	CHECK(waitpid(v->pid, &status, 0) == v->pid && status == 0);
}

static bool is_writable(int fd)
{
	static const char text[] = "overwritten";
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	own_fd w = open(path, O_WRONLY | O_CLOEXEC);
	return w >= 0 && pwrite(w, text, sizeof text, 0) > 0;
}

/* Does anything give a writable way to the file behind fd? Every way is tried. */
static bool is_escapable(int fd, const char *target)
{
	const struct sys_mount_attr writable = { .attr_clr = SYS_MOUNT_ATTR_RDONLY };
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	bool changed = !sys_mount_setattr(fd, "", AT_EMPTY_PATH, &writable) ||
	               !mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL);
	own_fd clone = sys_open_tree(fd, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
	own_fd deep = sys_open_tree(fd, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH | SYS_AT_RECURSIVE);
	own_fd by_path = sys_open_tree(AT_FDCWD, path, SYS_OPEN_TREE_CLONE);
	bool moved = !sys_move_mount(fd, AT_FDCWD, target);
	bool written = is_writable(fd);
	return changed || clone >= 0 || deep >= 0 || by_path >= 0 || moved || written;
}

static bool is_changed(const char *program)
{
	own_fd fd = open(program, O_RDONLY | O_CLOEXEC);
	char magic[4] = "";

	return fd < 0 || pread(fd, magic, sizeof magic, 0) != sizeof magic ||
	       memcmp(magic, "\177ELF", 4) != 0;
}

static void attack(const char *role, bool expect_change)
{
	char dir[] = "/tmp/scow-self-XXXXXX", program[64];
	struct victim v;

	CHECK(mkdtemp(dir));
	snprintf(program, sizeof program, "%s/scow", dir);
	CHECK(!test_copy_program(program));
	start(program, role, &v);
	if (v.a.sign == '-' && v.a.no == ENOEXEC) {
		printf("# skipped: this machine cannot execute the program by itself\n");
	} else {
		bool during = is_escapable(v.exe, program) || is_escapable(v.exe_rd, program);
		finish(&v);
		bool after = is_escapable(v.exe, program) || is_escapable(v.exe_rd, program);
		CHECK(is_changed(program) == expect_change);
		CHECK(expect_change ? after : v.a.sign == '+' && !during && !after);
		CHECK(expect_change || !strcmp(v.a.comm, "scow"));
	}
	close(v.exe);
	close(v.exe_rd);
	unlink(program);
	rmdir(dir);
}

TEST(self_without_protection_is_overwritten)
{
	NEEDS_OPENAT2;
	attack("unprotected", true);
}

TEST(self_protected_is_not)
{
	NEEDS_OPENAT2;
	attack("plain", false);
}

TEST(self_protected_without_rights_over_mounts)
{
	NEEDS_OPENAT2;
	attack("userns", false);
}
