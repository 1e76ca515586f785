/* cmd_artifact.c - artifact: small files kept with a defined container. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "cli/command.h"
#include "engine/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct artifact {
	struct args *args;
	struct engine g;
	struct definition d;
	const char *key, *file; /* NULL: none was given */
};

static int add(const struct artifact *x, struct err *e)
{
	struct arena *a = x->g.arena;
	char *data;
	size_t len;

	if (artifact_check_key(x->key, e))
		return -1;
	int failed = x->file && strcmp(x->file, "-")
	                 ? fd_read_file(a, AT_FDCWD, x->file, ARTIFACT_SIZE_MAX, &data, &len, e)
	                 : fd_read_all(a, 0, "standard input", ARTIFACT_SIZE_MAX, &data, &len, e);
	return failed ? -1 : artifact_add(&x->g, &x->d, x->key, data, len, e);
}

static int get(const struct artifact *x, struct err *e)
{
	char *data;
	size_t len;

	if (artifact_get(&x->g, &x->d, x->key, &data, &len, e))
		return -1;
	return fwrite(data, 1, len, stdout) == len ? 0 : err_set(e, errno, "write to stdout");
}

static int rm(const struct artifact *x, struct err *e)
{
	return artifact_remove(&x->g, &x->d, x->key, e);
}

static int ls(const struct artifact *x, struct err *e)
{
	char **keys;
	size_t n;

	if (artifact_list(&x->g, &x->d, &keys, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		puts(keys[i]);
	return 0;
}

/* clang-format off */
static const struct {
	const char *name;
	int (*run)(const struct artifact *x, struct err *e);
	size_t min, max; /* operands, with the two in front */
} actions[] = {
	{ "add", add, 3, 4 },
	{ "get", get, 3, 3 },
	{ "rm", rm, 3, 3 },
	{ "ls", ls, 2, 2 },
};
/* clang-format on */

int cmd_artifact(struct args *a, struct err *e)
{
	struct artifact x = { .args = a,
		              .g = engine_of(a),
		              .key = a->n_rest > 2 ? a->rest[2] : NULL,
		              .file = a->n_rest > 3 ? a->rest[3] : NULL };
	const char *name = a->rest[1];
	size_t i = 0;

	while (i < sizeof actions / sizeof *actions && strcmp(actions[i].name, a->rest[0]))
		i++;
	if (i == sizeof actions / sizeof *actions)
		return err_kind(e, ERR_USAGE, 0, "artifact: \"%s\" is not add, get, rm or ls",
		                a->rest[0]);
	if (a->n_rest < actions[i].min || a->n_rest > actions[i].max)
		return err_kind(e, ERR_USAGE, 0, "artifact %s: %s", a->rest[0],
		                a->n_rest < actions[i].min ? "KEY is missing"
		                                           : "there is one operand too many");
	if (!is_defined(a, name))
		return engine_not_defined(a, name, e);
	if (definition_load(&x.g, name, &x.d, e))
		return -1;
	int failed = actions[i].run(&x, e);
	if (failed && e->kind == ERR_NO_CONTAINER && e->no == ENOENT)
		a->failure = 1;
	return failed;
}
