/* proc_test.c - a process that is there, one with a hostile name, one that is dead and one that
 * never was. */
#define _GNU_SOURCE
#include "base/proc.h"

#include "test/test.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The name is in parentheses in /proc/PID/stat, and here it looks like the end of that field. */
TEST(proc_stat_of_a_hostile_name)
{
	struct proc_stat mine, s;
	char c;
	int ready[2];

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, ") Z 1 (x) R");
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	CHECK(read(ready[0], &c, 1) == 1);
	CHECK(proc_stat(getpid(), &mine) == 0);
	CHECK(proc_stat(pid, &s) == 0);
	CHECK(s.ppid == getpid() && strchr("RSD", s.state));
	CHECK(mine.ppid == getppid());
	CHECK(s.start_time >= mine.start_time && mine.start_time > 0);

	kill(pid, SIGKILL);
	siginfo_t si;
	CHECK(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) == 0);
	CHECK(proc_stat(pid, &s) == 0 && s.state == 'Z');
	waitpid(pid, NULL, 0);
	CHECK(proc_stat(pid, &s) == -1 && (errno == ENOENT || errno == ESRCH));
	CHECK(proc_stat(-1, &s) == -1);
	close(ready[0]);
	close(ready[1]);
}

TEST(proc_boot_id_is_a_uuid)
{
	char id[PROC_BOOT_ID_LEN + 1], again[PROC_BOOT_ID_LEN + 1];

	CHECK(proc_boot_id(id) == 0 && proc_boot_id(again) == 0);
	CHECK(strlen(id) == PROC_BOOT_ID_LEN);
	CHECK_STR(again, id);
	for (int i = 0; i < PROC_BOOT_ID_LEN; i++)
		CHECK(i == 8 || i == 13 || i == 18 || i == 23 ? id[i] == '-' : isxdigit(id[i]));
}

TEST(proc_self_tells_signals_and_sets)
{
	struct proc_self was, is;
	sigset_t usr2, old;

	proc_self(&was);
	CHECK(was.cap_permitted != UINT64_MAX && !(was.cap_permitted & ~was.cap_bounding));
	CHECK(was.root_ids == (getuid() == 0 && getgid() == 0));
	CHECK(was.no_groups == (getgroups(0, NULL) == 0));
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, &old);
	void (*before)(int) = signal(SIGUSR1, SIG_IGN);
	proc_self(&is);
	CHECK(is.sig_blocked == (was.sig_blocked | UINT64_C(1) << (SIGUSR2 - 1)));
	CHECK(is.sig_ignored == (was.sig_ignored | UINT64_C(1) << (SIGUSR1 - 1)));
	signal(SIGUSR1, before);
	sigprocmask(SIG_SETMASK, &old, NULL);
}
