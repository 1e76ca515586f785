/*
 * mask.c - hiding paths and making them read-only, with as few calls as is safe.
 *
 * Nearly all of these paths lie in /proc and /sys, and every container has about fifteen of them.
 * In a procfs or sysfs that we have mounted ourselves all names and symlinks are the kernel's:
 * nobody can swap one, so names relative to that mount's descriptor do, with one mount(2) each:
 *
 *	the first file		move_mount of the host's /dev/null, cloned on the host
 *	the next ones		bind of the first, which is known to be that device
 *	the first directory	an empty read-only tmpfs
 *	the next ones		bind of it, or elsewhere a clone: all share one
 *
 * Only PID directories hold links that lead elsewhere (cwd, root, fd): they, and all other paths,
 * are resolved inside the root, and what was found is covered by its descriptor.
 */
#define _GNU_SOURCE
#include "kernel/mask.h"

#include "base/own.h"
#include "kernel/mount.h"
#include "sys/sys.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* A directory whose names are the kernel's, and the paths below it that are masks already. */
struct base {
	const char *prefix; /* "/proc/" */
	int fd;
	const char *file, *directory;
};

struct masks {
	const struct mask_place *at;
	struct base bases[2];
	int cwd;           /* the base that is the working directory, or -1 */
	int empty;         /* the root of the first mask of a directory that was resolved, or -1 */
	bool null_is_used; /* the clone of /dev/null is attached: more can be cloned from it */
};

static struct masks masks_at(const struct mask_place *m)
{
	return (struct masks){
		.at = m,
		.bases = { { "/proc/", m->proc, NULL, NULL }, { "/sys/", m->sys, NULL, NULL } },
		.cwd = -1,
		.empty = -1,
	};
}

/* No PID, "self" nor "thread-self" in front, and no "..", "." or empty component anywhere. */
static bool is_kernel_name(const char *name)
{
	if (isdigit((unsigned char)*name) || !strncmp(name, "self", 4) ||
	    !strncmp(name, "thread-self", 11))
		return false;
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (*p == '\0' || *p == '/' || *p == '.')
			return false;
	}
	return true;
}

/* The base that the path is below, entered, and the rest of it; NULL: it has to be resolved. */
static struct base *enter_base(struct masks *m, const char *path, const char **ret_name)
{
	for (struct base *b = m->bases; b < m->bases + 2; b++) {
		size_t n = strlen(b->prefix);
		if (b->fd < 0 || strncmp(path, b->prefix, n) != 0 || !is_kernel_name(path + n))
			continue;
		if (m->cwd != b->fd && fchdir(b->fd) < 0)
			return NULL;
		m->cwd = b->fd;
		*ret_name = path + n;
		return b;
	}
	return NULL;
}

static bool is_absent(int no)
{
	return no == ENOENT || no == ENOTDIR;
}

static int resolve(const struct masks *m, const char *path)
{
	return sys_openat2(m->at->root, path, O_PATH, 0,
	                   SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);
}

static int mount_empty(const char *where)
{
	return mount("tmpfs", where, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
	             "nr_inodes=1,nr_blocks=1");
}

/* /dev/null over name in dir, or over dir itself: the host's clone first, then clones of that. */
static int attach_null(struct masks *m, int dir, const char *name)
{
	int null = m->at->null;

	if (!m->null_is_used) {
		int r = mount_attach_node(null, dir, name);
		if (r < 0)
			return -1;
		if (r > 0)
			m->cwd = -1;
		m->null_is_used = true;
		return 0;
	}
	own_fd clone = sys_open_tree(null, "", SYS_OPEN_TREE_CLONE | (unsigned)AT_EMPTY_PATH);
	return clone < 0 ? -1 : sys_move_mount(clone, dir, name);
}

static int mask_base_file(struct masks *m, struct base *b, const char *name)
{
	if (b->file)
		return mount(b->file, name, NULL, MS_BIND, NULL);
	if (attach_null(m, b->fd, name) < 0)
		return -1;
	b->file = name;
	return 0;
}

static int mask_base_directory(struct masks *m, struct base *b, const char *name)
{
	(void)m;
	if (b->directory)
		return mount(b->directory, name, NULL, MS_BIND, NULL);
	if (mount_empty(name) < 0)
		return -1;
	b->directory = name;
	return 0;
}

/* What engines mask in /proc and is no file there: a first try that fails costs a call. */
static bool is_known_directory(const char *name)
{
	static const char *const names[] = { "acpi", "asound", "scsi" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* The kind is found out by trying: to the wrong one move_mount says EINVAL, mount ENOTDIR. */
static int mask_in_base(struct masks *m, struct base *b, const char *name)
{
	typedef int try_fn(struct masks *, struct base *, const char *);
	bool files_first = b == m->bases && !is_known_directory(name);
	try_fn *first = files_first ? mask_base_file : mask_base_directory;
	try_fn *second = files_first ? mask_base_directory : mask_base_file;

	if (first(m, b, name) == 0)
		return 0;
	return errno == ENOTDIR || errno == EINVAL ? second(m, b, name) : -1;
}

static int mask_directory(struct masks *m, int dir)
{
	m->cwd = -1;
	if (m->empty < 0) {
		if (fchdir(dir) < 0 || mount_empty(".") < 0)
			return -1;
		m->empty = mount_open_top();
		return m->empty < 0 ? -1 : 0;
	}
	own_fd clone = sys_open_tree(m->empty, "", SYS_OPEN_TREE_CLONE | (unsigned)AT_EMPTY_PATH);
	return clone < 0 ? -1 : sys_move_mount(clone, dir, "");
}

static int mask_resolved(struct masks *m, const char *path)
{
	own_fd fd = resolve(m, path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return attach_null(m, fd, "");
	return mask_directory(m, fd);
}

static int mask(struct masks *m, const char *path, struct err *e)
{
	const char *name;
	struct base *b = enter_base(m, path, &name);
	int r = b ? mask_in_base(m, b, name) : mask_resolved(m, path);

	return r < 0 && !is_absent(errno) ? err_set(e, errno, "mask %s", path) : 0;
}

static bool is_in_sys(const char *path)
{
	return !strncmp(path, "/sys/", 5);
}

static const struct sys_mount_attr read_only = { .attr_set = SYS_MOUNT_ATTR_RDONLY };

/* Before Linux 5.12, when it is attached. */
static int change_late(struct masks *m, int fd)
{
	m->cwd = -1;
	return mount_change_tree(fd, MS_RDONLY, 0);
}

static int readonly_in_base(struct masks *m, const char *name)
{
	if (mount(name, name, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	if (sys_mount_setattr(AT_FDCWD, name, SYS_AT_RECURSIVE, &read_only) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	own_fd fd = open(name, O_PATH | O_CLOEXEC);
	return fd < 0 ? -1 : change_late(m, fd);
}

static int readonly_resolved(struct masks *m, const char *path)
{
	const unsigned all = SYS_OPEN_TREE_CLONE | SYS_AT_RECURSIVE | (unsigned)AT_EMPTY_PATH;
	own_fd fd = resolve(m, path);

	if (fd < 0)
		return -1;
	own_fd tree = sys_open_tree(fd, "", all);
	if (tree < 0)
		return -1;
	int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | SYS_AT_RECURSIVE, &read_only);
	bool late = r < 0 && errno == ENOSYS;
	if ((r < 0 && !late) || sys_move_mount(tree, fd, "") < 0)
		return -1;
	return late ? change_late(m, tree) : 0;
}

static int readonly(struct masks *m, const char *path, struct err *e)
{
	const char *name;
	struct base *b = enter_base(m, path, &name);
	int r = b ? readonly_in_base(m, name) : readonly_resolved(m, path);

	return r < 0 && !is_absent(errno) ? err_set(e, errno, "make %s read-only", path) : 0;
}

int mask_apply(const struct mask_place *at, const struct spec_linux *l, struct err *e)
{
	struct masks m = masks_at(at);
	int failed = 0;

	for (size_t i = 0; !failed && i < l->n_readonly_paths; i++)
		failed = readonly(&m, l->readonly_paths[i], e);
	/* Those of /sys last: each change of the directory is a call. */
	for (int sys = 0; sys <= 1; sys++)
		for (size_t i = 0; !failed && i < l->n_masked_paths; i++)
			if (is_in_sys(l->masked_paths[i]) == sys)
				failed = mask(&m, l->masked_paths[i], e);
	own_fd_drop(&m.empty);
	return failed;
}
