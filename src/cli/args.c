/* args.c - reading options by table. */
#include "cli/args.h"

#include "cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader {
	struct args *args;
	const struct option *table;
	const char *where;
	int argc;
	char **argv;
	int *i;
	struct err *e;
};

static void *member(struct args *a, size_t off)
{
	return (char *)a + off;
}

static int refuse(const struct reader *r, const char *text)
{
	return err_kind(r->e, ERR_USAGE, 0, "%s%s%s", r->where, *r->where ? ": " : "", text);
}

static int unknown(const struct reader *r, const char *word)
{
	return refuse(r,
	              arena_printf(r->args->arena, "unknown option %s (scow %s%s--help lists them)",
	                           word, r->where, *r->where ? " " : ""));
}

static const struct option *by_name(const struct option *table, const char *name, size_t len)
{
	struct option_walk w = { .next = table };
	const struct option *o;

	while ((o = option_next(&w)))
		if (!strncmp(option_name(o), name, len) && !option_name(o)[len])
			return o;
	return NULL;
}

static const struct option *by_letter(const struct option *table, char letter)
{
	struct option_walk w = { .next = table };
	const struct option *o;

	while ((o = option_next(&w)))
		if (o->letter == letter)
			return o;
	return NULL;
}

static void add_to_list(struct reader *r, const struct option *o, char *value)
{
	char ***list = member(r->args, o->off);
	size_t *n = (size_t *)(list + 1);

	if (!*list) /* no command line has more values than words */
		*list = arena_array(r->args->arena, (size_t)r->argc + 1, sizeof **list);
	(*list)[(*n)++] = value;
}

static int set_flag(struct reader *r, const struct option *o, const char *value)
{
	bool on = !value || !strcmp(value, "true") || !strcmp(value, "1");

	if (!on && strcmp(value, "false") && strcmp(value, "0"))
		return refuse(r,
		              arena_printf(r->args->arena, "--%s takes no value", option_name(o)));
	*(bool *)member(r->args, o->off) = on;
	return 0;
}

/* value NULL: it is the next word. */
static int set_value(struct reader *r, const struct option *o, char *value)
{
	if (!value) {
		if (*r->i >= r->argc)
			return refuse(
			    r, arena_printf(r->args->arena, "--%s needs a value", option_name(o)));
		value = r->argv[(*r->i)++];
	}
	if (o->kind == OPTION_LIST)
		add_to_list(r, o, value);
	else
		*(const char **)member(r->args, o->off) = value;
	return 0;
}

static int set(struct reader *r, const struct option *o, char *value)
{
	return o->kind == OPTION_FLAG ? set_flag(r, o, value) : set_value(r, o, value);
}

static int read_long(struct reader *r, const char *word, char *name)
{
	size_t len = strcspn(name, "=");
	const struct option *o = by_name(r->table, name, len);

	if (!o)
		return unknown(r, word);
	return set(r, o, name[len] ? name + len + 1 : NULL);
}

static int read_letters(struct reader *r, char *word)
{
	if (by_name(r->table, word + 1, strcspn(word + 1, "="))) /* -name */
		return read_long(r, word, word + 1);
	for (char *p = word + 1; *p; p++) {
		const struct option *o = by_letter(r->table, *p);

		if (!o)
			return unknown(r, word);
		if (o->kind != OPTION_FLAG)
			return set_value(r, o, p[1] ? p + 1 + (p[1] == '=') : NULL);
		if (set_flag(r, o, NULL))
			return -1;
	}
	return 0;
}

static void add_operand(struct reader *r, char *word)
{
	if (!r->args->rest)
		r->args->rest =
		    arena_array(r->args->arena, (size_t)r->argc + 1, sizeof *r->args->rest);
	r->args->rest[r->args->n_rest++] = word;
}

int args_parse(struct args *a, const struct option *table, const char *where, bool operands,
               int argc, char **argv, int *i, struct err *e)
{
	struct reader r = { a, table, where, argc, argv, i, e };

	while (*i < argc) {
		char *word = argv[*i];

		if (*word == '-' && word[1]) {
			++*i;
			if (!strcmp(word, "--"))
				break;
			if (word[1] == '-' ? read_long(&r, word, word + 2) : read_letters(&r, word))
				return -1;
		} else if (operands) {
			add_operand(&r, word);
			++*i;
		} else {
			return 0;
		}
	}
	while (operands && *i < argc)
		add_operand(&r, argv[(*i)++]);
	return 0;
}

int args_number(const char *option, const char *text, unsigned max, unsigned *ret, struct err *e)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);

	if (!*text || strspn(text, "0123456789") != strlen(text) || errno || v > max)
		return err_kind(e, ERR_USAGE, 0, "%s: \"%s\" is not a number from 0 to %u", option,
		                text, max);
	*ret = (unsigned)v;
	return 0;
}

int args_absolute(struct args *a, const char *option, const char **path, struct err *e)
{
	char here[PATH_MAX];

	if (**path == '/')
		return 0;
	if (!**path)
		return err_kind(e, ERR_USAGE, 0, "%s: empty", option);
	if (!getcwd(here, sizeof here))
		return err_set(e, errno, "%s %s: the current directory", option, *path);
	*path = arena_printf(a->arena, "%s/%s", here, *path);
	return 0;
}

int args_refuse(const struct given *v, size_t n, const char *why, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].given)
			return err_kind(e, ERR_USAGE, 0, "--%s %s", v[i].option, why);
	return 0;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int listen_descriptors(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	struct err ignored;
	unsigned n, who;
	int open = 0;

	if (!fds || args_number("LISTEN_FDS", fds, PRESERVE_FDS_MAX, &n, &ignored))
		return -1;
	if (pid &&
	    (args_number("LISTEN_PID", pid, INT_MAX, &who, &ignored) || who != (unsigned)getpid()))
		return -1;
	while (!pid && open < (int)n && is_open(3 + open))
		open++;
	return pid ? (int)n : open;
}

/* The program would find another descriptor under the number of one that is not there. */
int keep_descriptors(const struct args *a, unsigned *ret, struct err *e)
{
	const unsigned listening = a->listen_fds > 0 ? (unsigned)a->listen_fds : 0;

	*ret = 0;
	if (a->preserve_fds &&
	    args_number("--preserve-fds", a->preserve_fds, PRESERVE_FDS_MAX, ret, e))
		return -1;
	*ret += listening;
	for (int fd = 3; fd < 3 + (int)*ret; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0)
			return err_kind(e, ERR_USAGE, 0, "%s: descriptor %d is not open",
			                fd < 3 + (int)listening ? "LISTEN_FDS" : "--preserve-fds",
			                fd);
		(void)fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC); /* it is open: this cannot fail */
	}
	return 0;
}
