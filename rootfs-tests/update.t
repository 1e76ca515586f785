#!/bin/sh
# Shows update: limits that change under a container, read back from its cgroup; what fails changes
# nothing; device rules are replaced. What needs a controller is skipped where there is none.
. "${0%/*}/lib.sh"

controllers=" $(cat $CG/cgroup.controllers) "
id=$ID-u
# value FILE: of the container's cgroup; "none" for one that is not there
value() {
	cat "$CG/scow/$id/$1" 2>/dev/null || echo none
}
# update JSON: through a file
update() {
	printf '%s\n' "$1" >"$T/resources"
	run scow update -r "$T/resources" "$id"
}
# changes FILE WANTED NAME: the last update has worked, and FILE says WANTED
changes() {
	is "$rc:$out:$err:$(value "$1")" "0:::$2" "$3"
}

# a container of any state; cgroup.max.* need no controller
bundle u cmd='sleep 60'
run scow create -b "$T/u" "$id"
update '{"unified":{"cgroup.max.depth":"5"}}'
changes cgroup.max.depth 5 "a created container, which had no limits"
scow start "$id"
printf '{"unified":{"cgroup.max.depth":"6"}}' >"$T/stdin"
run_in "$T/stdin" scow update --resources - "$id"
changes cgroup.max.depth 6 "a running one, --resources - as containerd has it"
scow pause "$id"
run scow update --resources="$T/stdin" "$id"
changes cgroup.max.depth 6 "a paused one, --resources=FILE as podman has it"
is "$(status "$id")" paused "it stays paused"
scow resume "$id"
run scow update "$id"
is "$rc:$out:$err" "0::" "nothing to do is no error"
update '{"memory":{},"cpu":null,"blockIO":{"weight":0},"pids":{},"devices":[]}'
is "$rc:$err" "0:" "unset is unset here, too"
update '{"pids":{"limit":0},"memory":{"limit":0,"swap":0}}'
is "$rc:$err" "0:" "0 as well"

# all or nothing
update '{"unified":{"cgroup.max.depth":"7","cgroup.max.descendants":"many"}}'
refused "a part that fails" 'unified\["cgroup\.max\.descendants"\]: write "many"'
is "$(value cgroup.max.depth):$(value cgroup.max.descendants)" "6:max" "nothing has changed"
update '{"unified":{"cgroup.max.depth":"7","nosuch.max":"1"}}'
refused "a controller that is not there" 'the requested cgroup controller .nosuch. is not available'
is "$(value cgroup.max.depth)" 6 "nothing has changed"
update '{"unified":{"cgroup.max.depth":"7"},"devices":[{"allow":true,"type":"x"}]}'
refused "a bad device rule" 'devices\[0\]\.type'
is "$(value cgroup.max.depth)" 6 "nothing has changed"

# bad input
for json in '{' '[]' '"x"' '{"memory":1}' '{"memory":{"limit":"x"}}' '{"cpu":{"shares":-1}}'; do
	update "$json"
	refused "$json" 'resources'
done
update '{"memory":{"swappiness":60}}'
refused "what no cgroup2 has" 'memory\.swappiness: cgroup v2'
run scow update -r "$T/nosuch" "$id"
refused "a file that is not there" 'nosuch'
run scow update -r "$T/resources" --memory 64m "$id"
refused "a file and an option" '--resources and --memory exclude each other'
for option in --memory=x --memory=1x --memory=8e --memory=-1k --memory=9223372036854775807k --cpu-quota=1.5 \
	--cpu-period= --cpu-share=64m --pids-limit=many --cpu-burst=0x10 --blkio-weight=' 1'; do
	run scow update "$option" "$id"
	refused "$option" "${option%%=*}: .* is not a number"
done
run scow update --cpu-share=-1 "$id"
refused "a negative weight" 'cpu\.shares'
run scow update --cpu-rt-runtime=950000 "$id"
refused "real-time CPU time" 'realtimeRuntime: cgroup v2'
run scow update --kernel-memory=64m "$id"
refused "kernel memory" 'memory\.kernel: cgroup v2'
run scow update --kernel-memory=0 --cpu-rt-period=0 "$id"
is "$rc:$err" "0:" "0 of both"
run scow update --memory-swap=64m "$id"
refused "swap without a limit" 'unable to set swap limit without memory limit'
run scow update --l3-cache-schema=L3:0=f "$id"
refused "a share of the cache without resctrl" 'no resctrl file system is mounted'
run scow update --mem-bw-schema=50 "$id"
refused "a bandwidth that is none" 'memBwSchema: "50" is not one line of MB:'
run scow update --memory=64m "$ID-nosuch"
refused "no such container" "container \"$ID-nosuch\" does not exist"

# controllers that this hierarchy has not
for pair in memory:--memory=64m pids:--pids-limit=9 cpu:--cpu-share=512 cpu:--cpu-quota=50000 \
	cpu:--cpu-burst=50 cpu:--cpu-idle=1 cpuset:--cpuset-cpus=0 cpuset:--cpuset-mems=0 io:--blkio-weight=500; do
	case $controllers in *" ${pair%%:*} "*) continue ;; esac
	run scow update "${pair#*:}" "$id"
	refused "${pair#*:} without its controller" "the requested cgroup controller .${pair%%:*}. is not available"
done

# hugetlb: both files, and back
if needs hugetlb 4 && [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]; then
	update '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
	changes hugetlb.2MB.max 4194304 "hugepageLimits"
	rsvd=$(value hugetlb.2MB.rsvd.max)
	case $rsvd in none | 4194304) rsvd=fine ;; esac
	is "$rsvd" fine "reservations where the kernel has them"
	update '{"hugepageLimits":[{"pageSize":"2MB","limit":2097152}],"unified":{"cgroup.max.depth":"x"}}'
	refused "and a bad one" 'cgroup\.max\.depth'
	is "$(value hugetlb.2MB.max)" 4194304 "nothing has changed"
fi
remove "$id"
run scow update --memory=64m "$id"
refused "a container that is gone" 'does not exist'

# device rules
deny='{"allow":false,"access":"rwm"}'
kmsg='{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}'
bundle u cmd='while :; do (exec 3</dev/extra) 2>/dev/null && echo yes >/tmp/opens || echo no >/tmp/opens; sleep 0.1; done' \
	caps='"CAP_SYSLOG"' base_mounts="$default_mounts"',{"destination":"/tmp","type":"bind","source":"'"$T/tmp"'","options":["bind"]}' \
	linux='"devices":[{"path":"/dev/extra","type":"c","major":1,"minor":11,"fileMode":438}]'
mkdir "$T/tmp"
opens() {
	rm -f "$T/tmp/opens"
	soon test -s "$T/tmp/opens" && soon grep -q "$1" "$T/tmp/opens"
}
run scow run -d -b "$T/u" "$id"
ok "without rules a device opens" opens yes
update "{\"devices\":[$deny]}"
is "$rc:$err" "0:" "update denies all devices"
ok "it opens no more" opens no
update "{\"devices\":[$deny,$kmsg]}"
ok "update allows one: it opens" opens yes
update "{\"devices\":[$deny],\"unified\":{\"cgroup.max.depth\":\"x\"}}"
ok "an update that fails leaves the rules alone" opens yes
update '{"unified":{"cgroup.max.depth":"4"}}'
ok "and so does one without rules" opens yes
update "{\"devices\":[$deny]}"
ok "denied again" opens no
update '{"devices":[{"allow":true,"access":"rwm"}]}'
ok "everything allowed" opens yes
scow kill "$id" KILL
soon shows "$id" stopped
run scow update --pids-limit=9 "$id"
refused "a stopped container" 'container not running'
scow delete "$id"
run scow --cgroup-manager disabled run -d -b "$T/u" "$id"
update '{"unified":{"cgroup.max.depth":"4"}}'
refused "a container without a cgroup" "no cgroup of its own"
remove "$id"

# controllers, in full
bundle u cmd='sleep 60'
run scow run -d -b "$T/u" "$id"
if needs memory 13; then
	run scow update --memory 64m --memory-reservation 16MiB --memory-swap=96MB "$id"
	changes memory.max 67108864 "memory"
	is "$(value memory.low)" 16777216 "reservation"
	swap=33554432
	[ "$(value memory.swap.max)" != none ] || swap=none
	is "$(value memory.swap.max)" $swap "swap is the sum"
	run scow update --memory-swap=128m "$id"
	[ $swap = none ] || swap=67108864
	changes memory.swap.max $swap "swap alone goes with the limit in force"
	run scow update --memory-swap 32m "$id"
	refused "swap below it" 'memory\+swap limit should be >= memory limit'
	update '{"memory":{"limit":33554432,"reservation":1048576},"unified":{"memory.high":"x"}}'
	refused "a memory limit, and a bad one behind it" 'memory\.high'
	is "$(value memory.max):$(value memory.low)" "67108864:16777216" "nothing has changed"
	update '{"memory":{"limit":4096,"checkBeforeUpdate":true}}'
	refused "a limit below what is in use" 'rejecting memory limit 4096 <= usage'
	update '{"memory":{"limit":4096,"swap":4096,"checkBeforeUpdate":true}}'
	refused "the sum, too" 'rejecting memory\+swap limit 4096 <= usage'
	is "$(value memory.max)" 67108864 "nothing has changed"
	run scow update --memory -1 "$id"
	changes memory.max max "no limit"
	[ $swap = none ] || swap=max
	is "$(value memory.swap.max)" $swap "nor one of swap"
	is "$(status "$id")" running "it runs on"
fi
if needs pids 4; then
	run scow update --pids-limit 9 "$id"
	changes pids.max 9 "pids"
	run scow update --pids-limit 0 "$id"
	changes pids.max 9 "0 is unset in a container of before spec 1.3"
	run scow update --pids-limit=-1 "$id"
	changes pids.max max "no limit"
	update '{"pids":{"limit":7},"unified":{"pids.max":"-5"}}'
	is "$rc:$(value pids.max)" "1:max" "a bad one behind a good one"
fi
if needs cpu 9; then
	run scow update --cpu-share 512 --cpu-quota 50000 --cpu-period 100000 "$id"
	changes cpu.weight 59 "shares"
	is "$(value cpu.max)" "50000 100000" "quota and period"
	run scow update --cpu-period 200000 "$id"
	changes cpu.max "50000 200000" "a period alone keeps the quota"
	run scow update --cpu-quota 20000 "$id"
	changes cpu.max "20000 200000" "a quota alone keeps the period"
	update '{"cpu":{"shares":1024,"quota":1}}'
	refused "a quota that the kernel does not take" 'cpu\.max'
	is "$(value cpu.weight):$(value cpu.max)" "59:20000 200000" "nothing has changed"
	run scow update --cpu-quota -1 "$id"
	changes cpu.max "max 200000" "no quota"
	if [ "$(value cpu.max.burst)" != none ]; then
		run scow update --cpu-quota 50000 --cpu-burst 20000 "$id"
		run scow update --cpu-quota 90000 --cpu-burst 80000 "$id"
		run scow update --cpu-quota 30000 --cpu-burst 10000 "$id"
		is "$rc:$err:$(value cpu.max):$(value cpu.max.burst)" "0::30000 200000:10000" "burst up and down with the quota"
		run scow update --cpu-burst 0 "$id"
		changes cpu.max.burst 0 "no burst"
	else
		skip 2 "this kernel has no burst"
	fi
fi
if needs cpu 3 && [ "$(value cpu.idle)" != none ]; then
	run scow update --cpu-idle 1 "$id"
	changes cpu.idle 1 "idle"
	run scow update --cpu-idle 0 --cpu-share 2048 "$id"
	changes cpu.weight 174 "not idle, and a weight"
	run scow update --cpu-idle 2 "$id"
	refused "neither" 'cpu\.idle: 2 is not 0 or 1'
fi
if needs cpuset 4; then
	run scow update --cpuset-cpus 0 --cpuset-mems 0 "$id"
	changes cpuset.cpus 0 "cpus"
	is "$(value cpuset.mems)" 0 "mems"
	update '{"cpu":{"cpus":"0"},"unified":{"cgroup.max.depth":"x"}}'
	is "$rc:$(value cpuset.cpus)" "1:0" "a bad one behind it"
	run scow update --cpuset-cpus nonsense "$id"
	refused "a list that is none" 'cpuset\.cpus'
fi
if needs io 2; then
	weight=$(value io.bfq.weight)
	[ "$weight" != none ] || weight=$(value io.weight)
	if [ "$weight" != none ]; then
		run scow update --blkio-weight 500 "$id"
		is "$rc:$err" "0:" "a weight of disk time"
		like "$(value io.bfq.weight) $(value io.weight)" 'default (500|4950)' "it is there"
	else
		skip 2 "this kernel has no weight of disk time"
	fi
fi
remove "$id"
finish
