/*
 * fuzz_mount_option.c - any list of words, one a line: it parses or is refused, and what comes out
 * agrees with itself.
 */
#define _GNU_SOURCE
#include "kernel/mount_option.h"

#include <assert.h>
#include <string.h>
#include <sys/mount.h>

enum { WORDS_MAX = 64, INPUT_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned long atime = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;
	struct arena a = { 0 };
	struct mount_options o;
	struct sys_mount_attr attr;
	struct err e;
	char *words[WORDS_MAX];
	size_t n = 0;

	if (size > INPUT_MAX)
		return 0;
	char *text = arena_alloc(&a, size + 1);
	memcpy(text, data, size);
	for (char *rest = text; rest && n < WORDS_MAX;)
		words[n++] = strsep(&rest, "\n");
	if (mount_options_parse(&a, words, n, &o, &e) == 0) {
		assert(!(o.set & o.clear) && !(o.set_all & o.clear_all));
		assert(((o.set & atime) & ((o.set & atime) - 1)) == 0); /* at most one */
		assert(!o.data || (*o.data && strlen(o.data) <= MOUNT_DATA_MAX));
		assert(!o.recursive || o.bind);
		mount_attr_fill(o.set, o.clear, &attr);
		assert(!(attr.attr_set & attr.attr_clr & ~(uint64_t)SYS_MOUNT_ATTR__ATIME));
		const char *mode = mount_data_find(o.data, "mode");
		assert(!mode || (mode > o.data && mode <= o.data + strlen(o.data)));
	} else {
		assert(strlen(e.text) > 0);
	}
	arena_free(&a);
	return 0;
}
