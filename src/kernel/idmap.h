/*
 * idmap.h - id-mapped mounts: whose mapping a mount gets, and putting it on a detached tree.
 *
 * The mapping is, in this order, the mount's own uidMappings and gidMappings, that in the option's
 * text ("idmap=uids=0-1000-1;gids=0-1000-1", which podman passes on for crun), or that of the
 * container's user namespace. mount_setattr(2), "ID-mapped mounts"
 */
#pragma once

#include "kernel/mount_option.h"
#include "spec/spec.h"

/* A mount is to be mapped: by an option, or because it has mappings. */
bool idmap_is_wanted(const struct spec_mount *m, const struct mount_options *o);

/*
 * On the host: map the ids of the detached tree, of its top alone unless the option is ridmap.
 * Makes a user namespace for that, whose only process has ended when this returns.
 */
int idmap_tree(struct arena *a, const struct spec *s, const struct spec_mount *m,
               const struct mount_options *o, int tree, struct err *e);

struct idmap_list {
	struct spec_idmap *v;
	size_t n;
};

/* The id on the host of one in the container; the same without a mapping, -1: it has none. */
int idmap_to_host(const struct idmap_list *own, uint32_t id, uint32_t *ret);

/*
 * "uids=0-1-10#10-11-10;gids=0-100-10": first id in the file system, first id on the host, how
 * many. With '@' in front of a triple the second is an id in the container; a '+' says the same as
 * nothing. Of "uids=" and "gids=" the one that is missing is as in the container. An id that no
 * range has belongs to nobody.
 */
int idmap_parse(struct arena *a, const struct spec_linux *l, const char *text,
                struct idmap_list *ret_uids, struct idmap_list *ret_gids, struct err *e);
