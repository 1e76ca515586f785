/* lsm.c - labels, through files of procfs that are surely the kernel's. proc_pid_attr(5) */
#define _GNU_SOURCE
#include "kernel/lsm.h"

#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PROC_ROOT_INODE = 1, LABEL_MAX = 4096 };

#define RESOLVE (SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_MAGICLINKS | SYS_RESOLVE_NO_XDEV)

static bool asked(const char *label)
{
	return label && *label;
}

static bool is_procfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static int open_proc(struct err *e)
{
	struct stat st;
	own_fd fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "open /proc");
	if (!is_procfs(fd) || fstat(fd, &st) || st.st_ino != PROC_ROOT_INODE)
		return err_set(e, 0, "/proc is not the root of procfs");
	return own_fd_take(&fd);
}

/* "self" is the one who looks it up, in any pid namespace. */
static int open_attr(int proc, const char *name, int flags, struct err *e)
{
	char path[64];

	snprintf(path, sizeof path, "self/attr/%s", name);
	own_fd fd = sys_openat2(proc, path, (uint64_t)flags, 0, RESOLVE);
	if (fd < 0)
		return err_set(e, errno, "open `/proc/%s`", path);
	if (!is_procfs(fd))
		return err_set(e, 0, "`/proc/%s` is not on procfs", path);
	return own_fd_take(&fd);
}

/* Compiled in, it has the file; not switched on, it does not answer. */
static bool apparmor_is_on(int proc)
{
	struct err ignored;
	char label[LABEL_MAX];
	own_fd fd = open_attr(proc, "apparmor/current", O_RDONLY, &ignored);

	return fd >= 0 && read(fd, label, sizeof label) > 0;
}

/* It makes its file system known when it is switched on. */
static bool selinux_is_on(int proc)
{
	char text[4096];

	return fd_read_text(proc, "filesystems", text, sizeof text) > 0 &&
	       strstr(text, "\tselinuxfs\n");
}

static int check(int proc, const struct spec_process *p, const char *mount_label, struct err *e)
{
	if (asked(p->apparmor_profile) && !apparmor_is_on(proc))
		return err_kind(e, ERR_CONFIG, 0,
		                "process.apparmorProfile: AppArmor is not enabled on this machine");
	if (!asked(p->selinux_label) && !asked(mount_label))
		return 0;
	if (!selinux_is_on(proc))
		return err_kind(e, ERR_CONFIG, 0, "%s: SELinux is not enabled on this machine",
		                asked(p->selinux_label) ? "process.selinuxLabel"
		                                        : "linux.mountLabel");
	return 0;
}

int lsm_prepare(const struct spec_process *p, const char *mount_label, struct lsm *ret,
                struct err *e)
{
	*ret = (struct lsm)LSM_NONE;
	if (!asked(p->apparmor_profile) && !asked(p->selinux_label) && !asked(mount_label))
		return 0;

	own_fd proc = open_proc(e);
	if (proc < 0 || check(proc, p, mount_label, e))
		return -1;
	ret->proc = own_fd_take(&proc);
	return 0;
}

int lsm_open(struct lsm *l, const struct spec_process *p, struct err *e)
{
	if (l->proc < 0)
		return 0;
	if (asked(p->apparmor_profile)) {
		l->apparmor = open_attr(l->proc, "apparmor/exec", O_WRONLY, e);
		if (l->apparmor < 0)
			return err_ctx(e, "process.apparmorProfile");
	}
	if (asked(p->selinux_label)) {
		l->selinux = open_attr(l->proc, "exec", O_WRONLY, e);
		if (l->selinux >= 0)
			l->keys = open_attr(l->proc, "keycreate", O_WRONLY, e);
		if (l->keys < 0)
			return err_ctx(e, "process.selinuxLabel");
	}
	own_fd_drop(&l->proc);
	return 0;
}

/* One write: the kernel takes a label whole or not at all. */
static int put(int fd, const char *label)
{
	return write(fd, label, strlen(label)) == (ssize_t)strlen(label) ? 0 : -1;
}

int lsm_label_keys(const struct lsm *l, const struct spec_process *p, bool on, struct err *e)
{
	if (l->keys < 0 || !put(l->keys, on ? p->selinux_label : "\n"))
		return 0;
	return err_set(e, errno,
	               "process.selinuxLabel: write \"%s\" to `/proc/self/attr/keycreate`",
	               on ? p->selinux_label : "");
}

int lsm_apply(struct lsm *l, const struct spec_process *p, struct err *e)
{
	char text[LABEL_MAX];

	if (l->apparmor >= 0) {
		snprintf(text, sizeof text, "exec %s", p->apparmor_profile);
		if (put(l->apparmor, text))
			return err_set(e, errno,
			               "process.apparmorProfile: write \"%s\" to "
			               "`/proc/self/attr/apparmor/exec`",
			               p->apparmor_profile);
	}
	if (l->selinux >= 0 && put(l->selinux, p->selinux_label))
		return err_set(e, errno,
		               "process.selinuxLabel: write \"%s\" to `/proc/self/attr/exec`",
		               p->selinux_label);
	lsm_drop(l);
	return 0;
}

void lsm_drop(struct lsm *l)
{
	own_fd_drop(&l->proc);
	own_fd_drop(&l->apparmor);
	own_fd_drop(&l->selinux);
	own_fd_drop(&l->keys);
}
