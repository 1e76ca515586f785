/*
 * seccomp_rules.c - reads the entries of a profile in order and adds each to the numbers that its
 * names have.
 *
 *   outcome so far          entry without arguments    entry with arguments
 *   final (has an action)   stays                      stays
 *   rules, or nothing yet   final, rules are dropped   its rules are added
 *
 * On x86 some names have two numbers: socket is a call of its own and call 1 of socketcall. Whoever
 * allows or forbids socket means both, but socketcall's arguments lie in memory, where no filter
 * sees them: a rule on argument 0 of socket is, for socketcall, "argument 0 is 1".
 */
#include "kernel/seccomp_rules.h"

#include "base/list.h"
#include "base/log.h"
#include "kernel/seccomp_action.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#define BAD(e, ...) err_kind(e, ERR_CONFIG, 0, "linux.seccomp." __VA_ARGS__)

enum { SOCKETCALL = 102, IPC = 117, DIRECT = 0 };

/* A rule is an instruction at least, and the kernel takes no more than this. */
enum { RULES_MAX = 4096 };

/* clang-format off */
static const struct multiplexed {
	char name[12];
	uint8_t nr, call;
} multiplexed[] = { /* sorted */
	{ "accept", SOCKETCALL, 5 }, { "accept4", SOCKETCALL, 18 }, { "bind", SOCKETCALL, 2 },
	{ "connect", SOCKETCALL, 3 }, { "getpeername", SOCKETCALL, 7 },
	{ "getsockname", SOCKETCALL, 6 }, { "getsockopt", SOCKETCALL, 15 },
	{ "listen", SOCKETCALL, 4 }, { "msgctl", IPC, 14 }, { "msgget", IPC, 13 },
	{ "msgrcv", IPC, 12 }, { "msgsnd", IPC, 11 }, { "recv", SOCKETCALL, 10 },
	{ "recvfrom", SOCKETCALL, 12 }, { "recvmmsg", SOCKETCALL, 19 },
	{ "recvmsg", SOCKETCALL, 17 }, { "semctl", IPC, 3 }, { "semget", IPC, 2 },
	{ "semop", IPC, 1 }, { "semtimedop", IPC, 4 }, { "send", SOCKETCALL, 9 },
	{ "sendmmsg", SOCKETCALL, 20 }, { "sendmsg", SOCKETCALL, 16 },
	{ "sendto", SOCKETCALL, 11 }, { "setsockopt", SOCKETCALL, 14 }, { "shmat", IPC, 21 },
	{ "shmctl", IPC, 24 }, { "shmdt", IPC, 22 }, { "shmget", IPC, 23 },
	{ "shutdown", SOCKETCALL, 13 }, { "socket", SOCKETCALL, 1 },
	{ "socketpair", SOCKETCALL, 8 },
};

static const struct {
	enum seccomp_op op;
	bool negate;
} operators[] = {
	[SPEC_CMP_NE] = { SECCOMP_EQ, true }, [SPEC_CMP_LT] = { SECCOMP_GE, true },
	[SPEC_CMP_LE] = { SECCOMP_GT, true }, [SPEC_CMP_EQ] = { SECCOMP_EQ, false },
	[SPEC_CMP_GE] = { SECCOMP_GE, false }, [SPEC_CMP_GT] = { SECCOMP_GT, false },
	[SPEC_CMP_MASKED_EQ] = { SECCOMP_MASK, false },
};
/* clang-format on */

/* An entry on its way to the number of one name. */
struct entry {
	const struct spec_seccomp_rule *spec;
	const char *name;
	size_t index; /* in the profile */
	uint32_t action;
	uint32_t call; /* of socketcall or ipc, or DIRECT */
};

/* ---- outcomes ---- */

static struct seccomp_outcome *decided(struct seccomp_profile *p, uint32_t action)
{
	for (struct seccomp_outcome *o = p->finals; o; o = o->sibling)
		if (o->action == action)
			return o;
	struct seccomp_outcome *o = arena_alloc(p->arena, sizeof *o);
	o->action = action;
	o->final = true;
	o->sibling = p->finals;
	p->finals = o;
	return o;
}

static struct seccomp_outcome *fallback(struct seccomp_profile *p, uint32_t action, bool wide)
{
	struct seccomp_outcome *o = arena_alloc(p->arena, sizeof *o);

	o->action = action;
	o->wide = wide;
	return o;
}

static uint64_t limit(const struct seccomp_outcome *o)
{
	return o->wide ? UINT64_MAX : UINT32_MAX;
}

/* False: a comparison that is always true. */
static bool make_test(const struct spec_seccomp_arg *arg, uint64_t max, struct seccomp_test *ret)
{
	struct seccomp_test t = { .op = operators[arg->op].op,
		                  .negate = operators[arg->op].negate,
		                  .arg = arg->index,
		                  .value = arg->value & max };

	if (t.op == SECCOMP_MASK) {
		t.mask = arg->value & max;
		t.value = arg->value_two & t.mask;
		if (!t.mask)
			return false;
		if (t.mask == max) {
			t.op = SECCOMP_EQ;
			t.mask = 0;
		}
	}
	*ret = t;
	return true;
}

/* The rule of an entry's arguments from `first` on, `n` of them; no tests: it always holds. */
static struct seccomp_rule *make_rule(struct arena *a, const struct entry *x, size_t first,
                                      size_t n, uint64_t max)
{
	struct seccomp_rule *r = arena_alloc(a, sizeof *r);

	r->action = x->action;
	if (x->call)
		r->tests[r->n++] = (struct seccomp_test){ .op = SECCOMP_EQ, .value = x->call };
	for (size_t i = first; i < first + n; i++) {
		const struct spec_seccomp_arg *arg = &x->spec->args[i];
		if (!(x->call && arg->index == 0) && make_test(arg, max, &r->tests[r->n]))
			r->n++;
	}
	return r;
}

static bool has_twice(const struct spec_seccomp_rule *r)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < r->n_args; i++) {
		uint32_t bit = 1U << r->args[i].index;
		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

static bool is_same(const struct seccomp_rule *a, const struct seccomp_rule *b)
{
	if (a->action != b->action || a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct seccomp_test *x = &a->tests[i], *y = &b->tests[i];
		if (x->op != y->op || x->negate != y->negate || x->arg != y->arg ||
		    x->value != y->value || x->mask != y->mask)
			return false;
	}
	return true;
}

/* The entry of a rule that is in the way, for the message. */
static size_t entry_of(const struct seccomp_outcome *o, const struct seccomp_rule *r)
{
	while (o->parent && o->parent->n_rules) {
		const struct seccomp_rule *in = o->parent->rules;
		while (in && in != r)
			in = in->next;
		if (!in)
			break;
		o = o->parent;
	}
	return o->entry;
}

static int add_rule(struct seccomp_profile *p, struct seccomp_outcome *o, struct seccomp_rule *r,
                    const struct entry *x, struct err *e)
{
	for (const struct seccomp_rule *other = o->rules; other; other = other->next) {
		if (is_same(r, other))
			return 0;
		if (!o->clash && r->action != other->action &&
		    seccomp_rules_overlap(r, other, limit(o)))
			o->clash =
			    arena_printf(p->arena,
			                 "syscalls[%zu] and syscalls[%zu]: some arguments of "
			                 "%s%s match both, and their actions differ",
			                 entry_of(o, other), x->index, x->name,
			                 x->call ? " (through socketcall or ipc)" : "");
	}
	if (o->n_rules == RULES_MAX)
		return BAD(e, "syscalls[%zu]: more than %d rules for %s", x->index, RULES_MAX,
		           x->name);
	r->next = o->rules;
	o->rules = r;
	o->n_rules++;
	return 0;
}

/* A new outcome, or `final` when one of the entry's rules has nothing to test. */
static int make_child(struct seccomp_profile *p, struct seccomp_outcome *from,
                      const struct entry *x, struct seccomp_outcome **ret, struct err *e)
{
	const struct spec_seccomp_rule *s = x->spec;
	bool apart = s->n_args && has_twice(s);
	size_t n = apart ? s->n_args : 1;
	struct seccomp_outcome *o = fallback(p, from->action, from->wide);

	o->rules = from->rules;
	o->n_rules = from->n_rules;
	o->clash = from->clash;
	o->parent = from;
	o->entry = x->index;
	o->call = x->call;
	for (size_t i = 0; i < n; i++) {
		struct seccomp_rule *r = make_rule(p->arena, x, i, apart ? 1 : s->n_args, limit(o));
		if (!r->n) {
			*ret = decided(p, x->action);
			return 0;
		}
		if (add_rule(p, o, r, x, e))
			return -1;
	}
	o->sibling = from->child;
	from->child = o;
	*ret = o;
	return 0;
}

/* What becomes of a number when the entry is added. */
static int add_entry(struct seccomp_profile *p, bool wide, const struct entry *x,
                     struct seccomp_outcome **at, struct err *e)
{
	struct seccomp_outcome *from = *at ? *at : p->fallback[wide];

	if (from->final)
		return 0;
	if (!x->spec->n_args && !x->call) {
		*at = decided(p, x->action);
		return 0;
	}
	/* The newest children come first: those of this entry, if any. */
	for (struct seccomp_outcome *o = from->child; o && o->entry == x->index; o = o->sibling)
		if (o->call == x->call) {
			*at = o;
			return 0;
		}
	return make_child(p, from, x, at, e);
}

/* ---- names and numbers ---- */

static struct seccomp_outcome **slot(struct seccomp_table *t, int32_t nr)
{
	if (nr < SECCOMP_NUMBERS)
		return &t->outcome[nr];
	if (nr >= SECCOMP_PRIVATE && nr < SECCOMP_PRIVATE + SECCOMP_PRIVATE_COUNT)
		return &t->private[nr - SECCOMP_PRIVATE];
	return NULL;
}

/*
 * What 32-bit programs call since time_t has 64 bits, by the older call that each replaces. The
 * numbers are the same on every 32-bit CPU.
 */
enum { TIME64 = 403, N_TIME64 = 21 };

/* list.h, in the order of their numbers; "-": no call has this one. */
static const char older[] =
    "clock_gettime\0clock_settime\0clock_adjtime\0clock_getres\0clock_nanosleep\0"
    "timer_gettime\0timer_settime\0timerfd_gettime\0timerfd_settime\0utimensat\0"
    "pselect6\0ppoll\0-\0io_pgetevents\0recvmmsg\0mq_timedsend\0mq_timedreceive\0"
    "semtimedop\0rt_sigtimedwait\0futex\0sched_rr_get_interval\0";

static int add_number(struct seccomp_profile *p, size_t arch, int32_t nr, const struct entry *x,
                      struct err *e)
{
	struct seccomp_table *t = &p->table[arch];
	struct seccomp_outcome **at = slot(t, nr);

	if (!at)
		return err_set(e, ERANGE, "the number %d of system call %s", nr, x->name);
	if (nr > t->max && nr < SECCOMP_NUMBERS)
		t->max = nr;
	if (nr >= TIME64 && nr < TIME64 + N_TIME64)
		t->time64 |= 1u << (nr - TIME64);
	/* An exception from the default that is none does not carve a hole into others either. */
	if (x->action == p->fallback[0]->action)
		return 0;
	return add_entry(p, seccomp_archs[arch].wide, x, at, e);
}

static const struct multiplexed *find_multiplexed(const char *name)
{
	size_t low = 0, high = sizeof multiplexed / sizeof *multiplexed;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, multiplexed[middle].name);
		if (order == 0)
			return &multiplexed[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int add_name(struct seccomp_profile *p, const struct entry *x, struct err *e)
{
	const struct multiplexed *m = find_multiplexed(x->name);
	struct entry through = *x;
	int32_t nr[SECCOMP_ARCHS];

	if (!seccomp_numbers(x->name, nr) && !m) {
		log_debug("seccomp: system call %s is not known, left out", x->name);
		return 0;
	}
	through.call = m ? m->call : DIRECT;
	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		if (!p->table[i].in)
			continue;
		if (nr[i] >= 0 && add_number(p, i, nr[i], x, e))
			return -1;
		if (m && seccomp_archs[i].multiplex && add_number(p, i, m->nr, &through, e))
			return -1;
	}
	return 0;
}

static int add_entries(struct seccomp_profile *p, const struct spec_seccomp *s, struct err *e)
{
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];
		struct entry x = { .spec = r, .index = i, .call = DIRECT };
		char where[32];

		snprintf(where, sizeof where, "syscalls[%zu]", i);
		for (size_t j = 0; j < r->n_args; j++)
			if (r->args[j].index > 5)
				return BAD(e, "%s.args[%zu].index: not from 0 to 5", where, j);
		if (seccomp_action(r->action, &r->errno_ret, where, &x.action, e))
			return -1;
		for (size_t j = 0; j < r->n_names; j++) {
			x.name = r->names[j];
			if (add_name(p, &x, e))
				return -1;
		}
	}
	return 0;
}

/* An outcome that clashes is no harm when a later entry without arguments took its place. */
static int check_clashes(struct seccomp_outcome *const *list, int32_t n, struct err *e)
{
	for (int32_t i = 0; i < n; i++)
		if (list[i] && list[i]->clash)
			return BAD(e, "%s", list[i]->clash);
	return 0;
}

static int check_tables(const struct seccomp_profile *p, struct err *e)
{
	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		const struct seccomp_table *t = &p->table[i];
		if (check_clashes(t->outcome, t->max + 1, e) ||
		    check_clashes(t->private, SECCOMP_PRIVATE_COUNT, e))
			return -1;
	}
	return 0;
}

static int add_archs(struct seccomp_profile *p, const struct spec_seccomp *s, struct err *e)
{
	for (size_t i = 0; i < SECCOMP_ARCHS; i++)
		p->table[i].max = -1;
	p->table[SECCOMP_NATIVE].in = true;
	for (size_t i = 0; i < s->n_architectures; i++) {
		int arch = seccomp_arch_find(s->architectures[i]);
		if (arch == SECCOMP_ARCH_UNKNOWN)
			return BAD(e, "architectures[%zu]: \"%s\" is not known", i,
			           s->architectures[i]);
		if (arch == SECCOMP_ARCH_FOREIGN)
			log_debug("seccomp: %s cannot run here, left out", s->architectures[i]);
		else
			p->table[arch].in = true;
	}
	return 0;
}

/*
 * A C library newer than the profile tries new calls and must see that they do not exist, to take
 * its older way. Where the default lets new calls through or hands them to a tracer, it decides.
 */
static struct seccomp_outcome *newer(struct seccomp_profile *p, uint32_t default_action)
{
	uint32_t kind = default_action & SECCOMP_RET_ACTION_FULL;

	if (kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG || kind == SECCOMP_RET_TRACE)
		return p->fallback[0];
	return decided(p, SECCOMP_RET_ERRNO | ENOSYS);
}

/*
 * A profile from before 64-bit time names the older call alone. C libraries take that one when the
 * new one is ENOSYS, and believe EPERM.
 */
static void add_time64(struct seccomp_profile *p)
{
	int32_t first[SECCOMP_ARCHS], nr[SECCOMP_ARCHS];

	seccomp_numbers("clock_gettime64", first);
	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		struct seccomp_table *t = &p->table[i];
		const char *name = older;
		for (int32_t k = 0; *name && t->in && first[i] == TIME64;
		     k++, name = list_at(name, 1)) {
			if (TIME64 + k > t->max || t->time64 & 1u << k || *name == '-')
				continue;
			seccomp_numbers(name, nr);
			if (nr[i] < 0 && seccomp_archs[i].multiplex) /* semtimedop, by ipc */
				nr[i] = find_multiplexed(name)->nr;
			if (t->outcome[nr[i]])
				t->outcome[TIME64 + k] = p->newer;
		}
	}
}

int seccomp_rules(struct arena *a, const struct spec_seccomp *s, struct seccomp_profile *ret,
                  struct err *e)
{
	uint32_t action;

	if (seccomp_action(s->default_action, &s->default_errno_ret, "defaultAction", &action, e))
		return -1;
	ret->arena = a;
	ret->fallback[0] = fallback(ret, action, false);
	ret->fallback[1] = fallback(ret, action, true);
	ret->foreign = decided(ret, SECCOMP_RET_KILL_THREAD);
	ret->newer = newer(ret, action);
	if (add_archs(ret, s, e) || add_entries(ret, s, e) || check_tables(ret, e))
		return -1;
	add_time64(ret);
	return 0;
}
