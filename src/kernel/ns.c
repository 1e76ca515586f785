/* ns.c - joining namespaces, mapping ids, setting clocks. */
#define _GNU_SOURCE
#include "kernel/ns.h"

#include "base/bits.h"
#include "base/decimal.h"
#include "base/fd.h"
#include "base/own.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORD_SIZE = 8, CONFIG_SIZE = 15 };

/* clang-format off */
#define KIND(type, word, file, config) \
	{ (int)type + FITS(word, WORD_SIZE) + FITS(file, WORD_SIZE) + FITS(config, CONFIG_SIZE), \
	  word, file, config }

static const struct kind {
	int type;
	char word[WORD_SIZE];     /* in config.json */
	char file[WORD_SIZE];     /* in /proc/PID/ns, and in /proc/sys/user/max_..._namespaces */
	char config[CONFIG_SIZE]; /* what a kernel is built with that has it; "": all have */
} kinds[] = {
	KIND(CLONE_NEWPID,      "pid",     "pid",    "CONFIG_PID_NS"),
	KIND(CLONE_NEWNET,      "network", "net",    "CONFIG_NET_NS"),
	KIND(CLONE_NEWIPC,      "ipc",     "ipc",    "CONFIG_IPC_NS"),
	KIND(CLONE_NEWUTS,      "uts",     "uts",    "CONFIG_UTS_NS"),
	KIND(CLONE_NEWNS,       "mount",   "mnt",    ""),
	KIND(CLONE_NEWUSER,     "user",    "user",   "CONFIG_USER_NS"),
	KIND(CLONE_NEWCGROUP,   "cgroup",  "cgroup", "CONFIG_CGROUPS"),
	KIND(SYS_CLONE_NEWTIME, "time",    "time",   "CONFIG_TIME_NS"),
};
/* clang-format on */

enum { N_KINDS = sizeof kinds / sizeof *kinds };

const char *ns_name(int type)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].type == type)
			return kinds[i].word;
	return "unknown";
}

int ns_type(const char *name)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (!strcmp(kinds[i].word, name))
			return kinds[i].type;
	return 0;
}

/* /proc/self/ns has what the kernel has. */
static bool is_lacking(const struct kind *k)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/ns/%s", k->file);
	return *k->config && access(path, F_OK) && errno == ENOENT;
}

/* The administrator's limit is 0: none may be made. */
static bool is_off(const struct kind *k)
{
	char path[64], text[32];

	snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", k->file);
	return fd_read_text(AT_FDCWD, path, text, sizeof text) > 0 && !strcmp(text, "0\n");
}

const char *ns_user_switch(void)
{
	static const struct {
		const char *path, *off, *name;
	} switches[] = {
		{ "/proc/sys/kernel/unprivileged_userns_clone", "0\n",
		  "kernel.unprivileged_userns_clone is 0" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n",
		  "kernel.apparmor_restrict_unprivileged_userns is 1" },
	};
	char text[8];

	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
		if (fd_read_text(AT_FDCWD, switches[i].path, text, sizeof text) > 0 &&
		    !strcmp(text, switches[i].off))
			return switches[i].name;
	return NULL;
}

static const char *forbidden_by(void)
{
	const char *why = geteuid() ? ns_user_switch() : NULL;

	return why ? why : "a chroot or a security module";
}

static int explain_kind(const struct kind *k, int no, struct err *e)
{
	if (is_lacking(k))
		return err_set(e, 0, "linux.namespaces: this kernel has no %s namespaces (%s)",
		               k->word, k->config);
	if (no == ENOSPC && is_off(k))
		return err_set(e, 0,
		               "linux.namespaces: no %s namespaces are allowed here "
		               "(/proc/sys/user/max_%s_namespaces is 0)",
		               k->word, k->file);
	if (no == EPERM && k->type == CLONE_NEWUSER)
		return err_set(e, 0,
		               "linux.namespaces: user namespaces are not permitted here (%s)",
		               forbidden_by());
	return 0;
}

int ns_check(int type, struct err *e)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].type == type)
			return explain_kind(&kinds[i], ENOSPC, e);
	return 0;
}

int ns_failed(unsigned long long flags, int no, const char *what, struct err *e)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (flags & (unsigned)kinds[i].type && explain_kind(&kinds[i], no, e))
			return -1;
	if (no == ENOSPC)
		return err_set(e, 0,
		               "linux.namespaces: too many of them, or in one another "
		               "(/proc/sys/user/max_*_namespaces%s)",
		               flags & CLONE_NEWNS ? ", and mounts count until they are attached"
		                                   : "");
	return err_set(e, no, "%s", what);
}

int ns_open(const char *path, int type, int *ret_fd, struct err *e)
{
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, errno, "open %s namespace %s", ns_name(type), path);
	int is = ioctl(fd, NS_GET_NSTYPE);
	if (is < 0)
		return err_kind(e, ERR_CONFIG, 0, "%s is not a namespace", path);
	if (is != type)
		return err_kind(e, ERR_CONFIG, 0, "%s is a %s namespace, not a %s namespace", path,
		                ns_name(is), ns_name(type));
	*ret_fd = own_fd_take(&fd);
	return 0;
}

int ns_join(int fd, int type, struct err *e)
{
	return setns(fd, type) ? err_set(e, errno, "join the %s namespace", ns_name(type)) : 0;
}

static int write_map(struct arena *a, pid_t pid, const char *file, const struct spec_idmap *v,
                     size_t n, struct err *e)
{
	const char *path = arena_printf(a, "/proc/%d/%s", (int)pid, file);
	size_t size = n * 36 + 1, len = 0;
	char *text = arena_alloc(a, size);

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%u %u %u\n", v[i].container_id,
		                        v[i].host_id, v[i].size);
	if (fd_put(AT_FDCWD, path, text))
		return err_set(e, errno, "write %s of the user namespace", file);
	return 0;
}

int ns_map_ids(struct arena *a, pid_t pid, const struct spec_linux *l, struct err *e)
{
	if (write_map(a, pid, "gid_map", l->gid_mappings, l->n_gid_mappings, e))
		return -1;
	return write_map(a, pid, "uid_map", l->uid_mappings, l->n_uid_mappings, e);
}

int ns_host_uid(struct arena *a, pid_t pid, uid_t uid, uid_t *ret, struct err *e)
{
	enum { MAP_MAX = 340 * 36 }; /* lines that the kernel allows, and their size */
	const char *path = arena_printf(a, "/proc/%d/uid_map", (int)pid);
	char *text = arena_alloc(a, MAP_MAX), *save = NULL;
	uint64_t v[3]; /* inside, outside, how many */

	if (fd_read_text(AT_FDCWD, path, text, MAP_MAX) < 0)
		return err_set(e, errno, "read %s", path);
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (decimal_row(l, 3, v) && uid >= v[0] && uid - v[0] < v[2]) {
			*ret = (uid_t)(v[1] + uid - v[0]);
			return 0;
		}
	return err_set(e, EINVAL, "user %u is not mapped in the user namespace", (unsigned)uid);
}

/* Holds the user namespace until we have it open, or are gone. */
static _Noreturn void hold(const int pipe[2])
{
	char c;

	close(pipe[1]);
	while (read(pipe[0], &c, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

int ns_make_user(struct arena *a, const struct spec_idmap *uids, size_t n_uids,
                 const struct spec_idmap *gids, size_t n_gids, int *ret_fd, struct err *e)
{
	const struct sys_clone args = { .flags = CLONE_NEWUSER,
		                        .exit_signal = SIGCHLD,
		                        .cgroup_fd = -1 };
	int ends[2], pidfd, failed = 0;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, errno, "pipe");
	pid_t pid = sys_clone3(&args, &pidfd);
	int no = errno;
	if (pid == 0)
		hold(ends);
	close(ends[0]);
	if (pid < 0)
		failed = ns_failed(CLONE_NEWUSER, no, "make a user namespace", e);
	if (!failed)
		failed = write_map(a, pid, "gid_map", gids, n_gids, e) ||
		         write_map(a, pid, "uid_map", uids, n_uids, e) ||
		         ns_open(arena_printf(a, "/proc/%d/ns/user", (int)pid), CLONE_NEWUSER,
		                 ret_fd, e);
	close(ends[1]);
	if (pid < 0)
		return -1;
	close(pidfd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return failed ? -1 : 0;
}

int ns_make_time(struct err *e)
{
	if (unshare((int)SYS_CLONE_NEWTIME) == 0)
		return 0;
	return ns_failed(SYS_CLONE_NEWTIME, errno, "make a time namespace", e);
}

int ns_offset_time(struct arena *a, pid_t pid, const struct spec_linux *l, struct err *e)
{
	char text[128]; /* two lines, as there are two clocks and each stands once */
	size_t n = 0;

	for (size_t i = 0; i < l->n_time_offsets && n < sizeof text; i++) {
		const struct spec_time_offset *t = &l->time_offsets[i];
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %" PRId64 " %" PRIu32 "\n",
		                      t->clock, t->secs, t->nanosecs);
	}
	if (fd_put(AT_FDCWD, arena_printf(a, "/proc/%d/timens_offsets", (int)pid), text))
		return err_set(e, errno, "linux.timeOffsets: set the clocks");
	return 0;
}

int ns_enter_time(struct err *e)
{
	const char *path = "/proc/self/ns/time_for_children";
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "open %s", path);
	return ns_join(fd, (int)SYS_CLONE_NEWTIME, e);
}
