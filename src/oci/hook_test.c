/* hook_test.c - real shell scripts as hooks: what they get, what is told of their end, and what
 * they cannot hold up. */
#define _GNU_SOURCE
#include "oci/hook.h"

#include "base/fd.h"
#include "base/own.h"
#include "oci/status.h"
#include "sys/sys.h"
#include "test/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BOUND_MS = 5000 }; /* far below what a hook that is waited for would take */

struct bench {
	struct arena arena;
	char dir[32];
	struct record record;
	struct err e;
};

static bool begin(struct bench *b)
{
	*b = (struct bench){ 0 };
	snprintf(b->dir, sizeof b->dir, "/tmp/scow-hook.XXXXXX");
	b->record.id = arena_strdup(&b->arena, "c1");
	if (test_kernel_lacks_clone3()) {
		test_skipped = "no clone3 here: an emulator";
		return false;
	}
	CHECK(mkdtemp(b->dir));
	return true;
}

static void end(struct bench *b, const char *file)
{
	if (file)
		CHECK(unlink(arena_printf(&b->arena, "%s/%s", b->dir, file)) == 0);
	CHECK(rmdir(b->dir) == 0);
	arena_free(&b->arena);
}

/* A shell script as a hook; "%s" in it is the directory. */
static struct spec_hook script(struct bench *b, const char *text)
{
	const char *at = strstr(text, "%s");
	char **args = arena_array(&b->arena, 4, sizeof *args);

	args[0] = arena_strdup(&b->arena, "sh");
	args[1] = arena_strdup(&b->arena, "-c");
	args[2] = at ? arena_printf(&b->arena, "%.*s%s%s", (int)(at - text), text, b->dir, at + 2)
	             : arena_strdup(&b->arena, text);
	return (struct spec_hook){ .path = arena_strdup(&b->arena, "/bin/sh"),
		                   .args = args,
		                   .n_args = 3 };
}

static int run(struct bench *b, const struct spec_hook *v, size_t n)
{
	b->e = (struct err){ 0 };
	return hook_run(&b->arena, "poststart", v, n, &b->record, "running", 42, &b->e);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define FRONT "error running poststart hook #0: /bin/sh: "

TEST(hook_outcomes)
{
	static const struct {
		const char *script, *error;
	} cases[] = {
		{ "exit 0", NULL },
		{ "echo words that nobody needs; exit 0", NULL },
		{ "exit 3", FRONT "exit status 3" },
		{ "echo one; echo two >&2; exit 1", FRONT "exit status 1, output: one two" },
		{ "echo; echo; exit 1", FRONT "exit status 1" },
		{ "kill -9 $$", FRONT "killed by signal 9 (killed)" },
		{ "echo before; kill -TERM $$",
		  FRONT "killed by signal 15 (terminated), output: before" },
		{ "exec /nonexistent/x 2>/dev/null", FRONT "exit status 127" },
		{ "[ $# = 0 ] && [ \"$0\" = sh ] && [ \"$TERM\" = ours ] || exit 9",
		  NULL }, /* without an environment of its own it has the caller's */
	};
	struct bench b;

	if (!begin(&b))
		return;
	CHECK(setenv("TERM", "ours", 1) == 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct spec_hook h = script(&b, cases[i].script);

		CHECK(run(&b, &h, 1) == (cases[i].error ? -1 : 0));
		CHECK_STR(b.e.text, cases[i].error ? cases[i].error : "");
	}
	CHECK(run(&b, NULL, 0) == 0);
	end(&b, NULL);
}

TEST(hook_that_is_not_there)
{
	struct spec_hook h = { 0 };
	struct bench b;

	if (!begin(&b))
		return;
	h.path = arena_printf(&b.arena, "%s/none", b.dir);
	CHECK(run(&b, &h, 1) == -1);
	CHECK_STR(b.e.text,
	          arena_printf(&b.arena,
	                       "error running poststart hook #0: %s: exit status 127, output: %s",
	                       h.path, "No such file or directory"));
	h.path = b.dir; /* a directory is no program */
	CHECK(run(&b, &h, 1) == -1 &&
	      strstr(b.e.text, "exit status 127, output: Permission denied"));
	end(&b, NULL);
}

TEST(hook_gets_state_args_and_env)
{
	struct bench b;
	char text[512], env[] = "WORD=from the spec";
	char *envv[] = { env, NULL };

	if (!begin(&b))
		return;
	struct spec_hook h = script(&b, "{ cat; echo \"$WORD\"; } > %s/got");
	h.env = envv;
	h.n_env = 1;
	CHECK(run(&b, &h, 1) == 0);
	ssize_t n =
	    fd_read_text(AT_FDCWD, arena_printf(&b.arena, "%s/got", b.dir), text, sizeof text);
	CHECK(n > 0);
	CHECK_STR(n > 0 ? text : NULL,
	          arena_printf(&b.arena, "%sfrom the spec\n",
	                       status_text(&b.arena, &b.record, "running", 42, 0)));
	end(&b, "got");
}

TEST(hook_first_failure_ends_the_list)
{
	struct bench b;

	if (!begin(&b))
		return;
	const struct spec_hook v[] = { script(&b, "exit 0"), script(&b, "exit 5"),
		                       script(&b, "echo > %s/ran") };
	CHECK(run(&b, v, 3) == -1);
	CHECK_STR(b.e.text, "error running poststart hook #1: /bin/sh: exit status 5");
	CHECK(access(arena_printf(&b.arena, "%s/ran", b.dir), F_OK) == -1);
	CHECK(run(&b, v + 2, 1) == 0); /* and would have been seen */
	end(&b, "ran");
}

/* More than a pipe holds: one that does not read its stdin neither blocks nor kills us. */
TEST(hook_that_does_not_read_its_stdin)
{
	struct json_pair note;
	struct bench b;

	if (!begin(&b))
		return;
	char *big = arena_alloc(&b.arena, 300001);
	memset(big, 'x', 300000);
	note = (struct json_pair){ big, big };
	b.record.annotations = &note;
	b.record.n_annotations = 1;
	const struct spec_hook v[] = { script(&b, "exit 0"),
		                       script(&b, "test $(wc -c) -gt 600000") };
	CHECK(run(&b, v, 2) == 0);
	CHECK_STR(b.e.text, "");
	end(&b, NULL);
}

TEST(hook_output_is_cut)
{
	struct bench b;

	if (!begin(&b))
		return;
	const struct spec_hook h =
	    script(&b, "i=0; while [ $i -lt 9999 ]; do echo 0123456789; i=$((i+1)); done; exit 1");
	CHECK(run(&b, &h, 1) == -1);
	CHECK(!strncmp(b.e.text, FRONT "exit status 1, output: 0123456789 01234", 75) &&
	      strlen(b.e.text) < 300);
	end(&b, NULL);
}

TEST(hook_timeout)
{
	struct bench b;

	if (!begin(&b))
		return;
	struct spec_hook h = script(&b, "echo started; exec sleep 60");
	h.timeout = (struct json_opt){ true, 1 };
	long before = now_ms();
	CHECK(run(&b, &h, 1) == -1);
	CHECK_STR(b.e.text, FRONT "timeout");
	CHECK(now_ms() - before >= 1000 && now_ms() - before < BOUND_MS);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1); /* it was killed and reaped */
	h = script(&b, "exit 0");
	h.timeout = (struct json_opt){ true, 3600 };
	CHECK(run(&b, &h, 1) == 0);
	end(&b, NULL);
}

/* A daemon that keeps the pipe open does not keep us; the hook has ended. */
TEST(hook_that_leaves_a_daemon)
{
	struct bench b;
	char text[32] = "";

	if (!begin(&b))
		return;
	const struct spec_hook h = script(&b, "sleep 60 & echo $! > %s/pid");
	long before = now_ms();
	CHECK(run(&b, &h, 1) == 0);
	CHECK(now_ms() - before < BOUND_MS);
	CHECK(fd_read_text(AT_FDCWD, arena_printf(&b.arena, "%s/pid", b.dir), text, sizeof text) >
	      0);
	pid_t daemon = (pid_t)strtol(text, NULL, 10);
	CHECK(daemon > 1 && kill(daemon, SIGKILL) == 0);
	end(&b, "pid");
}

/* As milliseconds these are more than 64 bits. */
TEST(hook_with_an_endless_timeout)
{
	static const int64_t seconds[] = { INT64_MAX, INT64_MAX / 1000, (int64_t)1 << 61 };
	struct bench b;

	if (!begin(&b))
		return;
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		struct spec_hook h = script(&b, "sleep 0.05");

		h.timeout = (struct json_opt){ true, seconds[i] };
		CHECK(run(&b, &h, 1) == 0);
		CHECK_STR(b.e.text, "");
	}
	end(&b, NULL);
}

/* Signals that our command blocks for its own use are not blocked in a hook. */
TEST(hook_with_our_signals_blocked)
{
	sigset_t set, old;
	struct bench b;

	if (!begin(&b))
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	const struct spec_hook h = script(&b, "kill -TERM $$; sleep 60");
	CHECK(run(&b, &h, 1) == -1);
	CHECK_STR(b.e.text, FRONT "killed by signal 15 (terminated)");
	CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
	end(&b, NULL);
}

/* The pipe that it inherits closes when it is gone. */
TEST(hook_dies_with_our_command)
{
	struct bench b;
	int fds[2];
	char c;

	if (!begin(&b))
		return;
	CHECK(pipe(fds) == 0);
	CHECK(fcntl(fds[0], F_SETFD, FD_CLOEXEC) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		const struct spec_hook h = script(&b, "exec sleep 60");

		if (write(fds[1], "r", 1) != 1)
			_exit(1);
		_exit(run(&b, &h, 1) ? 1 : 0);
	}
	close(fds[1]);
	CHECK(read(fds[0], &c, 1) == 1);
	usleep(200 * 1000); /* for the hook to be there */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	CHECK(poll(&p, 1, BOUND_MS) == 1 && read(fds[0], &c, 1) == 0);
	close(fds[0]);
	end(&b, NULL);
}
