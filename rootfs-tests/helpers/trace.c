/*
 * trace: runs a command and follows it and all that come from it by ptrace(2).
 *
 *   trace strike RESULT ROLE N WHOM CMD...   SIGKILL at the Nth call that changes something
 *   trace clock FILE CMD...                  CLOCK_REALTIME is FILE's seconds away
 *
 * ROLE is command, keeper, monitor, worker or recover, a process of that role before its exec with
 * "-child" behind it, or "any" of them; WHOM is "one", who is about to make the call, or "all", each
 * process of ours. Then, or when CMD has ended, the others are let go. RESULT gets "struck ROLE CALL"
 * (its number, or "writev"), or "calls COUNT" when there were less; N 0 strikes nobody. The exit code
 * is CMD's, 128+n for a signal.
 *
 * clock goes on until the last of them has ended: keepers and monitors, too. They have no vdso then,
 * and every new program begins with the time of FILE as it is.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS = 256, CLOCK_GETTIME64 = 403, EVENT_STOP = 128, SYSCALL_STOP = SIGTRAP | 0x80 };
enum { GET_SYSCALL_INFO = 0x420e, INFO_ENTRY = 1, INFO_EXIT = 2 };

/* What linux/ptrace.h calls ptrace_syscall_info; both headers at once do not compile. */
struct call {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t at, stack;
	uint64_t nr, args[6];
	uint64_t more[2];
};

struct task {
	pid_t pid;
	bool pending; /* it has stopped, and its parent's event is still to come */
	char role[24];
	uint64_t nr, args[2];
};

static struct task tasks[TASKS];
static int n_tasks, n_calls, strike_at;
static bool let_go;
static const char *result, *role, *whom, *offset_file;

/* Numbers from 424 on are the same on every CPU. */
static const int changing[] = {
	428, 429, 432, 434, 435, 437, 442,	/* open_tree move_mount fsmount pidfd_open clone3 openat2 */
	424,					/* pidfd_send_signal */
#ifdef SYS_open
	SYS_open, SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename,
#endif
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
#ifdef SYS_pipe
	SYS_pipe,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_accept
	SYS_accept,
#endif
	SYS_accept4, SYS_bind, SYS_clone, SYS_connect, SYS_execve, SYS_exit_group, SYS_flock,
	SYS_fsync, SYS_kill, SYS_listen, SYS_mkdirat, SYS_mount, SYS_openat, SYS_pipe2, SYS_renameat2,
	SYS_sendmsg, SYS_sendto, SYS_setsid, SYS_socketpair, SYS_umount2, SYS_unlinkat, SYS_write,
	SYS_writev,
};

static int fail(const char *what)
{
	fprintf(stderr, "trace: %s: %s\n", what, strerror(errno));
	return 126;
}

static struct task *find(pid_t pid)
{
	for (int i = 0; i < n_tasks; i++)
		if (tasks[i].pid == pid)
			return &tasks[i];
	return NULL;
}

static struct task *add(pid_t pid)
{
	if (n_tasks == TASKS) {
		fprintf(stderr, "trace: too many processes\n");
		exit(126);
	}
	tasks[n_tasks] = (struct task){ .pid = pid };
	return &tasks[n_tasks++];
}

static void forget(struct task *t)
{
	*t = tasks[--n_tasks];
}

static bool is_ours(const struct task *t)
{
	return *t->role && strcmp(t->role, "other") && strcmp(t->role, "worker-child");
}

static ssize_t read_file(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = 0;
	return n;
}

/* scow ROLE NAME ..., or scow --root DIR recover ... */
static void set_role(struct task *t)
{
	static const char roles[][8] = { "keeper", "monitor", "worker", "recover" };
	char words[4096];
	ssize_t n = read_file(t->pid, "cmdline", words, sizeof words);
	const char *slash = n > 0 ? strrchr(words, '/') : NULL;
	char *w = words;

	strcpy(t->role, "other");
	if (n <= 0 || strncmp(slash ? slash + 1 : words, "scow", 4))
		return;
	strcpy(t->role, "command");
	for (int i = 0; i < 4 && w < words + n; i++, w += strlen(w) + 1)
		for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
			if (!strcmp(w, roles[k]) && (i == 1 || (i == 3 && k == 3))) {
				strcpy(t->role, roles[k]);
				return;
			}
}

/* ---- strike ---- */

static void report(const char *text, const char *word, long n)
{
	FILE *f = fopen(result, "w");

	if (!f)
		exit(fail(result));
	fprintf(f, n == SYS_writev && *word ? "%s%s%s writev\n" : "%s%s%s %ld\n", text, *word ? " " : "", word, n);
	fclose(f);
}

static void release(struct task *t, int sig)
{
	(void)ptrace(PTRACE_DETACH, t->pid, 0, (void *)(intptr_t)sig); /* it may have been killed */
	forget(t);
}

static void release_all(void)
{
	let_go = true;
	for (int i = n_tasks; i-- > 0;)
		if (tasks[i].pending)
			release(&tasks[i], 0);
		else
			(void)ptrace(PTRACE_INTERRUPT, tasks[i].pid, 0, 0);
}

static void count(const struct task *t)
{
	bool is_changing = false;

	for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
		is_changing = is_changing || (uint64_t)changing[i] == t->nr;
	if (!is_changing || !is_ours(t) || (strcmp(role, "any") && strcmp(role, t->role)))
		return;
	if (++n_calls != strike_at)
		return;
	report("struck", t->role, (long)t->nr);
	for (int i = 0; i < n_tasks; i++)
		if (tasks[i].pid == t->pid || (!strcmp(whom, "all") && is_ours(&tasks[i])))
			kill(tasks[i].pid, SIGKILL);
	release_all();
}

/* ---- clock ---- */

static void at_memory(pid_t pid, uint64_t addr, void *data, size_t len, bool put)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	int fd = open(path, (put ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0 || (put ? pwrite64(fd, data, len, (off64_t)addr) : pread64(fd, data, len, (off64_t)addr)) !=
		(ssize_t)len)
		exit(fail("memory of a process"));
	close(fd);
}

/* argc, argv, 0, environment, 0, then the pairs: without the vdso's, time is asked of the kernel. */
static void hide_vdso(pid_t pid)
{
	char stat[1024], *p;
	unsigned long word, at = 0;

	if (read_file(pid, "stat", stat, sizeof stat) <= 0 || !(p = strrchr(stat, ')')))
		exit(fail("stat of a process"));
	for (int field = 2; field < 28 && (p = strchr(p + 1, ' ')); field++)
		at = strtoul(p, NULL, 10);
	at_memory(pid, at, &word, sizeof word, false);
	at += (word + 2) * sizeof word;
	do {
		at_memory(pid, at, &word, sizeof word, false);
		at += sizeof word;
	} while (word);
	for (;; at += 2 * sizeof word) {
		at_memory(pid, at, &word, sizeof word, false);
		if (word == AT_NULL)
			return;
		if (word != AT_SYSINFO_EHDR)
			continue;
		word = AT_IGNORE;
		at_memory(pid, at, &word, sizeof word, true);
	}
}

static void shift_time(const struct task *t)
{
	char text[32] = "";
	int64_t seconds;
	int fd;

#ifdef SYS_clock_gettime /* where it is missing, CLOCK_GETTIME64 is the only one */
	if (!(t->nr == SYS_clock_gettime && sizeof(long) == 8) && t->nr != CLOCK_GETTIME64)
		return;
#else
	if (t->nr != CLOCK_GETTIME64)
		return;
#endif
	if (t->args[0] || (fd = open(offset_file, O_RDONLY | O_CLOEXEC)) < 0) /* CLOCK_REALTIME is 0 */
		return;
	(void)!read(fd, text, sizeof text - 1);
	close(fd);
	at_memory(t->pid, t->args[1], &seconds, sizeof seconds, false);
	seconds += strtoll(text, NULL, 10);
	at_memory(t->pid, t->args[1], &seconds, sizeof seconds, true);
}

/* ---- both ---- */

static void see_call(struct task *t)
{
	struct call c;

	memset(&c, 0, sizeof c);
	if (ptrace((int)GET_SYSCALL_INFO, t->pid, (void *)sizeof c, &c) <= 0)
		return;
	if (c.op == INFO_ENTRY) {
		t->nr = c.nr;
		t->args[0] = c.args[0];
		t->args[1] = c.args[1];
		if (!offset_file)
			count(t);
	} else if (c.op == INFO_EXIT && offset_file)
		shift_time(t);
}

static void see_child(const struct task *parent)
{
	unsigned long pid = 0;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid))
		return;
	char child_role[sizeof parent->role + 8];
	snprintf(child_role, sizeof child_role, "%s%s", parent->role,
		!strcmp(parent->role, "other") || strstr(parent->role, "-child") ? "" : "-child");
	struct task *t = find((pid_t)pid);
	if (!t)
		t = add((pid_t)pid);
	snprintf(t->role, sizeof t->role, "%.23s", child_role);
	if (t->pending)
		(void)ptrace(PTRACE_SYSCALL, t->pid, 0, 0);
	t->pending = false;
}

static void stopped(pid_t pid, int status)
{
	const int event = status >> 16, sig = WSTOPSIG(status);
	const bool is_signal = !event && sig != SYSCALL_STOP;
	struct task *t = find(pid);

	if (!t) {
		t = add(pid);
		t->pending = true;
	}
	if (let_go) {
		release(t, is_signal ? sig : 0);
		return;
	}
	if (t->pending)
		return;
	if (!event && sig == SYSCALL_STOP)
		see_call(t);
	else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
		see_child(t);
	else if (event == PTRACE_EVENT_EXEC) {
		set_role(t);
		if (offset_file)
			hide_vdso(pid);
	}
	if (let_go && (t = find(pid)))
		release(t, 0);
	else if (event == EVENT_STOP && sig != SIGTRAP)
		(void)ptrace(PTRACE_LISTEN, pid, 0, 0);
	else
		(void)ptrace(PTRACE_SYSCALL, pid, 0, (void *)(intptr_t)(is_signal ? sig : 0));
}

static int follow(pid_t first)
{
	int status, code = -1;
	struct task *t;

	while (code < 0 || n_tasks) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		if (WIFSTOPPED(status)) {
			stopped(pid, status);
			continue;
		}
		if ((t = find(pid)))
			forget(t);
		if (pid != first)
			continue;
		code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (!offset_file && !let_go) {
			report("calls", "", n_calls);
			release_all();
		}
	}
	return code;
}

static int run(char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int gate[2];
	char c;

	if (pipe2(gate, O_CLOEXEC))
		return fail("pipe");
	pid_t pid = fork();
	if (pid < 0)
		return fail("fork");
	if (!pid) {
		close(gate[1]);
		if (read(gate[0], &c, 1) > 0)
			execvp(*argv, argv);
		_exit(fail(*argv));
	}
	strcpy(add(pid)->role, "other");
	if (ptrace(PTRACE_SEIZE, pid, 0, (void *)options) || ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		return fail("ptrace");
	if (write(gate[1], "", 1) != 1)
		return fail("write");
	close(gate[0]);
	close(gate[1]);
	return follow(pid);
}

int main(int argc, char **argv)
{
	if (argc > 6 && !strcmp(argv[1], "strike")) {
		result = argv[2];
		role = argv[3];
		strike_at = atoi(argv[4]);
		whom = argv[5];
		return run(argv + 6);
	}
	if (argc > 3 && !strcmp(argv[1], "clock")) {
		offset_file = argv[2];
		return run(argv + 3);
	}
	return 2;
}
