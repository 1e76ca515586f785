/* caps_test.c - names and masks; the sets that a child took, as /proc/self/status shows them. */
#define _GNU_SOURCE
#include "kernel/caps.h"
#include "kernel/cred.h"

#include "test/test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(n) (UINT64_C(1) << (n))

enum { CHOWN = 0, KILL = 5, SETUID = 7, SETPCAP = 8, SYS_ADMIN = 21 };

TEST(caps_names)
{
	char buf[CAPS_NAME_MAX];

	CHECK(caps_number("CAP_CHOWN") == CHOWN);
	CHECK(caps_number("cap_sys_admin") == SYS_ADMIN);
	CHECK(caps_number("CAP_CHECKPOINT_RESTORE") == 40);
	CHECK(caps_number("CHOWN") == -1);
	CHECK(caps_number("CAP_") == -1);
	CHECK(caps_number("CAP_CHOWN ") == -1);
	CHECK(caps_number("") == -1);
	CHECK_STR(caps_name(CHOWN, buf), "CAP_CHOWN");
	CHECK_STR(caps_name(40, buf), "CAP_CHECKPOINT_RESTORE");
	CHECK(!caps_name(-1, buf) && !caps_name(63, buf) && !caps_name(1000, buf));
	CHECK(CAPS_FOR_SECCOMP == BIT(caps_number("CAP_SYS_ADMIN")));
}

/* The words of a text, in place. */
static char **words(char *text, char **v, size_t *n)
{
	*n = 0;
	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		v[(*n)++] = w;
	return v;
}

/* A warning may go to stderr, which is no part of the test's answer. */
static struct caps parse(const char *b, const char *p, const char *e, const char *i, const char *a)
{
	char tb[128], tp[128], te[128], ti[128], ta[128], *vb[4], *vp[4], *ve[4], *vi[4], *va[4];
	struct spec_capabilities s = { 0 };
	struct caps c;

	s.bounding = words(strcpy(tb, b), vb, &s.n_bounding);
	s.permitted = words(strcpy(tp, p), vp, &s.n_permitted);
	s.effective = words(strcpy(te, e), ve, &s.n_effective);
	s.inheritable = words(strcpy(ti, i), vi, &s.n_inheritable);
	s.ambient = words(strcpy(ta, a), va, &s.n_ambient);
	caps_parse(&s, UINT64_MAX, &c);
	return c;
}

TEST(caps_parse_masks)
{
	struct caps c;

	caps_parse(NULL, UINT64_MAX, &c);
	CHECK(!c.bounding && !c.effective && !c.inheritable && !c.permitted && !c.ambient);
	c = parse("CAP_KILL CAP_CHOWN", "CAP_KILL", "CAP_KILL", "", "");
	CHECK(c.bounding == (BIT(KILL) | BIT(CHOWN)) && c.permitted == BIT(KILL) &&
	      c.effective == BIT(KILL));
	CHECK(!c.inheritable && !c.ambient);
	c = parse("CAP_KILL CAP_NO_SUCH_THING", "", "", "", "");
	CHECK(c.bounding == BIT(KILL));
	c = parse("", "CAP_KILL", "CAP_KILL CAP_CHOWN", "", "");
	CHECK(c.effective == BIT(KILL));
	c = parse("CAP_KILL", "", "", "CAP_KILL CAP_CHOWN", "");
	CHECK(c.inheritable == BIT(KILL));
	c = parse("CAP_KILL CAP_CHOWN", "CAP_KILL CAP_CHOWN", "", "CAP_KILL", "CAP_KILL CAP_CHOWN");
	CHECK(c.ambient == BIT(KILL));
}

static uint64_t status(const char *key)
{
	char line[256];
	uint64_t v = UINT64_MAX;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, key, strlen(key)))
			v = strtoull(line + strlen(key), NULL, 16);
	if (f)
		fclose(f);
	return v;
}

/* 0, or the number of the check that failed. */
static int become(const struct caps *c, uint32_t uid)
{
	const struct spec_user u = { .uid = uid, .gid = uid };
	struct proc_self self;
	struct err e;
	bool changed;

	proc_self(&self);
	if (caps_drop_bounding(c, self.cap_bounding, &e) || cred_apply(&u, NULL, &changed, &e))
		return 1;
	if (caps_apply(c, CAPS_FOR_SECCOMP, &e) ||
	    status("CapEff:") != (c->effective | CAPS_FOR_SECCOMP))
		return 2;
	if (caps_apply(c, 0, &e))
		return 3;
	if (status("CapBnd:") != c->bounding || status("CapPrm:") != c->permitted ||
	    status("CapEff:") != c->effective)
		return 4;
	return status("CapInh:") != c->inheritable || status("CapAmb:") != c->ambient ? 5 : 0;
}

static int in_child(const struct caps *c, uint32_t uid)
{
	int result = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(become(c, uid));
	if (pid < 0 || waitpid(pid, &result, 0) != pid || !WIFEXITED(result))
		return -1;
	return WEXITSTATUS(result);
}

TEST(caps_sets_in_a_child)
{
	const uint64_t some = BIT(CHOWN) | BIT(KILL) | BIT(SETUID);
	/* clang-format off */
	const struct caps table[] = {
		{ 0 },
		{ .bounding = some, .permitted = some, .effective = BIT(KILL) },
		{ .bounding = some, .permitted = some, .effective = some, .inheritable = BIT(KILL),
		  .ambient = BIT(KILL) },
		{ .bounding = BIT(KILL), .permitted = some, .effective = some, .inheritable = BIT(KILL) },
	};
	/* clang-format on */

	if (geteuid() != 0 || !(status("CapEff:") & BIT(SETPCAP)) ||
	    !(status("CapPrm:") & BIT(SYS_ADMIN))) {
		printf("# skipped: needs root's capabilities\n");
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		CHECK(in_child(&table[i], 0) == 0);
		CHECK(in_child(&table[i], 1234) == 0);
	}
}

static int parse_with_kill_only(void)
{
	char kill[] = "CAP_KILL", chown[] = "CAP_CHOWN", *list[] = { kill, chown };
	const struct spec_capabilities s = { .permitted = list, .n_permitted = 2 };
	const struct caps only_kill = { .permitted = BIT(KILL) };
	struct proc_self self;
	struct caps c;
	struct err e;

	if (caps_apply(&only_kill, 0, &e))
		return 1;
	proc_self(&self);
	close(2); /* the warning */
	caps_parse(&s, self.cap_permitted, &c);
	return c.permitted == BIT(KILL) ? 0 : 2;
}

TEST(caps_parse_leaves_out_what_the_caller_lacks)
{
	int result = -1;

	if (geteuid() != 0 || !(status("CapPrm:") & BIT(KILL))) {
		printf("# skipped: needs CAP_KILL\n");
		return;
	}
	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(parse_with_kill_only());
	CHECK(pid > 0 && waitpid(pid, &result, 0) == pid && result == 0);
}
