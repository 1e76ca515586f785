/* probe_mount.c - looks at file systems and mounts, all of it detached or in a child's namespace.
 */
#define _GNU_SOURCE
#include "oci/probe_look.h"

#include "base/own.h"
#include "kernel/ns.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* A descriptor that is none: whether the call exists is all that it can tell. */
LOOK(mount_setattr)
{
	const struct sys_mount_attr nothing = { 0 };

	(void)p, (void)root, (void)detail;
	return !sys_mount_setattr(-1, "", AT_EMPTY_PATH, &nothing) || errno != ENOSYS;
}

static int pivot(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("scow", "/proc", "tmpfs", 0, NULL) || chdir("/proc") ||
	       sys_pivot_root(".", ".");
}

LOOK(pivot)
{
	(void)p, (void)root;
	if (!probe_in_child(CLONE_NEWNS, pivot))
		return true;
	if (errno != EINVAL)
		probe_say(detail, "%s", strerror(errno));
	return false;
}

LOOK(file_system)
{
	own_fd fd = sys_fsopen(p->name);

	(void)root;
	if (fd < 0 && errno != ENODEV)
		probe_say(detail, "%s", strerror(errno));
	return fd >= 0;
}

LOOK(loop)
{
	own_fd fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	(void)p, (void)root;
	if (fd < 0)
		probe_say(detail, "/dev/loop-control: %s", strerror(errno));
	return fd >= 0;
}

LOOK(idmap)
{
	const struct spec_idmap map = { .container_id = 0, .host_id = 1, .size = 1 };
	struct arena a = { 0 };
	struct err e;
	int ns = -1;

	(void)p, (void)root;
	int failed = ns_make_user(&a, &map, 1, &map, 1, &ns, &e);
	arena_free(&a);
	if (failed) {
		probe_say(detail, "%s", e.text);
		return false;
	}
	own_fd ns_fd = ns;
	own_fd tree = sys_open_tree(AT_FDCWD, "/", SYS_OPEN_TREE_CLONE);
	const struct sys_mount_attr attr = { .attr_set = SYS_MOUNT_ATTR_IDMAP,
		                             .userns_fd = (uint64_t)ns_fd };
	return tree >= 0 && !sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr);
}
