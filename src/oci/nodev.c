/* nodev.c - nodev on every mount, and what stands against it. */
#define _GNU_SOURCE
#include "oci/nodev.h"

#include "base/log.h"
#include "kernel/cgroup_device.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define CANNOT "linux.resources.devices cannot be enforced, and --devices=nodev "

/* Is there something to enforce that will not be? */
static int is_wanted(const struct create *c, bool *ret, struct err *e)
{
	const struct spec_resources *r = c->spec.linux_->resources;
	struct bpf_insn *insns;
	struct err why;
	size_t len = 0;

	if (r && cgroup_device_program(c->arena, r->devices, r->n_devices, &insns, &len, e))
		return -1;
	*ret = len && (c->no_cgroup || cgroup_device_try(c->arena, &why));
	return 0;
}

static int check_reach(const struct create *c, struct err *e)
{
	if (!(c->new_ns & CLONE_NEWNS))
		return err_kind(e, ERR_CONFIG, 0,
		                CANNOT "needs a mount namespace of its own for the container");
	if (c->process.caps.bounding & CAPS_FOR_SECCOMP && !spec_namespace(&c->spec, CLONE_NEWUSER))
		return err_kind(e, ERR_CONFIG, 0,
		                CANNOT "does not stop CAP_SYS_ADMIN: give the container a user "
		                       "namespace, or not that capability");
	return 0;
}

static int check_node(const struct create *c, const char *what, size_t i, const char *path,
                      bool block, dev_t number, struct err *e)
{
	const struct spec_resources *r = c->spec.linux_->resources;

	if (cgroup_device_allows(c->arena, r->devices, r->n_devices, block, major(number),
	                         minor(number)))
		return 0;
	return err_kind(e, ERR_CONFIG, 0, CANNOT "would not deny %s[%zu], %s, to be opened", what,
	                i, path);
}

static int check_devices(const struct create *c, struct err *e)
{
	const struct spec_linux *l = c->spec.linux_;

	for (size_t i = 0; i < l->n_devices; i++) {
		const struct spec_device *d = &l->devices[i];
		const dev_t number = makedev((unsigned)d->major, (unsigned)d->minor);

		if (*d->type != 'p' &&
		    check_node(c, "linux.devices", i, d->path, *d->type == 'b', number, e))
			return -1;
	}
	return 0;
}

static bool has_option(const struct spec_mount *m, const char *option)
{
	for (size_t i = 0; i < m->n_options; i++)
		if (!strcmp(m->options[i], option))
			return true;
	return false;
}

static bool is_bind(const struct spec_mount *m)
{
	return (m->type && !strcmp(m->type, "bind")) || has_option(m, "bind") ||
	       has_option(m, "rbind");
}

/* Both: behind "dev" the r form alone would leave the top as it is. The last word wins. */
static void add_nodev(struct arena *a, struct spec_mount *m)
{
	char **v = arena_array(a, m->n_options + 3, sizeof *v);

	if (m->n_options)
		memcpy(v, m->options, m->n_options * sizeof *v);
	v[m->n_options++] = arena_strdup(a, "nodev");
	v[m->n_options++] = arena_strdup(a, "rnodev");
	m->options = v;
}

/* Terminals are devices, and a devpts holds nothing else. */
static int change_mount(struct create *c, size_t i, struct err *e)
{
	struct spec_mount *m = &c->spec.mounts[i];
	struct stat st;

	if (!is_bind(m)) {
		if (!m->type || strcmp(m->type, "devpts"))
			add_nodev(c->arena, m);
		return 0;
	}
	if (!fstatat(c->bundle_dir, m->source ? m->source : "", &st, 0) &&
	    (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		return check_node(c, "mounts", i, m->destination, S_ISBLK(st.st_mode), st.st_rdev,
		                  e);
	if (!strcmp(m->destination, "/dev"))
		return err_kind(e, ERR_CONFIG, 0,
		                CANNOT "would leave no device of mounts[%zu], a bind on /dev", i);
	add_nodev(c->arena, m);
	return 0;
}

int nodev_prepare(struct create *c, struct err *e)
{
	if (is_wanted(c, &c->nodev, e))
		return -1;
	if (!c->nodev)
		return 0;
	if (check_reach(c, e) || check_devices(c, e))
		return -1;
	for (size_t i = 0; i < c->spec.n_mounts; i++)
		if (change_mount(c, i, e))
			return -1;
	log_info("device rules cannot be enforced: the container's mounts are nodev");
	return 0;
}
