/*
 * old_kernel: runs a command as if the kernel were an older one, by a seccomp filter that all its
 * descendants inherit.
 *
 *   old_kernel [linux=5.10] [without=CALL,...] CMD [ARG...]
 *
 *	CMD, scow, containers                        old_kernel
 *	  a call or flag that is too new  --> errno
 *	  a call with flags in memory     ----------> listener: reads them; errno, or go on
 *	  a file that is too new          ----------> listener: reads the path; ENOENT, or go on
 *
 * linux= is the version to look like; 5.10, the oldest that scow is for, is the default. without=
 * takes calls of 5.10 away, to look like a kernel below that floor: those of `floor_calls` and
 * "into_cgroup" (CLONE_INTO_CGROUP). What a filter cannot show: changes in what old calls do, but
 * for the three that are marked "does" below. The exit code is CMD's, 128+n for a signal.
 *
 * What scow uses of what is newer than 5.10, and what it does without:
 *
 *	mount_setattr		5.12	once attached, a remount of the mount, and for rro and its like,
 *					readonlyPaths and a bound /sys or cgroup of each below it; refused
 *					where one is covered by another mount
 *	  in self_protect	5.12	a sealed copy in memory takes the read-only clone's place
 *	MOUNT_ATTR_NOSYMFOLLOW	5.14	the same remount (MS_NOSYMFOLLOW is in 5.10)
 *	cgroup.kill		5.14	freeze, SIGKILL by pidfd, until the cgroup is empty
 *	BPF not in memlock	5.11	RLIMIT_MEMLOCK is lifted for one call
 *	MFD_EXEC		6.3	left out: vm.memfd_noexec came with it
 *	overlay, user namespace	5.11	mounted by the host's root, so no need
 *	cpu.idle and the like	-	only if linux.resources.unified names them: "this kernel has no ..."
 *
 * Everything else that scow calls is in 5.10.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define V(major, minor) ((major) * 1000 + (minor))

#if defined __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined __arm__
#define NATIVE AUDIT_ARCH_ARM
#elif defined __i386__
#define NATIVE AUDIT_ARCH_I386
#elif defined __riscv
#define NATIVE AUDIT_ARCH_RISCV64
#else
#define NATIVE 0u /* mipsel: its numbers begin at 4000, and nobody has asked */
#endif

/* Numbers from 424 on are the same on every CPU. */
enum {
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_FSCONFIG = 431,
	NR_FSMOUNT = 432,
	NR_PIDFD_OPEN = 434,
	NR_CLONE3 = 435,
	NR_CLOSE_RANGE = 436,
	NR_OPENAT2 = 437,
	NR_PIDFD_GETFD = 438,
	NR_MOUNT_SETATTR = 442,
	NR_UNKNOWN = 470,	/* and all above are newer than this table */
	NR_PRIVATE = 0x0f0000,	/* of 32-bit ARM */
	NR_X32 = 0x40000000,
};

/* clang-format off */
/* linux/syscalls.h, by the release that had the call first. The last of 5.10 is 440. */
static const struct { int nr, since; } new_calls[] = {
	{ 441, V(5, 11) },			/* epoll_pwait2 */
	{ NR_MOUNT_SETATTR, V(5, 12) },
	{ 443, V(5, 14) },			/* quotactl_fd */
	{ 444, V(5, 13) }, { 445, V(5, 13) }, { 446, V(5, 13) },	/* landlock_* */
	{ 447, V(5, 14) },			/* memfd_secret */
	{ 448, V(5, 15) },			/* process_mrelease */
	{ 449, V(5, 16) },			/* futex_waitv */
	{ 450, V(5, 17) },			/* set_mempolicy_home_node */
	{ 451, V(6, 5) },			/* cachestat */
	{ 452, V(6, 6) },			/* fchmodat2 */
	{ 453, V(6, 6) },			/* map_shadow_stack */
	{ 454, V(6, 7) }, { 455, V(6, 7) }, { 456, V(6, 7) },		/* futex_wake ... */
	{ 457, V(6, 8) }, { 458, V(6, 8) },	/* statmount, listmount */
	{ 459, V(6, 8) }, { 460, V(6, 8) }, { 461, V(6, 8) },		/* lsm_* */
	{ 462, V(6, 10) },			/* mseal */
	{ 463, V(6, 13) }, { 464, V(6, 13) }, { 465, V(6, 13) }, { 466, V(6, 13) }, /* *xattrat */
	{ 467, V(6, 15) },			/* open_tree_attr */
	{ 468, V(6, 17) }, { 469, V(6, 17) },	/* file_getattr, file_setattr */
#if defined __x86_64__
	{ 335, V(6, 11) },			/* uretprobe */
	{ 336, V(6, 18) },			/* uprobe */
#endif
};

/* A bit of an argument that the call refused before. */
static const struct { int nr, arg; uint32_t bits; int since, no; } new_flags[] = {
	{ NR_CLOSE_RANGE, 2, 4, V(5, 11), EINVAL },		/* CLOSE_RANGE_CLOEXEC */
	{ NR_FSMOUNT, 2, 0x200000, V(5, 14), EINVAL },		/* MOUNT_ATTR_NOSYMFOLLOW */
	{ NR_MOVE_MOUNT, 4, 0x100, V(5, 15), EINVAL },		/* MOVE_MOUNT_SET_GROUP */
	{ NR_MOVE_MOUNT, 4, 0x200, V(6, 5), EINVAL },		/* MOVE_MOUNT_BENEATH */
	{ NR_PIDFD_OPEN, 1, 0200, V(6, 9), EINVAL },		/* PIDFD_THREAD, O_EXCL */
	{ NR_PIDFD_SEND_SIGNAL, 3, 7, V(6, 9), EINVAL },	/* PIDFD_SIGNAL_* */
	{ SYS_seccomp, 1, 32, V(5, 19), EINVAL },		/* WAIT_KILLABLE_RECV */
	{ SYS_memfd_create, 1, 0x18, V(6, 3), EINVAL },		/* MFD_NOEXEC_SEAL, MFD_EXEC */
};

/* A command from `first` to `last`; of ioctl(2), without the direction and the size. */
static const struct { int nr, arg; uint32_t first, last; int since, no; } new_commands[] = {
	{ NR_FSCONFIG, 1, 8, 8, V(6, 6), EOPNOTSUPP },		/* FSCONFIG_CMD_CREATE_EXCL */
	{ SYS_prctl, 0, 59, 61, V(5, 11), EINVAL },		/* PR_SET_SYSCALL_USER_DISPATCH */
	{ SYS_prctl, 0, 62, 1000, V(5, 14), EINVAL },		/* PR_SCHED_CORE and later ones */
	{ SYS_prctl, 0, 0x53564d41, 0x53564d41, V(5, 17), EINVAL },	/* PR_SET_VMA */
	{ SYS_bpf, 0, 36, 1000, V(6, 9), EINVAL },		/* BPF_TOKEN_CREATE ... */
	{ SYS_fcntl, 1, 1027, 1029, V(6, 10), EINVAL },		/* F_DUPFD_QUERY ... */
	{ SYS_ioctl, 1, 0xff01, 0xffff, V(6, 11), ENOTTY },	/* PIDFD_GET_*_NAMESPACE, _INFO */
	{ SYS_ioctl, 1, 0xb705, 0xb7ff, V(6, 10), ENOTTY },	/* NS_GET_MNTNS_ID ... */
};

/* For without=: all that scow needs of the releases before 5.10. */
static const struct { const char *name; int nr; } floor_calls[] = {
	{ "pidfd_send_signal", NR_PIDFD_SEND_SIGNAL },		/* 5.1 */
	{ "open_tree", NR_OPEN_TREE },				/* 5.2 */
	{ "move_mount", NR_MOVE_MOUNT },
	{ "fsopen", NR_FSOPEN },
	{ "fsconfig", NR_FSCONFIG },
	{ "fsmount", NR_FSMOUNT },
	{ "pidfd_open", NR_PIDFD_OPEN },			/* 5.3 */
	{ "clone3", NR_CLONE3 },
	{ "openat2", NR_OPENAT2 },				/* 5.6 */
	{ "close_range", NR_CLOSE_RANGE },			/* 5.9 */
};

/* Files of cgroups that only came later. */
static const struct { const char *name; int since; } new_files[] = {
	{ "cgroup.kill", V(5, 14) },
	{ "cpu.max.burst", V(5, 14) },
	{ "cpu.idle", V(5, 15) },
	{ "memory.reclaim", V(5, 19) },
	{ "cgroup.pressure", V(6, 1) },
	{ "cpuset.cpus.exclusive", V(6, 7) },
	{ "memory.zswap.writeback", V(6, 8) },
};
/* clang-format on */

enum { PATH_SIZE = 2048 }; /* a longer one is let through */

#define COUNT(table) (sizeof(table) / sizeof *(table))
static int version = V(5, 10);
static bool without_into_cgroup;

static _Noreturn void die(const char *form, ...)
{
	va_list ap;

	fprintf(stderr, "old_kernel: ");
	va_start(ap, form);
	vfprintf(stderr, form, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(99);
}

/* ---- the filter ---- */

enum { PROGRAM_MAX = 1024 };

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short n;
};

static void put(struct program *p, unsigned code, uint32_t k, unsigned jt, unsigned jf)
{
	if (p->n == PROGRAM_MAX)
		die("the filter is too long");
	p->code[p->n++] =
	    (struct sock_filter){ (uint16_t)code, (uint8_t)jt, (uint8_t)jf, k };
}

static void put_load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half: all flags and commands are ints. Every CPU here has it first. */
static void put_load_arg(struct program *p, int arg)
{
	put_load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)arg);
}

/* With the number loaded before, and after. */
static void put_call(struct program *p, int nr, uint32_t action)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1);
	put(p, BPF_RET | BPF_K, action, 0, 0);
}

static uint32_t fails(int no)
{
	return SECCOMP_RET_ERRNO | (uint32_t)no;
}

static void put_flags(struct program *p, int nr, int arg, uint32_t bits, uint32_t action)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 4);
	put_load_arg(p, arg);
	put(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	put(p, BPF_RET | BPF_K, action, 0, 0);
	put_load(p, offsetof(struct seccomp_data, nr));
}

static void put_command(struct program *p, size_t i)
{
	const bool is_ioctl = new_commands[i].nr == SYS_ioctl;

	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)new_commands[i].nr, 0, 6);
	put_load_arg(p, new_commands[i].arg);
	put(p, BPF_ALU | BPF_AND | BPF_K, is_ioctl ? 0xffff : ~0u, 0, 0);
	put(p, BPF_JMP | BPF_JGT | BPF_K, new_commands[i].last, 2, 0);
	put(p, BPF_JMP | BPF_JGE | BPF_K, new_commands[i].first, 0, 1);
	put(p, BPF_RET | BPF_K, fails(new_commands[i].no), 0, 0);
	put_load(p, offsetof(struct seccomp_data, nr));
}

/* Only where the numbers are right: those below 424 are the native ones. */
static void put_native(struct program *p)
{
	for (size_t i = 0; i < COUNT(new_flags); i++)
		if (new_flags[i].since > version)
			put_flags(p, new_flags[i].nr, new_flags[i].arg, new_flags[i].bits,
			          fails(new_flags[i].no));
	for (size_t i = 0; i < COUNT(new_commands); i++)
		if (new_commands[i].since > version)
			put_command(p, i);
	put_call(p, NR_OPENAT2, SECCOMP_RET_USER_NOTIF);
	put_call(p, NR_CLONE3, SECCOMP_RET_USER_NOTIF);
	put_call(p, NR_MOVE_MOUNT, SECCOMP_RET_USER_NOTIF);
	put_call(p, NR_MOUNT_SETATTR, SECCOMP_RET_USER_NOTIF);
	put_call(p, SYS_bpf, SECCOMP_RET_USER_NOTIF);
	put_flags(p, NR_OPEN_TREE, 2, 1 /* OPEN_TREE_CLONE */, SECCOMP_RET_USER_NOTIF);
	/* The new files that are read are in no test, and asking for each open would take long. */
	put_flags(p, SYS_openat, 2, O_WRONLY | O_RDWR, SECCOMP_RET_USER_NOTIF);
#if defined SYS_open
	put_flags(p, SYS_open, 1, O_WRONLY | O_RDWR, SECCOMP_RET_USER_NOTIF);
#endif
}

/* names: of floor_calls, with a comma behind each */
static void put_missing(struct program *p, char *names)
{
	for (char *save, *name = strtok_r(names, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		size_t i = 0;
		while (i < COUNT(floor_calls) && strcmp(name, floor_calls[i].name))
			i++;
		if (i < COUNT(floor_calls))
			put_call(p, floor_calls[i].nr, fails(ENOSYS));
		else if (!strcmp(name, "into_cgroup"))
			without_into_cgroup = true;
		else
			die("without=%s is not known", name);
	}
}

static void make_program(struct program *p, char *missing)
{
	put_load(p, offsetof(struct seccomp_data, nr));
	put_missing(p, missing);
	for (size_t i = 0; i < COUNT(new_calls); i++)
		if (new_calls[i].since > version && new_calls[i].nr >= NR_PIDFD_SEND_SIGNAL)
			put_call(p, new_calls[i].nr, fails(ENOSYS));
	put(p, BPF_JMP | BPF_JGE | BPF_K, NR_X32, 2, 0);
	put(p, BPF_JMP | BPF_JGE | BPF_K, NR_PRIVATE, 2, 0);
	put(p, BPF_JMP | BPF_JGE | BPF_K, NR_UNKNOWN, 0, 1);
	put(p, BPF_RET | BPF_K, fails(ENOSYS), 0, 0);
	put_load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
	put(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	put_load(p, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < COUNT(new_calls); i++)
		if (new_calls[i].since > version && new_calls[i].nr < NR_PIDFD_SEND_SIGNAL)
			put_call(p, new_calls[i].nr, fails(ENOSYS));
	put_native(p);
	put(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* The listener. No privilege is lost by it, so no_new_privs stays as it is: root only. */
static int install(struct program *p)
{
	enum { NEW_LISTENER = 8, WAIT_KILLABLE_RECV = 32 };
	const struct sock_fprog prog = { p->n, p->code };
	/* A signal must not end what would not have waited. */
	int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	                      NEW_LISTENER | WAIT_KILLABLE_RECV, &prog);

	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, NEW_LISTENER, &prog);
	if (fd < 0)
		die("seccomp: %s", strerror(errno));
	return fd;
}

/* ---- the listener ---- */

/* What the caller has there; false: it has not. */
static bool read_memory(pid_t pid, uint64_t at, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)(uintptr_t)at, size };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* Page by page: the string may end just before a hole. */
static bool read_string(pid_t pid, uint64_t at, char *to, size_t size)
{
	enum { PAGE = 4096 };

	for (size_t n = 0; n < size;) {
		size_t some = PAGE - (size_t)((at + n) % PAGE);
		if (some > size - n)
			some = size - n;
		if (!read_memory(pid, at + n, to + n, some))
			return false;
		if (memchr(to + n, '\0', some))
			return true;
		n += some;
	}
	return false;
}

/* 0 or the errno of a path that the kernel has no file for */
static int judge_path(pid_t pid, uint64_t at)
{
	char path[PATH_SIZE];

	if (!read_string(pid, at, path, sizeof path))
		return 0;
	const char *slash = strrchr(path, '/');
	for (size_t i = 0; i < COUNT(new_files); i++)
		if (new_files[i].since > version &&
		    !strcmp(slash ? slash + 1 : path, new_files[i].name))
			return ENOENT;
	return 0;
}

static int judge_openat2(pid_t pid, const uint64_t *arg)
{
	enum { SIZE_OF_5_6 = 24, RESOLVE_CACHED = 0x20 };
	uint64_t how[3];

	if (arg[3] > SIZE_OF_5_6)
		return E2BIG;
	if (version < V(5, 12) && read_memory(pid, arg[2], how, sizeof how) &&
	    how[2] & RESOLVE_CACHED)
		return EINVAL;
	return judge_path(pid, arg[1]);
}

static int judge_clone3(pid_t pid, const uint64_t *arg)
{
	enum { SIZE_OF_5_7 = 88, SIZE_OF_5_5 = 80, KNOWN_BITS = 34 };
	uint64_t args[SIZE_OF_5_7 / 8] = { 0 };
	const size_t known = without_into_cgroup ? SIZE_OF_5_5 : SIZE_OF_5_7;

	if (arg[1] > SIZE_OF_5_7)
		return E2BIG;
	if (!read_memory(pid, arg[0], args, (size_t)arg[1]))
		return 0;
	if (arg[1] > known && args[known / 8])
		return E2BIG;
	return args[0] >> (without_into_cgroup ? KNOWN_BITS - 1 : KNOWN_BITS) ? EINVAL : 0;
}

static int judge_mount_setattr(pid_t pid, const uint64_t *arg)
{
	enum { NOSYMFOLLOW = 0x200000 };
	uint64_t attr[2];

	if (version < V(5, 14) && read_memory(pid, arg[3], attr, sizeof attr) &&
	    (attr[0] | attr[1]) & NOSYMFOLLOW)
		return EINVAL;
	return 0;
}

/* Does: before 5.11, programs are locked memory of their user. Be the user's 64 KiB used up. */
static int judge_bpf(pid_t pid, const uint64_t *arg)
{
	enum { PROG_LOAD = 5, DEFAULT_LIMIT = 64 * 1024 };
	struct rlimit limit;

	if (version < V(5, 11) && arg[0] == PROG_LOAD &&
	    !prlimit(pid, RLIMIT_MEMLOCK, NULL, &limit) && limit.rlim_cur <= DEFAULT_LIMIT)
		return EPERM;
	return 0;
}

/* The mount of that file of the caller's, -1: unknown. */
static int mount_id(pid_t pid, int dir, const char *path)
{
	char name[PATH_SIZE + 64], line[64];
	int id = -1;

	if (*path == '/')
		snprintf(name, sizeof name, "/proc/%d/root%s", (int)pid, path);
	else if (dir == AT_FDCWD)
		snprintf(name, sizeof name, "/proc/%d/cwd/%s", (int)pid, path);
	else
		snprintf(name, sizeof name, "/proc/%d/fd/%d%s%s", (int)pid, dir, *path ? "/" : "",
		         path);
	int fd = open(name, O_PATH | O_CLOEXEC);
	snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
	FILE *f = fd < 0 ? NULL : fopen(name, "re");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "mnt_id:", 7))
			id = atoi(line + 7);
	if (f)
		fclose(f);
	if (fd >= 0)
		close(fd);
	return id;
}

/*
 * Does: before 6.15 a detached mount can be attached, and no more: not cloned, and nothing be
 * attached to it.
 */
static int judge_place(pid_t pid, int dir, uint64_t at)
{
	char path[PATH_SIZE], name[64], *line = NULL;
	size_t size = 0;
	bool attached = false;

	if (version >= V(6, 15) || !read_string(pid, at, path, sizeof path))
		return 0;
	int id = mount_id(pid, dir, path);
	snprintf(name, sizeof name, "/proc/%d/mountinfo", (int)pid);
	FILE *f = id < 0 ? NULL : fopen(name, "re");
	if (!f)
		return 0;
	while (!attached && getline(&line, &size, f) > 0)
		attached = atoi(line) == id;
	free(line);
	fclose(f);
	return attached ? 0 : EINVAL;
}

static int judge(const struct seccomp_notif *n)
{
	const pid_t pid = (pid_t)n->pid;
	const uint64_t *arg = (const uint64_t *)n->data.args;

	switch (n->data.nr) {
#if defined SYS_open
	case SYS_open:
		return judge_path(pid, arg[0]);
#endif
	case SYS_openat:
		return judge_path(pid, arg[1]);
	case SYS_bpf:
		return judge_bpf(pid, arg);
	case NR_OPENAT2:
		return judge_openat2(pid, arg);
	case NR_CLONE3:
		return judge_clone3(pid, arg);
	case NR_MOUNT_SETATTR:
		return judge_mount_setattr(pid, arg);
	case NR_OPEN_TREE:
		return judge_place(pid, (int)arg[0], arg[1]);
	case NR_MOVE_MOUNT:
		return judge_place(pid, (int)arg[2], arg[3]);
	}
	return 0;
}

static void answer(int listener)
{
	struct seccomp_notif n;
	struct seccomp_notif_resp r;

	memset(&n, 0, sizeof n); /* the kernel looks */
	memset(&r, 0, sizeof r);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
		return; /* ENOENT: it was killed meanwhile */
	int no = judge(&n);
	r.id = n.id;
	r.error = -no;
	r.flags = no ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r); /* the same */
}

static int serve(int listener, int pidfd, pid_t child)
{
	int status;
	struct pollfd p[] = { { .fd = pidfd, .events = POLLIN },
		              { .fd = listener, .events = POLLIN } };

	while (poll(p, 2, -1) < 0 || !p[0].revents)
		if (p[1].revents & POLLIN)
			answer(listener);
	if (waitpid(child, &status, 0) < 0)
		die("wait: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the start ---- */

static _Noreturn void run_command(struct program *p, int sock, char **argv)
{
	char taken;
	int listener = install(p);

	/* Close-on-exec here: with old_kernel gone, nobody waits for an answer. */
	if (write(sock, &listener, sizeof listener) < 0 || read(sock, &taken, 1) != 1)
		die("cannot hand over the listener");
	execvp(argv[0], argv);
	die("%s: %s", argv[0], strerror(errno));
}

static int take_listener(int sock, int pidfd)
{
	int theirs;

	if (read(sock, &theirs, sizeof theirs) != sizeof theirs)
		exit(99); /* the child has said why */
	int fd = (int)syscall(NR_PIDFD_GETFD, pidfd, theirs, 0);
	if (fd < 0 || write(sock, "", 1) != 1)
		die("take the listener: %s", strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	static struct program p;
	char *missing = strdup("");
	int i = 1, major, minor, sock[2];

	for (; i < argc && strchr(argv[i], '='); i++) {
		if (sscanf(argv[i], "linux=%d.%d", &major, &minor) == 2)
			version = V(major, minor);
		else if (!strncmp(argv[i], "without=", 8))
			missing = argv[i] + 8;
		else
			die("%s is not known", argv[i]);
	}
	if (i == argc)
		die("usage: old_kernel [linux=5.10] [without=CALL,...] CMD [ARG...]");
	if (!NATIVE)
		die("not for this CPU");
	make_program(&p, missing);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock))
		die("socketpair: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child == 0)
		run_command(&p, sock[1], argv + i);
	close(sock[1]);
	int pidfd = (int)syscall(NR_PIDFD_OPEN, child, 0);
	if (pidfd < 0)
		die("pidfd_open: %s", strerror(errno));
	return serve(take_listener(sock[0], pidfd), pidfd, child);
}
