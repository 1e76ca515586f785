#!/bin/sh
# Shows that a damaged or foreign record harms no other process, and that a full state directory
# leaves nothing behind.
. "${0%/*}/lib.sh"

sleep 300 &
innocent=$!
start=$(sed 's/.*) //' "/proc/$innocent/stat" | cut -d' ' -f20)
mkdir -p "$CG/scow/$ID-other"
echo "$innocent" >"$CG/scow/$ID-other/cgroup.procs"
damaged() { # NAME RECORD
	for verb in "kill KILL" "delete" "delete --force"; do
		mkdir -p "$STATE/$ID-g"
		printf '%s' "$2" >"$STATE/$ID-g/state.json"
		: >"$STATE/$ID-g/config.json"
		run scow ${verb% KILL} "$ID-g" $([ "$verb" != "kill KILL" ] || echo KILL)
	done
	is "$rc:$err" "0:" "$1: delete --force"
	ok "$1: no other process is harmed" kill -0 "$innocent"
	rm -rf "$STATE/$ID-g"
}
record='"format":1,"id":"'$ID-g'"'
damaged "a pid beyond all pids" "{$record,\"pid\":$((4294967296 + innocent)),\"startTime\":$start}"
damaged "the record of another" "{\"format\":1,\"id\":\"other\",\"pid\":$innocent,\"startTime\":$start}"
damaged "no format" "{\"id\":\"$ID-g\",\"pid\":$innocent,\"startTime\":$start}"
damaged "a cgroup with .." "{$record,\"cgroup\":\"/scow/x/../$ID-other\"}"
damaged "a cgroup that is all" "{$record,\"cgroup\":\"/\"}"
damaged "a cgroup that is none" "{$record,\"cgroup\":\"\"}"
damaged "a cgroup without a slash" "{$record,\"cgroup\":\"scow/$ID-other\"}"

# A create that was killed before it had its cgroup must not take another's with it.
mkdir -p "$T/state1/$ID-other"
: >"$T/state1/$ID-other/state.json"
run scow --root "$T/state1" delete --force "$ID-other"
is "$rc" 0 "an empty record in another state root: delete --force"
ok "the cgroup of that name is not emptied" kill -0 "$innocent"
kill -KILL "$innocent"
wait "$innocent" 2>/dev/null
soon rmdir "$CG/scow/$ID-other"

# readers have no lock
mkdir -p "$STATE/$ID-e"
: >"$STATE/$ID-e/state.json"
run scow state "$ID-e"
refused "a record that is not written yet" 'does not exist'
run scow list -q
unlike "$err" "$ID-e" "list says nothing of it"
remove "$ID-e"

bundle b
mkdir "$T/small"
for room in nr_inodes=3 nr_inodes=4 nr_inodes=5 nr_inodes=6 size=8k; do
	mount -t tmpfs -o "size=64k,$room" small "$T/small"
	mkdir "$T/small/r" || note "no room for the root"
	[ "${room%=*}" != size ] || dd if=/dev/zero of="$T/small/fill" bs=4k count=2 2>/dev/null
	run scow --root "$T/small/r" create -b "$T/b" "$ID-f"
	refused "full state directory ($room)" 'No space left'
	is "$(ls -A "$T/small/r")" "" "it leaves nothing"
	umount "$T/small"
done
finish
