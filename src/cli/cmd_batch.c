/*
 * cmd_batch.c - several commands on one defined container, and nobody else's in between.
 *
 * Each is a child of ours, which is how the monitor knows it (ctl.h). While there is no monitor
 * there is nobody to keep the others away: that begins with the command that brings it up.
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/list.h"
#include "base/own.h"
#include "cli/command.h"
#include "cli/words.h"
#include "engine/definition.h"
#include "engine/look.h"
#include "engine/up.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_MAX = 64 * 1024, WORDS_MAX = 64 };

struct batch {
	struct args *args;
	struct engine g;
	const char *name;
	int sock; /* on which it is ours; -1: not yet */
	bool paused;
};

/* Not those that would take the container away, or are about another one. */
static const char allowed[] =
    "init\0start\0stop\0restart\0kill\0pause\0unpause\0resume\0exec\0wait\0logs\0inspect\0"
    "artifact\0ps\0top\0state\0update\0cleanup\0sync\0resize\0exec-ls\0";

static int hold(struct batch *b, struct err *e)
{
	const struct ctl_request r = engine_request(CTL_BATCH, 1, 0);
	struct ctl_reply reply;
	struct pollfd p = { .fd = b->sock, .events = POLLIN };

	if (b->sock >= 0 && poll(&p, 1, 0) == 0)
		return 0;
	if (b->sock >= 0 && b->paused)
		return err_set(e, 0,
		               "the monitor of %s has gone while it was paused: the rest is "
		               "not done",
		               b->name);
	own_fd_drop(&b->sock);
	return up_ask(&b->g, b->name, NULL, &r, &reply, &b->sock, e) && e->no != ENOENT ? -1 : 0;
}

/* "stop -t 3" becomes "scow --root DIR --store DIR stop NAME -t 3"; % is the name, too. */
static char **command_line(const struct batch *b, char **words, size_t n)
{
	const struct args *a = b->args;
	char **argv = arena_array(a->arena, n + 8, sizeof *argv);
	const size_t front = !strcmp(words[0], "artifact") && n > 1 ? 2 : 1;
	bool named = false;
	size_t k = 0;

	argv[k++] = arena_strdup(a->arena, "scow");
	if (a->own_store) {
		argv[k++] = arena_printf(a->arena, "--root=%s", a->root);
		argv[k++] = arena_printf(a->arena, "--store=%s", a->store);
	}
	for (size_t i = 0; i < n; i++)
		named = named || !strcmp(words[i], "%");
	for (size_t i = 0; i < n; i++) {
		if (i == front && !named)
			argv[k++] = arena_strdup(a->arena, b->name);
		argv[k++] = strcmp(words[i], "%") ? words[i] : arena_strdup(a->arena, b->name);
	}
	if (n <= front && !named)
		argv[k++] = arena_strdup(a->arena, b->name);
	return argv;
}

static int check(char *const *words, struct err *e)
{
	if (list_has(allowed, words[0]))
		return 0;
	return err_kind(e, ERR_USAGE, 0, "batch: \"%s\" is no command for a batch", words[0]);
}

/* Its exit code. It must not go on when nobody keeps the others away any more. */
static int run(char **argv, struct err *e)
{
	const pid_t parent = getpid(), pid = fork();
	int status;

	if (pid < 0)
		return err_set(e, errno, "fork");
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			(void)execve("/proc/self/exe", argv, environ);
		_exit(ENGINE_FAILURE);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "wait for %s", argv[1]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int check_one(char *line, struct err *e)
{
	char *words[WORDS_MAX + 1];
	size_t n;

	if (words_split(line, words, WORDS_MAX, &n, e))
		return err_ctx(e, "batch");
	return n ? check(words, e) : 0;
}

static int one(struct batch *b, char *line, struct err *e)
{
	char *words[WORDS_MAX + 1];
	size_t n;

	if (words_split(line, words, WORDS_MAX, &n, e))
		return -1;
	if (!n)
		return 0;
	if (hold(b, e))
		return -1;
	const int code = run(command_line(b, words, n), e);
	if (!code && !strcmp(words[0], "pause"))
		b->paused = true;
	else if (!code && (!strcmp(words[0], "unpause") || !strcmp(words[0], "resume")))
		b->paused = false;
	return code;
}

/* All are looked at before the first one is run. */
static int run_all(struct batch *b, char **lines, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (check_one(arena_strdup(b->g.arena, lines[i]), e))
			return -1;
	for (size_t i = 0; i < n; i++) {
		const int code = one(b, lines[i], e);
		if (code)
			return code;
	}
	const struct ctl_request r = engine_request(CTL_BATCH, 0, 0);
	struct ctl_reply reply;
	const bool kept = b->sock >= 0 && !ctl_send(b->sock, &r, sizeof r) &&
	                  up_hear(&b->g, b->name, b->sock, &reply) > 0;
	if (kept || !b->paused) /* else what it held has gone with the monitor */
		return 0;
	return err_set(e, 0,
	               "the monitor of %s has gone while it was paused: it is not paused any more",
	               b->name);
}

static int read_lines(struct args *a, char ***ret, size_t *ret_n, struct err *e)
{
	char *text, *line;
	size_t len, n = 0;

	if (fd_read_all(a->arena, 0, "standard input", TEXT_MAX, &text, &len, e))
		return -1;
	char **lines = arena_array(a->arena, len + 1, sizeof *lines);
	while ((line = strsep(&text, "\n")))
		lines[n++] = line;
	*ret = lines;
	*ret_n = n;
	return 0;
}

int cmd_batch(struct args *a, struct err *e)
{
	struct batch b = { .args = a, .g = engine_of(a), .name = a->rest[0], .sock = -1 };
	char **lines = a->rest + 1;
	size_t n = a->n_rest - 1;
	struct look l;

	if (!is_defined(a, b.name))
		return engine_not_defined(a, b.name, e);
	if ((!n && read_lines(a, &lines, &n, e)) || look_at(&b.g, b.name, &l, e) || hold(&b, e))
		return -1;
	int code = run_all(&b, lines, n, e);
	own_fd_drop(&b.sock);
	return code;
}
