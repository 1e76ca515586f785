/*
 * log.h - where messages go: stderr, and the file of --log as text or JSON lines.
 *
 * Clients read that file: one valid JSON line per message with msg, level and an RFC 3339 time; an
 * error is logged exactly once, by cli/main.c. The level is the program's only mutable global.
 */
#pragma once

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
const char *log_level_name(enum log_level level);

/* path NULL: stderr only. -1 and errno when the file cannot be opened for appending. */
int log_setup(const char *path, int json, enum log_level level);

/* In a child whose stderr is the container's: no messages from here on. */
void log_child(void);

void log_message(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_message(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_message(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_message(LOG_DEBUG, __VA_ARGS__)
