/* seccomp_peer_test.c - libseccomp as a second opinion, in a child: it can loop for ever. */
#define _GNU_SOURCE
#include "kernel/seccomp_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED = 1, ENDLESS = 2 };

/* clang-format off */
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

static uint32_t action_value(int action, const struct json_opt *no)
{
	bool has_errno = action == SPEC_ACT_ERRNO || action == SPEC_ACT_TRACE;

	return actions[action] | (!has_errno ? 0 : no->set ? (uint32_t)no->v : EPERM);
}

static bool has_twice(const struct spec_seccomp_rule *r)
{
	for (size_t i = 0; i < r->n_args; i++)
		for (size_t j = 0; j < i; j++)
			if (r->args[i].index == r->args[j].index)
				return true;
	return false;
}

/* As runc and crun do it. */
static int add_rule(scmp_filter_ctx ctx, uint32_t action, int nr, const struct spec_seccomp_rule *r)
{
	struct scmp_arg_cmp args[6];
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < r->n_args && rc == 0; i++) {
		const struct spec_seccomp_arg *c = &r->args[i];
		args[n++] =
		    (struct scmp_arg_cmp){ c->index, operators[c->op], c->value, c->value_two };
		if (has_twice(r)) {
			rc = seccomp_rule_add_array(ctx, action, nr, 1, args);
			n = 0;
		}
	}
	return r->n_args && has_twice(r)
	           ? rc
	           : seccomp_rule_add_array(ctx, action, nr, (unsigned)n, args);
}

static int add_rules(scmp_filter_ctx ctx, const struct spec_seccomp *s)
{
	uint32_t fallback = action_value(s->default_action, &s->default_errno_ret);

	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];
		uint32_t action = action_value(r->action, &r->errno_ret);
		for (size_t j = 0; j < r->n_names && action != fallback; j++) {
			int nr = seccomp_syscall_resolve_name(r->names[j]);
			if (nr != __NR_SCMP_ERROR && add_rule(ctx, action, nr, r) < 0)
				return REFUSED;
		}
	}
	return 0;
}

static int make(const struct proof *p, int fd)
{
	(void)seccomp_api_set(6);
	scmp_filter_ctx ctx =
	    seccomp_init(action_value(p->spec->default_action, &p->spec->default_errno_ret));

	for (uint32_t i = 0; i < PROOF_ARCHS; i++)
		if (p->archs[i].token && p->archs[i].token != seccomp_arch_native() &&
		    seccomp_arch_add(ctx, p->archs[i].token) < 0)
			return REFUSED;
	int rc = add_rules(ctx, p->spec);
	return rc ? rc : seccomp_export_bpf(ctx, fd) < 0;
}

int proof_peer(const struct proof *p, unsigned limit_ms, struct sock_filter *room,
               struct seccomp_program *ret)
{
	int status, fd = memfd_create("peer", MFD_CLOEXEC);
	const struct itimerval limit = { .it_value = { limit_ms / 1000,
		                                       (suseconds_t)(limit_ms % 1000) * 1000 } };

	if (fd < 0)
		return -1;
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		setitimer(ITIMER_REAL, &limit, NULL);
		_exit(make(p, fd));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		close(fd);
		return -1;
	}
	ssize_t size = pread(fd, room, BPF_MAXINSNS * sizeof *room, 0);
	close(fd);
	if (!WIFEXITED(status))
		return ENDLESS;
	if (WEXITSTATUS(status) || size <= 0)
		return REFUSED;
	*ret = (struct seccomp_program){ 0, (uint32_t)((size_t)size / sizeof *room), room };
	return 0;
}
