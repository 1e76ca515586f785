/* check.c - checks of a parsed config.json, one function a section, in the order of the spec. */
#define _GNU_SOURCE
#include "spec/check.h"

#include "base/list.h"
#include "sys/sys.h"

#include <sched.h>
#include <string.h>

#define BAD(e, ...) err_kind(e, ERR_CONFIG, 0, __VA_ARGS__)

static bool is_absolute(const char *path)
{
	return path && *path == '/';
}

/* ociVersion: SemVer 2.0 of major version 1, the only one this program knows. */
static int check_version(const struct spec *s, struct err *e)
{
	const char *v = s->oci_version;

	if (strncmp(v, "1.", 2) || !strchr("0123456789", v[2]) || !v[2])
		return BAD(e, "ociVersion: \"%s\" is not a version 1 of the OCI runtime spec", v);
	return 0;
}

static int check_root(const struct spec *s, struct err *e)
{
	if (!s->root)
		return BAD(e, "root: missing");
	if (!*s->root->path)
		return BAD(e, "root.path: empty");
	return 0;
}

static int check_mounts(const struct spec *s, struct err *e)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (!*m->destination)
			return BAD(e, "mounts[%zu].destination: empty", i);
		if (!m->n_uid_mappings != !m->n_gid_mappings)
			return BAD(e,
			           "mounts[%zu].uidMappings: invalid mount: uidMappings and "
			           "gidMappings must be given together",
			           i);
	}
	return 0;
}

static int check_hook_list(const char *name, const struct spec_hook *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_absolute(v[i].path))
			return BAD(e, "hooks.%s[%zu].path: \"%s\" is not an absolute path", name, i,
			           v[i].path);
		if (v[i].timeout.set && v[i].timeout.v <= 0)
			return BAD(e, "hooks.%s[%zu].timeout: not above 0", name, i);
	}
	return 0;
}

static int check_hooks(const struct spec_hooks *h, struct err *e)
{
	if (!h)
		return 0;
	if (check_hook_list("prestart", h->prestart, h->n_prestart, e) ||
	    check_hook_list("createRuntime", h->create_runtime, h->n_create_runtime, e) ||
	    check_hook_list("createContainer", h->create_container, h->n_create_container, e) ||
	    check_hook_list("startContainer", h->start_container, h->n_start_container, e) ||
	    check_hook_list("poststart", h->poststart, h->n_poststart, e))
		return -1;
	return check_hook_list("poststop", h->poststop, h->n_poststop, e);
}

static int check_namespaces(const struct spec *s, struct err *e)
{
	const struct spec_linux *l = s->linux_;

	for (size_t i = 0; i < l->n_namespaces; i++) {
		const struct spec_namespace *n = &l->namespaces[i];

		if (n->path && !is_absolute(n->path))
			return BAD(e, "linux.namespaces[%zu].path: \"%s\" is not an absolute path",
			           i, n->path);
		for (size_t j = 0; j < i; j++)
			if (l->namespaces[j].type == n->type)
				return BAD(
				    e, "linux.namespaces[%zu].type: this namespace stands twice",
				    i);
	}
	if (!spec_namespace(s, CLONE_NEWNS))
		return BAD(e, "linux.namespaces: a container needs a mount namespace");
	return 0;
}

/*
 * A mount namespace that is joined has the mounts of whoever made it: to put others there, or to
 * change its root as runc does, would do it to everybody in it.
 */
static int check_joined_mounts(const struct spec *s, struct err *e)
{
	const struct spec_namespace *mnt = spec_namespace(s, CLONE_NEWNS);
	const struct spec_linux *l = s->linux_;
	const struct {
		const char *name;
		bool given;
	} own[] = {
		{ "mounts", s->n_mounts },
		{ "root.readonly", s->root->readonly },
		{ "linux.devices", l->n_devices },
		{ "linux.maskedPaths", l->n_masked_paths },
		{ "linux.readonlyPaths", l->n_readonly_paths },
		{ "linux.rootfsPropagation", l->rootfs_propagation && *l->rootfs_propagation },
	};

	for (size_t i = 0; mnt->path && i < sizeof own / sizeof *own; i++)
		if (own[i].given)
			return BAD(e, "%s: cannot be applied in a mount namespace that is joined",
			           own[i].name);
	return 0;
}

static int check_names(const struct spec *s, struct err *e)
{
	if (spec_namespace(s, CLONE_NEWUTS))
		return 0;
	if (s->hostname && *s->hostname)
		return BAD(e, "hostname: cannot be set without a uts namespace");
	if (s->domainname && *s->domainname)
		return BAD(e, "domainname: cannot be set without a uts namespace");
	return 0;
}

static int check_mappings(const struct spec *s, struct err *e)
{
	const struct spec_linux *l = s->linux_;
	const struct spec_namespace *user = spec_namespace(s, CLONE_NEWUSER);

	if (!user && (l->n_uid_mappings || l->n_gid_mappings))
		return BAD(e, "linux.uidMappings: id mappings need a user namespace");
	if (user && !user->path && (!l->n_uid_mappings || !l->n_gid_mappings))
		return BAD(
		    e, "linux.uidMappings: a new user namespace needs uidMappings and gidMappings");
	return 0;
}

static int check_time_offsets(const struct spec *s, struct err *e)
{
	const struct spec_linux *l = s->linux_;
	const struct spec_namespace *time = spec_namespace(s, (int)SYS_CLONE_NEWTIME);

	for (size_t i = 0; i < l->n_time_offsets; i++) {
		const struct spec_time_offset *t = &l->time_offsets[i];

		if (strcmp(t->clock, "monotonic") != 0 && strcmp(t->clock, "boottime") != 0)
			return BAD(e, "linux.timeOffsets: \"%s\" is not monotonic or boottime",
			           t->clock);
		if (t->nanosecs > 999999999)
			return BAD(e, "linux.timeOffsets.%s.nanosecs: not below a second",
			           t->clock);
	}
	if (l->n_time_offsets && (!time || time->path))
		return BAD(e,
		           "linux.timeOffsets: the clocks of a time namespace that is %s cannot "
		           "be set",
		           time ? "joined" : "inherited");
	return 0;
}

/* As the kernel has it, dev_valid_name(), with one "%d" where that is allowed. */
static bool is_net_name(const char *name, bool may_be_template)
{
	const char *percent = strchr(name, '%');

	if (!*name || strlen(name) > 15 || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	if (percent && (!may_be_template || percent[1] != 'd' || strchr(percent + 1, '%')))
		return false;
	return !name[strcspn(name, "/: \t\n\v\f\r")];
}

static const char *net_name(const struct spec_net_device *d)
{
	return d->name && *d->name ? d->name : d->from;
}

static int check_net_devices(const struct spec *s, struct err *e)
{
	const struct spec_linux *l = s->linux_;

	for (size_t i = 0; i < l->n_net_devices; i++) {
		const struct spec_net_device *d = &l->net_devices[i];

		if (!is_net_name(d->from, false))
			return BAD(e,
			           "linux.netDevices: \"%s\" is not the name of a network device",
			           d->from);
		if (!is_net_name(net_name(d), true))
			return BAD(e,
			           "linux.netDevices.%s.name: \"%s\" is not the name of a network "
			           "device",
			           d->from, d->name);
		for (size_t j = 0; j < i && !strchr(net_name(d), '%'); j++)
			if (!strcmp(net_name(&l->net_devices[j]), net_name(d)))
				return BAD(e, "linux.netDevices.%s.name: \"%s\" stands twice",
				           d->from, net_name(d));
	}
	if (l->n_net_devices && !spec_namespace(s, CLONE_NEWNET))
		return BAD(e, "linux.netDevices: cannot be moved without a network namespace");
	return 0;
}

static int check_devices(const struct spec_linux *l, struct err *e)
{
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct spec_device *d = &l->devices[i];

		if (strlen(d->type) != 1 || !strchr("cbup", *d->type))
			return BAD(e, "linux.devices[%zu].type: \"%s\" is not c, b, u or p", i,
			           d->type);
		if (!is_absolute(d->path))
			return BAD(e, "linux.devices[%zu].path: \"%s\" is not an absolute path", i,
			           d->path);
		if (*d->type != 'p' && (d->major < 0 || d->minor < 0))
			return BAD(
			    e, "linux.devices[%zu]: major and minor are not numbers of a device",
			    i);
		if (d->file_mode.set && (d->file_mode.v < 0 || d->file_mode.v & ~0177777))
			return BAD(e, "linux.devices[%zu].fileMode: not a file mode", i);
	}
	return 0;
}

int check_resources(const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; r && i < r->n_devices; i++) {
		const struct spec_device_rule *d = &r->devices[i];

		if (d->type && *d->type && (strlen(d->type) != 1 || !strchr("abc", *d->type)))
			return BAD(e, "linux.resources.devices[%zu].type: \"%s\" is not a, b or c",
			           i, d->type);
		/* runc's own tests deny "rwa"; to allow "a" would be a guess */
		const char *letters = d->allow ? "rwm" : "rwma";
		if (d->access && strspn(d->access, letters) != strlen(d->access))
			return BAD(
			    e,
			    "linux.resources.devices[%zu].access: \"%s\" is not made of r, w and m",
			    i, d->access);
	}
	return 0;
}

/* What no runtime can offer is refused in the words of runc, which its users search for. */
static int check_listener(const struct spec_seccomp *c, struct err *e)
{
	const char *path = c->listener_path;

	if (c->listener_metadata && *c->listener_metadata && (!path || !*path))
		return BAD(e, "linux.seccomp.listenerMetadata: needs a listenerPath");
	if (c->default_action == SPEC_ACT_NOTIFY)
		return BAD(e, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as "
		              "default action");
	if (!spec_seccomp_notifies(c)) /* then the path is to be ignored */
		return 0;
	if (!path || !*path)
		return BAD(e, "linux.seccomp.listenerPath: missing, and SCMP_ACT_NOTIFY needs it");
	if (!is_absolute(path))
		return BAD(e, "linux.seccomp.listenerPath: \"%s\" is not an absolute path", path);
	return 0;
}

/* A failed exec is reported by write(2). */
static int check_notify(const struct spec_seccomp_rule *r, size_t i, struct err *e)
{
	for (size_t j = 0; r->action == SPEC_ACT_NOTIFY && j < r->n_names; j++)
		if (!strcmp(r->names[j], "write"))
			return BAD(e,
			           "linux.seccomp.syscalls[%zu].names[%zu]: SCMP_ACT_NOTIFY cannot "
			           "be used for the write syscall",
			           i, j);
	return 0;
}

static int check_seccomp(const struct spec_seccomp *c, struct err *e)
{
	if (c && check_listener(c, e))
		return -1;
	for (size_t i = 0; c && i < c->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &c->syscalls[i];

		if (!r->n_names)
			return BAD(e, "linux.seccomp.syscalls[%zu].names: empty", i);
		for (size_t j = 0; j < r->n_args; j++)
			if (r->args[j].index > 5)
				return BAD(
				    e,
				    "linux.seccomp.syscalls[%zu].args[%zu].index: not from 0 to 5",
				    i, j);
		if (check_notify(r, i, e))
			return -1;
	}
	return 0;
}

/* Names that the file system has taken are no groups. */
bool check_rdt_name(const char *name)
{
	return *name && !list_has(".\0..\0info\0mon_groups\0mon_data\0", name) &&
	       !strpbrk(name, "/\n");
}

int check_intel_rdt(const struct spec_intel_rdt *r, struct err *e)
{
	if (!r)
		return 0;
	if (r->clos_id && *r->clos_id && strcmp(r->clos_id, "/") != 0 &&
	    !check_rdt_name(r->clos_id))
		return BAD(e, "linux.intelRdt.closID: \"%s\" is not the name of a group",
		           r->clos_id);
	if (r->mem_bw_schema && *r->mem_bw_schema &&
	    (strncmp(r->mem_bw_schema, "MB:", 3) != 0 || strchr(r->mem_bw_schema, '\n')))
		return BAD(e, "linux.intelRdt.memBwSchema: \"%s\" is not one line of MB:...",
		           r->mem_bw_schema);
	return 0;
}

static int check_propagation(const struct spec_linux *l, struct err *e)
{
	static const char words[] = "shared\0slave\0private\0unbindable\0"
				    "rshared\0rslave\0rprivate\0runbindable\0";
	const char *word = l->rootfs_propagation;

	if (!word || !*word || list_has(words, word))
		return 0;
	return BAD(e, "linux.rootfsPropagation: \"%s\" is not shared, slave, private or unbindable",
	           word);
}

static int check_annotations(const struct spec *s, struct err *e)
{
	for (size_t i = 0; i < s->n_annotations; i++)
		if (!*s->annotations[i].key)
			return BAD(e, "annotations: a key is empty");
	return 0;
}

int check_spec(const struct spec *s, struct err *e)
{
	if (check_version(s, e) || check_root(s, e) || check_mounts(s, e))
		return -1;
	if (s->process && check_process(s->process, e))
		return -1;
	if (check_hooks(s->hooks, e) || check_namespaces(s, e) || check_joined_mounts(s, e) ||
	    check_names(s, e) || check_mappings(s, e) || check_time_offsets(s, e) ||
	    check_net_devices(s, e))
		return -1;
	if (check_devices(s->linux_, e) || check_resources(s->linux_->resources, e))
		return -1;
	if (check_intel_rdt(s->linux_->intel_rdt, e))
		return -1;
	if (check_seccomp(s->linux_->seccomp, e) || check_propagation(s->linux_, e))
		return -1;
	if (check_process_linux(s->linux_, e))
		return -1;
	return check_annotations(s, e);
}
