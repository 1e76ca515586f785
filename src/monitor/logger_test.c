/* logger_test.c - lines, their tags, files that turn over, and the tail. */
#define _GNU_SOURCE
#include "monitor/logger.h"

#include "base/fd.h"
#include "test/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int place(char path[32])
{
	strcpy(path, "/tmp/scow-log.XXXXXX");
	CHECK(mkdtemp(path));
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void end(struct logger *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		close(l->targets[i].fd);
	(void)unlinkat(l->dir, "log", 0);
	(void)unlinkat(l->dir, "log.1", 0);
	close(l->dir);
	CHECK(rmdir(path) == 0);
}

/* The part behind the time, which has a fixed length. */
static const char *behind(const char *line)
{
	return line + strlen("2026-11-21T21:11:22.276177955+00:00 ");
}

TEST(logger_tags_lines)
{
	char path[32], text[1024], tail[16];
	struct logger l;
	struct err e;

	CHECK(logger_open(&l, place(path), "ring:8k", &e) == 0);
	logger_write(&l, 1, "one\ntwo", 7);
	logger_write(&l, 2, "\n", 1);
	CHECK(fd_read_text(l.dir, "log", text, sizeof text) > 0);
	const char *line = text;
	CHECK(!strncmp(behind(line), "stdout F one\n", 13));
	line = strchr(line, '\n') + 1;
	CHECK(!strncmp(behind(line), "stdout P two\n", 13));
	line = strchr(line, '\n') + 1;
	CHECK_STR(behind(line), "stderr F \n");
	logger_tail(&l, tail, sizeof tail);
	CHECK_STR(tail, "one\ntwo\n");
	end(&l, path);
}

TEST(logger_turns_over)
{
	char path[32], line[64], text[5000], tail[64];
	struct logger l;
	struct stat old, new;
	struct err e;

	CHECK(logger_open(&l, place(path), "ring:8k", &e) == 0);
	for (int i = 0; i < 500; i++)
		logger_write(&l, 1, line, (size_t)snprintf(line, sizeof line, "line %d\n", i));
	CHECK(fstatat(l.dir, "log.1", &old, 0) == 0 && old.st_size <= 4096 && old.st_size > 3500);
	CHECK(fstatat(l.dir, "log", &new, 0) == 0 && new.st_size <= 4096);
	CHECK(fd_read_text(l.dir, "log", text, sizeof text) > 0);
	CHECK(strstr(text, "stdout F line 499\n"));
	logger_tail(&l, tail, sizeof tail);
	CHECK(!strncmp(tail, "line ", 5));
	CHECK_STR(tail + strlen(tail) - 9, "line 499\n");
	end(&l, path);
}

TEST(logger_words)
{
	struct err e;

	CHECK(logger_check("", &e) == 0 && logger_check("none", &e) == 0);
	CHECK(logger_check("ring:64k,file:/var/log/a:b,none", &e) == 0);
	CHECK(logger_check("ring:64q", &e) == -1 && logger_check("ring:12", &e) == -1);
	CHECK(logger_check("file:", &e) == -1 && logger_check("rings", &e) == -1);
	CHECK(logger_check("ring,ring,ring,ring,ring", &e) == -1);
}
