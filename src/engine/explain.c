/*
 * explain.c - a walk over the tables, then the checks of create.
 *
 *	json_walk	a row for each property; equal ones of a list are one
 *	spec_load	the first rule of the spec that is broken
 *	check_machine	a row is made REFUSED, or gets a reason
 */
#define _GNU_SOURCE
#include "engine/explain.h"

#include "base/fd.h"
#include "base/own.h"
#include "engine/policy.h"
#include "kernel/caps.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_device.h"
#include "kernel/cgroup_limit.h"
#include "kernel/limit.h"
#include "kernel/lsm.h"
#include "kernel/mount_option.h"
#include "kernel/ns.h"
#include "kernel/resctrl.h"
#include "kernel/seccomp.h"
#include "kernel/sysctl.h"
#include "kernel/userns.h"
#include "oci/rootless.h"
#include "spec/spec.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACE_MAX = 256, LOOK_BACK = 64 };

struct work {
	struct arena *a;
	struct explain *out;
	size_t room;
	int dir; /* the bundle's */
	struct spec spec;
};

const char *explain_verdict_name(enum explain_verdict v)
{
	static const char *const names[] = { "honoured", "ignored", "REFUSED" };

	return names[v];
}

static struct explain_row *add(struct work *w, enum explain_verdict v, const char *place,
                               const char *why)
{
	struct explain *x = w->out;

	if (x->n == w->room) {
		struct explain_row *rows;

		w->room = w->room ? 2 * w->room : 64;
		rows = arena_array(w->a, w->room, sizeof *rows);
		if (x->n)
			memcpy(rows, x->rows, x->n * sizeof *rows);
		x->rows = rows;
	}
	x->refused += v == EXPLAIN_REFUSED;
	x->rows[x->n] = (struct explain_row){ v, arena_strdup(w->a, place),
		                              why ? arena_strdup(w->a, why) : NULL };
	return &x->rows[x->n++];
}

/* "mounts[3].type" to "mounts[].type" */
static void without_numbers(const char *place, char out[PLACE_MAX])
{
	size_t n = 0;

	for (const char *p = place; *p && n < PLACE_MAX - 1; p++) {
		out[n++] = *p;
		if (*p == '[' && p[1 + strspn(p + 1, "0123456789")] == ']')
			p += strspn(p + 1, "0123456789");
	}
	out[n] = '\0';
}

static struct explain_row *find(struct work *w, const char *place, size_t back)
{
	struct explain *x = w->out;

	for (size_t i = x->n; i && back; i--, back--)
		if (!strcmp(x->rows[i - 1].place, place))
			return &x->rows[i - 1];
	return NULL;
}

static void seen(void *data, enum json_seen what, const char *place, const char *why)
{
	struct work *w = data;
	char all[PLACE_MAX];

	without_numbers(place, all);
	if (what == JSON_SEEN_BAD)
		add(w, EXPLAIN_REFUSED, place, why);
	else if (what == JSON_SEEN_UNKNOWN)
		add(w, EXPLAIN_IGNORED, place, "not a property that scow knows");
	else if (!strncmp(place, "annotations." POLICY_PREFIX,
	                  sizeof "annotations." POLICY_PREFIX - 1))
		add(w, EXPLAIN_HONOURED, place, "by define: create and run ignore it");
	else if (!strcmp(all, place) || !find(w, all, LOOK_BACK))
		add(w, EXPLAIN_HONOURED, all, NULL);
}

/* A property is refused after all; a list's stays honoured for its other members. */
static void refuse(struct work *w, const char *place, const char *why)
{
	struct explain_row *row = find(w, place, SIZE_MAX);

	if (!row)
		(void)add(w, EXPLAIN_REFUSED, place, why);
	else if (row->verdict != EXPLAIN_REFUSED) {
		w->out->refused++;
		*row = (struct explain_row){ EXPLAIN_REFUSED, row->place, arena_strdup(w->a, why) };
	}
}

/* Of an error that begins with the property it is about, "config.json: a.b: why", or with none. */
static void refuse_error(struct work *w, const char *otherwise, const struct err *e)
{
	char line[ERR_LINE_MAX], *text = line;
	size_t n;

	err_text(e, line, sizeof line);
	if (!strncmp(text, "config.json: ", 13))
		text += 13;
	n = strcspn(text, ": ");
	if (text[n] != ':' || text[n + 1] != ' ') {
		refuse(w, otherwise, text);
		return;
	}
	text[n] = '\0';
	refuse(w, text, text + n + 2);
}

/* ---- the machine ---- */

static void check_root(struct work *w)
{
	const struct spec_root *r = w->spec.root;
	struct stat st;

	if (!r)
		return;
	if (fstatat(w->dir, r->path, &st, 0))
		refuse(w, "root.path", strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		refuse(w, "root.path", strerror(ENOTDIR));
}

/* define refuses what it does not know, and names the nearest; create and run take anything. */
static void check_policy(struct work *w)
{
	const struct spec *s = &w->spec;

	for (size_t i = 0; i < s->n_annotations; i++) {
		const struct spec one = { .annotations = &s->annotations[i], .n_annotations = 1 };
		struct policy p;
		struct err e;

		if (policy_read(w->a, &one, &p, &e))
			refuse(w, arena_printf(w->a, "annotations.%s", s->annotations[i].key),
			       arena_printf(w->a, "by define: %s", e.text));
	}
}

static void check_list_of_caps(struct work *w, const char *name, char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (caps_number(v[i]) < 0)
			(void)add(w, EXPLAIN_IGNORED,
			          arena_printf(w->a, "process.capabilities.%s[%zu]", name, i),
			          arena_printf(w->a, "%s is unknown", v[i]));
}

static void check_process(struct work *w)
{
	const struct spec_process *p = w->spec.process;
	const struct spec_capabilities *c = p ? p->capabilities : NULL;

	if (!p)
		refuse(w, "process", "missing");
	if (!c)
		return;
	check_list_of_caps(w, "bounding", c->bounding, c->n_bounding);
	check_list_of_caps(w, "effective", c->effective, c->n_effective);
	check_list_of_caps(w, "inheritable", c->inheritable, c->n_inheritable);
	check_list_of_caps(w, "permitted", c->permitted, c->n_permitted);
	check_list_of_caps(w, "ambient", c->ambient, c->n_ambient);
}

/* A hard limit that is raised for a moment, by a process that is over soon, does no harm. */
static void check_rlimits(struct work *w)
{
	const struct spec_process *p = w->spec.process;
	struct rlimit64 r;

	for (size_t i = 0; p && i < p->n_rlimits; i++) {
		const struct spec_rlimit *l = &p->rlimits[i];

		if (prlimit64(0, l->type, NULL, &r) || l->hard <= r.rlim_max)
			continue;
		r.rlim_max = l->hard;
		if (prlimit64(0, l->type, &r, NULL))
			refuse(w, arena_printf(w->a, "process.rlimits[%zu].hard", i),
			       arena_printf(w->a, "raise it: %s", strerror(errno)));
	}
}

static void check_score(struct work *w)
{
	struct err e;

	if (w->spec.process && limit_oom_score_adj(0, &w->spec.process->oom_score_adj, &e))
		refuse_error(w, "process.oomScoreAdj", &e);
}

/* One at a time: each may be refused. */
static void check_label(struct work *w, const struct spec_process *p, const char *mount_label)
{
	struct lsm l;
	struct err e;

	if (lsm_prepare(p, mount_label, &l, &e))
		refuse_error(w, "process", &e);
	else
		lsm_drop(&l);
}

static void check_labels(struct work *w)
{
	const struct spec_process none = { .args = NULL },
				  *p = w->spec.process ? w->spec.process : &none;
	const struct spec_process apparmor = { .apparmor_profile = p->apparmor_profile };
	const struct spec_process selinux = { .selinux_label = p->selinux_label };

	check_label(w, &apparmor, NULL);
	check_label(w, &selinux, NULL);
	check_label(w, &none, w->spec.linux_->mount_label);
}

static void check_mount(struct work *w, size_t i)
{
	const struct spec_mount *m = &w->spec.mounts[i];
	struct mount_options o;
	struct err e;

	if (mount_options_parse(w->a, m->options, m->n_options, &o, &e)) {
		refuse_error(w, arena_printf(w->a, "mounts[%zu].options", i), &e);
		return;
	}
	if (o.bind || o.remount || !m->type || !strcmp(m->type, "bind") ||
	    !strcmp(m->type, "cgroup"))
		return;
	own_fd fd = sys_fsopen(m->type);
	if (fd < 0 && errno == ENODEV)
		refuse(w, arena_printf(w->a, "mounts[%zu].type", i),
		       arena_printf(w->a, "this kernel has no file system %s", m->type));
}

static void check_mounts(struct work *w)
{
	for (size_t i = 0; i < w->spec.n_mounts; i++)
		check_mount(w, i);
}

static void check_namespaces(struct work *w)
{
	const struct spec_linux *l = w->spec.linux_;
	struct err e;

	for (size_t i = 0; i < l->n_namespaces; i++)
		if (!l->namespaces[i].path && ns_check(l->namespaces[i].type, &e))
			refuse(w, arena_printf(w->a, "linux.namespaces[%zu].type", i),
			       strchr(e.text, ' ') + 1);
}

static void check_sysctls(struct work *w)
{
	struct err e;

	if (sysctl_check(&w->spec, &e))
		refuse_error(w, "linux.sysctl", &e);
}

static void check_seccomp(struct work *w)
{
	struct seccomp_program p;
	struct err e;

	if (seccomp_compile(w->a, w->spec.linux_->seccomp, &p, &e))
		refuse_error(w, "linux.seccomp", &e);
	else if (p.n && sys_seccomp_filter(0, NULL) && errno == ENOSYS)
		refuse(w, "linux.seccomp", "this kernel has no seccomp");
}

static void check_resctrl(struct work *w)
{
	const char *mount;
	struct err e;

	if (!w->spec.linux_->intel_rdt)
		return;
	if (resctrl_find(w->a, &mount, &e))
		refuse_error(w, "linux.intelRdt", &e);
	else if (access(mount, W_OK))
		refuse(w, "linux.intelRdt", arena_printf(w->a, "%s: %s", mount, strerror(errno)));
}

static void check_user(struct work *w)
{
	struct err e;

	for (size_t i = 0; userns_is_needed() && rootless_rules[i]; i++)
		if (rootless_rules[i](&w->spec, &e))
			refuse_error(w, "linux", &e);
}

/* "memory.max" needs "memory". */
static bool has_controller(const char *controllers, const char *file)
{
	const size_t n = strcspn(file, ".");

	for (const char *p = controllers; *p; p += strcspn(p, " \n"), p += strspn(p, " \n"))
		if (strcspn(p, " \n") == n && !strncmp(p, file, n))
			return true;
	return !strncmp(file, "cgroup.", 7);
}

/* Each limit by the file that it becomes, which is the reason why it is honoured. controllers NULL:
 * the container has no cgroup. */
static void check_limit(struct work *w, const struct cgroup_setting *s, const char *controllers)
{
	const char *place = arena_printf(w->a, "linux.resources.%s", s->property);
	struct explain_row *row = find(w, place, SIZE_MAX);

	if (!controllers && (!s->unless || *s->unless))
		refuse(w, place,
		       arena_printf(w->a, "no cgroup is delegated to user %u", (unsigned)getuid()));
	else if (!controllers)
		return; /* no limit, as it is without */
	else if (!has_controller(controllers, s->file))
		refuse(w, place,
		       arena_printf(w->a, "the requested cgroup controller `%.*s` is not available",
		                    (int)strcspn(s->file, "."), s->file));
	else if (row && row->verdict == EXPLAIN_HONOURED && !row->why)
		row->why = arena_printf(w->a, "%s = %s", s->file, s->text);
}

static void check_limits(struct work *w, const char *root)
{
	const struct spec_resources *r = w->spec.linux_->resources;
	const bool own = userns_is_needed() && !w->spec.linux_->cgroups_path;
	const char *below = own ? rootless_delegated(w->a) : "";
	struct cgroup_setting *s;
	char controllers[1024];
	struct err e;

	if (!below ||
	    fd_read_text(AT_FDCWD, arena_printf(w->a, "%s%s/cgroup.controllers", root, below),
	                 controllers, sizeof controllers) < 0)
		*controllers = '\0';
	if (cgroup_limit_plan(w->a, r, &s, &e)) {
		refuse_error(w, "linux.resources", &e);
		return;
	}
	for (; s; s = s->next)
		check_limit(w, s, below ? controllers : NULL);
}

static void check_devices(struct work *w)
{
	const struct spec_resources *r = w->spec.linux_->resources;
	struct bpf_insn *insns;
	struct err e;
	size_t len;

	if (cgroup_device_program(w->a, r->devices, r->n_devices, &insns, &len, &e)) {
		refuse_error(w, "linux.resources.devices", &e);
		return;
	}
	if (!len || !cgroup_device_try(w->a, &e))
		return;
	if (e.no != EPERM || !userns_is_needed()) {
		refuse_error(w, "linux.resources.devices", &e);
		return;
	}
	struct explain_row *row = find(w, "linux.resources.devices[].allow", SIZE_MAX);
	if (row)
		row->why =
		    arena_strdup(w->a, "not enforced: a node opens for whom it would outside");
}

static void check_cgroup(struct work *w)
{
	const struct spec_linux *l = w->spec.linux_;
	const char *path, *root;
	struct err e;

	if (cgroup_path(w->a, l->cgroups_path, "ID", &path, &e))
		refuse_error(w, "linux.cgroupsPath", &e);
	root = cgroup_find(&e);
	if (!root) {
		refuse(w, "linux.cgroupsPath", e.text);
		return;
	}
	if (!l->resources)
		return;
	check_limits(w, root);
	check_devices(w);
}

static void check_machine(struct work *w)
{
	check_policy(w);
	check_process(w);
	check_labels(w);
	check_rlimits(w);
	check_score(w);
	check_root(w);
	check_user(w);
	check_mounts(w);
	check_namespaces(w);
	check_sysctls(w);
	check_seccomp(w);
	check_resctrl(w);
	check_cgroup(w);
}

/* A file as it is; a directory is a bundle. *ret_dir: what relative paths are below. */
static int open_config(const char *path, int *ret_dir, const char **ret_name, struct err *e)
{
	char above[4096];
	const char *slash = strrchr(path, '/');

	*ret_name = "config.json";
	*ret_dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir >= 0)
		return 0;
	if (errno != ENOTDIR)
		return err_set(e, errno, "open %s", path);
	snprintf(above, sizeof above, "%.*s", slash ? (int)(slash - path) + 1 : 1,
	         slash ? path : ".");
	*ret_name = slash ? slash + 1 : path;
	*ret_dir = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret_dir < 0 ? err_set(e, errno, "open %s", above) : 0;
}

int explain_config(struct arena *a, const char *path, struct explain *ret, struct err *e)
{
	struct work w = { .a = a, .out = ret, .dir = -1 };
	struct err first;
	const char *name;
	char *text;
	size_t len;

	*ret = (struct explain){ 0 };
	if (open_config(path, &w.dir, &name, e))
		return -1;
	own_fd dir = w.dir;
	if (fd_read_file(a, dir, name, SPEC_SIZE_MAX, &text, &len, e))
		return err_ctx(e, "%s", path);
	if (json_walk(a, text, len, &spec_type, seen, &w, e))
		return err_ctx(e, "%s", path);
	if (spec_load(a, text, len, &w.spec, &first)) {
		refuse_error(&w, "config.json", &first);
		return 0; /* what the other checks look at is not whole */
	}
	check_machine(&w);
	return 0;
}
