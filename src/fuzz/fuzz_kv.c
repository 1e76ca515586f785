/*
 * fuzz_kv.c - any bytes as the plan, the life and the end of a defined container: they are read or
 * refused with a sentence, and what was read is written so that it reads the same.
 */
#define _GNU_SOURCE
#include "base/own.h"
#include "monitor/life.h"
#include "monitor/plan.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_MAX = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(int dir, const char *name, const uint8_t *data, size_t size)
{
	own_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
}

static void plan(int dir)
{
	struct plan p = { 0 }, again = { 0 };
	struct err e = { 0 };

	if (plan_read(dir, &p, &e))
		assert(*e.text);
	else if (!plan_write(dir, &p, &e))
		assert(!plan_read(dir, &again, &e) && !memcmp(&p, &again, sizeof p));
}

static void life(int dir)
{
	struct life l = { 0 }, again = { 0 };
	struct err e = { 0 };

	if (life_read(dir, &l, &e)) {
		assert(*e.text);
		return;
	}
	assert(l.state >= 0 && l.state <= LIFE_UNKNOWN);
	if (!life_write(dir, &l, &e))
		assert(!life_read(dir, &again, &e) && !memcmp(&l, &again, sizeof l));
}

static void end(int dir)
{
	struct end x = { 0 }, again = { 0 };
	struct err e = { 0 };

	if (end_read(dir, &x, &e))
		assert(*e.text);
	else if (!end_write(dir, &x, false, &e))
		assert(!end_read(dir, &again, &e) && !memcmp(&x, &again, sizeof x));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int dir = -1;
	char path[] = "/tmp/scow-fuzz-kv.XXXXXX";

	if (size > INPUT_MAX)
		return 0;
	if (dir < 0) { /* the directory of all inputs; left empty */
		assert(mkdtemp(path));
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert(dir >= 0);
	}
	put(dir, "plan", data, size);
	put(dir, "life", data, size);
	put(dir, "exit", data, size);
	plan(dir);
	life(dir);
	end(dir);
	(void)unlinkat(dir, "plan", 0);
	(void)unlinkat(dir, "life", 0);
	(void)unlinkat(dir, "exit", 0);
	return 0;
}
