/* record.c - state.json by table. */
#include "store/record.h"

#include "base/fd.h"
#include "base/own.h"
#include "kernel/cgroup.h"
#include "spec/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* clang-format off */
JSON_TYPE(record_type, record,
	JSON_I64(record, "format", format),
	JSON_STR(record, "ociVersion", oci_version),
	JSON_STR_REQ(record, "id", id),
	JSON_BOOL(record, "creating", creating),
	JSON_STR(record, "bootId", boot_id),
	JSON_I64(record, "pid", pid),
	JSON_U64(record, "startTime", start_time),
	JSON_STR(record, "bundle", bundle),
	JSON_STR(record, "rootfs", rootfs),
	JSON_STR(record, "cgroup", cgroup),
	JSON_U64(record, "delegated", delegated),
	JSON_BOOL(record, "keepCgroup", keep_cgroup),
	JSON_STR(record, "unit", unit),
	JSON_STR(record, "created", created),
	JSON_STR(record, "owner", owner),
	JSON_BOOL(record, "noNewKeyring", no_new_keyring),
	JSON_BOOL(record, "ownPidNamespace", own_pid_ns),
	JSON_STR(record, "rdt", rdt),
	JSON_BOOL(record, "rdtOwn", rdt_own),
	JSON_BOOL(record, "rdtMonitor", rdt_monitor),
	JSON_BOOL(record, "hooks", hooks),
	JSON_BOOL(record, "notifies", notifies),
	JSON_MAP(record, "annotations", annotations));
/* clang-format on */

static int write_first(const struct ctr *c, const char *text, struct err *e)
{
	own_fd fd = openat(c->dir, "state.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, errno, "create the record of container %s", c->id);
	if (fd_write_all(fd, text, strlen(text))) {
		err_set(e, errno, "write the record of container %s", c->id);
		(void)unlinkat(c->dir, "state.json", 0);
		return -1;
	}
	return 0;
}

int record_prepare(struct arena *a, const struct ctr *c, const struct record *r, struct err *e)
{
	const char *text = json_text(a, &record_type, r, 0);

	if (fd_replace_prepare(c->dir, "state.json", text, strlen(text), 0600, e))
		return err_ctx(e, "record of container %s", c->id);
	return 0;
}

int record_commit(const struct ctr *c, struct err *e)
{
	if (fd_replace_commit(c->dir, "state.json", e))
		return err_ctx(e, "record of container %s", c->id);
	return 0;
}

int record_write(struct arena *a, const struct ctr *c, const struct record *r, bool first,
                 struct err *e)
{
	if (first)
		return write_first(c, json_text(a, &record_type, r, 0), e);
	return record_prepare(a, c, r, e) ? -1 : record_commit(c, e);
}

/* What is damaged must not make us signal a process or empty a cgroup that is another's. */
static int check(struct arena *a, const char *id, const struct record *r, struct err *e)
{
	const char *clean = NULL;

	if (strcmp(r->id, id))
		return err_set(e, 0, "record of container %s: it is that of \"%s\"", id, r->id);
	if (r->pid < 0 || r->pid > INT32_MAX)
		return err_set(e, 0, "record of container %s: pid %lld", id, (long long)r->pid);
	if (r->rdt && (*r->rdt || r->rdt_own) && !check_rdt_name(r->rdt))
		return err_set(e, 0, "record of container %s: resctrl group \"%s\"", id, r->rdt);
	if (r->unit && (!r->cgroup || !*r->unit || strchr(r->unit, '/')))
		return err_set(e, 0, "record of container %s: systemd unit \"%s\"", id, r->unit);
	if (!r->cgroup)
		return 0;
	if (!*r->cgroup || cgroup_path(a, r->cgroup, id, &clean, e) || strcmp(clean, r->cgroup))
		return err_set(e, 0, "record of container %s: cgroup \"%s\"", id, r->cgroup);
	return 0;
}

static int load(struct arena *a, const char *id, const char *text, size_t len, struct record *ret,
                struct err *e)
{
	if (json_load(a, text, len, &record_type, ret, e))
		return err_ctx(e, "record of container %s", id);
	if (ret->format < 1 || ret->format < RECORD_FORMAT - 1 || ret->format > RECORD_FORMAT + 1)
		return err_set(
		    e, 0,
		    "record of container %s: format %lld is not known to this version of scow", id,
		    (long long)ret->format);
	return check(a, id, ret, e);
}

/* Nearly all are half a kilobyte: one call. */
static int read_text(struct arena *a, int fd, const char *path, char **ret_text, size_t *ret_len,
                     struct err *e)
{
	char small[2048];
	const ssize_t n = pread(fd, small, sizeof small, 0);

	if (n < 0 || (size_t)n == sizeof small)
		return fd_read_all(a, fd, path, RECORD_SIZE_MAX, ret_text, ret_len, e);
	*ret_text = arena_alloc(a, (size_t)n + 1);
	memcpy(*ret_text, small, (size_t)n);
	*ret_len = (size_t)n;
	return 0;
}

static int read_at(struct arena *a, int dir, const char *path, const char *id, struct record *ret,
                   struct err *e)
{
	/* A fifo in its place is empty: nobody is waited for. */
	own_fd fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	char *text;
	size_t len;
	int failed =
	    fd < 0 ? err_set(e, errno, "open %s", path) : read_text(a, fd, path, &text, &len, e);

	if (failed) {
		if (e->no == ENOENT || e->no == ENOTDIR)
			return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist",
			                id);
		return err_ctx(e, "record of container %s", id);
	}
	/* The first write is no rename, and readers have no lock: this one is about to come, or
	 * never came. */
	if (!len)
		return err_kind(e, ERR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
	return load(a, id, text, len, ret, e);
}

int record_read(struct arena *a, const struct ctr *c, struct record *ret, struct err *e)
{
	return read_at(a, c->dir, "state.json", c->id, ret, e);
}

int record_load(struct arena *a, const char *root, const char *id, struct record *ret,
                struct err *e)
{
	if (ctr_check_id(id, e))
		return -1;
	return read_at(a, AT_FDCWD, arena_printf(a, "%s/%s/state.json", root, id), id, ret, e);
}

int record_write_filter(const struct ctr *c, uint32_t flags, const struct sock_filter *filter,
                        uint32_t n, struct err *e)
{
	const size_t size = n * sizeof *filter;
	const struct iovec iov[] = { { &flags, sizeof flags },
		                     { (void *)(uintptr_t)filter, size } };
	own_fd fd = openat(c->dir, "seccomp.bpf", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || writev(fd, iov, 2) != (ssize_t)(sizeof flags + size))
		return err_set(e, errno, "write seccomp.bpf of container %s", c->id);
	return 0;
}

int record_read_filter(struct arena *a, const struct ctr *c, uint32_t *ret_flags,
                       const struct sock_filter **ret_filter, uint32_t *ret_n, struct err *e)
{
	struct sock_filter *filter = arena_alloc(a, BPF_SIZE_MAX);
	const struct iovec iov[] = { { ret_flags, sizeof *ret_flags }, { filter, BPF_SIZE_MAX } };
	own_fd fd = openat(c->dir, "seccomp.bpf", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : readv(fd, iov, 2);

	if (n < 0)
		return err_set(e, errno, "read seccomp.bpf of container %s", c->id);
	size_t size = (size_t)n - sizeof *ret_flags;
	if ((size_t)n <= sizeof *ret_flags || size % sizeof *filter || size == BPF_SIZE_MAX)
		return err_set(e, 0, "seccomp.bpf of container %s is damaged", c->id);
	*ret_filter = filter;
	*ret_n = (uint32_t)(size / sizeof *filter);
	return 0;
}
