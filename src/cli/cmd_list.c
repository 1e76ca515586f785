/* cmd_list.c - list and ps. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/json_edit.h"
#include "base/passwd.h"
#include "base/proc.h"
#include "cli/command.h"
#include "cli/host_ps.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "oci/verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int format_json(const struct args *a, bool *ret, struct err *e)
{
	*ret = a->json || (a->format && !strcmp(a->format, "json"));
	if (a->format && !*ret && strcmp(a->format, "table"))
		return err_kind(e, ERR_USAGE, 0, "--format: \"%s\" is not table or json",
		                a->format);
	return 0;
}

/* ---- list ---- */

struct row {
	struct record record;
	const char *status;
	const char *engine_state; /* of a defined one */
	int64_t pid;
};

/* One that vanishes meanwhile is not listed; one whose record cannot be read is, as "unknown", with
 * the reason. */
static bool look_transient(const struct args *a, const char *id, struct row *ret)
{
	const struct verb v = { a->arena, a->root, id };
	struct err e = { 0 };
	char line[ERR_LINE_MAX];
	enum status s;

	*ret = (struct row){ .status = "unknown" };
	if (!verb_look(&v, &ret->record, &s, &e)) {
		ret->status = status_name(s);
		ret->pid = s == STATUS_STOPPED ? 0 : ret->record.pid;
		return true;
	}
	ret->record = (struct record){ .id = arena_strdup(a->arena, id) };
	if (e.kind == ERR_NO_CONTAINER)
		return false;
	fprintf(stderr, "scow: %s\n", err_text(&e, line, sizeof line));
	return true;
}

static bool look(struct args *a, const char *id, struct row *ret)
{
	const struct engine g = engine_of(a);
	char line[ERR_LINE_MAX];
	struct err e = { 0 };
	struct look l;

	if (!is_planned(a, id)) { /* most likely, its record is there: one question less */
		if (look_transient(a, id, ret))
			return true;
		if (!is_defined(a, id))
			return false;
	}
	*ret = (struct row){ .status = "unknown", .engine_state = "unknown" };
	if (look_quickly(&g, id, &l, &e) || engine_record(a, id, &ret->record, &ret->status, &e)) {
		fprintf(stderr, "scow: %s\n", err_text(&e, line, sizeof line));
		ret->record = (struct record){ .id = arena_strdup(a->arena, id) };
		return true;
	}
	ret->pid = ret->record.pid;
	ret->engine_state = life_state_name(l.state);
	return true;
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static int wider(int width, const char *s)
{
	int n = (int)strlen(or_empty(s));

	return n > width ? n : width;
}

static void print_table(const struct row *rows, size_t n)
{
	int id = 2, bundle = 6, created = 7;

	for (size_t i = 0; i < n; i++) {
		id = wider(id, rows[i].record.id);
		bundle = wider(bundle, rows[i].record.bundle);
		created = wider(created, rows[i].record.created);
	}
	printf("%-*s  %-8s  %-8s  %-*s  %-*s  OWNER\n", id, "ID", "PID", "STATUS", bundle, "BUNDLE",
	       created, "CREATED");
	for (size_t i = 0; i < n; i++) {
		const struct record *r = &rows[i].record;

		printf("%-*s  %-8lld  %-8s  %-*s  %-*s  %s\n", id, r->id, (long long)rows[i].pid,
		       rows[i].status, bundle, or_empty(r->bundle), created, or_empty(r->created),
		       or_empty(r->owner));
	}
}

static const char *json_of(const struct args *a, const struct row *r)
{
	static const char *const key[] = { "engineState" };
	const char *text = status_text(a->arena, &r->record, r->status, r->pid, 0);

	return r->engine_state
	           ? json_edit(a->arena, text, key, 1, json_quote(a->arena, r->engine_state))
	           : text;
}

static void print_json(const struct args *a, const struct row *rows, size_t n)
{
	putchar('[');
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? "," : "", json_of(a, &rows[i]));
	puts("]");
}

enum { OUT_SIZE = 16384 };

int cmd_list(struct args *a, struct err *e)
{
	size_t n_ids, n = 0;
	char **ids;
	bool json;

	if (format_json(a, &json, e) || all_names(a, &ids, &n_ids, e))
		return -1;
	/* Written at once, whoever reads; and stdio need not ask who that is. */
	(void)setvbuf(stdout, arena_alloc(a->arena, OUT_SIZE), _IOFBF, OUT_SIZE);
	struct row *rows = arena_array(a->arena, n_ids + 1, sizeof *rows);
	for (size_t i = 0; i < n_ids; i++)
		n += look(a, ids[i], &rows[n]);
	if (a->quiet)
		for (size_t i = 0; i < n; i++)
			puts(rows[i].record.id);
	else if (json)
		print_json(a, rows, n);
	else
		print_table(rows, n);
	return 0;
}

/* ---- ps ---- */

struct ps_row {
	uid_t uid;
	struct proc_stat stat;
	char command[256];
};

/* The program's own words, on somebody's terminal. */
static void blank_controls(char *s, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			s[i] = ' ';
}

/* The command line with its NULs as spaces; kernel-like processes without one show their name in
 * brackets. */
static void read_command(pid_t pid, struct ps_row *r)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	ssize_t n = fd_read_start(AT_FDCWD, path, r->command, sizeof r->command);
	while (n > 0 && !r->command[n - 1])
		n--;
	blank_controls(r->command, n);
	if (n > 0)
		return;
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	n = fd_read_start(AT_FDCWD, path, r->command + 1, sizeof r->command - 2);
	n = n > 0 ? (ssize_t)strcspn(r->command + 1, "\n") : 0;
	blank_controls(r->command + 1, n);
	r->command[0] = '[';
	r->command[n + 1] = ']';
	r->command[n + 2] = 0;
}

static bool read_process(pid_t pid, struct ps_row *r)
{
	char path[32];
	struct stat st;

	*r = (struct ps_row){ 0 };
	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	if (stat(path, &st) || proc_stat(pid, &r->stat))
		return false;
	r->uid = st.st_uid;
	read_command(pid, r);
	return true;
}

static void start_text(uint64_t start_ticks, char *buf, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct timespec now, boot;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	time_t start =
	    now.tv_sec - boot.tv_sec + (time_t)(start_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	localtime_r(&start, &tm);
	if (now.tv_sec - start < 86400)
		snprintf(buf, size, "%02d:%02d", tm.tm_hour, tm.tm_min);
	else
		snprintf(buf, size, "%.3s%02d", months + 3l * tm.tm_mon, tm.tm_mday);
}

/* As ps(1) has it: the name of this machine's user, or the number where a name is missing or too
 * long. Of a row that is like the one before, the name is known. */
static const char *user_name(struct arena *a, uid_t uid)
{
	static const char *name;
	static uid_t of = (uid_t)-1;

	if (uid == of)
		return name;
	of = uid;
	name = passwd_find(a, uid, PASSWD_NAME);
	if (!name || strlen(name) > 8)
		name = arena_printf(a, "%u", (unsigned)uid);
	return name;
}

static void print_process(struct arena *a, pid_t pid, const struct ps_row *r)
{
	unsigned long long seconds = r->stat.cpu_ticks / (unsigned long long)sysconf(_SC_CLK_TCK);
	char start[16], tty[32] = "?";

	start_text(r->stat.start_time, start, sizeof start);
	if (r->stat.tty >> 8 >= 136 &&
	    r->stat.tty >> 8 <= 143) /* Unix98 terminals: devices.txt of the kernel */
		snprintf(tty, sizeof tty, "pts/%d",
		         (r->stat.tty & 0xff) | (r->stat.tty >> 12 & 0xfff00));
	printf("%-8s %7d %7d  0 %5s %-8s %02llu:%02llu:%02llu %s\n", user_name(a, r->uid), (int)pid,
	       (int)r->stat.ppid, start, tty, seconds / 3600, seconds / 60 % 60, seconds % 60,
	       r->command);
}

static int by_pid(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* A defined container that has none is no error. */
static int find_processes(const struct args *a, pid_t **ret, size_t *ret_n, struct err *e)
{
	const struct verb v = { a->arena, a->root, a->rest[0] };

	*ret = NULL;
	*ret_n = 0;
	if (!verb_pids(&v, ret, ret_n, e))
		return 0;
	return e->kind == ERR_NO_CONTAINER && is_defined(a, a->rest[0]) ? 0 : -1;
}

int cmd_ps(struct args *a, struct err *e)
{
	struct ps_row row;
	pid_t *pids;
	size_t n;
	bool json;

	if (format_json(a, &json, e))
		return -1;
	if (!a->n_rest)
		return print_overview(a, json, e);
	if (find_processes(a, &pids, &n, e))
		return -1;
	if (n)
		qsort(pids, n, sizeof *pids, by_pid);
	if (a->n_rest > 1 && !json)
		return host_ps(a->arena, a->rest + 1, a->n_rest - 1, pids, n, e);
	if (json)
		putchar('[');
	else
		puts("UID          PID    PPID  C STIME TTY          TIME CMD");
	for (size_t i = 0; i < n; i++)
		if (json)
			printf("%s%d", i ? "," : "", (int)pids[i]);
		else if (read_process(pids[i], &row))
			print_process(a->arena, pids[i], &row);
	if (json)
		puts("]");
	return 0;
}
