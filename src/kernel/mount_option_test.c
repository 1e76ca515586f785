/*
 * mount_option_test.c - every word of the table, words that exclude each other, and data for the
 * file system.
 */
#define _GNU_SOURCE
#include "kernel/mount_option.h"

#include "test/test.h"

#include <string.h>
#include <sys/mount.h>

enum { WORDS_MAX = 12, LINE_MAX_TEST = 256 };

/* "ro,nosuid" split at commas and parsed. */
static int parse(struct arena *a, const char *line, struct mount_options *o, struct err *e)
{
	char text[LINE_MAX_TEST], *words[WORDS_MAX], *rest = text;
	size_t n = 0;

	snprintf(text, sizeof text, "%s", line);
	while (rest && n < WORDS_MAX)
		words[n++] = strsep(&rest, ",");
	return mount_options_parse(a, words, n, o, e);
}

/* clang-format off */
static const struct {
	const char *line;
	unsigned long set, clear, set_all, clear_all, propagation;
	const char *data;
} flag_cases[] = {
	{ "defaults", 0, 0, 0, 0, 0, NULL },
	{ "ro", MS_RDONLY, 0, 0, 0, 0, NULL },
	{ "ro,rw", 0, MS_RDONLY, 0, 0, 0, NULL },
	{ "rw,ro", MS_RDONLY, 0, 0, 0, 0, NULL },
	{ "nosuid,nodev,noexec", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0, 0, 0, 0, NULL },
	{ "nosuid,suid,nodev,dev,noexec,exec", 0, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0, 0, 0, NULL },
	{ "noatime,strictatime", MS_STRICTATIME, 0, 0, 0, 0, NULL },
	{ "strictatime,relatime", MS_RELATIME, 0, 0, 0, 0, NULL },
	{ "noatime,atime", 0, MS_NOATIME, 0, 0, 0, NULL },
	{ "nodiratime,noatime", MS_NODIRATIME | MS_NOATIME, 0, 0, 0, 0, NULL },
	{ "sync,dirsync,mand,silent,iversion,lazytime",
	  MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_SILENT | MS_I_VERSION | MOUNT_LAZYTIME, 0, 0, 0, 0, NULL },
	{ "async,nomand,loud,noiversion,nolazytime", 0,
	  MS_SYNCHRONOUS | MS_MANDLOCK | MS_SILENT | MS_I_VERSION | MOUNT_LAZYTIME, 0, 0, 0, NULL },
	{ "nosymfollow", MOUNT_NOSYMFOLLOW, 0, 0, 0, 0, NULL },
	{ "nosymfollow,symfollow", 0, MOUNT_NOSYMFOLLOW, 0, 0, 0, NULL },
	{ "rro,rnosuid,rnodev,rnoexec", 0, 0, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0, 0, NULL },
	{ "rro,rrw", 0, 0, 0, MS_RDONLY, 0, NULL },
	{ "rro,rw", 0, MS_RDONLY, MS_RDONLY, 0, 0, NULL },
	{ "rnoatime,rstrictatime", 0, 0, MS_STRICTATIME, 0, 0, NULL },
	{ "rsuid,rdev,rexec,ratime,rdiratime,rsymfollow", 0, 0, 0,
	  MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MOUNT_NOSYMFOLLOW, 0, NULL },
	{ "rrelatime", 0, 0, MS_RELATIME, 0, 0, NULL },
	{ "rnorelatime,rnostrictatime", 0, 0, 0, MS_RELATIME | MS_STRICTATIME, 0, NULL },
	{ "private", 0, 0, 0, 0, MS_PRIVATE, NULL },
	{ "shared,rslave", 0, 0, 0, 0, MS_SLAVE | MS_REC, NULL },
	{ "rshared", 0, 0, 0, 0, MS_SHARED | MS_REC, NULL },
	{ "runbindable", 0, 0, 0, 0, MS_UNBINDABLE | MS_REC, NULL },
	/* Words that only look like ours are the file system's. */
	{ "RO,ro ,nosuid=1,,readonly", 0, 0, 0, 0, 0, "RO,ro ,nosuid=1,readonly" },
	{ "mode=755,size=65536k,ro", MS_RDONLY, 0, 0, 0, 0, "mode=755,size=65536k" },
	{ "size=1,ro,size=2", MS_RDONLY, 0, 0, 0, 0, "size=1,size=2" },
	{ "", 0, 0, 0, 0, 0, NULL },
};
/* clang-format on */

TEST(mount_option_flags)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof flag_cases / sizeof *flag_cases; i++) {
		struct mount_options o;
		struct err e;
		if (parse(&a, flag_cases[i].line, &o, &e) < 0) {
			CHECK_STR(e.text, flag_cases[i].line);
			continue;
		}
		bool same = o.set == flag_cases[i].set && o.clear == flag_cases[i].clear &&
		            o.set_all == flag_cases[i].set_all &&
		            o.clear_all == flag_cases[i].clear_all &&
		            o.propagation == flag_cases[i].propagation;
		CHECK_STR(same ? "as expected" : flag_cases[i].line, "as expected");
		CHECK_STR(o.data ? o.data : "(none)",
		          flag_cases[i].data ? flag_cases[i].data : "(none)");
	}
	arena_free(&a);
}

TEST(mount_option_kinds)
{
	struct arena a = { 0 };
	struct mount_options o;
	struct err e;

	CHECK(parse(&a, "bind", &o, &e) == 0 && o.bind && !o.recursive && !o.remount && !o.copy_up);
	CHECK(parse(&a, "rbind", &o, &e) == 0 && o.bind && o.recursive);
	CHECK(parse(&a, "rbind,bind", &o, &e) == 0 && o.bind && o.recursive);
	CHECK(parse(&a, "remount,ro", &o, &e) == 0 && o.remount && o.set == MS_RDONLY);
	CHECK(parse(&a, "tmpcopyup", &o, &e) == 0 && o.copy_up && !o.data);
	CHECK(mount_options_parse(&a, NULL, 0, &o, &e) == 0 && !o.set && !o.data);
	arena_free(&a);
}

TEST(mount_option_idmap)
{
	struct arena a = { 0 };
	struct mount_options o;
	struct err e;

	CHECK(parse(&a, "ro", &o, &e) == 0 && !o.idmap);
	CHECK(parse(&a, "ro,idmap", &o, &e) == 0 && o.idmap && !o.idmap_recursive && !o.idmap_text);
	CHECK(parse(&a, "ridmap,bind", &o, &e) == 0 && o.idmap && o.idmap_recursive);
	CHECK(parse(&a, "idmap=", &o, &e) == 0 && o.idmap && !o.idmap_text && !o.data);
	CHECK(parse(&a, "ridmap=uids=0-1-2;gids=3-4-5", &o, &e) == 0 && o.idmap_recursive);
	CHECK_STR(o.idmap_text, "uids=0-1-2;gids=3-4-5");
	CHECK(parse(&a, "idmapped,idma=1,ro=1", &o, &e) == 0 && !o.idmap && !o.set);
	CHECK_STR(o.data, "idmapped,idma=1,ro=1");
	arena_free(&a);
}

/* Data is what fits into the page that mount(2) copies, to the byte. */
TEST(mount_option_data_limit)
{
	struct arena a = { 0 };
	struct mount_options o;
	struct err e;
	char one[MOUNT_DATA_MAX + 1], tail[] = "x";
	char *words[] = { one, tail };

	memset(one, 'a', sizeof one - 1);
	one[sizeof one - 1] = '\0';
	CHECK(mount_options_parse(&a, words, 1, &o, &e) == 0 && strlen(o.data) == MOUNT_DATA_MAX);
	o.set = 42;
	CHECK(mount_options_parse(&a, words, 2, &o, &e) < 0);
	CHECK(o.set == 42); /* an output is written only on success */
	one[MOUNT_DATA_MAX - 2] = '\0';
	CHECK(mount_options_parse(&a, words, 2, &o, &e) == 0 && strlen(o.data) == MOUNT_DATA_MAX);
	arena_free(&a);
}

/* Every word of the specification, once, in order: a row that is lost or doubled shows here. */
TEST(mount_option_table)
{
	static const char spec[] = "async atime bind defaults dev diratime dirsync exec idmap "
				   "iversion lazytime loud mand noatime nodev "
				   "nodiratime noexec noiversion nolazytime nomand norelatime "
				   "nostrictatime nosuid nosymfollow private ratime "
				   "rbind rdev rdiratime relatime remount rexec ridmap rnoatime "
				   "rnodev rnodiratime rnoexec rnorelatime "
				   "rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro "
				   "rrw rshared rslave rstrictatime rsuid "
				   "rsymfollow runbindable rw shared silent slave strictatime suid "
				   "symfollow sync tmpcopyup unbindable ";
	char all[sizeof spec + LINE_MAX_TEST] = "";

	for (const struct mount_word *w = mount_words; *w->word; w++) {
		strncat(all, w->word, sizeof all - strlen(all) - 1);
		strncat(all, " ", sizeof all - strlen(all) - 1);
	}
	CHECK_STR(all, spec);
}

/* clang-format off */
static const struct {
	unsigned long set, clear;
	uint64_t attr_set, attr_clr;
} attr_cases[] = {
	{ 0, 0, 0, 0 },
	{ MS_RDONLY | MS_NOSUID, MS_NODEV, SYS_MOUNT_ATTR_RDONLY | SYS_MOUNT_ATTR_NOSUID, SYS_MOUNT_ATTR_NODEV },
	{ MS_NOEXEC, MS_RDONLY, SYS_MOUNT_ATTR_NOEXEC, SYS_MOUNT_ATTR_RDONLY },
	{ MS_NOATIME, 0, SYS_MOUNT_ATTR_NOATIME, SYS_MOUNT_ATTR__ATIME },
	{ MS_STRICTATIME, 0, SYS_MOUNT_ATTR_STRICTATIME, SYS_MOUNT_ATTR__ATIME },
	{ MS_RELATIME, 0, 0, SYS_MOUNT_ATTR__ATIME },
	{ 0, MS_NOATIME, 0, SYS_MOUNT_ATTR__ATIME },
	{ 0, MS_RELATIME, 0, 0 },
	{ MS_NODIRATIME | MOUNT_NOSYMFOLLOW, 0, SYS_MOUNT_ATTR_NODIRATIME | SYS_MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ MS_SYNCHRONOUS | MS_DIRSYNC, MS_MANDLOCK, 0, 0 }, /* of the file system, not of the mount */
};
/* clang-format on */

TEST(mount_option_attr)
{
	for (size_t i = 0; i < sizeof attr_cases / sizeof *attr_cases; i++) {
		struct sys_mount_attr got;
		bool any = mount_attr_fill(attr_cases[i].set, attr_cases[i].clear, &got);
		CHECK(got.attr_set == attr_cases[i].attr_set);
		CHECK(got.attr_clr == attr_cases[i].attr_clr);
		CHECK(any == (got.attr_set || got.attr_clr));
		CHECK(got.propagation == 0 && got.userns_fd == 0);
	}
}

TEST(mount_option_data_find)
{
	CHECK_STR(mount_data_find("gid=5", "gid"), "5");
	CHECK_STR(mount_data_find("mode=620,gid=5,x", "gid"), "5,x");
	CHECK_STR(mount_data_find("ptmxmode=666,mode=620", "mode"), "620");
	CHECK(mount_data_find("ptmxmode=666", "mode") == NULL);
	CHECK(mount_data_find("mode", "mode") == NULL);
	CHECK(mount_data_find("", "mode") == NULL);
	CHECK(mount_data_find(NULL, "mode") == NULL);
	CHECK_STR(mount_data_find(",mode=", "mode"), "");
}
