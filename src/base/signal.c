/* signal.c - names of signals. */
#define _GNU_SOURCE
#include "base/signal.h"

#include "base/bits.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KERNEL_RTMIN = 32, SIGNAL_MAX = 64, NAME_SIZE = 7 };

/* clang-format off */
#define NAME(name, number) { name, (number) + FITS(name, NAME_SIZE) }

static const struct {
	char name[NAME_SIZE];
	unsigned char number;
} names[] = {
	NAME("HUP", SIGHUP),   NAME("INT", SIGINT),   NAME("QUIT", SIGQUIT), NAME("ILL", SIGILL),
	NAME("TRAP", SIGTRAP), NAME("ABRT", SIGABRT), NAME("IOT", SIGABRT),  NAME("BUS", SIGBUS),
	NAME("FPE", SIGFPE),   NAME("KILL", SIGKILL), NAME("USR1", SIGUSR1), NAME("SEGV", SIGSEGV),
	NAME("USR2", SIGUSR2), NAME("PIPE", SIGPIPE), NAME("ALRM", SIGALRM), NAME("TERM", SIGTERM),
	NAME("STKFLT", 16),    NAME("CHLD", SIGCHLD), NAME("CLD", SIGCHLD),  NAME("CONT", SIGCONT),
	NAME("STOP", SIGSTOP), NAME("TSTP", SIGTSTP), NAME("TTIN", SIGTTIN), NAME("TTOU", SIGTTOU),
	NAME("URG", SIGURG),   NAME("XCPU", SIGXCPU), NAME("XFSZ", SIGXFSZ), NAME("VTALRM", SIGVTALRM),
	NAME("PROF", SIGPROF), NAME("WINCH", SIGWINCH), NAME("IO", SIGIO),     NAME("POLL", SIGIO),
	NAME("PWR", SIGPWR),   NAME("SYS", SIGSYS),
};
/* clang-format on */

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
