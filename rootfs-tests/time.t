#!/bin/sh
# Shows linux.timeOffsets: the clocks inside, seen by files and by system calls, for the first process
# and for exec, with a user namespace and by path; and what cannot be set.
. "${0%/*}/lib.sh"

time_ns="$default_namespaces,{\"type\":\"time\"}"
offsets='"timeOffsets":{"monotonic":{"secs":78810000,"nanosecs":2718281},"boottime":{"secs":13370000}}'
show='tr -s " " </proc/self/timens_offsets'
wanted="monotonic 78810000 2718281
boottime 13370000 0"
bad() {
	try namespaces="$2" linux="\"timeOffsets\":$3"
	refused "$1" "$4"
}

bad "offsets without a time namespace" "$default_namespaces" '{"monotonic":{"secs":1}}' \
	'linux\.timeOffsets: .* inherited'
bad "an unknown clock" "$time_ns" '{"realtime":{"secs":1}}' 'linux\.timeOffsets: "realtime"'
bad "a second of nanoseconds" "$time_ns" '{"monotonic":{"nanosecs":1000000000}}' \
	'linux\.timeOffsets\.monotonic\.nanosecs'
try linux='"timeOffsets":{}'
is "$rc:$err" "0:" "no offsets need no namespace"
if [ ! -e /proc/self/ns/time ]; then
	bad "a kernel without time namespaces" "$time_ns" '{"monotonic":{"secs":1}}' \
		'this kernel has no time namespaces'
	skip 13 "this kernel has no time namespaces"
	finish
fi

bad "a clock before its beginning" "$time_ns" '{"boottime":{"secs":-9000000000}}' \
	'linux\.timeOffsets: set the clocks'
bad "the offsets of a joined one" "$default_namespaces,{\"type\":\"time\",\"path\":\"/proc/1/ns/time\"}" \
	'{"monotonic":{"secs":1}}' 'linux\.timeOffsets: .* joined'
ours=$(tr -s " " </proc/self/timens_offsets)
try cmd="$show" namespaces="$time_ns" linux='"timeOffsets":null'
is "$rc:$out" "0:monotonic 0 0
boottime 0 0" "a time namespace without offsets"
try cmd="$show" namespaces="$time_ns" linux="$offsets"
is "$rc:$out" "0:$wanted" "the offsets are there"

cp "$(helper probe)" "$T/rootfs/bin/probe" || bail "no helper"
before=$("$T/rootfs/bin/probe" clocks)
try args='["probe","clocks"]' namespaces="$time_ns" linux="$offsets"
after=$("$T/rootfs/bin/probe" clocks)
between() { # BEFORE OFFSET INSIDE AFTER
	[ "$3" -ge $(($1 + $2)) ] && [ "$3" -le $(($4 + $2 + 1)) ]
}
ok "CLOCK_MONOTONIC" between "${before% *}" 78810000 "${out% *}" "${after% *}"
ok "CLOCK_BOOTTIME" between "${before#* }" 13370000 "${out#* }" "${after#* }"
try cmd='cut -d. -f1 /proc/uptime' namespaces="$time_ns" linux="$offsets"
ok "/proc/uptime" between "${before#* }" 13370000 "$out" $((${after#* } + 60 * TEST_SLOW))
try cmd="$show" namespaces="$time_ns" linux='"timeOffsets":{"monotonic":{"secs":-1,"nanosecs":5}}'
is "$rc:$out" "0:monotonic -1 5
boottime 0 0" "a clock that is behind"

chmod 755 "$T" "$T/rootfs"
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":1000}]'
try cmd="$show" namespaces="$time_ns,{\"type\":\"user\"}" linux="$offsets,$map"
is "$rc:$out" "0:$wanted" "with a user namespace"
ok "a container that goes on" start_one "$ID-a" cmd='sleep 60' namespaces="$time_ns" linux="$offsets"
run scow exec "$ID-a" sh -c "$show"
is "$rc:$out" "0:$wanted" "exec has the same clocks"
a=$(pid_of "$ID-a")
try cmd="$show" namespaces="$default_namespaces,{\"type\":\"time\",\"path\":\"/proc/$a/ns/time\"}"
is "$rc:$out" "0:$wanted" "and so has who joins it by path"
try cmd="$show" linux="$map" \
	namespaces="$default_namespaces,{\"type\":\"user\"},{\"type\":\"time\",\"path\":\"/proc/$a/ns/time\"}"
is "$rc:$out" "0:$wanted" "also from a user namespace of its own"
remove "$ID-a"
is "$(tr -s " " </proc/self/timens_offsets)" "$ours" "ours are as before"
finish
