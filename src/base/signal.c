/* signal.c - names of signals. */
#define _GNU_SOURCE
#include "base/signal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KERNEL_RTMIN = 32, SIGNAL_MAX = 64 };

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },     { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT },   { "IOT", SIGABRT },  { "BUS", SIGBUS },
	{ "FPE", SIGFPE },   { "KILL", SIGKILL },   { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE },   { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "STKFLT", 16 },    { "CHLD", SIGCHLD },   { "CLD", SIGCHLD },  { "CONT", SIGCONT },
	{ "STOP", SIGSTOP }, { "TSTP", SIGTSTP },   { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG },   { "XCPU", SIGXCPU },   { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF }, { "WINCH", SIGWINCH }, { "IO", SIGIO },     { "POLL", SIGIO },
	{ "PWR", SIGPWR },   { "SYS", SIGSYS },
};

/* A whole number from low to high, or -1. */
static int number(const char *text, int low, int high)
{
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 3)
		return -1;
	long v = strtol(text, &end, 10);
	return v >= low && v <= high ? (int)v : -1;
}

/* RTMIN is 34 for programs: the C libraries keep two for themselves. */
static int real_time(const char *text)
{
	const int min = KERNEL_RTMIN + 2;

	if (!strcasecmp(text, "MIN"))
		return min;
	if (!strcasecmp(text, "MAX"))
		return SIGNAL_MAX;
	int plus = strncasecmp(text, "MIN+", 4) ? -1 : number(text + 4, 0, SIGNAL_MAX - min);
	int minus = strncasecmp(text, "MAX-", 4) ? -1 : number(text + 4, 0, SIGNAL_MAX - min);
	if (plus >= 0)
		return min + plus;
	return minus >= 0 ? SIGNAL_MAX - minus : -1;
}

int signal_number(const char *text)
{
	int n = number(text, 0, SIGNAL_MAX);

	if (n >= 0)
		return n;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	if (!strncasecmp(text, "RT", 2))
		return real_time(text + 2);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcasecmp(names[i].name, text))
			return names[i].number;
	return -1;
}
