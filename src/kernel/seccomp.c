/*
 * seccomp.c - a profile's flags and its program; loading them.
 *
 *   seccomp_rules    profile --> for each architecture, number --> outcome
 *   seccomp_tree     numbers --> a tree of comparisons
 *   seccomp_block    outcome --> tests of arguments
 *   seccomp_emit     jumps and returns, the last one first
 */
#define _GNU_SOURCE
#include "kernel/seccomp.h"

#include "base/bits.h"
#include "kernel/seccomp_tree.h"
#include "sys/sys.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#define BAD(e, ...) err_kind(e, ERR_CONFIG, 0, "linux.seccomp." __VA_ARGS__)

enum { FLAG_WAIT_KILLABLE_RECV = 1 << 5 }; /* Linux 5.19 */

/* clang-format off */
#define FLAG(name, bit) { name, (bit) + FITS(name, sizeof seccomp_flags[0].word) }

const struct seccomp_flag seccomp_flags[] = {
	FLAG("SECCOMP_FILTER_FLAG_TSYNC",	       SECCOMP_FILTER_FLAG_TSYNC),
	FLAG("SECCOMP_FILTER_FLAG_LOG",		       SECCOMP_FILTER_FLAG_LOG),
	FLAG("SECCOMP_FILTER_FLAG_SPEC_ALLOW",	       SECCOMP_FILTER_FLAG_SPEC_ALLOW),
	FLAG("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", FLAG_WAIT_KILLABLE_RECV),
	{ "", 0 },
};
/* clang-format on */

/*
 * WAIT_KILLABLE_RECV says how a listener is waited for; without one the kernel refuses it. TSYNC
 * would bind the thread that hands the listener on; the program has one thread, and it is bound.
 */
static int read_flags(const struct spec_seccomp *s, uint32_t *ret, struct err *e)
{
	uint32_t sum = s->flags ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	for (size_t i = 0; i < s->n_flags; i++) {
		const struct seccomp_flag *f = seccomp_flags;
		while (*f->word && strcmp(s->flags[i], f->word))
			f++;
		if (!*f->word)
			return BAD(e, "flags[%zu]: \"%s\" is not known", i, s->flags[i]);
		sum |= f->value;
	}
	*ret = spec_seccomp_notifies(s)
	           ? (sum & ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC) | SECCOMP_FILTER_FLAG_NEW_LISTENER
	           : sum & ~(uint32_t)FLAG_WAIT_KILLABLE_RECV;
	return 0;
}

/* Without a filter nothing is loaded: the flags are looked at first, then the pointer. */
bool seccomp_flag_works(uint32_t flag)
{
	if (flag == FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return sys_seccomp_filter(flag, NULL) < 0 && errno == EFAULT;
}

int seccomp_compile(struct arena *a, const struct spec_seccomp *s, struct seccomp_program *ret,
                    struct err *e)
{
	struct seccomp_program p = { 0 };
	struct seccomp_emitter m = { 0 };

	if (!s) {
		*ret = p;
		return 0;
	}
	struct seccomp_profile *profile = arena_alloc(a, sizeof *profile);
	if (read_flags(s, &p.flags, e) || seccomp_rules(a, s, profile, e))
		return -1;
	m.code = arena_array(a, BPF_MAXINSNS, sizeof *m.code);
	seccomp_put_program(&m, profile);
	if (m.n > BPF_MAXINSNS)
		return BAD(e, "syscalls: the profile needs %u instructions, the kernel takes %d",
		           m.n, BPF_MAXINSNS);
	p.filter = m.code + BPF_MAXINSNS - m.n;
	p.n = m.n;
	*ret = p;
	return 0;
}

bool seccomp_notifies(const struct seccomp_program *p)
{
	return p->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

static int refused(const struct seccomp_program *p, struct err *e)
{
	if (errno == ENOSYS)
		return err_set(e, 0, "linux.seccomp: this kernel has no seccomp (CONFIG_SECCOMP)");
	if (errno == EACCES)
		return err_set(
		    e, errno,
		    "load the seccomp profile: without noNewPrivileges it needs CAP_SYS_ADMIN");
	if (errno == EINVAL && p->flags & FLAG_WAIT_KILLABLE_RECV)
		return err_set(e, errno,
		               "load the seccomp profile: this kernel may be older than "
		               "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, which is of Linux 5.19");
	if (errno == EBUSY)
		return err_set(e, errno,
		               "load the seccomp profile: scow itself runs under a profile with a "
		               "listener, and the kernel allows one only");
	return err_set(e, errno, "load the seccomp profile");
}

int seccomp_install(const struct seccomp_program *p, int *ret_listener, struct err *e)
{
	union { /* sock_fprog wants a pointer that is not const, and does not write */
		const struct sock_filter *in;
		struct sock_filter *out;
	} filter = { .in = p->filter };
	const struct sock_fprog prog = { (unsigned short)p->n, filter.out };

	if (!p->n)
		return 0;
	int r = sys_seccomp_filter(p->flags, &prog);
	if (r < 0 && errno == EINVAL && p->flags == SECCOMP_FILTER_FLAG_SPEC_ALLOW)
		r = sys_seccomp_filter(0, &prog);
	if (r < 0)
		return refused(p, e);
	if (seccomp_notifies(p))
		*ret_listener = r;
	return 0;
}
