#!/bin/sh
# Shows limits at work, not just written: memory and the OOM killer, swap, pids, cpu, cpuset, io,
# huge pages, unified, device rules for a disk; a container in 256 KiB, and a hundred at once.
#
# What needs a controller is skipped where the hierarchy has none. SCOW_TEST_DISK names a disk that
# may be overwritten; whoever sets it also allows swap on it and a few huge pages: a test machine.
. "${0%/*}/lib.sh"

controllers=" $(cat $CG/cgroup.controllers) "
disk=${SCOW_TEST_DISK-}
needs_disk() {
	[ -n "$disk" ] && return 0
	skip "$1" "no disk to play with, SCOW_TEST_DISK is not set"
	return 1
}
# limited_to JSON WORD=VALUE...: a bundle with these linux.resources runs in the foreground
limited_to() {
	resources=$1
	shift
	try linux="\"resources\":$resources" "$@"
}
# starts JSON WORD=VALUE...: one in the background, $id; value FILE then reads its cgroup
starts() {
	id=$ID-s$((starts_id = ${starts_id:-0} + 1))
	resources=$1
	shift
	start_one "$id" linux="\"resources\":$resources" "$@"
}
value() {
	cat "$CG/scow/$id/$1"
}
# counts FILE KEY: the counter KEY in a file of "KEY NUMBER" lines is not zero
counts() {
	value "$1" | grep -q "^$2 [1-9]"
}
# eats MIB: args of a program that touches so much memory at once
eats() {
	printf '["dd","if=/dev/zero","of=/dev/null","bs=%sM","count=1"]' "$1"
}

# memory
if needs memory 14; then
	limited_to '{"memory":{"limit":33554432}}' args="$(eats 8)"
	is "$rc" 0 "8 MiB fit into 32"
	limited_to '{"memory":{"limit":16777216,"swap":16777216}}' args="$(eats 64)"
	is "$rc:$out" "137:" "64 MiB do not fit into 16: exit code 137"
	unlike "$err" scow "without a word of the runtime's: it is the program's end"
	starts '{"memory":{"limit":16777216,"swap":16777216,"reservation":8388608}}' args="$(eats 64)"
	is "$(value memory.max):$(value memory.low)" "16777216:8388608" "limit and reservation"
	ok "the program is killed in the background, too" soon shows "$id" stopped
	ok "memory.events says so until delete" counts memory.events oom_kill
	remove "$id"

	survive="dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo survived"
	limited_to '{"memory":{"limit":16777216,"swap":16777216}}' cmd="$survive"
	is "$rc:$out" "0:survived" "one process is killed, the container goes on"
	limited_to '{"memory":{"limit":16777216,"swap":16777216},"unified":{"memory.oom.group":"1"}}' \
		cmd="$survive"
	is "$rc:$out" "137:" "memory.oom.group: they end together"

	limited_to '{"memory":{"limit":-1}}' cmd=true
	is "$rc:$err" "0:" "-1 is no limit"
	limited_to '{"memory":{"limit":16777216,"swap":8388608}}' cmd=true
	refused "swap is the sum: it cannot be below limit" 'memory.swap'
	starts '{"memory":{"limit":67108864}}' cmd='sleep 60'
	run scow exec "$id" dd if=/dev/zero of=/dev/null bs=8M count=1
	is "$rc" 0 "exec of 8 MiB in a container of 64"
	run scow exec "$id" dd if=/dev/zero of=/dev/null bs=128M count=1
	is "$rc" 137 "exec of 128 MiB: it is killed"
	is "$(status "$id")" running "and the container lives"
	remove "$id"
	limited_to '{"memory":{"limit":262144}}' cmd=true
	is "$rc:$err" "0:" "a container in 256 KiB of memory"
fi

# swap, on the disk, for as long as these tests take
if needs memory 3 && needs_disk 3; then
	mkswap "$disk" >/dev/null && swapon "$disk" || bail "no swap on $disk"
	limited_to '{"memory":{"limit":16777216,"swap":50331648}}' args="$(eats 24)"
	is "$rc" 0 "24 MiB fit into 16 MiB and 32 MiB of swap"
	limited_to '{"memory":{"limit":16777216,"swap":16777216}}' args="$(eats 24)"
	is "$rc" 137 "but not when swap is none on top"
	starts '{"memory":{"limit":16777216,"swap":-1}}' cmd='sleep 60'
	is "$(value memory.swap.max)" max "a swap of -1 is no limit"
	remove "$id"
	swapoff "$disk"
fi

# pids
if needs pids 4; then
	starts '{"pids":{"limit":6}}' \
		cmd='for i in 1 2 3 4 5 6 7 8 9 10; do sleep 60 & done 2>/dev/null; wait; sleep 60'
	is "$(value pids.max)" 6 "a limit of 6 processes"
	ok "a seventh is refused" soon counts pids.events max
	[ "$(value pids.current)" -le 6 ]
	result $? "there are no more than six"
	remove "$id"
	limited_to '{"pids":{"limit":-1}}' cmd='cat /proc/self/status >/dev/null && echo fine'
	is "$out" fine "-1 is no limit"
fi

# cpu
if needs cpu 7; then
	starts '{"cpu":{"quota":5000,"period":100000}}' cmd='while :; do :; done'
	is "$(value cpu.max)" "5000 100000" "quota and period"
	ok "a busy program is throttled" soon counts cpu.stat nr_throttled
	remove "$id"
	for pair in 2=1 512=59 1024=100 262144=10000; do
		starts "{\"cpu\":{\"shares\":${pair%=*}}}" cmd='sleep 60'
		is "$(value cpu.weight)" "${pair#*=}" "${pair%=*} shares are a weight of ${pair#*=}"
		remove "$id"
	done
	limited_to '{"cpu":{"quota":1,"period":100000}}' cmd=true
	refused "a quota that the kernel does not take" 'cpu.max'
fi
if needs cpuset 3; then
	limited_to '{"cpu":{"cpus":"0","mems":"0"}}' cmd='grep -e ^Cpus_allowed_list -e ^Mems_allowed_list /proc/self/status'
	is "$(echo "$out" | tr -s '\t\n' '  ')" "Cpus_allowed_list: 0 Mems_allowed_list: 0 " "cpus and mems"
	limited_to '{"cpu":{"cpus":"0-x"}}' cmd=true
	refused "a list that is none" 'cpuset.cpus'
	limited_to '{"cpu":{"mems":"63"}}' cmd=true
	isnt "$rc" 0 "memory of a node that is not there"
fi

# io, and device rules for a disk. A throttled read takes its time by the same clock that we read.
# Up to Linux 6.1 at least, 32-bit kernels panic ("BUG at block/blk-throttle.c:742") on the first
# throttled read until their tick counter has wrapped, five minutes after boot: not ours to test.
older_than() {
	read -r uptime rest </proc/uptime
	[ "${uptime%.*}" -gt "$1" ]
}
if needs io 5 && needs_disk 5; then
	case $(uname -m) in *64*) ;; *) until older_than 305; do sleep 1; done ;; esac
	device=$(stat -c '%t:%T' "$disk")
	major=$((0x${device%:*})) minor=$((0x${device#*:}))
	node="\"devices\":[{\"path\":\"/dev/disk\",\"type\":\"b\",\"major\":$major,\"minor\":$minor}]"
	rule="\"type\":\"b\",\"major\":$major,\"minor\":$minor"
	# reads RESOURCES: three MiB of the disk, by a program whose seconds are in $out
	reads() {
		try linux="$node,\"resources\":{$1}" cmd='cut -d. -f1 /proc/uptime
			dd if=/dev/disk of=/dev/null bs=64k count=48 iflag=direct 2>/tmp/dd || cat /tmp/dd
			cut -d. -f1 /proc/uptime'
		rm -f "$T/rootfs/tmp/dd"
	}
	reads "\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,$rule,\"access\":\"r\"}],
		\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":$major,\"minor\":$minor,\"rate\":1048576}]}"
	seconds=$(echo "$out" | awk 'NR == 1 { t = $1 } END { print $1 - t }')
	[ "$rc" = 0 ] && [ "$seconds" -ge 2 ]
	result $? "reading 3 MiB at 1 MiB/s takes time" || note "$seconds s"
	starts "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":$major,\"minor\":$minor,\"rate\":1048576}],
		\"throttleWriteIOPSDevice\":[{\"major\":$major,\"minor\":$minor,\"rate\":50}]}}" cmd='sleep 60'
	is "$(value io.max)" "$major:$minor rbps=1048576 wbps=max riops=max wiops=50" "two throttles of one disk"
	remove "$id"
	reads '"devices":[{"allow":false,"access":"rwm"}]'
	like "$out" 'Operation not permitted' "a disk is denied by a device rule"
	try linux="$node,\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},
		{\"allow\":true,$rule,\"access\":\"r\"}]}" cmd='(exec 3</dev/disk) && echo reads; (exec 3<>/dev/disk) 2>&1'
	has "$out" reads "allowed for reading"
	like "$out" 'Operation not permitted|an.t (open|create)' "and not for writing"
fi

# huge pages, of which a test machine gets four
if needs hugetlb 2 && needs_disk 2; then
	huge=2048kB:2MB
	[ -d "/sys/kernel/mm/hugepages/hugepages-${huge%:*}" ] || bail "no pages of ${huge#*:}"
	echo 4 >/proc/sys/vm/nr_hugepages
	mount_huge='{"destination":"/huge","type":"hugetlbfs","source":"huge","options":["rw"]}'
	limited_to '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' mounts="$mount_huge" \
		cmd='fallocate -l 4194304 /huge/f && echo two'
	is "$rc:$out" "0:two" "two huge pages in a limit of two"
	limited_to '{"hugepageLimits":[{"pageSize":"2MB","limit":2097152}]}' mounts="$mount_huge" \
		cmd='fallocate -l 4194304 /huge/f && echo two'
	unlike "$rc:$out" '^0|two' "but not in a limit of one"
	echo 0 >/proc/sys/vm/nr_hugepages
fi

# unified
if needs memory 5 && needs pids 0; then
	starts '{"memory":{"limit":33554432},"unified":{"memory.high":"25165824","memory.max":"67108864",
		"pids.max":"9"}}' cmd='sleep 60'
	is "$(value memory.high):$(value memory.max):$(value pids.max)" "25165824:67108864:9" \
		"unified comes last and wins"
	remove "$id"
	limited_to '{"unified":{"memory.max":"lots"}}' cmd=true
	refused "a value that the kernel does not take" 'memory.max'
	limited_to '{"unified":{"memory.nosuch":"1"}}' cmd=true
	refused "a file that the controller does not have" 'memory.nosuch'
	limited_to '{"unified":{"memory.current":"1"}}' cmd=true
	refused "a file that is not for writing" 'memory.current'
	limited_to '{"unified":{"cgroup.freeze":"1"}}' cmd=true
	refused "a file that is no limit" 'cgroup.freeze'
fi

# a hundred of them; the machines have 256 MiB
count=${HUNDRED:-100}
bundle many cmd='exec sleep 600'
free_before=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
bad=0 n=0
while [ $n -lt "$count" ]; do
	n=$((n + 1))
	scow run --detach -b "$T/many" "$ID-m$n" </dev/null >/dev/null 2>"$T/error" ||
		{ bad=$((bad + 1)); note "$(cat "$T/error")"; }
done
is "$bad" 0 "$count containers start"
note "$count containers take $(awk -v b="$free_before" -v n="$count" \
	'$1 == "MemAvailable:" { printf "%d KiB each of %d", (b - $2) / n, b }' /proc/meminfo) KiB"
is "$(scow list | grep -c "^$ID-m.* running ")" "$count" "and run"
bad=0
while [ $n -gt 0 ]; do
	scow kill "$ID-m$n" KILL || bad=$((bad + 1))
	n=$((n - 1))
done
is "$bad" 0 "they are killed"
all_stopped() {
	[ "$(scow list | grep -c "^$ID-m.* stopped ")" = "$count" ]
}
ok "all are stopped" soon all_stopped
while [ $n -lt "$count" ]; do
	n=$((n + 1))
	scow delete "$ID-m$n" || bad=$((bad + 1))
done
is "$bad:$(scow list -q | grep -c "^$ID-m")" "0:0" "and deleted"
finish
