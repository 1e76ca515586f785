/* cmd_session.c - exec in a defined container, and the list of its sessions. */
#define _GNU_SOURCE
#include "base/json.h"
#include "cli/command.h"
#include "engine/attach.h"
#include "engine/look.h"
#include "engine/session.h"
#include "engine/user.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 10 };

/* ---- exec ---- */

static int by_name(struct args *a, const struct engine *g, struct exec_request *r, struct err *e)
{
	struct user u;
	struct look l;

	if (!r->user || !r->user[strspn(r->user, "0123456789:")])
		return 0;
	if (look_at(g, r->id, &l, e) || user_in(a->arena, (pid_t)l.life.pid, r->user, &u, e))
		return -1;
	r->user = arena_printf(a->arena, "%u:%u", (unsigned)u.uid, (unsigned)u.gid);
	if (!r->n_gids) {
		r->gids = u.gids;
		r->n_gids = u.n_gids;
	}
	return 0;
}

/* It runs, or why it does not. */
static int leave(struct args *a, int sock, const char *id, struct err *e)
{
	struct ctl_reply reply;

	if (ctl_recv_reply(sock, &reply, -1) <= 0)
		return err_set(e, 0, "the supervisor of session %s was killed", id);
	if (reply.failed) {
		*e = reply.err;
		a->failure = engine_failure(e);
		return -1;
	}
	puts(id);
	return 0;
}

static int begin(struct args *a, const struct session_begin *b, struct attach *t, struct err *e)
{
	char id[SESSION_ID_LEN + 1];

	a->failure = ENGINE_FAILURE;
	if (session_begin(b, id, &t->sock, e))
		return -1;
	t->session = id;
	return a->detach ? leave(a, t->sock, id, e) : engine_attach(a, t, e);
}

int engine_exec(struct args *a, struct exec_request *r, unsigned kept, struct err *e)
{
	const struct engine g = engine_of(a);
	const unsigned in = a->interactive ? CTL_IN : 0u;
	struct definition d = { .name = a->rest[0] };
	struct attach t = { .g = &g,
		            .d = &d,
		            .streams = CTL_OUT | CTL_ERR | in,
		            .eof = true,
		            .proxy = a->sig_proxy,
		            .terminal = r->tty,
		            .stdin_open = true };
	struct session_begin b = {
		.g = &g, .name = a->rest[0], .kept = kept, .streams = a->detach ? 0 : t.streams
	};
	struct err ignored;
	int code, tries = 0;

	a->failure = ENGINE_FAILURE;
	if (detach_keys_parse(a->detach_keys ? a->detach_keys : DETACH_KEYS, &t.keys, e))
		return -1;
	if (by_name(a, &g, r, e)) {
		a->failure = engine_failure(e);
		return -1;
	}
	b.exec = *r;
	b.size = attach_our_size();
	do /* again when a batch has begun, and paused it, just behind our question */
		code = begin(a, &b, &t, e);
	while (code < 0 && e->kind == ERR_STATE && tries++ < TRIES &&
	       !engine_check_exec(a, &ignored));
	return code;
}

/* ---- exec-ls ---- */

struct row {
	char *id, *status, *began, *command;
	int64_t pid;
	struct json_opt code;
	bool terminal;
};

/* clang-format off */
JSON_TYPE(row_type, row,
	JSON_STR(row, "Id", id),
	JSON_STR(row, "Status", status),
	JSON_I64(row, "Pid", pid),
	JSON_OPT(row, "ExitCode", code),
	JSON_BOOL(row, "Tty", terminal),
	JSON_STR(row, "StartedAt", began),
	JSON_STR(row, "Command", command));
/* clang-format on */

static void print_json(const struct args *a, const struct session_look *l, size_t n)
{
	putchar('[');
	for (size_t i = 0; i < n; i++) {
		const struct session_record *s = &l[i].record;
		const struct row r = {
			.id = arena_strdup(a->arena, l[i].id),
			.status = arena_strdup(a->arena, s->ended ? "exited" : "running"),
			.pid = s->ended ? 0 : s->pid,
			.code = { .set = s->ended, .v = s->code },
			.terminal = s->terminal,
			.began = arena_strdup(a->arena, s->began),
			.command = arena_strdup(a->arena, s->command),
		};

		printf("%s%s", i ? "," : "", json_text(a->arena, &row_type, &r, 0));
	}
	puts("]");
}

static void print_table(const struct session_look *l, size_t n)
{
	printf("%-*s  %-8s %-12s COMMAND\n", SESSION_ID_LEN, "ID", "PID", "STATUS");
	for (size_t i = 0; i < n; i++) {
		const struct session_record *s = &l[i].record;
		char status[24];

		snprintf(status, sizeof status, s->ended ? "exited %d" : "running", (int)s->code);
		printf("%s  %-8lld %-12s %s\n", l[i].id, (long long)(s->ended ? 0 : s->pid), status,
		       s->command);
	}
}

int cmd_exec_ls(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct session_look *l;
	size_t n;

	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	if (session_list(&g, a->rest[0], &l, &n, e))
		return -1;
	if (a->json)
		print_json(a, l, n);
	else if (!a->quiet)
		print_table(l, n);
	for (size_t i = 0; a->quiet && !a->json && i < n; i++)
		puts(l[i].id);
	return 0;
}
