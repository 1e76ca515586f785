/* err_test.c - what errors say, and that nothing makes them longer than their place. */
#include "base/err.h"

#include "test/test.h"

#include <errno.h>
#include <string.h>

TEST(err_records)
{
	struct err e;
	char line[ERR_LINE_MAX], want[ERR_LINE_MAX];

	CHECK(err_set(&e, ENOENT, "open %s", "/x") == -1);
	CHECK(e.kind == ERR_FAILED && e.no == ENOENT);
	CHECK_STR(e.text, "open /x");
	snprintf(want, sizeof want, "open /x: %s", strerror(ENOENT));
	CHECK_STR(err_text(&e, line, sizeof line), want);

	CHECK(err_kind(&e, ERR_STATE, 0, "container %d", 7) == -1);
	CHECK(e.kind == ERR_STATE && e.no == 0);
	CHECK_STR(err_text(&e, line, sizeof line), "container 7");
}

TEST(err_context_keeps_kind_and_errno)
{
	struct err e;

	err_kind(&e, ERR_CONFIG, EINVAL, "inner");
	CHECK(err_ctx(&e, "middle %d", 2) == -1);
	CHECK(err_ctx(&e, "outer") == -1);
	CHECK_STR(e.text, "outer: middle 2: inner");
	CHECK(e.kind == ERR_CONFIG && e.no == EINVAL);
}

/* The cause is cut, never the context, and the last byte is always NUL. */
TEST(err_cut_to_size)
{
	struct err e;
	char s[2 * ERR_TEXT_MAX], line[ERR_LINE_MAX], small[8];

	memset(s, 'x', sizeof s - 1);
	s[sizeof s - 1] = 0;
	err_set(&e, EIO, "%s", s);
	CHECK(strlen(e.text) == ERR_TEXT_MAX - 1);
	err_ctx(&e, "front");
	CHECK(!strncmp(e.text, "front: xxx", 10) && strlen(e.text) <= ERR_TEXT_MAX - 1);
	CHECK(strlen(err_text(&e, line, sizeof line)) < sizeof line);
	CHECK(strstr(line, strerror(EIO)));
	CHECK_STR(err_text(&e, small, sizeof small), "front: ");

	err_set(&e, 0, "cause");
	err_ctx(&e, "%s", s);
	CHECK(strlen(e.text) == ERR_TEXT_MAX - 1 && !strstr(e.text, "cause"));
}
