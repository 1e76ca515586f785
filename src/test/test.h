/* test.h - unit tests: TEST(name) { … CHECK(cond); } in <module>_test.c beside the module; one main() runs all and prints TAP. */
#pragma once

#include <stdio.h>

struct test {
	const char *name;
	void (*fn)(void);
	struct test *next;
};

extern struct test *test_list;
extern int test_failed;

#define TEST(id) \
	static void id(void); \
	static struct test id##_entry = { #id, id, NULL }; \
	__attribute__((constructor)) static void id##_add(void) \
	{ \
		id##_entry.next = test_list; \
		test_list = &id##_entry; \
	} \
	static void id(void)

#define CHECK(cond) do { \
		if (!(cond)) { \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			test_failed = 1; \
		} \
	} while (0)

/* Two strings are the same; shows both when they are not. */
#define CHECK_STR(got, want) test_str(__FILE__, __LINE__, got, want)
void test_str(const char *file, int line, const char *got, const char *want);
