#define _GNU_SOURCE
#include "base/dir.h"

#include "base/own.h"
#include "test/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 300 }; /* more than one buffer */

static int make(char path[static 32])
{
	char name[NAME_MAX + 1];

	strcpy(path, "/tmp/scow-dir.XXXXXX");
	if (!mkdtemp(path))
		return -1;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "%d", i);
		close(openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	mkdirat(fd, "300", 0700);
	memset(name, 'x', NAME_MAX);
	name[NAME_MAX] = '\0';
	close(openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	return fd;
}

TEST(dir_has_each_name_once)
{
	int seen[FILES + 1] = { 0 };
	char path[32];
	size_t longest = 0;
	const char *name;
	struct dir d;
	own_fd fd = make(path);

	SKIP_IF(fd < 0, "no temporary directory");
	dir_begin(&d, fd);
	while ((name = dir_next(&d))) {
		const int i = atoi(name);

		CHECK(strcmp(name, ".") && strcmp(name, ".."));
		if (strlen(name) > longest)
			longest = strlen(name);
		if (*name == 'x')
			continue;
		CHECK(i >= 0 && i <= FILES && !seen[i]++);
		CHECK(d.type == (i == FILES ? DT_DIR : DT_REG) || d.type == DT_UNKNOWN);
	}
	CHECK(longest == NAME_MAX);
	for (int i = 0; i <= FILES; i++)
		CHECK(seen[i] == 1);
	CHECK(!dir_next(&d));

	/* once more, and taken away meanwhile */
	int n = 0;
	lseek(fd, 0, SEEK_SET);
	dir_begin(&d, fd);
	for (; (name = dir_next(&d)); n++)
		CHECK(!unlinkat(fd, name, d.type == DT_DIR ? AT_REMOVEDIR : 0));
	CHECK(n == FILES + 2);
	CHECK(!rmdir(path));
}

TEST(dir_of_nothing_has_no_names)
{
	own_fd file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	struct dir d;

	dir_begin(&d, -1);
	CHECK(!dir_next(&d));
	dir_begin(&d, file);
	CHECK(!dir_next(&d));
}
