/* json_walk.c - every member of a JSON text, beside the table that it is to be loaded by. */
#include "base/json_node.h"

#include <string.h>

struct walk {
	struct arena *a;
	void (*seen)(void *data, enum json_seen what, const char *place, const char *why);
	void *data;
};

static void tell(const struct walk *w, enum json_seen what, const struct place *p, const char *why)
{
	char place[JSON_PLACE_MAX];

	json_place_text(p, place, sizeof place);
	w->seen(w->data, what, place, why);
}

static void walk_object(const struct walk *w, const cJSON *j, const struct json_type *t,
                        const struct place *p);

/* What comes in front of the reason, "linux.x: ", is told apart from it. */
static const char *reason(const struct err *e, const struct place *p)
{
	char place[JSON_PLACE_MAX];
	size_t n;

	json_place_text(p, place, sizeof place);
	n = strlen(place);
	return !strncmp(e->text, place, n) && !strncmp(e->text + n, ": ", 2) ? e->text + n + 2
	                                                                     : e->text;
}

static void walk_leaf(const struct walk *w, const cJSON *j, const struct json_type *t,
                      const struct json_field *f, const struct place *p)
{
	struct err e;

	if (json_node_check(w->a, j, t, f, p, &e))
		tell(w, JSON_SEEN_BAD, p, reason(&e, p));
	else if (f->kind != JSON_KIND_REFUSE)
		tell(w, JSON_SEEN_KNOWN, p, NULL);
}

/* A list, or for any other kind an object, of objects, where null is none. A wrong element is told
 * by the whole. */
static bool are_objects(const cJSON *j, enum json_kind kind)
{
	if (!(kind == JSON_KIND_OBJV ? cJSON_IsArray(j) : cJSON_IsObject(j)))
		return false;
	for (const cJSON *it = j->child; it; it = it->next)
		if (!cJSON_IsObject(it) && !(cJSON_IsObject(j) && cJSON_IsNull(it)))
			return false;
	return true;
}

static void walk_each(const struct walk *w, const cJSON *j, const struct json_type *t,
                      const struct place *p)
{
	int i = 0;

	for (const cJSON *it = j->child; it; it = it->next, i++)
		if (cJSON_IsObject(it))
			walk_object(w, it, t,
			            &(struct place){ p, it->string, it->string ? -1 : i });
}

static void walk_map(const struct walk *w, const cJSON *j, const struct place *p)
{
	for (const cJSON *it = j->child; it; it = it->next)
		if (!cJSON_IsNull(it))
			tell(w, cJSON_IsString(it) ? JSON_SEEN_KNOWN : JSON_SEEN_BAD,
			     &(struct place){ p, it->string, -1 }, "expected a string");
}

static void walk_field(const struct walk *w, const cJSON *j, const struct json_type *t,
                       const struct json_field *f, const struct place *p)
{
	/* Words are no type. */
	const struct json_type *inner = f->kind > JSON_KIND_ENUM ? json_sub(t, f) : NULL;
	const bool one = f->kind == JSON_KIND_OBJ;

	if (inner && one && cJSON_IsObject(j))
		walk_object(w, j, inner, p);
	else if (inner && !one && j->child && are_objects(j, f->kind))
		walk_each(w, j, inner, p);
	else if (f->kind == JSON_KIND_MAP && cJSON_IsObject(j))
		walk_map(w, j, p);
	else
		walk_leaf(w, j, t, f, p);
}

static const struct json_field *find(const struct json_type *t, const char *key)
{
	for (const struct json_field *f = &t->rows->first; f; f = json_next(f))
		if (!strcmp(f->key, key))
			return f;
	return NULL;
}

static void walk_object(const struct walk *w, const cJSON *j, const struct json_type *t,
                        const struct place *p)
{
	for (const cJSON *it = j->child; it; it = it->next) {
		const struct place here = { p, it->string, -1 };
		const struct json_field *f = find(t, it->string);

		if (cJSON_IsNull(it))
			continue;
		if (f)
			walk_field(w, it, t, f, &here);
		else
			tell(w, JSON_SEEN_UNKNOWN, &here, NULL);
	}
	for (const struct json_field *f = &t->rows->first; f; f = json_next(f)) {
		const cJSON *it = json_node_member(j, f->key);

		if (f->required && (!it || cJSON_IsNull(it)))
			tell(w, JSON_SEEN_BAD, &(struct place){ p, f->key, -1 }, "missing");
	}
}

int json_walk(struct arena *a, const char *text, size_t len, const struct json_type *t,
              void (*seen)(void *data, enum json_seen what, const char *place, const char *why),
              void *data, struct err *e)
{
	const struct place top = { NULL, NULL, -1 };
	const struct walk w = { a, seen, data };
	const cJSON *j;

	if (json_node_parse(a, text, len, &j, e))
		return -1;
	if (!cJSON_IsObject(j))
		return err_kind(e, ERR_CONFIG, 0, "expected an object");
	walk_object(&w, j, t, &top);
	return 0;
}
