/* user_test.c - names and numbers in files that are the container's. */
#include "engine/user.h"

#include "test/test.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "bob:x:1234:2345:Bob:/home/bob:/bin/sh\n"
			     "odd:x:abc:1:::\n"
			     "short\n"
			     "last:x:77:78::/:";
static const char group[] = "root:x:0:\nbob:x:2345:\nwheel:x:10:root,bob\nmore:x:11:bobby\n:::\n";

/* clang-format off */
static const struct {
	const char *text;
	int failed;
	uint32_t uid, gid;
	size_t n_gids;
} cases[] = {
	{ "bob", 0, 1234, 2345, 1 },
	{ "1234", 0, 1234, 2345, 1 },
	{ "bob:wheel", 0, 1234, 10, 0 },
	{ "bob:99", 0, 1234, 99, 0 },
	{ "55", 0, 55, 0, 0 },
	{ "last", 0, 77, 78, 0 },
	{ "root", 0, 0, 0, 1 },
	{ "odd", -1, 0, 0, 0 },
	{ "short", -1, 0, 0, 0 },
	{ "nobody", -1, 0, 0, 0 },
	{ "bob:nosuch", -1, 0, 0, 0 },
	{ "4294967296", -1, 0, 0, 0 },
	{ "", -1, 0, 0, 0 },
};
/* clang-format on */

TEST(user_by_name_and_number)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct user u = { 0 };
		struct err e = { 0 };

		CHECK(user_find(&a, passwd, group, cases[i].text, &u, &e) == cases[i].failed);
		CHECK(!cases[i].failed || e.kind == ERR_NOT_EXECUTABLE);
		CHECK(u.uid == cases[i].uid && u.gid == cases[i].gid &&
		      u.n_gids == cases[i].n_gids);
	}
	arena_free(&a);
}
