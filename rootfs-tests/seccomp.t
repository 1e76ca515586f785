#!/bin/sh
# Shows seccomp: allowed, denied with a number, killed, logged, arguments to the last bit, and which
# profiles are refused.
. "${0%/*}/lib.sh"

probe=$(helper probe) || skip_all "no helper probe in $HELPERS"
cp "$probe" "$T/rootfs/bin/probe"
case $(uname -m) in
x86_64) native=SCMP_ARCH_X86_64 bits=64 ;;
aarch64) native=SCMP_ARCH_AARCH64 bits=64 ;;
*) native=SCMP_ARCH_ARM bits=32 ;;
esac

# with PROFILE CALL [ARG...]: what the call says under a profile (its members but defaultAction)
with() {
	profile=$1
	shift
	try args="[\"probe\",\"call\"$(printf ',"%s"' "$@")]" \
		linux="\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",$profile}"
}
rule() { # NAMES ACTION [REST]
	printf '"syscalls":[{"names":[%s],"action":"SCMP_ACT_%s"%s}]' "$1" "$2" "${3-}"
}

try args='["probe","call","sched_yield"]'
is "$out" "ok 0" "no profile: allowed"
with "$(rule '"sched_yield","getpriority"' ERRNO ',"errnoRet":99')" sched_yield
is "$rc:$out" "0:errno 99" "ERRNO with a number"
with "$(rule '"sched_yield","getpriority"' ERRNO ',"errnoRet":99')" getpriority
is "$out" "errno 99" "for each of the names"
with "$(rule '"sched_yield"' ERRNO ',"errnoRet":99')" getpriority
like "$out" "^ok " "and for no other"
with "$(rule '"sched_yield"' ERRNO)" sched_yield
is "$out" "errno 1" "ERRNO without a number is EPERM"
with "$(rule '"sched_yield"' ERRNO ',"errnoRet":null,"args":null')" sched_yield
is "$out" "errno 1" "null is absent"
with "\"architectures\":[\"$native\"],$(rule '"sched_yield"' ERRNO ',"errnoRet":7')" sched_yield
is "$out" "errno 7" "with the native architecture listed"
with "$(rule '"sched_yield"' KILL)" getpriority
like "$out" "^ok " "KILL: other calls live"
for action in KILL_PROCESS KILL KILL_THREAD TRAP; do
	with "$(rule '"sched_yield"' $action)" sched_yield
	is "$rc:$out" "159:" "$action ends the program with SIGSYS"
done
with "$(rule '"sched_yield"' LOG)" sched_yield
is "$out" "ok 0" "LOG lets it through"
with "$(rule '"sched_yield"' TRACE ',"errnoRet":9')" sched_yield
is "$out" "errno 38" "TRACE without a tracer is ENOSYS"
with "$(rule '"nosuchcall","sched_yield"' ERRNO ',"errnoRet":5')" sched_yield
is "$rc:$out" "0:errno 5" "a name that nobody knows is passed over"

# defaultAction ERRNO: nothing but a list
list='"execve","exit","exit_group","write","writev","ioctl","brk","mmap","mmap2","munmap","mprotect","arch_prctl",
"set_tid_address","set_robust_list","fstat","fstat64","newfstatat","statx","readlink","readlinkat","close","futex",
"rt_sigreturn","rt_sigprocmask","rt_sigaction","getpriority","set_tls","cacheflush"'
for ret in "1:" "38:\"defaultErrnoRet\":38,"; do
	strict="\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",${ret#*:}
		\"syscalls\":[{\"names\":[$list],\"action\":\"SCMP_ACT_ALLOW\"}]}"
	try args='["probe","call","sched_yield"]' linux="$strict"
	is "$rc:$out" "0:errno ${ret%%:*}" "default ERRNO, ${ret#*:}"
	try args='["probe","call","getpriority"]' linux="$strict"
	like "$out" "^ok " "default ERRNO: what is in the list is allowed"
done

# arguments: OP VALUE VALUE_TWO ARGUMENT RESULT; MASKED_EQ has the mask first
big=9007199254740993 max=18446744073709551615
cat >"$T/comparisons" <<END
EQ 5 0 5 hit
EQ 5 0 6 miss
NE 5 0 6 hit
NE 5 0 5 miss
LT 5 0 4 hit
LT 5 0 5 miss
LE 5 0 5 hit
LE 5 0 6 miss
GE 5 0 5 hit
GE 5 0 4 miss
GT 5 0 6 hit
GT 5 0 5 miss
MASKED_EQ 12 4 7 hit
MASKED_EQ 12 4 8 miss
END
[ "$bits" = 32 ] || cat >>"$T/comparisons" <<END
EQ $big 0 $big hit
EQ $big 0 9007199254740992 miss
EQ $max 0 $max hit
EQ $max 0 4294967295 miss
GT 4294967296 0 4294967297 hit
GT 4294967296 0 1 miss
MASKED_EQ $max $big $big hit
MASKED_EQ $max $big 9007199254740992 miss
END
while read -r op value two argument result; do
	with \
		"$(rule '"sched_yield"' ERRNO ",\"errnoRet\":77,
		\"args\":[{\"index\":1,\"value\":$value,\"valueTwo\":$two,\"op\":\"SCMP_CMP_$op\"}]")" \
		sched_yield 0 "$argument"
	case $result in hit) wanted="errno 77" ;; *) wanted="ok 0" ;; esac
	is "$out" "$wanted" "argument $argument $op $value ($two): $result"
done <"$T/comparisons"
both='"args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":5,"value":2,"op":"SCMP_CMP_EQ"}]'
with "$(rule '"sched_yield"' ERRNO ",\"errnoRet\":77,$both")" sched_yield 1 0 0 0 0 2
is "$out" "errno 77" "two arguments: both match"
with "$(rule '"sched_yield"' ERRNO ",\"errnoRet\":77,$both")" sched_yield 1 0 0 0 0 3
is "$out" "ok 0" "two arguments: one does not match"

# where it is in force
sched='"seccomp":{"defaultAction":"SCMP_ACT_ALLOW",
	"syscalls":[{"names":["sched_yield"],"action":"SCMP_ACT_ERRNO","errnoRet":44}]}'
try args='["probe","call","sched_yield"]' nnp=false linux="$sched"
is "$out" "errno 44" "without noNewPrivileges"
try args='["probe","call","sched_yield"]' nnp=false linux="$sched" user='{"uid":1000,"gid":1000}'
is "$out" "errno 44" "without noNewPrivileges, for another user"
try cmd='grep ^Seccomp: /proc/self/status' linux="$sched"
is "$out" "Seccomp:	2" "the kernel says so"
start_one "$ID-x" cmd='sleep 60' linux="$sched"
run scow exec "$ID-x" probe call sched_yield
is "$rc:$out" "0:errno 44" "exec has the filter, too"
remove "$ID-x"
for flag in '"SECCOMP_FILTER_FLAG_LOG"' '"SECCOMP_FILTER_FLAG_TSYNC"' \
	'"SECCOMP_FILTER_FLAG_SPEC_ALLOW","SECCOMP_FILTER_FLAG_LOG"' ''; do
	with "\"flags\":[$flag],$(rule '"sched_yield"' ERRNO)" sched_yield
	is "$rc:$out" "0:errno 1" "flags [$flag]"
done
try linux='"seccomp":null'
is "$rc" 0 "seccomp null"
try args='["probe","call","sched_yield"]' \
	linux='"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","architectures":null,"flags":null,"syscalls":null}'
is "$rc:$out" "0:ok 0" "its lists null"

# what is refused
# bad_profile NAME PROFILE ERE
bad_profile() {
	try linux="\"seccomp\":{$2}"
	refused "$1" "$3"
}
allow='"defaultAction":"SCMP_ACT_ALLOW"'
bad_profile "no defaultAction" '"syscalls":[]' 'linux.seccomp.*defaultAction'
bad_profile "an unknown defaultAction" '"defaultAction":"SCMP_ACT_NOSUCH"' \
	'SCMP_ACT_NOSUCH|defaultAction'
bad_profile "an unknown action" "$allow,$(rule '"sched_yield"' NOSUCH)" 'SCMP_ACT_NOSUCH|action'
bad_profile "an unknown operator" \
	"$allow,$(rule '"sched_yield"' ERRNO ',"args":[{"index":0,"value":1,"op":"SCMP_CMP_NOSUCH"}]')" \
	'SCMP_CMP_NOSUCH|args\[0\].op'
bad_profile "an argument of index 6" \
	"$allow,$(rule '"sched_yield"' ERRNO ',"args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]')" 'index'
bad_profile "an unknown architecture" "$allow,\"architectures\":[\"SCMP_ARCH_NOSUCH\"]" \
	'SCMP_ARCH_NOSUCH|architectures\[0\]'
bad_profile "an unknown flag" "$allow,\"flags\":[\"SECCOMP_FILTER_FLAG_NOSUCH\"]" \
	'SECCOMP_FILTER_FLAG_NOSUCH|flags\[0\]'
bad_profile "an entry without names" "$allow,\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\"}]" \
	'syscalls\[0\].*names'
finish
