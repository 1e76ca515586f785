/* kv_test.c - records of lines: what is written comes back, and damage is told. */
#define _GNU_SOURCE
#include "store/kv.h"

#include "base/own.h"
#include "test/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct thing {
	int64_t n;
	char text[16], other[8];
};

static const struct kv_field table[] = {
	KV_I64_ROW(thing, "n", n),
	KV_TEXT_ROW(thing, "text", text),
	KV_TEXT_ROW(thing, "other", other),
	KV_END,
};

static int place(char path[32])
{
	strcpy(path, "/tmp/scow-kv.XXXXXX");
	CHECK(mkdtemp(path));
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void put(int dir, const char *text)
{
	own_fd fd = openat(dir, "r", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void end(int dir, const char *path)
{
	(void)unlinkat(dir, "r", 0);
	close(dir);
	CHECK(rmdir(path) == 0);
}

TEST(kv_round_trip)
{
	const struct thing in = { INT64_MIN, "a\\b\nc d", "" };
	struct thing out = { 0 };
	struct err e;
	char path[32];
	int dir = place(path);

	CHECK(kv_write(dir, "r", table, &in, &e) == 0);
	CHECK(kv_read(dir, "r", table, &out, &e) == 0);
	CHECK(out.n == in.n);
	CHECK_STR(out.text, in.text);
	CHECK_STR(out.other, "");
	CHECK(kv_write_durable(dir, "r", table, &out, &e) == 0);
	end(dir, path);
}

TEST(kv_knows_what_it_knows)
{
	struct thing out = { .other = "kept" };
	struct err e;
	char path[32];
	int dir = place(path);

	put(dir, "later one\nn 7\ntext too long for its member\n\nword\n");
	CHECK(kv_read(dir, "r", table, &out, &e) == 0);
	CHECK(out.n == 7);
	CHECK_STR(out.text, "too long for it");
	CHECK_STR(out.other, "kept");
	end(dir, path);
}

TEST(kv_tells_damage)
{
	struct thing out = { 0 };
	struct err e;
	char path[32];
	int dir = place(path);

	CHECK(kv_read(dir, "r", table, &out, &e) == -1 && e.no == ENOENT);
	put(dir, "");
	CHECK(kv_read(dir, "r", table, &out, &e) == -1);
	CHECK_STR(e.text, "r is damaged");
	put(dir, "n 7\ntext cut in the mid");
	CHECK(kv_read(dir, "r", table, &out, &e) == -1);
	end(dir, path);
}
