/* cred.c - becoming the container's user, in the only order that works: groups, gid, uid. */
#define _GNU_SOURCE
#include "kernel/cred.h"

#include "sys/sys.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UMASK_DEFAULT = 022 };

/* setresuid(-1) means "leave it": it would leave the process root. */
#define NO_ID UINT32_MAX

/* musl and glibc export it without a header. */
int capget(cap_user_header_t header, cap_user_data_t data);

/*
 * With the capability it is the user namespace that forbids setgroups for ever: an ordinary user
 * has mapped his own id. He cannot get rid of his groups there, nor could he outside; root has
 * dropped his own before he went there.
 */
static bool has_setgid(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	return !capget(&h, d) && d[0].effective & 1u << CAP_SETGID;
}

static int set_groups(const struct spec_user *u, struct err *e)
{
	if (!sys_setgroups(u->n_additional_gids, u->additional_gids))
		return 0;
	if (errno == EPERM && !u->n_additional_gids && (getgroups(0, NULL) == 0 || has_setgid()))
		return 0;
	if (errno == EPERM)
		return err_set(
		    e, EPERM, "%s: the user namespace or missing rights forbid setgroups",
		    u->n_additional_gids ? "set additional groups" : "drop the caller's groups");
	return err_set(e, errno, "set additional groups%s",
	               errno == EINVAL ? ": one is not mapped in the user namespace" : "");
}

static const char *unmapped(int no)
{
	return no == EINVAL ? ": not mapped in the user namespace" : "";
}

int cred_apply(const struct spec_user *user, const struct proc_self *was, bool *ret_changed,
               struct err *e)
{
	static const struct spec_user root = { 0 };
	const struct spec_user *u = user ? user : &root;

	if (u->uid == NO_ID || u->gid == NO_ID)
		return err_kind(e, ERR_CONFIG, 0, "process.user: %u is not a user or group id",
		                NO_ID);
	umask(u->umask.set ? (mode_t)u->umask.v & 0777 : UMASK_DEFAULT);
	if (!(was && was->no_groups && !u->n_additional_gids) && set_groups(u, e))
		return -1;
	*ret_changed = !(was && was->root_ids && !u->uid && !u->gid);
	if (!*ret_changed)
		return 0;
	if (sys_setresgid(u->gid))
		return err_set(e, errno, "set gid %u%s", u->gid, unmapped(errno));
	if (u->uid && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)) /* exec turns it off again */
		return err_set(e, errno, "keep capabilities across the change of uid");
	if (sys_setresuid(u->uid))
		return err_set(e, errno, "set uid %u%s", u->uid, unmapped(errno));
	return 0;
}

/* Decimal digits only: strtoul alone would take " +1" and "-1". */
static const char *parse_id(const char *s, uint32_t *ret)
{
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v >= NO_ID)
			return NULL;
	}
	*ret = (uint32_t)v;
	return s;
}

int cred_parse_user(const char *text, struct spec_user *ret, struct err *e)
{
	uint32_t uid, gid = ret->gid;
	const char *s = parse_id(text, &uid);

	if (s && *s == ':')
		s = parse_id(s + 1, &gid);
	if (!s || *s)
		return err_kind(e, ERR_USAGE, 0, "user \"%s\" is not UID or UID:GID in numbers",
		                text);
	ret->uid = uid;
	ret->gid = gid;
	return 0;
}
