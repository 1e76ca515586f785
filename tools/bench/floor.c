/*
 * floor ROOT CGROUP PROGRAM [ARG...]: what the kernel alone costs for the bench's container.
 *
 * It makes by hand what bundle.sh describes in config.json, with nothing parsed, checked,
 * recorded or made safe, in the fewest plain system calls:
 *
 *   parent  mkdir CGROUP -- clone3 -------------------------------------- wait -- rmdir CGROUP
 *                              `- child: mounts, /dev, masks, pivot_root, limits, exec
 *
 * Every runtime asks the kernel for at least this; its distance to the floor is its own doing.
 * Capabilities are not dropped here, so the floor is a little lower than the same container can be.
 * A step that fails ends the program with 125: a floor that silently did less would flatter nobody.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/sched.h is not there with plain musl-gcc, and clashes with sched.h where it is. */
#define FLAG_INTO_CGROUP 0x200000000ULL

struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	uint64_t stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

enum { EXIT_FLOOR = 125, EXIT_NOT_FOUND = 127 };

#define NO_SUID_DEV_EXEC (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct file_system {
	const char *where; /* below the new root, which is the working directory */
	const char *type;
	unsigned long flags;
	const char *data;
	bool make; /* the directory is on the fresh /dev: nobody has made it yet */
};

struct device {
	const char *where;
	unsigned int minor; /* all are of the kernel's "mem" major but tty */
	unsigned int major;
};

struct link {
	const char *target, *where;
};

/* clang-format off */
static const struct file_system file_systems[] = {
	{ "proc",          "proc",    NO_SUID_DEV_EXEC,      NULL,                   false },
	{ "dev",           "tmpfs",   MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k", false },
	{ "dev/pts",       "devpts",  MS_NOSUID | MS_NOEXEC,
	  "newinstance,ptmxmode=0666,mode=0620,gid=5", true },
	{ "dev/shm",       "tmpfs",   NO_SUID_DEV_EXEC,      "mode=1777,size=65536k", true },
	{ "dev/mqueue",    "mqueue",  NO_SUID_DEV_EXEC,      NULL,                   true },
	{ "sys",           "sysfs",   NO_SUID_DEV_EXEC | MS_RDONLY, NULL, false },
	{ "sys/fs/cgroup", "cgroup2", NO_SUID_DEV_EXEC | MS_RELATIME | MS_RDONLY, NULL, false },
};

static const struct device devices[] = {
	{ "dev/null", 3, 1 }, { "dev/zero", 5, 1 }, { "dev/full", 7, 1 },
	{ "dev/random", 8, 1 }, { "dev/urandom", 9, 1 }, { "dev/tty", 0, 5 },
};

static const struct link links[] = {
	{ "pts/ptmx", "dev/ptmx" }, { "/proc/self/fd", "dev/fd" },
	{ "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
	{ "/proc/self/fd/2", "dev/stderr" },
};

static const char *const read_only[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger",
};

static const char *const masked_files[] = {
	"proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list", "proc/timer_stats",
	"proc/sched_debug",
};

static const char *const masked_directories[] = {
	"proc/acpi", "proc/asound", "sys/firmware", "proc/scsi",
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void must(int rc, const char *what, const char *name)
{
	if (rc >= 0)
		return;
	dprintf(STDERR_FILENO, "floor: %s %s: %s\n", what, name, strerror(errno));
	_exit(EXIT_FLOOR);
}

/* True when done, false when this kernel has no such path: runtimes leave such a one out, too. */
static bool mount_if_there(const char *from, const char *where, const char *type,
			   unsigned long flags)
{
	int rc = mount(from, where, type, flags, NULL);

	if (rc < 0 && errno == ENOENT)
		return false;
	must(rc, "mount", where);
	return true;
}

static void mount_root(const char *root)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private", "/");
	must(mount(root, root, NULL, MS_BIND | MS_REC, NULL), "bind", root);
	must(chdir(root), "enter", root);
}

static void mount_file_systems(void)
{
	for (size_t i = 0; i < COUNT(file_systems); i++) {
		const struct file_system *fs = &file_systems[i];

		if (fs->make)
			must(mkdir(fs->where, 0755), "make", fs->where);
		must(mount(fs->type, fs->where, fs->type, fs->flags, fs->data), "mount", fs->where);
	}
}

static void fill_dev(void)
{
	umask(0);
	for (size_t i = 0; i < COUNT(devices); i++)
		must(mknod(devices[i].where, S_IFCHR | 0666,
			   makedev(devices[i].major, devices[i].minor)),
		     "make", devices[i].where);
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i].target, links[i].where), "link", links[i].where);
	umask(022);
}

static void protect_paths(void)
{
	for (size_t i = 0; i < COUNT(read_only); i++)
		if (mount_if_there(read_only[i], read_only[i], NULL, MS_BIND | MS_REC))
			must(mount(NULL, read_only[i], NULL,
				   MS_BIND | MS_REMOUNT | MS_RDONLY | NO_SUID_DEV_EXEC, NULL),
			     "make read-only", read_only[i]);
	for (size_t i = 0; i < COUNT(masked_files); i++)
		mount_if_there("dev/null", masked_files[i], NULL, MS_BIND);
	for (size_t i = 0; i < COUNT(masked_directories); i++)
		mount_if_there("tmpfs", masked_directories[i], "tmpfs", MS_RDONLY);
}

static void switch_root(void)
{
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root to", ".");
	must(umount2(".", MNT_DETACH), "detach", "the old root");
	must(chdir("/"), "enter", "/");
	must(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "make read-only", "/");
}

static void set_limits(void)
{
	const struct rlimit files = { .rlim_cur = 1024, .rlim_max = 1024 };

	must(sethostname("bench", strlen("bench")), "set", "host name");
	must(setrlimit(RLIMIT_NOFILE, &files), "set", "RLIMIT_NOFILE");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set", "no_new_privs");
}

static void run_child(const char *root, char **argv)
{
	char path[] = "PATH=/bin";
	char *env[] = { path, NULL };

	mount_root(root);
	mount_file_systems();
	fill_dev();
	protect_paths();
	switch_root();
	set_limits();
	execve(argv[0], argv, env);
	_exit(EXIT_NOT_FOUND);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		dprintf(STDERR_FILENO, "usage: floor ROOT CGROUP PROGRAM [ARG...]\n");
		return EXIT_FLOOR;
	}
	const char *cgroup = argv[2];

	must(mkdir(cgroup, 0755), "make", cgroup);
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(fd, "open", cgroup);
	struct clone_arguments how = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | FLAG_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)fd,
	};
	pid_t child = (pid_t)syscall(SYS_clone3, &how, sizeof how);

	must(child, "clone3 into", cgroup);
	if (child == 0)
		run_child(argv[1], argv + 3);

	int status;

	must(waitpid(child, &status, 0), "wait for", argv[3]);
	must(rmdir(cgroup), "remove", cgroup);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FLOOR;
}
