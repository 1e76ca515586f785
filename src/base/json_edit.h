/*
 * json_edit.h - one member of a JSON text replaced or added, and every other byte left as it was:
 * for configurations that are kept as their authors wrote them.
 */
#pragma once

#include "base/arena.h"

#include <stddef.h>

/*
 * The text, an object that json_load() accepts, with the member at keys[0 .. n-1] set to value,
 * itself JSON; objects on the way are made where they are missing. NULL value: the member goes.
 * Keys are compared as they are spelled. In the arena; NULL when something on the way is no object.
 */
char *json_edit(struct arena *a, const char *text, const char *const *keys, size_t n,
                const char *value);

/*
 * The member at a path such as "State.Pid", also as "{{.State.Pid}}": a string as it is, anything
 * else as JSON. In the arena; NULL when there is none.
 */
char *json_pick(struct arena *a, const char *text, const char *path);
