/* idmap_test.c - the text behind "idmap=", as a table. */
#include "kernel/idmap.h"

#include "test/test.h"

#include <string.h>

static const struct spec_idmap container[] = { { 0, 1000, 1 }, { 1, 20000, 100 }, { 500, 9, 5 } };

/* clang-format off */
static const struct { const char *text, *uids, *gids; } cases[] = { /* NULL: refused */
	{ "uids=0-1-10#10-11-10;gids=0-100-10", "0-1-10 10-11-10 ", "0-100-10 " },
	{ "gids=4294967295-0-4294967295", "0-1000-1 1-20000-100 500-9-5 ", "4294967295-0-4294967295 " },
	{ "uids=@7-1-100#@8-0-1#3-0-1", "7-20000-100 8-1000-1 3-0-1 ", "0-0-4294967295 " },
	{ "uids=@7-503-2", "7-12-2 ", "0-0-4294967295 " },
	{ "uids=0-0-1;", "0-0-1 ", "0-0-4294967295 " },
	{ "gids=@5-6-7", "0-1000-1 1-20000-100 500-9-5 ", "5-6-7 " }, /* no groups are mapped */
	{ "uids=0-0-1;uids=1-1-1", "1-1-1 ", "0-0-4294967295 " },
	{ "uids=+0-1-10#+11-12-13", "0-1-10 11-12-13 ", "0-0-4294967295 " },
	{ "uids=@7-1-101", "7-20000-100 ", "0-0-4294967295 " }, /* what the container does not have is left out */
	{ "uids=@7-0-2#@20-504-2", "7-1000-1 20-13-1 ", "0-0-4294967295 " },
	{ "uids=@7-499-1", NULL, NULL }, { "uids=@1-4294967295-1", NULL, NULL },
	{ "uids", NULL, NULL }, { "uids=0", NULL, NULL }, { "uids=0-1", NULL, NULL },
	{ "uids=0-1-", NULL, NULL }, { "uids=0-1-2-", NULL, NULL }, { "uids=0-1-2#x", NULL, NULL },
	{ "uids=0--1-2", NULL, NULL }, { "uids=0-+1-2", NULL, NULL }, { "uids= 0-1-2", NULL, NULL },
	{ "uids=0-1-4294967296", NULL, NULL }, { "uids=0-1-99999999999999999999", NULL, NULL },
	{ "uids=0-1;gids=1-2-3", NULL, NULL }, { "uids=0-1-1,gids=0-1-1", NULL, NULL },
	{ "x", NULL, NULL }, { ";", NULL, NULL }, { "uids=@@0-0-1", NULL, NULL }, { "uids=++0-0-1", NULL, NULL },
};
/* clang-format on */

static const char *text_of(struct arena *a, const struct idmap_list *l)
{
	const char *s = "";

	for (size_t i = 0; i < l->n; i++)
		s = arena_printf(a, "%s%u-%u-%u ", s, l->v[i].container_id, l->v[i].host_id,
		                 l->v[i].size);
	return s;
}

TEST(idmap_table)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = { 0 };
		struct spec_linux l = { .n_uid_mappings = 3 };
		struct idmap_list uids, gids;
		struct err e = { 0 };

		l.uid_mappings = arena_alloc(&a, sizeof container);
		memcpy(l.uid_mappings, container, sizeof container);
		int r = idmap_parse(&a, &l, cases[i].text, &uids, &gids, &e);
		CHECK_STR(r ? e.text : "", cases[i].uids ? "" : e.text);
		CHECK(r == (cases[i].uids ? 0 : -1) && (!r || e.kind == ERR_CONFIG));
		if (r == 0) {
			CHECK_STR(text_of(&a, &uids), cases[i].uids);
			CHECK_STR(text_of(&a, &gids), cases[i].gids);
		}
		arena_free(&a);
	}
}

/* A list that never ends ends at the kernel's limit. */
TEST(idmap_many_ranges)
{
	struct arena a = { 0 };
	const struct spec_linux l = { 0 };
	struct idmap_list uids, gids;
	struct err e;
	char text[341 * 6 + 6] = "uids=";

	for (int i = 0; i < 340; i++)
		strcat(text, i ? "#0-0-1" : "0-0-1");
	CHECK(idmap_parse(&a, &l, text, &uids, &gids, &e) == 0 && uids.n == 340);
	strcat(text, "#0-0-1");
	CHECK(idmap_parse(&a, &l, text, &uids, &gids, &e) == -1);
	arena_free(&a);
}
