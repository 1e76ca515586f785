/* dir.c - getdents64(2), a buffer at a time. */
#define _GNU_SOURCE
#include "base/dir.h"

#include "sys/sys.h"

#include <dirent.h>
#include <string.h>

void dir_begin(struct dir *d, int fd)
{
	d->fd = fd;
	d->type = DT_UNKNOWN;
	d->at = d->len = 0;
}

char *dir_next(struct dir *d)
{
	for (;;) {
		if (d->at >= d->len) {
			d->at = 0;
			d->len = d->fd < 0 ? 0 : sys_getdents64(d->fd, d->buf, sizeof d->buf);
			if (d->len <= 0)
				return NULL;
		}
		struct sys_dirent *it = (void *)(d->buf + d->at);

		d->at += it->len;
		d->type = it->type;
		if (strcmp(it->name, ".") && strcmp(it->name, ".."))
			return it->name;
	}
}
