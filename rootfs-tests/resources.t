#!/bin/sh
# Shows properties of linux.resources one by one: what cgroup v2 cannot do is refused with the
# reason, and the rest is read back from the cgroup where it has the controller. limits.t shows the
# common ones at work.
. "${0%/*}/lib.sh"

controllers=" $(cat $CG/cgroup.controllers) "
# resources JSON WORD=VALUE...: a bundle with these runs in the foreground
resources() {
	json=$1
	shift
	try linux="\"resources\":$json" "$@"
}
# starts JSON: one in the background, $id; value FILE then reads its cgroup
starts() {
	id=$ID-s$((starts_id = ${starts_id:-0} + 1))
	start_one "$id" cmd='sleep 60' linux="\"resources\":$1"
}
value() {
	cat "$CG/scow/$id/$1"
}

# what no cgroup v2 has
while read -r json why; do
	resources "{$json}"
	refused "$json" "linux\.resources\.[^:]*: cgroup v2 $why"
done <<-END
	"memory":{"kernel":1048576} has no limit of kernel memory
	"memory":{"kernelTCP":1048576} has no limit of TCP memory
	"memory":{"swappiness":60} has none
	"memory":{"disableOOMKiller":true} cannot switch the OOM killer off
	"cpu":{"realtimeRuntime":950000} has no real-time
	"cpu":{"realtimePeriod":1000000} has no real-time
	"blockIO":{"leafWeight":10} has none
	"blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":10}]} has none
	"network":{"classID":1048577} has no net_cls
	"network":{"priorities":[{"name":"eth0","priority":5}]} has no net_prio
END

# cpu: burst and idle came with Linux 5.14 and 5.15
resources '{"cpu":{"burst":-1}}'
refused "a negative burst" 'linux\.resources\.cpu\.burst'
resources '{"cpu":{"quota":50000,"period":100000,"burst":60000}}'
refused "a burst above the quota" 'cpu\.burst: 60000 is above the quota'
resources '{"cpu":{"idle":2}}'
refused "idle is 0 or 1" 'linux\.resources\.cpu\.idle: 2 is not 0 or 1'
resources '{"cpu":{"burst":0,"idle":0,"quota":-1},"pids":{"limit":-1},"memory":{"limit":-1,"swap":-1}}'
is "$rc:$err" "0:" "what is without limit anyway needs no controller"
if needs cpu 4; then
	if starts '{"cpu":{"quota":50000,"period":100000,"burst":20000}}'; then
		is "$(value cpu.max):$(value cpu.max.burst)" "50000 100000:20000" "burst"
		remove "$id"
	else
		like "$err" 'this kernel has no cpu\.max\.burst' "a kernel without burst says so"
	fi
	if starts '{"cpu":{"idle":1,"shares":2048}}'; then
		is "$(value cpu.idle):$(value cpu.weight)" "1:0" "idle goes over shares"
		remove "$id"
		starts '{"cpu":{"idle":0,"shares":2048}}'
		is "$(value cpu.idle):$(value cpu.weight)" "0:174" "not idle"
		remove "$id"
	else
		like "$err" 'this kernel has no cpu\.idle' "a kernel without idle says so"
		skip 1 "this kernel has no idle"
	fi
	starts '{"cpu":{"burst":0,"idle":0}}'
	is "$rc:$err" "0:" "unset on any kernel"
	remove "$id"
else
	resources '{"cpu":{"burst":1000}}'
	refused "burst without its controller" 'linux\.resources\.cpu\.burst: the requested cgroup controller `cpu` is not available'
	resources '{"cpu":{"idle":1}}'
	refused "idle without its controller" 'linux\.resources\.cpu\.idle: the requested cgroup controller `cpu` is not available'
fi

# rdma: no machine of ours has such a device
resources '{"rdma":{"mlx5_1":{}}}'
refused "rdma without a number" 'rdma\["mlx5_1"\]: neither hcaHandles nor hcaObjects'
resources '{"rdma":{"mlx5_1":{"hcaHandles":3,"hcaObjects":10000}}}'
if needs rdma 1; then
	refused "an rdma device that is not there" 'rdma\["mlx5_1"\]: write "mlx5_1 hca_handle=3 hca_object=10000" to rdma\.max'
else
	refused "rdma without its controller" 'rdma\["mlx5_1"\]: the requested cgroup controller `rdma` is not available'
fi

# intelRdt: no machine of ours has it, so it is refused, before anything is made
for json in '{}' '{"closID":"gold"}' '{"l3CacheSchema":"L3:0=f"}' '{"schemata":["L3:0=f","MB:0=10"]}' \
	'{"enableMonitoring":true}'; do
	try linux="\"intelRdt\":$json"
	refused "intelRdt $json without resctrl" 'linux\.intelRdt: no resctrl file system is mounted'
done
for json in '{"closID":".."}' '{"closID":"a/b"}' '{"closID":"info"}'; do
	try linux="\"intelRdt\":$json"
	refused "intelRdt $json" 'linux\.intelRdt\.closID: ".*" is not the name of a group'
done
try linux='"intelRdt":{"memBwSchema":"L3:0=f"}'
refused "intelRdt with a bandwidth that is none" 'linux\.intelRdt\.memBwSchema'
try linux='"intelRdt":null'
is "$rc:$err" "0:" "intelRdt null"

# pids: 0 is a limit since version 1.3 of the spec, and was "unset" before
bundle zero cmd='(true) && echo forks' linux='"resources":{"pids":{"limit":0}}'
run scow run -b "$T/zero" "$ID-zero"
is "$rc:$out" "0:forks" "a pids.limit of 0 is unset before spec 1.3"
sed 's/"ociVersion":"1.0.2"/"ociVersion":"1.3.0"/' "$T/zero/config.json" >"$T/zero/new.json"
run scow run -b "$T/zero" -f "$T/zero/new.json" "$ID-zero"
if needs pids 1; then
	unlike "$rc:$out" '^0|forks' "in 1.3 it is a limit: one process, and no fork"
else
	refused "in 1.3 it is a limit: without its controller it is refused" 'pids\.limit: the requested cgroup controller .pids.'
fi
finish
