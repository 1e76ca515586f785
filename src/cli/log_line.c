/* log_line.c - "TIME STREAM TAG TEXT", or an object of a json-file. */
#include "cli/log_line.h"

#include "base/json.h"

#include <string.h>

struct object {
	char *log, *stream, *time;
};

/* clang-format off */
JSON_TYPE(object_type, object,
	JSON_STR(object, "log", log),
	JSON_STR(object, "stream", stream),
	JSON_STR(object, "time", time));
/* clang-format on */

static bool read_object(struct arena *a, const char *line, size_t len, struct log_line *ret)
{
	struct object o = { 0 };
	struct err ignored;

	if (json_load(a, line, len, &object_type, &o, &ignored) || !o.log)
		return false;
	*ret = (struct log_line){ .time = o.time,
		                  .time_len = o.time ? strlen(o.time) : 0,
		                  .errors = o.stream && !strcmp(o.stream, "stderr"),
		                  .text = o.log,
		                  .len = strlen(o.log) };
	return true;
}

bool log_line_read(struct arena *a, char *line, size_t len, struct log_line *ret)
{
	if (len && *line == '{')
		return read_object(a, line, len, ret);
	char *stream = memchr(line, ' ', len);
	char *tag = stream ? memchr(stream + 1, ' ', len - (size_t)(stream + 1 - line)) : NULL;

	if (!tag || tag + 3 > line + len)
		return false;
	*ret = (struct log_line){ .time = line,
		                  .time_len = (size_t)(stream - line),
		                  .errors = !strncmp(stream, " stderr ", 8),
		                  .text = tag + 3,
		                  .len = len - (size_t)(tag + 3 - line) };
	if (tag[1] == 'F') /* else the line goes on */
		ret->text[ret->len++] = '\n';
	return true;
}
