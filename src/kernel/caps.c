/* caps.c - capability sets: names through libcap-ng, the calls themselves as few as possible. */
#define _GNU_SOURCE
#include "kernel/caps.h"

#include "base/log.h"
#include "sys/sys.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#define PREFIX "CAP_"

enum { SET_BITS = 64, LIST_MAX = 400 };

int caps_number(const char *name)
{
	if (strncasecmp(name, PREFIX, sizeof PREFIX - 1))
		return -1;
	int n = capng_name_to_capability(name + sizeof PREFIX - 1);
	return n < SET_BITS ? n : -1;
}

/* The library knows the kernel's last capability only when it was asked to work on sets once. */
const char *caps_name(int cap, char buf[CAPS_NAME_MAX])
{
	capng_clear(CAPNG_SELECT_BOTH);
	const char *name = cap < 0 ? NULL : capng_capability_to_name((unsigned)cap);
	/* "cap_41" is its way to say that it has no name for that. */
	bool known = name && strncasecmp(name, PREFIX, sizeof PREFIX - 1);
	if (!known || snprintf(buf, CAPS_NAME_MAX, PREFIX "%s", name) >= CAPS_NAME_MAX)
		return NULL;
	for (char *p = buf; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return buf;
}

/* What was left out, each name once, as one line; names that do not fit are dropped from it. */
struct left_out {
	char text[LIST_MAX];
	size_t len;
};

static void leave_out(struct left_out *l, const char *name, const char *reason)
{
	const char *old = strstr(l->text, name);

	if (old && old[strlen(name)] == ' ')
		return;
	int n = snprintf(l->text + l->len, sizeof l->text - l->len, "%s%s (%s)", l->len ? ", " : "",
	                 name, reason);

	if (n > 0 && (size_t)n < sizeof l->text - l->len)
		l->len += (size_t)n;
	l->text[l->len] = 0;
}

/* A set of names; those outside `possible` are left out for that reason. */
static uint64_t parse_set(char *const *names, size_t n, uint64_t possible, const char *reason,
                          struct left_out *l)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		int cap = caps_number(names[i]);
		uint64_t bit = cap < 0 ? 0 : UINT64_C(1) << cap;
		if (!bit)
			leave_out(l, names[i], "unknown");
		else if (!(bit & possible))
			leave_out(l, names[i], reason);
		set |= bit & possible;
	}
	return set;
}

void caps_parse(const struct spec_capabilities *s, uint64_t own, struct caps *ret)
{
	struct left_out l = { 0 }, usual = { 0 };
	struct caps c = { 0 };

	if (s) {
		c.bounding = parse_set(s->bounding, s->n_bounding, UINT64_MAX, "", &l);
		c.permitted = parse_set(s->permitted, s->n_permitted, own, "not held by scow", &l);
		c.effective = parse_set(s->effective, s->n_effective, c.permitted,
		                        "effective, not permitted", &l);
		c.inheritable = parse_set(s->inheritable, s->n_inheritable, c.bounding,
		                          "inheritable, not bounding", &l);
		c.ambient = parse_set(s->ambient, s->n_ambient, c.permitted & c.inheritable,
		                      "ambient, not permitted and inheritable", &usual);
	}
	/*
	 * Each config.json of `runc spec`, `crun spec` and buildah asks for these, and nobody
	 * grants them since CVE-2022-29162: on stderr, which is the container's, it would be noise.
	 */
	if (usual.len)
		log_info("capabilities that cannot be granted are left out: %s", usual.text);
	if (l.len)
		log_warning("capabilities that cannot be granted are left out: %s", l.text);
	*ret = c;
}

int caps_drop_bounding(const struct caps *c, uint64_t have, struct err *e)
{
	for (unsigned cap = 0; cap < SET_BITS; cap++) {
		if ((c->bounding | ~have) >> cap & 1 || !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			continue;
		if (errno == EINVAL) /* the first number that this kernel does not have */
			return 0;
		return err_set(e, errno, "drop capability %u from the bounding set", cap);
	}
	return 0;
}

/* capset(2) has taken from the ambient set what is not permitted and inheritable any more. */
static int set_ambient(const struct caps *c, struct err *e)
{
	if (c->permitted & c->inheritable & ~c->ambient &&
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return err_set(e, errno, "clear the ambient capabilities");
	for (unsigned cap = 0; cap < SET_BITS; cap++)
		if (c->ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			return err_set(e, errno, "raise ambient capability %u", cap);
	return 0;
}

int caps_apply(const struct caps *c, uint64_t also, struct err *e)
{
	if (sys_capset(c->effective | also, c->permitted | also, c->inheritable))
		return err_set(e, errno, "set the capabilities of the process%s",
		               also ? " with CAP_SYS_ADMIN for seccomp (noNewPrivileges is off)"
		                    : "");
	return set_ambient(c, e);
}
