/* idmap.c - mappings of ids for mounts. */
#define _GNU_SOURCE
#include "kernel/idmap.h"

#include "base/own.h"
#include "kernel/ns.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { RANGES_MAX = 340 }; /* lines that the kernel takes, user_namespaces(7) */

/* One of three numbers joined by '-'; moves *p behind it. */
static int read_id(const char **p, char end, uint32_t *ret)
{
	char *rest;

	if (!strchr("0123456789", **p) || !**p)
		return -1;
	errno = 0;
	unsigned long long v = strtoull(*p, &rest, 10);
	if (errno || v > UINT32_MAX || (end && *rest != end))
		return -1;
	*p = rest + (end != '\0');
	*ret = (uint32_t)v;
	return 0;
}

/*
 * An id of the container as one of the host. It must be one of the container's, and what of the
 * range is not is left out, as it would belong to nobody: crun's users write sizes that are too
 * large.
 */
static int to_host(const struct spec_idmap *v, size_t n, struct spec_idmap *m)
{
	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t skip = m->host_id - v[i].container_id;
		if (m->host_id < v[i].container_id || skip >= v[i].size)
			continue;
		m->host_id = v[i].host_id + skip;
		if (m->size > v[i].size - skip)
			m->size = v[i].size - skip;
		return 0;
	}
	return -1;
}

int idmap_to_host(const struct idmap_list *own, uint32_t id, uint32_t *ret)
{
	struct spec_idmap m = { 0, id, 1 };

	if (to_host(own->v, own->n, &m) < 0)
		return -1;
	*ret = m.host_id;
	return 0;
}

static int parse_list(struct arena *a, const char *text, size_t len, const struct idmap_list *own,
                      struct idmap_list *ret)
{
	const char *p = text, *end = text + len;

	ret->v = arena_array(a, RANGES_MAX + 1, sizeof *ret->v);
	for (ret->n = 0; p < end; p += *p == '#') {
		struct spec_idmap *m = &ret->v[ret->n++];
		bool relative = *p == '@';
		p += relative || *p == '+';
		if (ret->n > RANGES_MAX || read_id(&p, '-', &m->container_id) < 0 ||
		    read_id(&p, '-', &m->host_id) < 0 || read_id(&p, '\0', &m->size) < 0)
			return -1;
		if (p > end || (p < end && *p != '#'))
			return -1;
		if (relative && to_host(own->v, own->n, m) < 0)
			return -1;
	}
	return 0;
}

/* The container's mapping; one without a user namespace has the host's ids. */
static struct idmap_list own_or_same(struct arena *a, const struct idmap_list *own)
{
	struct idmap_list same = { arena_array(a, 1, sizeof *same.v), 1 };

	*same.v = (struct spec_idmap){ 0, 0, UINT32_MAX };
	return own->n ? *own : same;
}

int idmap_parse(struct arena *a, const struct spec_linux *l, const char *text,
                struct idmap_list *ret_uids, struct idmap_list *ret_gids, struct err *e)
{
	const struct idmap_list uids = { l->uid_mappings, l->n_uid_mappings };
	const struct idmap_list gids = { l->gid_mappings, l->n_gid_mappings };

	*ret_uids = own_or_same(a, &uids);
	*ret_gids = own_or_same(a, &gids);
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, ";");
		bool is_gids = !strncmp(p, "gids=", 5);
		if ((!is_gids && strncmp(p, "uids=", 5) != 0) ||
		    parse_list(a, p + 5, len - 5, is_gids ? &gids : &uids,
		               is_gids ? ret_gids : ret_uids) < 0)
			return err_kind(e, ERR_CONFIG, 0, "idmap=%s: \"%.*s\" is not a mapping",
			                text, (int)len, p);
		p += len + (p[len] == ';');
	}
	return 0;
}

bool idmap_is_wanted(const struct spec_mount *m, const struct mount_options *o)
{
	return o->idmap || m->n_uid_mappings;
}

/* The one that the container joins, or another of the same mapping: its own is not there yet. */
static int open_own(struct arena *a, const struct spec *s, int *ret, struct err *e)
{
	const struct spec_namespace *user = spec_namespace(s, CLONE_NEWUSER);
	const struct spec_linux *l = s->linux_;

	if (!user)
		return err_kind(e, ERR_CONFIG, 0,
		                "idmap: neither the mount nor the container has a mapping of ids");
	if (user->path)
		return ns_open(user->path, CLONE_NEWUSER, ret, e);
	return ns_make_user(a, l->uid_mappings, l->n_uid_mappings, l->gid_mappings,
	                    l->n_gid_mappings, ret, e);
}

static int open_mapping(struct arena *a, const struct spec *s, const struct spec_mount *m,
                        const char *text, int *ret, struct err *e)
{
	struct idmap_list uids = { m->uid_mappings, m->n_uid_mappings };
	struct idmap_list gids = { m->gid_mappings, m->n_gid_mappings };

	if (uids.n && text)
		return err_kind(e, ERR_CONFIG, 0, "idmap=%s: uidMappings are given as well", text);
	if (!uids.n && !text)
		return open_own(a, s, ret, e);
	if (text && idmap_parse(a, s->linux_, text, &uids, &gids, e) < 0)
		return -1;
	return ns_make_user(a, uids.v, uids.n, gids.v, gids.n, ret, e);
}

int idmap_tree(struct arena *a, const struct spec *s, const struct spec_mount *m,
               const struct mount_options *o, int tree, struct err *e)
{
	const unsigned flags =
	    (unsigned)AT_EMPTY_PATH | (o->idmap_recursive ? SYS_AT_RECURSIVE : 0);
	own_fd ns = -1;
	int fd;

	if (open_mapping(a, s, m, o->idmap_text, &fd, e) < 0)
		return -1;
	ns = fd;
	const struct sys_mount_attr attr = { .attr_set = SYS_MOUNT_ATTR_IDMAP,
		                             .userns_fd = (uint64_t)fd };
	if (sys_mount_setattr(tree, "", flags, &attr) == 0)
		return 0;
	return err_set(e, errno, "map the ids of %s%s", m->source ? m->source : m->type,
	               errno == ENOSYS   ? " (needs Linux 5.12)"
	               : errno == EINVAL ? " (its file system, or this kernel's, cannot)"
	                                 : "");
}
