/*
 * seccomp_test.c - profiles as JSON, compiled, and asked: an interpreter of classic BPF answers for
 * any call, and a child that loads the program shows that the kernel reads it the same way.
 */
#define _GNU_SOURCE
#include "kernel/seccomp.h"

#include "kernel/seccomp_proof.h"
#include "spec/template.h"
#include "sys/sys.h"
#include "test/test.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_SECCOMP = 100, NO_SUCH_NUMBER = 9999 };

#define ALLOW    SECCOMP_RET_ALLOW
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))

static uint32_t ask_arch(const struct seccomp_program *p, uint32_t token, int nr, uint64_t a0,
                         uint64_t a1)
{
	const struct seccomp_data d = { .nr = nr, .arch = proof_audit(token), .args = { a0, a1 } };

	return proof_run(p, &d);
}

/* On this CPU, by name. */
static uint32_t ask(const struct seccomp_program *p, const char *name, uint64_t a0, uint64_t a1)
{
	return ask_arch(p, seccomp_arch_native(), seccomp_syscall_resolve_name(name), a0, a1);
}

/* clang-format off */
static int compile(struct arena *a, const char *profile, struct seccomp_program *p, struct err *e)
{
	struct spec s = { 0 };
	char *text = arena_printf(a, "{\"ociVersion\":\"1.1.0\",\"root\":{\"path\":\"r\"},"
	                          "\"linux\":{\"namespaces\":"
	                          "[{\"type\":\"mount\"}],\"seccomp\":%s}}", profile);

	if (spec_load(a, text, strlen(text), &s, e))
		return -1;
	return seccomp_compile(a, s.linux_->seccomp, p, e);
}

/* A rule in JSON, for the string tables below. */
#define ON(name, action, more) \
	"{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_" action "\"" more "}"

/* Rules of a profile whose default is EPERM, and what one call comes to. */
static const struct {
	const char *rules, *name;
	uint64_t a0, a1;
	uint32_t want;
} calls[] = {
	{ "", "getppid", 0, 0, ERRNO(EPERM) },
	{ ON("getppid", "ALLOW", ""), "getppid", 0, 0, ALLOW },
	{ ON("getppid", "ALLOW", ""), "getpid", 0, 0, ERRNO(EPERM) },
	{ ON("no_such_call\",\"getppid", "ALLOW", ""), "getppid", 0, 0, ALLOW },
	{ ON("getppid", "ERRNO", ""), "getppid", 0, 0, ERRNO(EPERM) },
	{ ON("getppid", "ERRNO", ",\"errnoRet\":77"), "getppid", 0, 0, ERRNO(77) },
	{ ON("getppid", "ERRNO", ",\"errnoRet\":0"), "getppid", 0, 0, ERRNO(0) },
	{ ON("getppid", "TRACE", ""), "getppid", 0, 0, SECCOMP_RET_TRACE | EPERM },
	{ ON("getppid", "KILL", ""), "getppid", 0, 0, SECCOMP_RET_KILL_THREAD },
	{ ON("getppid", "KILL_PROCESS", ""), "getppid", 0, 0, SECCOMP_RET_KILL_PROCESS },
	{ ON("getppid", "TRAP", ""), "getppid", 0, 0, SECCOMP_RET_TRAP },
	{ ON("getppid", "LOG", ""), "getppid", 0, 0, SECCOMP_RET_LOG },

#define ARGS(...) ON("dup3", "ALLOW", ",\"args\":[" __VA_ARGS__ "]")
#define ARG(i, op, v)	  "{\"index\":" #i ",\"op\":\"SCMP_CMP_" op "\",\"value\":" #v "}"
#define ARG2(i, op, v, w) \
	"{\"index\":" #i ",\"op\":\"SCMP_CMP_" op "\",\"value\":" #v ",\"valueTwo\":" #w "}"
	{ ARGS(), "dup3", 9, 9, ALLOW },
	{ ARGS(ARG(0, "EQ", 4)), "dup3", 4, 9, ALLOW },
	{ ARGS(ARG(0, "EQ", 4)), "dup3", 5, 9, ERRNO(EPERM) },
	{ ARGS(ARG(0, "NE", 4)), "dup3", 4, 9, ERRNO(EPERM) },
	{ ARGS(ARG(0, "NE", 4)), "dup3", 5, 9, ALLOW },
	{ ARGS(ARG(1, "GT", 4)), "dup3", 0, 4, ERRNO(EPERM) },
	{ ARGS(ARG(1, "GE", 4)), "dup3", 0, 4, ALLOW },
	{ ARGS(ARG(1, "LT", 4)), "dup3", 0, 4, ERRNO(EPERM) },
	{ ARGS(ARG(1, "LE", 4)), "dup3", 0, 4, ALLOW },
	{ ARGS(ARG2(0, "MASKED_EQ", 12, 4)), "dup3", 0x17, 0, ALLOW },
	{ ARGS(ARG2(0, "MASKED_EQ", 12, 4)), "dup3", 0x1f, 0, ERRNO(EPERM) },
	{ ARGS(ARG(0, "EQ", 1) "," ARG(1, "EQ", 2)), "dup3", 1, 2, ALLOW }, /* two arguments: both */
	{ ARGS(ARG(0, "EQ", 1) "," ARG(1, "EQ", 2)), "dup3", 1, 3, ERRNO(EPERM) },
	{ ARGS(ARG(0, "EQ", 1) "," ARG(0, "EQ", 2)), "dup3", 2, 0, ALLOW }, /* one argument twice: either */
	{ ARGS(ARG(0, "EQ", 1) "," ARG(0, "EQ", 2)), "dup3", 3, 0, ERRNO(EPERM) },
	{ ARGS(ARG(0, "EQ", 1)) "," ARGS(ARG(0, "EQ", 2)), "dup3", 2, 0, ALLOW },
	{ ARGS(ARG(0, "EQ", 1)) "," ARGS(), "dup3", 7, 0, ALLOW }, /* unconditional wins */
	{ ARGS(ARG(0, "EQ", 1)) "," ON("dup3", "LOG", ",\"args\":[" ARG(0, "LT", 5) "]") "," ARGS(),
	  "dup3", 1, 0, ALLOW }, /* also over two that contradict each other */
	{ ARGS(ARG(0, "EQ", 1)) "," ON("dup3", "LOG", ",\"args\":[" ARG(0, "GT", 1) "]"), "dup3", 2, 0,
	  SECCOMP_RET_LOG }, /* two that do not */
	{ ARGS(ARG2(0, "MASKED_EQ", 0, 7)), "dup3", 7, 0, ALLOW }, /* nothing is looked at */
};

TEST(seccomp_calls)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		struct seccomp_program p;
		struct err e = { 0 };
		char *text = arena_printf(&a, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		                          ON("close_range", "ALLOW", "") "%s%s]}",
		                          *calls[i].rules ? "," : "", calls[i].rules);
		int r = compile(&a, text, &p, &e);
		uint32_t got = r ? UNDECIDED : ask(&p, calls[i].name, calls[i].a0, calls[i].a1);
		if (got != calls[i].want)
			printf("# %s: %s gives %x %s\n", calls[i].rules, calls[i].name, got, e.text);
		CHECK(got == calls[i].want);
	}
	arena_free(&a);
}

TEST(seccomp_exact_in_64_bits)
{
	struct arena a = { 0 };
	struct seccomp_program p = { 0 };
	struct err e;

	if (sizeof(long) < 8) {
		printf("# skipped: arguments have 32 bits here\n");
		return;
	}
	CHECK(!compile(&a, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
	               ON("lseek", "ERRNO", ",\"args\":[" ARG(1, "EQ", 9007199254740993) "]") "]}",
	               &p, &e));
	CHECK(ask(&p, "lseek", 0, UINT64_C(9007199254740993)) == ERRNO(EPERM));
	CHECK(ask(&p, "lseek", 0, UINT64_C(9007199254740992)) == ALLOW);
	arena_free(&a);
}

/* What is newer than the profile; what is no call at all; what comes from another CPU. */
TEST(seccomp_numbers_beyond_the_profile)
{
	struct arena a = { 0 };
	struct seccomp_program p = { 0 };
	uint32_t native = seccomp_arch_native();
	struct err e;

	CHECK(!compile(&a, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
	               ON("close_range", "ALLOW", "") "," ON("getpid", "ALLOW", "") "]}", &p, &e));
	CHECK(ask(&p, "close_range", 0, 0) == ALLOW && ask(&p, "getppid", 0, 0) == ERRNO(EPERM));
	int next = seccomp_syscall_resolve_name("close_range") + 1;
	CHECK(ask_arch(&p, native, next, 0, 0) == ERRNO(ENOSYS));
	CHECK(ask_arch(&p, native, NO_SUCH_NUMBER, 0, 0) == ERRNO(ENOSYS));
	CHECK(ask_arch(&p, native, -1, 0, 0) == ERRNO(EPERM));
	CHECK(ask_arch(&p, SCMP_ARCH_S390X, 20, 0, 0) == SECCOMP_RET_KILL_THREAD);
	if (native == SCMP_ARCH_X86_64)
		CHECK(ask_arch(&p, native, 0x40000000 + 39, 0, 0) == SECCOMP_RET_KILL_THREAD);
	CHECK(!compile(&a, "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":["
	               ON("getpid", "ALLOW", "") "]}", &p, &e));
	CHECK(ask_arch(&p, native, NO_SUCH_NUMBER, 0, 0) == SECCOMP_RET_LOG);
	arena_free(&a);
}

/* On 32-bit CPUs, for profiles from before 64-bit time. */
TEST(seccomp_time64)
{
	struct arena a = { 0 };

	for (size_t i = 0; proof_family[i]; i++) {
		struct seccomp_program p = { 0 };
		struct err e = { 0 };
		uint32_t token = proof_family[i];
		int first = seccomp_syscall_resolve_name_arch(token, "clock_gettime64");
		char *text = arena_printf(&a, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":"
		                          "[\"%s\"],\"syscalls\":["
		                          ON("clock_gettime\",\"semtimedop\",\"timer_gettime\",\"openat2", "ALLOW", "") ","
		                          ON("futex", "ALLOW", ",\"args\":[" ARG(1, "EQ", 128) "]") ","
		                          ON("timer_gettime64", "ERRNO", "") "]}", proof_arch_name(token));
		CHECK(!compile(&a, text, &p, &e));
		if (first < 0) /* 64 bits from the start: these numbers are no calls */
			continue;
		CHECK(ask_arch(&p, token, first, 0, 0) == ERRNO(ENOSYS));
		CHECK(ask_arch(&p, token, first + 1, 0, 0) == ERRNO(EPERM)); /* clock_settime64 */
		CHECK(ask_arch(&p, token, first + 5, 0, 0) == ERRNO(EPERM)); /* timer_gettime64: named */
		CHECK(ask_arch(&p, token, first + 6, 0, 0) == ERRNO(EPERM));
		CHECK(ask_arch(&p, token, first + 17, 0, 0) == ERRNO(ENOSYS)); /* semtimedop_time64 */
		CHECK(ask_arch(&p, token, first + 19, 0, 0) == ERRNO(ENOSYS)); /* futex_time64 */
	}
	arena_free(&a);
}

TEST(seccomp_other_architectures)
{
	struct arena a = { 0 };

	for (size_t i = 0; proof_family[i]; i++) {
		struct seccomp_program p = { 0 };
		struct err e = { 0 };
		uint32_t token = proof_family[i];
		/* s390x cannot run here; a name again changes nothing */
		const char *name = proof_arch_name(token);
		char *text = arena_printf(&a, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":"
		                          "[\"%s\",\"%s\",\"SCMP_ARCH_S390X\"],\"syscalls\":["
		                          ON("getpid\",\"cacheflush\",\"close_range", "ALLOW", "") "]}", name, name);
		CHECK(!compile(&a, text, &p, &e));
		int nr = seccomp_syscall_resolve_name_arch(token, "close_range");
		CHECK(ask_arch(&p, token, nr, 0, 0) == ALLOW && ask(&p, "close_range", 0, 0) == ALLOW);
		CHECK(ask_arch(&p, token, nr - 1, 0, 0) == ERRNO(EPERM));
		CHECK(ask_arch(&p, token, nr + 1, 0, 0) == ERRNO(ENOSYS));
		CHECK(ask_arch(&p, token, -1, 0, 0) == ERRNO(EPERM));
		if (token == SCMP_ARCH_ARM) /* cacheflush is far above all others and still a call */
			CHECK(ask_arch(&p, token, 0xf0002, 0, 0) == ALLOW);
	}
	arena_free(&a);
}

TEST(seccomp_refused_profiles)
{
#define DEFAULT(action, more) "{\"defaultAction\":\"SCMP_ACT_" action "\"," more "}"
#define RULES(rules) DEFAULT("ALLOW", "\"syscalls\":[" rules "]")
	static const struct {
		const char *profile, *text;
	} table[] = {
		{ DEFAULT("ALLOW", "\"defaultErrnoRet\":1"), "defaultAction: an errno goes with" },
		{ DEFAULT("ERRNO", "\"defaultErrnoRet\":4096"), "4096" },
		{ DEFAULT("ALLOW", "\"architectures\":[\"SCMP_ARCH_VAX\"]"), "\"SCMP_ARCH_VAX\"" },
		{ DEFAULT("ALLOW", "\"architectures\":[\"x86\"]"), "architectures[0]" },
		{ DEFAULT("ALLOW", "\"flags\":[\"SECCOMP_FILTER_FLAG_X\"]"), "flags[0]" },
		{ RULES(ON("dup3", "KILL", ",\"errnoRet\":1")), "syscalls[0]: an errno" },
		{ RULES(ON("dup3", "ERRNO", ",\"errnoRet\":-1")), "errno -1" },
		{ RULES(ON("dup3", "KILL", ",\"args\":[" ARG(6, "EQ", 1) "]")), "index" },
		{ RULES(ON("dup3", "KILL", ",\"args\":[" ARG(0, "EQ", 1) "]") ","
		        ON("dup3", "LOG", ",\"args\":[" ARG(0, "EQ", 1) "]")),
		  "syscalls[0] and syscalls[1]: some arguments of dup3 match both, and their actions differ" },
		{ RULES(ON("read", "LOG", "") "," ON("dup3", "KILL", ",\"args\":[" ARG(0, "LE", 8) "]") ","
		        ON("write\",\"dup3", "LOG", ",\"args\":[" ARG(1, "NE", 1) "]")),
		  "syscalls[1] and syscalls[2]: some arguments of dup3 match both" },
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct seccomp_program p = { .n = 7 };
		struct err e = { 0 };
		CHECK(compile(&a, table[i].profile, &p, &e) == -1 && e.kind == ERR_CONFIG && p.n == 7);
		if (!strstr(e.text, table[i].text))
			CHECK_STR(e.text, table[i].text);
	}
	arena_free(&a);
}

TEST(seccomp_flag_words)
{
	static const struct {
		const char *json;
		uint32_t flags;
	} table[] = {
		{ "", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ ",\"flags\":[]", 0 },
		{ ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"]",
		  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC },
		{ ",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]", 0 },
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct seccomp_program p = { 0 };
		struct err e;
		char *text = arena_printf(&a, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"%s}", table[i].json);
		CHECK(!compile(&a, text, &p, &e));
		CHECK(p.flags == table[i].flags && p.n);
	}
	arena_free(&a);
}

/* clang-format on */

TEST(seccomp_no_profile)
{
	struct seccomp_program p = { .n = 7 };
	struct err e;

	CHECK(!seccomp_compile(NULL, NULL, &p, &e) && p.n == 0);
	CHECK(!seccomp_install(&p, NULL, &e));
}

/* The built-in profile, asked as the kernel would. */
TEST(seccomp_built_in_profile)
{
	struct arena a = { 0 };
	struct seccomp_program p = { 0 };
	const uint64_t user = CLONE_NEWUSER,
		       thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	struct err e;

	CHECK(!seccomp_compile(&a, template_seccomp(&a), &p, &e));
	CHECK(ask(&p, "read", 0, 0) == ALLOW && ask(&p, "execve", 0, 0) == ALLOW &&
	      ask(&p, "chroot", 0, 0) == ALLOW);
	CHECK(ask(&p, "mount", 0, 0) == ERRNO(EPERM) && ask(&p, "unshare", 0, 0) == ERRNO(EPERM));
	CHECK(ask(&p, "io_uring_setup", 0, 0) == ERRNO(EPERM) &&
	      ask(&p, "keyctl", 0, 0) == ERRNO(EPERM));
	CHECK(ask(&p, "clone3", 0, 0) == ERRNO(ENOSYS));
	CHECK(ask(&p, "clone", SIGCHLD, 0) == ALLOW && ask(&p, "clone", thread, 0) == ALLOW);
	CHECK(ask(&p, "clone", user | SIGCHLD, 0) == ERRNO(ENOSYS) &&
	      ask(&p, "clone", CLONE_NEWNS, 0) == ERRNO(ENOSYS));
	CHECK(ask(&p, "personality", 0xffffffff, 0) == ALLOW &&
	      ask(&p, "personality", PER_LINUX32, 0) == ALLOW);
	CHECK(ask(&p, "personality", ADDR_NO_RANDOMIZE, 0) == ERRNO(ENOSYS));
	CHECK(ask_arch(&p, seccomp_arch_native(), NO_SUCH_NUMBER, 0, 0) == ERRNO(ENOSYS));
	if (seccomp_arch_native() != SCMP_ARCH_X86) {
		CHECK(ask(&p, "socket", AF_INET, 0) == ALLOW &&
		      ask(&p, "socket", AF_UNIX, 0) == ALLOW);
		CHECK(ask(&p, "socket", AF_VSOCK, 0) == ERRNO(ENOSYS));
	}
	arena_free(&a);
}

/* 0, or the number of the check that failed. */
static int live(const struct seccomp_program *p)
{
	struct err e = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || seccomp_install(p, NULL, &e))
		return strstr(e.text, "CONFIG_SECCOMP") ? NO_SECCOMP : 1;
	if (getsid(0) != -1 || errno != 77)
		return 2;
	if (personality(0xffffffff) == -1 || personality(PER_LINUX32) != -1 || errno != 78)
		return 3;
	/* Its number is above close_range's, the largest one named. */
	if (sys_mount_setattr(-1, "", 0, NULL) != -1 || errno != ENOSYS)
		return 4;
	return unshare(CLONE_NEWUTS) == -1 && errno == EPERM ? 0 : 5;
}

/* clang-format off */
TEST(seccomp_in_the_kernel)
{
	struct arena a = { 0 };
	struct seccomp_program p = { 0 };
	struct err e = { 0 };
	int status = -1;

	CHECK(!compile(&a, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
	               ON("exit_group\",\"exit\",\"write\",\"writev\",\"close_range", "ALLOW", "") ","
	               /* what AddressSanitizer wants at the end */
	               ON("mmap\",\"mmap2\",\"munmap\",\"futex\",\"gettid\",\"sigaltstack", "ALLOW", "") ","
	               ON("getsid", "ERRNO", ",\"errnoRet\":77") ","
	               ON("personality", "ALLOW", ",\"args\":[" ARG(0, "EQ", 4294967295) "]") ","
	               ON("personality", "ERRNO", ",\"errnoRet\":78,\"args\":[" ARG(0, "NE", 4294967295) "]")
	               "]}", &p, &e));
	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(live(&p));
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_SECCOMP)
		printf("# skipped: no seccomp here\n");
	else
		CHECK(status == 0);
	arena_free(&a);
}

/* clang-format on */

/* Without no_new_privs it is a capability that allows it; without that, one clear sentence. */
static int install_without_rights(const struct seccomp_program *p)
{
	struct err e = { 0 };

	if (setresuid(1234, 1234, 1234))
		return 1;
	if (!seccomp_install(p, NULL, &e))
		return 2;
	if (strstr(e.text, "CONFIG_SECCOMP"))
		return NO_SECCOMP;
	return e.no == EACCES && strstr(e.text, "needs CAP_SYS_ADMIN") ? 0 : 3;
}

TEST(seccomp_without_rights)
{
	struct arena a = { 0 };
	struct seccomp_program p = { 0 };
	struct err e;
	int status = -1;

	if (geteuid() != 0) {
		printf("# skipped: needs root\n");
		return;
	}
	CHECK(!compile(&a, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", &p, &e));
	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(install_without_rights(&p));
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == NO_SECCOMP);
	arena_free(&a);
}
