/*
 * spec.c - the tables between config.json and spec.h, in the order of the OCI runtime spec.
 *
 * A row that says JSON_REFUSE_WHY is a property of the spec that nobody can have on cgroup v2: asking
 * for it is an error, since a container without it would not be the one that was asked for.
 */
#define _GNU_SOURCE
#include "spec/spec.h"

#include "spec/check.h"
#include "sys/sys.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* clang-format off */
JSON_TYPE(box_type, spec_box,
	JSON_U32(spec_box, "height", height),
	JSON_U32(spec_box, "width", width));

JSON_TYPE(user_type, spec_user,
	JSON_U32(spec_user, "uid", uid),
	JSON_U32(spec_user, "gid", gid),
	JSON_OPT(spec_user, "umask", umask),
	JSON_U32V(spec_user, "additionalGids", additional_gids));

JSON_TYPE(capabilities_type, spec_capabilities,
	JSON_STRV(spec_capabilities, "bounding", bounding),
	JSON_STRV(spec_capabilities, "effective", effective),
	JSON_STRV(spec_capabilities, "inheritable", inheritable),
	JSON_STRV(spec_capabilities, "permitted", permitted),
	JSON_STRV(spec_capabilities, "ambient", ambient));

static const struct json_word rlimit_words[] = {
	JSON_WORD("RLIMIT_AS", RLIMIT_AS), JSON_WORD("RLIMIT_CORE", RLIMIT_CORE),
	JSON_WORD("RLIMIT_CPU", RLIMIT_CPU), JSON_WORD("RLIMIT_DATA", RLIMIT_DATA),
	JSON_WORD("RLIMIT_FSIZE", RLIMIT_FSIZE), JSON_WORD("RLIMIT_LOCKS", RLIMIT_LOCKS),
	JSON_WORD("RLIMIT_MEMLOCK", RLIMIT_MEMLOCK), JSON_WORD("RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE),
	JSON_WORD("RLIMIT_NICE", RLIMIT_NICE), JSON_WORD("RLIMIT_NOFILE", RLIMIT_NOFILE),
	JSON_WORD("RLIMIT_NPROC", RLIMIT_NPROC), JSON_WORD("RLIMIT_RSS", RLIMIT_RSS),
	JSON_WORD("RLIMIT_RTPRIO", RLIMIT_RTPRIO), JSON_WORD("RLIMIT_RTTIME", RLIMIT_RTTIME),
	JSON_WORD("RLIMIT_SIGPENDING", RLIMIT_SIGPENDING), JSON_WORD("RLIMIT_STACK", RLIMIT_STACK),
	JSON_WORD_END,
};

JSON_TYPE(rlimit_type, spec_rlimit,
	JSON_ENUM(spec_rlimit, "type", type, rlimit_words),
	JSON_U64(spec_rlimit, "hard", hard),
	JSON_U64(spec_rlimit, "soft", soft));

/* linux/sched.h; ISO is in the spec, and in no kernel. */
static const struct json_word sched_policies[] = {
	JSON_WORD("SCHED_OTHER", SCHED_OTHER), JSON_WORD("SCHED_FIFO", SCHED_FIFO),
	JSON_WORD("SCHED_RR", SCHED_RR), JSON_WORD("SCHED_BATCH", SCHED_BATCH),
	JSON_WORD("SCHED_ISO", 4), JSON_WORD("SCHED_IDLE", SCHED_IDLE),
	JSON_WORD("SCHED_DEADLINE", SCHED_DEADLINE), JSON_WORD_END,
};

const struct json_word spec_sched_flags[] = {
	JSON_WORD("SCHED_FLAG_RESET_ON_FORK", 0x01), JSON_WORD("SCHED_FLAG_RECLAIM", 0x02),
	JSON_WORD("SCHED_FLAG_DL_OVERRUN", 0x04), JSON_WORD("SCHED_FLAG_KEEP_POLICY", 0x08),
	JSON_WORD("SCHED_FLAG_KEEP_PARAMS", 0x10), JSON_WORD("SCHED_FLAG_UTIL_CLAMP_MIN", 0x20),
	JSON_WORD("SCHED_FLAG_UTIL_CLAMP_MAX", 0x40), JSON_WORD_END,
};

JSON_TYPE(scheduler_type, spec_scheduler,
	JSON_ENUM(spec_scheduler, "policy", policy, sched_policies),
	JSON_I64(spec_scheduler, "nice", nice),
	JSON_I64(spec_scheduler, "priority", priority),
	JSON_STRV(spec_scheduler, "flags", flags),
	JSON_U64(spec_scheduler, "runtime", runtime),
	JSON_U64(spec_scheduler, "deadline", deadline),
	JSON_U64(spec_scheduler, "period", period));

static const struct json_word io_classes[] = { /* linux/ioprio.h */
	JSON_WORD("IOPRIO_CLASS_RT", 1), JSON_WORD("IOPRIO_CLASS_BE", 2),
	JSON_WORD("IOPRIO_CLASS_IDLE", 3), JSON_WORD_END,
};

JSON_TYPE(io_priority_type, spec_io_priority,
	JSON_ENUM(spec_io_priority, "class", class, io_classes),
	JSON_I64(spec_io_priority, "priority", priority));

JSON_TYPE(cpu_affinity_type, spec_cpu_affinity,
	JSON_STR(spec_cpu_affinity, "initial", initial),
	JSON_STR(spec_cpu_affinity, "final", final));

JSON_TYPE_SHARED(spec_process_type, spec_process,
	JSON_BOOL(spec_process, "terminal", terminal),
	JSON_OBJ(spec_process, "consoleSize", console_size, &box_type),
	JSON_OBJ(spec_process, "user", user, &user_type),
	JSON_STRV(spec_process, "args", args),
	JSON_STRV(spec_process, "env", env),
	JSON_STR(spec_process, "cwd", cwd),
	JSON_OBJ(spec_process, "capabilities", capabilities, &capabilities_type),
	JSON_OBJV(spec_process, "rlimits", rlimits, &rlimit_type),
	JSON_BOOL(spec_process, "noNewPrivileges", no_new_privileges),
	JSON_OPT(spec_process, "oomScoreAdj", oom_score_adj),
	JSON_STR(spec_process, "apparmorProfile", apparmor_profile),
	JSON_STR(spec_process, "selinuxLabel", selinux_label),
	JSON_OBJ(spec_process, "scheduler", scheduler, &scheduler_type),
	JSON_OBJ(spec_process, "ioPriority", io_priority, &io_priority_type),
	JSON_OBJ(spec_process, "execCPUAffinity", exec_cpu_affinity, &cpu_affinity_type));

JSON_TYPE(root_type, spec_root,
	JSON_STR_REQ(spec_root, "path", path),
	JSON_BOOL(spec_root, "readonly", readonly));

JSON_TYPE(idmap_type, spec_idmap,
	JSON_U32(spec_idmap, "containerID", container_id),
	JSON_U32(spec_idmap, "hostID", host_id),
	JSON_U32(spec_idmap, "size", size));

JSON_TYPE(mount_type, spec_mount,
	JSON_STR_REQ(spec_mount, "destination", destination),
	JSON_STR(spec_mount, "type", type),
	JSON_STR(spec_mount, "source", source),
	JSON_STRV(spec_mount, "options", options),
	JSON_OBJV(spec_mount, "uidMappings", uid_mappings, &idmap_type),
	JSON_OBJV(spec_mount, "gidMappings", gid_mappings, &idmap_type));

JSON_TYPE(hook_type, spec_hook,
	JSON_STR_REQ(spec_hook, "path", path),
	JSON_STRV(spec_hook, "args", args),
	JSON_STRV(spec_hook, "env", env),
	JSON_OPT(spec_hook, "timeout", timeout));

JSON_TYPE(hooks_type, spec_hooks,
	JSON_OBJV(spec_hooks, "prestart", prestart, &hook_type),
	JSON_OBJV(spec_hooks, "createRuntime", create_runtime, &hook_type),
	JSON_OBJV(spec_hooks, "createContainer", create_container, &hook_type),
	JSON_OBJV(spec_hooks, "startContainer", start_container, &hook_type),
	JSON_OBJV(spec_hooks, "poststart", poststart, &hook_type),
	JSON_OBJV(spec_hooks, "poststop", poststop, &hook_type));

const struct json_word spec_namespaces[] = {
	JSON_WORD("pid", CLONE_NEWPID), JSON_WORD("network", CLONE_NEWNET),
	JSON_WORD("ipc", CLONE_NEWIPC), JSON_WORD("uts", CLONE_NEWUTS),
	JSON_WORD("mount", CLONE_NEWNS), JSON_WORD("user", CLONE_NEWUSER),
	JSON_WORD("cgroup", CLONE_NEWCGROUP), JSON_WORD("time", (int)SYS_CLONE_NEWTIME),
	JSON_WORD_END,
};

JSON_TYPE(namespace_type, spec_namespace,
	JSON_ENUM(spec_namespace, "type", type, spec_namespaces),
	JSON_STR(spec_namespace, "path", path));

JSON_TYPE(time_offset_type, spec_time_offset,
	JSON_I64(spec_time_offset, "secs", secs),
	JSON_U32(spec_time_offset, "nanosecs", nanosecs));

JSON_TYPE(net_device_type, spec_net_device,
	JSON_STR(spec_net_device, "name", name));

JSON_TYPE(device_type, spec_device,
	JSON_STR_REQ(spec_device, "path", path),
	JSON_STR_REQ(spec_device, "type", type),
	JSON_I64(spec_device, "major", major),
	JSON_I64(spec_device, "minor", minor),
	JSON_OPT(spec_device, "fileMode", file_mode),
	JSON_U32(spec_device, "uid", uid),
	JSON_U32(spec_device, "gid", gid));

JSON_TYPE(device_rule_type, spec_device_rule,
	JSON_BOOL(spec_device_rule, "allow", allow),
	JSON_STR(spec_device_rule, "type", type),
	JSON_OPT(spec_device_rule, "major", major),
	JSON_OPT(spec_device_rule, "minor", minor),
	JSON_STR(spec_device_rule, "access", access));

JSON_TYPE(memory_type, spec_memory,
	JSON_I64(spec_memory, "limit", limit),
	JSON_I64(spec_memory, "reservation", reservation),
	JSON_I64(spec_memory, "swap", swap),
	JSON_BOOL(spec_memory, "checkBeforeUpdate", check_before_update),
	JSON_REFUSE_WHY("disableOOMKiller", "cgroup v2 cannot switch the OOM killer off"),
	JSON_REFUSE_WHY("kernel", "cgroup v2 has no limit of kernel memory alone (it counts as memory)"),
	JSON_REFUSE_WHY("kernelTCP", "cgroup v2 has no limit of TCP memory alone (it counts as memory)"),
	JSON_REFUSE_WHY("swappiness", "cgroup v2 has none of its own for a cgroup"));

JSON_TYPE(cpu_type, spec_cpu,
	JSON_U64(spec_cpu, "shares", shares),
	JSON_I64(spec_cpu, "quota", quota),
	JSON_U64(spec_cpu, "period", period),
	JSON_STR(spec_cpu, "cpus", cpus),
	JSON_STR(spec_cpu, "mems", mems),
	JSON_OPT(spec_cpu, "burst", burst),
	JSON_OPT(spec_cpu, "idle", idle),
	JSON_REFUSE_WHY("realtimeRuntime", "cgroup v2 has no real-time scheduling"),
	JSON_REFUSE_WHY("realtimePeriod", "cgroup v2 has no real-time scheduling"));

JSON_TYPE(pids_type, spec_pids,
	JSON_OPT(spec_pids, "limit", limit));

JSON_TYPE(weight_device_type, spec_weight_device,
	JSON_I64(spec_weight_device, "major", major),
	JSON_I64(spec_weight_device, "minor", minor),
	JSON_U32(spec_weight_device, "weight", weight),
	JSON_REFUSE_WHY("leafWeight", "cgroup v2 has none"));

JSON_TYPE(throttle_type, spec_throttle,
	JSON_I64(spec_throttle, "major", major),
	JSON_I64(spec_throttle, "minor", minor),
	JSON_U64(spec_throttle, "rate", rate));

JSON_TYPE(block_io_type, spec_block_io,
	JSON_U32(spec_block_io, "weight", weight),
	JSON_REFUSE_WHY("leafWeight", "cgroup v2 has none"),
	JSON_OBJV(spec_block_io, "weightDevice", weight_device, &weight_device_type),
	JSON_OBJV(spec_block_io, "throttleReadBpsDevice", read_bps, &throttle_type),
	JSON_OBJV(spec_block_io, "throttleWriteBpsDevice", write_bps, &throttle_type),
	JSON_OBJV(spec_block_io, "throttleReadIOPSDevice", read_iops, &throttle_type),
	JSON_OBJV(spec_block_io, "throttleWriteIOPSDevice", write_iops, &throttle_type));

JSON_TYPE(hugepage_limit_type, spec_hugepage_limit,
	JSON_STR_REQ(spec_hugepage_limit, "pageSize", page_size),
	JSON_U64(spec_hugepage_limit, "limit", limit));

JSON_TYPE(rdma_type, spec_rdma,
	JSON_OPT(spec_rdma, "hcaHandles", hca_handles),
	JSON_OPT(spec_rdma, "hcaObjects", hca_objects));

JSON_TYPE(network_type, spec_network,
	JSON_REFUSE_WHY("classID", "cgroup v2 has no net_cls controller"),
	JSON_REFUSE_WHY("priorities", "cgroup v2 has no net_prio controller"));

JSON_TYPE_SHARED(spec_resources_type, spec_resources,
	JSON_OBJV(spec_resources, "devices", devices, &device_rule_type),
	JSON_OBJ(spec_resources, "memory", memory, &memory_type),
	JSON_OBJ(spec_resources, "cpu", cpu, &cpu_type),
	JSON_OBJ(spec_resources, "pids", pids, &pids_type),
	JSON_OBJ(spec_resources, "blockIO", block_io, &block_io_type),
	JSON_OBJV(spec_resources, "hugepageLimits", hugepage_limits, &hugepage_limit_type),
	JSON_OBJ(spec_resources, "network", network, &network_type),
	JSON_OBJMAP(spec_resources, "rdma", rdma, &rdma_type),
	JSON_MAP(spec_resources, "unified", unified));

const struct json_word spec_seccomp_actions[] = {
	JSON_WORD("SCMP_ACT_KILL", SPEC_ACT_KILL_THREAD),
	JSON_WORD("SCMP_ACT_KILL_THREAD", SPEC_ACT_KILL_THREAD),
	JSON_WORD("SCMP_ACT_KILL_PROCESS", SPEC_ACT_KILL_PROCESS),
	JSON_WORD("SCMP_ACT_TRAP", SPEC_ACT_TRAP), JSON_WORD("SCMP_ACT_ERRNO", SPEC_ACT_ERRNO),
	JSON_WORD("SCMP_ACT_TRACE", SPEC_ACT_TRACE), JSON_WORD("SCMP_ACT_ALLOW", SPEC_ACT_ALLOW),
	JSON_WORD("SCMP_ACT_LOG", SPEC_ACT_LOG), JSON_WORD("SCMP_ACT_NOTIFY", SPEC_ACT_NOTIFY),
	JSON_WORD_END,
};

const struct json_word spec_seccomp_ops[] = {
	JSON_WORD("SCMP_CMP_NE", SPEC_CMP_NE), JSON_WORD("SCMP_CMP_LT", SPEC_CMP_LT),
	JSON_WORD("SCMP_CMP_LE", SPEC_CMP_LE), JSON_WORD("SCMP_CMP_EQ", SPEC_CMP_EQ),
	JSON_WORD("SCMP_CMP_GE", SPEC_CMP_GE), JSON_WORD("SCMP_CMP_GT", SPEC_CMP_GT),
	JSON_WORD("SCMP_CMP_MASKED_EQ", SPEC_CMP_MASKED_EQ), JSON_WORD_END,
};

JSON_TYPE(seccomp_arg_type, spec_seccomp_arg,
	JSON_U32(spec_seccomp_arg, "index", index),
	JSON_U64(spec_seccomp_arg, "value", value),
	JSON_U64(spec_seccomp_arg, "valueTwo", value_two),
	JSON_ENUM(spec_seccomp_arg, "op", op, spec_seccomp_ops));

JSON_TYPE(seccomp_rule_type, spec_seccomp_rule,
	JSON_STRV(spec_seccomp_rule, "names", names),
	JSON_ENUM(spec_seccomp_rule, "action", action, spec_seccomp_actions),
	JSON_OPT(spec_seccomp_rule, "errnoRet", errno_ret),
	JSON_OBJV(spec_seccomp_rule, "args", args, &seccomp_arg_type));

JSON_TYPE(seccomp_type, spec_seccomp,
	JSON_ENUM(spec_seccomp, "defaultAction", default_action, spec_seccomp_actions),
	JSON_OPT(spec_seccomp, "defaultErrnoRet", default_errno_ret),
	JSON_STRV(spec_seccomp, "architectures", architectures),
	JSON_STRV(spec_seccomp, "flags", flags),
	JSON_STR(spec_seccomp, "listenerPath", listener_path),
	JSON_STR(spec_seccomp, "listenerMetadata", listener_metadata),
	JSON_OBJV(spec_seccomp, "syscalls", syscalls, &seccomp_rule_type));

JSON_TYPE(intel_rdt_type, spec_intel_rdt,
	JSON_STR(spec_intel_rdt, "closID", clos_id),
	JSON_STRV(spec_intel_rdt, "schemata", schemata),
	JSON_STR(spec_intel_rdt, "l3CacheSchema", l3_cache_schema),
	JSON_STR(spec_intel_rdt, "memBwSchema", mem_bw_schema),
	JSON_BOOL(spec_intel_rdt, "enableMonitoring", enable_monitoring),
	JSON_BOOL(spec_intel_rdt, "enableCMT", enable_cmt),
	JSON_BOOL(spec_intel_rdt, "enableMBM", enable_mbm));

/* linux/mempolicy.h */
const struct json_word spec_memory_modes[] = {
	JSON_WORD("MPOL_DEFAULT", 0), JSON_WORD("MPOL_PREFERRED", 1), JSON_WORD("MPOL_BIND", 2),
	JSON_WORD("MPOL_INTERLEAVE", 3), JSON_WORD("MPOL_LOCAL", 4),
	JSON_WORD("MPOL_PREFERRED_MANY", 5), JSON_WORD("MPOL_WEIGHTED_INTERLEAVE", 6),
	JSON_WORD_END,
};

const struct json_word spec_memory_flags[] = {
	JSON_WORD("MPOL_F_NUMA_BALANCING", 1 << 13), JSON_WORD("MPOL_F_RELATIVE_NODES", 1 << 14),
	JSON_WORD("MPOL_F_STATIC_NODES", 1 << 15), JSON_WORD_END,
};

JSON_TYPE(memory_policy_type, spec_memory_policy,
	JSON_STR(spec_memory_policy, "mode", mode),
	JSON_STR(spec_memory_policy, "nodes", nodes),
	JSON_STRV(spec_memory_policy, "flags", flags));

static const struct json_word personalities[] = {
	JSON_WORD("LINUX", PER_LINUX), JSON_WORD("LINUX32", PER_LINUX32), JSON_WORD_END,
};

JSON_TYPE(personality_type, spec_personality,
	JSON_ENUM(spec_personality, "domain", domain, personalities),
	JSON_STRV(spec_personality, "flags", flags));

JSON_TYPE(linux_type, spec_linux,
	JSON_MAP(spec_linux, "sysctl", sysctl),
	JSON_STR(spec_linux, "cgroupsPath", cgroups_path),
	JSON_OBJ(spec_linux, "resources", resources, &spec_resources_type),
	JSON_OBJV(spec_linux, "uidMappings", uid_mappings, &idmap_type),
	JSON_OBJV(spec_linux, "gidMappings", gid_mappings, &idmap_type),
	JSON_OBJV(spec_linux, "namespaces", namespaces, &namespace_type),
	JSON_OBJV(spec_linux, "devices", devices, &device_type),
	JSON_STR(spec_linux, "rootfsPropagation", rootfs_propagation),
	JSON_OBJ(spec_linux, "seccomp", seccomp, &seccomp_type),
	JSON_STRV(spec_linux, "maskedPaths", masked_paths),
	JSON_STRV(spec_linux, "readonlyPaths", readonly_paths),
	JSON_OBJMAP(spec_linux, "timeOffsets", time_offsets, &time_offset_type),
	JSON_OBJMAP(spec_linux, "netDevices", net_devices, &net_device_type),
	JSON_STR(spec_linux, "mountLabel", mount_label),
	JSON_OBJ(spec_linux, "intelRdt", intel_rdt, &intel_rdt_type),
	JSON_OBJ(spec_linux, "memoryPolicy", memory_policy, &memory_policy_type),
	JSON_OBJ(spec_linux, "personality", personality, &personality_type));

JSON_TYPE_SHARED(spec_type, spec,
	JSON_STR_REQ(spec, "ociVersion", oci_version),
	JSON_OBJ(spec, "process", process, &spec_process_type),
	JSON_OBJ(spec, "root", root, &root_type),
	JSON_STR(spec, "hostname", hostname),
	JSON_STR(spec, "domainname", domainname),
	JSON_OBJV(spec, "mounts", mounts, &mount_type),
	JSON_OBJ(spec, "hooks", hooks, &hooks_type),
	JSON_MAP(spec, "annotations", annotations),
	JSON_OBJ(spec, "linux", linux_, &linux_type));
/* clang-format on */

int spec_word(const struct json_word *table, const char *word)
{
	for (; *table->word; table++)
		if (!strcmp(table->word, word))
			return table->value;
	return -1;
}

int spec_flags(const struct json_word *table, char *const *words, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum |= spec_word(table, words[i]);
	return sum;
}

/*
 * Before 1.3 pids.limit was no optional property, and the engines of that time write 0 for "none".
 * check.c has seen that the version begins with "1." and a digit.
 */
static void drop_unset(const char *version, struct spec_resources *r)
{
	if (r && r->pids && !r->pids->limit.v && strtoul(version + 2, NULL, 10) < 3)
		r->pids->limit.set = false;
}

int spec_load(struct arena *a, const char *text, size_t len, struct spec *ret, struct err *e)
{
	*ret = (struct spec){ 0 };
	if (json_load(a, text, len, &spec_type, ret, e))
		return err_ctx(e, "config.json");
	if (!ret->linux_)
		ret->linux_ = arena_alloc(a, sizeof *ret->linux_);
	for (size_t i = 0; i < ret->linux_->n_namespaces; i++)
		if (ret->linux_->namespaces[i].path && !*ret->linux_->namespaces[i].path)
			ret->linux_->namespaces[i].path = NULL; /* empty is absent, as in Go */
	if (check_spec(ret, e))
		return err_ctx(e, "config.json");
	drop_unset(ret->oci_version, ret->linux_->resources);
	return 0;
}

int spec_process_load(struct arena *a, const char *text, size_t len, struct spec_process *ret,
                      struct err *e)
{
	*ret = (struct spec_process){ 0 };
	if (json_load(a, text, len, &spec_process_type, ret, e))
		return -1;
	return check_process(ret, e);
}

int spec_resources_load(struct arena *a, const char *text, size_t len, const char *version,
                        struct spec_resources *ret, struct err *e)
{
	*ret = (struct spec_resources){ 0 };
	if (json_load(a, text, len, &spec_resources_type, ret, e))
		return -1;
	drop_unset(version, ret);
	return check_resources(ret, e);
}

bool spec_seccomp_notifies(const struct spec_seccomp *c)
{
	for (size_t i = 0; c && i < c->n_syscalls; i++)
		if (c->syscalls[i].action == SPEC_ACT_NOTIFY)
			return true;
	return false;
}

const struct spec_namespace *spec_namespace(const struct spec *s, int type)
{
	for (size_t i = 0; i < s->linux_->n_namespaces; i++)
		if (s->linux_->namespaces[i].type == type)
			return &s->linux_->namespaces[i];
	return NULL;
}
