#!/bin/sh
# Shows events: the stats of a container as JSON, at an interval until it ends, and OOM kills.
. "${0%/*}/lib.sh"

controllers=" $(cat $CG/cgroup.controllers) "
id=$ID-e
# lines FILE PATTERN COUNT: at least so many
lines() {
	[ "$(grep -c "$2" "$1")" -ge "$3" ]
}
ended() {
	! kill -0 "$watcher" 2>/dev/null
}
# ends: the watcher in the background does, with exit code 0
ends() {
	soon ended && wait "$watcher"
}

bundle e cmd='while :; do sleep 100 & wait; done'
run scow create -b "$T/e" "$id"
run scow events --stats "$id"
is "$rc:$err" "0:" "stats of a created container"
scow start "$id"
run scow events --stats "$id"
is "$rc:$err" "0:" "stats of a running one"
ok "one line" one_line "$out"
like "$out" '^\{"type":"stats","id":"'"$id"'","data":\{"cpu":\{"usage":\{"total":[0-9]+,"kernel":[0-9]+,"user":[0-9]+\},"throttling":\{' \
	"type, id, data and CPU time"
like "$out" '"memory":\{.*"usage":\{"limit":[0-9]+,.*"failcnt":[0-9]+\},"swap":\{.*"raw":\{.*\},"pids":\{.*\},"blkio":\{.*\},"hugetlb":\{' \
	"the sections of runc"
if [ -e "$CG/cpu.pressure" ] && cat "$CG/cpu.pressure" >/dev/null 2>&1; then
	like "$out" '"psi":\{"some":\{"avg10":[0-9.]+,"avg60":[0-9.]+,"avg300":[0-9.]+,"total":[0-9]+\}' "pressure"
else
	skip 1 "this kernel has no pressure"
fi
if needs hugetlb 1; then
	like "$out" '"hugetlb":\{"[0-9]+[KMG]B":\{"usage":0,"failcnt":0\}' "huge pages"
fi
if needs pids 1; then
	like "$out" '"pids":\{"current":[1-9]' "processes"
fi
if needs memory 2; then
	like "$out" '"usage":\{"limit":18446744073709551615,"usage":[1-9]' "memory, which has no limit"
	like "$out" '"raw":\{"anon":[1-9]' "and in detail"
fi

scow events --interval 100ms "$id" >"$T/events" 2>"$T/error" </dev/null &
watcher=$!
ok "stats at an interval" soon lines "$T/events" '"type":"stats"' 3
scow pause "$id"
many=$(wc -l <"$T/events")
ok "of a paused container, too" soon lines "$T/events" '"type":"stats"' $((many + 2))
scow resume "$id"
scow kill "$id" KILL
ok "they end with the container" ends
is "$(cat "$T/error")" "" "without a word"
is "$(grep -vc '^{"type":"stats","id":"'"$id"'","data":{.*}}$' "$T/events")" 0 "every line is whole"
run scow events --stats "$id"
refused "a stopped container" 'container not running'
scow delete "$id"
run scow events "$id"
refused "none of that name" 'does not exist'

# bad input
run scow run -d -b "$T/e" "$id"
for time in 5 0s x 5x -1s 1.s. 25h 0.5ms '' s ms; do
	run scow events --stats --interval "$time" "$id"
	refused "an interval of \"$time\"" '--interval'
done
for time in 1ms 1.5s 1m30s 24h; do
	run scow events --stats --interval "$time" "$id"
	is "$rc:$err" "0:" "an interval of $time"
done
scow events --interval 1h "$id" >"$T/events" 2>"$T/error" </dev/null &
watcher=$!
sleep 0.2
is "$(cat "$T/events")" "" "nothing before the first interval"
remove "$id"
ok "delete ends it at once" ends
run scow --cgroup-manager disabled run -d -b "$T/e" "$id"
run scow events --stats "$id"
refused "a container without a cgroup" 'no cgroup of its own'
remove "$id"

# out of memory
if needs memory 4; then
	bundle e cmd='while [ ! -e /tmp/go ]; do sleep 0.2; done; dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 60' \
		linux='"resources":{"memory":{"limit":16777216,"swap":16777216}}'
	run scow run -d -b "$T/e" "$id"
	scow events --interval 1h "$id" >"$T/events" 2>"$T/error" </dev/null &
	watcher=$!
	sleep 0.3
	: >"$T/rootfs/tmp/go"
	ok "an OOM kill is an event" soon lines "$T/events" '^{"type":"oom","id":"'"$id"'"}$' 1
	run scow events --stats "$id"
	like "$out" '"usage":\{"limit":16777216,.*"failcnt":[1-9]' "stats count how often the limit was hit"
	is "$(status "$id")" running "the container runs on, and so does the command"
	remove "$id"
	ok "until the end" ends
	rm -f "$T/rootfs/tmp/go"
fi
finish
