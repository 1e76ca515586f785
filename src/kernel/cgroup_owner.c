/*
 * cgroup_owner.c - the container's cgroup in the hands of the user that its program runs as, who
 * may then make cgroups below it and move the processes there.
 *
 * What to hand over is the kernel's to say: of the files in a cgroup, those that change nothing for
 * the cgroups beside and above it. The limits stay the host's.
 */
#define _GNU_SOURCE
#include "kernel/cgroup.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILES_MAX = 1024 }; /* bytes of the kernel's list */

/* Linux 5.10 has the list; a sysfs that is not mounted does not. The OCI's runtime specification
 * names these, in its rules on the ownership of cgroups. */
static void list_files(char list[FILES_MAX])
{
	if (fd_read_text(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, FILES_MAX) <= 0)
		snprintf(list, FILES_MAX, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n");
}

int cgroup_give(const struct cgroup *cg, uid_t uid, struct err *e)
{
	const gid_t same = (gid_t)-1;
	char list[FILES_MAX], *save = NULL;

	if (fchown(cg->fd, uid, same))
		return err_set(e, errno, "give cgroup %s to user %u", cg->path, (unsigned)uid);
	list_files(list);
	for (char *f = strtok_r(list, "\n", &save); f; f = strtok_r(NULL, "\n", &save))
		/* a file of a controller that this cgroup does not have */
		if (fchownat(cg->fd, f, uid, same, AT_SYMLINK_NOFOLLOW) && errno != ENOENT)
			return err_set(e, errno, "give %s of cgroup %s to user %u", f, cg->path,
			               (unsigned)uid);
	return 0;
}
