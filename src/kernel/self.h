/*
 * self.h - the host's binary is out of reach of a container's writes (CVE-2019-5736).
 *
 * A program in a container that gets our process to execute /proc/self/exe (as args[0], behind
 * "#!", as ELF interpreter), or that opens /proc/PID/exe of one of ours, holds a reference to the
 * file that we were started from, and can reopen it for writing when we are gone. So a command that
 * puts a process into a container runs from a reference that can never be written through:
 *
 * 1. The file lies on a file system that has no writes at all (squashfs, erofs): nothing to do.
 * 2. Else execute it again through a detached, read-only clone of its mount. Exec closes the
 * clone's only descriptor; what remains is in no mount namespace, so nobody, with whatever
 * capabilities, can make it writable, attach or clone it (kernel: is_mounted(), check_mnt()).
 * 3. Where that is refused (no CAP_SYS_ADMIN over the mount namespace) or unknown (before 5.12):
 * from a sealed copy in memory.
 * 4. Where that is refused too: an error.
 *
 * For the static binary that is all. A dynamic build maps its libraries from the host; they are
 * reachable only through /proc/PID/map_files, which wants capabilities in the first user namespace.
 * No help against a kernel bug that writes to the page cache of files opened for reading: ways 1
 * and 2 share the file's pages with the host, as every bind mount does.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Are we what self_protect has executed? Whatever the first start has set up survives an exec. */
bool self_is_second_start(void);

/*
 * First thing in main(), for create, run and exec (start, kill, state ... put nothing of ours into
 * a container). Returns 0 when this process is safe as it is; otherwise executes the program again
 * with the same arguments, and does not return. -1: it cannot be made safe. Costs one more start of
 * the program, except in case 1.
 */
int self_protect(char *const argv[], char *const envp[], struct err *e);
