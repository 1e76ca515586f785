/*
 * cmd_update.c - update: its options become the JSON text of a linux.resources object, which then
 * goes the way of --resources.
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/own.h"
#include "cli/command.h"
#include "oci/update.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { RESOURCES_SIZE_MAX = 1024 * 1024 };

static int of_file(struct args *a, const char **ret, size_t *ret_len, struct err *e)
{
	const char *option = limits_given(a);
	char *text;

	if (option)
		return err_kind(e, ERR_USAGE, 0, "update: --resources and --%s exclude each other",
		                option);
	if (strcmp(a->resources, "-") ? fd_read_file(a->arena, AT_FDCWD, a->resources,
	                                             RESOURCES_SIZE_MAX, &text, ret_len, e)
	                              : fd_read_all(a->arena, STDIN_FILENO, "standard input",
	                                            RESOURCES_SIZE_MAX, &text, ret_len, e))
		return -1;
	*ret = text;
	return 0;
}

int cmd_update(struct args *a, struct err *e)
{
	const struct verb v = { .arena = a->arena, .root = a->root, .id = a->rest[0] };
	const char *text = NULL;
	size_t len;

	if (is_defined(a, v.id) && engine_check_runs(a, "update", e))
		return -1;
	if (a->resources) {
		if (of_file(a, &text, &len, e))
			return -1;
	} else {
		if (limits_text(a, &text, e))
			return err_ctx(e, "update");
		len = strlen(text);
	}
	const struct spec_intel_rdt rdt = {
		.l3_cache_schema = a->l3_cache_schema,
		.mem_bw_schema = a->mem_bw_schema,
	};
	return verb_update(&v, text, len, rdt.l3_cache_schema || rdt.mem_bw_schema ? &rdt : NULL,
	                   e);
}
