/* tty.c - pseudo terminals from the container's devpts. */
#define _GNU_SOURCE
#include "kernel/tty.h"

#include "base/fd.h"
#include "base/own.h"
#include "base/path.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* TIOCGPTPEER is from Linux 4.13; musl's number is the kernel's on every CPU but mips. */
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

/*
 * A container without a devpts of its own has /dev/ptmx at most. Only the multiplexer itself (char
 * 5:2) may be opened: opening a node that the image brought along could block or act.
 */
static bool is_multiplexer(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2);
}

/* Looked at without opening it, and again when it is open. */
static int open_master(int root, struct err *e)
{
	static const char *const names[] = { "/dev/pts/ptmx", "/dev/ptmx" };
	const uint64_t how = SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		own_fd seen = sys_openat2(root, names[i], O_PATH, 0, how);

		if (seen < 0)
			continue;
		if (!is_multiplexer(seen)) {
			errno = ENODEV;
			continue;
		}
		own_fd fd = sys_openat2(root, names[i], O_RDWR | O_NOCTTY | O_NONBLOCK, 0, how);
		if (is_multiplexer(fd) && !fcntl(fd, F_SETFL, O_RDWR))
			return own_fd_take(&fd);
	}
	return err_set(e, errno,
	               "open /dev/pts/ptmx of the container: a terminal needs a devpts mount");
}

int tty_open(int root, const struct spec_box *size, uid_t uid, struct tty *ret, struct err *e)
{
	own_fd master = open_master(root, e);
	int unlock = 0;

	if (master < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlock))
		return err_set(e, errno, "unlock the terminal");
	own_fd slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_set(e, errno, "open the terminal");
	if (size && (size->height || size->width)) {
		struct winsize w = { .ws_row = (unsigned short)size->height,
			             .ws_col = (unsigned short)size->width };

		if (ioctl(master, TIOCSWINSZ, &w))
			return err_set(e, errno, "set the size of the terminal");
	}
	if (fchown(slave, uid, (gid_t)-1))
		return err_set(e, errno, "give the terminal to user %u", uid);
	ret->master = own_fd_take(&master);
	ret->slave = own_fd_take(&slave);
	return 0;
}

int tty_bind_console(int root, int slave, struct err *e)
{
	own_fd target = path_make_file(root, "/dev/console", e);

	if (target < 0)
		return -1;
	own_fd tree = sys_open_tree(slave, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (tree < 0 || sys_move_mount(tree, target, ""))
		return err_set(e, errno, "bind the terminal on /dev/console");
	return 0;
}

int tty_take(int slave, struct err *e)
{
	if (ioctl(slave, TIOCSCTTY, 0))
		return err_set(e, errno, "take the controlling terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return err_set(e, errno, "connect descriptor %d to the terminal", fd);
	return 0;
}

int tty_socket_connect(const char *path, int *ret_fd, struct err *e)
{
	int fd = fd_connect(path);

	if (fd < 0)
		return err_set(e, errno, "connect to console socket %s", path);
	*ret_fd = fd;
	return 0;
}

int tty_socket_send(int sock, int master, struct err *e)
{
	static const char name[] =
	    "/dev/ptmx"; /* receivers want a name, and use it in messages only */

	return fd_send(sock, name, sizeof name - 1, master)
	           ? err_set(e, errno, "send the terminal over the console socket")
	           : 0;
}
