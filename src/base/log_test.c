/* log_test.c - the file of --log: lines, levels, and nothing that a message quotes can forge
 * another line. */
#define _GNU_SOURCE
#include "base/log.h"

#include "base/fd.h"
#include "base/json.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line {
	char *level, *msg, *time;
};

JSON_TYPE(line_type, line, JSON_STR_REQ(line, "level", level), JSON_STR_REQ(line, "msg", msg),
          JSON_STR_REQ(line, "time", time));

/* Messages with stderr in a file of its own; what both files got. */
static void with_log(int json, enum log_level level, void (*fn)(void), char *file, char *err,
                     size_t size)
{
	char path[] = "/tmp/scow-log.XXXXXX", errors[] = "/tmp/scow-log.XXXXXX";
	int fd = mkstemp(path), err_fd = mkstemp(errors);

	fflush(stdout);
	int keep = dup(2);
	CHECK(fd >= 0 && err_fd >= 0 && dup2(err_fd, 2) == 2);
	CHECK(log_setup(path, json, level) == 0);
	fn();
	CHECK(log_setup(NULL, 0, LOG_WARNING) == 0);
	CHECK(dup2(keep, 2) == 2);
	CHECK(fd_read_text(AT_FDCWD, path, file, size) >= 0);
	CHECK(fd_read_text(AT_FDCWD, errors, err, size) >= 0);
	CHECK(unlink(path) == 0 && unlink(errors) == 0);
	close(fd);
	close(err_fd);
	close(keep);
}

static void hostile(void)
{
	log_error("name \"%s\" is bad", "a\nscow: all is well\x1b[2J\\\"");
	log_warning("second");
	log_info("too quiet");
}

TEST(log_json_lines)
{
	struct arena a = { 0 };
	char file[2048], err[2048], *rest = file;
	static const struct {
		const char *level, *msg;
	} want[] = {
		{ "error", "name \"a\nscow: all is well\x1b[2J\\\"\" is bad" },
		{ "warning", "second" },
		{ "info", "too quiet" },
	};

	with_log(1, LOG_INFO, hostile, file, err, sizeof file);
	for (size_t i = 0; i < 3; i++) {
		char *text = strsep(&rest, "\n");
		struct line l = { 0 };
		struct err e = { 0 };

		CHECK(rest && json_load(&a, text, strlen(text), &line_type, &l, &e) == 0);
		CHECK_STR(l.level, want[i].level);
		CHECK_STR(l.msg, want[i].msg);
		CHECK(l.time && strlen(l.time) == 20 && l.time[4] == '-' && l.time[10] == 'T' &&
		      l.time[19] == 'Z');
	}
	CHECK_STR(rest, ""); /* three lines, whatever a name holds */
	CHECK_STR(err, "scow: name \"a?scow: all is well?[2J\\\"\" is bad\nscow: warning: second\n"
	               "scow: info: too quiet\n");
	/* Nothing more was asked for: the failure alone. */
	with_log(1, LOG_WARNING, hostile, file, err, sizeof file);
	CHECK(strchr(file, '\n') && !strchr(file, '\n')[1] && strstr(file, "\"error\""));
	CHECK(strstr(err, "warning: second"));
	arena_free(&a);
}

TEST(log_text_lines)
{
	char file[2048], err[2048];

	with_log(0, LOG_DEBUG, hostile, file, err, sizeof file);
	char *second = strchr(file, '\n');
	CHECK(!strncmp(file, "time=\"2", 7));
	CHECK(strstr(file, "\" level=error msg=\"name \\\"a\\nscow: all is "
	                   "well\\u001b[2J\\\\\\\"\\\" is bad\"\n"));
	CHECK(second && strstr(second, "level=warning msg=\"second\"\n") &&
	      strstr(second, "level=info msg=\"too quiet\"\n"));
}

TEST(log_file_that_cannot_be_opened)
{
	CHECK(log_setup("/nonexistent/log", 0, LOG_WARNING) == -1 && errno == ENOENT);
	CHECK(log_setup(NULL, 0, LOG_WARNING) == 0);
}
