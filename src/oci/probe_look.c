/* probe_look.c - looks at the kernel, namespaces, security and limits. */
#define _GNU_SOURCE
#include "oci/probe_look.h"

#include "base/bits.h"
#include "base/fd.h"
#include "base/own.h"
#include "kernel/ns.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { NAME_SIZE = 13 };

/* clang-format off */
#define NAMED(name, number) { number + FITS(name, NAME_SIZE), name }
/* clang-format on */

/* The last descriptor that there can be, which nobody has open. */
LOOK(floor)
{
	struct utsname u;

	(void)p, (void)root;
	if (!uname(&u))
		probe_say(detail, "%s %s", u.release, u.machine);
	return !sys_close_range(~0u, ~0u, 0) || errno != ENOSYS;
}

LOOK(proc)
{
	struct statfs s;

	(void)p, (void)root, (void)detail;
	return !statfs("/proc", &s) && s.f_type == PROC_SUPER_MAGIC;
}

static const char *file_system_name(unsigned magic)
{
	static const struct {
		unsigned magic;
		char name[NAME_SIZE];
	} names[] = {
		NAMED("tmpfs", TMPFS_MAGIC),       NAMED("ramfs", RAMFS_MAGIC),
		NAMED("squashfs", SQUASHFS_MAGIC), NAMED("erofs", EROFS_SUPER_MAGIC_V1),
		NAMED("ext4", EXT4_SUPER_MAGIC),   NAMED("overlay", OVERLAYFS_SUPER_MAGIC),
		NAMED("btrfs", BTRFS_SUPER_MAGIC), NAMED("f2fs", F2FS_SUPER_MAGIC),
		NAMED("xfs", XFS_SUPER_MAGIC),     NAMED("ubifs", 0x24051905),
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].magic == magic)
			return names[i].name;
	return "another file system";
}

/* --root, or what of its path exists: create makes the rest. */
LOOK(root)
{
	char path[1024];
	struct statfs s;

	(void)p;
	snprintf(path, sizeof path, "%s", root);
	for (char *end; statfs(path, &s) && (end = strrchr(path, '/')) && end > path;)
		*end = '\0';
	if (statfs(path, &s) || access(path, W_OK)) {
		probe_say(detail, "%s: %s", path, strerror(errno));
		return false;
	}
	const bool volatile_ = s.f_type == TMPFS_MAGIC || s.f_type == RAMFS_MAGIC;
	probe_say(detail, "%s, %s%s", root, file_system_name((unsigned)s.f_type),
	          volatile_ ? "" : " (a tmpfs would spare the flash, and be empty after a boot)");
	return true;
}

LOOK(host_root)
{
	struct statfs s;

	(void)p, (void)root;
	if (statfs("/", &s))
		return false;
	probe_say(detail, "%s, %s", file_system_name((unsigned)s.f_type),
	          s.f_flags & ST_RDONLY ? "read-only" : "writable");
	return true;
}

LOOK(namespace)
{
	struct err e;
	int type = ns_type(p->name);

	(void)root;
	if (!probe_in_child((unsigned)type, NULL))
		return true;
	const int no = errno;
	ns_failed((unsigned)type, no, "clone3", &e);
	const char *text = strchr(e.text, ':'); /* behind the property */
	probe_say(detail, "%s", text && !e.no ? text + 2 : strerror(no));
	return false;
}

static int lower_oom_score(void)
{
	return fd_put(AT_FDCWD, "/proc/self/oom_score_adj", "-1000");
}

LOOK(oom_score)
{
	(void)p, (void)root, (void)detail;
	return !probe_in_child(0, lower_oom_score);
}

LOOK(rlimit)
{
	struct rlimit r;

	(void)p, (void)root;
	if (getrlimit(RLIMIT_NOFILE, &r))
		return false;
	if (r.rlim_max == RLIM_INFINITY)
		probe_say(detail, "no hard limit");
	else
		probe_say(detail, "hard limit %llu", (unsigned long long)r.rlim_max);
	return true;
}

/* A filter at address 0 is a bad one only where filters are known. */
LOOK(seccomp)
{
	(void)p, (void)root, (void)detail;
	return !sys_seccomp_filter(0, NULL) || errno == EFAULT;
}

LOOK(seccomp_action)
{
	static const struct {
		uint32_t action;
		char name[NAME_SIZE];
	} actions[] = {
		NAMED("KILL_PROCESS", SECCOMP_RET_KILL_PROCESS),
		NAMED("KILL_THREAD", SECCOMP_RET_KILL_THREAD),
		NAMED("TRAP", SECCOMP_RET_TRAP),
		NAMED("ERRNO", SECCOMP_RET_ERRNO),
		NAMED("NOTIFY", SECCOMP_RET_USER_NOTIF),
		NAMED("TRACE", SECCOMP_RET_TRACE),
		NAMED("LOG", SECCOMP_RET_LOG),
		NAMED("ALLOW", SECCOMP_RET_ALLOW),
	};
	char missing[PROBE_DETAIL_MAX] = "";

	(void)p, (void)root;
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		char *list = sys_seccomp_action(actions[i].action) ? missing : detail;
		size_t n = strlen(list);
		snprintf(list + n, PROBE_DETAIL_MAX - n, "%s%s", n ? " " : "", actions[i].name);
	}
	if (*missing)
		probe_say(detail, "%s", missing);
	return !*missing;
}

static int join_keyring(void)
{
	return sys_keyctl_join(NULL) < 0 ? -1 : 0;
}

LOOK(keyring)
{
	(void)p, (void)root;
	if (!probe_in_child(0, join_keyring))
		return true;
	probe_say(detail, "%s", strerror(errno));
	return false;
}

/* The text of a file; "N" and no file say no. */
LOOK(text)
{
	(void)root;
	if (fd_read_start(AT_FDCWD, p->arg, detail, PROBE_DETAIL_MAX) <= 0) {
		*detail = '\0';
		return false;
	}
	detail[strcspn(detail, "\n")] = '\0';
	const bool there = strcmp(detail, "N");
	if (!there || !strcmp(detail, "Y"))
		*detail = '\0';
	return there;
}

/* A file system of the kernel's own, mounted at its usual place. */
LOOK(magic)
{
	struct statfs s;

	(void)root;
	if (!statfs(p->arg, &s) && s.f_type != SYSFS_MAGIC) {
		probe_say(detail, "%s", p->arg);
		return true;
	}
	return false;
}

/* /proc/swaps: a line of headings, then one for each. */
LOOK(swap)
{
	char text[512];

	(void)p, (void)root;
	if (fd_read_start(AT_FDCWD, "/proc/swaps", text, sizeof text) <= 0)
		return false;
	const char *first = strchr(text, '\n');
	if (!first || !first[1])
		return false;
	probe_say(detail, "%.*s", (int)strcspn(first + 1, " \t\n"), first + 1);
	return true;
}
