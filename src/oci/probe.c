/*
 * probe.c - the table of what `scow check` looks at, and what it means where something is missing.
 */
#define _GNU_SOURCE
#include "oci/probe.h"

#include "oci/probe_look.h"
#include "sys/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
static const struct probe probes[] = {
	{ "kernel", "Linux 5.10", PROBE_NEEDED, look_floor, NULL,
	  "scow needs Linux 5.10 or newer" },
	{ "kernel", "mount_setattr", PROBE_WANTED, look_mount_setattr, NULL,
	  "recursive mount options (rro ...) are refused, and scow runs from a copy in memory" },
	{ "kernel", "keyrings", PROBE_OPTIONAL, look_keyring, NULL,
	  "containers share the session keyring of the caller, which is none" },
	{ "kernel", "/proc", PROBE_NEEDED, look_proc, NULL,
	  "scow finds itself and its processes there: mount -t proc proc /proc" },
	{ "kernel", "state", PROBE_NEEDED, look_root, NULL,
	  "the records of containers are kept there: mount a tmpfs, or use --root" },
	{ "kernel", "host root", PROBE_OPTIONAL, look_host_root, NULL, "it cannot be seen" },
	{ "kernel", "pivot_root", PROBE_OPTIONAL, look_pivot, NULL,
	  "the root is an initramfs or a chroot: containers need user namespaces there, or --no-pivot" },

	{ "namespaces", "mount", PROBE_NEEDED, look_namespace, NULL,
	  "no container can be made: root and CAP_SYS_ADMIN are needed" },
	{ "namespaces", "pid", PROBE_NEEDED, look_namespace, NULL,
	  "containers with pid namespaces are refused" },
	{ "namespaces", "network", PROBE_WANTED, look_namespace, NULL,
	  "containers with network namespaces are refused" },
	{ "namespaces", "ipc", PROBE_WANTED, look_namespace, NULL,
	  "containers with ipc namespaces are refused" },
	{ "namespaces", "uts", PROBE_WANTED, look_namespace, NULL,
	  "containers with uts namespaces, and so host names, are refused" },
	{ "namespaces", "cgroup", PROBE_WANTED, look_namespace, NULL,
	  "containers with cgroup namespaces are refused" },
	{ "namespaces", "user", PROBE_WANTED, look_namespace, NULL,
	  "containers with user namespaces are refused" },
	{ "namespaces", "time", PROBE_OPTIONAL, look_namespace, NULL,
	  "containers with time namespaces are refused" },

	{ "cgroups", "cgroup2", PROBE_NEEDED, look_cgroup, NULL,
	  "containers are refused but with --cgroup-manager=disabled" },
	{ "cgroups", "writable", PROBE_NEEDED, look_cgroup_writable, NULL,
	  "no cgroup can be made: containers are refused but with --cgroup-manager=disabled" },
	{ "cgroups", "no cgroup v1", PROBE_OPTIONAL, look_pure, NULL,
	  "limits whose controller cgroup v1 has are refused" },
	{ "cgroups", "memory", PROBE_WANTED, look_controller, NULL,
	  "linux.resources.memory is refused" },
	{ "cgroups", "pids", PROBE_WANTED, look_controller, NULL,
	  "linux.resources.pids is refused: nothing stops a fork bomb" },
	{ "cgroups", "cpu", PROBE_WANTED, look_controller, NULL,
	  "linux.resources.cpu shares, quota and period are refused" },
	{ "cgroups", "cpuset", PROBE_OPTIONAL, look_controller, NULL,
	  "linux.resources.cpu cpus and mems are refused" },
	{ "cgroups", "io", PROBE_OPTIONAL, look_controller, NULL,
	  "linux.resources.blockIO is refused" },
	{ "cgroups", "hugetlb", PROBE_OPTIONAL, look_controller, NULL,
	  "linux.resources.hugepageLimits is refused" },
	{ "cgroups", "rdma", PROBE_OPTIONAL, look_controller, NULL,
	  "linux.resources.rdma is refused" },
	{ "cgroups", "cgroup.kill", PROBE_OPTIONAL, look_cgroup_file, "cgroup.kill",
	  "processes are frozen and signalled one by one instead" },
	{ "cgroups", "swap limits", PROBE_OPTIONAL, look_cgroup_file, "memory.swap.max",
	  "linux.resources.memory.swap is refused where the machine has swap" },
	{ "cgroups", "swap", PROBE_OPTIONAL, look_swap, NULL,
	  "the machine has none: memory.swap limits nothing" },
	{ "cgroups", "huge pages", PROBE_OPTIONAL, look_hugetlb, NULL,
	  "the machine has none to limit" },
	{ "cgroups", "device rules", PROBE_WANTED, look_devices, NULL,
	  "device rules cannot be enforced: create refuses unless the caller passes --devices=nodev" },

	{ "file systems", "proc", PROBE_NEEDED, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "tmpfs", PROBE_NEEDED, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "sysfs", PROBE_WANTED, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "devpts", PROBE_WANTED, look_file_system, NULL,
	  "mounts of it are refused: no terminals" },
	{ "file systems", "mqueue", PROBE_WANTED, look_file_system, NULL,
	  "mounts of it are refused; default configurations have one" },
	{ "file systems", "overlay", PROBE_OPTIONAL, look_file_system, NULL,
	  "mounts of it are refused; engines stack images with it" },
	{ "file systems", "squashfs", PROBE_OPTIONAL, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "erofs", PROBE_OPTIONAL, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "ext4", PROBE_OPTIONAL, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "fuse", PROBE_OPTIONAL, look_file_system, NULL, "mounts of it are refused" },
	{ "file systems", "loop devices", PROBE_OPTIONAL, look_loop, NULL,
	  "images in files cannot be mounted" },
	{ "file systems", "idmapped mounts", PROBE_OPTIONAL, look_idmap, NULL,
	  "mounts with uidMappings of the file system on / are refused" },
	{ "file systems", "resctrl", PROBE_OPTIONAL, look_magic, "/sys/fs/resctrl",
	  "linux.intelRdt is refused" },

	{ "security", "seccomp", PROBE_WANTED, look_seccomp, NULL,
	  "linux.seccomp is refused, and so is the default container" },
	{ "security", "actions", PROBE_OPTIONAL, look_seccomp_action, NULL,
	  "profiles with these actions are refused" },
	{ "security", "AppArmor", PROBE_OPTIONAL, look_text, "/sys/module/apparmor/parameters/enabled",
	  "process.apparmorProfile is refused" },
	{ "security", "SELinux", PROBE_OPTIONAL, look_magic, "/sys/fs/selinux",
	  "process.selinuxLabel and linux.mountLabel are refused" },
	{ "security", "Yama", PROBE_OPTIONAL, look_text, "/proc/sys/kernel/yama/ptrace_scope",
	  "a process may trace others of the same user" },

	{ "ordinary users", "user namespaces", PROBE_OPTIONAL, look_user_switch, NULL,
	  "without root no container can be made" },
	{ "ordinary users", "newuidmap", PROBE_OPTIONAL, look_set_id_tool, "/etc/subuid",
	  "their linux.uidMappings of more than one user is refused" },
	{ "ordinary users", "newgidmap", PROBE_OPTIONAL, look_set_id_tool, "/etc/subgid",
	  "their linux.gidMappings of more than one group is refused" },

	{ "limits", "oomScoreAdj", PROBE_OPTIONAL, look_oom_score, NULL,
	  "process.oomScoreAdj below the caller's is refused (no CAP_SYS_RESOURCE)" },
	{ "limits", "open files", PROBE_OPTIONAL, look_rlimit, NULL, "it cannot be seen" },
	{ "limits", "processes", PROBE_OPTIONAL, look_text, "/proc/sys/kernel/pid_max", "it cannot be seen" },
	{ NULL },
};
/* clang-format on */

const char *probe_need_name(enum probe_need n)
{
	static const char *const names[] = { "needed", "wanted", "optional" };

	return names[n];
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
	const size_t n = sizeof probes / sizeof *probes - 1;
	struct probe_answer *v = arena_array(a, n, sizeof *v);

	for (size_t i = 0; i < n; i++) {
		char detail[PROBE_DETAIL_MAX] = "";

		v[i].probe = &probes[i];
		v[i].there = probes[i].look(&probes[i], root, detail);
		v[i].detail = arena_strdup(a, detail);
	}
	*ret_n = n;
	return v;
}
