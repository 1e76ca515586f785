/*
 * cgroup_device.c - builds the eBPF program of a list of device rules, and puts it on a cgroup.
 *
 * The kernel runs it at every open and mknod of a device node. mknod is always allowed, so what is
 * left is reading and writing, and each rule, from the last to the first, takes what it decides out
 * of what is pending:
 *
 *	r2 = type, r3 = pending, r4 = major, r5 = minor
 *	nothing pending, or a device of every container?  exit 1
 *	a rule:	   another type, major or minor?  next rule
 *		   deny:  any of its accesses pending?	exit 0
 *		   allow: take its accesses away; nothing pending any more?  exit 1
 *	the end:   exit 0
 *
 * Loading is what costs: 0.05 ms for a plain "deny all". A rule compares by XOR and OR, with one
 * jump, because the verifier carries what a jump teaches it about r2, r4 and r5 into every rule
 * that follows, and its work could grow with the square of their number.
 */
#define _GNU_SOURCE
#include "kernel/cgroup_device.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

enum { TYPE_ANY = 0 };
enum { READ_WRITE = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };
enum { TO_ALLOW = -1, TO_RULES = -2, TO_NEXT = -3 }; /* jumps that are not resolved yet */
enum { MINOR_BITS = 20 };                            /* MINORBITS in linux/kdev_t.h */
enum { RULE_LEN_MAX = 14, FRAME_LEN = 48 };          /* instructions */
enum { PROGRAMS_MAX = 64, VERIFIER_LOG = 16384 };    /* BPF_CGROUP_MAX_PROGS */

struct rule {
	bool allow;
	unsigned type, access; /* BPF_DEVCG_*, without mknod */
	int64_t major, minor;  /* -1: any */
};

/* clang-format off */
static const struct device { int major, minor; } every_container[] = { /* character devices */
	{ 136, -1 }, /* pts */
	{ 1, 3 },    /* null */
	{ 1, 5 },    /* zero */
	{ 1, 7 },    /* full */
	{ 1, 8 },    /* random */
	{ 1, 9 },    /* urandom */
	{ 5, 0 },    /* tty */
	{ 5, 1 },    /* console */
	{ 5, 2 },    /* ptmx */
};
/* clang-format on */

enum { N_EVERY_CONTAINER = sizeof every_container / sizeof *every_container };

static int read_type(const char *s, unsigned *ret)
{
	if (!s || !strcmp(s, "a"))
		*ret = TYPE_ANY;
	else if (!strcmp(s, "c") || !strcmp(s, "u"))
		*ret = BPF_DEVCG_DEV_CHAR;
	else if (!strcmp(s, "b"))
		*ret = BPF_DEVCG_DEV_BLOCK;
	else
		return -1;
	return 0;
}

static int read_access(const char *s, unsigned *ret)
{
	*ret = 0;
	if (!s || !*s)
		s = "rwm";
	for (; *s; s++)
		switch (*s) {
		case 'r':
			*ret |= BPF_DEVCG_ACC_READ;
			break;
		case 'w':
			*ret |= BPF_DEVCG_ACC_WRITE;
			break;
		case 'm':
			break; /* allowed anyway: a node alone opens nothing */
		case 'a':      /* all: only in a rule that denies */
			*ret = READ_WRITE;
			break;
		default:
			return -1;
		}
	return 0;
}

/* Within 31 bits, for the immediate operand is signed; the kernel's own numbers have 12 and 20. */
static int read_number(const struct json_opt *v, int64_t *ret)
{
	*ret = v->set ? v->v : -1;
	return *ret >= -1 && *ret <= INT32_MAX ? 0 : -1;
}

static int read_rule(const struct spec_device_rule *r, size_t i, struct rule *ret, struct err *e)
{
	const char *bad = NULL;

	ret->allow = r->allow;
	if (read_type(r->type, &ret->type))
		bad = "type";
	else if (read_access(r->access, &ret->access))
		bad = "access";
	else if (read_number(&r->major, &ret->major))
		bad = "major";
	else if (read_number(&r->minor, &ret->minor))
		bad = "minor";
	return bad ? err_kind(e, ERR_CONFIG, 0, "linux.resources.devices[%zu].%s: invalid", i, bad)
	           : 0;
}

/* Engines like to name the devices of every container one by one: those are decided already. */
static bool decides_nothing(const struct rule *r)
{
	if (!r->access)
		return true;
	for (size_t i = 0; i < N_EVERY_CONTAINER && r->type == BPF_DEVCG_DEV_CHAR; i++)
		if (r->major == every_container[i].major &&
		    (r->minor == every_container[i].minor || every_container[i].minor < 0))
			return true;
	return false;
}

static bool decides_all(const struct rule *r)
{
	return r->type == TYPE_ANY && r->major < 0 && r->minor < 0 && r->access == READ_WRITE;
}

/* The rules that matter: none before the last one that decides everything. */
static int read_rules(const struct spec_device_rule *in, size_t n, struct rule *rules,
                      size_t *ret_n, struct err *e)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (read_rule(&in[i], i, &rules[k], e))
			return -1;
		if (decides_all(&rules[k])) {
			rules[0] = rules[k];
			k = 1;
		} else if (!decides_nothing(&rules[k])) {
			k++;
		}
	}
	*ret_n = k;
	return 0;
}

/* A general "allow", and nothing behind it that denies. */
static bool allows_all(const struct rule *rules, size_t n)
{
	if (!n || !decides_all(&rules[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!rules[i].allow)
			return false;
	return true;
}

static bool is_every_containers(bool block, int64_t major, int64_t minor)
{
	for (size_t i = 0; i < N_EVERY_CONTAINER && !block; i++)
		if (major == every_container[i].major &&
		    (every_container[i].minor < 0 || minor == every_container[i].minor))
			return true;
	return false;
}

bool cgroup_device_allows(struct arena *a, const struct spec_device_rule *rules, size_t n,
                          bool block, int64_t major, int64_t minor)
{
	struct rule *r = arena_array(a, n + 1, sizeof *r);
	const unsigned type = block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	unsigned pending = READ_WRITE;
	struct err ignored;

	if (read_rules(rules, n, r, &n, &ignored))
		return false;
	while (pending && n--) {
		if ((r[n].type != TYPE_ANY && r[n].type != type) ||
		    (r[n].major >= 0 && r[n].major != major) ||
		    (r[n].minor >= 0 && r[n].minor != minor))
			continue;
		if (!r[n].allow && pending & r[n].access)
			break;
		if (r[n].allow)
			pending &= ~r[n].access;
	}
	return !pending || is_every_containers(block, major, minor);
}

struct program {
	struct bpf_insn *insns;
	size_t len;
};

static void emit(struct program *p, unsigned code, unsigned dst, unsigned src, int off, int imm)
{
	p->insns[p->len++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = dst & 15,
		.src_reg = src & 15,
		.off = (int16_t)off,
		.imm = imm,
	};
}

static void emit_alu(struct program *p, unsigned op, unsigned dst, int imm)
{
	emit(p, BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

static void emit_alu_reg(struct program *p, unsigned op, unsigned dst, unsigned src)
{
	emit(p, BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
}

static void emit_jump(struct program *p, unsigned op, unsigned dst, int imm, int where)
{
	emit(p, BPF_JMP | op | BPF_K, dst, 0, where, imm);
}

static void emit_load(struct program *p, unsigned dst, size_t off)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, BPF_REG_1, (int)off, 0);
}

static void emit_exit(struct program *p, int value)
{
	emit_alu(p, BPF_MOV, BPF_REG_0, value);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jumps `where`, from `start` on, arrive here. */
static void arrive(struct program *p, size_t start, int where)
{
	for (size_t i = start; i < p->len; i++)
		if (p->insns[i].off == where)
			p->insns[i].off = (int16_t)(p->len - i - 1);
}

static void emit_start(struct program *p)
{
	emit_load(p, BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_alu_reg(p, BPF_MOV, BPF_REG_3, BPF_REG_2);
	emit_alu(p, BPF_AND, BPF_REG_2, 0xffff);
	emit_alu(p, BPF_RSH, BPF_REG_3, 16); /* the accesses are the upper half */
	emit_alu(p, BPF_AND, BPF_REG_3, READ_WRITE);
	emit_jump(p, BPF_JEQ, BPF_REG_3, 0, TO_ALLOW);
	emit_load(p, BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, BPF_REG_5, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit_alu_reg(p, BPF_MOV, BPF_REG_6, BPF_REG_2);
	emit_alu(p, BPF_XOR, BPF_REG_6, BPF_DEVCG_DEV_CHAR);
	emit_jump(p, BPF_JNE, BPF_REG_6, 0, TO_RULES);
	emit_alu_reg(p, BPF_MOV, BPF_REG_6, BPF_REG_4);
	emit_alu(p, BPF_LSH, BPF_REG_6, MINOR_BITS);
	emit_alu_reg(p, BPF_OR, BPF_REG_6, BPF_REG_5);
	for (const struct device *d = every_container; d < every_container + N_EVERY_CONTAINER; d++)
		if (d->minor < 0)
			emit_jump(p, BPF_JEQ, BPF_REG_4, d->major, TO_ALLOW);
		else
			emit_jump(p, BPF_JEQ, BPF_REG_6, d->major << MINOR_BITS | d->minor,
			          TO_ALLOW);
	emit_jump(p, BPF_JA, 0, 0, TO_RULES);
	arrive(p, 0, TO_ALLOW);
	emit_exit(p, 1);
	arrive(p, 0, TO_RULES);
}

/* Adds how a register differs from the rule to r6, when there is something there (`more`). */
static bool emit_difference(struct program *p, unsigned reg, int64_t want, bool more)
{
	unsigned to = more ? BPF_REG_7 : BPF_REG_6;

	if (want < 0)
		return more;
	emit_alu_reg(p, BPF_MOV, to, reg);
	emit_alu(p, BPF_XOR, to, (int)want);
	if (more)
		emit_alu_reg(p, BPF_OR, BPF_REG_6, BPF_REG_7);
	return true;
}

static void emit_rule(struct program *p, const struct rule *r)
{
	size_t start = p->len;
	int64_t type = r->type == TYPE_ANY ? -1 : (int64_t)r->type;
	bool some = emit_difference(p, BPF_REG_2, type, false);

	some = emit_difference(p, BPF_REG_4, r->major, some);
	if (emit_difference(p, BPF_REG_5, r->minor, some))
		emit_jump(p, BPF_JNE, BPF_REG_6, 0, TO_NEXT);
	if (r->access != READ_WRITE && r->allow) {
		emit_alu(p, BPF_AND, BPF_REG_3, (int)(READ_WRITE & ~r->access));
		emit_jump(p, BPF_JNE, BPF_REG_3, 0, TO_NEXT);
	} else if (r->access != READ_WRITE) {
		emit_jump(p, BPF_JSET, BPF_REG_3, (int)r->access, 1);
		emit_jump(p, BPF_JA, 0, 0, TO_NEXT);
	}
	emit_exit(p, r->allow);
	arrive(p, start, TO_NEXT);
}

int cgroup_device_program(struct arena *a, const struct spec_device_rule *rules, size_t n,
                          struct bpf_insn **ret, size_t *ret_len, struct err *e)
{
	struct rule *r = arena_array(a, n + 1, sizeof *r);
	size_t count;

	if (read_rules(rules, n, r, &count, e))
		return -1;
	*ret = NULL;
	*ret_len = 0;
	if (!n || allows_all(r, count))
		return 0;
	size_t room = count * RULE_LEN_MAX + FRAME_LEN;
	struct program p = { .insns = arena_array(a, room, sizeof *p.insns) };
	emit_start(&p);
	while (count--)
		emit_rule(&p, &r[count]);
	if (!decides_all(&r[0])) /* the verifier refuses what cannot be reached */
		emit_exit(&p, 0);
	*ret = p.insns;
	*ret_len = p.len;
	return 0;
}

static int load_once(const struct bpf_insn *insns, size_t len, char *text, uint32_t size)
{
	static const char license[] = "Dual MIT/GPL";
	union bpf_attr at;

	memset(&at, 0, sizeof at); /* the padding too: the kernel looks */
	at.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	at.insns = (uintptr_t)insns;
	at.insn_cnt = (uint32_t)len;
	at.license = (uintptr_t)license;
	at.log_buf = (uintptr_t)text;
	at.log_size = size;
	at.log_level = size ? 1 : 0;
	memcpy(at.prog_name, "scow_device", sizeof "scow_device");
	return sys_bpf(BPF_PROG_LOAD, &at, sizeof at);
}

/*
 * Before Linux 5.11 programs count against RLIMIT_MEMLOCK, 64 KiB by default. The old limit comes
 * back, for the container inherits it.
 */
static int load_with_memlock(const struct bpf_insn *insns, size_t len)
{
	struct rlimit old, none = { RLIM_INFINITY, RLIM_INFINITY };

	if (getrlimit(RLIMIT_MEMLOCK, &old))
		return -1;
	struct rlimit most = { old.rlim_max, old.rlim_max }; /* without CAP_SYS_RESOURCE */
	if (setrlimit(RLIMIT_MEMLOCK, &none) && setrlimit(RLIMIT_MEMLOCK, &most)) {
		errno = EPERM;
		return -1;
	}
	int fd = load_once(insns, len, NULL, 0);
	int no = errno;
	(void)setrlimit(RLIMIT_MEMLOCK, &old); /* lowering never fails */
	errno = no;
	return fd;
}

static int load(struct arena *a, const struct bpf_insn *insns, size_t len, struct err *e)
{
	int fd = load_once(insns, len, NULL, 0);

	if (fd < 0 && errno == EPERM)
		fd = load_with_memlock(insns, len);
	if (fd >= 0)
		return fd;
	int no = errno;
	if (no == ENOSYS || no == EINVAL)
		return err_set(e, EOPNOTSUPP,
		               "linux.resources.devices cannot be enforced: the kernel lacks "
		               "CONFIG_CGROUP_BPF (--devices=nodev does without)");
	if (no == EPERM)
		return err_set(e, no, "linux.resources.devices needs CAP_SYS_ADMIN, to load BPF");
	char *text = arena_alloc(a, VERIFIER_LOG);
	(void)load_once(insns, len, text, VERIFIER_LOG); /* for its text only */
	log_debug("device program: %s", text);
	return err_set(e, no, "load the device program of %zu instructions", len);
}

int cgroup_device_try(struct arena *a, struct err *e)
{
	const struct spec_device_rule deny_all = { 0 };
	struct bpf_insn *insns;
	size_t len;

	if (cgroup_device_program(a, &deny_all, 1, &insns, &len, e))
		return -1;
	own_fd fd = load(a, insns, len, e);
	return fd < 0 ? -1 : 0;
}

/* The programs on this very cgroup. -1 and errno. */
static int query(const struct cgroup *cg, uint32_t ids[PROGRAMS_MAX], uint32_t *ret_n)
{
	union bpf_attr at;

	memset(&at, 0, sizeof at);
	at.query.target_fd = (uint32_t)cg->fd;
	at.query.attach_type = BPF_CGROUP_DEVICE;
	at.query.prog_ids = (uintptr_t)ids;
	at.query.prog_cnt = PROGRAMS_MAX;
	if (sys_bpf(BPF_PROG_QUERY, &at, sizeof at))
		return -1;
	*ret_n = at.query.prog_cnt;
	return 0;
}

static int open_id(uint32_t id)
{
	union bpf_attr at;

	memset(&at, 0, sizeof at);
	at.prog_id = id;
	return sys_bpf(BPF_PROG_GET_FD_BY_ID, &at, sizeof at);
}

/* cmd: BPF_PROG_ATTACH, in place of the program `old` unless that is -1, or BPF_PROG_DETACH. */
static int attach(int cmd, const struct cgroup *cg, int fd, int old)
{
	union bpf_attr at;

	memset(&at, 0, sizeof at);
	at.target_fd = (uint32_t)cg->fd;
	at.attach_bpf_fd = (uint32_t)fd;
	at.attach_type = BPF_CGROUP_DEVICE;
	if (cmd == BPF_PROG_ATTACH)
		at.attach_flags = BPF_F_ALLOW_MULTI;
	if (old >= 0) {
		at.attach_flags |= BPF_F_REPLACE;
		at.replace_bpf_fd = (uint32_t)old;
	}
	return sys_bpf(cmd, &at, sizeof at);
}

/*
 * `fd` (-1: none) takes the place of what the cgroup has. One program is replaced in one step. Of
 * several, all must allow an access, so the new one comes first and then they go.
 */
static int replace(const struct cgroup *cg, int fd, struct err *e)
{
	uint32_t ids[PROGRAMS_MAX], n = 0;

	if (query(cg, ids, &n)) {
		if (fd < 0 && (errno == EINVAL || errno == ENOSYS))
			return 0; /* a kernel without device programs has none to take away */
		return err_set(e, errno, "cgroup %s: ask for its device programs", cg->path);
	}
	own_fd old = n == 1 && fd >= 0 ? open_id(ids[0]) : -1;
	if (fd >= 0 && attach(BPF_PROG_ATTACH, cg, fd, old))
		return err_set(e, errno, "cgroup %s: attach the device program", cg->path);
	for (uint32_t i = 0; i < n && old < 0; i++) {
		own_fd other = open_id(ids[i]);
		if (other < 0 || attach(BPF_PROG_DETACH, cg, other, -1))
			return err_set(e, errno, "cgroup %s: detach device program %" PRIu32,
			               cg->path, ids[i]);
	}
	return 0;
}

int cgroup_device_attach(struct arena *a, const struct cgroup *cg,
                         const struct spec_device_rule *rules, size_t n, struct err *e)
{
	struct bpf_insn *insns;
	size_t len;
	own_fd fd = -1;

	if (!n)
		return 0;
	if (cgroup_device_program(a, rules, n, &insns, &len, e))
		return -1;
	if (!len && cg->made)
		return 0;
	if (len && (fd = load(a, insns, len, e)) < 0)
		return -1;
	if (!cg->made)
		return replace(cg, fd, e);
	if (attach(BPF_PROG_ATTACH, cg, fd, -1))
		return err_set(e, errno, "cgroup %s: attach the device program", cg->path);
	return 0;
}
