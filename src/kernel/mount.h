/*
 * mount.h - the "mounts" of config.json: prepared on the host, attached in the container's init.
 *
 *   host  mount_prepare         options parsed, sources cloned into detached trees
 *         mount_prepare_cgroup  when the container's cgroup exists
 *         ---- clone3 ----
 *   init  mount_open_proc       a procfs that nobody else can touch
 *         mount_apply           in order: the target found below the root, the mount attached
 *
 * Init walks no path of the host, and a target that was found is used by its descriptor only, so
 * neither the image nor another process that shares its directories can move a mount elsewhere.
 */
#pragma once

#include "kernel/mount_option.h"
#include "spec/spec.h"

enum mount_way {
	MOUNT_WAY_TREE,  /* a bind, or a file system with paths in its options: move_mount */
	MOUNT_WAY_PLAIN, /* any other new instance: mount(2), in the target as working directory */
	MOUNT_WAY_REMOUNT,
};

struct mount_entry {
	const char *destination; /* as written */
	const char *clean; /* the same, cleaned lexically, without the leading '/': "dev/pts" */
	const char *type, *source;
	struct mount_options o;
	enum mount_way way;
	int tree;   /* the mount to attach; of MOUNT_WAY_PLAIN: instead, if mounting is forbidden */
	int target; /* what it was attached to */
	int top;    /* the new mount's root, kept for what follows */
	struct mount_entry *parent; /* the last one before that it is in, lexically; or NULL */
	bool made;                  /* the target was missing in the image */
	bool keep;                  /* open `top` */
	bool late;     /* too old for mount_setattr: flags and propagation come after attaching */
	bool peers;    /* shared may mean: with the host */
	bool cut;      /* a bind that must not pass anything to the host, at any depth */
	bool own_proc; /* this is where the plan's procfs goes */
	bool seal;     /* a read-only tmpfs that something is still put into: see mount_seal */
	bool nodes;    /* a tmpfs on /dev whose `tree` the host has made: mount_nodes */
};

struct mount_plan {
	struct mount_entry *entries;
	size_t n;
	int own_proc;     /* mount_open_proc's, or -1 */
	bool bind_cgroup; /* no cgroup namespace: the container's cgroup is bound, not mounted */
	bool may_bind_cgroup; /* one of another owner: bound when mounting is not permitted */
};

/*
 * On the host, before clone. `bundle` is a descriptor of the bundle directory (or AT_FDCWD): a
 * relative source is below it. On failure nothing stays open. Errors name the entry: "mounts[3]:
 * bind source /srv/x".
 */
int mount_prepare(struct arena *a, const struct spec *s, int bundle, struct mount_plan *ret,
                  struct err *e);

/*
 * On the host, when the container's cgroup2 directory is open: a container without a cgroup
 * namespace of its own sees that directory at its cgroup mounts. Does nothing when no mount needs
 * it; cgroup -1: there is none.
 */
int mount_prepare_cgroup(struct mount_plan *p, int cgroup, struct err *e);

/*
 * On the host: the root of the tmpfs that will be /dev, or -1. Where the container gets a user
 * namespace of its own, which may make no device nodes, it is made outside, with its root as owner.
 */
int mount_nodes(const struct mount_plan *p);

/*
 * In init, when there are sysctls to write: a procfs of our own, detached, whose content nobody can
 * replace. It has the options of the container's /proc, and mount_apply attaches this very mount
 * there. Returns its descriptor, which the plan owns. Not needed otherwise: a plain mount of /proc
 * takes fewer calls.
 */
int mount_open_proc(struct mount_plan *p, struct err *e);

/*
 * In init, after rootfs_attach; root is the root directory's descriptor. Changes the working
 * directory. Its descriptors stay open, in the plan, until mount_plan_drop or the one close_range
 * that init does anyway.
 */
int mount_apply(struct mount_plan *p, int root, struct err *e);

/* In init, when nothing is put into them any more: the tmpfs that had to be writable until now. */
int mount_seal(const struct mount_plan *p, struct err *e);

/*
 * In init, when it has gone on in a locked copy of its mount namespace (initramfs.h), below "/":
 * what is to be shared is again, though not with the host any more.
 */
int mount_share_again(const struct mount_plan *p, struct err *e);

/*
 * mount(2) with these flags and data on the mount whose root `at` is: a remount, or a new
 * propagation. Changes the working directory. -1 and errno.
 */
int mount_change(int at, unsigned long flags, const char *data);

/* The root of what is mounted on the working directory. -1 and errno. */
int mount_open_top(void);

/*
 * Turns flags on and off, of that mount and for mount_change_tree of all mounts below it, which
 * must be attached. What mount_setattr(2) does since Linux 5.12. -1 and errno; EBUSY: a mount below
 * is covered by another, and cannot be reached.
 */
int mount_change_flags(int at, unsigned long set, unsigned long clear);
int mount_change_tree(int at, unsigned long set, unsigned long clear);

/*
 * Why a detached mount could not be made, with errno `no`, for the end of a sentence: each counts
 * as a mount namespace until it is attached. "" where the errno says it all.
 */
const char *mount_no_room(int no);

/*
 * Attaches a detached clone of a node of the host's on name in dir, or on dir itself ("").
 * Read-only, which for a device says nothing of reading and writing: but without it the
 * container's root could change the mode and the owner of the host's own node. 0; 1 where that has
 * changed the working directory (before Linux 5.12); -1 and errno.
 */
int mount_attach_node(int tree, int dir, const char *name);

/* The last entry mounted on a destination ("sys/fs/cgroup": no leading slash), NULL if none. */
const struct mount_entry *mount_at(const struct mount_plan *p, const char *clean);

/* Is the cgroup file system at /sys/fs/cgroup, for reading and writing? */
bool mount_cgroup_is_writable(const struct mount_plan *p);

/* The root of the mount there, if mount_apply made it as a new instance of that type, or -1. */
int mount_top(const struct mount_plan *p, const char *clean, const char *type);

/* Close the host's (or init's) copies of all descriptors of the plan. */
void mount_plan_drop(struct mount_plan *p);
