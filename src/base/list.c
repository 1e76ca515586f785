/* list.c - a walk from NUL to NUL. */
#include "base/list.h"

#include <string.h>

const char *list_at(const char *list, size_t i)
{
	while (i--)
		list += strlen(list) + 1;
	return list;
}

bool list_has(const char *list, const char *text)
{
	for (; *list; list += strlen(list) + 1)
		if (!strcmp(list, text))
			return true;
	return false;
}
