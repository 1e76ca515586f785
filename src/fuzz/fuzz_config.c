/*
 * fuzz_config.c - any bytes as a config.json: they are refused with a reason, or they load, and
 * what was loaded is written, loads again and is written the same.
 */
#include "base/log.h"
#include "kernel/cgroup.h"
#include "kernel/sysctl.h"
#include "spec/check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct err *e)
{
	assert(*e->text && strlen(e->text) < sizeof e->text);
	assert(e->kind == ERR_CONFIG);
}

static void check_loaded(struct arena *a, const struct spec *s)
{
	const char *text = json_text(a, &spec_type, s, 0);
	const char *cgroup;
	struct spec again;
	struct err e = { 0 };

	assert(spec_load(a, text, strlen(text), &again, &e) == 0);
	assert(!strcmp(json_text(a, &spec_type, &again, 0), text));
	assert(s->linux_ && s->root && *s->oci_version);
	for (size_t i = 0; s->process && i < s->process->n_args; i++)
		assert(s->process->args[i]);
	assert(!s->process || (!s->process->args[s->process->n_args] && *s->process->cwd == '/'));
	if (sysctl_check(s, &e))
		assert(*e.text);
	if (!cgroup_path(a, s->linux_->cgroups_path, "c1", &cgroup, &e))
		assert(*cgroup == '/' && cgroup[1] && !strstr(cgroup, "/../"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct spec s;
	struct spec_process p;

	if (size > INPUT_MAX)
		return 0;
	(void)log_setup(NULL, 0, LOG_ERROR);
	char *text = malloc(size + 1); /* of its own: a sanitizer sees a step beyond it */
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	if (spec_load(&a, text, size, &s, &e))
		check_error(&e);
	else
		check_loaded(&a, &s);
	if (spec_process_load(&a, text, size, &p, &e))
		check_error(&e);
	free(text);
	arena_free(&a);
	return 0;
}
