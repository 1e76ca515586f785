/*
 * mount_fs.c - fsopen, one fsconfig for each option, fsmount.
 *
 * For file systems whose source or options may be paths (a block device, overlay's directories),
 * where the mount must exist before its place in the container is entered: mount(2) would read a
 * relative path there.
 */
#define _GNU_SOURCE
#include "kernel/mount_fs.h"

#include "base/own.h"
#include "sys/sys.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

/* The next option, its end made a NUL; commas between the double quotes of a context are its own.
 */
static char *next_option(char **rest)
{
	char *start = *rest, *p = start;
	bool quotes = !strncmp(start, "context=", 8), quoted = false;

	for (; *p && (quoted || *p != ','); p++)
		quoted ^= quotes && *p == '"';
	*rest = p + (*p == ',');
	*p = '\0';
	return start;
}

/* mount(2) leaves the quotes of a context to SELinux; fsconfig(2) takes it without them. */
static char *without_quotes(const char *key, char *value)
{
	size_t n = strlen(value);

	if (strcmp(key, "context") || n < 2 || *value != '"' || value[n - 1] != '"')
		return value;
	value[n - 1] = '\0';
	return value + 1;
}

static int configure_fs(const struct mount_entry *m, int fs)
{
	static const struct {
		unsigned flag;
		char key[12];
	} keys[] = {
		{ MS_RDONLY, "ro" },     { MS_SYNCHRONOUS, "sync" },     { MS_DIRSYNC, "dirsync" },
		{ MS_MANDLOCK, "mand" }, { MOUNT_LAZYTIME, "lazytime" },
	};
	char data[MOUNT_DATA_MAX + 1] = "", *rest = data;

	if (m->source && sys_fsconfig_string(fs, "source", m->source) < 0)
		return -1;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (((m->o.set | m->o.set_all) & keys[i].flag) &&
		    sys_fsconfig_flag(fs, keys[i].key) < 0)
			return -1;
	if (m->o.data)
		snprintf(data, sizeof data, "%s", m->o.data); /* it fits: mount_options_parse */
	while (*rest) {
		char *p = next_option(&rest), *value = strchr(p, '=');
		if (!*p)
			continue;
		if (value)
			*value++ = '\0';
		if ((value ? sys_fsconfig_string(fs, p, without_quotes(p, value))
		           : sys_fsconfig_flag(fs, p)) < 0)
			return -1;
	}
	return sys_fsconfig_create(fs);
}

int mount_new_failed(const struct mount_entry *m, int no, struct err *e)
{
	/* Of a type that does not exist: filesystems(5) lists those that do. */
	if (no == ENODEV)
		return err_set(e, 0, "mount %s on /%s: this kernel has no such file system",
		               m->type, m->clean);
	return err_set(e, no, "mount %s on /%s", m->type, m->clean);
}

/*
 * What the file system itself says of a failure, "e overlay: No changes allowed", behind ours.
 * fsopen(2)
 */
static int fs_failed(const struct mount_entry *m, int fs, struct err *e)
{
	int no = errno;
	char text[256];
	ssize_t n = read(fs, text, sizeof text - 1);

	if (n > 2) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		return err_set(e, no, "mount %s on /%s: %s", m->type, m->clean, text + 2);
	}
	return err_set(e, no, "mount %s on /%s", m->type, m->clean);
}

int mount_fs_open(const struct mount_entry *m, struct err *e)
{
	struct sys_mount_attr attr;

	mount_attr_fill((m->o.set | m->o.set_all) & ~MOUNT_NOSYMFOLLOW, 0, &attr);
	own_fd fs = sys_fsopen(m->type);
	if (fs < 0)
		return mount_new_failed(m, errno, e);
	if (configure_fs(m, fs) < 0)
		return fs_failed(m, fs, e);
	int fd = sys_fsmount(fs, (unsigned)attr.attr_set);
	if (fd < 0 && errno == ENOSPC)
		return err_set(e, ENOSPC, "mount %s on /%s%s", m->type, m->clean,
		               mount_no_room(ENOSPC));
	return fd < 0 ? fs_failed(m, fs, e) : fd;
}
