/*
 * trace BINARY COMMAND [ARG...] 3>FILE: where in the file BINARY the instructions are that COMMAND
 * and its children execute of it: hexadecimal offsets, one a line (for hot.sh).
 *
 * Each process is single-stepped while it has BINARY's code; what it becomes by another exec runs
 * freely. A runtime may run from a copy of itself or through an overlay, so the code is known by
 * the size of its mapping. COMMAND must end with 0.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MAX = 256, CODE_MAX = 4 * 1024 * 1024, SECONDS_MAX = 120 };

#define EVENTS \
	(PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC)

struct process {
	pid_t pid;
	unsigned long long start, end, offset; /* its mapping of the code; end 0: it has none */
};

static struct process processes[PROCESSES_MAX];
static int process_count;
static bool seen[CODE_MAX];
static unsigned long long code_size;

static void die(const char *what)
{
	fprintf(stderr, "trace: %s%s%s\n", what, errno != 0 ? ": " : "",
		errno != 0 ? strerror(errno) : "");
	exit(2);
}

static void read_code_size(const char *path)
{
	const unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	FILE *in = fopen(path, "re");

	if (in == NULL || fread(&header, sizeof header, 1, in) != 1 ||
	    fseek(in, (long)header.e_phoff, SEEK_SET) != 0)
		die(path);
	for (int i = 0; i < header.e_phnum && fread(&segment, sizeof segment, 1, in) == 1; i++)
		if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0)
			code_size = ((segment.p_vaddr + segment.p_memsz + page - 1) & -page) -
				    (segment.p_vaddr & -page);
	fclose(in);
	if (code_size == 0 || code_size > CODE_MAX)
		die("no code in the binary");
}

static void find_code(struct process *p)
{
	char path[64], line[PATH_MAX + 128], mode[8];
	unsigned long long start, end, offset;

	p->end = 0;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)p->pid);
	FILE *in = fopen(path, "re");
	while (in != NULL && fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "%llx-%llx %7s %llx", &start, &end, mode, &offset) == 4 &&
		    mode[2] == 'x' && end - start == code_size)
			*p = (struct process){ p->pid, start, end, offset };
	if (in != NULL)
		fclose(in);
}

static struct process *process_of(pid_t pid)
{
	for (int i = 0; i < process_count; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	if (process_count == PROCESSES_MAX)
		die("too many processes");
	struct process *p = &processes[process_count++];

	p->pid = pid;
	find_code(p);
	return p;
}

/* The kernel tells the place in the same words on every CPU: ptrace(2), since Linux 5.3. */
static void note_place(const struct process *p)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof info, &info) < 0)
		return;
	if (info.instruction_pointer >= p->start && info.instruction_pointer < p->end)
		seen[info.instruction_pointer - p->start] = true;
}

static void handle_stop(pid_t pid, int status)
{
	const int event = status >> 16, stop = WSTOPSIG(status);
	struct process *p = process_of(pid);

	if (event == PTRACE_EVENT_EXEC)
		find_code(p);
	if (p->end != 0)
		note_place(p);
	/* What is neither a step nor the first stop of a new process is a signal on its way. */
	const bool ours = event != 0 || stop == SIGTRAP || stop == SIGSTOP;

	ptrace(p->end != 0 ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, 0, ours ? 0 : stop);
}

static void start(char **argv)
{
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, EVENTS) < 0 || ptrace(PTRACE_CONT, pid, 0, 0) < 0)
		die("cannot trace");
}

/* The init that a `create` leaves waiting: a process that is not detached in so many words would die
 * of the trap of its next step. */
static void let_go(pid_t first)
{
	int status;

	for (int i = 0; i < process_count; i++) {
		const pid_t pid = processes[i].pid;

		if (pid == first || kill(pid, SIGSTOP) < 0)
			continue;
		while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
			if (WSTOPSIG(status) == SIGSTOP) {
				ptrace(PTRACE_DETACH, pid, 0, 0);
				break;
			}
			handle_stop(pid, status);
		}
	}
}

/* The exit code of the first process. */
static int follow(void)
{
	pid_t first = 0;
	int status;

	for (;;) {
		const pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			die("wait");
		first = first != 0 ? first : pid;
		if (WIFSTOPPED(status))
			handle_stop(pid, status);
		if (pid == first && !WIFSTOPPED(status)) {
			let_go(first);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage: trace BINARY COMMAND [ARG...] 3>FILE");
	FILE *out = fdopen(3, "w");

	if (out == NULL || fcntl(3, F_SETFD, FD_CLOEXEC) < 0)
		die("descriptor 3");
	alarm(SECONDS_MAX);
	read_code_size(argv[1]);
	start(argv + 2);
	const int code = follow();

	if (code != 0)
		die("the command has failed");
	const unsigned long long base = processes[0].offset;

	for (unsigned long long i = 0; i < code_size; i++)
		if (seen[i])
			fprintf(out, "%llx\n", base + i);
	return fclose(out) == 0 ? 0 : 2;
}
