/* json_node.h - what json.c and json_walk.c share: cJSON's tree, and where one is in it. */
#pragma once

#include "base/json.h"

#include <cjson/cJSON.h>

enum { JSON_PLACE_MAX = 200 };

/* Where we are, as a list on the stack; becomes text only in an error. */
struct place {
	const struct place *up;
	const char *key;
	int index; /* in a list; -1 for a key */
};

void json_place_text(const struct place *p, char *buf, size_t size);

/* As strict as json_load. The tree lives in the arena. */
int json_node_parse(struct arena *a, const char *text, size_t len, const cJSON **ret,
                    struct err *e);

/* Would json_load take j as that field of a struct of type t? */
int json_node_check(struct arena *a, const cJSON *j, const struct json_type *t,
                    const struct json_field *f, const struct place *p, struct err *e);

/* The member of an object that has been checked, or NULL. */
const cJSON *json_node_member(const cJSON *object, const char *key);
