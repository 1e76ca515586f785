/*
 * probe: looks at its own process from inside a container, where busybox cannot.
 *
 *   probe ids                   "UID EUID"
 *   probe fds                   one "NUMBER TARGET" line for every open descriptor
 *   probe tty                   "ROWS COLS NAME", or "none" when stdin is no terminal
 *   probe clocks                "MONOTONIC BOOTTIME", in seconds
 *   probe leaderless SECONDS    lives on in a second thread: its first one ends
 *   probe deaf CMD [ARG...]     runs CMD with SIGCHLD ignored, which no shell can
 *   probe sched                 "POLICY FLAGS NICE PRIORITY RUNTIME DEADLINE PERIOD", then
 *                               "CLASS PRIORITY" of I/O, in the kernel's numbers
 *   probe keyring               "NUMBER TYPE;UID;GID;PERMISSIONS;NAME" of the session keyring
 *   probe call NAME [ARG...]    makes one system call; "ok VALUE" or "errno NUMBER"
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int ids(void)
{
	printf("%u %u\n", (unsigned)getuid(), (unsigned)geteuid());
	return 0;
}

static int fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	if (!dir) {
		perror("/proc/self/fd");
		return 1;
	}
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		char target[4096];
		if (entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) == dirfd(dir))
			continue;
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = 0;
		printf("%s %s\n", entry->d_name, target);
	}
	closedir(dir);
	return 0;
}

static int tty(void)
{
	struct winsize size;
	const char *name = ttyname(0);
	if (ioctl(0, TIOCGWINSZ, &size) < 0)
		puts("none");
	else
		printf("%u %u %s\n", size.ws_row, size.ws_col, name ? name : "?");
	return 0;
}

static int clocks(void)
{
	struct timespec monotonic, boottime;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_BOOTTIME, &boottime);
	printf("%lld %lld\n", (long long)monotonic.tv_sec, (long long)boottime.tv_sec);
	return 0;
}

static int sched(void)
{
	struct {
		unsigned size, policy;
		unsigned long long flags;
		int nice;
		unsigned priority;
		unsigned long long runtime, deadline, period;
	} a = { 0 };

	if (syscall(SYS_sched_getattr, 0, &a, (unsigned)sizeof(a), 0)) {
		perror("sched_getattr");
		return 1;
	}
	if (a.policy != 6) /* the slice of other policies is the kernel's choice */
		a.runtime = 0;
	long io = syscall(SYS_ioprio_get, 1, 0);
	printf("%u %llu %d %u %llu %llu %llu\n%ld %ld\n", a.policy, a.flags, a.nice, a.priority,
	       a.runtime, a.deadline, a.period, io >> 13, io & 0x1fff);
	return 0;
}

static int keyring(void)
{
	enum { GET_KEYRING_ID = 0, DESCRIBE = 6, SESSION = -3 };
	char text[512] = "";
	long number = syscall(SYS_keyctl, GET_KEYRING_ID, SESSION, 0);

	if (number < 0 || syscall(SYS_keyctl, DESCRIBE, SESSION, text, sizeof(text) - 1) < 0) {
		perror("keyctl");
		return 1;
	}
	printf("%ld %s\n", number, text);
	return 0;
}

static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "getppid", SYS_getppid },
	{ "sched_yield", SYS_sched_yield },
	{ "personality", SYS_personality },
	{ "getpriority", SYS_getpriority },
	{ "setpriority", SYS_setpriority },
	{ "lseek", SYS_lseek },
	{ "keyctl", SYS_keyctl },
	{ "unshare", SYS_unshare },
	{ "bpf", SYS_bpf },
};

static int call(char **words)
{
	long arg[6] = { 0 };
	for (int i = 0; i < 6 && words[0] && words[i + 1]; i++)
		arg[i] = (long)strtoull(words[i + 1], NULL, 0);
	for (size_t i = 0; words[0] && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(words[0], calls[i].name))
			continue;
		long value = syscall(calls[i].number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
		if (value == -1)
			printf("errno %d\n", errno);
		else
			printf("ok %ld\n", value);
		return 0;
	}
	fprintf(stderr, "probe: unknown call\n");
	return 2;
}

static void *live(void *seconds)
{
	sleep((unsigned)strtoul(seconds, NULL, 10));
	_exit(0);
}

static int leaderless(char *seconds)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, live, seconds))
		return 1;
	puts("started");
	fflush(stdout);
	return (int)syscall(SYS_exit, 0);
}

static int deaf(char **command)
{
	signal(SIGCHLD, SIG_IGN);
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "ids"))
		return ids();
	if (argc == 2 && !strcmp(argv[1], "fds"))
		return fds();
	if (argc == 2 && !strcmp(argv[1], "tty"))
		return tty();
	if (argc == 2 && !strcmp(argv[1], "clocks"))
		return clocks();
	if (argc == 2 && !strcmp(argv[1], "sched"))
		return sched();
	if (argc == 2 && !strcmp(argv[1], "keyring"))
		return keyring();
	if (argc == 3 && !strcmp(argv[1], "leaderless"))
		return leaderless(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "deaf"))
		return deaf(argv + 2);
	if (argc > 2 && !strcmp(argv[1], "call"))
		return call(argv + 2);
	fprintf(stderr, "usage: probe ids | fds | tty | clocks | sched | keyring | leaderless SECONDS |"
			" deaf CMD [ARG...] | call NAME [ARG...]\n");
	return 2;
}
