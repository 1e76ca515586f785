/*
 * measure [-m] [-n ROUNDS] [-w WARMUPS] PLAN: times the steps of a plan, or their peak memory.
 *
 * A plan is a text file with a step a line, words divided by blanks, # for a comment:
 *
 *	WHO STEP COMMAND [ARG...]	timed: posix_spawn, exec, until the command itself has ended
 *	WHO -STEP COMMAND [ARG...]	done, but neither timed nor printed
 *	WHO wait			not timed: until every process the steps have left has ended
 *
 * A round is the whole plan, so that everybody who is compared meets the same weather. All steps
 * of one WHO stay together and in order; who comes first, second, ... is shuffled in each round:
 * caches and the kernel's late work (a dead network namespace) punish whoever comes after a big
 * neighbour. The shuffle is the same in each call of the program. An @ in a word becomes the number
 * of the round (for unique names). A command that ends with anything but 0 ends the measurement.
 *
 * Output, a line for each timed step, in milliseconds: WHO STEP MEDIAN MIN P90 MAD; a line with the
 * step "sum" follows for WHO has more than one. MAD is the median distance from the median.
 * With -m: WHO STEP KB, the most that one of the rounds has shown.
 *
 * We are a "child subreaper", like the conmon or shim that calls a runtime: what a `create` leaves
 * behind becomes our child. Children read and write /dev/null; what they say on stderr is shown.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STEPS_MAX = 64,
	WORDS_MAX = 48,
	WORD_SIZE = 512,
	PLAN_SIZE = 64 * 1024,
	ROUNDS_MAX = 10000,
	STEP_SECONDS_MAX = 60,
};

/* Not from the fork on, but from the exec on: the child is a copy of us before. */
#define PEAK_EVENTS \
	(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD)

enum step_kind { STEP_TIMED, STEP_UNTIMED, STEP_WAIT };

struct step {
	const char *who;
	const char *name;
	enum step_kind kind;
	const char *words[WORDS_MAX + 1];
	double ms[ROUNDS_MAX]; /* pages of rounds that are not asked for stay untouched */
	long peak_kb;
};

struct plan {
	struct step steps[STEPS_MAX];
	int count;
	int rounds, warmups;
	bool memory;
	FILE *out; /* what was stdout before the children got /dev/null for it */
};

static struct plan plan;
extern char **environ;

static void die(const char *what, const char *name)
{
	fprintf(stderr, "measure: %s %s%s%s\n", what, name, errno != 0 ? ": " : "",
		errno != 0 ? strerror(errno) : "");
	exit(1);
}

static void die_in_step(const struct step *step, int status)
{
	fprintf(stderr, "measure: %s %s ended with %s %d\n", step->who, step->name,
		WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	exit(1);
}

/* A handler: only what is safe in one. */
static void on_alarm(int signal_number)
{
	static const char text[] = "measure: a step takes longer than a minute\n";

	(void)signal_number;
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(1);
}

/* ---- the plan ---- */

static void parse_step(char *line)
{
	char *rest = NULL;
	char *word = strtok_r(line, " \t", &rest);

	if (word == NULL || word[0] == '#')
		return;
	errno = 0;
	if (plan.count == STEPS_MAX)
		die("too many steps at", word);
	struct step *step = &plan.steps[plan.count++];

	step->who = word;
	step->name = strtok_r(NULL, " \t", &rest);
	if (step->name == NULL)
		die("a step without a name:", step->who);
	int count = 0;

	while ((word = strtok_r(NULL, " \t", &rest)) != NULL) {
		if (count == WORDS_MAX)
			die("too many words in", step->name);
		step->words[count++] = word;
	}
	if (step->name[0] == '-')
		step->kind = STEP_UNTIMED;
	if (count == 0 && strcmp(step->name, "wait") == 0)
		step->kind = STEP_WAIT;
	else if (count == 0)
		die("a step without a command:", step->name);
}

static void read_plan(const char *path)
{
	static char text[PLAN_SIZE];
	FILE *in = fopen(path, "re");

	if (in == NULL)
		die("cannot open", path);
	size_t size = fread(text, 1, sizeof text - 1, in);

	if (ferror(in) || !feof(in))
		die("cannot read all of", path);
	fclose(in);
	text[size] = '\0';

	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		parse_step(line);
}

/* ---- one command ---- */

struct command {
	char text[WORDS_MAX][WORD_SIZE];
	char *argv[WORDS_MAX + 1];
};

/* The step's words with the number of the round in place of each @. */
static void expand(const struct step *step, int round, struct command *ret)
{
	int i = 0;

	for (; step->words[i] != NULL; i++) {
		const char *at = strchr(step->words[i], '@');
		int before = at == NULL ? WORD_SIZE : (int)(at - step->words[i]);
		int size = snprintf(ret->text[i], WORD_SIZE, "%.*s", before, step->words[i]);

		if (at != NULL && size < WORD_SIZE)
			size += snprintf(ret->text[i] + size, (size_t)(WORD_SIZE - size), "%d%s",
					 round, at + 1);
		errno = 0;
		if (size < 0 || size >= WORD_SIZE)
			die("too long a word in", step->name);
		ret->argv[i] = ret->text[i];
	}
	ret->argv[i] = NULL;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double run_timed(const struct step *step, struct command *command)
{
	pid_t pid;
	int status;
	double begin = now_ms();

	errno = posix_spawn(&pid, command->argv[0], NULL, NULL, command->argv, environ);
	if (errno != 0)
		die("cannot run", command->argv[0]);
	if (waitpid(pid, &status, 0) != pid)
		die("cannot wait for", command->argv[0]);
	double end = now_ms();

	if (status != 0)
		die_in_step(step, status);
	return end - begin;
}

/* Reaps all that is there; false while a child still runs. */
static bool reap_some(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	while (pid > 0);
	return pid < 0;
}

static void wait_for_all(void)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };

	while (!reap_some())
		nanosleep(&millisecond, NULL);
}

/* ---- peak memory ---- */

/* A field of /proc/TID/status as a number; -1 when it has none (a thread without memory). */
static long status_field(pid_t tid, const char *field)
{
	char path[64], line[256];
	long value = -1;
	size_t length = strlen(field);

	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	FILE *in = fopen(path, "re");

	if (in == NULL)
		return -1;
	while (value < 0 && fgets(line, sizeof line, in) != NULL)
		if (strncmp(line, field, length) == 0 && line[length] == ':')
			value = strtol(line + length + 1, NULL, 10);
	fclose(in);
	return value;
}

/* The child waits at a pipe until we hold it, so that not one page of its life is missed. */
static pid_t spawn_traced(struct command *command)
{
	int gate[2];
	char byte = 0;

	if (pipe2(gate, O_CLOEXEC) < 0)
		die("cannot make", "a pipe");
	pid_t pid = fork();

	if (pid < 0)
		die("cannot fork for", command->argv[0]);
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &byte, 1) == 1)
			execve(command->argv[0], command->argv, environ);
		_exit(127);
	}
	close(gate[0]);
	if (ptrace(PTRACE_SEIZE, pid, 0, PEAK_EVENTS) < 0)
		die("cannot trace", command->argv[0]);
	if (write(gate[1], &byte, 1) != 1)
		die("cannot release", command->argv[0]);
	close(gate[1]);
	return pid;
}

/*
 * One stop of a traced thread. VmHWM is read at each system call and where a thread is about to end
 * and its memory is still there. At the end alone is not enough: the kernel's own high-water mark
 * misses hundreds of KB that were unmapped before. Between two system calls memory only grows.
 * Go programs end in any of their threads, so all are followed; a new process that is not a thread
 * of the command (init, on its way to the container's program) is let go.
 */
static long handle_stop(pid_t command_pid, pid_t tid, int status)
{
	int event = status >> 16, stop = WSTOPSIG(status);
	bool is_call = stop == (SIGTRAP | 0x80);
	long peak_kb = 0;

	if (status_field(tid, "Tgid") != command_pid) {
		ptrace(PTRACE_DETACH, tid, 0, 0);
		return 0;
	}
	if (is_call || event == PTRACE_EVENT_EXIT)
		peak_kb = status_field(tid, "VmHWM");
	/* What is neither a call nor an event is a signal on its way: hand it on. */
	ptrace(PTRACE_SYSCALL, tid, 0, event == 0 && !is_call ? (uintptr_t)stop : 0);
	return peak_kb;
}

static long run_for_peak(const struct step *step, struct command *command)
{
	pid_t pid = spawn_traced(command);
	long peak_kb = 0;

	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0)
			die("cannot wait for", command->argv[0]);
		if (WIFSTOPPED(status)) {
			long kb = handle_stop(pid, tid, status);

			peak_kb = kb > peak_kb ? kb : peak_kb;
			continue;
		}
		if (tid != pid)
			continue;
		if (status != 0)
			die_in_step(step, status);
		break;
	}
	errno = 0;
	if (peak_kb == 0)
		die("no peak was seen of", step->who);
	return peak_kb;
}

/* ---- rounds ---- */

static void run_step(struct step *step, int round)
{
	static struct command command;

	alarm(STEP_SECONDS_MAX);
	if (step->kind == STEP_WAIT) {
		wait_for_all();
		return;
	}
	expand(step, round + plan.warmups, &command);
	if (plan.memory && step->kind == STEP_TIMED) {
		long kb = run_for_peak(step, &command);

		step->peak_kb = kb > step->peak_kb ? kb : step->peak_kb;
		return;
	}
	double ms = run_timed(step, &command);

	if (round >= 0)
		step->ms[round] = ms;
}

static bool is_first_of_who(int index)
{
	for (int i = 0; i < index; i++)
		if (strcmp(plan.steps[i].who, plan.steps[index].who) == 0)
			return false;
	return true;
}

static void run_steps_of(const char *who, int round)
{
	for (int i = 0; i < plan.count; i++)
		if (strcmp(plan.steps[i].who, who) == 0)
			run_step(&plan.steps[i], round);
}

/* Fisher and Yates' shuffle. */
static void shuffle(const char **names, int count, unsigned int *seed)
{
	for (int i = count - 1; i > 0; i--) {
		int j = rand_r(seed) % (i + 1);
		const char *name = names[i];

		names[i] = names[j];
		names[j] = name;
	}
}

static void run_rounds(void)
{
	const char *names[STEPS_MAX];
	int count = 0;
	unsigned int seed = 1;

	for (int i = 0; i < plan.count; i++)
		if (is_first_of_who(i))
			names[count++] = plan.steps[i].who;
	for (int round = -plan.warmups; round < plan.rounds; round++) {
		shuffle(names, count, &seed);
		for (int i = 0; i < count; i++)
			run_steps_of(names[i], round);
	}
	alarm(0);
}

/* ---- results ---- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double sorted_median(const double *v, int count)
{
	return (v[(count - 1) / 2] + v[count / 2]) / 2;
}

/* Sorts the values in place, and leaves their distances from the median there. */
static void print_times(const char *who, const char *name, double *ms)
{
	int count = plan.rounds;

	qsort(ms, (size_t)count, sizeof *ms, compare_doubles);
	double median = sorted_median(ms, count), min = ms[0], p90 = ms[(count * 9 + 9) / 10 - 1];

	for (int i = 0; i < count; i++)
		ms[i] = ms[i] < median ? median - ms[i] : ms[i] - median;
	qsort(ms, (size_t)count, sizeof *ms, compare_doubles);
	fprintf(plan.out, "%s %s %.3f %.3f %.3f %.3f\n", who, name, median, min, p90,
		sorted_median(ms, count));
}

/* Adds up who's steps round by round, before print_times() has sorted them; how many they are. */
static int sum_up(const char *who, double *ret_sum)
{
	int steps = 0;

	memset(ret_sum, 0, (size_t)plan.rounds * sizeof *ret_sum);
	for (int i = 0; i < plan.count; i++) {
		const struct step *step = &plan.steps[i];

		if (step->kind != STEP_TIMED || strcmp(step->who, who) != 0)
			continue;
		steps++;
		for (int round = 0; round < plan.rounds; round++)
			ret_sum[round] += step->ms[round];
	}
	return steps;
}

static void print_who(int first)
{
	const char *who = plan.steps[first].who;
	static double sum[ROUNDS_MAX];
	int summed = plan.memory ? 0 : sum_up(who, sum);

	for (int i = first; i < plan.count; i++) {
		struct step *step = &plan.steps[i];

		if (step->kind != STEP_TIMED || strcmp(step->who, who) != 0)
			continue;
		if (plan.memory)
			fprintf(plan.out, "%s %s %ld\n", who, step->name, step->peak_kb);
		else
			print_times(who, step->name, step->ms);
	}
	if (summed > 1)
		print_times(who, "sum", sum);
}

/* ---- start ---- */

static int parse_count(const char *text, int min)
{
	char *end;
	long value = strtol(text, &end, 10);

	errno = 0;
	if (*text == '\0' || *end != '\0' || value < min || value > ROUNDS_MAX)
		die("not a fitting number:", text);
	return (int)value;
}

static void parse_options(int argc, char **argv)
{
	int option;

	plan.rounds = 100;
	plan.warmups = 5;
	while ((option = getopt(argc, argv, "mn:w:")) != -1) {
		if (option == 'm')
			plan.memory = true;
		else if (option == 'n')
			plan.rounds = parse_count(optarg, 1);
		else if (option == 'w')
			plan.warmups = parse_count(optarg, 0);
		else
			exit(2);
	}
	if (argc - optind != 1) {
		fprintf(stderr, "usage: measure [-m] [-n ROUNDS] [-w WARMUPS] PLAN\n");
		exit(2);
	}
}

static void give_children_null(void)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (out < 0 || (plan.out = fdopen(out, "w")) == NULL)
		die("cannot keep", "stdout");
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("cannot open", "/dev/null");
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	read_plan(argv[optind]);
	give_children_null();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("cannot become", "child subreaper");
	signal(SIGALRM, on_alarm);
	run_rounds();
	for (int i = 0; i < plan.count; i++)
		if (is_first_of_who(i))
			print_who(i);
	return fclose(plan.out) == 0 ? 0 : 1;
}
