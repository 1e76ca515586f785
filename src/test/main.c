/* main.c - runs every TEST() that was linked in; prints TAP, and exits 1 when one failed. */
#define _GNU_SOURCE
#include "test/test.h"

#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct test *test_list;
int test_failed;
const char *test_skipped;

int test_kernel_lacks_openat2(void)
{
	int fd = sys_openat2(AT_FDCWD, "/", O_PATH, 0, 0);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == ENOSYS;
}

int test_kernel_lacks_clone3(void)
{
	const struct sys_clone plain = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	int pidfd = -1;
	pid_t pid = sys_clone3(&plain, &pidfd);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return 1;
	close(pidfd);
	waitpid(pid, NULL, 0);
	return 0;
}

int test_copy_program(const char *to)
{
	own_fd in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	own_fd out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st))
		return -1;
	for (off_t at = 0; at < st.st_size;)
		if (sendfile(out, in, &at, (size_t)(st.st_size - at)) <= 0)
			return -1;
	return 0;
}

int test_in_child(int (*fn)(void))
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(fn());
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
	                                                                       : -1;
}

void test_str(const char *file, int line, const char *got, const char *want)
{
	if (got && want && !strcmp(got, want))
		return;
	printf("# %s:%d: got  %s\n# %s:%d: want %s\n", file, line, got ? got : "(null)", file, line,
	       want ? want : "(null)");
	test_failed = 1;
}

int main(void)
{
	int n = 0, bad = 0;

	for (struct test *t = test_list; t; t = t->next) {
		test_failed = 0;
		test_skipped = NULL;
		t->fn();
		printf("%sok %d - %s%s%s\n", test_failed ? "not " : "", ++n, t->name,
		       test_skipped ? " # SKIP " : "", test_skipped ? test_skipped : "");
		bad |= test_failed;
	}
	printf("1..%d\n", n);
	return bad;
}
