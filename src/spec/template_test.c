/* template_test.c - the templates pass the checks of every config.json, and hold what they should.
 */
#define _GNU_SOURCE
#include "spec/template.h"

#include "spec/check.h"
#include "test/test.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

static bool has(char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], word))
			return true;
	return false;
}

static const struct spec_mount *mount_at(const struct spec *s, const char *destination)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (!strcmp(s->mounts[i].destination, destination))
			return &s->mounts[i];
	return NULL;
}

static bool same_list(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
	for (size_t i = 0; i < n_a && n_a == n_b; i++)
		if (strcmp(a[i], b[i]))
			return false;
	return n_a == n_b;
}

/* Written as JSON and read again it is the same, and passes. */
TEST(template_through_json)
{
	for (int kind = TEMPLATE_FILE; kind <= TEMPLATE_RUN; kind++) {
		struct arena a = { 0 };
		struct spec s, back = { 0 };
		struct err e = { 0 };

		template_spec(&a, (enum template_kind)kind, &s);
		CHECK(!check_spec(&s, &e));
		CHECK_STR(e.text, "");
		const char *text = json_text(&a, &spec_type, &s, 4);
		CHECK(!spec_load(&a, text, strlen(text), &back, &e));
		CHECK_STR(e.text, "");
		CHECK_STR(json_text(&a, &spec_type, &back, 4), text);
		CHECK(back.n_mounts == s.n_mounts &&
		      back.linux_->n_namespaces == s.linux_->n_namespaces);
		arena_free(&a);
	}
}

TEST(template_of_spec)
{
	struct arena a = { 0 };
	struct spec s;

	template_spec(&a, TEMPLATE_FILE, &s);
	CHECK_STR(s.oci_version, "1.1.0");
	CHECK(s.process->terminal && s.process->no_new_privileges && s.process->n_args == 1);
	CHECK_STR(s.process->args[0], "sh");
	CHECK(!s.process->args[1] && s.process->n_env == 2);
	CHECK(s.root->readonly && !strcmp(s.root->path, "rootfs"));
	CHECK(s.process->capabilities->n_bounding == 3 && s.process->capabilities->n_ambient == 0);
	CHECK(s.process->n_rlimits == 1 && s.process->rlimits->type == RLIMIT_NOFILE &&
	      s.process->rlimits->hard == 1024);
	CHECK(s.n_mounts == 7 && s.linux_->n_namespaces == 6 && !spec_namespace(&s, CLONE_NEWUSER));
	CHECK(!s.linux_->seccomp && s.linux_->resources->n_devices == 1 &&
	      !s.linux_->resources->devices->allow);
	CHECK(mount_at(&s, "/sys") && !strcmp(mount_at(&s, "/sys")->type, "sysfs"));
	arena_free(&a);
}

TEST(template_of_rootless)
{
	struct arena a = { 0 };
	struct spec s;

	template_spec(&a, TEMPLATE_ROOTLESS, &s);
	CHECK(spec_namespace(&s, CLONE_NEWUSER) && !spec_namespace(&s, CLONE_NEWNET) &&
	      !s.linux_->resources);
	CHECK(s.linux_->n_uid_mappings == 1 && s.linux_->uid_mappings->size == 1 &&
	      s.linux_->n_gid_mappings == 1);
	CHECK(mount_at(&s, "/sys") && !strcmp(mount_at(&s, "/sys")->source, "/sys"));
	const struct spec_mount *pts = mount_at(&s, "/dev/pts");
	CHECK(pts && !has(pts->options, pts->n_options, "gid=5")); /* gid 5 is not mapped */
	arena_free(&a);
}

TEST(template_of_run)
{
	struct arena a = { 0 };
	struct spec s;

	template_spec(&a, TEMPLATE_RUN, &s);
	const struct spec_capabilities *c = s.process->capabilities;
	const struct spec_linux *l = s.linux_;
	CHECK(c->n_bounding == 11 && c->n_inheritable == 0 && c->n_ambient == 0);
	CHECK(same_list(c->bounding, c->n_bounding, c->effective, c->n_effective));
	CHECK(same_list(c->bounding, c->n_bounding, c->permitted, c->n_permitted));
	CHECK(has(c->bounding, c->n_bounding, "CAP_SYS_CHROOT") &&
	      !has(c->bounding, c->n_bounding, "CAP_NET_RAW"));
	CHECK(s.process->no_new_privileges && !s.process->terminal && s.process->n_rlimits == 0 &&
	      !s.root->readonly);
	CHECK(l->resources->pids->limit.v == 2048);
	CHECK(has(l->masked_paths, l->n_masked_paths, "/proc/kcore"));
	CHECK(has(l->masked_paths, l->n_masked_paths, "/proc/interrupts"));
	CHECK(has(l->masked_paths, l->n_masked_paths, "/sys/devices/virtual/powercap"));
	CHECK(has(l->readonly_paths, l->n_readonly_paths, "/proc/sys"));
	CHECK(mount_at(&s, "/sys/fs/cgroup") &&
	      has(mount_at(&s, "/sys/fs/cgroup")->options, 6, "ro"));
	arena_free(&a);
}

/* Two rules for one name without arguments would hide a mistake: the first wins. */
TEST(template_seccomp_names_each_call_once)
{
	struct arena a = { 0 };
	const struct spec_seccomp *s = template_seccomp(&a);
	size_t n = 0;

	CHECK(s->default_action == SPEC_ACT_ERRNO && s->default_errno_ret.set &&
	      s->default_errno_ret.v == ENOSYS);
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];
		for (size_t j = 0; j < r->n_names; j++, n++) {
			for (size_t k = j + 1; k < r->n_names; k++)
				CHECK(strcmp(r->names[j], r->names[k]) != 0);
			for (size_t k = i + 1; k < s->n_syscalls; k++)
				CHECK(r->n_args || !has(s->syscalls[k].names,
				                        s->syscalls[k].n_names, r->names[j]));
		}
	}
	CHECK(n > 400);
	arena_free(&a);
}
