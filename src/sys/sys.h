/*
 * sys.h - the system calls that musl has no wrapper for, and the constants that its headers lack.
 *
 * The lowest layer: it includes nothing of ours, and nothing else in the tree calls syscall(2).
 * Every function is the call as its man page has it: -1 and errno on failure. All descriptors that
 * these calls make are close-on-exec.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sock_fprog;
union bpf_attr;

/* linux/sched.h, linux/openat2.h, linux/mount.h: they clash with musl's headers, so named here
 * once. */
#define SYS_CLONE_NEWTIME          0x00000080u
#define SYS_CLONE_INTO_CGROUP      0x200000000ull
#define SYS_RESOLVE_NO_XDEV        0x01u
#define SYS_RESOLVE_NO_MAGICLINKS  0x02u
#define SYS_RESOLVE_NO_SYMLINKS    0x04u
#define SYS_RESOLVE_BENEATH        0x08u
#define SYS_RESOLVE_IN_ROOT        0x10u
#define SYS_OPEN_TREE_CLONE        1u
#define SYS_AT_RECURSIVE           0x8000u
#define SYS_MOUNT_ATTR_RDONLY      0x00000001u
#define SYS_MOUNT_ATTR_NOSUID      0x00000002u
#define SYS_MOUNT_ATTR_NODEV       0x00000004u
#define SYS_MOUNT_ATTR_NOEXEC      0x00000008u
#define SYS_MOUNT_ATTR__ATIME      0x00000070u
#define SYS_MOUNT_ATTR_RELATIME    0x00000000u
#define SYS_MOUNT_ATTR_NOATIME     0x00000010u
#define SYS_MOUNT_ATTR_STRICTATIME 0x00000020u
#define SYS_MOUNT_ATTR_NODIRATIME  0x00000080u
#define SYS_MOUNT_ATTR_IDMAP       0x00100000u
#define SYS_MOUNT_ATTR_NOSYMFOLLOW 0x00200000u
#define SYS_CLOSE_RANGE_CLOEXEC    4u

/* clone3(2). A field per input that scow uses; exit_signal 0 goes with CLONE_PARENT. */
struct sys_clone {
	uint64_t flags; /* CLONE_NEW*, CLONE_PARENT …; CLONE_PIDFD is added */
	int exit_signal;
	int cgroup_fd; /* a cgroup2 directory for CLONE_INTO_CGROUP, or -1 */
};

/* Fork with the given namespaces: 0 in the child, its pid in the parent, and *ret_pidfd. */
pid_t sys_clone3(const struct sys_clone *c, int *ret_pidfd);

/* openat2(2), O_CLOEXEC added; EAGAIN (a rename raced with "..") is retried, boundedly. */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

int sys_close_range(unsigned first, unsigned last, unsigned flags);

/* linux/dirent.h: struct linux_dirent64, whose rows have their length in bytes. */
struct sys_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type; /* DT_* */
	char name[];
};
/* getdents64(2): how many bytes of rows, 0 at the end. */
int sys_getdents64(int fd, void *rows, size_t size);

int sys_pidfd_open(pid_t pid);
int sys_pidfd_send_signal(int pidfd, int sig);
int sys_pivot_root(const char *new_root, const char *put_old);

/* renameat2(2) with RENAME_NOREPLACE: EEXIST when there is a `to`. */
int sys_rename_new(int from_dir, const char *from, int to_dir, const char *to);

int sys_fsopen(const char *fstype);
int sys_fsconfig_string(int fsfd, const char *key, const char *value);
int sys_fsconfig_flag(int fsfd, const char *key);
int sys_fsconfig_create(int fsfd);
int sys_fsmount(int fsfd, unsigned attr_flags);
int sys_open_tree(int dirfd, const char *path, unsigned flags);
int sys_move_mount(int from_fd, int to_dirfd,
                   const char *to_path); /* an empty to_path: onto to_dirfd itself */

struct sys_mount_attr { /* linux/mount.h, struct mount_attr */
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};
int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct sys_mount_attr *a);

int sys_seccomp_filter(unsigned flags, const struct sock_fprog *p); /* SECCOMP_SET_MODE_FILTER */
int sys_seccomp_action(uint32_t action);                            /* SECCOMP_GET_ACTION_AVAIL */
int sys_bpf(int cmd, union bpf_attr *attr, unsigned size);
int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int sys_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);
int sys_keyctl_join(const char *name); /* KEYCTL_JOIN_SESSION_KEYRING */

struct sys_sched_attr { /* sched_setattr(2), 56 bytes */
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* nanoseconds */
	uint32_t util_min, util_max;
};
int sys_sched_setattr(pid_t pid, struct sys_sched_attr *a); /* sets the size */
int sys_sched_getattr(pid_t pid, struct sys_sched_attr *ret);
int sys_ioprio_set(pid_t pid, int value); /* IOPRIO_WHO_PROCESS */
int sys_set_mempolicy(int mode, const unsigned long *nodes, unsigned long n_bits);

/* The kernel's own set*id: of this task only, where musl's would signal every thread. */
int sys_setgroups(size_t n, const gid_t *gids);
int sys_setresgid(gid_t gid);
int sys_setresuid(uid_t uid);

/* SIG_DFL for that signal, also for those that the C library keeps for itself and will not touch.
 */
int sys_signal_default(int sig);
