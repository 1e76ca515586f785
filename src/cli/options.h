/*
 * options.h - the tables of options.def, packed: a struct option, its texts, the next one.
 *
 * No pointer is in them: start-up would have to relocate it, in memory that each process then has
 * for itself. So the rows are read twice, into the members of a struct as long as their texts, and
 * into their values.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum option_kind {
	OPTION_FLAG, /* a bool */
	OPTION_TEXT, /* a const char * */
	OPTION_LIST, /* a char **, and a size_t behind it */
	OPTION_USE,  /* the rows of another table */
	OPTION_END,
};

/* Behind it stand its name, what help calls its value, and its help. */
struct __attribute__((packed)) option {
	uint16_t off; /* in struct args; OPTION_USE: in option_tables */
	uint8_t kind;
	char letter;  /* 0: none */
	uint8_t size; /* of what stands behind it */
};

#define OPT_FLAG(name, letter, m, help) \
	OPTION(OPTION_FLAG, offsetof(struct args, m), letter, name, "", help)
#define OPT_TEXT(name, letter, m, value, help) \
	OPTION(OPTION_TEXT, offsetof(struct args, m), letter, name, value, help)
#define OPT_LIST(name, letter, m, value, help) \
	OPTION(OPTION_LIST, OPTION_LIST_OFF(m), letter, name, value, help)
#define OPT_USE(table) OPTION(OPTION_USE, offsetof(struct option_tables, table), 0, "", "", "")
#define OPT_END        OPTION(OPTION_END, 0, 0, "", "", "")

/* A division by 0, which does not compile, where the number of a list is elsewhere. */
#define OPTION_LIST_OFF(m) \
	(offsetof(struct args, m) / \
	 (offsetof(struct args, n_##m) == offsetof(struct args, m) + sizeof(char **)))

/* OPTION is one of these while rows are read; the members are only there to be long enough. */
#define OPTION_MEMBER(kind, off, letter, name, value, help) \
	struct { \
		struct option o; \
		char texts[ROW_SIZE(ROW_TEXTS(name, value, help))]; \
	} ROW_NAME(__COUNTER__);
#define OPTION_VALUE(kind, off, letter, name, value, help) \
	{ { off, kind, letter, ROW_SIZE(ROW_TEXTS(name, value, help)) }, \
	  ROW_TEXTS(name, value, help) },

#define ROW_TEXTS(a, b, c) a "\0" b "\0" c
#define ROW_SIZE(texts)    (sizeof(texts) / (sizeof(texts) <= UINT8_MAX)) /* as with lists */
#define ROW_NAME(n)        ROW_NAME_OF(n)
#define ROW_NAME_OF(n)     row_##n

/* Each table is a member, of no size: option_tables.run is its first row. */
struct option_tables {
#define OPTION           OPTION_MEMBER
#define OPT_TABLE(table) struct option table[0];
#include "cli/options.def"
#undef OPTION
#undef OPT_TABLE
};

extern const struct option_tables option_tables;

#define OPTIONS(table) offsetof(struct option_tables, table)

/* The table that begins there. */
const struct option *options_at(uint16_t off);

/* From { TABLE } on, row by row, also those of tables that it uses; NULL: there are no more. */
struct option_walk {
	const struct option *next, *back; /* back: in the table that uses this one */
};
const struct option *option_next(struct option_walk *w);

static inline const char *text_behind(const char *text)
{
	return text + strlen(text) + 1;
}

static inline const char *option_name(const struct option *o)
{
	return (const char *)(o + 1);
}

/* What help calls its value; "" for flags. */
static inline const char *option_value(const struct option *o)
{
	return text_behind(option_name(o));
}

/* "": accepted and not shown. */
static inline const char *option_help(const struct option *o)
{
	return text_behind(option_value(o));
}
