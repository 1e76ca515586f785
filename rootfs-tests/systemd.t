#!/bin/sh
# Shows --systemd-cgroup: the cgroup of a container as a transient scope of systemd, which knows of
# its limits and so leaves them alone; and podman with its default settings, where there is one.
# Without a systemd, one clear sentence. tools/check-systemd.sh runs it where systemd is process 1.
. "${0%/*}/lib.sh"

sd() {
	scow --systemd-cgroup "$@"
}

# --- what needs no systemd -----------------------------------------------------------------------

bundle p linux='"cgroupsPath":"a.slice:b:c"'
run scow run -b "$T/p" "$ID-p"
refused "slice:prefix:name without the option" 'a\.slice:b:c.*needs --systemd-cgroup'
for path in /a/b a.slice:b a.slice:b:c:d a.slice:b: a:b:c a.slice/x:b:c; do
	bundle p linux="\"cgroupsPath\":\"$path\""
	run sd run -b "$T/p" "$ID-p"
	refused "cgroupsPath $path" 'linux\.cgroupsPath: .*systemd wants slice:prefix:name'
done
run scow --cgroup-manager systemd list -q
is "$rc:$out" "0:" "--cgroup-manager systemd is the same"
run scow features
like "$(flat "$out")" '"systemd":true' "features tells of it"

if [ ! -e /run/systemd/private ]; then
	bundle p
	run sd create -b "$T/p" "$ID-p"
	refused "no systemd" '^scow: --systemd-cgroup: no systemd answers at /run/systemd/private or /run/dbus/system_bus_socket$'
	run sd delete --force "$ID-p"
	is "$rc:$err" "0:" "other commands do not ask for one"
	skip 1 "systemd is not process 1 here: make check-systemd"
	finish
fi

# --- with systemd --------------------------------------------------------------------------------

# property UNIT NAME
property() {
	systemctl show -P "$2" "$1"
}
# value FILE: of the cgroup of $unit
value() {
	cat "$CG/$cgroup/$1"
}
gone() {
	[ "$(property "$1" LoadState)" = not-found ] || [ "$(property "$1" ActiveState)" = inactive ]
}

id=$ID-a unit=t-$ID-a.scope cgroup=machine.slice/t-$ID-a.scope
bundle a cmd='sleep 600' linux='"cgroupsPath":"machine.slice:t:'"$id"'","resources":{
	"memory":{"limit":67108864,"reservation":33554432,"swap":134217728},"pids":{"limit":50},
	"cpu":{"shares":512,"quota":33333,"period":100000,"cpus":"0","mems":"0"}}'
run sd create --bundle "$T/a" --pid-file "$T/pid" "$id"
is "$rc:$out:$err" "0::" "create"
is "$(property "$unit" ActiveState):$(property "$unit" Slice):$(property "$unit" Delegate)" \
	"active:machine.slice:yes" "a scope in that slice, delegated"
is "$(property "$unit" ControlGroup)" "/$cgroup" "its cgroup"
is "$(sed -n s/^0:://p "/proc/$(cat "$T/pid")/cgroup")" "/$cgroup" "the container is in it"
is "$(cat "$CG/$cgroup/cgroup.procs")" "$(cat "$T/pid")" "and nobody else"
limits() {
	echo $(for p in MemoryMax MemoryLow MemorySwapMax TasksMax CPUWeight CPUQuotaPerSecUSec AllowedCPUs \
		AllowedMemoryNodes; do property "$unit" $p; done)
}
is "$(limits)" "67108864 33554432 67108864 50 59 340ms 0 0" "systemd knows of the limits"
files() {
	echo $(for f in memory.max memory.low memory.swap.max pids.max cpu.weight cpu.max cpuset.cpus cpuset.mems; do
		value $f; done)
}
is "$(files)" "67108864 33554432 67108864 50 59 33333 100000 0 0" "they are in force"
systemctl daemon-reload
is "$(files)" "67108864 33554432 67108864 50 59 34000 100000 0 0" \
	"also after a daemon-reload, which rounds the quota up to whole percents"
run sd start "$id"
is "$rc:$(status "$id")" "0:running" "start"
run sd exec "$id" cat /proc/self/cgroup
is "$rc:$out" "0:0::/" "exec"
run sd exec "$id" sh -c 'id -u; ls /sys/fs/cgroup'
is "$rc" 0 "exec again"

run sd update --memory 100m --memory-swap 200m --pids-limit 60 --cpu-quota 50000 "$id"
is "$rc:$err" "0:" "update"
updated="104857600 33554432 104857600 60 59 50000 100000 0 0"
is "$(files)" "$updated" "the new limits are in force"
like "$(limits)" '^104857600 33554432 104857600 60 ' "systemd has heard of them"
systemctl set-property --runtime "$unit" IOWeight=50
systemctl daemon-reload
is "$(files)" "$updated" "and does not take them back"
run scow pause "$id"
is "$rc:$(status "$id")" "0:paused" "pause"
run scow resume "$id"
is "$rc:$(status "$id")" "0:running" "resume"
run sd create --bundle "$T/a" "$id-2"
refused "a unit of that name is there" "^scow: systemd unit $unit: StartTransientUnit: Unit $unit was already loaded"
is "$(status "$id")" running "nothing happens to the one that has it"
run scow kill "$id" KILL
ok "kill" soon shows "$id" stopped
run scow delete "$id"
is "$rc:$err" "0:" "delete, without the option"
is "$(property "$unit" LoadState)" not-found "the unit is gone when delete returns"
nok "and the cgroup" test -e "$CG/$cgroup"
for i in 1 2 3; do
	run sd run -d -b "$T/a" "$id"
	is "$rc:$err" "0:" "the same name at once, $i"
	run scow delete --force "$id"
	is "$rc:$err" "0:" "delete --force"
done

# defaults and other forms
id=$ID-b
bundle b cmd='cat /proc/self/cgroup; exit 3' namespaces='{"type":"pid"},{"type":"mount"}' hostname='""'
run sd run -b "$T/b" "$id"
is "$rc:$out" "3:0::/system.slice/scow-$id.scope" "without a path: in system.slice"
ok "nothing stays" gone "scow-$id.scope"
bundle b cmd='cat /proc/self/cgroup' namespaces='{"type":"pid"},{"type":"mount"}' hostname='""' \
	linux='"cgroupsPath":"scowt-x-y.slice::'"$id"'"'
run scow --cgroup-manager=systemd run -b "$T/b" "$id"
is "$rc:$out" "0:0::/scowt.slice/scowt-x.slice/scowt-x-y.slice/$id.scope" "nested slices, no prefix"
systemctl stop scowt-x-y.slice scowt-x.slice scowt.slice
bundle b cmd='cat /proc/self/cgroup' namespaces='{"type":"pid"},{"type":"mount"}' hostname='""' \
	linux='"cgroupsPath":":x:scowt-z.slice","resources":{"pids":{"limit":20}}'
run sd run -b "$T/b" "$id"
is "$rc:$out" "0:0::/scowt.slice/scowt-z.slice" "a name that ends in .slice is a slice"
ok "it is stopped" gone scowt-z.slice
systemctl stop scowt.slice
bundle b cmd='cat /sys/fs/cgroup/pids.max' linux='"cgroupsPath":"a--b.slice:x:y"'
run sd run -b "$T/b" "$id"
refused "a slice that cannot be" '"a--b\.slice" is no slice of systemd'
bundle b linux='"cgroupsPath":"machine.slice:t:a b"'
run sd run -b "$T/b" "$id"
refused "a name that systemd refuses is in the error" 'systemd unit t-a b\.scope: StartTransientUnit: Invalid unit name'
bundle b cmd='cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.high /sys/fs/cgroup/cpu.idle' \
	mounts='{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup"}' \
	linux='"resources":{"cpu":{"idle":1},"unified":{"pids.max":"33","memory.high":"50331648"}}'
run sd run -b "$T/b" "$id"
is "$rc:$(echo $out)" "0:33 50331648 1" "unified, cpu.idle"

# what fails, and what is killed, leaves nothing
bundle b args='["/nosuch"]'
run sd run -b "$T/b" "$id"
isnt "$rc" 0 "no program"
is "$(property "scow-$id.scope" LoadState)" not-found "no unit stays"
bundle b linux='"resources":{"unified":{"nosuch.max":"1"}}'
run sd run -b "$T/b" "$id"
refused "a limit that cannot be" 'nosuch.*the requested cgroup controller .nosuch. is not available'
is "$(property "scow-$id.scope" LoadState)" not-found "no unit stays"
bundle b top='"hooks":{"createRuntime":[{"path":"/bin/sh","args":["sh","-c","kill -KILL $PPID"]}]}'
run sd create -b "$T/b" "$id"
is "$rc" 137 "a create that is killed"
ok "its unit goes by itself" soon gone "scow-$id.scope"
bundle b cmd='trap "exit 5" TERM; sleep 600 & wait' # KILL would come after 90 seconds
run sd run -d -b "$T/b" "$id"
is "$rc:$err" "0:" "and the name can be used again"
pid=$(pid_of "$id")
run systemctl stop "scow-$id.scope"
is "$rc:$(status "$id")" "0:stopped" "systemctl stop ends it"
nok "all of it" test -e "/proc/$pid"
run scow delete "$id"
is "$rc:$err" "0:" "delete of what systemd has stopped"

bundle b cmd='sleep 600' linux='"cgroupsPath":"machine.slice:t:'"$id"'"'
run sd run -d -b "$T/b" "$id"
echo garbage >"$STATE/$id/state.json"
run scow delete --force "$id"
is "$rc" 0 "delete --force with a damaged record"
ok "the unit goes" soon gone "t-$id.scope"
nok "and all that was in it" test -e "$CG/machine.slice/t-$id.scope"

# --- podman, by its defaults ---------------------------------------------------------------------

if ! command -v podman >/dev/null; then
	skip 1 "podman is not installed"
	finish
fi
podman() {
	timeout -s KILL $((60 * TEST_SLOW)) podman --runtime "$SCOW" "$@"
}
run podman info -f '{{.Host.CgroupManager}} {{.Host.CgroupsVersion}}'
is "$out" "systemd v2" "podman's cgroup manager is systemd"
# once "OPTION..." CMD...
once() {
	options=$1
	shift
	# shellcheck disable=SC2086
	run podman run --rm --network none $options --rootfs "$T/rootfs" "$@"
}
once "--cgroupns host" cat /proc/self/cgroup
like "$rc:$out" '^0:0::/machine\.slice/libpod-[0-9a-f]*\.scope(/container)?$' "run"
once "--memory 64m --memory-swap 64m --pids-limit 44 --cpus 0.5 --cpu-shares 512" \
	sh -c 'cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max cpu.weight; exit 7'
is "$rc:$(echo $out)" "7:67108864 0 44 50000 100000 59" "run with limits"
run podman run -d --name "$ID-d" --network none --memory 64m --rootfs "$T/rootfs" sleep 600
is "$rc" 0 "run -d"
unit=libpod-$out.scope cgroup=machine.slice/$unit
is "$(property "$unit" ActiveState):$(property "$unit" MemoryMax)" "active:67108864" "its scope"
run podman exec "$ID-d" echo inside
is "$rc:$out" "0:inside" "exec"
run podman update --memory 128m "$ID-d"
is "$rc:$(value memory.max):$(property "$unit" MemoryMax)" "0:134217728:134217728" "update"
systemctl daemon-reload
is "$(value memory.max)" 134217728 "and after a daemon-reload"
run podman pause "$ID-d"
is "$rc" 0 "pause"
run podman unpause "$ID-d"
is "$rc" 0 "unpause"
run podman stats --no-stream --format '{{.PIDs}}' "$ID-d"
is "$rc:$out" "0:1" "stats"
run podman restart -t 0 "$ID-d"
is "$rc:$err" "0:" "restart"
run podman stop -t 0 "$ID-d"
is "$rc" 0 "stop"
ok "the scope is gone" soon gone "$unit"
run podman start "$ID-d"
is "$rc" 0 "start"
run podman rm -f -t 0 "$ID-d"
is "$rc" 0 "rm -f"
ok "the scope is gone" soon gone "$unit"
run podman pod create --name "$ID-pod" --infra=false
is "$rc" 0 "pod create"
once "--pod $ID-pod" echo inside
is "$rc:$out" "0:inside" "run --pod"
run podman pod rm -f "$ID-pod"
is "$rc" 0 "pod rm"
finish
