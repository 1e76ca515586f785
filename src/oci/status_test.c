/* status_test.c - which process a record means, what status follows, and the state as text. */
#define _GNU_SOURCE
#include "oci/status.h"

#include "base/own.h"
#include "base/proc.h"
#include "oci/gate.h"
#include "sys/sys.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char boot[PROC_BOOT_ID_LEN + 1];

static struct record record_of(pid_t pid)
{
	struct proc_stat st = { 0 };

	CHECK(proc_boot_id(boot) == 0 && proc_stat(pid, &st) == 0);
	return (struct record){ .pid = pid, .start_time = st.start_time, .boot_id = boot };
}

static bool is_alive(const struct record *r)
{
	struct err e;
	int fd = -2;

	CHECK(status_pidfd(r, &fd, &e) == 0);
	CHECK(fd == -1 || fcntl(fd, F_GETFD) == FD_CLOEXEC);
	if (fd >= 0)
		close(fd);
	/* Who only asks takes another way to the same answer. */
	enum status s;
	CHECK(status_of(AT_FDCWD, r, &s, &e) == 0 &&
	      s == (fd >= 0 ? STATUS_RUNNING : STATUS_STOPPED));
	return fd >= 0;
}

static bool no_pidfds(void)
{
	own_fd fd = sys_pidfd_open(getpid());

	if (fd < 0)
		test_skipped = "no pidfd_open here: an emulator";
	return fd < 0;
}

TEST(status_pidfd_of_the_very_process)
{
	struct record r;
	char other[] = "00000000-0000-0000-0000-000000000000";

	if (no_pidfds())
		return;
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	r = record_of(pid);
	CHECK(is_alive(&r));
	r.boot_id = NULL; /* of an older version */
	CHECK(is_alive(&r));
	r.boot_id = other;
	CHECK(!is_alive(&r));
	r = record_of(pid);
	r.start_time++; /* the pid was reused */
	CHECK(!is_alive(&r));
	r = record_of(pid);
	r.pid = 0;
	CHECK(!is_alive(&r));
	r.pid = -1;
	CHECK(!is_alive(&r));

	r = record_of(pid);
	siginfo_t si;
	kill(pid, SIGKILL);
	CHECK(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) == 0);
	CHECK(!is_alive(&r)); /* a zombie is dead */
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(!is_alive(&r));
}

TEST(status_table)
{
	char path[] = "/tmp/scow-status.XXXXXX";
	struct err e;
	enum status s;
	int gate = -1;

	if (no_pidfds())
		return;
	CHECK(mkdtemp(path));
	own_fd dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct record live = record_of(getpid()), dead = live;
	dead.start_time++;
	for (int i = 0; i < 2; i++) { /* creating, whether it lives or not */
		struct record *r = i ? &live : &dead;

		r->creating = true;
		CHECK(status_of(dir, r, &s, &e) == 0 && s == STATUS_CREATING);
		r->creating = false;
	}
	CHECK(status_of(dir, &dead, &s, &e) == 0 && s == STATUS_STOPPED);
	CHECK(status_of(dir, &live, &s, &e) == 0 && s == STATUS_RUNNING);
	CHECK(gate_open(dir, &gate, &e) == 0);
	CHECK(status_of(dir, &live, &s, &e) == 0 && s == STATUS_CREATED);
	CHECK(status_of(dir, &dead, &s, &e) == 0 && s == STATUS_STOPPED);
	close(gate);
	CHECK(status_of(dir, &live, &s, &e) == 0 && s == STATUS_RUNNING);
	CHECK(unlinkat(dir, "start.sock", 0) == 0 && rmdir(path) == 0);
}

TEST(status_names)
{
	CHECK_STR(status_name(STATUS_CREATING), "creating");
	CHECK_STR(status_name(STATUS_CREATED), "created");
	CHECK_STR(status_name(STATUS_RUNNING), "running");
	CHECK_STR(status_name(STATUS_PAUSED), "paused");
	CHECK_STR(status_name(STATUS_STOPPED), "stopped");
}

TEST(status_text_is_the_state_of_the_spec)
{
	struct arena a = { 0 };
	struct json_pair note = { arena_strdup(&a, "k"), arena_strdup(&a, "v\"") };
	struct record r = {
		.oci_version = arena_strdup(&a, "1.0.2"),
		.id = arena_strdup(&a, "c1"),
		.bundle = arena_strdup(&a, "/b"),
		.rootfs = arena_strdup(&a, "/b/r"),
		.created = arena_strdup(&a, "2020-01-02T03:04:05.000000006Z"),
		.owner = arena_strdup(&a, "root"),
		.annotations = &note,
		.n_annotations = 1,
		.pid = 99,
	};

	CHECK_STR(status_text(&a, &r, "running", 7, 0),
	          "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"pid\":7,\"status\":\"running\","
	          "\"bundle\":\"/b\",\"rootfs\":\"/b/r\","
	          "\"created\":\"2020-01-02T03:04:05.000000006Z\",\"owner\":\"root\","
	          "\"annotations\":{\"k\":\"v\\\"\"}}");
	r.n_annotations = 0;
	const char *text = status_text(&a, &r, "stopped", 0, 2);
	CHECK(strstr(text, "\n  \"pid\": 0,") && !strstr(text, "annotations"));
	arena_free(&a);
}
