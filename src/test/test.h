/* test.h - unit tests: TEST(name) { … CHECK(cond); } in <module>_test.c beside the module; one
 * main() runs all and prints TAP. */
#pragma once

#include <stdio.h>

struct test {
	const char *name;
	void (*fn)(void);
	struct test *next;
};

extern struct test *test_list;
extern int test_failed;
extern const char *test_skipped; /* why, when the test set it */

/* End the test where it cannot work; it is counted, with its reason. */
#define SKIP_IF(cond, why) \
	do { \
		if (cond) { \
			test_skipped = why; \
			return; \
		} \
	} while (0)

/* qemu-user knows fewer system calls than the floor, Linux 5.10. */
int test_kernel_lacks_openat2(void);
int test_kernel_lacks_clone3(void);
#define NEEDS_OPENAT2 SKIP_IF(test_kernel_lacks_openat2(), "no openat2 here: an emulator")
#define NEEDS_CLONE3  SKIP_IF(test_kernel_lacks_clone3(), "no clone3 here: an emulator")

/* What fn returned in a child of its own; -1 when that was killed. */
int test_in_child(int (*fn)(void));
/* The program that runs, as a new file of mode 755. */
int test_copy_program(const char *to);

#define TEST(id) \
	static void id(void); \
	static struct test id##_entry = { #id, id, NULL }; \
	__attribute__((constructor)) static void id##_add(void) \
	{ \
		id##_entry.next = test_list; \
		test_list = &id##_entry; \
	} \
	static void id(void)

#define CHECK(cond) \
	do { \
		if (!(cond)) { \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			test_failed = 1; \
		} \
	} while (0)

/* Two strings are the same; shows both when they are not. */
#define CHECK_STR(got, want) test_str(__FILE__, __LINE__, got, want)
void test_str(const char *file, int line, const char *got, const char *want);
