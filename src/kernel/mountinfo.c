/* mountinfo.c - one line a mount: 36 35 98:0 /root /path options shared:1 - TYPE source options */
#define _GNU_SOURCE
#include "kernel/mountinfo.h"

#include "base/decimal.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

enum { SIZE_FIRST = 16384, SIZE_LIMIT = 16 * 1024 * 1024 };

/* Blanks and backslashes are octal, "\040". */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static int open_file(int proc)
{
	const uint64_t how = SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_MAGICLINKS;

	return proc < 0 ? openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
	                : sys_openat2(proc, "self/mountinfo", O_RDONLY, 0, how);
}

/* fstat calls it empty, so there is no size to go by. NULL and errno */
static char *read_all(struct arena *a, int proc)
{
	own_fd fd = open_file(proc);
	size_t len = 0, size = SIZE_FIRST;
	char *text = arena_alloc(a, size);
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, text + len, size - len - 1)) > 0) {
		len += (size_t)n;
		if (size - len > 1)
			continue;
		if (size >= SIZE_LIMIT) {
			errno = EFBIG;
			return NULL;
		}
		char *more = arena_alloc(a, size *= 2);
		text = memcpy(more, text, len);
	}
	return n < 0 ? NULL : text; /* the arena is zeroed */
}

static bool parse(char *line, struct mountinfo *ret)
{
	uint64_t v[4]; /* id, parent, major:minor; then: root path */
	const char *root = decimal_row(line, 4, v), *path = root ? strchr(root + 1, ' ') : NULL;

	if (!path)
		return false;
	ret->id = (int)v[0];
	ret->parent = (int)v[1];
	ret->path = line + (path + 1 - line);
	char *rest = strchr(ret->path, ' ');
	ret->type = rest ? strstr(rest, " - ") : NULL;
	if (!ret->type)
		return false;
	*rest = '\0';
	ret->type += 3;
	ret->type[strcspn(ret->type, " ")] = '\0';
	unescape(ret->path);
	return true;
}

int mountinfo_read(struct arena *a, int proc, struct mountinfo **ret, size_t *ret_n)
{
	char *save, *text = read_all(a, proc);
	size_t lines = 0, n = 0;

	if (!text)
		return -1;
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	struct mountinfo *v = arena_array(a, lines + 1, sizeof *v);
	for (char *p = strtok_r(text, "\n", &save); p && n < lines; p = strtok_r(NULL, "\n", &save))
		n += parse(p, &v[n]);
	*ret = v;
	*ret_n = n;
	return 0;
}
