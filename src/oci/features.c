/*
 * features.c - the features document. Its lists are the tables by which scow works, and whether a
 * property is honoured is asked of the table that loads it.
 */
#include "oci/features.h"

#include "base/json.h"
#include "kernel/caps.h"
#include "kernel/mount_option.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_arch.h"
#include "spec/spec.h"

#include <string.h>

struct enabled {
	bool enabled;
};

struct rdt_features {
	bool enabled, schemata, monitoring;
};

struct cgroup_features {
	bool v1, v2, systemd, systemd_user, rdma;
};

struct seccomp_features {
	bool enabled;
	char **actions, **operators, **archs, **known_flags, **supported_flags;
	size_t n_actions, n_operators, n_archs, n_known_flags, n_supported_flags;
};

struct mount_extensions {
	struct enabled *idmap;
};

struct linux_features {
	char **namespaces, **capabilities;
	size_t n_namespaces, n_capabilities;
	struct cgroup_features *cgroup;
	struct seccomp_features *seccomp;
	struct enabled *apparmor, *selinux, *memory_policy, *net_devices;
	struct rdt_features *intel_rdt;
	struct mount_extensions *mount_extensions;
};

struct features {
	char *version_min, *version_max;
	char **hooks, **mount_options, **unsafe_annotations;
	size_t n_hooks, n_mount_options, n_unsafe_annotations;
	struct linux_features *linux_;
	struct json_pair *annotations;
	size_t n_annotations;
};

/* clang-format off */
JSON_TYPE(enabled_type, enabled, JSON_BOOL(enabled, "enabled", enabled));

JSON_TYPE(rdt_type, rdt_features,
	JSON_BOOL(rdt_features, "enabled", enabled),
	JSON_BOOL(rdt_features, "schemata", schemata),
	JSON_BOOL(rdt_features, "monitoring", monitoring));

JSON_TYPE(cgroup_type, cgroup_features,
	JSON_BOOL(cgroup_features, "v1", v1),
	JSON_BOOL(cgroup_features, "v2", v2),
	JSON_BOOL(cgroup_features, "systemd", systemd),
	JSON_BOOL(cgroup_features, "systemdUser", systemd_user),
	JSON_BOOL(cgroup_features, "rdma", rdma));

JSON_TYPE(seccomp_type, seccomp_features,
	JSON_BOOL(seccomp_features, "enabled", enabled),
	JSON_STRV(seccomp_features, "actions", actions),
	JSON_STRV(seccomp_features, "operators", operators),
	JSON_STRV(seccomp_features, "archs", archs),
	JSON_STRV(seccomp_features, "knownFlags", known_flags),
	JSON_STRV(seccomp_features, "supportedFlags", supported_flags));

JSON_TYPE(mount_extensions_type, mount_extensions,
	JSON_OBJ(mount_extensions, "idmap", idmap, &enabled_type));

JSON_TYPE(linux_type, linux_features,
	JSON_STRV(linux_features, "namespaces", namespaces),
	JSON_STRV(linux_features, "capabilities", capabilities),
	JSON_OBJ(linux_features, "cgroup", cgroup, &cgroup_type),
	JSON_OBJ(linux_features, "seccomp", seccomp, &seccomp_type),
	JSON_OBJ(linux_features, "apparmor", apparmor, &enabled_type),
	JSON_OBJ(linux_features, "selinux", selinux, &enabled_type),
	JSON_OBJ(linux_features, "intelRdt", intel_rdt, &rdt_type),
	JSON_OBJ(linux_features, "memoryPolicy", memory_policy, &enabled_type),
	JSON_OBJ(linux_features, "netDevices", net_devices, &enabled_type),
	JSON_OBJ(linux_features, "mountExtensions", mount_extensions, &mount_extensions_type));

JSON_TYPE(features_type, features,
	JSON_STR(features, "ociVersionMin", version_min),
	JSON_STR(features, "ociVersionMax", version_max),
	JSON_STRV(features, "hooks", hooks),
	JSON_STRV(features, "mountOptions", mount_options),
	JSON_OBJ(features, "linux", linux_, &linux_type),
	JSON_MAP(features, "annotations", annotations),
	JSON_STRV(features, "potentiallyUnsafeConfigAnnotations", unsafe_annotations));
/* clang-format on */

struct words {
	char **v;
	size_t n;
};

static struct words of_table(struct arena *a, const struct json_word *t)
{
	struct words w = { arena_array(a, 64, sizeof *w.v), 0 };

	for (; *t->word; t++)
		w.v[w.n++] = arena_strdup(a, t->word);
	return w;
}

/* The row of "linux.netDevices" below *t, or NULL. The table that it stands in becomes *t. */
static const struct json_field *row_of(const struct json_type **t, const char *place)
{
	for (;;) {
		const size_t len = strcspn(place, ".");
		const struct json_field *f = &(*t)->rows->first;

		while (f && (strncmp(f->key, place, len) || f->key[len]))
			f = json_next(f);
		if (!f || !place[len])
			return f;
		*t = json_sub(*t, f); /* the callers' places have names behind tables only */
		place += len + 1;
	}
}

static struct enabled *honoured(struct arena *a, const char *place)
{
	struct enabled *ret = arena_alloc(a, sizeof *ret);
	const struct json_type *t = &spec_type;
	const struct json_field *f = row_of(&t, place);

	ret->enabled = f && f->kind != JSON_KIND_REFUSE;
	return ret;
}

static struct words of_rows(struct arena *a, const char *place)
{
	struct words w = { arena_array(a, 64, sizeof *w.v), 0 };
	const struct json_type *t = &spec_type;
	const struct json_field *f = row_of(&t, place);

	t = json_sub(t, f);
	for (f = &t->rows->first; f; f = json_next(f))
		w.v[w.n++] = arena_strdup(a, f->key);
	return w;
}

static struct words architectures(struct arena *a)
{
	struct words w = { arena_array(a, 64, sizeof *w.v), 0 };
	char *save, *name = strtok_r(arena_strdup(a, seccomp_arch_names), " ", &save);

	for (; name; name = strtok_r(NULL, " ", &save))
		w.v[w.n++] = arena_printf(a, "SCMP_ARCH_%s", name);
	return w;
}

/* That scow knows; this kernel may know fewer. */
static struct words flags(struct arena *a, bool supported)
{
	struct words w = { arena_array(a, 64, sizeof *w.v), 0 };

	for (const struct seccomp_flag *f = seccomp_flags; *f->word; f++)
		if (!supported || seccomp_flag_works(f->value))
			w.v[w.n++] = arena_strdup(a, f->word);
	return w;
}

static struct words mount_options(struct arena *a)
{
	struct words w = { arena_array(a, 128, sizeof *w.v), 0 };

	for (const struct mount_word *m = mount_words; *m->word; m++)
		w.v[w.n++] = arena_strdup(a, m->word);
	return w;
}

static struct words capabilities(struct arena *a)
{
	struct words w = { arena_array(a, 64, sizeof *w.v), 0 };
	char name[CAPS_NAME_MAX];

	while (w.n < 64 && caps_name((int)w.n, name)) {
		w.v[w.n] = arena_strdup(a, name);
		w.n++;
	}
	return w;
}

#define SET_WORDS(obj, m, list) \
	do { \
		const struct words list_ = list; \
		(obj)->m = list_.v; \
		(obj)->n_##m = list_.n; \
	} while (0)

static struct seccomp_features *seccomp(struct arena *a)
{
	struct seccomp_features *s = arena_alloc(a, sizeof *s);

	s->enabled = true;
	SET_WORDS(s, actions, of_table(a, spec_seccomp_actions));
	SET_WORDS(s, operators, of_table(a, spec_seccomp_ops));
	SET_WORDS(s, archs, architectures(a));
	SET_WORDS(s, known_flags, flags(a, false));
	SET_WORDS(s, supported_flags, flags(a, true));
	return s;
}

char *features_text(struct arena *a)
{
	char unsafe[] = "org.scow.", version_min[] = "1.0.0", version_max[] = "1.3.0";
	char key[] = "org.scow.version", version[] = SCOW_VERSION;
	char *unsafe_list[] = { unsafe };
	struct rdt_features rdt = {
		.enabled = honoured(a, "linux.intelRdt")->enabled,
		.schemata = honoured(a, "linux.intelRdt.schemata")->enabled,
		.monitoring = honoured(a, "linux.intelRdt.enableMonitoring")->enabled,
	};
	struct mount_extensions extensions = { honoured(a, "mounts.uidMappings") };
	struct cgroup_features cgroup = {
		.v2 = true,
		.systemd = true,
		.rdma = honoured(a, "linux.resources.rdma")->enabled,
	};
	struct linux_features l = {
		.cgroup = &cgroup,
		.seccomp = seccomp(a),
		.apparmor = honoured(a, "process.apparmorProfile"),
		.selinux = honoured(a, "process.selinuxLabel"),
		.intel_rdt = &rdt,
		.memory_policy = honoured(a, "linux.memoryPolicy"),
		.net_devices = honoured(a, "linux.netDevices"),
		.mount_extensions = &extensions,
	};
	struct json_pair annotation = { key, version };
	struct features f = {
		.version_min = version_min,
		.version_max = version_max,
		.linux_ = &l,
		.unsafe_annotations = unsafe_list,
		.n_unsafe_annotations = 1,
		.annotations = &annotation,
		.n_annotations = 1,
	};

	SET_WORDS(&f, hooks, of_rows(a, "hooks"));
	SET_WORDS(&f, mount_options, mount_options(a));
	SET_WORDS(&l, capabilities, capabilities(a));
	SET_WORDS(&l, namespaces, of_table(a, spec_namespaces));
	return json_text(a, &features_type, &f, 2);
}
