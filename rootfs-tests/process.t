#!/bin/sh
# Shows what config.json can ask the kernel for a process: scheduler, I/O priority, CPUs, memory
# policy, personality. Each is read back in the container, for the first process and for exec.
. "${0%/*}/lib.sh"

probe=$(helper probe) || bail "no probe helper"
cp "$probe" "$T/rootfs/bin/probe"

# sched JSON: what "probe sched" says under process.scheduler JSON
sched() {
	try args='["probe","sched"]' process="\"scheduler\":$1"
}

# --- scheduler ---------------------------------------------------------------------------------
sched '{"policy":"SCHED_OTHER","nice":7}'
is "$rc:${out%%
*}:$err" "0:0 0 7 0 0 0 0:" "SCHED_OTHER, nice 7"
sched '{"policy":"SCHED_OTHER","nice":-5}'
is "$rc:${out%%
*}:$err" "0:0 0 -5 0 0 0 0:" "a negative nice value"
sched '{"policy":"SCHED_BATCH","nice":19,"priority":0}'
is "${out%%
*}" "3 0 19 0 0 0 0" "SCHED_BATCH"
sched '{"policy":"SCHED_IDLE","flags":["SCHED_FLAG_RESET_ON_FORK"]}'
is "${out%%
*}" "5 1 0 0 0 0 0" "SCHED_IDLE, a flag"
for policy in "SCHED_FIFO 1" "SCHED_RR 2"; do
	sched "{\"policy\":\"${policy% *}\",\"priority\":3}"
	case $err in
	*"Operation not permitted"*) skip 1 "no realtime for cgroups here" ;;
	*) is "$rc:${out%%
*}:$err" "0:${policy#* } 0 0 3 0 0 0:" "${policy% *}" ;;
	esac
done
deadline='"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":20000000,"period":50000000'
sched "{$deadline,\"nice\":19,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\",\"SCHED_FLAG_RECLAIM\"]}"
case $err in
*"sched_setattr"*) skip 1 "no SCHED_DEADLINE here: $err" ;;
*) is "$rc:${out%%
*}" "0:6 3 0 0 1000000 20000000 50000000" "SCHED_DEADLINE with its three times and two flags" ;;
esac

try args='["probe","sched"]' user='{"uid":1000,"gid":1000}' \
	caps='' process='"scheduler":{"policy":"SCHED_OTHER","nice":-7}'
is "$rc:${out%%
*}" "0:0 0 -7 0 0 0 0" "for a user without capabilities, too"
if [ -e /proc/self/ns/user ] && unshare -U true 2>/dev/null; then
	try args='["probe","sched"]' process='"scheduler":{"policy":"SCHED_OTHER","nice":-3}' \
		namespaces="$default_namespaces,{\"type\":\"user\"}" \
		linux='"uidMappings":[{"containerID":0,"hostID":0,"size":65536}],
			"gidMappings":[{"containerID":0,"hostID":0,"size":65536}]'
	is "$rc:${out%%
*}" "0:0 0 -3 0 0 0 0" "in a user namespace, which may not raise it itself"
else
	skip 1 "no user namespaces"
fi
try args='["probe","sched"]' process='"scheduler":{"policy":"SCHED_OTHER","nice":4}' \
	linux='"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["sched_setattr","ioprio_set"],
		"action":"SCMP_ACT_KILL_PROCESS"}]}'
is "$rc:${out%%
*}" "0:0 0 4 0 0 0 0" "under a filter that kills whoever tries"

bad_sched() {
	sched "$1"
	refused "$1" "process\.scheduler.*$2"
}
bad_sched '{}' 'policy'
bad_sched '{"policy":"SCHED_NEW"}' 'SCHED_NEW'
bad_sched '{"policy":"SCHED_ISO"}' 'sched_setattr.*Invalid argument' # no kernel has it
bad_sched '{"policy":"SCHED_OTHER","nice":20}' 'nice'
bad_sched '{"policy":"SCHED_BATCH","nice":-21}' 'nice'
bad_sched '{"policy":"SCHED_OTHER","priority":1}' 'priority'
bad_sched '{"policy":"SCHED_FIFO"}' 'priority'
bad_sched '{"policy":"SCHED_RR","priority":100}' 'priority'
bad_sched '{"policy":"SCHED_FIFO","priority":1,"runtime":5}' 'SCHED_DEADLINE'
bad_sched '{"policy":"SCHED_DEADLINE","runtime":5}' 'needs runtime and deadline'
bad_sched '{"policy":"SCHED_DEADLINE","runtime":50000,"deadline":20000}' 'sched_setattr.*Invalid argument'
bad_sched '{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_NEW"]}' 'flags\[0\].*SCHED_FLAG_NEW'
sched null
is "$rc:$err" "0:" "null is unset"

# --- I/O priority ------------------------------------------------------------------------------
io() {
	try args='["probe","sched"]' process="\"ioPriority\":$1"
}
io '{"class":"IOPRIO_CLASS_BE","priority":6}'
is "$rc:${out##*
}:$err" "0:2 6:" "IOPRIO_CLASS_BE 6"
io '{"class":"IOPRIO_CLASS_RT","priority":3}'
is "$rc:${out##*
}" "0:1 3" "IOPRIO_CLASS_RT 3"
io '{"class":"IOPRIO_CLASS_IDLE"}'
is "$rc:${out##*
}" "0:3 0" "IOPRIO_CLASS_IDLE, no priority"
io '{"class":"IOPRIO_CLASS_NEW","priority":1}'
refused "an unknown class" 'process\.ioPriority\.class.*IOPRIO_CLASS_NEW'
io '{"class":"IOPRIO_CLASS_BE","priority":8}'
refused "priority 8" 'process\.ioPriority\.priority'
io '{"class":"IOPRIO_CLASS_BE","priority":-1}'
refused "priority -1" 'process\.ioPriority\.priority'
io '{"priority":1}'
refused "no class" 'process\.ioPriority\.class'

# --- personality -------------------------------------------------------------------------------
# 32-bit ARM: exec itself sets the personality, to a flag of its own (arch/arm/kernel/elf.c).
linux32=8 linux64=0
[ "$arch" != armv7 ] || linux32=8388608 linux64=8388608
try args='["probe","call","personality","0xffffffff"]' linux='"personality":{"domain":"LINUX32","flags":[]}'
is "$rc:$out" "0:ok $linux32" "LINUX32"
case $(uname -m) in
x86_64)
	try args='["uname","-m"]' linux='"personality":{"domain":"LINUX32"}'
	is "$out" i686 "uname shows it"
	;;
aarch64)
	try args='["uname","-m"]' linux='"personality":{"domain":"LINUX32"}'
	like "$out" '^armv[78]l$' "uname shows it"
	;;
*) skip 1 "a 32-bit machine looks the same" ;;
esac
try args='["probe","call","personality","0xffffffff"]' linux='"personality":{"domain":"LINUX"},
	"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["personality"],
	"action":"SCMP_ACT_ERRNO","errnoRet":99,"args":[{"index":0,"value":8,"op":"SCMP_CMP_EQ"},
	{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]}]}'
is "$rc:$out" "0:ok $linux64" "LINUX, under a filter that forbids to set it"
try linux='"personality":{"domain":"LINUX64"}'
refused "an unknown domain" 'linux\.personality\.domain.*LINUX64'
try linux='"personality":{}'
refused "no domain" 'linux\.personality\.domain'
try linux='"personality":{"domain":"LINUX","flags":["ADDR_NO_RANDOMIZE"]}'
refused "a flag" 'linux\.personality\.flags.*ADDR_NO_RANDOMIZE'

# --- memory policy -----------------------------------------------------------------------------
policy() {
	try cmd='head -n 1 /proc/self/numa_maps | cut -d " " -f 2' linux="\"memoryPolicy\":$1"
}
if [ -e /proc/self/numa_maps ]; then
	policy '{"mode":"MPOL_INTERLEAVE","nodes":"0"}'
	is "$rc:$out:$err" "0:interleave:0:" "MPOL_INTERLEAVE"
	policy '{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]}'
	is "$rc:$out" "0:bind=static:0" "MPOL_BIND, static"
	policy '{"mode":"MPOL_PREFERRED","nodes":"0","flags":["MPOL_F_RELATIVE_NODES"]}'
	like "$rc:$out" '^0:prefer.*=relative:0$' "MPOL_PREFERRED, relative"
	policy '{"mode":"MPOL_LOCAL"}'
	is "$rc:$out" "0:local" "MPOL_LOCAL"
	policy '{"mode":"MPOL_DEFAULT"}'
	is "$rc:$out" "0:default" "MPOL_DEFAULT"
	policy '{"mode":"MPOL_DEFAULT","nodes":"0"}'
	refused "MPOL_DEFAULT with a node" 'linux\.memoryPolicy: set_mempolicy.*invalid argument.*MPOL_DEFAULT'
	policy '{"mode":"MPOL_BIND","nodes":"1023"}'
	refused "a node that is not there" 'linux\.memoryPolicy: set_mempolicy.*invalid argument.*1023'
	policy '{"mode":"MPOL_BIND"}'
	refused "MPOL_BIND without a node" 'linux\.memoryPolicy: set_mempolicy.*invalid argument'
	try cmd='head -n 1 /proc/self/numa_maps | cut -d " " -f 2' \
		linux='"memoryPolicy":{"mode":"MPOL_INTERLEAVE","nodes":"0"},
		"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["set_mempolicy"],
		"action":"SCMP_ACT_KILL_PROCESS"}]}'
	is "$rc:$out" "0:interleave:0" "under a filter that kills whoever sets it"
else
	policy '{"mode":"MPOL_LOCAL"}'
	refused "no NUMA here" 'linux\.memoryPolicy: this kernel has no memory policies'
	skip 8 "no NUMA here"
fi
try linux='"memoryPolicy":{}'
is "$rc:$err" "0:" "an empty policy is unset"
policy '{"mode":"INTERLEAVE","nodes":"0"}'
refused "an unknown mode" 'linux\.memoryPolicy\.mode: invalid memory policy mode "INTERLEAVE"'
policy '{"nodes":"0"}'
refused "nodes without a mode" 'linux\.memoryPolicy\.mode'
policy '{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES","MPOL_F_NEW"]}'
refused "an unknown flag" 'linux\.memoryPolicy\.flags\[1\].*MPOL_F_NEW'
for nodes in 0-9876543210 x 1- 3-2 , 1024; do
	policy "{\"mode\":\"MPOL_BIND\",\"nodes\":\"$nodes\"}"
	refused "nodes \"$nodes\"" 'linux\.memoryPolicy\.nodes: invalid memory policy node'
done

# --- exec: the same, and CPUs ------------------------------------------------------------------
id=$ID-a
ok "a container" start_one "$id" cmd='sleep 120' process='"scheduler":{"policy":"SCHED_BATCH","nice":9},
	"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":5},"execCPUAffinity":{"initial":"0","final":"0"}' \
	linux='"personality":{"domain":"LINUX32"}'
run scow exec "$id" probe sched
is "$rc:$out" "0:3 0 9 0 0 0 0
2 5" "exec has the scheduler and the I/O priority of the container"
run scow exec "$id" probe call personality 0xffffffff
is "$rc:$out" "0:ok $linux32" "and its personality"
run scow exec "$id" sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status
is "$rc:$out" "0:0" "execCPUAffinity of config.json: final"

# as_process MEMBERS [ARGS]: exec --process of it
as_process() {
	echo "{\"args\":${2-[\"probe\",\"sched\"]},\"cwd\":\"/\",\"env\":[\"PATH=/bin\"],$1}" >"$T/process.json"
	run scow exec --process "$T/process.json" "$id"
}
as_process '"scheduler":{"policy":"SCHED_IDLE"},"ioPriority":{"class":"IOPRIO_CLASS_IDLE"}'
is "$rc:$out" "0:5 0 0 0 0 0 0
3 0" "--process has its own"
as_process '"user":{"uid":0,"gid":0}'
is "$rc:$out" "0:3 0 9 0 0 0 0
2 5" "--process without them: the container's"
cpus='["sed","-n","s/^Cpus_allowed_list:.//p","/proc/self/status"]'
all=$(sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status)
as_process '"execCPUAffinity":{"initial":"0"}' "$cpus"
is "$rc:$out" "0:$all" "initial alone: the process has all CPUs of its cgroup"
if [ "$all" = 0 ]; then
	skip 2 "one CPU"
else
	as_process '"execCPUAffinity":{"initial":"0","final":"1"}' "$cpus"
	is "$rc:$out" "0:1" "initial and final"
	run taskset 1 "$SCOW" run --rootfs "$T/rootfs" "$ID-pinned" sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status
	is "$rc:$out" "0:$all" "a caller that is pinned pins no container"
fi
for cpus in x 0- 9-0 99999; do
	as_process "\"execCPUAffinity\":{\"final\":\"$cpus\"}"
	refused_with 255 "CPUs \"$cpus\"" 'process\.execCPUAffinity\.final'
done
as_process '"execCPUAffinity":{"initial":"8000"}'
refused_with 255 "an initial CPU that is not there" 'process\.execCPUAffinity\.initial.*8000'
as_process '"execCPUAffinity":{"final":"8000"}'
refused_with 255 "a final CPU that is not there" 'process\.execCPUAffinity\.final.*8000'
as_process '"scheduler":{"policy":"SCHED_ISO"}'
refused_with 255 "a scheduler that no kernel has" 'process\.scheduler: sched_setattr'
as_process '"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":9}'
refused_with 255 "a wrong I/O priority" 'process\.ioPriority\.priority'
remove "$id"
finish
