/* signal_test.c - every way to write a signal. */
#include "base/signal.h"

#include "test/test.h"

#include <signal.h>

/* clang-format off */
static const struct { const char *text; int want; } cases[] = {
	{ "TERM", SIGTERM }, { "SIGTERM", SIGTERM }, { "term", SIGTERM }, { "sigTerm", SIGTERM }, { "15", 15 },
	{ "KILL", SIGKILL }, { "9", 9 }, { "09", 9 }, { "0", 0 }, { "1", 1 }, { "64", 64 }, { "HUP", SIGHUP },
	{ "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ILL", SIGILL }, { "TRAP", SIGTRAP }, { "ABRT", SIGABRT },
	{ "IOT", SIGABRT }, { "BUS", SIGBUS }, { "FPE", SIGFPE }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "STKFLT", 16 }, { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU }, { "URG", SIGURG }, { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF }, { "WINCH", SIGWINCH }, { "IO", SIGIO }, { "POLL", SIGIO }, { "PWR", SIGPWR },
	{ "SYS", SIGSYS }, { "RTMIN", 34 }, { "SIGRTMIN", 34 }, { "RTMIN+0", 34 }, { "RTMIN+3", 37 },
	{ "rtmin+30", 64 }, { "RTMAX", 64 }, { "SIGRTMAX-1", 63 }, { "RTMAX-0", 64 }, { "RTMAX-30", 34 },
	{ "", -1 }, { "SIG", -1 }, { "65", -1 }, { "-1", -1 }, { "+9", -1 }, { " 9", -1 }, { "9 ", -1 }, { "0x9",
	  -1 },
	{ "0009", -1 }, { "4294967305", -1 }, { "TERMINATE", -1 }, { "TER", -1 }, { "SIGSIGTERM", -1 }, { "SIG9",
	  -1 },
	{ "RTMIN-1", -1 }, { "RTMIN+31", -1 }, { "RTMAX+1", -1 }, { "RTMAX-31", -1 }, { "RTMIN+", -1 }, { "RT", -1 },
	{ "RTMIN+-1", -1 }, { "RTMIN3", -1 },
};
/* clang-format on */

TEST(signal_names)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int got = signal_number(cases[i].text);

		if (got != cases[i].want)
			printf("# signal \"%s\" is %d\n", cases[i].text, got);
		CHECK(got == cases[i].want);
	}
}
