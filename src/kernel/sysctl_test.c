/* sysctl_test.c - which keys are taken; a child with own namespaces writes through an own procfs.
 */
#define _GNU_SOURCE
#include "kernel/sysctl.h"

#include "sys/sys.h"
#include "test/test.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_RIGHTS = 100 };

static int check(const char *key, struct spec_namespace *ns, size_t n_ns, struct err *e)
{
	char text[512], value[] = "1";
	struct json_pair pair = { strcpy(text, key), value };
	struct spec_linux l = {
		.namespaces = ns, .n_namespaces = n_ns, .sysctl = &pair, .n_sysctl = 1
	};
	const struct spec s = { .linux_ = &l };

	return sysctl_check(&s, e);
}

TEST(sysctl_keys)
{
	static const struct {
		const char *key;
		int taken; /* with the three namespaces new; without them none is */
	} table[] = {
		{ "net.ipv4.ip_forward", 1 },
		{ "net/ipv4/ip_forward", 1 },
		{ "net.ipv4.conf.eth0/1.forwarding", 1 },
		{ "net/ipv4/conf/eth0.1/forwarding", 1 },
		{ "kernel.shmmax", 1 },
		{ "kernel/shm_rmid_forced", 1 },
		{ "kernel.sem", 1 },
		{ "kernel.msgmax", 1 },
		{ "fs.mqueue.msg_max", 1 },
		{ "kernel.domainname", 1 },
		{ "kernel.hostname", 0 },
		{ "kernel.semaphore", 0 },
		{ "kernel.shmmax.x", 0 },
		{ "kernel.core_pattern", 0 },
		{ "kernel.msg", 0 },
		{ "vm.swappiness", 0 },
		{ "fs.mqueue", 0 },
		{ "net", 0 },
		{ "net.", 0 },
		{ "net..x", 0 },
		{ ".net.x", 0 },
		{ "/net/x", 0 },
		{ "net/../kernel/core_pattern", 0 },
		{ "net/./x", 0 },
		{ "net./.x", 0 },  /* net, ".", x */
		{ "net.//.x", 0 }, /* net, "..", x */
		{ "", 0 },
	};
	struct spec_namespace all[] = { { CLONE_NEWNET, NULL },
		                        { CLONE_NEWIPC, NULL },
		                        { CLONE_NEWUTS, NULL } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct err e = { 0 };
		int taken = check(table[i].key, all, 3, &e) == 0;
		if (taken != table[i].taken)
			printf("# %s: %s\n", table[i].key, e.text);
		CHECK(taken == table[i].taken);
		CHECK(taken || (e.kind == ERR_CONFIG && strstr(e.text, table[i].key)));
		CHECK(check(table[i].key, NULL, 0, &e) == -1);
	}
}

TEST(sysctl_of_a_joined_namespace)
{
	char own[] = "/proc/self/ns/net", none[] = "/nonexistent/net";
	struct spec_namespace joined_own = { CLONE_NEWNET, own },
			      joined_none = { CLONE_NEWNET, none };
	struct err e;

	CHECK(check("net.ipv4.ip_forward", &joined_own, 1, &e) &&
	      strstr(e.text, "host's net namespace"));
	CHECK(check("net.ipv4.ip_forward", &joined_none, 1, &e));
}

TEST(sysctl_key_too_long)
{
	char key[400] = "net.";
	struct spec_namespace ns = { CLONE_NEWNET, NULL };
	struct err e;

	memset(key + 4, 'x', sizeof key - 5);
	CHECK(check(key, &ns, 1, &e));
}

static int own_procfs(void)
{
	int fs = sys_fsopen("proc");

	if (fs < 0 || sys_fsconfig_create(fs))
		return -1;
	return sys_fsmount(fs, 0);
}

static int apply(int proc_fd, const char *key, const char *value, struct err *e)
{
	char k[128], v[128];
	struct json_pair pair = { strcpy(k, key), strcpy(v, value) };
	struct spec_linux l = { .sysctl = &pair, .n_sysctl = 1 };
	const struct spec s = { .linux_ = &l };

	return sysctl_apply(proc_fd, &s, e);
}

static int holds(const char *path, const char *want)
{
	char got[64] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	char *line = fgets(got, sizeof got, f);
	fclose(f);
	got[strcspn(got, "\n")] = 0;
	return line && !strcmp(got, want);
}

/* 0, or the number of the check that failed. */
static int write_in_namespaces(void)
{
	struct err e = { 0 };

	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
		return NO_RIGHTS;
	int proc_fd = own_procfs();
	if (proc_fd < 0)
		return NO_RIGHTS;
	if (apply(proc_fd, "net.ipv4.conf.lo.forwarding", "1", &e) ||
	    !holds("/proc/sys/net/ipv4/conf/lo/forwarding", "1"))
		return 1;
	if (apply(proc_fd, "kernel/msgmax", "4321", &e) ||
	    !holds("/proc/sys/kernel/msgmax", "4321"))
		return 2;
	if (apply(proc_fd, "kernel.domainname", "example", &e) ||
	    !holds("/proc/sys/kernel/domainname", "example"))
		return 3;
	if (!apply(proc_fd, "net.no_such_key", "1", &e) || e.no != ENOENT ||
	    !strstr(e.text, "net.no_such_key"))
		return 4;
	if (!apply(proc_fd, "kernel.msgmax", "words", &e) || e.no != EINVAL)
		return 5;
	return apply(proc_fd, "net/../kernel/msgmax", "4000", &e) && e.kind == ERR_CONFIG ? 0 : 6;
}

TEST(sysctl_through_an_own_procfs)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (!pid)
		_exit(write_in_namespaces());
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_RIGHTS)
		printf("# skipped: no rights to make namespaces\n");
	else
		CHECK(status == 0);
}
