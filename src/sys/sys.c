/* sys.c - the only file that calls syscall(2). */
#define _GNU_SOURCE
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From clone3 on, numbers are the same on every CPU; musl 1.2.3 lacks the newest. */
enum {
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_FSCONFIG = 431,
	NR_FSMOUNT = 432,
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_PIDFD_OPEN = 434,
	NR_CLONE3 = 435,
	NR_CLOSE_RANGE = 436,
	NR_OPENAT2 = 437,
	NR_MOUNT_SETATTR = 442,
};

enum { FSCONFIG_FLAG = 0, FSCONFIG_STRING = 1, FSCONFIG_CREATE = 6 };
enum { FSOPEN_CLOEXEC = 1, FSMOUNT_CLOEXEC = 1 };
enum { MOVE_F_EMPTY_PATH = 4, MOVE_T_EMPTY_PATH = 0x40 };
enum { CLONE_WITH_PIDFD = 0x1000 };
enum { OPENAT2_RETRIES = 128 };

#if defined(SYS_setresuid32)
enum {
	NR_SETGROUPS = SYS_setgroups32,
	NR_SETRESGID = SYS_setresgid32,
	NR_SETRESUID = SYS_setresuid32
};
#else
enum { NR_SETGROUPS = SYS_setgroups, NR_SETRESGID = SYS_setresgid, NR_SETRESUID = SYS_setresuid };
#endif

struct clone_args { /* linux/sched.h, CLONE_ARGS_SIZE_VER2 */
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
} __attribute__((aligned(8)));

pid_t sys_clone3(const struct sys_clone *c, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args a = {
		.flags = c->flags | CLONE_WITH_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = (uint64_t)c->exit_signal,
	};

	if (c->cgroup_fd >= 0) {
		a.flags |= SYS_CLONE_INTO_CGROUP;
		a.cgroup = (uint64_t)c->cgroup_fd;
	}
	pid_t pid = (pid_t)syscall(NR_CLONE3, &a, sizeof a);
	if (pid < 0 && errno == E2BIG)
		errno = ENOSYS; /* before Linux 5.7: no cgroup field */
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { flags | O_CLOEXEC, mode, resolve };
	long fd = -1;

	for (int i = 0; i < OPENAT2_RETRIES; i++) {
		fd = syscall(NR_OPENAT2, dirfd, path, &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(NR_CLOSE_RANGE, first, last, flags);
}

int sys_getdents64(int fd, void *rows, size_t size)
{
	return (int)syscall(SYS_getdents64, fd, rows, size);
}

int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(NR_PIDFD_OPEN, pid, 0);
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(NR_PIDFD_SEND_SIGNAL, pidfd, sig, NULL, 0);
}

int sys_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	enum { NOREPLACE = 1 };

	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, NOREPLACE);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_fsopen(const char *fstype)
{
	return (int)syscall(NR_FSOPEN, fstype, FSOPEN_CLOEXEC);
}

int sys_fsconfig_string(int fsfd, const char *key, const char *value)
{
	return (int)syscall(NR_FSCONFIG, fsfd, FSCONFIG_STRING, key, value, 0);
}

int sys_fsconfig_flag(int fsfd, const char *key)
{
	return (int)syscall(NR_FSCONFIG, fsfd, FSCONFIG_FLAG, key, NULL, 0);
}

int sys_fsconfig_create(int fsfd)
{
	return (int)syscall(NR_FSCONFIG, fsfd, FSCONFIG_CREATE, NULL, NULL, 0);
}

int sys_fsmount(int fsfd, unsigned attr_flags)
{
	return (int)syscall(NR_FSMOUNT, fsfd, FSMOUNT_CLOEXEC, attr_flags);
}

int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(NR_OPEN_TREE, dirfd, path, flags | O_CLOEXEC);
}

int sys_move_mount(int from_fd, int to_dirfd, const char *to_path)
{
	unsigned flags = MOVE_F_EMPTY_PATH | (*to_path ? 0 : MOVE_T_EMPTY_PATH);

	return (int)syscall(NR_MOVE_MOUNT, from_fd, "", to_dirfd, to_path, flags);
}

int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct sys_mount_attr *a)
{
	return (int)syscall(NR_MOUNT_SETATTR, dirfd, path, flags, a, sizeof *a);
}

int sys_seccomp_filter(unsigned flags, const struct sock_fprog *p)
{
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, p);
}

int sys_seccomp_action(uint32_t action)
{
	return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

int sys_bpf(int cmd, union bpf_attr *attr, unsigned size)
{
	return (int)syscall(SYS_bpf, cmd, attr, size);
}

int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &h, d);
}

int sys_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dirfd, path, argv, envp, flags);
}

int sys_keyctl_join(const char *name)
{
	return (int)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0);
}

int sys_sched_setattr(pid_t pid, struct sys_sched_attr *a)
{
	a->size = sizeof *a;
	return (int)syscall(SYS_sched_setattr, pid, a, 0);
}

int sys_sched_getattr(pid_t pid, struct sys_sched_attr *ret)
{
	return (int)syscall(SYS_sched_getattr, pid, ret, sizeof *ret, 0);
}

int sys_ioprio_set(pid_t pid, int value)
{
	return (int)syscall(SYS_ioprio_set, 1, pid, value);
}

int sys_set_mempolicy(int mode, const unsigned long *nodes, unsigned long n_bits)
{
	/* The kernel takes the size of the set, plus one. */
	return (int)syscall(SYS_set_mempolicy, mode, nodes, n_bits + 1);
}

int sys_setgroups(size_t n, const gid_t *gids)
{
	return (int)syscall(NR_SETGROUPS, n, gids);
}

int sys_setresgid(gid_t gid)
{
	return (int)syscall(NR_SETRESGID, gid, gid, gid);
}

int sys_setresuid(uid_t uid)
{
	return (int)syscall(NR_SETRESUID, uid, uid, uid);
}

int sys_signal_default(int sig)
{
	/* All zero is SIG_DFL with no flags, in the kernel's struct of every CPU. */
	static const uint64_t zero[8];
	enum { SET_SIZE = _NSIG / 8 };

	return (int)syscall(SYS_rt_sigaction, sig, zero, NULL, SET_SIZE);
}
