/* list_test.c - the first, the last and what is not in a list. */
#include "base/list.h"

#include "test/test.h"

#include <string.h>

static const char list[] = "proc\0sys\0"
			   "sysfs\0";

TEST(list_by_number)
{
	CHECK(!strcmp(list_at(list, 0), "proc"));
	CHECK(!strcmp(list_at(list, 2), "sysfs"));
	CHECK(!strcmp(list_at(list, 3), ""));
}

TEST(list_holds)
{
	CHECK(list_has(list, "proc") && list_has(list, "sys") && list_has(list, "sysfs"));
	CHECK(!list_has(list, "pro") && !list_has(list, "sysf") && !list_has(list, ""));
	CHECK(!list_has("", "proc"));
}
