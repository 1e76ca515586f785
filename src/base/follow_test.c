#define _GNU_SOURCE
#include "base/follow.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/own.h"
#include "test/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
	char dir[32], path[40], second[44];
	struct arena arena;
	struct follow f;
};

static void begin(struct place *p)
{
	struct err e;

	*p = (struct place){ .dir = "/tmp/scow-follow.XXXXXX" };
	CHECK(mkdtemp(p->dir));
	snprintf(p->path, sizeof p->path, "%s/x", p->dir);
	snprintf(p->second, sizeof p->second, "%s.1", p->path);
	CHECK(!follow_open(&p->arena, p->path, &p->f, &e));
}

static void end(struct place *p)
{
	follow_close(&p->f);
	(void)unlink(p->path);
	(void)unlink(p->second);
	CHECK(!rmdir(p->dir));
	arena_free(&p->arena);
}

static void append(const char *path, const char *text)
{
	own_fd fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	CHECK(!fd_write_all(fd, text, strlen(text)));
}

static void turn_over(const struct place *p)
{
	CHECK(!rename(p->path, p->second));
}

static void expect(struct place *p, const char *want)
{
	char *got;

	CHECK_STR(follow_line(&p->f, &got) < 0 ? "nothing" : got, want);
}

TEST(follow_reads_the_older_file_first)
{
	struct place p;

	begin(&p);
	append(p.second, "a\nb\n");
	append(p.path, "c\n\nhalf");
	expect(&p, "a");
	expect(&p, "b");
	expect(&p, "c");
	expect(&p, "");
	expect(&p, "nothing");
	append(p.path, " and half\n");
	expect(&p, "half and half");
	expect(&p, "nothing");
	end(&p);
}

TEST(follow_begins_with_nothing)
{
	struct place p;

	begin(&p);
	expect(&p, "nothing");
	append(p.path, "a\n");
	expect(&p, "a");
	end(&p);
}

TEST(follow_loses_nothing_when_it_turns_over)
{
	struct place p;

	begin(&p);
	append(p.path, "a\n");
	expect(&p, "a");
	append(p.path, "b\n");
	turn_over(&p);
	append(p.path, "c\n");
	turn_over(&p); /* b is under no name now */
	append(p.path, "d\n");
	expect(&p, "b");
	expect(&p, "c");
	expect(&p, "d");
	expect(&p, "nothing");
	turn_over(&p);
	expect(&p, "nothing");
	append(p.path, "e\n");
	expect(&p, "e");
	append(p.second, "late\n"); /* of a writer that had opened it before */
	expect(&p, "late");
	expect(&p, "nothing");
	end(&p);
}

TEST(follow_wakes)
{
	struct place p;
	struct err e;
	bool end_of_reader;

	begin(&p);
	CHECK(!follow_watch(&p.f, &e));
	append(p.path, "a\n");
	const int64_t until = clock_ms() + 20000;
	follow_wait(&p.f, -1, until, &end_of_reader);
	CHECK(clock_ms() < until && !end_of_reader);
	expect(&p, "a");
	follow_wait(&p.f, -1, clock_ms() + 1, &end_of_reader);
	expect(&p, "nothing");
	end(&p);
}

TEST(follow_gives_a_long_line_in_pieces)
{
	struct place p;
	char *got;

	begin(&p);
	char *text = arena_alloc(&p.arena, FOLLOW_LINE_MAX + 4);
	memset(text, 'x', FOLLOW_LINE_MAX + 2);
	text[FOLLOW_LINE_MAX + 2] = '\n';
	append(p.path, text);
	CHECK(follow_line(&p.f, &got) == FOLLOW_LINE_MAX);
	expect(&p, "xx");
	expect(&p, "nothing");
	end(&p);
}
