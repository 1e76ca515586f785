/*
 * template_seccomp.c - the built-in system call policy, by purpose.
 *
 * Three answers:
 * - ALLOW: what programs use, and what the kernel itself guards by capability or by owner.
 * - EPERM: what is known and refused: a program that handles "not permitted" is told so.
 * - ENOSYS: everything else, that is, newer than this table or long gone. It is podman's choice
 * too: a C library that tries a new call and gets EPERM believes that the user lacks a right, and
 * gives up; with ENOSYS it takes its older way (clone instead of clone3, and so on).
 *
 * One table for every CPU: a name that a CPU does not have costs nothing there. The names with 64
 * or time64 are what 32-bit arm and x86 use since time_t has 64 bits.
 */
#define _GNU_SOURCE
#include "spec/template.h"

#include "base/bits.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>

/* clang-format off */
static const char allowed[] =
	/* data of open files */
	"open openat openat2 creat close close_range read write readv writev pread64 pwrite64 "
	"preadv pwritev preadv2 pwritev2 lseek _llseek sendfile sendfile64 splice tee "
	"copy_file_range fallocate truncate truncate64 ftruncate ftruncate64 fsync fdatasync sync "
	"syncfs sync_file_range sync_file_range2 arm_sync_file_range readahead fadvise64 "
	"fadvise64_64 arm_fadvise64_64 cachestat flock fcntl fcntl64 dup dup2 dup3 pipe pipe2 "
	"ioctl "
	/* names, metadata */
	"stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx statfs statfs64 "
	"fstatfs fstatfs64 access faccessat faccessat2 chmod fchmod fchmodat fchmodat2 chown "
	"chown32 fchown fchown32 lchown lchown32 fchownat link linkat symlink symlinkat readlink "
	"readlinkat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir mknod mknodat "
	"getdents getdents64 readdir utime utimes futimesat utimensat utimensat_time64 umask "
	"chdir fchdir getcwd chroot name_to_handle_at setxattr lsetxattr fsetxattr setxattrat "
	"getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat "
	"removexattr lremovexattr fremovexattr removexattrat inotify_init inotify_init1 "
	"inotify_add_watch inotify_rm_watch fanotify_mark "
	/* waiting for descriptors, asynchronous I/O */
	"poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create "
	"epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 "
	"eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_settime64 "
	"timerfd_gettime timerfd_gettime64 timerfd io_setup io_destroy io_submit io_cancel "
	"io_getevents io_pgetevents io_pgetevents_time64 "
	/* memory */
	"brk mmap mmap2 munmap mprotect mremap msync madvise mincore mlock mlock2 mlockall "
	"munlock munlockall mseal memfd_create memfd_secret membarrier remap_file_pages "
	"map_shadow_stack pkey_alloc pkey_free pkey_mprotect "
	/* processes and threads; clone has rules of its own below */
	"fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid "
	"getpgid setpgid getpgrp getsid setsid prctl arch_prctl seccomp getrlimit setrlimit "
	"ugetrlimit prlimit64 getrusage times set_tid_address set_robust_list get_robust_list "
	"rseq restart_syscall set_thread_area get_thread_area set_tls modify_ldt uname sysinfo "
	"getcpu getpriority setpriority ioprio_get ioprio_set futex futex_time64 futex_waitv "
	"futex_wait futex_wake futex_requeue pidfd_open pidfd_send_signal pidfd_getfd "
	"process_mrelease landlock_create_ruleset landlock_add_rule landlock_restrict_self "
	"cacheflush breakpoint riscv_flush_icache riscv_hwprobe "
	/* tracing one's own processes: the kernel (since 4.8) no longer lets it slip past seccomp */
	"ptrace process_vm_readv process_vm_writev "
	/* scheduling */
	"sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr "
	"sched_getparam sched_setparam sched_getscheduler sched_setscheduler "
	"sched_get_priority_max sched_get_priority_min sched_rr_get_interval "
	"sched_rr_get_interval_time64 "
	/* signals */
	"kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend "
	"rt_sigtimedwait rt_sigtimedwait_time64 rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn "
	"sigaction sigprocmask sigpending sigsuspend sigreturn sigaltstack signal pause alarm "
	"getitimer setitimer "
	/* time; setting the clock wants CAP_SYS_TIME, reading through adjtimex does not */
	"time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 "
	"clock_nanosleep clock_nanosleep_time64 nanosleep adjtimex clock_adjtime clock_adjtime64 "
	"timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime "
	"timer_settime64 "
	/* users, groups, capabilities */
	"getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid "
	"getresuid32 getresgid getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 "
	"setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid setresgid32 "
	"setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset "
	/* sockets; socket has a rule of its own, which socketcall of 32-bit x86 does not see */
	"socketcall socketpair bind listen accept accept4 connect getsockname getpeername "
	"getsockopt setsockopt shutdown send sendto sendmsg sendmmsg recv recvfrom recvmsg "
	"recvmmsg recvmmsg_time64 "
	/* System V and POSIX IPC */
	"ipc msgget msgsnd msgrcv msgctl semget semop semctl semtimedop semtimedop_time64 shmget "
	"shmat shmdt shmctl mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive "
	"mq_timedreceive_time64 mq_notify mq_getsetattr "
	/* random numbers */
	"getrandom";

static const char refused[] =
	/* mounts and namespaces */
	"mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick "
	"pivot_root unshare setns open_by_handle_at quotactl quotactl_fd fanotify_init "
	/* the kernel itself: modules, kexec, power, swap, clock, names, accounting, logs */
	"init_module finit_module delete_module create_module query_module get_kernel_syms "
	"kexec_load kexec_file_load reboot swapon swapoff clock_settime clock_settime64 "
	"settimeofday stime sethostname setdomainname acct syslog vhangup bpf perf_event_open "
	"lookup_dcookie nfsservctl "
	/* hardware */
	"ioperm iopl vm86 vm86old pciconfig_iobase pciconfig_read pciconfig_write "
	/* keys of the user, which has no namespace */
	"keyctl add_key request_key "
	/* where other processes' memory lies, and comparing their kernel objects */
	"get_mempolicy set_mempolicy set_mempolicy_home_node mbind migrate_pages move_pages kcmp "
	"process_madvise "
	/* a history of holes, and rarely needed */
	"userfaultfd vmsplice io_uring_setup io_uring_enter io_uring_register "
	/* obsolete */
	"bdflush nice oldfstat oldlstat oldstat olduname oldolduname sgetmask ssetmask "
	"swapcontext sysfs _sysctl syscall uselib ustat";
/* clang-format on */

/* Refused to clone. clone3 hides its flags in memory, where no filter sees them: it is ENOSYS. */
#define CLONE_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)

enum { NAME_SIZE = 12 };

/* A call that is allowed when argument 0 compares true; rows for one call are alternatives. */
/* clang-format off */
#define WHEN(name, compare, one, two) \
	{ name, { .op = SPEC_CMP_##compare + FITS(name, NAME_SIZE), .value = one, .value_two = two } }

static const struct {
	char name[NAME_SIZE];
	struct spec_seccomp_arg arg;
} conditions[] = {
	WHEN("clone", MASKED_EQ, CLONE_NAMESPACES, 0),
	/* AF_VSOCK talks to the hypervisor, past every network namespace. */
	WHEN("socket", NE, AF_VSOCK, 0),
	WHEN("personality", EQ, PER_LINUX, 0),
	WHEN("personality", EQ, PER_LINUX32, 0),
	WHEN("personality", EQ, UNAME26, 0),
	WHEN("personality", EQ, UNAME26 | PER_LINUX32, 0),
	WHEN("personality", EQ, 0xffffffff, 0), /* only asks */
};
/* clang-format on */

enum { N_CONDITIONS = sizeof conditions / sizeof *conditions };

/* What a CPU runs beside its own architecture. x32 is left out: nearly no kernel has it on. */
static const char *const archs[] = {
#if defined __x86_64__
	"SCMP_ARCH_X86_64",
	"SCMP_ARCH_X86",
#elif defined __aarch64__
	"SCMP_ARCH_AARCH64",
	"SCMP_ARCH_ARM",
#endif
	NULL,
};

static void make_archs(struct arena *a, struct spec_seccomp *s)
{
	s->architectures = arena_array(a, sizeof archs / sizeof *archs, sizeof *s->architectures);
	for (size_t i = 0; archs[i]; i++)
		s->architectures[s->n_architectures++] = arena_strdup(a, archs[i]);
}

/* All names of a list as one rule. */
static void add_names(struct arena *a, const char *list, int action, struct spec_seccomp *s)
{
	struct spec_seccomp_rule *r = &s->syscalls[s->n_syscalls++];
	char *state, *text = arena_strdup(a, list);
	size_t words = 1;

	for (const char *p = list; *p; p++)
		words += *p == ' ';
	r->action = action;
	r->names = arena_array(a, words + 1, sizeof *r->names);
	for (char *w = strtok_r(text, " ", &state); w; w = strtok_r(NULL, " ", &state))
		r->names[r->n_names++] = w;
}

static void add_condition(struct arena *a, size_t i, struct spec_seccomp *s)
{
	struct spec_seccomp_rule *r = &s->syscalls[s->n_syscalls++];

	r->action = SPEC_ACT_ALLOW;
	r->names = arena_array(a, 2, sizeof *r->names);
	r->names[r->n_names++] = arena_strdup(a, conditions[i].name);
	r->args = arena_alloc(a, sizeof *r->args);
	r->args[r->n_args++] = conditions[i].arg;
}

struct spec_seccomp *template_seccomp(struct arena *a)
{
	struct spec_seccomp *s = arena_alloc(a, sizeof *s);

	s->default_action = SPEC_ACT_ERRNO;
	s->default_errno_ret = (struct json_opt){ true, ENOSYS };
	make_archs(a, s);
	s->syscalls = arena_array(a, 2 + N_CONDITIONS, sizeof *s->syscalls);
	add_names(a, allowed, SPEC_ACT_ALLOW, s);
	add_names(a, refused, SPEC_ACT_ERRNO, s);
	for (size_t i = 0; i < N_CONDITIONS; i++)
		add_condition(a, i, s);
	return s;
}
