/*
 * seccomp.c - drives libseccomp, and puts in front of its program what it does not do:
 *
 *   for each architecture:  number above the largest one named? -- yes --> ENOSYS
 *                                | no
 *                           libseccomp's program
 */
#define _GNU_SOURCE
#include "kernel/seccomp.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/sys.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define BAD(e, ...) err_kind(e, ERR_CONFIG, 0, "linux.seccomp." __VA_ARGS__)

enum { ARCH_MAX = 24, ARCH_NAME_MAX = 16, GUARD_SIZE = 6 };

/* That of libseccomp 2.5 on Linux 5.0 and newer: saying so spares the library its trial calls. */
enum { API_LEVEL = 6 };

enum { FLAG_WAIT_KILLABLE_RECV = 1 << 5 }; /* Linux 5.19 */

/* clang-format off */
static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC",		    SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG",		    SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",	    SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", FLAG_WAIT_KILLABLE_RECV },
};

static const enum scmp_compare operators[] = {
	[SPEC_CMP_NE] = SCMP_CMP_NE, [SPEC_CMP_LT] = SCMP_CMP_LT, [SPEC_CMP_LE] = SCMP_CMP_LE,
	[SPEC_CMP_EQ] = SCMP_CMP_EQ, [SPEC_CMP_GE] = SCMP_CMP_GE, [SPEC_CMP_GT] = SCMP_CMP_GT,
	[SPEC_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static const uint32_t actions[] = {
	[SPEC_ACT_KILL_THREAD] = SCMP_ACT_KILL_THREAD, [SPEC_ACT_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS,
	[SPEC_ACT_TRAP] = SCMP_ACT_TRAP, [SPEC_ACT_ERRNO] = SCMP_ACT_ERRNO(0),
	[SPEC_ACT_TRACE] = SCMP_ACT_TRACE(0), [SPEC_ACT_ALLOW] = SCMP_ACT_ALLOW,
	[SPEC_ACT_LOG] = SCMP_ACT_LOG, [SPEC_ACT_NOTIFY] = SCMP_ACT_NOTIFY,
};
/* clang-format on */

/* An architecture of the filter, and the largest number that the profile names for it. */
struct arch {
	uint32_t token;
	int64_t max; /* -1: none */
};

struct compiler {
	scmp_filter_ctx ctx;
	uint32_t default_action;
	struct arch archs[ARCH_MAX];
	size_t n_archs;
};

static void drop_ctx(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* The library's value of an action; `where` names its property in errors. */
static int action_value(int action, const struct json_opt *errno_ret, const char *where,
                        uint32_t *ret, struct err *e)
{
	bool has_errno = action == SPEC_ACT_ERRNO || action == SPEC_ACT_TRACE;

	if (action == SPEC_ACT_NOTIFY)
		return BAD(e, "%s: SCMP_ACT_NOTIFY is not supported", where);
	if (errno_ret->set && !has_errno)
		return BAD(e, "%s: an errno goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only",
		           where);
	if (errno_ret->set && (errno_ret->v < 0 || errno_ret->v >= 4096))
		return BAD(e, "%s: errno %lld is not from 0 to 4095", where,
		           (long long)errno_ret->v);
	*ret = actions[action];
	if (has_errno)
		*ret |= errno_ret->set ? (uint32_t)errno_ret->v : EPERM;
	return 0;
}

/* "SCMP_ARCH_X86_64" to the library's token of "x86_64"; 0 when it has none. */
static uint32_t arch_token(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[ARCH_NAME_MAX] = "";

	if (strncmp(name, prefix, sizeof prefix - 1) ||
	    strlen(name) - (sizeof prefix - 1) >= sizeof lower)
		return 0;
	for (size_t i = 0; name[sizeof prefix - 1 + i]; i++) {
		char c = name[sizeof prefix - 1 + i];
		lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return seccomp_arch_resolve_name(lower);
}

static int add_archs(struct compiler *c, const struct spec_seccomp *s, struct err *e)
{
	c->archs[c->n_archs++] = (struct arch){ seccomp_arch_native(), -1 };
	for (size_t i = 0; i < s->n_architectures; i++) {
		uint32_t token = arch_token(s->architectures[i]);
		if (!token)
			return BAD(e, "architectures[%zu]: \"%s\" is not known", i,
			           s->architectures[i]);
		int r = seccomp_arch_add(c->ctx, token);
		if (r == -EDOM)
			log_debug("seccomp: %s has the other byte order, left out",
			          s->architectures[i]);
		if (r == -EEXIST || r == -EDOM)
			continue;
		if (r < 0 || c->n_archs == ARCH_MAX)
			return err_set(e, r < 0 ? -r : E2BIG,
			               "linux.seccomp.architectures[%zu]: add %s", i,
			               s->architectures[i]);
		c->archs[c->n_archs++] = (struct arch){ token, -1 };
	}
	return 0;
}

static bool has_twice(const struct spec_seccomp_rule *r)
{
	for (size_t i = 0; i < r->n_args; i++)
		for (size_t j = 0; j < i; j++)
			if (r->args[i].index == r->args[j].index)
				return true;
	return false;
}

static struct scmp_arg_cmp compare(const struct spec_seccomp_arg *a)
{
	return (struct scmp_arg_cmp){ a->index, operators[a->op], a->value, a->value_two };
}

/* The rule for one system call: as one, or as one rule for each comparison. 0 or -errno. */
static int add_rule(struct compiler *c, uint32_t action, int nr, const struct spec_seccomp_rule *r)
{
	struct scmp_arg_cmp args[6];
	int rc = 0;

	if (r->n_args && has_twice(r)) {
		for (size_t i = 0; i < r->n_args && rc == 0; i++) {
			args[0] = compare(&r->args[i]);
			rc = seccomp_rule_add_array(c->ctx, action, nr, 1, args);
		}
		return rc;
	}
	for (size_t i = 0; i < r->n_args; i++)
		args[i] = compare(&r->args[i]);
	return seccomp_rule_add_array(c->ctx, action, nr, (unsigned)r->n_args, args);
}

/* The first number that is no ordinary call there: x32's range begins, or arm's private calls. */
static uint32_t end_of_numbers(uint32_t token)
{
	if (token == SCMP_ARCH_X86_64)
		return 0x40000000;
	return token == SCMP_ARCH_ARM ? 0xf0000 : UINT32_MAX;
}

static void note_number(struct compiler *c, const char *name)
{
	for (size_t i = 0; i < c->n_archs; i++) {
		struct arch *a = &c->archs[i];
		int nr = seccomp_syscall_resolve_name_arch(a->token, name);
		if (nr >= 0 && nr > a->max && (uint32_t)nr < end_of_numbers(a->token))
			a->max = nr;
	}
}

static int add_names(struct compiler *c, size_t i, const struct spec_seccomp_rule *r,
                     uint32_t action, struct err *e)
{
	for (size_t j = 0; j < r->n_names; j++) {
		int nr = seccomp_syscall_resolve_name(r->names[j]);
		if (nr == __NR_SCMP_ERROR) {
			log_debug("seccomp: system call %s is not known, skipped", r->names[j]);
			continue;
		}
		note_number(c, r->names[j]);
		if (action == c->default_action)
			continue;
		int rc = add_rule(c, action, nr, r);
		if (rc == -EEXIST)
			return BAD(e,
			           "syscalls[%zu]: %s: another rule for the same arguments has a "
			           "different action",
			           i, r->names[j]);
		if (rc < 0)
			return err_set(e, -rc, "linux.seccomp.syscalls[%zu]: add %s", i,
			               r->names[j]);
	}
	return 0;
}

static int add_rules(struct compiler *c, const struct spec_seccomp *s, struct err *e)
{
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];
		char where[32];
		uint32_t action;

		snprintf(where, sizeof where, "syscalls[%zu]", i);
		for (size_t j = 0; j < r->n_args; j++)
			if (r->args[j].index > 5)
				return BAD(e, "%s.args[%zu].index: not from 0 to 5", where, j);
		if (action_value(r->action, &r->errno_ret, where, &action, e) ||
		    add_names(c, i, r, action, e))
			return -1;
	}
	return 0;
}

/* A of the BPF machine holds the architecture before and after. */
static size_t put_guard(struct sock_filter *f, const struct arch *a)
{
	uint32_t audit = a->token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : a->token;
	const struct sock_filter block[GUARD_SIZE] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, audit, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)a->max, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end_of_numbers(a->token), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	};

	if (a->max < 0)
		return 0;
	memcpy(f, block, sizeof block);
	return GUARD_SIZE;
}

static size_t put_guards(const struct compiler *c, struct sock_filter *f)
{
	uint32_t a = c->default_action;
	size_t n = 1;

	if (a == SCMP_ACT_ALLOW || a == SCMP_ACT_LOG || a == SCMP_ACT_ERRNO(ENOSYS) ||
	    (a & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
		return 0;
	f[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                    offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < c->n_archs; i++)
		n += put_guard(f + n, &c->archs[i]);
	return n;
}

static int export(struct arena *a, const struct compiler *c, struct seccomp_program *ret,
                  struct err *e)
{
	struct sock_filter guards[1 + ARCH_MAX * GUARD_SIZE];
	own_fd fd = memfd_create("seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "make a file in memory for the seccomp program");
	int r = seccomp_export_bpf(c->ctx, fd);
	off_t size = lseek(fd, 0, SEEK_END);
	if (r < 0 || size <= 0)
		return err_set(e, r < 0 ? -r : EIO, "compile the seccomp profile");
	size_t n = (size_t)size / sizeof *guards, n_guards = put_guards(c, guards);
	if (n_guards + n > BPF_MAXINSNS)
		return BAD(e, "syscalls: the profile needs %zu instructions, the kernel takes %d",
		           n_guards + n, BPF_MAXINSNS);
	struct sock_filter *f = arena_array(a, n_guards + n, sizeof *f);
	memcpy(f, guards, n_guards * sizeof *f);
	if (pread(fd, f + n_guards, (size_t)size, 0) != size)
		return err_set(e, errno, "read the compiled seccomp profile");
	ret->filter = f;
	ret->n = (uint32_t)(n_guards + n);
	return 0;
}

/* WAIT_KILLABLE_RECV says how a listener is waited for; without one the kernel refuses it. */
static int read_flags(const struct spec_seccomp *s, uint32_t *ret, struct err *e)
{
	uint32_t sum = s->flags ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	for (size_t i = 0; i < s->n_flags; i++) {
		size_t k = 0;
		while (k < sizeof flags / sizeof *flags && strcmp(s->flags[i], flags[k].name))
			k++;
		if (k == sizeof flags / sizeof *flags)
			return BAD(e, "flags[%zu]: \"%s\" is not known", i, s->flags[i]);
		sum |= flags[k].flag;
	}
	*ret = sum & ~(uint32_t)FLAG_WAIT_KILLABLE_RECV;
	return 0;
}

int seccomp_compile(struct arena *a, const struct spec_seccomp *s, struct seccomp_program *ret,
                    struct err *e)
{
	struct compiler c = { 0 };
	struct seccomp_program p = { 0 };

	if (!s) {
		*ret = p;
		return 0;
	}
	if (read_flags(s, &p.flags, e) || action_value(s->default_action, &s->default_errno_ret,
	                                               "defaultAction", &c.default_action, e))
		return -1;
	(void)seccomp_api_set(API_LEVEL); /* a library too old for it finds its level itself */
	__attribute__((cleanup(drop_ctx))) scmp_filter_ctx ctx = seccomp_init(c.default_action);
	if (!ctx)
		return err_set(e, ENOMEM, "start the seccomp compiler");
	c.ctx = ctx;
	if (add_archs(&c, s, e) || add_rules(&c, s, e) || export(a, &c, &p, e))
		return -1;
	*ret = p;
	return 0;
}

int seccomp_install(const struct seccomp_program *p, struct err *e)
{
	union { /* sock_fprog wants a pointer that is not const, and does not write */
		const struct sock_filter *in;
		struct sock_filter *out;
	} filter = { .in = p->filter };
	const struct sock_fprog prog = { (unsigned short)p->n, filter.out };

	if (!p->n || !sys_seccomp_filter(p->flags, &prog))
		return 0;
	if (errno == EINVAL && p->flags == SECCOMP_FILTER_FLAG_SPEC_ALLOW &&
	    !sys_seccomp_filter(0, &prog))
		return 0;
	if (errno == EACCES)
		return err_set(
		    e, errno,
		    "load the seccomp profile: without noNewPrivileges it needs CAP_SYS_ADMIN");
	return err_set(e, errno, "load the seccomp profile");
}
