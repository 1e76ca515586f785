/* main.c - runs every TEST() that was linked in; prints TAP, and exits 1 when one failed. */
#include "test/test.h"

#include <string.h>

struct test *test_list;
int test_failed;

void test_str(const char *file, int line, const char *got, const char *want)
{
	if (got && want && !strcmp(got, want))
		return;
	printf("# %s:%d: got  %s\n# %s:%d: want %s\n", file, line, got ? got : "(null)", file, line,
	       want ? want : "(null)");
	test_failed = 1;
}

int main(void)
{
	int n = 0, bad = 0;

	for (struct test *t = test_list; t; t = t->next) {
		test_failed = 0;
		t->fn();
		printf("%sok %d - %s\n", test_failed ? "not " : "", ++n, t->name);
		bad |= test_failed;
	}
	printf("1..%d\n", n);
	return bad;
}
