/*
 * self.c - execute ourselves from a file reference that cannot be written through (self.h: why).
 *
 *   first start -- file system without writes? -- yes --> go on
 *     |
 *     +-- open_tree(CLONE), mount_setattr(RDONLY) --> second start -- read-only? -- yes --> go on
 *     `-- refused: memfd, copy, seals -------------> second start -- sealed? ----- yes --> go on
 *
 * The second start is told by the odd spelling of its path, which comes back as AT_EXECFN. That
 * only ends an endless loop: what it relies on is what it finds in /proc/self/exe.
 */
#define _GNU_SOURCE
#include "kernel/self.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/sys.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#define EXE   "/proc/self/exe"
#define AGAIN "/proc/self/./fd/"
#define COMM  "scow"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum { MEMFD_EXEC = 0x10 }; /* linux/memfd.h of 6.3 */

/* File systems whose drivers cannot write: no remount changes that. */
static const uint32_t without_writes[] = {
	SQUASHFS_MAGIC, EROFS_SUPER_MAGIC_V1, CRAMFS_MAGIC, ISOFS_SUPER_MAGIC, 0x7275 /* romfs */,
};

static bool cannot_write(const struct statfs *s)
{
	for (size_t i = 0; i < sizeof without_writes / sizeof *without_writes; i++)
		if ((uint32_t)s->f_type == without_writes[i])
			return true;
	return false;
}

static bool is_sealed(void)
{
	own_fd fd = open(EXE, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && (fcntl(fd, F_GET_SEALS) & SEALS) == SEALS;
}

bool self_is_second_start(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name && !strncmp(name, AGAIN, sizeof AGAIN - 1);
}

static void execute(int fd, char *const argv[], char *const envp[])
{
	char path[sizeof AGAIN + 12];

	snprintf(path, sizeof path, AGAIN "%d", fd);
	execve(path, argv, envp);
}

/* The descriptor must not survive the exec: as long as it is open, the clone counts as mounted. */
static int clone_read_only(struct err *e)
{
	const struct sys_mount_attr rdonly = { .attr_set = SYS_MOUNT_ATTR_RDONLY };
	own_fd fd = sys_open_tree(AT_FDCWD, EXE, SYS_OPEN_TREE_CLONE);

	if (fd < 0)
		return err_set(e, errno, "clone the mount of " EXE);
	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH, &rdonly))
		return err_set(e, errno, "make the clone of " EXE " read-only");
	return own_fd_take(&fd);
}

/* Where vm.memfd_noexec is 1 or more the flag is needed; before 6.3 it is not known. */
static int make_memfd(void)
{
	int fd = memfd_create(COMM, MFD_CLOEXEC | MFD_ALLOW_SEALING | MEMFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(COMM, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

static int copy_sealed(struct err *e)
{
	own_fd exe = open(EXE, O_RDONLY | O_CLOEXEC);
	own_fd fd = make_memfd();
	struct stat st;

	if (exe < 0 || fstat(exe, &st))
		return err_set(e, errno, "open " EXE);
	if (fd < 0)
		return err_set(e, errno, "make a file in memory");
	for (off_t at = 0; at < st.st_size;) {
		ssize_t n = sendfile(fd, exe, &at, (size_t)(st.st_size - at));
		if (n <= 0)
			return err_set(e, n ? errno : EIO, "copy " EXE " into memory");
	}
	if (fcntl(fd, F_ADD_SEALS, SEALS))
		return err_set(e, errno, "seal the copy of " EXE);
	return own_fd_take(&fd);
}

int self_protect(char *const argv[], char *const envp[], struct err *e)
{
	char line[ERR_LINE_MAX];
	struct statfs s;

	if (statfs(EXE, &s))
		return err_set(e, errno, "protect the program's file: find " EXE " (needs /proc)");
	if (cannot_write(&s))
		return 0;
	if (self_is_second_start()) {
		if (!(s.f_flags & ST_RDONLY) && !is_sealed())
			return err_set(e, 0,
			               "protect the program's file: " EXE " is still writable");
		/* For ps(1) only: exec named us after the descriptor. */
		(void)prctl(PR_SET_NAME, COMM);
		return 0;
	}

	int fd = clone_read_only(e);
	if (fd >= 0) {
		execute(fd, argv, envp);
		err_set(e, errno, "execute the read-only clone of " EXE);
		close(fd);
	}
	log_debug("%s: a sealed copy in memory is executed instead",
	          err_text(e, line, sizeof line));
	fd = copy_sealed(e);
	if (fd < 0)
		return err_ctx(e, "protect the program's file");
	execute(fd, argv, envp);
	err_set(e, errno, "execute the sealed copy of " EXE);
	close(fd);
	return err_ctx(e, "protect the program's file");
}
