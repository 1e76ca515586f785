/*
 * spec.h - config.json of the OCI runtime spec 1.3 as C structs: parsed, checked, and const from
 * then on.
 *
 * Absent objects are NULL and absent lists have a count of 0. Names follow the JSON, in snake case.
 * The JSON side is the tables of spec.c; what a table does not name is ignored, what it refuses is
 * not implemented yet. Everything lives in the arena it was loaded into.
 */
#pragma once

#include "base/json.h"

enum { SPEC_SIZE_MAX = 1024 * 1024 }; /* bytes of a config.json */
enum { SPEC_CPUS_MAX = 8192, SPEC_NODES_MAX = 1024 };

struct spec_box {
	uint32_t height, width;
};

struct spec_user {
	uint32_t uid, gid;
	struct json_opt umask;
	uint32_t *additional_gids;
	size_t n_additional_gids;
};

struct spec_capabilities { /* names, "CAP_CHOWN" */
	char **bounding, **effective, **inheritable, **permitted, **ambient;
	size_t n_bounding, n_effective, n_inheritable, n_permitted, n_ambient;
};

struct spec_rlimit {
	int type; /* RLIMIT_* */
	uint64_t soft, hard;
};

struct spec_scheduler { /* sched_setattr(2) */
	int policy;
	int64_t nice, priority;
	char **flags;
	size_t n_flags;
	uint64_t runtime, deadline, period; /* nanoseconds */
};

struct spec_io_priority { /* ioprio_set(2) */
	int class;
	int64_t priority; /* 0, the first, to 7 */
};

struct spec_cpu_affinity { /* of exec; lists of CPUs, NULL or "": unset */
	char *initial, *final;
};

struct spec_process {
	bool terminal, no_new_privileges;
	struct spec_box *console_size;
	struct spec_user *user;
	char *cwd;
	char **args, **env;
	size_t n_args, n_env;
	struct spec_capabilities *capabilities;
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	struct json_opt oom_score_adj;
	char *apparmor_profile, *selinux_label; /* NULL or "": none */
	struct spec_scheduler *scheduler;
	struct spec_io_priority *io_priority;
	struct spec_cpu_affinity *exec_cpu_affinity;
};

struct spec_root {
	char *path;
	bool readonly;
};

struct spec_idmap {
	uint32_t container_id, host_id, size;
};

struct spec_mount {
	char *destination, *type, *source;
	char **options;
	struct spec_idmap *uid_mappings, *gid_mappings; /* both or neither */
	size_t n_options, n_uid_mappings, n_gid_mappings;
};

struct spec_hook {
	char *path;
	char **args, **env;
	size_t n_args, n_env;
	struct json_opt timeout; /* seconds */
};

struct spec_hooks {
	struct spec_hook *prestart, *create_runtime, *create_container, *start_container,
	    *poststart, *poststop;
	size_t n_prestart, n_create_runtime, n_create_container, n_start_container, n_poststart,
	    n_poststop;
};

struct spec_namespace {
	int type;   /* CLONE_NEW*; CLONE_NEWTIME as SYS_CLONE_NEWTIME */
	char *path; /* NULL: a new one */
};

struct spec_time_offset {
	char *clock; /* "monotonic" or "boottime" */
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_net_device {
	char *from; /* its name on the host */
	char *name; /* in the container, "eth%d" for the first that is free; NULL: the same */
};

struct spec_device {
	char *type; /* "c", "b", "u" or "p" */
	char *path;
	int64_t major, minor;
	struct json_opt file_mode;
	uint32_t uid, gid;
};

/* Resources: 0, empty and absent are the same, "unset", unless it says otherwise; -1 is "unlimited"
 * where the spec has it. */
struct spec_device_rule {
	bool allow;
	char *type;                   /* "a", "c", "b"; NULL is "a" */
	struct json_opt major, minor; /* unset or -1: any */
	char *access;                 /* of "rwm"; NULL is all */
};

struct spec_memory {
	int64_t limit, reservation, swap; /* bytes */
	bool check_before_update;         /* no limit below what is in use */
};

struct spec_cpu {
	uint64_t shares; /* 2 to 262144, converted to a weight */
	int64_t quota;   /* microseconds per period */
	uint64_t period;
	struct json_opt burst; /* microseconds; 0 takes one away */
	struct json_opt idle;  /* 1: SCHED_IDLE; 0 takes it away */
	char *cpus, *mems;
};

struct spec_pids {
	struct json_opt limit; /* -1: none; 0 is a limit, as of spec 1.3 */
};

struct spec_throttle {
	int64_t major, minor;
	uint64_t rate;
};

struct spec_weight_device {
	int64_t major, minor;
	uint32_t weight;
};

struct spec_block_io {
	uint32_t weight; /* 10 to 1000 */
	struct spec_weight_device *weight_device;
	struct spec_throttle *read_bps, *write_bps, *read_iops, *write_iops;
	size_t n_weight_device, n_read_bps, n_write_bps, n_read_iops, n_write_iops;
};

struct spec_hugepage_limit {
	char *page_size; /* "2MB" */
	uint64_t limit;  /* bytes */
};

struct spec_rdma {
	char *device; /* "mlx5_1" */
	struct json_opt hca_handles, hca_objects;
};

struct spec_network {
	char none;
}; /* nothing of it exists on cgroup v2 */

struct spec_resources {
	struct spec_device_rule *devices;
	size_t n_devices;
	struct spec_memory *memory;
	struct spec_cpu *cpu;
	struct spec_pids *pids;
	struct spec_block_io *block_io;
	struct spec_hugepage_limit *hugepage_limits;
	size_t n_hugepage_limits;
	struct spec_network *network;
	struct spec_rdma *rdma;
	size_t n_rdma;
	struct json_pair *unified; /* cgroup v2 file name to its text */
	size_t n_unified;
};

struct spec_intel_rdt {
	char *clos_id; /* a group of the resctrl file system; "/" is its root, NULL the container's
	                  id */
	char *l3_cache_schema, *mem_bw_schema;
	char **schemata; /* lines */
	size_t n_schemata;
	bool enable_monitoring, enable_cmt, enable_mbm;
};

enum spec_seccomp_action {
	SPEC_ACT_KILL_THREAD,
	SPEC_ACT_KILL_PROCESS,
	SPEC_ACT_TRAP,
	SPEC_ACT_ERRNO,
	SPEC_ACT_TRACE,
	SPEC_ACT_ALLOW,
	SPEC_ACT_LOG,
	SPEC_ACT_NOTIFY,
};

enum spec_seccomp_op {
	SPEC_CMP_NE,
	SPEC_CMP_LT,
	SPEC_CMP_LE,
	SPEC_CMP_EQ,
	SPEC_CMP_GE,
	SPEC_CMP_GT,
	SPEC_CMP_MASKED_EQ,
};

struct spec_seccomp_arg {
	uint32_t index; /* 0 to 5 */
	uint64_t value, value_two;
	int op; /* enum spec_seccomp_op; for MASKED_EQ value is the mask, value_two the datum */
};

struct spec_seccomp_rule {
	char **names;
	size_t n_names;
	int action; /* enum spec_seccomp_action */
	struct json_opt errno_ret;
	struct spec_seccomp_arg *args;
	size_t n_args;
};

struct spec_seccomp {
	int default_action;
	struct json_opt default_errno_ret;
	char **architectures; /* "SCMP_ARCH_X86_64" … */
	char **flags; /* "SECCOMP_FILTER_FLAG_LOG" …; NULL when absent, not NULL when empty */
	size_t n_architectures, n_flags;
	char *listener_path, *listener_metadata;
	struct spec_seccomp_rule *syscalls;
	size_t n_syscalls;
};

struct spec_memory_policy { /* set_mempolicy(2); without a mode: unset */
	char *mode, *nodes;
	char **flags;
	size_t n_flags;
};

struct spec_personality {
	int domain; /* PER_* of personality(2) */
	char **flags;
	size_t n_flags;
};

struct spec_linux {
	struct spec_namespace *namespaces;
	struct spec_idmap *uid_mappings, *gid_mappings;
	struct spec_time_offset *time_offsets;
	struct spec_net_device *net_devices;
	struct spec_device *devices;
	size_t n_namespaces, n_uid_mappings, n_gid_mappings, n_time_offsets, n_net_devices,
	    n_devices;
	char *cgroups_path;
	struct spec_resources *resources;
	struct spec_seccomp *seccomp;
	struct spec_intel_rdt *intel_rdt;
	struct json_pair *sysctl;
	char **masked_paths, **readonly_paths;
	size_t n_sysctl, n_masked_paths, n_readonly_paths;
	char *rootfs_propagation; /* "shared", "slave", "private", "unbindable" and their r forms;
	                             NULL: private */
	char *mount_label; /* of SELinux, for new file systems; NULL or "": none */
	struct spec_memory_policy *memory_policy;
	struct spec_personality *personality;
};

struct spec {
	char *oci_version, *hostname, *domainname;
	struct spec_process *process;
	struct spec_root *root;
	struct spec_mount *mounts;
	struct spec_hooks *hooks;
	struct json_pair *annotations;
	size_t n_mounts, n_annotations;
	struct spec_linux *linux_; /* never NULL after spec_load */
};

/* The words of config.json, for `features`. */
extern const struct json_word spec_namespaces[], spec_seccomp_actions[], spec_seccomp_ops[];
extern const struct json_word spec_sched_flags[], spec_memory_modes[], spec_memory_flags[];

/* The value of a word in such a table, or -1. */
int spec_word(const struct json_word *table, const char *word);

/* The values of a list of them, all of which are in the table, added up. */
int spec_flags(const struct json_word *table, char *const *words, size_t n);

extern const struct json_type spec_type;           /* struct spec */
extern const struct json_type spec_process_type;   /* struct spec_process: exec's --process file */
extern const struct json_type spec_resources_type; /* struct spec_resources: update's --resources */

/* Parse and check. Errors begin with "config.json: " and the path of the property. */
int spec_load(struct arena *a, const char *text, size_t len, struct spec *ret, struct err *e);

/* The same for the process of exec, in a file of its own. */
int spec_process_load(struct arena *a, const char *text, size_t len, struct spec_process *ret,
                      struct err *e);

/* The same for the resources of update; version: the ociVersion of the container's config.json. */
int spec_resources_load(struct arena *a, const char *text, size_t len, const char *version,
                        struct spec_resources *ret, struct err *e);

/* Whether a rule says SCMP_ACT_NOTIFY; listener_path is set then. NULL c: no. */
bool spec_seccomp_notifies(const struct spec_seccomp *c);

/* The entry of that CLONE_NEW* type, or NULL. */
const struct spec_namespace *spec_namespace(const struct spec *s, int type);
