/* history.c - lines to what has happened. */
#define _GNU_SOURCE
#include "engine/history.h"

#include "base/follow.h"
#include "monitor/journal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEPT_MS = 5 * 60 * 1000 };

/* clang-format off */
JSON_TYPE(happening_type, happening,
	JSON_STR_REQ(happening, "time", time),
	JSON_STR_REQ(happening, "name", name),
	JSON_STR_REQ(happening, "event", event),
	JSON_I64(happening, "boottime_ms", boot_ms),
	JSON_MAP(happening, "attributes", attributes));
/* clang-format on */

char *history_path(struct arena *a, const char *root)
{
	return arena_printf(a, "%s/" JOURNAL_FILE, root);
}

bool history_parse(struct arena *a, const char *line, struct happening *ret)
{
	static const char head[] = "{\"time\":";
	const char *next;
	struct err ignored;

	/* A whole line may stand behind one that was cut. */
	while (*line && (next = strstr(line + 1, head)))
		line = next;
	*ret = (struct happening){ .text = line };
	return !json_load(a, line, strlen(line), &happening_type, ret, &ignored);
}

const char *history_attribute(const struct happening *h, const char *key)
{
	for (size_t i = 0; i < h->n_attributes; i++)
		if (!strcmp(h->attributes[i].key, key))
			return h->attributes[i].value;
	return NULL;
}

bool history_last_code(const struct engine *g, const char *name, int *ret)
{
	struct happening h;
	struct timespec boot;
	struct follow f;
	struct err ignored;
	bool died = false;
	char *line;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	const int64_t since = boot.tv_sec * 1000ll - KEPT_MS;
	if (follow_open(g->arena, history_path(g->arena, g->root), &f, &ignored))
		return false;
	while (follow_line(&f, &line) >= 0) {
		if (!strstr(line, name) || !history_parse(g->arena, line, &h) ||
		    strcmp(h.name, name) || h.boot_ms < since)
			continue;
		if (!strcmp(h.event, EVENT_DEFINE))
			died = false;
		const char *code = history_attribute(&h, "code");
		if (code && !strcmp(h.event, EVENT_DIED)) {
			*ret = (int)strtol(code, NULL, 10);
			died = true;
		}
	}
	follow_close(&f);
	return died;
}
