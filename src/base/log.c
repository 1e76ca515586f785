/* log.c - messages to stderr and to the file of --log. */
#include "base/log.h"

#include "base/date.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/list.h"
#include "base/own.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Set once by main() from the command line, before anything runs. */
static struct {
	const char *path;
	int json, silent;
	enum log_level level;
} config = { .level = LOG_WARNING };

struct line {
	char *level, *msg, *time;
};

JSON_TYPE(line_type, line, JSON_STR(line, "level", level), JSON_STR(line, "msg", msg),
          JSON_STR(line, "time", time));

const char *log_level_name(enum log_level level)
{
	return list_at("error\0warning\0info\0debug\0", level); /* as in the enum */
}

/*
 * Not kept open: what is open when a container is made has to be accounted for. One write with
 * O_APPEND per message, so that the lines of several processes do not mix.
 */
static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
}

int log_setup(const char *path, int json, enum log_level level)
{
	config.path = path;
	config.json = json;
	config.level = level;
	if (!path)
		return 0;

	own_fd fd = open_file(path);
	if (fd < 0)
		config.path = NULL;
	return fd < 0 ? -1 : 0;
}

void log_child(void)
{
	config.silent = 1;
}

static void write_file(struct arena *a, enum log_level level, char *msg)
{
	char day[DATE_MAX], when[DATE_MAX + 1], level_name[8];

	own_fd fd = open_file(config.path);
	if (fd <
	    0) /* a log that is gone by now must not stop a container; stderr has the message too */
		return;
	date_print(time(NULL), day);
	snprintf(when, sizeof when, "%sZ", day);
	snprintf(level_name, sizeof level_name, "%s", log_level_name(level));
	struct line l = { level_name, msg, when };
	char *text = config.json ? arena_printf(a, "%s\n", json_text(a, &line_type, &l, 0))
	                         : arena_printf(a, "time=\"%s\" level=%s msg=%s\n", when,
	                                        level_name, json_quote(a, msg));
	(void)fd_write_all(fd, text, strlen(text));
}

/*
 * Clients read the JSON file for the reason of a failure, and some of them the whole of it as one
 * object: so it has that line alone, unless more has been asked for.
 */
static int goes_to_file(enum log_level level)
{
	return level == LOG_ERROR || !config.json || config.level > LOG_WARNING;
}

/* What a message quotes may hold control bytes, which would forge lines and move the cursor. */
static void one_line(char *msg)
{
	for (; *msg; msg++)
		if ((unsigned char)*msg < 0x20 || *msg == 0x7f)
			*msg = '?';
}

void log_message(enum log_level level, const char *fmt, ...)
{
	struct arena a = { 0 };
	char msg[1024];
	va_list ap;

	if (config.silent || level > config.level)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	if (config.path && goes_to_file(level))
		write_file(&a, level, msg);
	one_line(msg);
	if (level == LOG_ERROR)
		fprintf(stderr, "scow: %s\n", msg);
	else
		fprintf(stderr, "scow: %s: %s\n", log_level_name(level), msg);
	arena_free(&a);
}
