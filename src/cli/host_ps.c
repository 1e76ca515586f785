/* host_ps.c - ps(1) in a child, its output by the column PID. */
#define _GNU_SOURCE
#include "cli/host_ps.h"

#include "base/fd.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 4 * 1024 * 1024, NO_PS = 127 };

/* The field of that number, from 0, in a line of words; its length in *ret_len. */
static const char *field(const char *line, int number, size_t *ret_len)
{
	for (;; number--) {
		line += strspn(line, " \t");
		*ret_len = strcspn(line, " \t");
		if (!*ret_len || !number)
			return line;
		line += *ret_len;
	}
}

static int column_of_pid(const char *header)
{
	size_t len = 1;

	for (int i = 0; len; i++) {
		const char *word = field(header, i, &len);
		if (len == 3 && !memcmp(word, "PID", 3))
			return i;
	}
	return -1;
}

static void print_lines(char *text, int column, const pid_t *pids, size_t n)
{
	char *line;
	size_t len;

	while ((line = strsep(&text, "\n"))) {
		long pid = strtol(field(line, column, &len), NULL, 10);
		for (size_t i = 0; i < n; i++)
			if (pid == pids[i])
				puts(line);
	}
}

static _Noreturn void exec_ps(struct arena *a, char *const *options, size_t n, int out)
{
	char **argv = arena_array(a, n + 2, sizeof *argv);

	argv[0] = arena_strdup(a, "ps");
	memcpy(argv + 1, options, n * sizeof *argv);
	if (dup2(out, 1) == 1)
		execvp("ps", argv);
	_exit(NO_PS);
}

static int read_ps(struct arena *a, char *const *options, size_t n, char **ret, struct err *e)
{
	int ends[2], status;
	size_t len;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, errno, "pipe");
	own_fd here = ends[0];
	own_fd there = ends[1];
	pid_t pid = fork();
	if (!pid)
		exec_ps(a, options, n, there);
	if (pid < 0)
		return err_set(e, errno, "fork");
	own_fd_drop(&there);
	int failed = fd_read_all(a, here, "the output of ps", OUTPUT_MAX, ret, &len, e);
	own_fd_drop(&here); /* one that still writes ends now */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (failed || !status)
		return failed;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PS)
		return err_set(e, 0, "ps: there is no program ps on this machine");
	return err_set(e, 0, "ps failed with these options");
}

int host_ps(struct arena *a, char *const *options, size_t n_options, const pid_t *pids, size_t n,
            struct err *e)
{
	char *text;

	if (read_ps(a, options, n_options, &text, e))
		return -1;
	char *header = strsep(&text, "\n");
	int column = column_of_pid(header);
	if (column < 0)
		return err_set(e, 0, "ps: the output of ps has no column PID");
	puts(header);
	print_lines(text, column, pids, n);
	return 0;
}
