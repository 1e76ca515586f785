/*
 * dir.h - the names in a directory, read into the caller's frame (getdents64(2)).
 *
 * opendir(3) takes memory from malloc(3), which nothing else here does: three pages and four system
 * calls more for a short command, and pages that a process which waits for long keeps.
 */
#pragma once

enum { DIR_BUF = 2048 };

struct dir {
	int fd;             /* the caller's; its offset moves */
	unsigned char type; /* of the last name: DT_* of dirent.h, DT_UNKNOWN where the file system
	                       does not say */
	int at, len;
	char buf[DIR_BUF] __attribute__((aligned(8)));
};

/* fd may be -1, which has no names. */
void dir_begin(struct dir *d, int fd);

/*
 * The next name, but "." and "..", until the one behind it is asked for. NULL: that was all, or the
 * rest cannot be read, with errno. What is removed or added meanwhile may be there or not.
 */
char *dir_next(struct dir *d);
