/*
 * watch: says what changes in directories, by inotify(7).
 *
 *   watch DIR...   prints "WHAT PATH" for each change of DIR and of its directories, until stdin ends
 *
 * It prints "watching" when it is; WHAT is create, delete, move, write, attributes or lost.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { DIRS = 64 };

static char paths[DIRS][512];

static const struct { unsigned mask; const char *what; } kinds[] = {
	{ IN_CREATE, "create" },
	{ IN_DELETE | IN_DELETE_SELF, "delete" },
	{ IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF, "move" },
	{ IN_MODIFY, "write" },
	{ IN_ATTRIB, "attributes" },
	{ IN_Q_OVERFLOW | IN_UNMOUNT, "lost" },
};

static void add(int fd, const char *path)
{
	struct dirent *it;
	DIR *d;
	int n = inotify_add_watch(fd, path, IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE | IN_MOVE_SELF |
		IN_MODIFY | IN_ATTRIB);

	if (n < 0 || n >= DIRS || !(d = opendir(path))) {
		perror(path);
		exit(1);
	}
	snprintf(paths[n], sizeof paths[n], "%s", path);
	while ((it = readdir(d))) {
		char sub[512];

		if (it->d_type != DT_DIR || *it->d_name == '.' ||
			snprintf(sub, sizeof sub, "%s/%s", path, it->d_name) >= (int)sizeof sub)
			continue;
		add(fd, sub);
	}
	closedir(d);
}

static void tell(int fd)
{
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n = read(fd, buf, sizeof buf);

	for (char *p = buf; p < buf + n;) {
		const struct inotify_event *e = (void *)p;

		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			if (e->mask & kinds[i].mask)
				printf("%s %s/%s\n", kinds[i].what, e->wd >= 0 ? paths[e->wd] : "",
					e->len ? e->name : "");
		p += sizeof *e + e->len;
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char c;

	if (fd < 0)
		return 1;
	for (int i = 1; i < argc; i++)
		add(fd, argv[i]);
	puts("watching");
	fflush(stdout);
	for (;;) {
		struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };

		if (poll(p, 2, -1) < 0)
			return 1;
		if (p[0].revents)
			tell(fd);
		else if (p[1].revents && read(0, &c, 1) <= 0)
			return 0;
	}
}
