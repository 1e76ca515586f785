/*
 * cgroup_device_test.c - random lists of rules, judged three times: by a plain reading of them, by
 * an interpreter of the program that was built, and, where that is allowed, by the kernel.
 */
#define _GNU_SOURCE
#include "kernel/cgroup_device.h"

#include "base/fd.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, M = BPF_DEVCG_ACC_MKNOD };
enum { RULES_MAX = 600 };

struct ask {
	char type; /* 'b' or 'c' */
	unsigned major, minor, access;
};

/* The meaning, access by access: of the last rule that matches and names it. */

static bool grants_to_all(const struct ask *k, unsigned bit)
{
	static const unsigned char of_one[] = { 3, 5, 7, 8, 9 };

	if (bit == M)
		return true;
	if (k->type != 'c')
		return false;
	return (k->major == 1 && memchr(of_one, (int)k->minor, sizeof of_one)) ||
	       (k->major == 5 && k->minor <= 2) || k->major == 136;
}

static bool names(const char *access, unsigned bit)
{
	return !access || !*access || strchr(access, 'a') || strchr(access, bit == R ? 'r' : bit == W ? 'w' : 'm');
}

static bool covers(const struct json_opt *v, unsigned n)
{
	return !v->set || v->v == -1 || v->v == (int64_t)n;
}

static bool judge(const struct spec_device_rule *r, size_t n, const struct ask *k)
{
	for (unsigned bit = 1; bit <= W; bit <<= 1) {
		bool ok = false;
		if (!(k->access & bit))
			continue;
		for (size_t i = 0; i < n; i++)
			if ((!r[i].type || r[i].type[0] == 'a' || r[i].type[0] == k->type) &&
			    covers(&r[i].major, k->major) && covers(&r[i].minor, k->minor) &&
			    names(r[i].access, bit))
				ok = r[i].allow;
		if (!ok && !grants_to_all(k, bit))
			return false;
	}
	return true;
}

/* The few instructions that the builder uses; anything else is -1. */
static int interpret(const struct bpf_insn *p, size_t len, const struct ask *k)
{
	uint32_t type = k->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	const uint32_t ctx[] = { k->access << 16 | type, k->major, k->minor };
	uint64_t reg[11] = { 0 };

	for (size_t pc = 0, steps = 0; pc < len && steps < 100000; pc++, steps++) {
		const struct bpf_insn *i = &p[pc];
		uint64_t *dst = &reg[i->dst_reg], imm = (uint64_t)(int64_t)i->imm;
		bool jump = false;
		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			if (i->src_reg != BPF_REG_1 || i->off < 0 || i->off > 8 || i->off % 4)
				return -1;
			*dst = ctx[i->off / 4];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*dst = reg[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*dst = imm;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			*dst &= imm;
			break;
		case BPF_ALU64 | BPF_XOR | BPF_K:
			*dst ^= imm;
			break;
		case BPF_ALU64 | BPF_LSH | BPF_K:
			*dst <<= imm;
			break;
		case BPF_ALU64 | BPF_OR | BPF_X:
			*dst |= reg[i->src_reg];
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			*dst >>= imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			jump = *dst != imm;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = *dst == imm;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = *dst & imm;
			break;
		case BPF_JMP | BPF_JA:
			jump = true;
			break;
		case BPF_JMP | BPF_EXIT:
			return reg[0] <= 1 ? (int)reg[0] : -1;
		default:
			return -1;
		}
		if (jump && i->off < 0)
			return -1;
		pc += jump ? (size_t)i->off : 0;
	}
	return -1;
}

static char *word(const char *s)
{
	static char words[][4] = { "a", "b", "c", "", "r", "w", "m", "rw", "rm", "wm", "rwm", "rwa" };

	for (size_t i = 0; s && i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i], s))
			return words[i];
	return NULL;
}

/* Repeatable: the same lists at every run. */
static uint32_t state;

static unsigned dice(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

static const unsigned majors[] = { 1, 5, 136, 240, 241 };
static const unsigned minors[] = { 0, 1, 2, 3, 5, 77 };
static const unsigned accesses[] = { R, W, R | W, M, M | R, M | R | W };
enum { N_MAJORS = 5, N_MINORS = 6, N_ACCESSES = 6 };

static struct json_opt some(const unsigned *of, unsigned n)
{
	unsigned i = dice(n + 2);

	return i < n ? (struct json_opt){ true, of[i] } : (struct json_opt){ i == n, -1 };
}

static void random_rules(struct spec_device_rule *r, size_t n)
{
	static const char *const types[] = { "a", "b", "c", "c", "c", NULL };
	static const char *const texts[] = { "r", "w", "m", "rw", "rm", "wm", "rwm", "rwa", "", NULL };

	for (size_t i = 0; i < n; i++)
		r[i] = (struct spec_device_rule){
			.allow = dice(2),
			.type = word(types[dice(6)]),
			.major = some(majors, N_MAJORS),
			.minor = some(minors, N_MINORS),
			.access = word(texts[dice(10)]),
		};
}

static struct ask random_ask(void)
{
	return (struct ask){ "bc"[dice(3) > 0], majors[dice(N_MAJORS)], minors[dice(N_MINORS)],
		             accesses[dice(N_ACCESSES)] };
}

/* The answer without a program; 1 when it differs. */
static int allows(struct arena *a, const struct spec_device_rule *r, size_t n, const struct ask *k)
{
	const struct ask both = { k->type, k->major, k->minor, R | W };

	return cgroup_device_allows(a, r, n, k->type == 'b', k->major, k->minor) !=
	       judge(r, n, &both);
}

/* Counts answers that differ from the plain reading. */
static int compare(struct arena *a, const struct spec_device_rule *r, size_t n)
{
	struct bpf_insn *p;
	struct err e;
	size_t len;
	int bad = 0;

	if (cgroup_device_program(a, r, n, &p, &len, &e))
		return 1;
	for (unsigned t = 0; t < 2; t++)
		for (unsigned i = 0; i < N_MAJORS * N_MINORS * N_ACCESSES; i++) {
			struct ask k = { "bc"[t], majors[i % N_MAJORS],
				         minors[i / N_MAJORS % N_MINORS],
				         accesses[i / N_MAJORS / N_MINORS] };
			bad += (len ? interpret(p, len, &k) : 1) != judge(r, n, &k);
			if (i % (N_MAJORS * N_MINORS * N_ACCESSES / 12) == 0)
				bad += allows(a, r, n, &k);
		}
	return bad;
}

TEST(device_rules_random)
{
	static struct spec_device_rule r[RULES_MAX];
	struct arena a = { 0 };

	state = 1;
	for (int round = 0; round < 400; round++) {
		size_t n = 1 + dice(round < 300 ? 6 : 60);
		random_rules(r, n);
		CHECK(compare(&a, r, n) == 0);
		arena_free(&a);
	}
	random_rules(r, RULES_MAX);
	CHECK(compare(&a, r, RULES_MAX) == 0);
	arena_free(&a);
}

/* clang-format off */
#define ANY { false, 0 }
#define NO(n) { true, n }

static const struct { const char *what; struct spec_device_rule r[4]; size_t n; struct ask k; int want; } cases[] = {
	{ "nothing matches: denied", { { true, NULL, NO(240), NO(0), NULL } }, 1, { 'c', 240, 1, R }, 0 },
	{ "the last one wins", { { true, NULL, ANY, ANY, NULL }, { false, NULL, NO(240), ANY, NULL }, { true, NULL, NO(240), NO(1), NULL } },
	  3, { 'c', 240, 1, R | W }, 1 },
	{ "deny is not shadowed", { { false, NULL, NO(240), NO(1), NULL }, { true, NULL, NO(240), NO(2), NULL } }, 2, { 'c', 240, 1, R }, 0 },
	{ "half denied is denied", { { true, NULL, ANY, ANY, NULL }, { false, NULL, NO(240), NO(1), NULL } }, 2, { 'c', 240, 1, R | W }, 0 },
	{ "null in spite of deny all", { { false, NULL, ANY, ANY, NULL } }, 1, { 'c', 1, 3, R | W | M }, 1 },
	{ "a pts in spite of deny all", { { false, NULL, ANY, ANY, NULL } }, 1, { 'c', 136, 99, R | W }, 1 },
	{ "kmsg is not among them", { { false, NULL, ANY, ANY, NULL } }, 1, { 'c', 1, 11, R }, 0 },
	{ "a block device 1:3 neither", { { false, NULL, ANY, ANY, NULL } }, 1, { 'b', 1, 3, R }, 0 },
	{ "mknod of anything", { { false, NULL, ANY, ANY, NULL } }, 1, { 'b', 8, 0, M }, 1 },
	{ "mknod and read at once", { { false, NULL, ANY, ANY, NULL } }, 1, { 'b', 8, 0, M | R }, 0 },
	{ "the largest numbers", { { true, NULL, NO(4095), NO(1048575), NULL } }, 1, { 'c', 4095, 1048575, R }, 1 },
	{ "no access asked for", { { false, NULL, ANY, ANY, NULL } }, 1, { 'c', 240, 0, 0 }, 1 },
};

static const struct { const char *type; struct json_opt major, minor; const char *access; const char *error; } invalids[] = {
	{ "p", ANY, ANY, "r", "linux.resources.devices[1].type: invalid" },
	{ "cc", ANY, ANY, "r", "linux.resources.devices[1].type: invalid" },
	{ "", ANY, ANY, "r", "linux.resources.devices[1].type: invalid" },
	{ "c", NO(-2), ANY, "r", "linux.resources.devices[1].major: invalid" },
	{ "c", NO(2147483648), ANY, "r", "linux.resources.devices[1].major: invalid" },
	{ "c", ANY, NO(INT64_MIN), "r", "linux.resources.devices[1].minor: invalid" },
	{ "c", ANY, ANY, "rx", "linux.resources.devices[1].access: invalid" },
};
/* clang-format on */

TEST(device_rules_cases)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bpf_insn *p;
		struct err e;
		size_t len = 0;
		CHECK(cgroup_device_program(&a, cases[i].r, cases[i].n, &p, &len, &e) == 0 && len);
		int got = interpret(p, len, &cases[i].k);
		int judged = judge(cases[i].r, cases[i].n, &cases[i].k);
		if (got != cases[i].want || judged != cases[i].want)
			printf("# %s: %d, judged %d\n", cases[i].what, got, judged);
		CHECK(got == cases[i].want && judged == cases[i].want);
	}
	arena_free(&a);
}

TEST(device_rules_invalid)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof invalids / sizeof *invalids; i++) {
		struct spec_device_rule r[2] = { { .allow = false } };
		struct bpf_insn *p;
		struct err e;
		size_t len;
		r[1].type = arena_strdup(&a, invalids[i].type);
		r[1].access = arena_strdup(&a, invalids[i].access);
		r[1].major = invalids[i].major;
		r[1].minor = invalids[i].minor;
		CHECK(cgroup_device_program(&a, r, 2, &p, &len, &e) == -1 && e.kind == ERR_CONFIG);
		CHECK_STR(e.text, invalids[i].error);
	}
	arena_free(&a);
}

/* What a privileged container asks for is no restriction, so it must work on every kernel. */
TEST(device_rules_that_allow_all)
{
	struct arena a = { 0 };
	struct spec_device_rule r[] = { { false, NULL, ANY, ANY, NULL },
		                        { true, word("a"), ANY, ANY, word("rwm") },
		                        { true, word("c"), NO(240), ANY, NULL } };
	struct cgroup nowhere = { .fd = -1, .path = "/none", .made = true };
	struct bpf_insn *p;
	struct err e;
	size_t len = 1;

	CHECK(cgroup_device_program(&a, r, 3, &p, &len, &e) == 0 && !len);
	CHECK(cgroup_device_attach(&a, &nowhere, r, 3, &e) == 0);
	CHECK(cgroup_device_attach(&a, &nowhere, r, 0, &e) == 0);
	r[2].allow = false;
	CHECK(cgroup_device_program(&a, r, 3, &p, &len, &e) == 0 && len);
	r[2].access = word("m"); /* which no rule can forbid */
	CHECK(cgroup_device_program(&a, r, 3, &p, &len, &e) == 0 && !len);
	r[2] = r[1], r[1].access = word("r"), r[2].access = word("w");
	/* All is allowed, but not by one rule. */
	CHECK(cgroup_device_program(&a, r, 3, &p, &len, &e) == 0 && len);
	arena_free(&a);
}

/*
 * The kernel's answer: by mknod, or by open of a node, of numbers that no driver has or that do no
 * harm. EPERM is the program's; whatever else open says, it was let through.
 */
static bool kernel_allows(const struct ask *k, const char *dir)
{
	mode_t type = k->type == 'b' ? S_IFBLK : S_IFCHR;
	char path[128];

	snprintf(path, sizeof path, "%s/%c%u-%u", dir, k->type, k->major, k->minor);
	if (k->access == M) {
		unlink(path);
		return !mknod(path, type | 0600, makedev(k->major, k->minor)) || errno != EPERM;
	}
	int flags = k->access == (R | W) ? O_RDWR : k->access == R ? O_RDONLY : O_WRONLY;
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno != EPERM;
	close(fd);
	return true;
}

/* In a child, which stays in the cgroup until it ends. */
static int ask_kernel(const struct cgroup *cg, const struct spec_device_rule *r, size_t n,
                      const char *dir)
{
	int bad = 0;

	if (fd_put(cg->fd, "cgroup.procs", "0"))
		return 100;
	for (int i = 0; i < 60; i++) {
		struct ask k = random_ask();
		/* Harmless ones: 1:3 is null, 1:5 zero; 240 and 241 are for local use. */
		if (k.major != 1 && k.major < 240)
			k.major = 241;
		if (k.major == 1)
			k.minor = k.minor % 2 ? 3 : 5;
		if (k.type == 'b' && k.major == 1)
			k.major = 240;
		if (k.access & M)
			k.access = M;
		bad += kernel_allows(&k, dir) != judge(r, n, &k);
	}
	return bad < 99 ? bad : 99;
}

static int ask_in_child(const struct cgroup *cg, const struct spec_device_rule *r, size_t n,
                        const char *dir)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		alarm(60);
		_exit(ask_kernel(cg, r, n, dir));
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool make_nodes(const char *dir)
{
	char path[128];

	for (unsigned t = 0; t < 2; t++)
		for (unsigned i = 0; i < N_MAJORS * N_MINORS; i++) {
			unsigned major = majors[i % N_MAJORS], minor = minors[i / N_MAJORS];
			snprintf(path, sizeof path, "%s/%c%u-%u", dir, "bc"[t], major, minor);
			if (mknod(path, (t ? S_IFCHR : S_IFBLK) | 0600, makedev(major, minor)))
				return false;
		}
	snprintf(path, sizeof path, "%s/c1-3", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC); /* a file system mounted nodev answers EACCES */
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void drop_nodes(const char *dir)
{
	char path[128];

	for (unsigned t = 0; t < 2; t++)
		for (unsigned i = 0; i < N_MAJORS * N_MINORS; i++) {
			snprintf(path, sizeof path, "%s/%c%u-%u", dir, "bc"[t],
			         majors[i % N_MAJORS], minors[i / N_MAJORS]);
			unlink(path);
		}
	rmdir(dir);
}

/* A kernel or a machine that does not let us use device programs is no failure. */
static bool can_attach(struct arena *a, const struct cgroup *cg)
{
	struct spec_device_rule deny = { .allow = false };
	struct err e;

	if (!cgroup_device_attach(a, cg, &deny, 1, &e))
		return true;
	CHECK(e.no == EPERM || e.no == EOPNOTSUPP);
	return false;
}

static void against_kernel(struct arena *a, struct cgroup *cg, const char *dir)
{
	static struct spec_device_rule r[RULES_MAX];
	struct err e;

	state = 7;
	cg->made = false; /* from now on each program takes the place of the one before */
	for (int round = 0; round < 12; round++) {
		size_t n = round == 11 ? RULES_MAX : 1 + dice(12);
		random_rules(r, n);
		CHECK(cgroup_device_attach(a, cg, r, n, &e) == 0);
		CHECK(ask_in_child(cg, r, n, dir) == 0);
	}
	/* All allowed: what was there goes. Then none is there, and one is added. */
	struct spec_device_rule allow = { .allow = true }, deny = { .allow = false };
	CHECK(cgroup_device_attach(a, cg, &allow, 1, &e) == 0);
	CHECK(ask_in_child(cg, &allow, 1, dir) == 0);
	CHECK(cgroup_device_attach(a, cg, &deny, 1, &e) == 0);
	CHECK(ask_in_child(cg, &deny, 1, dir) == 0);
	/* Two of them, as no caller makes: both go for the new one. */
	cg->made = true;
	CHECK(cgroup_device_attach(a, cg, &deny, 1, &e) == 0);
	cg->made = false;
	random_rules(r, 5);
	CHECK(cgroup_device_attach(a, cg, r, 5, &e) == 0);
	CHECK(ask_in_child(cg, r, 5, dir) == 0);
}

TEST(device_rules_in_the_kernel)
{
	struct arena a = { 0 };
	struct cgroup cg = CGROUP_NONE;
	struct err e;
	char dir[] = "/tmp/scow-unit-XXXXXX";

	if (geteuid() ||
	    cgroup_create(&a, arena_printf(&a, "/scow-unit-device-%d", (int)getpid()), &cg, &e)) {
		printf("# skipped: no cgroup2 hierarchy to write to\n");
		arena_free(&a);
		return;
	}
	if (mkdtemp(dir) && make_nodes(dir) && can_attach(&a, &cg))
		against_kernel(&a, &cg, dir);
	else
		printf("# skipped: no device nodes or no device programs here\n");
	drop_nodes(dir);
	CHECK(cgroup_remove(&cg, &e) == 0);
	cgroup_close(&cg);
	arena_free(&a);
}
