/* ns_test.c - ids, through the map of a real user namespace where one can be made. */
#define _GNU_SOURCE
#include "kernel/ns.h"

#include "test/test.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(ns_host_uid_of_ours)
{
	struct arena a = { 0 };
	struct err e;
	uid_t uid = 1;

	CHECK(ns_host_uid(&a, getpid(), 7, &uid, &e) == 0);
	CHECK(uid == 7);
	CHECK(ns_host_uid(&a, 0x7ffffff0, 7, &uid, &e) == -1);
	CHECK(e.no == ENOENT);
	arena_free(&a);
}

static pid_t child_in_user_ns(int ready[2])
{
	pid_t pid = fork();

	if (pid)
		return pid;
	char ok = unshare(CLONE_NEWUSER) ? 0 : 1;
	if (write(ready[1], &ok, 1) == 1)
		pause();
	_exit(0);
}

TEST(ns_host_uid_of_a_user_namespace)
{
	struct spec_idmap uids[] = { { 0, 100000, 10 }, { 50, 7, 1 } };
	struct spec_linux l = {
		.uid_mappings = uids, .n_uid_mappings = 2, .gid_mappings = uids, .n_gid_mappings = 1
	};
	struct arena a = { 0 };
	struct err e;
	int ready[2];
	char ok = 0;
	uid_t uid;

	SKIP_IF(getuid() != 0, "no rights to map ids");
	CHECK(pipe(ready) == 0);
	pid_t pid = child_in_user_ns(ready);
	CHECK(read(ready[0], &ok, 1) == 1);
	if (ok && ns_map_ids(&a, pid, &l, &e) == 0) {
		CHECK(ns_host_uid(&a, pid, 0, &uid, &e) == 0 && uid == 100000);
		CHECK(ns_host_uid(&a, pid, 9, &uid, &e) == 0 && uid == 100009);
		CHECK(ns_host_uid(&a, pid, 50, &uid, &e) == 0 && uid == 7);
		CHECK(ns_host_uid(&a, pid, 10, &uid, &e) == -1 && strstr(e.text, "user 10"));
	}
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(ready[0]);
	close(ready[1]);
	arena_free(&a);
}
