/* main.c - where there is no fuzzing engine: gives each file named on the command line to the
 * fuzzer, once. */
#include "base/fd.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

enum { INPUT_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct arena a = { 0 };
		struct err e;
		char *text, line[ERR_LINE_MAX];
		size_t len;

		if (fd_read_file(&a, AT_FDCWD, argv[i], INPUT_MAX, &text, &len, &e)) {
			fprintf(stderr, "%s\n", err_text(&e, line, sizeof line));
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)text, len);
		arena_free(&a);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
