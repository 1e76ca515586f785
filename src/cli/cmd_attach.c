/* cmd_attach.c - attach, start --attach, and the size of a container's terminal. */
#include "cli/command.h"
#include "engine/attach.h"
#include "engine/session.h"
#include "engine/up.h"

#include <errno.h>
#include <stdint.h>

enum { ROWS_SHIFT = 16 };

/* What can be wrong is found before anything is brought up. */
static int prepare(struct args *a, const struct engine *g, struct definition *d, struct attach *t,
                   struct err *e)
{
	a->failure = ENGINE_FAILURE;
	if (detach_keys_parse(a->detach_keys ? a->detach_keys : DETACH_KEYS, &t->keys, e))
		return -1;
	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	t->g = g;
	t->d = d;
	t->proxy = a->sig_proxy;
	if (definition_load(g, a->rest[0], d, e))
		return -1;
	t->terminal = d->spec.process->terminal;
	t->stdin_open = d->policy.stdin_open;
	return 0;
}

int engine_attach(struct args *a, const struct attach *t, struct err *e)
{
	int code;

	if (!attach_run(t, &code, e))
		return code;
	a->failure = engine_failure(e);
	return -1;
}

int engine_start_attached(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct attach t = { .start = true,
		            .streams = CTL_OUT | CTL_ERR | (a->interactive ? CTL_IN : 0u),
		            .eof = a->interactive };

	if (prepare(a, &g, &d, &t, e))
		return -1;
	if (a->foreground)
		return err_kind(e, ERR_USAGE, 0,
		                "start: --attach and --foreground exclude each other");
	if (a->n_rest > 1)
		return err_kind(e, ERR_USAGE, 0, "start --attach: \"%s\" is one operand too many",
		                a->rest[1]);
	if (a->recursive ? engine_start_after(a, &d, e)
	                 : engine_check_depends(&g, &d, CTL_START, e))
		return -1;
	definition_desire(&g, &d, WISH_UP);
	return engine_attach(a, &t, e);
}

int cmd_attach(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct definition d;
	struct attach t = { .streams = (a->no_stdin ? 0u : CTL_IN) | (a->no_stdout ? 0u : CTL_OUT) |
		                       (a->no_stderr ? 0u : CTL_ERR) };

	if (!t.streams)
		return err_kind(e, ERR_USAGE, 0, "attach: no stream is left");
	if (prepare(a, &g, &d, &t, e))
		return -1;
	t.session = a->session;
	if (a->session && session_is_terminal(&g, a->rest[0], a->session, &t.terminal, e))
		return -1;
	t.stdin_open = t.stdin_open || a->session;
	return engine_attach(a, &t, e);
}

int cmd_resize(struct args *a, struct err *e)
{
	const struct engine g = engine_of(a);
	struct ctl_reply reply;
	unsigned rows, columns;

	if (!is_defined(a, a->rest[0]))
		return engine_not_defined(a, a->rest[0], e);
	if (args_number("resize: ROWS", a->rest[1], UINT16_MAX, &rows, e) ||
	    args_number("resize: COLUMNS", a->rest[2], UINT16_MAX, &columns, e))
		return -1;
	const struct ctl_request r =
	    engine_request(CTL_RESIZE, (int)(rows << ROWS_SHIFT | columns), 0);
	if (up_ask(&g, a->rest[0], NULL, &r, &reply, NULL, e))
		return e->no == ENOENT
		           ? err_kind(e, ERR_STATE, 0,
		                      "container %s is not up: it has no terminal yet", a->rest[0])
		           : -1;
	if (reply.failed)
		*e = reply.err;
	return reply.failed ? -1 : 0;
}
