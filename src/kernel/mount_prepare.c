/*
 * mount_prepare.c - what the host does for the container's mounts before clone: options parsed,
 * places checked, bind sources cloned into detached trees that already have their flags and
 * propagation.
 *
 * A detached tree is reached by its descriptor alone. So init needs no right on the host's
 * directories, and a source that is swapped for a symlink later is not looked at again.
 */
#define _GNU_SOURCE
#include "kernel/mount.h"

#include "base/list.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/idmap.h"
#include "kernel/mount_fs.h"
#include "kernel/userns.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

/* Their source is a mere name and their options hold no path. */
static const char plain_types[] = "proc\0sysfs\0tmpfs\0ramfs\0devpts\0mqueue\0cgroup\0cgroup2\0"
				  "bpf\0tracefs\0debugfs\0securityfs\0hugetlbfs\0";

/* What lxcfs and its like put over files of procfs; nothing else may be there. */
static const char proc_files[] = "proc/cpuinfo\0"
				 "proc/diskstats\0"
				 "proc/loadavg\0"
				 "proc/meminfo\0"
				 "proc/net/dev\0"
				 "proc/slabinfo\0"
				 "proc/stat\0"
				 "proc/swaps\0"
				 "proc/sys/crypto/fips_enabled\0"
				 "proc/sys/kernel/ns_last_pid\0"
				 "proc/uptime\0";

/* "/a//b/../c/" becomes "a/c". Lexical: symlinks are for the kernel to follow, inside the root. */
static char *clean_path(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 1);
	size_t n = 0;

	while (*path) {
		size_t len = strcspn(path, "/");
		if (len == 2 && !strncmp(path, "..", 2)) {
			while (n > 0 && out[n - 1] != '/')
				n--;
			n -= n > 0;
		} else if (len > 0 && !(len == 1 && *path == '.')) {
			if (n > 0)
				out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len + (path[len] == '/');
	}
	out[n] = '\0';
	return out;
}

static int set_attr(int tree, unsigned flags, unsigned long set, unsigned long clear,
                    unsigned long propagation)
{
	struct sys_mount_attr attr;
	bool any = mount_attr_fill(set, clear, &attr);

	attr.propagation = propagation & ~(unsigned long)MS_REC;
	if (!any && !attr.propagation)
		return 0;
	return sys_mount_setattr(tree, "", AT_EMPTY_PATH | flags, &attr);
}

/* Flags and propagation of a detached tree; r forms first: "rro,rw" leaves the top writable. */
static int dress_tree(const struct mount_entry *m, int tree)
{
	const struct mount_options *o = &m->o;
	unsigned long all = o->propagation & MS_REC ? o->propagation : 0;

	if (m->cut && set_attr(tree, SYS_AT_RECURSIVE, 0, 0, MS_SLAVE) < 0)
		return -1;
	if (!o->recursive)
		return set_attr(tree, 0, o->set | o->set_all, o->clear | o->clear_all,
		                o->propagation);
	if (set_attr(tree, SYS_AT_RECURSIVE, o->set_all, o->clear_all, all) < 0)
		return -1;
	return set_attr(tree, 0, o->set, o->clear, all ? 0 : o->propagation);
}

/* Before Linux 5.12 there is no mount_setattr, before 5.14 it does not know one of the flags. */
static bool becomes_late(struct mount_entry *m, int no)
{
	const struct mount_options *o = &m->o;
	bool has_newer = (o->set | o->clear | o->set_all | o->clear_all) & MOUNT_NOSYMFOLLOW;

	m->late = no == ENOSYS || (no == EINVAL && has_newer);
	return m->late;
}

/*
 * The clone is a peer of the host's mounts. What the last word on propagation leaves so, here or
 * below, becomes their slave first: shared is then shared within the container, unless the root is
 * to be shared as well.
 */
static bool wants_cut(const struct mount_options *o, bool peers)
{
	bool rest = o->recursive && !(o->propagation & MS_REC);

	return o->propagation & MS_SHARED ? !peers : rest;
}

static int clone_tree(struct mount_entry *m, int dir, const char *path, struct err *e)
{
	unsigned flags = SYS_OPEN_TREE_CLONE | (m->o.recursive ? SYS_AT_RECURSIVE : 0u) |
	                 (*path ? 0u : (unsigned)AT_EMPTY_PATH);

	m->tree = sys_open_tree(dir, path, flags);
	if (m->tree < 0)
		return err_set(e, errno, "bind source %s%s", m->source, mount_no_room(errno));
	/* Not a word on propagation: nothing passes between host and container, at no depth. */
	if (!m->o.propagation || m->o.propagation == MS_PRIVATE)
		m->o.propagation = MS_PRIVATE | MS_REC;
	m->cut = wants_cut(&m->o, m->peers);
	if (dress_tree(m, m->tree) < 0 && !becomes_late(m, errno))
		return err_set(e, errno, "set the options of %s", m->source);
	return 0;
}

/*
 * Mounted here, since overlay takes only directories of the mount namespace it is called in, and
 * init's copies of ours are reached by name alone. fsopen reads relative paths from the working
 * directory, so that is lent to it.
 */
static int open_new(struct mount_entry *m, int bundle, struct err *e)
{
	own_fd back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (back < 0 || (bundle != AT_FDCWD && fchdir(bundle) < 0))
		return err_set(e, errno, "enter the bundle's directory");
	m->tree = mount_fs_open(m, e);
	if (fchdir(back) < 0)
		return err_set(e, errno, "return to the working directory");
	if (m->tree < 0)
		return -1;
	unsigned long rest = (m->o.set | m->o.set_all) & MOUNT_NOSYMFOLLOW;
	if (set_attr(m->tree, 0, rest, 0, m->o.propagation) < 0 && !becomes_late(m, errno))
		return err_set(e, errno, "set the propagation of /%s", m->clean);
	return 0;
}

static bool is_proc(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int check_place(const struct mount_entry *m, struct err *e)
{
	if (!*m->clean)
		return err_kind(e, ERR_CONFIG, 0, "destination %s is the root", m->destination);
	if (!strncmp(m->clean, "proc/", 5) && !list_has(proc_files, m->clean))
		return err_kind(e, ERR_CONFIG, 0,
		                "\"/%s\" cannot be mounted because it is inside /proc", m->clean);
	if (strcmp(m->clean, "proc") != 0 || m->way == MOUNT_WAY_REMOUNT)
		return 0;
	if (m->way == MOUNT_WAY_TREE ? is_proc(m->tree) : !strcmp(m->type, "proc"))
		return 0;
	return err_kind(e, ERR_CONFIG, 0,
	                "\"/proc\" cannot be mounted because it is not of type proc");
}

/* Only a detached tree can be mapped, and only memory file systems can be made outside. */
static int choose_mapped(struct mount_entry *m, struct err *e)
{
	bool memory =
	    m->way == MOUNT_WAY_PLAIN && (!strcmp(m->type, "tmpfs") || !strcmp(m->type, "ramfs"));

	if (memory)
		m->way = MOUNT_WAY_TREE;
	return m->way == MOUNT_WAY_TREE
	           ? 0
	           : err_kind(e, ERR_CONFIG, 0, "invalid mount: %s cannot have its ids mapped",
	                      m->destination);
}

static int choose_way(struct mount_entry *m, bool idmap, struct err *e)
{
	bool bind = m->o.bind || (m->type && !strcmp(m->type, "bind"));

	if (m->o.remount)
		m->way = MOUNT_WAY_REMOUNT;
	else if (bind)
		m->way = MOUNT_WAY_TREE;
	else if (!m->type || !strcmp(m->type, "none"))
		return err_kind(e, ERR_CONFIG, 0, "type is missing for %s", m->destination);
	else
		m->way = list_has(plain_types, m->type) ? MOUNT_WAY_PLAIN : MOUNT_WAY_TREE;
	if (idmap && choose_mapped(m, e) < 0)
		return -1;
	m->o.bind = bind;
	if (bind && m->way == MOUNT_WAY_TREE && !(m->source && *m->source))
		return err_kind(e, ERR_CONFIG, 0, "source is missing for %s", m->destination);
	if (m->o.copy_up && (m->way != MOUNT_WAY_PLAIN || strcmp(m->type, "tmpfs") != 0))
		return err_kind(e, ERR_CONFIG, 0, "tmpcopyup on %s is for a plain tmpfs only",
		                m->destination);
	if (m->way == MOUNT_WAY_PLAIN && !(m->source && *m->source))
		m->source = m->type;
	return 0;
}

/* A new user namespace without a new network namespace may not mount sysfs: it gets the host's. */
static bool wants_host_sys(const struct spec *s)
{
	const struct spec_namespace *net = spec_namespace(s, CLONE_NEWNET);

	return spec_namespace(s, CLONE_NEWUSER) && (!net || net->path);
}

/* A directory of the host that is shown when the file system of this entry may not be mounted. */
static int open_instead(struct mount_entry *m, int dir, const char *path, struct err *e)
{
	struct mount_entry host = *m;

	host.source = *path ? path : "the container's cgroup";
	host.o.recursive = true;
	host.o.set_all |= host.o.set; /* what is mounted below it must not stay writable */
	host.o.set = host.o.clear = 0;
	if (clone_tree(&host, dir, path, e) < 0) {
		own_fd_drop(&host.tree);
		return -1;
	}
	m->tree = host.tree;
	m->late = host.late;
	m->cut = host.cut;
	return 0;
}

/*
 * The SELinux context of all files of a new file system. Those that the kernel labels itself do not
 * take it (proc, sysfs, cgroup2), or have been mounted before, by the kernel (mqueue).
 */
static int add_label(struct arena *a, const char *label, struct mount_entry *m, struct err *e)
{
	static const char labelled[] = "tmpfs\0ramfs\0devpts\0hugetlbfs\0";

	if (!label || !*label || m->o.bind || m->way == MOUNT_WAY_REMOUNT)
		return 0;
	if (m->way == MOUNT_WAY_PLAIN && !list_has(labelled, m->type))
		return 0;
	if (mount_data_find(m->o.data, "context"))
		return 0;
	m->o.data = arena_printf(a, "%s%scontext=\"%s\"", m->o.data ? m->o.data : "",
	                         m->o.data ? "," : "", label);
	return strlen(m->o.data) <= MOUNT_DATA_MAX ? 0 : err_set(e, 0, "the options are too long");
}

/* What it is told must mean the same when it is mounted on the host, before its place is known. */
static bool is_for_nodes(const struct spec *s, const struct mount_entry *m)
{
	const struct spec_namespace *user = spec_namespace(s, CLONE_NEWUSER);
	const struct mount_options *o = &m->o;

	return user && !user->path && m->way == MOUNT_WAY_PLAIN && !strcmp(m->type, "tmpfs") &&
	       !strcmp(m->clean, "dev") && !o->copy_up &&
	       !((o->set | o->set_all) & MOUNT_NOSYMFOLLOW) && mount_data_find(o->data, "mode") &&
	       !mount_data_find(o->data, "uid") && !mount_data_find(o->data, "gid") &&
	       userns_is_first();
}

static int open_for_nodes(struct arena *a, const struct spec_linux *l, struct mount_entry *m,
                          struct err *e)
{
	const struct idmap_list uids = { l->uid_mappings, l->n_uid_mappings },
				gids = { l->gid_mappings, l->n_gid_mappings };
	struct mount_entry host = *m;
	uint32_t uid, gid;

	if (idmap_to_host(&uids, 0, &uid) < 0 || idmap_to_host(&gids, 0, &gid) < 0)
		return 0;
	host.o.data = arena_printf(a, "%s,uid=%u,gid=%u", m->o.data, uid, gid);
	if (strlen(host.o.data) > MOUNT_DATA_MAX)
		return 0;
	host.o.set &= ~(unsigned long)MS_RDONLY; /* until it is sealed */
	host.o.set_all &= ~(unsigned long)MS_RDONLY;
	m->tree = mount_fs_open(&host, e);
	m->nodes = m->tree >= 0;
	return m->nodes ? 0 : -1;
}

static int prepare_entry(struct arena *a, const struct spec *s, int bundle,
                         const struct spec_mount *from, struct mount_entry *m, struct err *e)
{
	const bool idmap = idmap_is_wanted(from, &m->o);

	m->clean = clean_path(a, m->destination);
	if (choose_way(m, idmap, e) < 0 || add_label(a, s->linux_->mount_label, m, e) < 0)
		return -1;
	if (m->way == MOUNT_WAY_TREE &&
	    (m->o.bind ? clone_tree(m, bundle, m->source, e) : open_new(m, bundle, e)) < 0)
		return -1;
	if (idmap && idmap_tree(a, s, from, &m->o, m->tree, e) < 0)
		return -1;
	if (is_for_nodes(s, m) && open_for_nodes(a, s->linux_, m, e) < 0)
		return -1;
	if (m->way == MOUNT_WAY_PLAIN && !strcmp(m->type, "sysfs") && wants_host_sys(s) &&
	    open_instead(m, AT_FDCWD, "/sys", e) < 0)
		return -1;
	return check_place(m, e);
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && path[n] == '/';
}

static struct mount_entry *find_parent(struct mount_plan *p, const struct mount_entry *m)
{
	struct mount_entry *best = NULL;

	for (struct mount_entry *j = p->entries; j < m; j++)
		if (j->way != MOUNT_WAY_REMOUNT && is_below(m->clean, j->clean) &&
		    (!best || strlen(j->clean) >= strlen(best->clean)))
			best = j;
	return best;
}

static bool any_below(char *const *paths, size_t n, const char *dir)
{
	for (size_t i = 0; i < n; i++)
		if (paths[i][0] == '/' && is_below(paths[i] + 1, dir))
			return true;
	return false;
}

/* Which new mounts' roots are wanted by descriptor: for mounts in them, masks, device nodes. */
static void choose_kept(struct mount_plan *p, const struct spec_linux *l)
{
	for (struct mount_entry *m = p->entries; m < p->entries + p->n; m++) {
		m->parent = find_parent(p, m);
		if (m->way != MOUNT_WAY_PLAIN)
			continue;
		bool memory = !strcmp(m->type, "tmpfs");
		m->keep = any_below(l->masked_paths, l->n_masked_paths, m->clean) ||
		          any_below(l->readonly_paths, l->n_readonly_paths, m->clean) ||
		          !strcmp(m->clean, "dev");
		if (memory && ((m->o.set | m->o.set_all) & MS_RDONLY))
			m->seal = m->keep = true;
	}
	for (struct mount_entry *m = p->entries; m < p->entries + p->n; m++)
		if (m->parent && m->parent->way == MOUNT_WAY_PLAIN)
			m->parent->keep = true;
}

static bool is_cgroup(const struct mount_entry *m)
{
	return m->way == MOUNT_WAY_PLAIN &&
	       (!strcmp(m->type, "cgroup") || !strcmp(m->type, "cgroup2"));
}

static void say_late(const struct mount_plan *p)
{
	size_t i = 0;

	while (i < p->n && !p->entries[i].late)
		i++;
	if (i < p->n)
		log_debug(
		    "mounts: mount_setattr is missing (Linux 5.12) or does not know nosymfollow "
		    "(5.14): options are set by remounts");
}

int mount_prepare(struct arena *a, const struct spec *s, int bundle, struct mount_plan *ret,
                  struct err *e)
{
	const struct spec_namespace *cgroup_ns = spec_namespace(s, CLONE_NEWCGROUP);
	const char *root = s->linux_->rootfs_propagation;
	const bool peers = root && (!strcmp(root, "shared") || !strcmp(root, "rshared"));
	struct mount_plan p = {
		.entries = arena_array(a, s->n_mounts, sizeof *p.entries),
		.own_proc = -1,
		.bind_cgroup = !cgroup_ns,
		.may_bind_cgroup = !cgroup_ns || cgroup_ns->path,
	};

	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *from = &s->mounts[i];
		struct mount_entry *m = &p.entries[p.n++];
		m->destination = from->destination;
		m->type = from->type;
		m->source = from->source;
		m->peers = peers;
		m->tree = m->target = m->top = -1;
		if (mount_options_parse(a, from->options, from->n_options, &m->o, e) < 0 ||
		    prepare_entry(a, s, bundle, from, m, e) < 0) {
			mount_plan_drop(&p);
			return err_ctx(e, "mounts[%zu]", i);
		}
	}
	choose_kept(&p, s->linux_);
	say_late(&p);
	*ret = p;
	return 0;
}

int mount_prepare_cgroup(struct mount_plan *p, int cgroup, struct err *e)
{
	if (cgroup < 0 || !p->may_bind_cgroup)
		return 0;
	for (struct mount_entry *m = p->entries; m < p->entries + p->n; m++)
		if (is_cgroup(m) && open_instead(m, cgroup, "", e) < 0)
			return err_ctx(e, "mounts[%td]", m - p->entries);
	return 0;
}
