/*
 * template.c - the built-in containers as tables of words.
 *
 * Lists are written as one string with blanks between the words; split() makes the vectors of
 * spec.h from it.
 */
#define _GNU_SOURCE
#include "spec/template.h"

#include "base/bits.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a program gets that opens a port or two: as `runc spec` has it. */
#define CAPS_FILE "CAP_AUDIT_WRITE CAP_KILL CAP_NET_BIND_SERVICE"

/* podman's default set: what root needs inside, over nothing that is outside. */
#define CAPS_RUN \
	"CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE " \
	"CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT"

#define MASKED_FILE \
	"/proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list " \
	"/proc/timer_stats " \
	"/proc/sched_debug /proc/scsi /sys/firmware"

/* More, as podman and docker mask it: interrupt counts tell keystrokes, powercap tells keys. */
#define MASKED_RUN \
	MASKED_FILE " /proc/interrupts /sys/dev/block /sys/devices/virtual/powercap " \
		    "/sys/fs/selinux"

#define THERMAL "/sys/devices/system/cpu/cpu%u/thermal_throttle"

#define READONLY "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger"

#define DEVPTS "nosuid noexec newinstance ptmxmode=0666 mode=0620"

enum { NOFILE = 1024, PIDS = 2048 };

enum {
	FILE_BIT = 1 << TEMPLATE_FILE,
	ROOTLESS_BIT = 1 << TEMPLATE_ROOTLESS,
	RUN_BIT = 1 << TEMPLATE_RUN
};
enum { WITH_ROOT = FILE_BIT | RUN_BIT, ALL = WITH_ROOT | ROOTLESS_BIT };

/* clang-format off */
enum { DESTINATION_SIZE = 15, TYPE_SIZE = 7, OPTIONS_SIZE = 60 };

#define MOUNT(in, destination, type, source, options) \
	{ destination, type, source, options, \
	  in + FITS(destination, DESTINATION_SIZE) + FITS(type, TYPE_SIZE) + \
	      FITS(source, TYPE_SIZE) + FITS(options, OPTIONS_SIZE) }

static const struct {
	char destination[DESTINATION_SIZE], type[TYPE_SIZE], source[TYPE_SIZE],
	    options[OPTIONS_SIZE];
	unsigned char in; /* the templates that have it */
} mounts[] = {
	MOUNT(ALL, "/proc", "proc", "proc", "nosuid noexec nodev"),
	MOUNT(ALL, "/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k"),
	MOUNT(WITH_ROOT, "/dev/pts", "devpts", "devpts", DEVPTS " gid=5"),
	MOUNT(ROOTLESS_BIT, "/dev/pts", "devpts", "devpts", DEVPTS),
	MOUNT(ALL, "/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k"),
	MOUNT(ALL, "/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"),
	MOUNT(WITH_ROOT, "/sys", "sysfs", "sysfs", "nosuid noexec nodev ro"),
	/* A new sysfs wants an own network namespace, which nobody could connect without root. */
	MOUNT(ROOTLESS_BIT, "/sys", "none", "/sys", "rbind nosuid noexec nodev ro"),
	MOUNT(ALL, "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro"),
};

static const struct {
	int in, type;
} namespaces[] = {
	{ ALL, CLONE_NEWPID }, { WITH_ROOT, CLONE_NEWNET }, { ALL, CLONE_NEWIPC }, { ALL, CLONE_NEWUTS },
	{ ALL, CLONE_NEWNS }, { ALL, CLONE_NEWCGROUP },
};
/* clang-format on */

static char **split(struct arena *a, const char *words, size_t *ret_n)
{
	char *text = arena_strdup(a, words), *state;
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == ' ';
	char **v = arena_array(a, n + 1, sizeof *v);
	n = 0;
	for (char *w = strtok_r(text, " ", &state); w; w = strtok_r(NULL, " ", &state))
		v[n++] = w;
	*ret_n = n;
	return v;
}

/* Per-CPU counters that tell what neighbours do; only x86 has them. moby masks them too. */
static char *masked_run(struct arena *a)
{
	char *list = arena_strdup(a, MASKED_RUN), path[64];

	for (unsigned cpu = 0;; cpu++) {
		snprintf(path, sizeof path, THERMAL, cpu);
		if (access(path, F_OK))
			return list;
		list = arena_printf(a, "%s %s", list, path);
	}
}

static struct spec_capabilities *make_capabilities(struct arena *a, const char *words)
{
	struct spec_capabilities *c = arena_alloc(a, sizeof *c);

	c->bounding = split(a, words, &c->n_bounding);
	c->effective = split(a, words, &c->n_effective);
	c->permitted = split(a, words, &c->n_permitted);
	return c;
}

static struct spec_process *make_process(struct arena *a, bool run)
{
	struct spec_process *p = arena_alloc(a, sizeof *p);

	p->terminal = !run;
	p->no_new_privileges = true;
	p->user = arena_alloc(a, sizeof *p->user);
	p->cwd = arena_strdup(a, "/");
	p->args = split(a, "sh", &p->n_args);
	p->env =
	    split(a, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm",
	          &p->n_env);
	p->capabilities = make_capabilities(a, run ? CAPS_RUN : CAPS_FILE);
	if (!run) {
		p->rlimits = arena_alloc(a, sizeof *p->rlimits);
		*p->rlimits = (struct spec_rlimit){ RLIMIT_NOFILE, NOFILE, NOFILE };
		p->n_rlimits = 1;
	}
	return p;
}

static void make_mounts(struct arena *a, int bit, struct spec *s)
{
	s->mounts = arena_array(a, sizeof mounts / sizeof *mounts, sizeof *s->mounts);
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		if (!(mounts[i].in & bit))
			continue;
		struct spec_mount *m = &s->mounts[s->n_mounts++];
		m->destination = arena_strdup(a, mounts[i].destination);
		m->type = arena_strdup(a, mounts[i].type);
		m->source = arena_strdup(a, mounts[i].source);
		m->options = split(a, mounts[i].options, &m->n_options);
	}
}

static void make_namespaces(struct arena *a, int bit, struct spec_linux *l)
{
	l->namespaces =
	    arena_array(a, sizeof namespaces / sizeof *namespaces + 1, sizeof *l->namespaces);
	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
		if (namespaces[i].in & bit)
			l->namespaces[l->n_namespaces++].type = namespaces[i].type;
}

/* The caller as root of the container: all that a user without subordinate ids can map. */
static struct spec_idmap *make_idmap(struct arena *a, uint32_t host_id)
{
	struct spec_idmap *m = arena_alloc(a, sizeof *m);

	*m = (struct spec_idmap){ 0, host_id, 1 };
	return m;
}

/* All devices are denied; those that every container has (null, zero, tty) a runtime allows. */
static struct spec_resources *make_resources(struct arena *a, bool run)
{
	struct spec_resources *r = arena_alloc(a, sizeof *r);

	r->devices = arena_alloc(a, sizeof *r->devices);
	r->devices->access = arena_strdup(a, "rwm");
	r->n_devices = 1;
	if (run) {
		r->pids = arena_alloc(a, sizeof *r->pids);
		r->pids->limit = (struct json_opt){ true, PIDS };
	}
	return r;
}

void template_map_caller(struct arena *a, struct spec_linux *l)
{
	l->namespaces[l->n_namespaces++].type = CLONE_NEWUSER;
	l->uid_mappings = make_idmap(a, geteuid());
	l->gid_mappings = make_idmap(a, getegid());
	l->n_uid_mappings = l->n_gid_mappings = 1;
}

static struct spec_linux *make_linux(struct arena *a, enum template_kind kind)
{
	struct spec_linux *l = arena_alloc(a, sizeof *l);
	bool run = kind == TEMPLATE_RUN;

	make_namespaces(a, 1 << kind, l);
	if (kind == TEMPLATE_ROOTLESS)
		template_map_caller(a, l);
	else
		l->resources = make_resources(a, run);
	l->seccomp = run ? template_seccomp(a) : NULL;
	l->masked_paths = split(a, run ? masked_run(a) : MASKED_FILE, &l->n_masked_paths);
	l->readonly_paths = split(a, READONLY, &l->n_readonly_paths);
	return l;
}

void template_spec(struct arena *a, enum template_kind kind, struct spec *ret)
{
	struct spec s = { 0 };

	s.oci_version = arena_strdup(a, "1.1.0");
	s.hostname = arena_strdup(a, "scow");
	s.process = make_process(a, kind == TEMPLATE_RUN);
	s.root = arena_alloc(a, sizeof *s.root);
	s.root->path = arena_strdup(a, "rootfs");
	s.root->readonly = kind != TEMPLATE_RUN;
	make_mounts(a, 1 << kind, &s);
	s.linux_ = make_linux(a, kind);
	*ret = s;
}
