#!/bin/sh
# Shows ps: host pids of all processes of a container, as a table and as JSON.
. "${0%/*}/lib.sh"

id=$ID-a
ok "a container with three processes" start_one "$id" cmd='sleep 61 & sleep 62; wait'
pid=$(pid_of "$id")
procs=$CG$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/cgroup.procs
three() {
	[ "$(wc -l <"$procs")" = 3 ]
}
soon three
run scow ps --format json "$id"
is "$rc:$(flat "$out" | tr -d '[]' | tr ',' '\n' | sort -n | tr '\n' ' ')" \
	"0:$(sort -n "$procs" | tr '\n' ' ')" \
	"JSON: the pids of the cgroup"
like "$(flat "$out")" "^\\[[0-9]+,[0-9]+,[0-9]+\\]\$" "an array of numbers"
run scow ps -f json "$id"
like "$(flat "$out")" '^\[[0-9,]+\]$' "-f json"
run scow ps "$id"
like "$(echo "$out" | head -1)" '(^| )PID .*(CMD|COMMAND)$' "table: a header with PID and CMD"
is "$(echo "$out" | wc -l)" 4 "table: one line a process"
like "$out" "(^| )$pid .*sh -c sleep 61" "table: pid and command of the first"
like "$out" 'sleep 62$' "table: of another"
is "$(echo "$out" | sed -n '2s/ .*//p')" "$(id -un)" "table: the user's name"
scow exec --detach --pid-file "$T/pid" "$id" sleep 63 </dev/null >/dev/null 2>&1
sleeps() {
	tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline" | grep -q "^sleep 63"
}
soon sleeps
run scow ps "$id"
like "$out" "(^| )$(cat "$T/pid") .*sleep 63\$" "an exec'd process is listed, too"
run scow ps --format table "$id"
like "$out" 'sleep 62$' "--format table"
if ps -e -x -o pid >/dev/null 2>&1; then
	run scow ps "$id" -e -x -o pid,args
	like "$(echo "$out" | head -1)" '^ *PID +COMMAND$' "ps options: the host's ps"
	is "$rc:$(echo "$out" | sed 1d | awk '{ print $1 }' | sort -n | tr '\n' ' ')" \
		"0:$(sort -n "$procs" | tr '\n' ' ')" "its lines of these processes, and no others"
	run scow ps "$id" -e -o comm
	refused "a ps without pids" 'no column PID'
	run scow ps "$id" --no-such-option
	is "$rc:$out" "1:" "options that it does not know"
else
	skip 4 "a ps without options"
fi
run env PATH=/nosuch "$SCOW" ps "$id" -ef
refused "no ps on the machine" 'there is no program ps'
run scow ps --format json "$id" -ef
like "$(flat "$out")" '^\[[0-9,]+\]$' "JSON needs none"
scow kill --all "$id" KILL
soon shows "$id" stopped
remove "$id"

# without a pid namespace of its own
start_one "$ID-b" cmd='trap : TERM; sleep 64 & sleep 65; sleep 66' hostname=null \
	namespaces='{"type":"mount"}' base_mounts='{"destination":"/proc","type":"bind","source":"/proc","options":["rbind"]}'
procs=$CG$(sed -n 's/^0:://p' "/proc/$(pid_of "$ID-b")/cgroup")/cgroup.procs
soon three
run scow ps -f json "$ID-b"
is "$rc:$(flat "$out" | tr -d '[]' | tr ',' '\n' | sort -n | tr '\n' ' ')" "0:$(sort -n "$procs" | tr '\n' ' ')" \
	"JSON without a pid namespace: these processes, not the host's"
run scow ps "$ID-b"
is "$(echo "$out" | wc -l)" 4 "and the table"
run scow kill --all "$ID-b" TERM
is "$rc:$err" "0:" "kill --all without a pid namespace"
one() {
	[ "$(wc -l <"$procs")" -le 2 ]
}
ok "reaches all: the two that wait, and the shell, which goes on" soon one
run scow kill --all "$ID-b" KILL
ok "and KILL ends them" soon shows "$ID-b" stopped
run scow ps -f json "$ID-b"
is "$rc:$(flat "$out")" "0:[]" "a stopped one has none"
remove "$ID-b"

bundle c
scow create -b "$T/c" "$ID-c" >/dev/null 2>&1
run scow ps --format json "$ID-c"
is "$rc:$(flat "$out")" "0:[$(pid_of "$ID-c")]" "a created container has one process"
remove "$ID-c"
finish
