/*
 * list.h - texts one behind the other in one string, with a NUL behind each: "proc\0sysfs\0".
 *
 * A table of texts that has no pointers needs no relocation when the program starts: it stays in
 * the file's pages, which all processes share. The NUL of the literal itself is the empty text that
 * ends the list.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The text number i, from 0; there are more than i. */
const char *list_at(const char *list, size_t i);

bool list_has(const char *list, const char *text);
