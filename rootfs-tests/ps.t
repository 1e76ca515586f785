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
scow exec --detach --pid-file "$T/pid" "$id" sleep 63 </dev/null >/dev/null 2>&1
sleeps() {
	tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline" | grep -q "^sleep 63"
}
soon sleeps
run scow ps "$id"
like "$out" "(^| )$(cat "$T/pid") .*sleep 63\$" "an exec'd process is listed, too"
run scow ps --format table "$id"
like "$out" 'sleep 62$' "--format table"
scow kill --all "$id" KILL
soon shows "$id" stopped
remove "$id"

bundle c
scow create -b "$T/c" "$ID-c" >/dev/null 2>&1
run scow ps --format json "$ID-c"
is "$rc:$(flat "$out")" "0:[$(pid_of "$ID-c")]" "a created container has one process"
remove "$ID-c"
finish
