/* logger_test.c - lines, their tags, files that turn over, and the tail. */
#define _GNU_SOURCE
#include "monitor/logger.h"

#include "base/fd.h"
#include "monitor/logger_send.h"
#include "test/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

TEST(logger_files_that_cannot_be_opened)
{
	static const char list[] =
	    "file:/proc/nosuch/x,none,k8s-file:/dev/null,syslog,json-file:/proc/version/x";
	char path[32], line[ERR_LINE_MAX];
	struct logger l;
	struct err e;
	size_t i = 0;

	CHECK(logger_open(&l, place(path), "c", list, &e) == 0);
	CHECK(logger_lost(&l, &i, &e));
	CHECK_STR(err_text(&e, line, sizeof line), "/proc/nosuch/x: No such file or directory");
	CHECK(logger_lost(&l, &i, &e));
	CHECK_STR(err_text(&e, line, sizeof line), "/dev/null is not a regular file");
	CHECK(logger_lost(&l, &i, &e));
	CHECK(!logger_lost(&l, &i, &e));
	end(&l, path);

	/* Neither waited for, nor written into when somebody reads it. */
	CHECK(logger_open(&l, place(path), "c", "ring", &e) == 0);
	logger_close(&l);
	CHECK(!unlinkat(l.dir, "log", 0) && !mkfifoat(l.dir, "log", 0600));
	CHECK(logger_open(&l, l.dir, "c", "ring", &e) == 0);
	i = 0;
	CHECK(logger_lost(&l, &i, &e));
	CHECK_STR(err_text(&e, line, sizeof line), "log: No such device or address");
	end(&l, path);
}

TEST(logger_tags_lines)
{
	char path[32], text[1024], tail[16];
	struct logger l;
	struct err e;

	CHECK(logger_open(&l, place(path), "c", "ring:8k", &e) == 0);
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

TEST(logger_full_disk_loses_whole_lines)
{
	char path[32], text[1024];
	struct rlimit was, now;
	struct logger l;
	struct err e;

	CHECK(!getrlimit(RLIMIT_FSIZE, &was));
	CHECK(logger_open(&l, place(path), "c", "ring:8k", &e) == 0);
	logger_write(&l, 1, "one\n", 4);
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	now = was;
	now.rlim_cur = (rlim_t)l.targets[0].size + 10; /* in the middle of the next one */
	CHECK(!setrlimit(RLIMIT_FSIZE, &now));
	logger_write(&l, 1, "two\n", 4);
	CHECK(!setrlimit(RLIMIT_FSIZE, &was));
	(void)signal(SIGXFSZ, handler);
	logger_write(&l, 1, "three\n", 6);
	const ssize_t len = fd_read_text(l.dir, "log", text, sizeof text);
	CHECK(len > 0 && len == l.targets[0].size);
	CHECK(!strncmp(behind(text), "stdout F one\n", 13));
	char *line = strchr(text, '\n') + 1;
	CHECK_STR(behind(line), "stdout F three\n");
	end(&l, path);
}

TEST(logger_turns_over)
{
	char path[32], line[64], text[4200], tail[64];
	struct logger l;
	struct stat old, new;
	struct err e;

	CHECK(logger_open(&l, place(path), "c", "ring:8k", &e) == 0);
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

TEST(logger_file_to_be_read)
{
	char path[LOGGER_PATH_MAX];
	struct err e;

	CHECK(logger_file("", path, sizeof path, &e) == 0);
	CHECK_STR(path, "log");
	CHECK(logger_file("syslog,k8s-file:/var/log/string:8k,ring", path, sizeof path, &e) == 0);
	CHECK_STR(path, "/var/log/string");
	CHECK(logger_file("json-file:/a", path, sizeof path, &e) == 0);
	CHECK_STR(path, "/a");
	CHECK(logger_file("syslog,fd", path, sizeof path, &e) == -1 && e.kind == ERR_STATE);
	CHECK(logger_file("none", path, sizeof path, &e) == -1 && e.kind == ERR_STATE);
}

TEST(logger_words)
{
	struct err e;

	CHECK(logger_check("", &e) == 0 && logger_check("none", &e) == 0);
	CHECK(logger_check("ring:64k,file:/var/log/a:b,none", &e) == 0);
	CHECK(logger_check("ring:64q", &e) == -1 && logger_check("ring:12", &e) == -1);
	CHECK(logger_check("json-file:/x:8k,syslog,syslog:local7,fd", &e) == 0);
	CHECK(logger_check("syslog:kern", &e) == -1 && logger_check("syslog:", &e) == -1);
	CHECK(logger_check("k8s-file:/x:8k", &e) == 0 && logger_check("k8s:/x", &e) == -1);
	CHECK(logger_check("fd:1", &e) == -1 && logger_check("json-file", &e) == -1);
	CHECK(logger_check("json-file:x", &e) == -1 && logger_check("none:1", &e) == -1);
	CHECK(logger_check("file:", &e) == -1 && logger_check("rings", &e) == -1);
	CHECK(logger_check("ring,ring,ring,ring,ring", &e) == -1);
}

/* clang-format off */
static const struct { const char *text, *json; } json[] = {
	{ "a\tb", "a\\u0009b" },
	{ "\"\\", "\\\"\\\\" },
	{ "\xc3\xa4\xf0\x9f\x98\x80", "\xc3\xa4\xf0\x9f\x98\x80" },
	{ "\xff\xc3", "\\ufffd\\ufffd" },
	{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" }, /* half of a pair */
	{ "\xc0\xaf\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd" },
};
/* clang-format on */

TEST(logger_json_table)
{
	char out[64];

	for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
		size_t len = strlen(json[i].text);

		out[logger_json(out, sizeof out, json[i].text, &len)] = 0;
		CHECK_STR(out, json[i].json);
		CHECK(len == strlen(json[i].text));
	}
	size_t len = 4;
	CHECK(logger_json(out, 11, "abc\xff", &len) == 3 && len == 3); /* whole ones only */
}

static int syslogd(const char *dir)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof sa.sun_path, "%s/log", dir);
	(void)unlink(sa.sun_path);
	CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&sa, sizeof sa) == 0);
	return fd;
}

static const char *heard(int fd, char *text, size_t size)
{
	ssize_t n = recv(fd, text, size - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = 0;
	return text;
}

TEST(logger_syslog_comes_and_goes)
{
	char path[32], text[1100], line[1500];
	struct logger l;
	struct err e;

	CHECK(logger_open(&l, place(path), "c", "syslog:local1", &e) == 0);
	l.dev = path;
	int kmsg = openat(l.dir, "kmsg", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	logger_write(&l, 1, "early\n", 6); /* there is none yet: the kernel's */
	CHECK_STR(heard(-1, text, sizeof text), "");
	CHECK(fd_read_text(l.dir, "kmsg", text, sizeof text) > 0);
	CHECK_STR(text, "<142>c: early");
	int fd = syslogd(path);
	logger_write(&l, 1, "one\r\n", 5);
	CHECK_STR(heard(fd, text, sizeof text), "<142>c: one");
	logger_write(&l, 2, "\33[2J\302\233\tx\n", 9);
	CHECK_STR(heard(fd, text, sizeof text), "<139>c: \\x1b[2J\\xc2\\x9b\tx");
	memset(line, 'a', sizeof line);
	line[sizeof line - 1] = '\n';
	logger_write(&l, 1, line, sizeof line);
	size_t got = strlen(heard(fd, text, sizeof text)) - strlen("<142>c: ");
	got += strlen(heard(fd, text, sizeof text)) - strlen("<142>c: ");
	CHECK(got == sizeof line - 1); /* in two pieces */
	close(fd);
	logger_write(&l, 1, "x\ny\n", 4);
	CHECK(l.targets[0].lost == 2);
	fd = syslogd(path);
	logger_write(&l, 1, "z\n", 2);
	CHECK_STR(heard(fd, text, sizeof text), "<139>c: scow: 2 messages are lost\n");
	CHECK_STR(heard(fd, text, sizeof text), "<142>c: z");
	for (int i = 0; i < 10000; i++) /* it does not read: nobody waits */
		logger_write(&l, 1, "w\n", 2);
	CHECK(l.targets[0].lost > 5000);
	close(fd);
	close(kmsg);
	(void)unlinkat(l.dir, "kmsg", 0);
	end(&l, path);
}

TEST(logger_json_file)
{
	char path[32], list[64], text[2048];
	struct logger l;
	struct err e;
	int dir = place(path);

	snprintf(list, sizeof list, "json-file:%s/log:8k", path);
	CHECK(logger_open(&l, dir, "c", list, &e) == 0);
	logger_write(&l, 2, "a\"b\nc", 5);
	CHECK(fd_read_text(dir, "log", text, sizeof text) > 0);
	CHECK(strstr(text, "{\"log\":\"a\\\"b\\n\",\"stream\":\"stderr\",\"time\":\"20") == text);
	CHECK(strstr(text, "Z\"}\n{\"log\":\"c\",\"stream\":\"stderr\","));
	end(&l, path);
}
