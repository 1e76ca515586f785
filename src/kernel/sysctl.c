/* sysctl.c - checks and writes kernel parameters by their path below /proc/sys. */
#define _GNU_SOURCE
#include "kernel/sysctl.h"

#include "base/bits.h"
#include "base/list.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_MAX = 255 };

#define RESOLVE (SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV)

enum { NAME_SIZE = 4, PATHS_SIZE = 132 };

/* Whose namespace a parameter belongs to. A path that ends with "/" stands for all below it. */
/* clang-format off */
#define OWNER(type, name, paths) \
	{ type + FITS(name, NAME_SIZE) + FITS(paths, PATHS_SIZE), name, paths }

static const struct owner {
	int type;
	char name[NAME_SIZE];   /* of the namespace; also of its file in /proc/PID/ns */
	char paths[PATHS_SIZE]; /* list.h */
} owners[] = {
	OWNER(CLONE_NEWIPC, "ipc",
	      "kernel/msgmax\0" "kernel/msgmnb\0" "kernel/msgmni\0" "kernel/sem\0"
	      "kernel/shmall\0" "kernel/shmmax\0" "kernel/shmmni\0" "kernel/shm_rmid_forced\0"
	      "fs/mqueue/\0"),
	OWNER(CLONE_NEWNET, "net", "net/\0"),
	OWNER(CLONE_NEWUTS, "uts", "kernel/domainname\0"),
};
/* clang-format on */

/* The key as a path: false when it is too long or has an empty, "." or ".." component. */
static bool key_path(const char *key, char path[KEY_MAX + 1])
{
	size_t len = strlen(key), i = 0;
	bool dots = strcspn(key, ".") < strcspn(key, "/");

	if (len > KEY_MAX)
		return false;
	for (; i < len; i++)
		path[i] = dots && key[i] == '.' ? '/' : dots && key[i] == '/' ? '.' : key[i];
	path[i] = 0;
	for (const char *p = path;; p++) {
		size_t n = strcspn(p, "/");
		if (!n || (n == 1 && *p == '.') || (n == 2 && !memcmp(p, "..", 2)))
			return false;
		p += n;
		if (!*p)
			return true;
	}
}

static bool is_owned(const struct owner *o, const char *path)
{
	for (const char *p = o->paths; *p; p = list_at(p, 1)) {
		const size_t n = strlen(p);
		const bool subtree = p[n - 1] == '/';

		if (subtree ? !strncmp(path, p, n) : !strcmp(path, p))
			return true;
	}
	return false;
}

static const struct owner *find_owner(const char *path)
{
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
		if (is_owned(&owners[i], path))
			return &owners[i];
	return NULL;
}

/* A namespace joined by path may be the caller's own, and its parameters the host's. */
static bool is_own(const char *ns_path, const char *name)
{
	char own[32];
	struct stat a, b;

	snprintf(own, sizeof own, "/proc/self/ns/%s", name);
	if (stat(ns_path, &a) || stat(own, &b))
		return true; /* unknown counts as the host's */
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int check_key(const struct spec *s, const char *key, struct err *e)
{
	char path[KEY_MAX + 1];

	if (!key_path(key, path))
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.sysctl: \"%s\" is not the name of a kernel parameter", key);
	if (!strcmp(path, "kernel/hostname"))
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.sysctl: \"%s\" conflicts with the OCI \"hostname\" field",
		                key);
	const struct owner *o = find_owner(path);
	if (!o)
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.sysctl: \"%s\" is not in a separate kernel namespace", key);
	const struct spec_namespace *n = spec_namespace(s, o->type);
	if (!n || (n->path && is_own(n->path, o->name)))
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.sysctl: \"%s\" is not allowed in the host's %s namespace",
		                key, o->name);
	return 0;
}

int sysctl_check(const struct spec *s, struct err *e)
{
	for (size_t i = 0; i < s->linux_->n_sysctl; i++)
		if (check_key(s, s->linux_->sysctl[i].key, e))
			return -1;
	return 0;
}

static int write_key(int sys_fd, const char *key, const char *value, struct err *e)
{
	char path[KEY_MAX + 1];
	size_t len = strlen(value);

	if (!key_path(key, path))
		return err_kind(e, ERR_CONFIG, 0,
		                "linux.sysctl: \"%s\" is not the name of a kernel parameter", key);
	own_fd fd = sys_openat2(sys_fd, path, O_WRONLY, 0, RESOLVE);
	if (fd < 0)
		return err_set(e, errno, "linux.sysctl: open %s", key);
	/* One write: the kernel takes the value whole or not at all. */
	ssize_t n = write(fd, value, len);
	if (n < 0 || (size_t)n != len)
		return err_set(e, n < 0 ? errno : EIO, "linux.sysctl: write \"%s\" to %s", value,
		               key);
	return 0;
}

int sysctl_apply(int proc_fd, const struct spec *s, struct err *e)
{
	const struct spec_linux *l = s->linux_;

	if (!l->n_sysctl)
		return 0;
	own_fd sys_fd = sys_openat2(proc_fd, "sys", O_PATH | O_DIRECTORY, 0, RESOLVE);
	if (sys_fd < 0)
		return err_set(e, errno, "linux.sysctl: open the container's /proc/sys");
	for (size_t i = 0; i < l->n_sysctl; i++)
		if (write_key(sys_fd, l->sysctl[i].key, l->sysctl[i].value, e))
			return -1;
	return 0;
}
