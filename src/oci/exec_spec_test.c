/* exec_spec_test.c - the process of an exec, from the container's own and options, or from a file.
 */
#define _GNU_SOURCE
#include "oci/exec_spec.h"

#include "base/own.h"
#include "test/test.h"

#include <stdlib.h>
#include <string.h>

static const char base_text[] = "{\"terminal\":true,\"consoleSize\":{\"height\":1,\"width\":2},"
				"\"user\":{\"uid\":7,\"gid\":8,\"umask\":18,"
				"\"additionalGids\":[9]},\"args\":[\"init\",\"-x\"],\"env\":["
				"\"PATH=/bin\",\"A=1\"],\"cwd\":\"/srv\","
				"\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":["
				"\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"]},"
				"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}],"
				"\"noNewPrivileges\":true,\"oomScoreAdj\":5}";

struct bench {
	struct arena arena;
	struct spec_process base, got;
	struct exec_request request;
	struct err e;
	char *args[3];
};

static void begin(struct bench *b)
{
	*b = (struct bench){ 0 };
	CHECK(spec_process_load(&b->arena, base_text, sizeof base_text - 1, &b->base, &b->e) == 0);
	b->args[0] = arena_strdup(&b->arena, "ls");
	b->args[1] = arena_strdup(&b->arena, "-l");
	b->request = (struct exec_request){ .arena = &b->arena, .args = b->args, .n_args = 2 };
}

static char *made(struct bench *b)
{
	b->e = (struct err){ 0 };
	return exec_spec(&b->request, &b->base, &b->got, &b->e)
	           ? b->e.text
	           : json_text(&b->arena, &spec_process_type, &b->got, 0);
}

/* What is not said is the container's; its terminal is not. */
TEST(exec_spec_without_options)
{
	struct bench b;

	begin(&b);
	CHECK_STR(made(&b),
	          "{\"terminal\":false,\"user\":{\"uid\":7,\"gid\":8,\"umask\":18,"
	          "\"additionalGids\":[9]},"
	          "\"args\":[\"ls\",\"-l\"],\"env\":[\"PATH=/bin\",\"A=1\"],\"cwd\":\"/srv\","
	          "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],"
	          "\"permitted\":[\"CAP_KILL\"]},"
	          "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}],"
	          "\"noNewPrivileges\":true,"
	          "\"oomScoreAdj\":5}");
	arena_free(&b.arena);
}

TEST(exec_spec_with_options)
{
	char a2[] = "A=2", b1[] = "B=1", cap[] = "CAP_CHOWN", *env[] = { a2, b1 },
	     *caps[] = { cap };
	uint32_t gids[] = { 1, 2 };
	struct bench b;

	begin(&b);
	b.request.env = env, b.request.n_env = 2;
	b.request.caps = caps, b.request.n_caps = 1;
	b.request.gids = gids, b.request.n_gids = 2;
	b.request.cwd = "/tmp", b.request.user = "100:200", b.request.tty = true;
	b.base.no_new_privileges = false;
	b.request.no_new_privs = true;
	CHECK_STR(
	    made(&b),
	    "{\"terminal\":true,\"user\":{\"uid\":100,\"gid\":200,\"umask\":18,\"additionalGids\":["
	    "1,2]},"
	    "\"args\":[\"ls\",\"-l\"],\"env\":[\"PATH=/bin\",\"A=2\",\"B=1\"],\"cwd\":\"/tmp\","
	    "\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"effective\":[\"CAP_"
	    "KILL\",\"CAP_CHOWN\"],"
	    "\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"]},"
	    "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}],\"noNewPrivileges\":"
	    "true,"
	    "\"oomScoreAdj\":5}");
	CHECK(b.base.user->uid == 7 && b.base.capabilities->n_bounding == 1 &&
	      b.base.n_env == 2); /* it is still the container's */
	arena_free(&b.arena);
}

TEST(exec_spec_user_without_the_groups_of_another)
{
	struct bench b;

	begin(&b);
	b.request.user = "5";
	CHECK(strstr(made(&b), "\"user\":{\"uid\":5,"));
	CHECK(b.got.user->n_additional_gids == 0);
	b.request.user = "name";
	CHECK(!strchr(made(&b), '{') && b.e.kind == ERR_USAGE);
	arena_free(&b.arena);
}

TEST(exec_spec_refused)
{
	struct bench b;

	begin(&b);
	b.request.cwd = "tmp";
	CHECK_STR(made(&b), "process.cwd: \"tmp\" is not an absolute path");
	b.request.cwd = NULL;
	b.request.n_args = 0;
	CHECK_STR(made(&b), "process.args: names no program");
	b.request.process_file = "/nonexistent/file";
	CHECK_STR(made(&b), "open /nonexistent/file");
	arena_free(&b.arena);
}

/* A file stands for itself; limits and capabilities that it leaves out are the container's, its
 * user is not. */
TEST(exec_spec_from_a_file)
{
	char path[] = "/tmp/scow-exec.XXXXXX";
	static const char text[] = "{\"args\":[\"id\"],\"cwd\":\"/\",\"env\":[\"X=1\"]}",
			  bad[] = "{\"args\":[\"id\"]}";
	struct bench b;

	begin(&b);
	own_fd fd = mkstemp(path);
	CHECK(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
	b.request.process_file = path;
	CHECK_STR(made(&b), "{\"terminal\":false,\"args\":[\"id\"],\"env\":[\"X=1\"],\"cwd\":\"/\","
	                    "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_"
	                    "KILL\"],\"permitted\":[\"CAP_KILL\"]},"
	                    "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}],"
	                    "\"noNewPrivileges\":false,"
	                    "\"oomScoreAdj\":5}");
	CHECK(ftruncate(fd, 0) == 0 &&
	      pwrite(fd, bad, sizeof bad - 1, 0) == (ssize_t)sizeof bad - 1);
	CHECK_STR(made(&b), arena_printf(&b.arena, "%s: process.cwd: missing", path));
	CHECK(unlink(path) == 0);
	arena_free(&b.arena);
}

/* Labels, and what the scheduler is told: of the file, else of the container; options replace. */
TEST(exec_spec_labels_and_scheduler)
{
	static const char text[] = "{\"args\":[\"id\"],\"cwd\":\"/\",\"apparmorProfile\":\"\","
				   "\"selinuxLabel\":\"own\",\"ioPriority\":{\"class\":"
				   "\"IOPRIO_CLASS_IDLE\"}}";
	char path[] = "/tmp/scow-exec.XXXXXX", profile[] = "p", label[] = "l";
	struct spec_scheduler batch = { .policy = 3 };
	struct spec_io_priority first = { .class = 2 };
	struct spec_cpu_affinity cpus = { .final = label };
	struct bench b;

	begin(&b);
	b.base.apparmor_profile = profile, b.base.selinux_label = label;
	b.base.scheduler = &batch, b.base.io_priority = &first, b.base.exec_cpu_affinity = &cpus;
	own_fd fd = mkstemp(path);
	CHECK(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
	b.request.process_file = path;
	(void)made(&b);
	CHECK_STR(b.got.apparmor_profile, "p");
	CHECK_STR(b.got.selinux_label, "own");
	CHECK(b.got.scheduler == &batch && b.got.exec_cpu_affinity == &cpus);
	CHECK(b.got.io_priority && b.got.io_priority->class == 3);
	b.request.process_file = NULL;
	b.base.exec_cpu_affinity = NULL;
	b.request.apparmor = "q", b.request.process_label = "m";
	(void)made(&b);
	CHECK_STR(b.got.apparmor_profile, "q");
	CHECK_STR(b.got.selinux_label, "m");
	CHECK(b.got.io_priority == &first);
	b.request.process_label = "a\"b";
	CHECK_STR(made(&b),
	          "process.selinuxLabel: a label has no quotes and no control characters");
	CHECK(unlink(path) == 0);
	arena_free(&b.arena);
}
