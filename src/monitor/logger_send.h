/*
 * logger_send.h - the targets of logger.h that are no files: syslogd and the supervisor's output.
 *
 * Neither is ever waited for. What they do not take is counted, and told to them when they take
 * something again. Bytes that a terminal or a reader of the log would act on are written as \x1b.
 */
#pragma once

#include "monitor/logger.h"

/* The number of a facility's name, or -1. */
int logger_facility(const char *name, size_t len);

/* A line, or with complete false a part of one. */
void logger_send(const struct logger *l, struct logger_target *t, int stream, const char *data,
                 size_t len, bool complete);

/* Text of whole bytes as a JSON string has it, as far as it fits; *len: how much was taken. */
size_t logger_json(char *out, size_t size, const char *data, size_t *len);
