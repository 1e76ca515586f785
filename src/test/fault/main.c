/*
 * main.c - the Nth system call fails, for every N: whatever it is, a command ends with one error
 *and leaves nothing.
 *
 *	main (reaps orphans) --> run: prepare, and afterwards delete --force
 *	                           `--> command, role 0, armed
 *	                                  `--> its children by clone3: role 1 --> role 2
 *
 * The linker sends the calls of calls.c through there (--wrap). They are counted per process, since
 *a counter that processes share would not fail the same call twice; the role says whose Nth call
 * fails. A run in which nothing failed is the last of its loop. Static builds only; as root, under
 * tools/isolate.sh.
 */
#define _GNU_SOURCE
#include "kernel/cgroup.h"
#include "oci/create.h"
#include "oci/exec.h"
#include "oci/verbs.h"
#include "test/fault/fault.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS_MAX = 2000, SECONDS_MAX = 40, GONE_MS = 5000 };

/* ---- what is done ---- */

#define PLACE  "/tmp/scow-fault"
#define STATE  PLACE "/state"
#define CGROUP "/scow-fault"

#define CONFIG(args, namespaces, more) \
	"{\"ociVersion\":\"1.0.2\",\"hostname\":\"h\",\"root\":{\"path\":\"root\",\"readonly\":" \
	"true}," \
	"\"process\":{\"args\":[" args \
	"],\"cwd\":\"/tmp\",\"env\":[\"PATH=/bin\"],\"user\":{\"uid\":1000,\"gid\":1000," \
	"\"additionalGids\":[5]},\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},\"rlimits\":[{" \
	"\"type\":\"RLIMIT_CORE\"," \
	"\"hard\":0,\"soft\":0}],\"oomScoreAdj\":100},\"mounts\":[{\"destination\":\"/" \
	"proc\",\"type\":\"proc\"," \
	"\"source\":\"proc\"},{\"destination\":\"/" \
	"dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\"," \
	"\"mode=755\"]},{\"destination\":\"/dev/" \
	"pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":[" \
	"\"newinstance\",\"ptmxmode=0666\"]},{\"destination\":\"/" \
	"tmp\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}," \
	"{\"destination\":\"/mnt\",\"type\":\"bind\",\"source\":\"" PLACE \
	"/bound\",\"options\":[\"rbind\",\"ro\"]}]," \
	"\"linux\":{\"cgroupsPath\":\"" CGROUP \
	"/c1\",\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}," \
	"{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"network\"},{\"type\":" \
	"\"cgroup\"}" namespaces "]," \
	"\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]},\"seccomp\":{" \
	"\"defaultAction\":" \
	"\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"kexec_load\"],\"action\":\"SCMP_ACT_" \
	"ERRNO\"}]}," \
	"\"maskedPaths\":[\"/proc/kcore\",\"/proc/acpi\"],\"readonlyPaths\":[\"/proc/sys\"]" more \
	"}}"
#define IDS   "[{\"containerID\":0,\"hostID\":0,\"size\":65536}]"
#define TRUE  "\"/bin/busybox\",\"true\""
#define SLEEP "\"/bin/busybox\",\"sleep\",\"300\""

struct run {
	struct arena arena;
	struct verb verb;
	struct err err;
};

static int make(struct run *r, const char *config, bool start)
{
	struct create c;

	create_init(&c, &r->arena, STATE, "c1");
	c.bundle = PLACE;
	c.config = config;
	c.config_len = strlen(config);
	c.pid_file = PLACE "/pid";
	c.start = start;
	int failed = create_container(&c, &r->err);
	create_close(&c);
	return failed;
}

static int make_true(struct run *r)
{
	return make(r, CONFIG(TRUE, "", ""), true);
}

static int make_waiting(struct run *r)
{
	return make(r, CONFIG(SLEEP, "", ""), false);
}

static int make_in_userns(struct run *r)
{
	return make(
	    r,
	    CONFIG(TRUE, ",{\"type\":\"user\"}", ",\"uidMappings\":" IDS ",\"gidMappings\":" IDS),
	    true);
}

static int make_running(struct run *r)
{
	return make(r, CONFIG(SLEEP, "", ""), true);
}

static int do_start(struct run *r)
{
	return verb_start(&r->verb, &r->err);
}

static int do_delete(struct run *r)
{
	return verb_delete(&r->verb, true, &r->err);
}

static int do_kill(struct run *r)
{
	return verb_kill(&r->verb, SIGTERM, true, &r->err);
}

static int do_pause(struct run *r)
{
	return verb_pause(&r->verb, &r->err);
}

static int do_exec(struct run *r)
{
	char box[] = "/bin/busybox", word[] = "true", *args[] = { box, word, NULL };
	const struct exec_request q = {
		.arena = &r->arena,
		.root = STATE,
		.id = "c1",
		.args = args,
		.n_args = 2,
		.pid_file = PLACE "/exec.pid",
	};
	int code = -1;

	if (exec_run(&q, &code, &r->err))
		return -1;
	return code ? err_set(&r->err, 0, "the program ended with %d", code) : 0;
}

/* clean: a command that failed leaves nothing; otherwise delete --force takes what is there. */
static const struct {
	const char *name;
	int (*prepare)(struct run *r); /* without faults; or NULL */
	int (*act)(struct run *r);
	bool makes; /* when it fails, nothing may be left, with no delete */
	int roles;
} cases[] = {
	{ "run", NULL, make_true, true, 2 },
	{ "create", NULL, make_waiting, true, 2 },
	{ "run in a user namespace", NULL, make_in_userns, true, 2 },
	{ "start", make_waiting, do_start, false, 1 },
	{ "exec", make_running, do_exec, false, 3 },
	{ "pause", make_running, do_pause, false, 1 },
	{ "kill --all", make_running, do_kill, false, 1 },
	{ "delete --force", make_running, do_delete, false, 1 },
};

static void let_true_end(struct run *r)
{
	struct record record = { 0 };
	enum status s = STATUS_RUNNING;

	for (int i = 0; i < 500 && s == STATUS_RUNNING; i++) {
		if (verb_look(&r->verb, &record, &s, &r->err))
			return;
		(void)poll(NULL, 0, 2);
	}
}

static int armed(size_t i, struct run *r, int role, int at)
{
	fault.role = role;
	fault.at = at;
	fault.armed = true;
	report->result = cases[i].act(r);
	fault.armed = false;
	report->err = r->err;
	return 0;
}

/* In a process of its own: what is left afterwards is left by it. Exit 0: as it must be. */
static int play(size_t i, int role, int at)
{
	struct run r = { 0 };
	int status;

	r.verb = (struct verb){ &r.arena, STATE, "c1" };
	alarm(SECONDS_MAX);
	if (cases[i].prepare && cases[i].prepare(&r))
		return 1;
	while (waitpid(-1, &status, WNOHANG) > 0)
		;
	pid_t command =
	    fork(); /* as on the command line: its end takes its unreaped children along */
	if (command == 0)
		_exit(armed(i, &r, role, at));
	if (waitpid(command, &status, 0) != command || status)
		return 3;
	if (report->result && cases[i].makes)
		return 0;
	if (!report->result && cases[i].act != do_delete)
		let_true_end(&r);
	return verb_delete(&r.verb, true, &r.err) ? 2 : 0;
}

/* ---- what is left ---- */

static int count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	int n = 0;

	for (int c; f && (c = getc(f)) != EOF;)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

static bool has_entries(const char *path, bool dirs_only)
{
	DIR *d = opendir(path);
	struct dirent *it;
	bool found = false;

	while (d && (it = readdir(d)))
		found |= *it->d_name != '.' && (!dirs_only || it->d_type == DT_DIR);
	if (d)
		closedir(d);
	return found;
}

/* Orphans have become our children. */
static bool all_gone(void)
{
	for (int ms = 0; ms < GONE_MS; ms += 5) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return true;
		if (pid == 0)
			(void)poll(NULL, 0, 5);
	}
	return false;
}

static const char *leftover(int mounts)
{
	struct err e;
	static char path[128];

	snprintf(path, sizeof path, "%s" CGROUP, cgroup_root(&e));
	if (!all_gone())
		return "a process";
	if (has_entries(path, true))
		return "a cgroup";
	if (has_entries(STATE, false))
		return "a state directory";
	if (count_lines("/proc/self/mountinfo") != mounts)
		return "a mount";
	return access(PLACE "/pid", F_OK) && access(PLACE "/exec.pid", F_OK) ? NULL : "a pid file";
}

/* So that one finding is not found again by all that follow. */
static void sweep_up(void)
{
	struct run r = { 0 };
	struct cgroup cg;

	r.verb = (struct verb){ &r.arena, STATE, "c1" };
	(void)verb_delete(&r.verb, true, &r.err);
	if (!cgroup_open(CGROUP "/c1", &cg, &r.err)) {
		(void)cgroup_kill(&cg, &r.err);
		(void)cgroup_remove(&cg, &r.err);
		cgroup_close(&cg);
	}
	(void)unlink(PLACE "/pid");
	(void)unlink(PLACE "/exec.pid");
	(void)all_gone();
	arena_free(&r.arena);
}

static const char *judge(size_t i, int status, int mounts)
{
	if (!WIFEXITED(status))
		return "it did not end by itself";
	if (WEXITSTATUS(status) == 1)
		return "the preparation failed";
	if (WEXITSTATUS(status) == 2)
		return "delete --force failed afterwards";
	if (WEXITSTATUS(status))
		return "the command did not end by itself";
	if (report->result && (!*report->err.text || strchr(report->err.text, '\n')))
		return "no clear error";
	if (report->result && !*report->call)
		return "it failed without a fault";
	if (!report->result || cases[i].prepare)
		(void)unlink(PLACE "/pid"); /* of what was made: the caller's to remove */
	if (!report->result)
		(void)unlink(PLACE "/exec.pid");
	return leftover(mounts);
}

/* One loop; how many calls there were, or -1. */
static int loop(size_t i, int role, bool verbose)
{
	const int mounts = count_lines("/proc/self/mountinfo");
	int bad = 0;

	for (int at = 1; at < CALLS_MAX; at++) {
		char line[ERR_LINE_MAX];
		int status = -1;

		*report = (struct report){ 0 };
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			_exit(play(i, role, at));
		for (int any, ended = 0; ended != pid && ended >= 0;) {
			ended = waitpid(-1, &any, 0);
			status = ended == pid ? any : status;
		}
		const char *why = judge(i, status, mounts);
		if (why || (verbose && *report->call))
			printf("# %s role %d call %d %s: %s%s%s\n", cases[i].name, role, at,
			       report->call, why ? why : "", why ? ": " : "",
			       report->result ? err_text(&report->err, line, sizeof line)
			                      : "(goes on)");
		if (why)
			sweep_up();
		bad += why != NULL;
		if (!*report->call)
			return bad ? -1 : at - 1;
	}
	return -1;
}

static int set_place(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	if (mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777") || mkdir(PLACE, 0755) ||
	    mkdir(PLACE "/root", 0755))
		return -1;
	if (mkdir(PLACE "/bound", 0755) || mkdir(STATE, 0700) || mkdir(PLACE "/root/bin", 0755))
		return -1;
	for (const char *const *p = (const char *const[]){ "proc", "dev", "tmp", "mnt", NULL }; *p;
	     p++) {
		char path[64];

		snprintf(path, sizeof path, PLACE "/root/%s", *p);
		if (mkdir(path, 0755))
			return -1;
	}
	return system("cp /bin/busybox " PLACE "/root/bin/busybox") ? -1 : 0;
}

int main(int argc, char **argv)
{
	const bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	int n = 0, bad = 0;

	report =
	    mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) || set_place()) {
		printf("1..0 # SKIP needs root, busybox and tools/isolate.sh: %s\n",
		       strerror(errno));
		return 0;
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int role = 0; role < cases[i].roles; role++) {
			int calls = loop(i, role, verbose);

			printf("%sok %d - %s, role %d: %d calls fail in turn\n",
			       calls > 0 ? "" : "not ", ++n, cases[i].name, role, calls);
			bad |= calls <= 0;
		}
	printf("1..%d\n", n);
	return bad;
}
