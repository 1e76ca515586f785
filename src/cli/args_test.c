/*
 * args_test.c - command lines as a table, and what becomes of them.
 *
 * A line is split at spaces; "''" is an empty word. What was read is written as text: flags by
 * name, then values, lists and operands, and after "|" what is left for the caller.
 */
#define _GNU_SOURCE
#include "cli/args.h"

#include "base/own.h"
#include "cli/command.h"
#include "test/test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
#define ROWS \
	OPT_FLAG("all", 'a', all, "") \
	OPT_FLAG("detach", 'd', detach, "") \
	OPT_FLAG("quiet", 0, quiet, "") \
	OPT_TEXT("bundle", 'b', bundle, "DIR", "") \
	OPT_TEXT("pid-file", 0, pid_file, "FILE", "") \
	OPT_LIST("env", 'e', env, "V", "") \
	OPT_END

static const struct {
#define OPTION OPTION_MEMBER
	struct option first[0];
	ROWS
#undef OPTION
} table = {
#define OPTION OPTION_VALUE
	{}, ROWS
#undef OPTION
};

#define NO(word) "t: unknown option " word " (scow t --help lists them)"

static const struct { bool operands; const char *line, *want; } cases[] = {
	{ true, "", "" },
	{ true, "--all", "all" },
	{ true, "-a", "all" },
	{ true, "-all", "all" },
	{ true, "--all=true --quiet=1", "all quiet" },
	{ true, "--all --all=false", "" },
	{ true, "--all=0 --detach", "detach" },
	{ true, "-all=true -quiet=false", "all" },
	{ true, "--all=", "t: --all takes no value" },
	{ true, "--all=yes", "t: --all takes no value" },
	{ true, "--all=TRUE", "t: --all takes no value" },
	{ true, "--bundle x", "bundle=x" },
	{ true, "--bundle=x", "bundle=x" },
	{ true, "--bundle=", "bundle=" },
	{ true, "--bundle ''", "bundle=" },
	{ true, "--bundle=a=b", "bundle=a=b" },
	{ true, "-bundle x", "bundle=x" },
	{ true, "-bundle=x", "bundle=x" },
	{ true, "-b x", "bundle=x" },
	{ true, "-bx", "bundle=x" },
	{ true, "-b=x", "bundle=x" },
	{ true, "-b=", "bundle=" },
	{ true, "-b --all", "bundle=--all" }, /* a value is what comes next, as getopt has it */
	{ true, "--bundle -- x", "bundle=-- x" },
	{ true, "-b - x", "bundle=- x" },
	{ true, "-pid-file=x", "pid-file=x" },
	{ true, "-bundlex", "bundle=undlex" },
	{ true, "--bundle x --bundle y", "bundle=y" },
	{ true, "-ad", "all detach" },
	{ true, "-da", "all detach" },
	{ true, "-adbx", "all detach bundle=x" },
	{ true, "-adb x", "all detach bundle=x" },
	{ true, "-bad", "bundle=ad" },
	{ true, "-e A=1 --env B=2 -eC=3 --env=D=4 -e=E=5", "env=A=1,B=2,C=3,D=4,E=5" },
	{ true, "-e", "t: --env needs a value" },
	{ true, "--bundle", "t: --bundle needs a value" },
	{ true, "-adb", "t: --bundle needs a value" },
	{ true, "--nope", NO("--nope") },
	{ true, "--nope=x", NO("--nope=x") },
	{ true, "--al", NO("--al") },
	{ true, "--alll", NO("--alll") },
	{ true, "--ALL", NO("--ALL") },
	{ true, "-x", NO("-x") },
	{ true, "-ax", NO("-ax") },
	{ true, "--=x", NO("--=x") },
	{ true, "---all", NO("---all") },
	/* operands */
	{ true, "c1", "c1" },
	{ true, "c1 --all c2 -b x c3", "all bundle=x c1,c2,c3" },
	{ true, "c1 -- --all -b x", "c1,--all,-b,x" },
	{ true, "-- -- c1", "--,c1" },
	{ true, "- c1", "-,c1" },
	{ true, "'' --all", "all ''" },
	{ true, "c1 --", "c1" },
	/* a command line follows: nothing behind the first operand is ours */
	{ false, "--all c1 --detach -b x", "all |c1 --detach -b x" },
	{ false, "-b x -- --all", "bundle=x |--all" },
	{ false, "--all", "all" },
	{ false, "c1 -- ls -l", "|c1 -- ls -l" },
	{ false, "- x", "|- x" },
	{ false, "''", "|''" },
	{ false, "--nope c1", NO("--nope") },
};
/* clang-format on */

enum { WORDS = 16, LINE = 256 };

static int split(char *text, char **argv)
{
	int n = 0;
	char *word;

	while ((word = strsep(&text, " ")))
		if (*word)
			argv[n++] = strcmp(word, "''") ? word : word + 2;
	argv[n] = NULL;
	return n;
}

static void add(char *out, const char *before, const char *s)
{
	size_t n = strlen(out);

	snprintf(out + n, LINE - n, "%s%s", before, s);
}

static void add_value(char *out, const char *name, const char *value)
{
	if (!value)
		return;
	add(out, name, value);
	add(out, " ", "");
}

static void add_words(char *out, char **v, size_t n, const char *between)
{
	for (size_t i = 0; i < n; i++)
		add(out, i ? between : "", *v[i] ? v[i] : "''");
	add(out, n ? " " : "", "");
}

static void show(const struct args *a, char **left, size_t n_left, char *out)
{
	*out = 0;
	add(out, a->all ? "all " : "", a->detach ? "detach " : "");
	add(out, a->quiet ? "quiet " : "", "");
	add_value(out, "bundle=", a->bundle);
	add_value(out, "pid-file=", a->pid_file);
	add(out, a->n_env ? "env=" : "", "");
	add_words(out, a->env, a->n_env, ",");
	add_words(out, a->rest, a->n_rest, ",");
	add(out, n_left ? "|" : "", "");
	add_words(out, left, n_left, " ");
	if (*out && out[strlen(out) - 1] == ' ')
		out[strlen(out) - 1] = 0;
}

TEST(args_table)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena arena = { 0 };
		struct args a = { .arena = &arena };
		struct err e = { 0 };
		char line[LINE], got[ERR_TEXT_MAX], *argv[WORDS];
		int at = 0;

		snprintf(line, sizeof line, "%s", cases[i].line);
		int argc = split(line, argv);
		int r = args_parse(&a, table.first, "t", cases[i].operands, argc, argv, &at, &e);
		if (r)
			snprintf(got, sizeof got, "%s", e.text);
		else
			show(&a, argv + at, (size_t)(argc - at), got);
		CHECK_STR(got, cases[i].want);
		CHECK(!r || e.kind == ERR_USAGE);
		CHECK(r || !cases[i].operands || at == argc);
		arena_free(&arena);
	}
}

TEST(args_global_unknown)
{
	struct arena arena = { 0 };
	struct args a = { .arena = &arena };
	struct err e = { 0 };
	char scow[] = "scow", word[] = "--bogus", *argv[] = { scow, word, NULL };
	int at = 1;

	CHECK(args_parse(&a, option_tables.global, "", false, 2, argv, &at, &e) == -1);
	CHECK_STR(e.text, "unknown option --bogus (scow --help lists them)");
	arena_free(&arena);
}

TEST(args_number_table)
{
	static const struct {
		const char *text;
		unsigned max;
		int r;
		unsigned v;
	} rows[] = {
		{ "0", 10, 0, 0 },
		{ "10", 10, 0, 10 },
		{ "007", 10, 0, 7 },
		{ "4294967295", UINT_MAX, 0, UINT_MAX },
		{ "11", 10, -1, 0 },
		{ "", 10, -1, 0 },
		{ "-1", 10, -1, 0 },
		{ "+1", 10, -1, 0 },
		{ " 1", 10, -1, 0 },
		{ "1 ", 10, -1, 0 },
		{ "1x", 10, -1, 0 },
		{ "0x1", 10, -1, 0 },
		{ "4294967296", UINT_MAX, -1, 0 },
		{ "18446744073709551616", UINT_MAX, -1, 0 },
		{ "99999999999999999999999", UINT_MAX, -1, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = { 0 };
		unsigned v = 0;

		CHECK(args_number("--n", rows[i].text, rows[i].max, &v, &e) == rows[i].r);
		CHECK(v == rows[i].v && (!rows[i].r || e.kind == ERR_USAGE));
	}
}

TEST(args_keep_descriptors)
{
	struct args a = { 0 };
	struct err e = { 0 };
	unsigned n = 7;

	CHECK(keep_descriptors(&a, &n, &e) == 0 && n == 0);
	a.preserve_fds = "1001";
	CHECK(keep_descriptors(&a, &n, &e) == -1 && e.kind == ERR_USAGE);

	int keep = fcntl(3, F_DUPFD_CLOEXEC, 50); /* what may stand at 3 comes back there */
	CHECK(dup3(0, 3, O_CLOEXEC) == 3);
	a.preserve_fds = "1";
	CHECK(keep_descriptors(&a, &n, &e) == 0 && n == 1 && fcntl(3, F_GETFD) == 0);
	close(3);
	CHECK(keep_descriptors(&a, &n, &e) == -1);
	CHECK_STR(e.text, "--preserve-fds: descriptor 3 is not open");
	if (keep >= 0) {
		CHECK(dup3(keep, 3, O_CLOEXEC) == 3);
		close(keep);
	}
}

/* LISTEN_PID decides whose they are; without it, as crun has it, those that are open count. */
TEST(args_listen_descriptors)
{
	char own[24];

	snprintf(own, sizeof own, "%d", (int)getpid());
	CHECK(!unsetenv("LISTEN_PID") && !unsetenv("LISTEN_FDS") && listen_descriptors() == -1);
	static const struct {
		const char *fds, *pid; /* "": ours; NULL: unset */
		int want;
	} given[] = {
		{ "2", "", 2 },   { "0", "", 0 },     { "2", "1", -1 }, { "x", "", -1 },
		{ "-1", "", -1 }, { "1001", "", -1 }, { "2", "x", -1 }, { "0", NULL, 0 },
	};
	for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
		const char *pid = given[i].pid;

		CHECK(!setenv("LISTEN_FDS", given[i].fds, 1));
		CHECK(!(pid ? setenv("LISTEN_PID", *pid ? pid : own, 1) : unsetenv("LISTEN_PID")));
		CHECK(listen_descriptors() == given[i].want);
	}
	CHECK(!setenv("LISTEN_FDS", "1000", 1));
	int open_now = 0;
	while (fcntl(3 + open_now, F_GETFD) >= 0)
		open_now++;
	CHECK(listen_descriptors() == open_now);
	CHECK(!unsetenv("LISTEN_PID") && !unsetenv("LISTEN_FDS"));
}

/* Two options of one command that share a name or a letter: the second would never be found. */
TEST(command_tables_are_unambiguous)
{
	size_t n = 0, n_options = 0;

	for (const struct command *c = NULL; (c = command_next(c)); n++) {
		struct option_walk all = { .next = options_at(c->options) };
		const struct option *o, *p;

		CHECK(command_find(command_name(c)) == c && c->min <= c->max && *command_help(c));
		CHECK(!command_find_internal(command_name(c)));
		for (; (o = option_next(&all)); n_options++) {
			struct option_walk before = { .next = options_at(c->options) };

			CHECK(*option_name(o) && (o->kind == OPTION_FLAG) == !*option_value(o));
			while ((p = option_next(&before)) != o)
				CHECK(strcmp(option_name(o), option_name(p)) &&
				      (!o->letter || o->letter != p->letter));
		}
	}
	CHECK(n > 40 && n_options > 200);
	CHECK(!command_find("") && !command_find("creat") && !command_find("creates"));
	CHECK(!command_find("keeper") && command_find_internal("keeper"));
}

/* Rows have no ends but those that their sizes say: each is whole, in its order, and used ones too.
 */
TEST(option_walk_goes_through_used_tables)
{
	struct option_walk w = { .next = option_tables.update };
	const struct option *o = option_next(&w);

	CHECK_STR(option_name(o), "resources");
	CHECK_STR(option_value(o), "FILE");
	CHECK_STR(option_help(o), "a linux.resources object; - is standard input");
	CHECK_STR(option_name(option_next(&w)), "memory");
	while (strcmp(option_name(o), "pids-limit"))
		o = option_next(&w);
	CHECK_STR(option_help(o), "limit of processes; -1: none");
	CHECK_STR(option_name(option_next(&w)), "l3-cache-schema");
	while (strcmp(option_name(o), "kernel-memory-tcp"))
		o = option_next(&w);
	CHECK_STR(option_help(o), "");
	CHECK_STR(option_name(option_next(&w)), "help");
	CHECK(!option_next(&w));

	struct option_walk none = { .next = option_tables.none };
	CHECK(!option_next(&none));
}
