#define _GNU_SOURCE
#include "monitor/journal.h"

#include "base/fd.h"
#include "base/json.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
	char *time, *name, *event;
	struct json_pair *attributes;
	size_t n_attributes;
};

JSON_TYPE(entry_type, entry, JSON_STR_REQ(entry, "time", time), JSON_STR_REQ(entry, "name", name),
          JSON_STR_REQ(entry, "event", event), JSON_MAP(entry, "attributes", attributes));

static char *path(struct arena *a, const char *dir, const char *name)
{
	return arena_printf(a, "%s/%s", dir, name);
}

TEST(journal_lines_are_json)
{
	char dir[] = "/tmp/scow-journal.XXXXXX", text[4096], *line, *rest = text;
	struct entry x[3] = { { 0 } };
	struct arena a = { 0 };
	struct err e;

	CHECK(mkdtemp(dir));
	char *hostile = arena_alloc(&a, 1000);
	memset(hostile, '"', 999);
	journal_write(dir, "web", EVENT_INIT, JOURNAL_END);
	journal_write(dir, "web", EVENT_DIED, "code", "3", "error", "a\n\\\xff\x7f", JOURNAL_END);
	journal_write(dir, "web", EVENT_DIED, "1", hostile, "2", hostile, "3", hostile, "4",
	              hostile, JOURNAL_END);
	CHECK(fd_read_text(-1, path(&a, dir, "events"), text, sizeof text) > 0);
	for (int i = 0; i < 3 && (line = strsep(&rest, "\n")); i++)
		CHECK(!json_load(&a, line, strlen(line), &entry_type, &x[i], &e));
	CHECK_STR(rest, "");
	CHECK_STR(x[0].name, "web");
	CHECK_STR(x[0].event, "init");
	CHECK(x[0].n_attributes == 0);
	CHECK(x[1].n_attributes == 2);
	CHECK_STR(x[1].attributes[0].value, "3");
	CHECK_STR(x[1].attributes[1].value, "a\n\\?\x7f");
	CHECK(x[2].n_attributes == 4 && strlen(x[2].attributes[3].value) > 100);
	CHECK(!unlink(path(&a, dir, "events")) && !rmdir(dir));
	arena_free(&a);
}

TEST(journal_turns_over)
{
	char dir[] = "/tmp/scow-journal.XXXXXX";
	struct arena a = { 0 };
	struct stat first, second;

	CHECK(mkdtemp(dir));
	for (int i = 0; i < 2000; i++)
		journal_write(dir, "web", EVENT_START, JOURNAL_END);
	CHECK(!stat(path(&a, dir, "events"), &first) && first.st_size < 70000);
	CHECK(!stat(path(&a, dir, "events.1"), &second) && second.st_size < 70000);
	CHECK(second.st_size > 64 * 1024);
	CHECK(!unlink(path(&a, dir, "events")) && !unlink(path(&a, dir, "events.1")));
	CHECK(!rmdir(dir));
	arena_free(&a);
}

TEST(journal_that_cannot_be_written)
{
	char dir[] = "/tmp/scow-journal.XXXXXX";
	struct arena a = { 0 };

	journal_write("/proc/nosuch", "web", EVENT_START, JOURNAL_END);
	CHECK(mkdtemp(dir) && !mkdir(path(&a, dir, "events"), 0700));
	journal_write(dir, "web", EVENT_START, JOURNAL_END);
	CHECK(!rmdir(path(&a, dir, "events")) && !rmdir(dir));
	arena_free(&a);
}
