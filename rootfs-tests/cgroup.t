#!/bin/sh
# Shows cgroups: where they are made and removed, limits that are unset, limits without a
# controller, unified, hugetlb, and device rules.
. "${0%/*}/lib.sh"

controllers=" $(cat $CG/cgroup.controllers) "
has_controller() {
	case $controllers in *" $1 "*) return 0 ;; esac
	return 1
}
resources() {
	try linux="\"resources\":$1"
}

# Unset is unset: what docker, podman and others send in every container must not need a controller.
for json in null '{}' '{"memory":{},"cpu":{"shares":0},"blockIO":{"weight":0}}' \
	'{"memory":null,"cpu":null,"pids":null,"blockIO":null,"devices":null,"hugepageLimits":null,
		"network":null,"rdma":null,"unified":null}' \
	'{"memory":{"limit":0,"swap":0,"reservation":0,"kernel":0,"kernelTCP":0,
		"disableOOMKiller":false,"useHierarchy":false}}' \
	'{"memory":{"limit":null,"swap":null}}' '{"pids":{"limit":0}}' '{"pids":{}}' \
	'{"pids":{"limit":null}}' \
	'{"cpu":{"shares":0,"quota":0,"period":0,"burst":0,"realtimeRuntime":0,
		"realtimePeriod":0,"cpus":"","mems":""}}' \
	'{"blockIO":{"weight":0,"leafWeight":0,"weightDevice":[],
		"throttleReadBpsDevice":[],"throttleWriteBpsDevice":null}}' \
	'{"hugepageLimits":[],"unified":{},"devices":[],"rdma":{},"network":{}}' \
	'{"network":{"classID":0,"priorities":[]}}'; do
	resources "$json"
	is "$rc:$err" "0:" "resources $json"
done

# Limits that are asked for and have no controller here are an error that names it.
for pair in 'memory:"memory":{"limit":104857600}' 'pids:"pids":{"limit":100}' \
	'cpu:"cpu":{"shares":512}' \
	'cpu:"cpu":{"quota":50000,"period":100000}' 'cpuset:"cpu":{"cpus":"0"}' \
	'io:"blockIO":{"weight":100}'; do
	resources "{${pair#*:}}"
	if has_controller "${pair%%:*}"; then
		is "$rc:$err" "0:" "${pair#*:} with its controller"
	else
		refused "${pair#*:} without its controller" "${pair%%:*}"
	fi
done

# places
cgroup_of() {
	sed -n 's/^0:://p' "/proc/$(pid_of "$1")/cgroup"
}
id=$ID-a
ok "a container" start_one "$id" cmd='sleep 60'
is "$(cgroup_of "$id")" "/scow/$id" "the cgroup is /scow/ID by default"
run scow exec "$id" cat /proc/self/cgroup
is "$(echo "$out" | sed -n 's/^0:://p')" / "seen from inside it is the root"
remove "$id"
nok "delete removes it" test -d "$CG/scow/$id"
start_one "$id" cmd='sleep 60' linux="\"cgroupsPath\":\"/$ID-top/sub/$id\""
is "$(cgroup_of "$id")" "/$ID-top/sub/$id" "an absolute cgroupsPath is taken from the root"
remove "$id"
nok "delete removes it" test -d "$CG/$ID-top/sub/$id"
rmdir "$CG/$ID-top/sub" "$CG/$ID-top" 2>/dev/null
start_one "$id" cmd='sleep 60' linux="\"cgroupsPath\":\"$ID-relative/$id\""
has "$(cgroup_of "$id")" "$ID-relative/$id" \
	"a relative cgroupsPath is taken from wherever the runtime likes"
remove "$id"
find $CG -depth -type d -name "$ID-relative" -exec rmdir {} \;
try linux="\"cgroupsPath\":\"/../../$ID-out\""
nok "a cgroupsPath with .. leads nowhere else" test -d "$CG/../$ID-out"
try linux='"cgroupsPath":""'
is "$rc" 0 "an empty cgroupsPath is the default"
try linux='"cgroupsPath":null'
is "$rc" 0 "null as well"

# a cgroup that is somebody's
mkdir "$CG/$ID-busy"
sleep 60 &
pid=$!
echo "$pid" >"$CG/$ID-busy/cgroup.procs"
bundle busy cmd='true' linux="\"cgroupsPath\":\"/$ID-busy\""
run scow create -b "$T/busy" "$ID-busy1"
refused "a cgroup with processes in it" "$ID-busy"
ok "they live" kill -0 "$pid"
run scow delete --force "$ID-busy1"
ok "also after delete --force" kill -0 "$pid"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
soon rmdir "$CG/$ID-busy"
mkdir "$CG/$ID-frozen"
echo 1 >"$CG/$ID-frozen/cgroup.freeze"
bundle frozen cmd='echo ran' linux="\"cgroupsPath\":\"/$ID-frozen\""
run scow run -b "$T/frozen" "$ID-frozen1"
case $rc in
0) is "$out" ran "a frozen cgroup is thawed" ;;
*) refused "a frozen cgroup is refused" "frozen" ;;
esac
echo 0 2>/dev/null >"$CG/$ID-frozen/cgroup.freeze"
rmdir "$CG/$ID-frozen" 2>/dev/null

# hugetlb and unified
if has_controller hugetlb && [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]; then
	start_one "$id" cmd='sleep 60' \
		linux='"resources":{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
	is "$(cat "$CG$(cgroup_of "$id")/hugetlb.2MB.max")" 4194304 "hugepageLimits"
	remove "$id"
	start_one "$id" cmd='sleep 60' linux='"resources":{"unified":{"hugetlb.2MB.max":"2097152"}}'
	is "$(cat "$CG$(cgroup_of "$id")/hugetlb.2MB.max")" 2097152 "unified"
	remove "$id"
	resources '{"hugepageLimits":[{"pageSize":"3MB","limit":4194304}]}'
	refused "a page size that does not exist" '3MB'
else
	skip 3 "no hugetlb controller with 2MB pages"
fi
resources '{"unified":{"nosuch.max":"1"}}'
refused "unified with an unknown file" 'nosuch'
resources '{"unified":{"../x":"1"}}'
refused "unified with a path" 'unified|\.\./x'
resources '{"unified":{"cgroup.procs":"1"}}'
isnt "$rc" 0 "unified with cgroup.procs"

# device rules: the last one that matches decides
mem='"devices":[{"path":"/dev/extra","type":"c","major":1,"minor":11,"fileMode":438}]'
# opens WORD: what opening /dev/extra for reading says under device rules
opens() {
	try cmd='(exec 3</dev/extra) 2>&1 && echo open; echo >/dev/null && head -c 1 /dev/zero | wc -c' \
		caps='"CAP_SYSLOG"' \
		linux="$mem,\"resources\":{\"devices\":[$1]}"
}
deny='{"allow":false,"access":"rwm"}'
opens "$deny"
like "$out" 'Operation not permitted|Permission denied|an.t open' \
	"everything is denied, as podman asks"
like "$out" '^1$' "but not the default devices"
opens "$deny,{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"rw\"}"
has "$out" open "one device is allowed"
opens \
	"{\"allow\":true,\"access\":\"rwm\"},{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"r\"}"
unlike "$out" '^open' "one device is denied"
opens "$deny,{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"r\"}"
has "$out" open "all minor numbers"
opens "$deny,{\"allow\":true,\"type\":\"b\",\"major\":1,\"minor\":11,\"access\":\"r\"}"
unlike "$out" '^open' "a rule for a block device does not match"
opens ''
has "$out" open "no rules: everything is allowed"
try cmd='mknod /tmp/made c 1 11 && (exec 3</tmp/made) && echo open' caps='"CAP_MKNOD"' \
	linux="\"resources\":{\"devices\":[$deny]}"
unlike "$out" open "a device that is made inside cannot be opened"
rm -f "$T/rootfs/tmp/made"
resources '{"devices":[{"allow":true,"type":"x","access":"r"}]}'
refused "a rule of an unknown type" 'devices\[0\].type'
resources '{"devices":[{"allow":true,"access":"q"}]}'
refused "a rule with an unknown access" 'devices\[0\].access'
finish
