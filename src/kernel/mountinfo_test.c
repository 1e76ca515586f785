/* mountinfo_test.c - a mount whose name has to be escaped, found both ways. */
#define _GNU_SOURCE
#include "kernel/mountinfo.h"

#include "base/own.h"
#include "sys/sys.h"
#include "test/test.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { NO_RIGHT = 77 };

static bool finds(int proc, const char *path)
{
	struct arena a = { 0 };
	struct mountinfo *v;
	size_t n, found = 0, ours = 0;

	if (mountinfo_read(&a, proc, &v, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		found += *v[i].path == '/' && *v[i].type && v[i].id > 0;
		ours += !strcmp(v[i].path, path) && !strcmp(v[i].type, "tmpfs");
	}
	arena_free(&a);
	return found == n && ours == 1;
}

static int in_child(const char *path)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("scow", path, "tmpfs", 0, NULL))
		return NO_RIGHT;
	own_fd proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return proc >= 0 && finds(-1, path) && finds(proc, path) ? 0 : 1;
}

TEST(mountinfo_of_a_name_with_blanks)
{
	NEEDS_OPENAT2;
	char path[] = "/tmp/scow \\ m\t\303\244.XXXXXX";
	int status;

	CHECK(mkdtemp(path));
	pid_t pid = fork();
	if (pid == 0)
		_exit(in_child(path));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(rmdir(path) == 0);
	SKIP_IF(WEXITSTATUS(status) == NO_RIGHT, "no right to mount");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
