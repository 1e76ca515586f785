/*
 * device.c - device nodes and links in the container's /dev.
 *
 * In a tmpfs that we have mounted on /dev plain names do: nobody else can have put anything there.
 * Anywhere else each node is made below the descriptor of its parent directory, and what was made
 * is looked at again.
 */
#define _GNU_SOURCE
#include "kernel/device.h"

#include "base/bits.h"
#include "base/list.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/idmap.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { MODE_DEFAULT = 0666, PATH_SIZE = 13 };

/* OCI runtime spec, config-linux.md, "Default Devices". */
/* clang-format off */
#define DEVICE(path, major, minor) { path, major, minor + FITS(path, PATH_SIZE) }

static const struct {
	char path[PATH_SIZE];
	unsigned char major, minor;
} default_devices[] = {
	DEVICE("/dev/null",    1, 3),
	DEVICE("/dev/zero",    1, 5),
	DEVICE("/dev/full",    1, 7),
	DEVICE("/dev/random",  1, 8),
	DEVICE("/dev/urandom", 1, 9),
	DEVICE("/dev/tty",     5, 0),
};
/* clang-format on */

/* list.h; behind each name what it leads to. */
static const char links[] = "fd\0/proc/self/fd\0"
			    "stdin\0/proc/self/fd/0\0"
			    "stdout\0/proc/self/fd/1\0"
			    "stderr\0/proc/self/fd/2\0"
			    "ptmx\0pts/ptmx\0";

enum { N_DEFAULT = sizeof default_devices / sizeof *default_devices };

/* The directories that nodes are made in. */
struct place {
	int root;
	int dev; /* a tmpfs of ours on /dev; -1 */
};

static mode_t type_of(const struct spec_device *d)
{
	switch (d->type ? d->type[0] : 'c') {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default: /* c and its old name u; spec_load refuses the rest */
		return S_IFCHR;
	}
}

static mode_t mode_of(const struct spec_device *d)
{
	return d->file_mode.set ? (mode_t)d->file_mode.v & 07777 : MODE_DEFAULT;
}

static dev_t number_of(const struct spec_device *d)
{
	return type_of(d) == S_IFIFO ? 0 : makedev((unsigned)d->major, (unsigned)d->minor);
}

static bool matches(const struct spec_device *d, const struct stat *st)
{
	if ((st->st_mode & S_IFMT) != type_of(d))
		return false;
	return type_of(d) == S_IFIFO || st->st_rdev == number_of(d);
}

static int open_host_node(const struct spec_device *d, int *ret, struct err *e)
{
	struct stat st;

	if (type_of(d) == S_IFIFO)
		return 0;
	own_fd fd = sys_open_tree(AT_FDCWD, d->path, SYS_OPEN_TREE_CLONE);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "device %s: bind the host's%s", d->path,
		               mount_no_room(errno));
	if (!matches(d, &st))
		return err_set(e, 0, "device %s: the host's has another type or number", d->path);
	*ret = own_fd_take(&fd);
	return 0;
}

static bool dev_is_bound(const struct spec *s)
{
	bool bound = false;

	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];
		const char *d = m->destination;
		d += strspn(d, "/");
		if (strncmp(d, "dev", 3) != 0 || d[3 + strspn(d + 3, "/")] != '\0')
			continue;
		bound = m->type && !strcmp(m->type, "bind");
		for (size_t k = 0; k < m->n_options; k++)
			bound = bound || !strcmp(m->options[k], "bind") ||
			        !strcmp(m->options[k], "rbind");
	}
	return bound;
}

/*
 * A node of the host's devpts is of no use beside an own one, and one that is bound into a user
 * namespace does not give way to the link. podman lists it with --privileged.
 */
static bool becomes_link(const struct spec_device *d)
{
	return !strcmp(d->path, "/dev/ptmx");
}

/* The name of what lies directly in /dev, or NULL. */
static const char *name_in_dev(const char *path)
{
	const char *name = strncmp(path, "/dev/", 5) ? "" : path + 5;

	return !*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ? NULL
	                                                                                : name;
}

/* What is there now, by descriptor; it must be the device. */
static int open_made(const struct spec_device *d, int dir, const char *name, struct err *e)
{
	own_fd fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "open device %s", d->path);
	if (!matches(d, &st))
		return err_set(e, EEXIST, "device %s has another type or number", d->path);
	return own_fd_take(&fd);
}

/* 1: we may make none. In a directory of ours what we have made needs no second look. */
static int make_node(const struct spec_device *d, int dir, const char *name, bool ours,
                     struct err *e)
{
	const int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
	bool made = mknodat(dir, name, type_of(d) | mode_of(d), number_of(d)) == 0;
	own_fd fd = -1;

	if (!made && errno == EPERM)
		return 1;
	if (!made && errno != EEXIST)
		return err_set(e, errno, "make device %s", d->path);
	if (made && !d->uid && !d->gid)
		return 0;
	if (!made || !ours) {
		fd = open_made(d, dir, name, e);
		if (fd < 0)
			return -1;
	}
	if (made && fchownat(fd < 0 ? dir : fd, fd < 0 ? name : "", d->uid, d->gid, flags) < 0)
		return err_set(e, errno, "change the owner of device %s", d->path);
	return 0;
}

/* On the host, in the tmpfs that will be /dev. 1: not this one. */
static int make_outside(const struct spec_linux *l, const struct spec_device *d, int dev,
                        struct err *e)
{
	const struct idmap_list uids = { l->uid_mappings, l->n_uid_mappings },
				gids = { l->gid_mappings, l->n_gid_mappings };
	const char *name = name_in_dev(d->path);
	struct spec_device mapped = *d;

	if (dev < 0 || !name || idmap_to_host(&uids, d->uid, &mapped.uid) < 0 ||
	    idmap_to_host(&gids, d->gid, &mapped.gid) < 0)
		return 1;
	return make_node(&mapped, dev, name, true, e);
}

static int prepare_nodes(const struct spec_linux *l, struct device_plan *p, int dev, struct err *e)
{
	const mode_t mask = umask(0);
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n; i++) {
		const struct spec_device *d = &p->devices[i];
		r = make_outside(l, d, dev, e);
		if (r == 0)
			p->trees[i] = DEVICE_THERE;
		else if (r > 0)
			r = open_host_node(d, &p->trees[i], e);
	}
	umask(mask);
	return r;
}

int device_prepare(struct arena *a, const struct spec *s, bool bind,
                   const struct mount_plan *mounts, struct device_plan *ret, struct err *e)
{
	const struct spec_linux *l = s->linux_;
	struct spec_device *all = arena_array(a, N_DEFAULT + l->n_devices, sizeof *all);
	struct device_plan p = { .devices = all, .skip = dev_is_bound(s) };

	/* A configured device of the same path takes the place of a default one. */
	for (size_t i = 0; i < N_DEFAULT; i++) {
		bool given = false;
		for (size_t k = 0; k < l->n_devices; k++)
			given = given || !strcmp(l->devices[k].path, default_devices[i].path);
		if (!given)
			all[p.n++] = (struct spec_device){ .path = (char *)default_devices[i].path,
				                           .major = default_devices[i].major,
				                           .minor = default_devices[i].minor };
	}
	for (size_t k = 0; k < l->n_devices; k++)
		if (!becomes_link(&l->devices[k]))
			all[p.n++] = l->devices[k];
	if (!p.skip && (bind || spec_namespace(s, CLONE_NEWUSER))) {
		p.trees = arena_array(a, p.n, sizeof *p.trees);
		memset(p.trees, -1, p.n * sizeof *p.trees);
		if (prepare_nodes(l, &p, bind ? -1 : mount_nodes(mounts), e) < 0) {
			device_plan_drop(&p);
			return -1;
		}
	}
	*ret = p;
	return 0;
}

/*
 * Where the device goes: a plain name in our /dev, or the parent's descriptor, which *ret_own
 * closes.
 */
static int find_place(const struct place *at, const char *path, const char **ret_name, int *ret_own,
                      struct err *e)
{
	const char *name = at->dev < 0 ? NULL : name_in_dev(path);

	if (name) {
		*ret_name = name;
		return at->dev;
	}
	*ret_own = path_make_parent(at->root, path, ret_name, e);
	return *ret_own;
}

static int bind_node(const struct spec_device *d, int tree, int dir, const char *name,
                     struct err *e)
{
	if (mknodat(dir, name, S_IFREG, 0) < 0 && errno != EEXIST)
		return err_set(e, errno, "make a place for device %s", d->path);
	own_fd fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || mount_attach_node(tree, fd, "") < 0)
		return err_set(e, errno, "bind device %s", d->path);
	return 0;
}

/* Root of a user namespace that is not the container's own (a rootless engine's) makes none. */
static int bind_host_node(const struct spec_device *d, int dir, const char *name, struct err *e)
{
	int fd = -1;

	if (open_host_node(d, &fd, e) < 0)
		return -1;
	own_fd tree = fd;
	return tree < 0 ? err_set(e, EPERM, "make device %s", d->path)
	                : bind_node(d, tree, dir, name, e);
}

static int make_device(const struct device_plan *p, size_t i, const struct place *at, struct err *e)
{
	const struct spec_device *d = &p->devices[i];
	const char *name;
	own_fd own = -1;

	if (p->trees && p->trees[i] == DEVICE_THERE)
		return 0;
	int dir = find_place(at, d->path, &name, &own, e);

	if (dir < 0)
		return -1;
	if (p->trees && p->trees[i] >= 0)
		return bind_node(d, p->trees[i], dir, name, e);
	int r = make_node(d, dir, name, own < 0, e);
	return r > 0 ? bind_host_node(d, dir, name, e) : r;
}

/* A link that the image has already stays; but its ptmx would be one of another devpts. */
static int make_link(int dev, const char *name, const char *target)
{
	int r = symlinkat(target, dev, name);

	if (r == 0 || errno != EEXIST)
		return r;
	if (strcmp(name, "ptmx") != 0)
		return 0;
	return unlinkat(dev, name, 0) < 0 ? -1 : symlinkat(target, dev, name);
}

static int make_links(const struct place *at, struct err *e)
{
	own_fd own = -1;
	int dev = at->dev;

	if (dev < 0)
		dev = own = path_make_dir(at->root, "dev", 0755, e);
	if (dev < 0)
		return -1;
	for (const char *name = links, *target; *name; name = list_at(target, 1)) {
		target = list_at(name, 1);
		if (make_link(dev, name, target) < 0)
			return err_set(e, errno, "link /dev/%s to %s", name, target);
	}
	return 0;
}

int device_create(const struct device_plan *p, const struct mount_plan *mounts, int root,
                  struct err *e)
{
	const struct place at = { root, mount_top(mounts, "dev", "tmpfs") };

	if (p->skip)
		return 0;
	for (size_t i = 0; i < p->n; i++)
		if (make_device(p, i, &at, e) < 0)
			return -1;
	return make_links(&at, e);
}

void device_plan_drop(struct device_plan *p)
{
	for (size_t i = 0; p->trees && i < p->n; i++)
		own_fd_drop(&p->trees[i]);
}
