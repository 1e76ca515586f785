/*
 * escape: tries to get out of a container's root. Every trick is a row of the table and a process
 * of its own; after each step it looks whether "/" or "." is the host's root. It changes nothing
 * there.
 *
 *   escape host DIR                      on the host: prints DEV:INO HANDLE of DIR, one word each
 *   escape tricks DEV:INO HANDLE         "held NAME" or "ESCAPED NAME STEP" for each trick
 *   escape masks FILE DIR                tries to unmask FILE and to make DIR writable, also as
 *                                        the owner of the mount namespace; "held" or "ESCAPED"
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TREE_CLONE = 1, TREE_RECURSIVE = 0x8000, FROM_EMPTY = 4, BENEATH = 0x200, DEEP = 64 };

static unsigned long long host_dev, host_ino;
static struct {
	struct file_handle h;
	unsigned char space[MAX_HANDLE_SZ];
} handle;

static void look_at(int dir, const char *path, const char *step)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) == 0 && st.st_dev == host_dev && st.st_ino == host_ino) {
		printf("ESCAPED at %s ", step);
		fflush(stdout);
		_exit(1);
	}
}

static void look(const char *step)
{
	look_at(AT_FDCWD, "/", step);
	look_at(AT_FDCWD, ".", step);
	look_at(AT_FDCWD, "..", step);
	for (int i = 0; i < DEEP; i++)
		if (chdir(".."))
			break;
	look_at(AT_FDCWD, ".", step);
}

static int own_ns(void)
{
	return open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
}

/* "/" of one's own mount namespace: by its file, and by a pidfd. */
static void rejoin(int ns, const char *step)
{
	(void)!setns(ns, CLONE_NEWNS);
	look(step);
	int pidfd = (int)syscall(434 /* pidfd_open */, getpid(), 0);
	(void)!setns(pidfd, CLONE_NEWNS);
	look(step);
	close(pidfd);
}

/* Takes away what "/" is, again and again. */
static void peel(void)
{
	int ns = own_ns();

	rejoin(ns, "setns");
	for (int i = 0; i < 4; i++) {
		(void)!umount2("/", MNT_DETACH);
		look("umount");
		rejoin(ns, "umount, setns");
	}
	close(ns);
}

static void fresh_dir(const char *path)
{
	(void)!mkdir(path, 0755);
	(void)!mount("escape", path, "tmpfs", 0, NULL);
}

static void walk_up(void)
{
	int top = open("/", O_RDONLY | O_DIRECTORY);

	(void)!mkdir("/tmp/jail", 0755);
	(void)!chroot("/tmp/jail");
	(void)!fchdir(top);
	look("chroot, ..");
	(void)!chroot(".");
	look("chroot .");
	peel();
}

static void proc_links(void)
{
	char path[300];
	DIR *d = opendir("/proc");

	for (struct dirent *p; d && (p = readdir(d));) {
		static const char *const names[] = { "root", "cwd", "root/..", "cwd/../../../.." };
		for (size_t i = 0; *p->d_name >= '1' && *p->d_name <= '9' && i < 4; i++) {
			snprintf(path, sizeof path, "/proc/%s/%s", p->d_name, names[i]);
			look_at(AT_FDCWD, path, "proc link");
			if (chdir(path) == 0)
				look("chdir to a proc link");
		}
	}
}

static void handles(void)
{
	static const char *const places[] = { "/", "/proc", "/dev", "/sys", "/tmp", "/dev/shm" };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int at = open(places[i], O_RDONLY | O_DIRECTORY);
		int fd = open_by_handle_at(at, &handle.h, O_RDONLY | O_DIRECTORY);
		if (fd >= 0)
			look_at(fd, ".", "open_by_handle_at");
	}
}

static void move_root(void)
{
	fresh_dir("/tmp/to");
	(void)!mkdir("/tmp/to/x", 0755);
	(void)!mount("/", "/tmp/to/x", NULL, MS_MOVE, NULL);
	look("move");
	int top = (int)syscall(428 /* open_tree */, AT_FDCWD, "/", 0);
	(void)!syscall(429 /* move_mount */, top, "", AT_FDCWD, "/tmp/to/x", FROM_EMPTY);
	look("move_mount");
	peel();
}

static void clone_root(void)
{
	fresh_dir("/tmp/to");
	(void)!mkdir("/tmp/to/x", 0755);
	(void)!mkdir("/tmp/to/y", 0755);
	int tree = (int)syscall(428, AT_FDCWD, "/", TREE_CLONE | TREE_RECURSIVE);
	look_at(tree, "..", "open_tree");
	if (tree >= 0 && fchdir(tree) == 0)
		look("open_tree");
	(void)!syscall(429, tree, "", AT_FDCWD, "/tmp/to/x", FROM_EMPTY);
	if (chdir("/tmp/to/x/..") == 0)
		look("open_tree, move_mount");
	(void)!mount("/", "/tmp/to/y", NULL, MS_BIND | MS_REC, NULL);
	if (chroot("/tmp/to/y") == 0)
		peel();
}

static void beneath_root(void)
{
	fresh_dir("/tmp/to");
	int tree = (int)syscall(428, AT_FDCWD, "/tmp/to", 0);
	(void)!syscall(429, tree, "", AT_FDCWD, "/", FROM_EMPTY | BENEATH);
	peel();
}

static void pivot(void)
{
	fresh_dir("/tmp/to");
	(void)!mkdir("/tmp/to/old", 0755);
	(void)!mkdir("/tmp/to/proc", 0755);
	(void)!mount("/proc", "/tmp/to/proc", NULL, MS_BIND | MS_REC, NULL);
	int ns = own_ns();
	if (syscall(SYS_pivot_root, "/tmp/to", "/tmp/to/old") == 0) {
		look("pivot_root");
		look_at(AT_FDCWD, "/old", "pivot_root");
		look_at(AT_FDCWD, "/old/..", "pivot_root");
		(void)!umount2("/old", MNT_DETACH);
	}
	rejoin(ns, "pivot_root, umount");
	for (int i = 0; i < 4; i++) {
		(void)!umount2("/", MNT_DETACH);
		rejoin(ns, "pivot_root, umount /");
	}
}

static void pivot_in_place(void)
{
	int ns = own_ns();

	fresh_dir("/tmp/to");
	(void)!chdir("/tmp/to");
	(void)!syscall(SYS_pivot_root, ".", ".");
	look("pivot_root in place");
	for (int i = 0; i < 4; i++) {
		(void)!umount2(".", MNT_DETACH);
		rejoin(ns, "pivot_root in place, umount");
	}
}

static void new_mounts(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		peel();
}

static void new_user(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
		peel();
}

/* The user namespace that owns the mount namespace, with all capabilities over it. */
static void owner_user(void)
{
	int ns = own_ns();
	int owner = ioctl(ns, NS_GET_USERNS);

	if (owner >= 0 && setns(owner, CLONE_NEWUSER) == 0)
		peel();
	if (owner >= 0 && unshare(CLONE_NEWNS) == 0)
		peel();
}

static void from_user_to_own(void)
{
	int ns = own_ns();

	if (unshare(CLONE_NEWUSER) == 0)
		peel();
	rejoin(ns, "setns from a user namespace");
}

static void shared(void)
{
	(void)!mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL);
	int ns = own_ns();
	if (unshare(CLONE_NEWNS) == 0) {
		(void)!umount2("/", MNT_DETACH);
		rejoin(ns, "umount of a peer");
		peel();
	}
}

/* clang-format off */
static const struct { const char *name; void (*run)(void); } tricks[] = {
	{ "proc_links",	proc_links },		{ "handles",	handles },
	{ "walk_up",	walk_up },		{ "new_mounts",	new_mounts },
	{ "new_user",	new_user },		{ "owner_user",	owner_user },
	{ "from_user",	from_user_to_own },	{ "move_root",	move_root },
	{ "clone_root",	clone_root },		{ "beneath",	beneath_root },
	{ "shared",	shared },		{ "pivot",	pivot },
	{ "in_place",	pivot_in_place },	{ "peel",	peel },
};
/* clang-format on */

static int in_child(void (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		run();
		_exit(0);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

/* All in the container's own mount namespace: those that break it come last. */
static int try_tricks(void)
{
	int escaped = 0;

	for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
		int status = in_child(tricks[i].run);
		escaped |= status != 0;
		printf("%s %s\n", status ? "" : "held", tricks[i].name);
		fflush(stdout);
	}
	return escaped;
}

/* ---- masks ---- */

static const char *masked, *readonly;

static int is_open(void)
{
	char c;
	struct statvfs fs;
	int fd = open(masked, O_RDONLY);

	return (fd >= 0 && read(fd, &c, 1) == 1) ||
	       (statvfs(readonly, &fs) == 0 && !(fs.f_flag & ST_RDONLY));
}

static void unmask(void)
{
	(void)!umount2(masked, MNT_DETACH);
	(void)!umount2(readonly, MNT_DETACH);
	(void)!mount(NULL, readonly, NULL, MS_REMOUNT | MS_BIND, NULL);
	(void)!umount2("/proc", MNT_DETACH);
	if (is_open()) {
		printf("ESCAPED ");
		fflush(stdout);
		_exit(1);
	}
}

static void unmask_inside(void)
{
	int owner = ioctl(own_ns(), NS_GET_USERNS);

	if (owner >= 0 && setns(owner, CLONE_NEWUSER) == 0)
		unmask();
}

static void unmask_as_owner(void)
{
	if (setresuid((uid_t)-2, (uid_t)-2, (uid_t)-2) == 0) {
		unmask();
		unmask_inside();
	}
}

static int try_masks(void)
{
	static void (*const ways[])(void) = { unmask, unmask_inside, unmask_as_owner };
	int escaped = 0;

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		escaped |= in_child(ways[i]) != 0;
	puts(escaped ? "" : "held");
	return escaped;
}

/* ---- the host's side ---- */

static int describe(const char *dir)
{
	struct stat st;
	int id;

	handle.h.handle_bytes = MAX_HANDLE_SZ;
	if (stat(dir, &st) || name_to_handle_at(AT_FDCWD, dir, &handle.h, &id, 0))
		return perror(dir), 1;
	printf("%llu:%llu %x.", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
	       (unsigned)handle.h.handle_type);
	for (unsigned i = 0; i < handle.h.handle_bytes; i++)
		printf("%02x", handle.h.f_handle[i]);
	putchar('\n');
	return 0;
}

static int read_handle(const char *word)
{
	char *hex;

	handle.h.handle_type = (int)strtoul(word, &hex, 16);
	for (hex += *hex == '.'; hex[0] && hex[1] && handle.h.handle_bytes < MAX_HANDLE_SZ;
	     hex += 2) {
		const char digits[] = { hex[0], hex[1], '\0' };
		handle.h.f_handle[handle.h.handle_bytes++] =
		    (unsigned char)strtoul(digits, NULL, 16);
	}
	return handle.h.handle_bytes > 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "host"))
		return describe(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "masks")) {
		masked = argv[2], readonly = argv[3];
		return try_masks();
	}
	if (argc == 4 && !strcmp(argv[1], "tricks") && read_handle(argv[3]) &&
	    sscanf(argv[2], "%llu:%llu", &host_dev, &host_ino) == 2)
		return try_tricks();
	fprintf(stderr, "escape: bad arguments\n");
	return 2;
}
