/* fd.h - small files read and written whole, and descriptors sent over sockets. All opens are
 * O_CLOEXEC. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Read at most size - 1 bytes and end them with NUL. The length, or -1 and errno (EFBIG: there was
 * more). A fifo in the file's place is empty: nobody is waited for. */
ssize_t fd_read_text(int dirfd, const char *path, char *buf, size_t size);

/* What one read(2) gives: all of a one-record file of /proc or sysfs, or the beginning of a longer
 * file. */
ssize_t fd_read_start(int dirfd, const char *path, char *buf, size_t size);

/* 63 of "/dev/fd/63" or "/proc/self/fd/63", or -1. */
int fd_named(const char *path);

/* The whole of a regular file, NUL-terminated, in the arena; more than max bytes is an error that
 * names the path. A descriptor that is named (fd_named) is closed: it must not reach a container.
 */
int fd_read_file(struct arena *a, int dirfd, const char *path, size_t max, char **ret_text,
                 size_t *ret_len, struct err *e);

/* The whole of what an open descriptor gives, with the same limit; `what` names it in errors. */
int fd_read_all(struct arena *a, int fd, const char *what, size_t max, char **ret_text,
                size_t *ret_len, struct err *e);

/*
 * Close what is open of n descriptors; all are -1 afterwards. Neighbours go by one call, which is
 * what most are that one function has opened.
 */
void fd_drop_all(int *const fds[], size_t n);

/* One write of text into an existing file (cgroup, procfs). -1 and errno. */
int fd_put(int dirfd, const char *path, const char *text);

/* Write all of it, through short writes and EINTR. -1 and errno. */
int fd_write_all(int fd, const void *data, size_t len);

/*
 * Make or replace a file: written as ".NAME.new" beside it, then renamed, so that a reader sees the
 * old or the new one whole. The caller holds the lock of the directory. No fsync: for tmpfs.
 */
int fd_replace(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
               struct err *e);

/* Its two halves: the new content beside the old one, under a name of its own, and the rename. */
int fd_replace_prepare(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
                       struct err *e);
int fd_replace_commit(int dirfd, const char *name, struct err *e);

/* The same, on disk when it returns: file and directory are synced. */
int fd_replace_durable(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
                       struct err *e);

enum { FD_SEND_MAX = 8 }; /* descriptors beside one record */

/* One record with n_fds descriptors beside it. -1 and errno. */
int fd_send_fds(int sock, const void *data, size_t len, const int *fds, size_t n_fds);

/* The length, 0 at the peer's end, or -1 and errno. fds[0 .. n_fds-1] is filled from the front and
 * -1 where none came; more than n_fds are closed. */
ssize_t fd_recv_fds(int sock, void *data, size_t size, int *fds, size_t n_fds);

/* A connection to the unix stream socket of that name, of any length. -1 and errno. */
int fd_connect(const char *path);

/* One record with at most one descriptor beside it (fd -1: none). -1 and errno. */
int fd_send(int sock, const void *data, size_t len, int fd);

/* The length, 0 at the peer's end, or -1 and errno. *ret_fd is -1 when none came; NULL ret_fd: none
 * is wanted. */
ssize_t fd_recv(int sock, void *data, size_t size, int *ret_fd);
