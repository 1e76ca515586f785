#!/bin/sh
# Shows SCMP_ACT_NOTIFY: an agent of the host gets the listener and the state, for the container's
# program, its startContainer hooks and what exec runs; nothing else of it is left open anywhere; no
# call of the profile, be it one that scow itself needs, can make the start hang.
. "${0%/*}/lib.sh"

probe=$(helper probe) && agent=$(helper agent) || skip_all "no helpers in $HELPERS"
cp "$probe" "$T/rootfs/bin/probe"
allow='"defaultAction":"SCMP_ACT_ALLOW"'

# agent_on WORD...: starts one; what it hears goes to $T/heard
agent_on() {
	rm -f "$T/agent"
	: >"$T/heard"
	$limiter $((20 * TEST_SLOW)) "$agent" "$T/agent" "$@" >>"$T/heard" 2>&1 &
	agent_pid=$!
	soon test -S "$T/agent"
}
agent_off() {
	kill "$agent_pid" 2>/dev/null
	wait "$agent_pid" 2>/dev/null
}
# asks NAMES [MEMBERS]: a profile that asks the agent about these calls
asks() {
	printf '"seccomp":{%s,"listenerPath":"%s","listenerMetadata":"a \\"b\\""%s,
		"syscalls":[{"names":[%s],"action":"SCMP_ACT_NOTIFY"}]}' "$allow" "$T/agent" "${2-}" "$1"
}
states() {
	grep '^fds ' "$T/heard"
}
heard() {
	grep -c "^$1" "$T/heard"
}

agent_on
try linux="$(asks '"sched_yield"')"
case $err in
*"allows one only"*) # as `make check-old` is, whose helper is one
	refused "under a listener there is no other one" 'scow itself runs under a profile with a listener'
	agent_off
	skip 1 "all of this runs under a listener"
	finish
	;;
esac
for nnp in true false; do
	: >"$T/heard"
	try args='["probe","call","sched_yield"]' nnp=$nnp linux="$(asks '"sched_yield"')"
	is "$rc:$out" "0:errno 55" "run: the agent answers (noNewPrivileges $nnp)"
	is "$(heard fds)" 1 "one state was sent"
done
state=$(states)
has "$state" "fds 1 end yes {" "with one descriptor, and nothing after it"
has "$state" '"fds":["seccompFd"]' "its name"
has "$state" '"metadata":"a \"b\""' "the metadata"
has "$state" '"ociVersion":"1.0.2"' "the version"
like "$state" '"state":\{.*"id":"'"$id"'","pid":[0-9]+,.*"bundle":"'"$T/try"'"' "the state of the container"
has "$state" '"status":"creating"' "its status, as other runtimes have it"
is "$(printf '%s' "$state" | sed 's/.*"fds":\[[^]]*\],"pid":\([0-9]*\).*/\1/')" \
	"$(printf '%s' "$state" | sed 's/.*"state":.*"pid":\([0-9]*\).*/\1/')" "its process is the container's"

try args='["probe","fds"]' linux="$(asks '"sched_yield"')"
is "$(printf '%s\n' "$out" | wc -l)" 3 "the program has descriptors 0 to 2, and no listener"
unlike "$out" "seccomp|socket" "by name too"
try cmd='grep -E "^(Threads|Seccomp):" /proc/self/status; ls /proc | grep -c "^[0-9]*$"' \
	linux="$(asks '"sched_yield"')"
is "$(printf '%s' "$out" | tr '\t\n' '  ')" "Threads: 1 Seccomp: 2 3" "one thread, and no helper is left"
try args='["probe","call","sched_yield"]' user='{"uid":1000,"gid":1000}' nnp=false linux="$(asks '"sched_yield"')"
is "$rc:$out" "0:errno 55" "another user"
try args='["probe","call","sched_yield"]' \
	linux="$(asks '"sched_yield"' ',"flags":["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_LOG"]')"
is "$rc:$out" "0:errno 55" "flags TSYNC and LOG"
if probe_out=$(scow features) && [ "$(uname -r | cut -d. -f1)" -ge 6 ]; then
	has "$probe_out" SCMP_ACT_NOTIFY "features has NOTIFY"
	try args='["probe","call","sched_yield"]' \
		linux="$(asks '"sched_yield"' ',"flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]')"
	is "$rc:$out" "0:errno 55" "flag WAIT_KILLABLE_RECV"
else
	skip 2 "kernel older than 6.0"
fi

# calls that scow, or the one that hands the listener on, could need itself
all='"sendmsg","recvmsg","sendto","recvfrom","socketcall","read","readv","close","capset","prctl","execve","futex",
	"futex_time64","nanosleep","clock_nanosleep","clock_nanosleep_time64","mmap","mmap2","munmap","exit","exit_group","clone","clone3",
	"rt_sigprocmask","sched_yield"'
for nnp in true false; do
	try args='["probe","call","sched_yield"]' nnp=$nnp linux="$(asks "$all")"
	is "$rc:$out" "0:errno 55" "every call that a start could need is asked about (noNewPrivileges $nnp)"
done
denied="\"seccomp\":{$allow,\"listenerPath\":\"$T/agent\",\"syscalls\":[
	{\"names\":[\"sched_yield\"],\"action\":\"SCMP_ACT_NOTIFY\"},
	{\"names\":[\"sendmsg\",\"recvmsg\",\"nanosleep\",\"clock_nanosleep\",\"futex\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"}]}"
try args='["probe","call","sched_yield"]' linux="$denied"
is "$rc:$out" "0:errno 55" "and killed for what hands the listener on"
try args='["/nosuch"]' linux="$(asks "$all")"
refused "a program that is not there" 'no such file'
printf '#!/nosuch\n' >"$T/rootfs/bin/bad"
chmod 755 "$T/rootfs/bin/bad"
try args='["bad"]' linux="$(asks "$all")"
refused "an exec that fails under the filter" 'bad'

# create and start, exec
: >"$T/heard"
bundle c cmd='sleep 60' linux="$(asks '"sched_yield"')"
run scow create -b "$T/c" "$ID-c"
is "$rc:$(heard fds)" "0:0" "create does not need the agent"
agent_off
rm -f "$T/agent"
run scow start "$ID-c"
refused "start without an agent" 'failed to connect with seccomp agent'
is "$(status "$ID-c")" created "and it still waits"
agent_on
run scow start "$ID-c"
is "$rc:$(heard fds)" "0:1" "start with one"
has "$(states)" "\"pid\":$(pid_of "$ID-c"),\"metadata\"" "it has the pid"
: >"$T/heard"
run scow exec "$ID-c" probe call sched_yield
is "$rc:$out" "0:errno 55" "exec"
state=$(states)
has "$state" '"status":"running"' "its state: running"
has "$state" "\"pid\":$(pid_of "$ID-c"),\"status\"" "and the container's pid"
unlike "$state" "\"pid\":$(pid_of "$ID-c"),\"metadata\"" "the process is another"
run scow exec "$ID-c" probe fds
is "$(printf '%s\n' "$out" | wc -l)" 3 "exec leaves no descriptor"
# A real-time process must not wait for its own thread on its only CPU, and is one again afterwards.
for how in SCHED_FIFO:1 SCHED_RR:2; do
	echo '{"cwd":"/","env":["PATH=/bin"],"args":["sh","-c","probe call sched_yield; cat /proc/self/stat"],
		"noNewPrivileges":true,"execCPUAffinity":{"final":"0"},
		"scheduler":{"policy":"'"${how%:*}"'","priority":5}}' >"$T/process.json"
	run scow exec --process "$T/process.json" "$ID-c"
	is "$rc:$(echo "$out" | head -1):$(echo "$out" | sed -n 's/.*) //p' | cut -d' ' -f38-39)" \
		"0:errno 55:5 ${how#*:}" "exec with ${how%:*} on one CPU"
done
agent_off
rm -f "$T/agent"
run scow exec "$ID-c" probe call sched_yield
refused_with 255 "exec without an agent" 'failed to connect with seccomp agent'
remove "$ID-c"
try cmd='touch /tmp/ran' linux="$(asks '"sched_yield"')"
refused "run without an agent" 'failed to connect with seccomp agent'
nok "nothing has run" test -e "$T/rootfs/tmp/ran"

# a hook of the image is under a filter of its own
agent_on
bundle h args='["probe","call","sched_yield"]' linux="$(asks '"sched_yield"')" \
	top='"hooks":{"startContainer":[{"path":"/bin/sh","args":["sh","-c",
		"probe call sched_yield >/tmp/hook; probe fds >>/tmp/hook"],"env":["PATH=/bin"]}]}'
run scow run -b "$T/h" "$ID-h"
is "$rc:$out" "0:errno 55" "with a startContainer hook"
is "$(head -n 1 "$T/rootfs/tmp/hook")" "errno 55" "the hook is asked about, too"
unlike "$(cat "$T/rootfs/tmp/hook")" "seccomp|socket" "and has no descriptor of it"
is "$(heard fds)" 2 "a state for each"
agent_off

# an agent that goes: the kernel says ENOSYS, nobody waits
agent_on leave
try args='["probe","call","sched_yield"]' linux="$(asks '"sched_yield"')"
is "$rc:$out" "0:errno 38" "an agent that ends"
wait "$agent_pid"

# what is refused
# bad NAME PROFILE ERE
bad() {
	try linux="\"seccomp\":{$2}"
	refused "$1" "$3"
}
notify='"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]'
bad "NOTIFY without a path" "$allow,$notify" 'listenerPath'
bad "NOTIFY with an empty path" "$allow,\"listenerPath\":\"\",$notify" 'listenerPath'
bad "a relative path" "$allow,\"listenerPath\":\"agent\",$notify" 'listenerPath.*absolute'
bad "metadata without a path" "$allow,\"listenerMetadata\":\"x\"" 'listenerMetadata'
bad "NOTIFY as the default" "\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"$T/agent\"" \
	'defaultAction.*SCMP_ACT_NOTIFY'
bad "NOTIFY of write" "$allow,\"listenerPath\":\"$T/agent\",
	\"syscalls\":[{\"names\":[\"read\",\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]" \
	'syscalls\[0\].names\[1\].*SCMP_ACT_NOTIFY cannot be used for the write syscall'
bad "an errno with NOTIFY" "$allow,\"listenerPath\":\"$T/agent\",
	\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\",\"errnoRet\":5}]" 'errno'
try linux="\"seccomp\":{$allow,\"listenerPath\":\"/nosuch\",\"listenerMetadata\":\"x\"}"
is "$rc" 0 "a path that nobody needs is ignored, as the spec has it"
finish
