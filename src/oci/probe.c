/*
 * probe.c - the table of what `scow check` looks at, and what it means where something is missing.
 */
#define _GNU_SOURCE
#include "oci/probe.h"

#include "base/list.h"
#include "oci/probe_look.h"
#include "sys/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
/* group, name, need, look, what it takes, what it means for containers when that is missing */
#define PROBES(P) \
	P(KERNEL, "Linux 5.10", NEEDED, floor, "", "scow needs Linux 5.10 or newer") \
	P(KERNEL, "mount_setattr", WANTED, mount_setattr, "", \
	  "recursive mount options (rro ...) are refused, and scow runs from a copy in memory") \
	P(KERNEL, "keyrings", OPTIONAL, keyring, "", \
	  "containers share the session keyring of the caller, which is none") \
	P(KERNEL, "/proc", NEEDED, proc, "", \
	  "scow finds itself and its processes there: mount -t proc proc /proc") \
	P(KERNEL, "state", NEEDED, root, "", \
	  "the records of containers are kept there: mount a tmpfs, or use --root") \
	P(KERNEL, "host root", OPTIONAL, host_root, "", "it cannot be seen") \
	P(KERNEL, "pivot_root", OPTIONAL, pivot, "", \
	  "the root is an initramfs or a chroot: containers need user namespaces there, or --no-pivot") \
	\
	P(NAMESPACES, "mount", NEEDED, namespace, "", \
	  "no container can be made: root and CAP_SYS_ADMIN are needed") \
	P(NAMESPACES, "pid", NEEDED, namespace, "", "containers with pid namespaces are refused") \
	P(NAMESPACES, "network", WANTED, namespace, "", \
	  "containers with network namespaces are refused") \
	P(NAMESPACES, "ipc", WANTED, namespace, "", "containers with ipc namespaces are refused") \
	P(NAMESPACES, "uts", WANTED, namespace, "", \
	  "containers with uts namespaces, and so host names, are refused") \
	P(NAMESPACES, "cgroup", WANTED, namespace, "", \
	  "containers with cgroup namespaces are refused") \
	P(NAMESPACES, "user", WANTED, namespace, "", \
	  "containers with user namespaces are refused") \
	P(NAMESPACES, "time", OPTIONAL, namespace, "", \
	  "containers with time namespaces are refused") \
	\
	P(CGROUPS, "cgroup2", NEEDED, cgroup, "", \
	  "containers are refused but with --cgroup-manager=disabled") \
	P(CGROUPS, "writable", NEEDED, cgroup_writable, "", \
	  "no cgroup can be made: containers are refused but with --cgroup-manager=disabled") \
	P(CGROUPS, "no cgroup v1", OPTIONAL, pure, "", \
	  "limits whose controller cgroup v1 has are refused") \
	P(CGROUPS, "memory", WANTED, controller, "", "linux.resources.memory is refused") \
	P(CGROUPS, "pids", WANTED, controller, "", \
	  "linux.resources.pids is refused: nothing stops a fork bomb") \
	P(CGROUPS, "cpu", WANTED, controller, "", \
	  "linux.resources.cpu shares, quota and period are refused") \
	P(CGROUPS, "cpuset", OPTIONAL, controller, "", \
	  "linux.resources.cpu cpus and mems are refused") \
	P(CGROUPS, "io", OPTIONAL, controller, "", "linux.resources.blockIO is refused") \
	P(CGROUPS, "hugetlb", OPTIONAL, controller, "", \
	  "linux.resources.hugepageLimits is refused") \
	P(CGROUPS, "rdma", OPTIONAL, controller, "", "linux.resources.rdma is refused") \
	P(CGROUPS, "cgroup.kill", OPTIONAL, cgroup_file, "cgroup.kill", \
	  "processes are frozen and signalled one by one instead") \
	P(CGROUPS, "swap limits", OPTIONAL, cgroup_file, "memory.swap.max", \
	  "linux.resources.memory.swap is refused where the machine has swap") \
	P(CGROUPS, "swap", OPTIONAL, swap, "", "the machine has none: memory.swap limits nothing") \
	P(CGROUPS, "huge pages", OPTIONAL, hugetlb, "", "the machine has none to limit") \
	P(CGROUPS, "device rules", WANTED, devices, "", \
	  "device rules cannot be enforced: create refuses unless the caller passes --devices=nodev") \
	\
	P(FILE_SYSTEMS, "proc", NEEDED, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "tmpfs", NEEDED, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "sysfs", WANTED, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "devpts", WANTED, file_system, "", \
	  "mounts of it are refused: no terminals") \
	P(FILE_SYSTEMS, "mqueue", WANTED, file_system, "", \
	  "mounts of it are refused; default configurations have one") \
	P(FILE_SYSTEMS, "overlay", OPTIONAL, file_system, "", \
	  "mounts of it are refused; engines stack images with it") \
	P(FILE_SYSTEMS, "squashfs", OPTIONAL, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "erofs", OPTIONAL, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "ext4", OPTIONAL, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "fuse", OPTIONAL, file_system, "", "mounts of it are refused") \
	P(FILE_SYSTEMS, "loop devices", OPTIONAL, loop, "", "images in files cannot be mounted") \
	P(FILE_SYSTEMS, "idmapped mounts", OPTIONAL, idmap, "", \
	  "mounts with uidMappings of the file system on / are refused") \
	P(FILE_SYSTEMS, "resctrl", OPTIONAL, magic, "/sys/fs/resctrl", \
	  "linux.intelRdt is refused") \
	\
	P(SECURITY, "seccomp", WANTED, seccomp, "", \
	  "linux.seccomp is refused, and so is the default container") \
	P(SECURITY, "actions", OPTIONAL, seccomp_action, "", \
	  "profiles with these actions are refused") \
	P(SECURITY, "AppArmor", OPTIONAL, text, "/sys/module/apparmor/parameters/enabled", \
	  "process.apparmorProfile is refused") \
	P(SECURITY, "SELinux", OPTIONAL, magic, "/sys/fs/selinux", \
	  "process.selinuxLabel and linux.mountLabel are refused") \
	P(SECURITY, "Yama", OPTIONAL, text, "/proc/sys/kernel/yama/ptrace_scope", \
	  "a process may trace others of the same user") \
	\
	P(ORDINARY_USERS, "user namespaces", OPTIONAL, user_switch, "", \
	  "without root no container can be made") \
	P(ORDINARY_USERS, "newuidmap", OPTIONAL, set_id_tool, "/etc/subuid", \
	  "their linux.uidMappings of more than one user is refused") \
	P(ORDINARY_USERS, "newgidmap", OPTIONAL, set_id_tool, "/etc/subgid", \
	  "their linux.gidMappings of more than one group is refused") \
	\
	P(LIMITS, "oomScoreAdj", OPTIONAL, oom_score, "", \
	  "process.oomScoreAdj below the caller's is refused (no CAP_SYS_RESOURCE)") \
	P(LIMITS, "open files", OPTIONAL, rlimit, "", "it cannot be seen") \
	P(LIMITS, "processes", OPTIONAL, text, "/proc/sys/kernel/pid_max", "it cannot be seen")

enum group { KERNEL, NAMESPACES, CGROUPS, FILE_SYSTEMS, SECURITY, ORDINARY_USERS, LIMITS };

static const char groups[] =
	"kernel\0namespaces\0cgroups\0file systems\0security\0ordinary users\0limits\0";

#define WHAT(group, name, need, look, arg, missing) { group, PROBE_##need, LOOK_##look },
#define TEXTS(group, name, need, look, arg, missing) name "\0" arg "\0" missing "\0"
#define CASE(name) case LOOK_##name: return look_##name(p, root, detail);

static const struct { unsigned char group, need, look; } rows[] = { PROBES(WHAT) };

/* Three of each row. */
static const char texts[] = PROBES(TEXTS);

static bool look(enum look which, const struct probe *p, const char *root,
                 char detail[PROBE_DETAIL_MAX])
{
	switch (which) {
	LOOKS(CASE)
	}
	return false;
}
/* clang-format on */

const char *probe_need_name(enum probe_need n)
{
	return list_at("needed\0wanted\0optional\0", n);
}

void probe_say(char detail[PROBE_DETAIL_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, PROBE_DETAIL_MAX, fmt, ap);
	va_end(ap);
}

int probe_in_child(unsigned long long flags, int (*work)(void))
{
	const struct sys_clone c = { .flags = flags, .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	int pidfd, status = 0;
	pid_t pid = sys_clone3(&c, &pidfd);

	if (pid == 0)
		_exit(work && work() ? errno : 0);
	if (pid < 0)
		return -1;
	close(pidfd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return status ? -1 : 0;
}

struct probe_answer *probe_all(struct arena *a, const char *root, size_t *ret_n)
{
	const size_t n = sizeof rows / sizeof *rows;
	struct probe_answer *v = arena_array(a, n, sizeof *v);
	const char *text = texts;

	for (size_t i = 0; i < n; i++, text = list_at(text, 3)) {
		char detail[PROBE_DETAIL_MAX] = "";

		v[i].probe = (struct probe){
			.group = list_at(groups, rows[i].group),
			.need = rows[i].need,
			.name = text,
			.arg = list_at(text, 1),
			.missing = list_at(text, 2),
		};
		v[i].there = look(rows[i].look, &v[i].probe, root, detail);
		v[i].detail = arena_strdup(a, detail);
	}
	*ret_n = n;
	return v;
}
