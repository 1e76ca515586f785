/* resources_test.c - linux.resources: what cgroup v2 cannot do, and what 0 means. */
#include "spec/spec.h"
#include "test/test.h"

#include <string.h>

static int load(struct arena *a, const char *version, const char *resources, struct spec *s,
                struct err *e)
{
	char *text = arena_printf(
	    a,
	    "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":"
	    "[{\"type\":\"mount\"}],\"resources\":%s}}",
	    version, resources);

	return spec_load(a, text, strlen(text), s, e);
}

/* clang-format off */
static const struct { const char *object, *key, *why; } never[] = {
	{ "memory",  "kernel",           "cgroup v2 has no limit of kernel memory alone (it counts as memory)" },
	{ "memory",  "kernelTCP",        "cgroup v2 has no limit of TCP memory alone (it counts as memory)" },
	{ "memory",  "swappiness",       "cgroup v2 has none of its own for a cgroup" },
	{ "memory",  "disableOOMKiller", "cgroup v2 cannot switch the OOM killer off" },
	{ "cpu",     "realtimeRuntime",  "cgroup v2 has no real-time scheduling" },
	{ "cpu",     "realtimePeriod",   "cgroup v2 has no real-time scheduling" },
	{ "blockIO", "leafWeight",       "cgroup v2 has none" },
	{ "network", "classID",          "cgroup v2 has no net_cls controller" },
	{ "network", "priorities",       "cgroup v2 has no net_prio controller" },
};
/* clang-format on */

TEST(resources_that_cgroup2_lacks_are_refused_with_the_reason)
{
	static const char *const nothing[] = { "null", "0", "false", "[]" };
	static const char *const something[] = { "1", "-1", "true", "[{\"priority\":1}]" };

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		for (size_t k = 0; k < sizeof nothing / sizeof *nothing; k++) {
			const char *o = never[i].object, *key = never[i].key;
			struct arena a = { 0 };
			struct spec s;
			struct err e;

			char *json = arena_printf(&a, "{\"%s\":{\"%s\":%s}}", o, key, nothing[k]);
			CHECK(load(&a, "1.0.2", json, &s, &e) == 0);
			json = arena_printf(&a, "{\"%s\":{\"%s\":%s}}", o, key, something[k]);
			CHECK(load(&a, "1.0.2", json, &s, &e) == -1 && e.kind == ERR_CONFIG);
			CHECK_STR(e.text, arena_printf(&a, "config.json: linux.resources.%s.%s: %s",
			                               o, key, never[i].why));
			arena_free(&a);
		}
}

/* An engine of before 1.3 always writes the number. */
TEST(resources_pids_limit_of_0)
{
	static const struct {
		const char *version, *limit;
		bool set;
	} t[] = {
		{ "1.0.2", "0", false },    { "1.2.1", "0", false },    { "1.3.0", "0", true },
		{ "1.3.0-dev", "0", true }, { "1.10.0", "0", true },    { "1.0.2", "1", true },
		{ "1.0.2", "-1", true },    { "1.3.0", "null", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct arena a = { 0 };
		struct spec s;
		struct err e;
		const char *json = arena_printf(&a, "{\"pids\":{\"limit\":%s}}", t[i].limit);

		CHECK(load(&a, t[i].version, json, &s, &e) == 0);
		CHECK(s.linux_->resources->pids->limit.set == t[i].set);
		arena_free(&a);
	}
}
