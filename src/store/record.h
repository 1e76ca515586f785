/*
 * record.h - state.json: what is known of one container, replaced as a whole by rename.
 *
 * It says who the container's process is, not whether it lives: that is the kernel's to say
 * (status.h).
 */
#pragma once

#include "base/json.h"
#include "store/ctr.h"

/* Written into every record. A reader takes its own format and both neighbours, and ignores fields
 * it does not know. */
enum { RECORD_FORMAT = 1 };
enum { RECORD_SIZE_MAX = 1024 * 1024, BPF_SIZE_MAX = 64 * 1024 };

struct sock_filter; /* linux/filter.h */

struct record {
	int64_t format;
	char *oci_version;
	char *id;
	bool creating; /* create has not finished: pid may be 0 */
	char *boot_id;
	int64_t pid;
	uint64_t start_time; /* proc.h */
	char *bundle, *rootfs;
	char *cgroup; /* below the hierarchy's root, NULL: the container has none of its own */
	uint64_t delegated; /* so much of it is a cgroup that was left to us; 0: none of it */
	bool keep_cgroup; /* it was there before the container: delete empties it, and leaves it */
	char *unit;       /* of systemd, which has made the cgroup; or NULL */
	char *created;    /* RFC 3339, UTC, nanoseconds */
	char *owner;
	bool no_new_keyring; /* the caller's keyring is the container's: exec makes none */
	bool own_pid_ns;     /* its first process ends all others */
	char *rdt;           /* resctrl group: "" is the root of them; NULL: none */
	bool rdt_own;        /* it has the container's id, and ends with it */
	bool rdt_monitor;
	bool hooks;    /* config.json has some: start and delete read it again */
	bool notifies; /* its seccomp profile has an agent: start reads config.json for its path */
	struct json_pair *annotations;
	size_t n_annotations;
};

/*
 * Write state.json; the first time directly, in one write, since an empty one counts as none, and
 * only if there is none: e->no is EEXIST.
 */
int record_write(struct arena *a, const struct ctr *c, const struct record *r, bool first,
                 struct err *e);

/*
 * The two halves of the later writes: everything but the rename can be done while another process
 * is waited for. Nobody else may write the record in between. What a killed command has prepared
 * goes with the directory.
 */
int record_prepare(struct arena *a, const struct ctr *c, const struct record *r, struct err *e);
int record_commit(const struct ctr *c, struct err *e);

/* seccomp.bpf: the compiled filter, as seccomp(2) takes it; exec loads it instead of compiling the
 * profile again. */
int record_write_filter(const struct ctr *c, uint32_t flags, const struct sock_filter *filter,
                        uint32_t n, struct err *e);
int record_read_filter(struct arena *a, const struct ctr *c, uint32_t *ret_flags,
                       const struct sock_filter **ret_filter, uint32_t *ret_n, struct err *e);

/* ERR_NO_CONTAINER when there is no state.json or an empty one; any other error is a record that
 * cannot be used. */
int record_read(struct arena *a, const struct ctr *c, struct record *ret, struct err *e);

/* The same by name, with no descriptor kept. */
int record_load(struct arena *a, const char *root, const char *id, struct record *ret,
                struct err *e);
