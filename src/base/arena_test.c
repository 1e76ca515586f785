/* arena_test.c - aligned, zeroed, apart from each other, and an end of the process when there is no
 * more. */
#include "base/arena.h"

#include "test/test.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(arena_pieces_are_zeroed_aligned_and_apart)
{
	static const size_t sizes[] = { 1, 0, 3, 16, 17, 4096, 1, 100000 };
	struct arena a = { 0 };
	unsigned char *end = NULL;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			unsigned char *p = arena_alloc(&a, sizes[i]);
			size_t set = 0;

			for (size_t k = 0; k < sizes[i]; k++)
				set |= p[k];
			CHECK(set == 0);
			CHECK((uintptr_t)p % alignof(max_align_t) == 0);
			CHECK(p >= end);
			memset(p, 0xff, sizes[i]);
			end = p + sizes[i];
		}
		arena_free(&a);
		CHECK(!a.base && !a.used);
		end = NULL;
	}
	arena_free(&a); /* of nothing */
}

TEST(arena_text)
{
	struct arena a = { 0 };
	char word[] = "word";
	char *copy = arena_strdup(&a, word);

	word[0] = 'x';
	CHECK_STR(copy, "word");
	CHECK_STR(arena_strdup(&a, ""), "");
	CHECK_STR(arena_printf(&a, "%s/%d", "a", 42), "a/42");
	CHECK_STR(arena_printf(&a, "%s", ""), "");
	CHECK(strlen(arena_printf(&a, "%5000d", 1)) == 5000);
	arena_free(&a);
}

static int status_of_array(size_t count, size_t n)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct arena a = { 0 };

		close(2);
		_exit(arena_array(&a, count, n) ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(arena_ends_the_process_when_memory_is_out)
{
	static const struct {
		size_t count, n;
		int status;
	} cases[] = {
		{ 1, 1024, 0 },         { 0, SIZE_MAX, 0 },
		{ SIZE_MAX, 0, 0 },     { SIZE_MAX / 2 + 1, 2, 1 }, /* the product is 0 */
		{ SIZE_MAX / 2, 2, 1 }, { SIZE_MAX, 1, 1 },
		{ SIZE_MAX - 8, 1, 1 }, /* rounding it up is 0 */
		{ 65, 1024 * 1024, 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(status_of_array(cases[i].count, cases[i].n) == cases[i].status);
}
