/*
 * mount.c - attaching the mounts of config.json below the container's root, by descriptors.
 *
 * The usual new instance costs three calls: openat2(root, target), fchdir(target), mount(type,
 * "."). Where the target lies directly in a tmpfs that we have just made (/dev), nobody else can
 * put a symlink, so plain names do: mkdir, mount. The same in a sysfs of ours, whose names are the
 * kernel's.
 */
#define _GNU_SOURCE
#include "kernel/mount.h"

#include "base/own.h"
#include "base/path.h"
#include "kernel/copy_up.h"
#include "kernel/mount_fs.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

enum { DESCRIPTORS_MANY = 64 }; /* so many entries are not left to the close_range of init */

#define RESOLVE_ROOT  (SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS)
#define RESOLVE_PLAIN (SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_SYMLINKS)

static bool is_type(const struct mount_entry *m, const char *type)
{
	return m->way == MOUNT_WAY_PLAIN && !strcmp(m->type, type);
}

/* A tmpfs of ours that holds only what we put there. */
static bool is_fresh(const struct mount_entry *m)
{
	return m && m->top >= 0 && is_type(m, "tmpfs") && !m->o.copy_up;
}

static const char *below(const struct mount_entry *m)
{
	return m->clean + strlen(m->parent->clean) + 1;
}

/*
 * ".." of a root steps onto the mount on top of it (path_resolution(7)), and RESOLVE_IN_ROOT makes
 * the working directory the root: no name is looked up.
 */
int mount_open_top(void)
{
	return sys_openat2(AT_FDCWD, "..", O_PATH | O_DIRECTORY, 0, SYS_RESOLVE_IN_ROOT);
}

/*
 * Procfs and sysfs must not be mounted through a symlink: what we later write to, mask or trust
 * there would be elsewhere (CVE-2019-19921, CVE-2023-27561). The same for /dev (CVE-2026-41579).
 */
static bool wants_ordinary(const struct mount_entry *m)
{
	return is_type(m, "proc") || is_type(m, "sysfs") || !strcmp(m->clean, "proc") ||
	       !strcmp(m->clean, "sys") || !strcmp(m->clean, "dev");
}

static int not_ordinary(const struct mount_entry *m, struct err *e)
{
	return err_set(e, 0, "filesystem \"%s\" must be mounted on ordinary directory: /%s",
	               m->type ? m->type : "bind", m->clean);
}

static bool is_directory(const struct mount_entry *m)
{
	struct stat st;

	return m->way != MOUNT_WAY_TREE || (fstat(m->tree, &st) == 0 && S_ISDIR(st.st_mode));
}

static int make_target(struct mount_entry *m, int root, struct err *e)
{
	m->made = true;
	return is_directory(m) ? path_make_dir(root, m->clean, 0755, e)
	                       : path_make_file(root, m->clean, e);
}

static int find_ordinary(struct mount_entry *m, int root, struct err *e)
{
	const uint64_t how = SYS_RESOLVE_NO_SYMLINKS;
	int fd = sys_openat2(root, m->clean, O_PATH | O_DIRECTORY, 0, how);

	if (fd < 0 && errno == ENOENT) {
		own_fd made = make_target(m, root, e);
		if (made < 0)
			return -1;
		fd = sys_openat2(root, m->clean, O_PATH | O_DIRECTORY, 0, how);
	}
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return not_ordinary(m, e);
	return fd >= 0 ? fd : err_set(e, errno, "open /%s in the root", m->clean);
}

/*
 * A name can lead anywhere in the root by symlinks of the image: never to the root itself, nor into
 * a procfs unless the name is one of those that mount_prepare let through (CVE-2019-16884).
 */
static int check_target(const struct mount_entry *m, int target, int root, struct err *e)
{
	struct stat a, b;
	struct statfs fs;

	if (fstat(target, &a) < 0 || fstat(root, &b) < 0 || fstatfs(target, &fs) < 0)
		return err_set(e, errno, "look at /%s", m->clean);
	if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return err_set(e, 0, "\"/%s\" cannot be mounted because it leads to the root",
		               m->clean);
	if (fs.f_type == PROC_SUPER_MAGIC && strcmp(m->clean, "proc") &&
	    strncmp(m->clean, "proc/", 5))
		return err_set(e, 0, "\"/%s\" cannot be mounted because it is inside /proc",
		               m->clean);
	return 0;
}

/* Where symlinks, other mounts or missing directories are on the way. */
static int find_far(struct mount_entry *m, int root, struct err *e)
{
	own_fd fd = sys_openat2(root, m->clean, O_PATH, 0, RESOLVE_ROOT);

	if (fd < 0 && errno == ENOENT && m->way != MOUNT_WAY_REMOUNT) {
		fd = make_target(m, root, e);
		if (fd < 0)
			return -1;
	}
	if (fd < 0)
		return err_set(e, errno, "open /%s in the root", m->clean);
	return check_target(m, fd, root, e) < 0 ? -1 : own_fd_take(&fd);
}

static bool is_in_sysfs(const struct mount_entry *m)
{
	return m->parent && m->parent->top >= 0 && is_type(m->parent, "sysfs");
}

/* Within one file system and without a symlink there is nothing to check afterwards. */
static int find_target(struct mount_entry *m, int root, struct err *e)
{
	m->target = is_in_sysfs(m) ? sys_openat2(m->parent->top, below(m), O_PATH, 0, RESOLVE_PLAIN)
	                           : sys_openat2(root, m->clean, O_PATH, 0, RESOLVE_PLAIN);
	if (m->target < 0)
		m->target = wants_ordinary(m) ? find_ordinary(m, root, e) : find_far(m, root, e);
	return m->target < 0 ? -1 : 0;
}

static int attach_failed(const struct mount_entry *m, int no, struct err *e)
{
	struct stat a, b;

	/* The kernel says EINVAL; clients look for "not a directory". */
	if (no == EINVAL && fstat(m->tree, &a) == 0 && fstat(m->target, &b) == 0 &&
	    S_ISDIR(a.st_mode) != S_ISDIR(b.st_mode))
		no = ENOTDIR;
	return err_set(e, no, "mount %s on /%s", m->source ? m->source : m->type, m->clean);
}

static int set_propagation(const struct mount_entry *m, int at, struct err *e)
{
	if (m->o.propagation && mount_change(at, m->o.propagation, NULL) < 0)
		return err_set(e, errno, "set the propagation of /%s", m->clean);
	return 0;
}

/* As dress_tree of mount_prepare.c, before anything is below that must not pass. */
static int link_late(const struct mount_entry *m)
{
	unsigned long link = m->o.propagation ? m->o.propagation : MS_REC | MS_PRIVATE;

	if (m->cut && mount_change(m->tree, MS_REC | MS_SLAVE, NULL) < 0)
		return -1;
	return mount_change(m->tree, link, NULL);
}

/* What mount_setattr would have done to the detached tree (Linux 5.12). */
static int set_late(const struct mount_entry *m, struct err *e)
{
	const struct mount_options *o = &m->o;
	bool stand_in = m->way == MOUNT_WAY_PLAIN; /* open_instead: its flags are for all of it */
	unsigned long set = o->set, clear = o->clear, all = o->set_all | (stand_in ? set : 0);

	if (link_late(m) < 0)
		return err_set(e, errno, "set the propagation of /%s", m->clean);
	if (!o->recursive && !stand_in) {
		set |= o->set_all;
		clear |= o->clear_all;
	} else if ((all | o->clear_all) && mount_change_tree(m->tree, all, o->clear_all) < 0) {
		return err_set(e, errno, "set the flags of /%s and what is below", m->clean);
	}
	if ((set | clear) && mount_change_flags(m->tree, set, clear) < 0)
		return err_set(e, errno, "set the flags of /%s", m->clean);
	return 0;
}

static int attach_tree(const struct mount_entry *m, struct err *e)
{
	if (sys_move_mount(m->tree, m->target, "") < 0)
		return attach_failed(m, errno, e);
	return m->late ? set_late(m, e) : 0;
}

/*
 * Comma-separated data without its "gid=": a user namespace may not have the group that the
 * configuration names.
 */
static void drop_gid(const char *data, char *out, size_t size)
{
	size_t n = 0;

	for (const char *p = data; *p; p += *p == ',') {
		size_t len = strcspn(p, ",");
		if (strncmp(p, "gid=", 4) != 0 && n + len + 2 < size) {
			n += n ? (size_t)(stpcpy(out + n, ",") - (out + n)) : 0;
			memcpy(out + n, p, len);
			n += len;
		}
		p += len;
	}
	out[n] = '\0';
}

static int attach_nodes(struct mount_entry *m, struct err *e)
{
	if (attach_tree(m, e) < 0)
		return -1;
	m->top = own_fd_take(&m->tree);
	return set_propagation(m, m->top, e);
}

static bool is_cgroup(const struct mount_entry *m)
{
	return is_type(m, "cgroup") || is_type(m, "cgroup2");
}

/* mount(2) of a new instance on `where`, relative to the working directory. -1 and errno. */
static int mount_new(const struct mount_entry *m, const char *where, const char *data)
{
	bool v1 = is_type(m, "cgroup"); /* cgroup v1's options mean nothing to v2 */
	unsigned long flags = m->o.set | m->o.set_all;
	char rest[MOUNT_DATA_MAX + 1];

	if (m->seal)
		flags &= ~(unsigned long)MS_RDONLY;
	int r = mount(m->source, where, v1 ? "cgroup2" : m->type, flags, v1 ? NULL : data);
	if (r < 0 && errno == EINVAL && is_type(m, "devpts") && mount_data_find(data, "gid")) {
		drop_gid(data, rest, sizeof rest);
		r = mount(m->source, where, m->type, flags, rest);
	}
	return r;
}

/* A tmpfs takes the mode of the image's directory that it covers, unless it is told one. */
static const char *tmpfs_data(const struct mount_entry *m, char *buf, size_t size)
{
	struct stat st;

	if (m->made || !is_type(m, "tmpfs") || mount_data_find(m->o.data, "mode") ||
	    fstat(m->target, &st) < 0)
		return m->o.data;
	snprintf(buf, size, "mode=%04o%s%s", (unsigned)st.st_mode & 07777, m->o.data ? "," : "",
	         m->o.data ? m->o.data : "");
	return buf;
}

/* In the working directory, which the new mount covers: what comes after it. */
static int finish_new(struct mount_entry *m, struct err *e)
{
	if (!m->keep && !m->o.propagation && !m->o.copy_up)
		return 0;
	m->top = mount_open_top();
	if (m->top < 0)
		return err_set(e, errno, "open the new mount on /%s", m->clean);
	if (m->o.copy_up && copy_up(m->target, m->top, e) < 0)
		return err_ctx(e, "copy /%s into its tmpfs", m->clean);
	return set_propagation(m, m->top, e);
}

/*
 * mount(2) refuses a file system on the root of another mount of it, as the host's cgroup2 is when
 * all of the host's /sys is bound; move_mount(2) does not.
 */
static int attach_over_itself(struct mount_entry *m, struct err *e)
{
	struct mount_entry v2 = *m;

	v2.type = v2.source = "cgroup2";
	v2.o.data = NULL;
	own_fd fs = mount_fs_open(&v2, e);
	if (fs < 0)
		return -1;
	if (sys_move_mount(fs, m->target, "") < 0)
		return mount_new_failed(m, errno, e);
	return fchdir(fs) < 0 ? err_set(e, errno, "enter /%s", m->clean) : finish_new(m, e);
}

static int attach_plain(struct mount_entry *m, struct err *e)
{
	char buf[MOUNT_DATA_MAX + 32];

	if (fchdir(m->target) < 0)
		return err_set(e, errno, "enter /%s", m->clean);
	const char *data = tmpfs_data(m, buf, sizeof buf);
	if (mount_new(m, ".", data) == 0)
		return finish_new(m, e);
	if (m->tree >= 0 && (errno == EPERM || errno == EBUSY))
		return attach_tree(m, e);
	if (errno == EBUSY && is_cgroup(m))
		return attach_over_itself(m, e);
	return mount_new_failed(m, errno, e);
}

/* Directly in a tmpfs of ours. */
static int attach_in_fresh(struct mount_entry *m, struct err *e)
{
	const char *name = below(m);

	m->made = mkdir(name, 0755) == 0;
	if (!m->made && errno != EEXIST)
		return err_set(e, errno, "make directory /%s", m->clean);
	if (!m->made || m->o.propagation || m->keep) {
		m->target = openat(AT_FDCWD, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return m->target < 0 ? err_set(e, errno, "open /%s", m->clean) : attach_plain(m, e);
	}
	if (mount_new(m, name, m->o.data) < 0)
		return mount_new_failed(m, errno, e);
	return 0;
}

int mount_open_proc(struct mount_plan *p, struct err *e)
{
	const struct mount_entry fallback = { .clean = "proc",
		                              .type = "proc",
		                              .way = MOUNT_WAY_PLAIN };
	struct mount_entry *m = NULL;

	/*
	 * Through a read-only one sysctls could not be written, and fsmount knows MOUNT_NOSYMFOLLOW
	 * since Linux 5.14 only: then there are two.
	 */
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->entries[i].clean, "proc") && is_type(&p->entries[i], "proc") &&
		    !((p->entries[i].o.set | p->entries[i].o.set_all) &
		      (MS_RDONLY | MOUNT_NOSYMFOLLOW)))
			m = &p->entries[i];
	p->own_proc = mount_fs_open(m ? m : &fallback, e);
	if (m)
		m->own_proc = p->own_proc >= 0;
	return p->own_proc;
}

static int remount(const struct mount_entry *m, struct err *e)
{
	unsigned long flags = MS_REMOUNT | m->o.set | m->o.set_all | (m->o.bind ? MS_BIND : 0);

	if (mount_change(m->target, flags, m->o.data) < 0)
		return err_set(e, errno, "remount /%s", m->clean);
	return set_propagation(m, m->target, e);
}

static int attach_own_proc(const struct mount_plan *p, const struct mount_entry *m, struct err *e)
{
	if (sys_move_mount(p->own_proc, m->target, "") < 0)
		return err_set(e, errno, "mount proc on /%s", m->clean);
	return set_propagation(m, p->own_proc, e);
}

static int attach(const struct mount_plan *p, struct mount_entry *m, struct err *e)
{
	switch (m->way) {
	case MOUNT_WAY_TREE:
		return attach_tree(m, e);
	case MOUNT_WAY_PLAIN:
		if (m->nodes)
			return attach_nodes(m, e);
		if (m->tree >= 0 && p->bind_cgroup && is_cgroup(m))
			return attach_tree(m, e);
		return m->own_proc ? attach_own_proc(p, m, e) : attach_plain(m, e);
	case MOUNT_WAY_REMOUNT:
		break;
	}
	return remount(m, e);
}

/* Directly in a tmpfs of ours or anywhere in a sysfs, and not a thing that has to be bound. */
static bool is_near(const struct mount_entry *m)
{
	if (m->way != MOUNT_WAY_PLAIN || m->tree >= 0)
		return false;
	if (is_in_sysfs(m))
		return !m->o.propagation && !m->keep && !m->o.copy_up && !is_type(m, "tmpfs");
	return is_fresh(m->parent) && !strchr(below(m), '/');
}

static int attach_far(const struct mount_plan *p, struct mount_entry *m, int root, struct err *e)
{
	return find_target(m, root, e) < 0 ? -1 : attach(p, m, e);
}

/* What sysfs refuses is tried again the long way, which knows what to do about it or to say. */
static int attach_near(const struct mount_plan *p, struct mount_entry *m, int root, struct err *e)
{
	if (!is_in_sysfs(m))
		return attach_in_fresh(m, e);
	return mount_new(m, below(m), m->o.data) < 0 ? attach_far(p, m, root, e) : 0;
}

int mount_apply(struct mount_plan *p, int root, struct err *e)
{
	int cwd = -1; /* the tmpfs that is known to be the working directory */

	for (size_t i = 0; i < p->n; i++) {
		struct mount_entry *m = &p->entries[i];
		bool near = is_near(m);
		if (near && cwd != m->parent->top && fchdir(m->parent->top) < 0)
			return err_set(e, errno, "mounts[%zu]: enter /%s", i, m->parent->clean);
		if ((near ? attach_near : attach_far)(p, m, root, e) < 0)
			return err_ctx(e, "mounts[%zu]", i);
		cwd = near && m->target < 0 ? m->parent->top : -1;
		if (p->n > DESCRIPTORS_MANY) {
			own_fd_drop(&m->tree);
			own_fd_drop(&m->target);
		}
	}
	return 0;
}

int mount_seal(const struct mount_plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct mount_entry *m = &p->entries[i];
		unsigned long flags = MS_REMOUNT | MS_BIND | m->o.set | m->o.set_all;
		if (m->seal && mount_change(m->top, flags, NULL) < 0)
			return err_set(e, errno, "make /%s read-only", m->clean);
	}
	return 0;
}

int mount_share_again(const struct mount_plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct mount_entry *m = &p->entries[i];
		if (!(m->o.propagation & MS_SHARED))
			continue;
		own_fd root = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		own_fd at = sys_openat2(root, m->clean, O_PATH, 0, RESOLVE_ROOT);
		if (at < 0)
			return err_set(e, errno, "open /%s in the root", m->clean);
		if (set_propagation(m, at, e) < 0)
			return -1;
	}
	return 0;
}

const struct mount_entry *mount_at(const struct mount_plan *p, const char *clean)
{
	for (size_t i = p->n; i > 0; i--)
		if (!strcmp(p->entries[i - 1].clean, clean) &&
		    p->entries[i - 1].way != MOUNT_WAY_REMOUNT)
			return &p->entries[i - 1];
	return NULL;
}

int mount_nodes(const struct mount_plan *p)
{
	const struct mount_entry *m = mount_at(p, "dev");

	return m && m->nodes ? m->tree : -1;
}

bool mount_cgroup_is_writable(const struct mount_plan *p)
{
	const struct mount_entry *m = mount_at(p, "sys/fs/cgroup");

	return m && is_cgroup(m) && !((m->o.set | m->o.set_all) & MS_RDONLY);
}

int mount_top(const struct mount_plan *p, const char *clean, const char *type)
{
	const struct mount_entry *m = mount_at(p, clean);

	if (!m || !is_type(m, type))
		return -1;
	return m->own_proc ? p->own_proc : m->top;
}

void mount_plan_drop(struct mount_plan *p)
{
	own_fd_drop(&p->own_proc);
	for (size_t i = 0; i < p->n; i++) {
		own_fd_drop(&p->entries[i].tree);
		own_fd_drop(&p->entries[i].target);
		own_fd_drop(&p->entries[i].top);
	}
}
