/* command.c - the table of commands. */
#include "cli/command.h"

#include <assert.h>
#include <string.h>

/* As in options.h, the rows are read into members and values; and into calls, by their number. */
struct command_tables {
#define COMMAND(run, name, operands, help, ...) \
	struct { \
		struct command c; \
		char texts[ROW_SIZE(ROW_TEXTS(name, operands, help))]; \
	} ROW_NAME(__COUNTER__);
#define COMMAND_TABLE(table) struct command table[0];
#define COMMAND_END          struct command ROW_NAME(__COUNTER__);
#include "cli/commands.def"
#undef COMMAND
#undef COMMAND_TABLE
#undef COMMAND_END
};

enum { BEFORE_VALUES = __COUNTER__ };

static const struct command_tables tables = {
#define COMMAND(run, name, operands, help, ...) \
	{ { .number = __COUNTER__ - BEFORE_VALUES, \
	    .size = ROW_SIZE(ROW_TEXTS(name, operands, help)), \
	    __VA_ARGS__ }, \
	  ROW_TEXTS(name, operands, help) },
#define COMMAND_TABLE(table) {},
#define COMMAND_END          {},
#include "cli/commands.def"
#undef COMMAND
#undef COMMAND_TABLE
#undef COMMAND_END
};

enum { BEFORE_CALLS = __COUNTER__ };

int command_run(const struct command *c, struct args *a, struct err *e)
{
	switch (BEFORE_CALLS + c->number) {
#define COMMAND(run, ...) \
	case __COUNTER__: \
		return run(a, e);
#define COMMAND_TABLE(table)
#define COMMAND_END
#include "cli/commands.def"
#undef COMMAND
#undef COMMAND_TABLE
#undef COMMAND_END
	}
	assert(false);
	return -1;
}

static const struct command *behind(const struct command *c)
{
	return (const struct command *)(command_name(c) + c->size);
}

const struct command *command_next(const struct command *c)
{
	c = c ? behind(c) : tables.shown;
	return c->size ? c : NULL;
}

static const struct command *find(const struct command *c, const char *name)
{
	for (; c->size; c = behind(c))
		if (!strcmp(command_name(c), name))
			return c;
	return NULL;
}

const struct command *command_find(const char *name)
{
	return find(tables.shown, name);
}

const struct command *command_find_internal(const char *name)
{
	return find(tables.internal, name);
}
