/*
 * mount_change.c - flags of mounts that are attached, by remounts: what mount_setattr(2) does to
 * detached ones since Linux 5.12, and to a whole tree in one step.
 *
 * For a tree, mountinfo says which mounts are below. Only their places are taken from it: each is
 * opened below the top, and must be the mount that was meant.
 */
#define _GNU_SOURCE
#include "kernel/mount.h"

#include "base/decimal.h"
#include "base/fd.h"
#include "base/own.h"
#include "kernel/mountinfo.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#define ATIME (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

/* As mount(2) takes them: a remount drops what it does not name. */
static unsigned long flags_now(int fd)
{
	enum { RELATIME = 0x1000, NOSYMFOLLOW = 0x2000 }; /* ST_*, statfs(2) */
	const unsigned long same =
	    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return 0;
	unsigned long has = (unsigned long)fs.f_flags, flags = has & same;
	if (!(has & MS_NOATIME))
		flags |= has & RELATIME ? MS_RELATIME : MS_STRICTATIME;
	return flags | (has & NOSYMFOLLOW ? MOUNT_NOSYMFOLLOW : 0);
}

/*
 * A procfs of our own, whose content nobody can replace; where that is not permitted (a user
 * namespace with the host's pid namespace), the mounted one.
 */
static int open_proc(void)
{
	own_fd fs = sys_fsopen("proc");
	struct statfs is;

	if (fs >= 0 && !sys_fsconfig_create(fs))
		return sys_fsmount(fs, 0);
	own_fd fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &is) < 0)
		return -1;
	if (is.f_type != PROC_SUPER_MAGIC) {
		errno = EPERM;
		return -1;
	}
	return own_fd_take(&fd);
}

/* A file's mount can be named only as a link in /proc/self/fd. */
static int change_file(int at, unsigned long flags, const char *data)
{
	char name[32];
	own_fd proc = open_proc();

	if (proc < 0 || fchdir(proc) < 0)
		return -1;
	snprintf(name, sizeof name, "self/fd/%d", at);
	return mount(NULL, name, NULL, flags, data);
}

int mount_change(int at, unsigned long flags, const char *data)
{
	if (fchdir(at) == 0)
		return mount(NULL, ".", NULL, flags, data);
	return errno == ENOTDIR ? change_file(at, flags, data) : -1;
}

int mount_change_flags(int at, unsigned long set, unsigned long clear)
{
	unsigned long flags = flags_now(at);

	if ((set | clear) & ATIME)
		flags &= ~ATIME;
	flags = (flags & ~clear) | set;
	if (!(flags & ATIME))
		flags |= MS_RELATIME; /* named, or the kernel keeps what was */
	return mount_change(at, MS_REMOUNT | MS_BIND | flags, NULL);
}

const char *mount_no_room(int no)
{
	return no == ENOSPC ? ": more mounts at a time than user.max_mnt_namespaces allows" : "";
}

int mount_attach_node(int tree, int dir, const char *name)
{
	static const struct sys_mount_attr read_only = { .attr_set = SYS_MOUNT_ATTR_RDONLY };

	if (sys_move_mount(tree, dir, name) < 0)
		return -1;
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH, &read_only) == 0)
		return 0;
	return errno == ENOSYS && mount_change_flags(tree, MS_RDONLY, 0) == 0 ? 1 : -1;
}

struct tree {
	struct arena *arena;
	int proc;
	struct mountinfo *lines;
	bool *below; /* of each line: is it below the top? */
	size_t n;
};

/* -1: unknown */
static int mount_id(int proc, int fd)
{
	char name[32], text[512];
	uint64_t id;

	snprintf(name, sizeof name, "self/fdinfo/%d", fd);
	if (fd_read_start(proc, name, text, sizeof text) > 0) {
		const char *at = strstr(text, "mnt_id:");
		if (at && decimal_row(at + strlen("mnt_id:"), 1, &id))
			return (int)id;
	}
	return -1;
}

static int read_lines(struct tree *t)
{
	if (mountinfo_read(t->arena, t->proc, &t->lines, &t->n) < 0)
		return -1;
	t->below = arena_array(t->arena, t->n, sizeof *t->below);
	return 0;
}

static const struct mountinfo *find_line(const struct tree *t, int id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->lines[i].id == id)
			return &t->lines[i];
	return NULL;
}

/* Marks what is below the top, however the lines are ordered. */
static void mark_below(struct tree *t, const struct mountinfo *top)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < t->n; i++) {
			const struct mountinfo *l = &t->lines[i];
			const struct mountinfo *parent =
			    t->below[i] ? NULL : find_line(t, l->parent);
			if (!parent || l == top || !(parent == top || t->below[parent - t->lines]))
				continue;
			t->below[i] = more = true;
		}
	}
}

/* The root of the mount of that line; -1 when something covers it, or it was moved. */
static int open_below(const struct tree *t, int at, const struct mountinfo *top,
                      const struct mountinfo *l)
{
	size_t n = strcmp(top->path, "/") ? strlen(top->path) : 0;

	if (strncmp(l->path, top->path, n) != 0 || l->path[n] != '/')
		return -1;
	own_fd fd = sys_openat2(at, l->path + n + 1, O_PATH, 0,
	                        SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS);
	return fd >= 0 && mount_id(t->proc, fd) == l->id ? own_fd_take(&fd) : -1;
}

static int change_below(struct tree *t, int at, unsigned long set, unsigned long clear)
{
	if (t->proc < 0 || read_lines(t) < 0)
		return -1;
	const struct mountinfo *top = find_line(t, mount_id(t->proc, at));
	if (top)
		mark_below(t, top);
	for (size_t i = 0; top && i < t->n; i++) {
		if (!t->below[i])
			continue;
		own_fd fd = open_below(t, at, top, &t->lines[i]);
		if (fd < 0) {
			top = NULL;
			break;
		}
		if (mount_change_flags(fd, set, clear) < 0)
			return -1;
	}
	if (top)
		return 0;
	errno = EBUSY;
	return -1;
}

int mount_change_tree(int at, unsigned long set, unsigned long clear)
{
	struct arena a = { 0 };
	own_fd proc = open_proc();
	struct tree t = { .arena = &a, .proc = proc };
	int r = change_below(&t, at, set, clear), no = errno;

	arena_free(&a);
	errno = no;
	return r < 0 ? -1 : mount_change_flags(at, set, clear);
}
