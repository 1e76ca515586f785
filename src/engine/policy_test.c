/* policy_test.c - annotations of ours, good and bad. */
#include "engine/policy.h"

#include "test/test.h"

#include <signal.h>
#include <string.h>

static int read_one(struct arena *a, const char *key, const char *value, struct policy *p,
                    struct err *e)
{
	struct json_pair pair = { arena_strdup(a, key), arena_strdup(a, value) };
	const struct spec s = { .annotations = &pair, .n_annotations = 1 };

	return policy_read(a, &s, p, e);
}

TEST(policy_defaults)
{
	const struct spec s = { 0 };
	struct arena a = { 0 };
	struct policy p;
	struct err e;

	CHECK(policy_read(&a, &s, &p, &e) == 0);
	CHECK(p.restart == RESTART_NO && p.stop_signal == SIGTERM && p.stop_timeout_ms == 10000);
	CHECK(!p.remove && !p.stdin_open && !p.n_after);
	CHECK(read_one(&a, "org.example.restart", "sometimes", &p, &e) == 0); /* not ours */
	arena_free(&a);
}

/* clang-format off */
static const struct { const char *key, *value, *error; } bad[] = {
	{ "org.scow.restrat", "no", "annotation org.scow.restrat is not known; the nearest is org.scow.restart" },
	{ "org.scow.stoptimeout", "1", "annotation org.scow.stoptimeout is not known; the nearest is org.scow.stop-timeout" },
	{ "org.scow.restart", "on-failure:x", "annotation org.scow.restart: \"on-failure:x\" is not no, on-failure[:N], always or unless-stopped" },
	{ "org.scow.restart", "always:3", "annotation org.scow.restart: \"always:3\" is not no, on-failure[:N], always or unless-stopped" },
	{ "org.scow.stop-timeout", "-1", "annotation org.scow.stop-timeout: \"-1\" is not a number of seconds" },
	{ "org.scow.health-interval", "99ms", "annotation org.scow.health-interval: \"99ms\" is not a time of 100ms at least, as 30s" },
	{ "org.scow.health-timeout", "1d", "annotation org.scow.health-timeout: \"1d\" is not a time of 100ms at least, as 30s" },
	{ "org.scow.health-start-period", "-1", "annotation org.scow.health-start-period: \"-1\" is not a time like 30s" },
	{ "org.scow.cgroup-parent", "/", "annotation org.scow.cgroup-parent: \"/\" is not self, or the path of a cgroup that is not the root" },
	{ "org.scow.remove", "yes", "annotation org.scow.remove: \"yes\" is not true or false" },
	{ "org.scow.stop-signal", "0", "annotation org.scow.stop-signal: \"0\" is not a signal" },
};
/* clang-format on */

TEST(policy_refuses)
{
	struct arena a = { 0 };
	struct policy p;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(read_one(&a, bad[i].key, bad[i].value, &p, &e) == -1);
		CHECK(e.kind == ERR_CONFIG);
		CHECK_STR(e.text, bad[i].error);
	}
	CHECK(read_one(&a, "org.scow.log", "ring:1", &p, &e) == -1);
	CHECK(read_one(&a, "org.scow.log", "file:relative", &p, &e) == -1);
	CHECK(read_one(&a, "org.scow.after", "a,../b", &p, &e) == -1);
	arena_free(&a);
}

TEST(policy_accepts)
{
	struct arena a = { 0 };
	struct policy p;
	struct err e;

	CHECK(read_one(&a, "org.scow.restart", "on-failure:3", &p, &e) == 0);
	CHECK(p.restart == RESTART_ON_FAILURE && p.restart_max == 3);
	CHECK(read_one(&a, "org.scow.restart", "unless-stopped", &p, &e) == 0);
	CHECK(p.restart == RESTART_UNLESS_STOPPED);
	CHECK(p.health_interval_ms == 30000 && p.health_retries == 3 && !p.health_cmd);
	CHECK(read_one(&a, "org.scow.health-interval", "2m", &p, &e) == 0);
	CHECK(p.health_interval_ms == 120000);
	CHECK(read_one(&a, "org.scow.health-timeout", "250ms", &p, &e) == 0);
	CHECK(p.health_timeout_ms == 250);
	CHECK(read_one(&a, "org.scow.health-cmd", "none", &p, &e) == 0 && !p.health_cmd);
	CHECK(read_one(&a, "org.scow.health-on-failure", "restart", &p, &e) == 0);
	CHECK(p.health_action == HEALTH_RESTART);
	CHECK(read_one(&a, "org.scow.stop-timeout", "0", &p, &e) == 0 && p.stop_timeout_ms == 0);
	CHECK(read_one(&a, "org.scow.log", "ring:8k,file:/a:b:1m,none", &p, &e) == 0);
	CHECK(read_one(&a, "org.scow.after", "a, b,,c", &p, &e) == 0);
	CHECK(p.n_after == 3);
	CHECK_STR(p.after[2], "c");
	CHECK(read_one(&a, "org.scow.cgroup-parent", "a//b/", &p, &e) == 0);
	CHECK_STR(p.cgroup_parent, "/a/b");
	arena_free(&a);
}
