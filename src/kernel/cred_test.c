/* cred_test.c - user texts, and a child that became the user. */
#define _GNU_SOURCE
#include "kernel/cred.h"

#include "test/test.h"

#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_NAMESPACES = 100 };

TEST(cred_user_text)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int ok;
		uint32_t uid, gid;
	} table[] = {
		{ "0", 1, 0, 7 }, { "1000", 1, 1000, 7 }, { "1000:100", 1, 1000, 100 },
		{ "0:0", 1, 0, 0 }, { "4294967294:1", 1, 4294967294, 1 },
		{ "4294967295", 0, 0, 0 }, { "1:4294967295", 0, 0, 0 },
		{ "4294967296", 0, 0, 0 }, { "18446744073709551617", 0, 0, 0 }, { "", 0, 0, 0 },
		{ ":", 0, 0, 0 }, { "1:", 0, 0, 0 }, { ":1", 0, 0, 0 }, { "-1", 0, 0, 0 },
		{ "+1", 0, 0, 0 }, { " 1", 0, 0, 0 }, { "1 ", 0, 0, 0 }, { "1:2:3", 0, 0, 0 },
		{ "root", 0, 0, 0 }, { "0x10", 0, 0, 0 }, { "1.5", 0, 0, 0 },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct spec_user u = { .uid = 5, .gid = 7 };
		struct err e;
		int ok = cred_parse_user(table[i].text, &u, &e) == 0;
		CHECK(ok == table[i].ok);
		CHECK(ok ? u.uid == table[i].uid && u.gid == table[i].gid
		         : u.uid == 5 && u.gid == 7);
	}
}

static int user_with_groups(void)
{
	uint32_t groups[] = { 20, 4000000000u };
	const struct spec_user u = {
		.uid = 1000,
		.gid = 1001,
		.umask = { true, 027 },
		.additional_gids = groups,
		.n_additional_gids = 2,
	};
	gid_t got[8];
	uid_t r, e, s;
	struct proc_self was;
	struct err err;
	bool changed;

	proc_self(&was);
	if (cred_apply(&u, &was, &changed, &err) || !changed)
		return 1;
	if (getresuid(&r, &e, &s) || r != 1000 || e != 1000 || s != 1000)
		return 2;
	if (getresgid(&r, &e, &s) || r != 1001 || e != 1001 || s != 1001)
		return 3;
	if (getgroups(8, got) != 2 || got[0] != 20 || got[1] != 4000000000u)
		return 4;
	return umask(0) == 027 ? 0 : 5;
}

static int no_groups_are_left(void)
{
	const gid_t host[] = { 10, 11, 12 };
	struct proc_self was;
	struct err e;
	bool changed;

	if (setgroups(3, host) || getgroups(0, NULL) != 3)
		return 1;
	proc_self(&was);
	if (!was.root_ids || was.no_groups || cred_apply(NULL, &was, &changed, &e) || changed)
		return 2;
	if (getgroups(0, NULL) != 0 || getuid() != 0 || umask(0) != 022)
		return 3;
	proc_self(&was);
	return was.no_groups && !cred_apply(NULL, &was, &changed, &e) ? 0 : 4;
}

/* setresuid(-1) would change nothing: the process would stay root. */
static int minus_one_is_refused(void)
{
	const struct spec_user uid = { .uid = UINT32_MAX }, gid = { .gid = UINT32_MAX };
	struct err e;
	bool changed;

	return cred_apply(&uid, NULL, &changed, &e) && cred_apply(&gid, NULL, &changed, &e) ? 0 : 1;
}

/*
 * In a fresh user namespace without a mapping setgroups is denied, for ever: with its CAP_SETGID that
 * is no failure by itself (cred.c), and the ids are not mapped.
 */
static int denied(const gid_t *host, size_t n)
{
	struct err e = { 0 };
	bool changed;

	if (setgroups(n, host) || unshare(CLONE_NEWUSER))
		return NO_NAMESPACES;
	if (!cred_apply(NULL, NULL, &changed, &e))
		return 1;
	return strstr(e.text, "set gid 0: not mapped") ? 0 : 2;
}

static int denied_with_groups(void)
{
	const gid_t host[] = { 10, 11 };

	return denied(host, 2);
}

static int denied_without_groups(void)
{
	return denied(NULL, 0);
}

TEST(cred_in_a_child)
{
	CHECK(test_in_child(minus_one_is_refused) == 0);
	if (geteuid() != 0) {
		printf("# skipped: needs root\n");
		return;
	}
	CHECK(test_in_child(user_with_groups) == 0);
	CHECK(test_in_child(no_groups_are_left) == 0);
	int with = test_in_child(denied_with_groups), without = test_in_child(denied_without_groups);
	if (with == NO_NAMESPACES)
		printf("# skipped in part: no user namespaces here\n");
	CHECK(with == 0 || with == NO_NAMESPACES);
	CHECK(without == 0 || without == NO_NAMESPACES);
}
