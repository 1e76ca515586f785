/*
 * limit: timeout(1) for a thousand short commands in an emulator: one vfork(2), no shared library, and
 * nothing that outlives the command.
 *
 *   limit SECONDS CMD [ARG...]   CMD's exit code, or 128 and its signal; after SECONDS it gets SIGKILL
 *
 * It stays in the caller's process group, and passes on what a process sends; what a terminal sends
 * reaches CMD anyway.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The next signal within so many seconds; 0 when there was none. */
static int next_signal(const sigset_t *set, siginfo_t *info, double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	int signal = sigtimedwait(set, info, &left);
	return signal < 0 ? 0 : signal;
}

static int watch(pid_t pid, const sigset_t *set, double end)
{
	siginfo_t info;
	int status;

	for (double left = end - now(); left > 0; left = end - now()) {
		int signal = next_signal(set, &info, left);

		if (signal == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
			return code(status);
		if (signal && signal != SIGCHLD && info.si_code <= 0) /* by a process */
			(void)kill(pid, signal);
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 125;
	return code(status);
}

int main(int argc, char **argv)
{
	sigset_t set, before;

	if (argc < 3 || atof(argv[1]) <= 0) {
		fputs("usage: limit SECONDS CMD [ARG...]\n", stderr);
		return 125;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	void (*chld)(int) = signal(SIGCHLD, SIG_DFL); /* else none comes */
	const double end = now() + atof(argv[1]);
	const pid_t pid = vfork();
	if (!pid) {
		signal(SIGCHLD, chld);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[2], argv + 2);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0) {
		perror("limit: vfork");
		return 125;
	}
	return watch(pid, &set, end);
}
