/*
 * cgroup_device.c - builds the eBPF program of a list of device rules, and puts it on a cgroup.
 *
 * The kernel runs it at every open and mknod of a device node. From the last rule to the first, each takes the
 * accesses that it decides out of what is pending:
 *
 *	r2 = type, r3 = accesses that are pending, r0 = 0
 *	a rule:	   not this type, major or minor? next rule
 *		   deny:  any of its accesses pending?  exit 0
 *		   allow: take its accesses away; nothing pending any more?  exit 1
 *	the end:   exit 1 if nothing is pending, else 0
 *
 * Major and minor are loaded afresh by every rule. A register that kept them would carry what one comparison taught
 * the verifier into the next, and its work would grow with the square of the number of rules.
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
enum { ACCESS_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };
enum { NEXT_RULE = -1 };			   /* a jump that is not resolved yet */
enum { RULE_LEN_MAX = 12, FRAME_LEN = 16 };	   /* instructions */
enum { PROGRAMS_MAX = 64, VERIFIER_LOG = 16384 }; /* BPF_CGROUP_MAX_PROGS */

struct rule {
	bool allow;
	unsigned type, access; /* BPF_DEVCG_* */
	int64_t major, minor;  /* -1: any */
};

/* clang-format off */
static const struct rule every_container[] = {
	{ true, BPF_DEVCG_DEV_CHAR,  BPF_DEVCG_ACC_MKNOD, -1, -1 }, /* a node alone opens nothing */
	{ true, BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_MKNOD, -1, -1 },
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 1, 3 },	/* null */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 1, 5 },	/* zero */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 1, 7 },	/* full */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 1, 8 },	/* random */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 1, 9 },	/* urandom */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 5, 0 },	/* tty */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 5, 1 },	/* console */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 5, 2 },	/* ptmx */
	{ true, BPF_DEVCG_DEV_CHAR,  ACCESS_ALL, 136, -1 },	/* pts */
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
	unsigned access = 0;

	for (; s && *s; s++)
		switch (*s) {
		case 'r':
			access |= BPF_DEVCG_ACC_READ;
			break;
		case 'w':
			access |= BPF_DEVCG_ACC_WRITE;
			break;
		case 'm':
			access |= BPF_DEVCG_ACC_MKNOD;
			break;
		default:
			return -1;
		}
	*ret = access ? access : ACCESS_ALL;
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
	return bad ? err_kind(e, ERR_CONFIG, 0, "linux.resources.devices[%zu].%s: invalid", i, bad) : 0;
}

static bool decides_all(const struct rule *r)
{
	return r->type == TYPE_ANY && r->major < 0 && r->minor < 0 && r->access == ACCESS_ALL;
}

/*
 * What matters of the list: nothing before the last rule that decides everything does. *ret_first is that rule or the
 * first one; true when all is allowed, which is when nothing behind a general "allow" denies.
 */
static bool find_first(const struct rule *rules, size_t n, size_t *ret_first)
{
	size_t i = n;
	bool denies = false;

	while (i && !decides_all(&rules[i - 1]))
		denies |= !rules[--i].allow;
	*ret_first = i ? i - 1 : 0;
	return i && rules[i - 1].allow && !denies;
}

struct program {
	struct bpf_insn *insns;
	size_t len;
};

static void emit(struct program *p, unsigned code, unsigned dst, unsigned src, int off, int imm)
{
	p->insns[p->len++] = (struct bpf_insn){
		.code = (uint8_t)code, .dst_reg = dst & 15, .src_reg = src & 15, .off = (int16_t)off, .imm = imm,
	};
}

static void emit_load(struct program *p, unsigned dst, size_t off)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, BPF_REG_1, (int)off, 0);
}

static void emit_exit(struct program *p, int value)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void emit_compare(struct program *p, size_t off, int64_t want)
{
	if (want < 0)
		return;
	emit_load(p, BPF_REG_4, off);
	emit(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_4, 0, NEXT_RULE, (int)want);
}

static void emit_rule(struct program *p, const struct rule *r)
{
	size_t start = p->len;

	if (r->type != TYPE_ANY)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_2, 0, NEXT_RULE, (int)r->type);
	emit_compare(p, offsetof(struct bpf_cgroup_dev_ctx, major), r->major);
	emit_compare(p, offsetof(struct bpf_cgroup_dev_ctx, minor), r->minor);
	if (r->allow) {
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_3, 0, 0, (int)(ACCESS_ALL & ~r->access));
		emit(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, NEXT_RULE, 0);
		emit_exit(p, 1);
	} else {
		emit(p, BPF_JMP | BPF_JSET | BPF_K, BPF_REG_3, 0, 1, (int)r->access);
		emit(p, BPF_JMP | BPF_JA, 0, 0, NEXT_RULE, 0);
		emit_exit(p, 0);
	}
	for (size_t i = start; i < p->len; i++)
		if (p->insns[i].off == NEXT_RULE)
			p->insns[i].off = (int16_t)(p->len - i - 1);
}

/* access_type: the accesses in the upper half, the type in the lower */
static void emit_start(struct program *p)
{
	emit_load(p, BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
	emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
	emit(p, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
	emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_3, 0, 0, ACCESS_ALL);
}

static void emit_end(struct program *p)
{
	emit(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, 2, 0);
	emit_exit(p, 1);
	emit_exit(p, 0);
}

int cgroup_device_program(struct arena *a, const struct spec_device_rule *rules, size_t n, struct bpf_insn **ret,
                          size_t *ret_len, struct err *e)
{
	size_t first, count = n + N_EVERY_CONTAINER;
	struct rule *all = arena_array(a, count, sizeof *all);

	for (size_t i = 0; i < n; i++)
		if (read_rule(&rules[i], i, &all[i], e))
			return -1;
	memcpy(all + n, every_container, sizeof every_container);
	*ret = NULL;
	*ret_len = 0;
	if (!n || find_first(all, count, &first))
		return 0;
	struct program p = { .insns = arena_array(a, (count - first) * RULE_LEN_MAX + FRAME_LEN, sizeof *p.insns) };
	emit_start(&p);
	for (size_t i = count; i-- > first;)
		emit_rule(&p, &all[i]);
	emit_end(&p);
	*ret = p.insns;
	*ret_len = p.len;
	return 0;
}

static int load_once(const struct bpf_insn *insns, size_t len, char *text, uint32_t size)
{
	union bpf_attr at;

	memset(&at, 0, sizeof at); /* the padding too: the kernel looks */
	at.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	at.insns = (uintptr_t)insns;
	at.insn_cnt = (uint32_t)len;
	at.license = (uintptr_t)"Dual MIT/GPL";
	at.log_buf = (uintptr_t)text;
	at.log_size = size;
	at.log_level = size ? 1 : 0;
	memcpy(at.prog_name, "scow_device", sizeof "scow_device");
	return sys_bpf(BPF_PROG_LOAD, &at, sizeof at);
}

/* Before Linux 5.11 programs count against RLIMIT_MEMLOCK, 64 KiB by default. The container inherits the old limit. */
static int load_with_memlock(const struct bpf_insn *insns, size_t len)
{
	struct rlimit old, none = { RLIM_INFINITY, RLIM_INFINITY };

	if (getrlimit(RLIMIT_MEMLOCK, &old) || setrlimit(RLIMIT_MEMLOCK, &none)) {
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
		return err_set(e, no, "this kernel cannot restrict devices (CONFIG_CGROUP_BPF), and linux.resources.devices does");
	if (no == EPERM)
		return err_set(e, no, "no permission to restrict devices (CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN)");
	char *text = arena_alloc(a, VERIFIER_LOG);
	(void)load_once(insns, len, text, VERIFIER_LOG); /* for its text only */
	log_debug("device program: %s", text);
	return err_set(e, no, "load the device program of %zu instructions", len);
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
 * `fd` (-1: none) takes the place of what a cgroup of an earlier create has. One program is replaced in one step.
 * All programs of a cgroup must allow an access, so with several the new one comes first and is never alone missing.
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
			return err_set(e, errno, "cgroup %s: detach device program %" PRIu32, cg->path, ids[i]);
	}
	return 0;
}

int cgroup_device_attach(struct arena *a, const struct cgroup *cg, const struct spec_device_rule *rules, size_t n,
                         struct err *e)
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
