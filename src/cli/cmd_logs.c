/* cmd_logs.c - logs: the lines that the monitor has kept. logger.h has their format. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/own.h"
#include "cli/command.h"
#include "engine/definition.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { LOG_SIZE_MAX = 64 * 1024 * 1024 };

struct lines {
	char *text;
	size_t len;
};

/* The older file and the newer one; either may be missing. */
static int read_file(struct args *a, int dir, const char *path, struct lines *ret, struct err *e)
{
	*ret = (struct lines){ .text = arena_strdup(a->arena, "") };
	if (fd_read_file(a->arena, dir, path, LOG_SIZE_MAX, &ret->text, &ret->len, e))
		return e->no == ENOENT ? 0 : -1;
	return 0;
}

static size_t count(const struct lines *l)
{
	size_t n = 0;

	for (const char *p = l->text; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* "TIME STREAM TAG TEXT" */
static void print_line(const struct args *a, const char *line, size_t len)
{
	const char *stream = memchr(line, ' ', len);
	const char *tag =
	    stream ? memchr(stream + 1, ' ', len - (size_t)(stream + 1 - line)) : NULL;

	if (!tag || tag + 3 > line + len)
		return;
	FILE *out = stream[4] == 'e' ? stderr : stdout; /* stderr, stdout */
	if (a->timestamps)
		fprintf(out, "%.*s ", (int)(stream - line), line);
	fwrite(tag + 3, 1, len - (size_t)(tag + 3 - line), out);
	if (tag[1] == 'F')
		putc('\n', out);
}

static void print_lines(const struct args *a, const struct lines *l, size_t *skip)
{
	for (const char *p = l->text, *end; (end = strchr(p, '\n')); p = end + 1) {
		if (*skip)
			--*skip;
		else
			print_line(a, p, (size_t)(end - p));
	}
}

/* The first target that is a file. */
static const char *log_path(struct args *a, const struct definition *d)
{
	const char *p = strstr(d->policy.log, "file:");
	size_t n = p ? strcspn(p + 5, ",:") : 0;

	if (p && !strstr(d->policy.log, "ring"))
		return arena_printf(a->arena, "%.*s", (int)n, p + 5);
	return arena_printf(a->arena, "%s/%s/log", a->root, d->name);
}

int cmd_logs(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct lines old, new;
	unsigned n;

	if (definition_load(&g, a->rest[0], &d, e))
		return -1;
	const char *path = log_path(a, &d);
	if (read_file(a, AT_FDCWD, arena_printf(a->arena, "%s.1", path), &old, e) ||
	    read_file(a, AT_FDCWD, path, &new, e))
		return -1;
	const size_t all = count(&old) + count(&new);
	size_t skip = 0;
	if (a->tail_lines) {
		if (args_number("--tail", a->tail_lines, UINT_MAX, &n, e))
			return -1;
		skip = n < all ? all - n : 0;
	}
	print_lines(a, &old, &skip);
	print_lines(a, &new, &skip);
	return 0;
}
