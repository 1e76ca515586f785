#!/bin/sh
# Shows pause and resume: the program really stops, what works on a paused container, what does not.
. "${0%/*}/lib.sh"

id=$ID-a
ok "a container that counts" start_one "$id" \
	cmd='n=0; while :; do n=$((n + 1)); echo $n >/tmp/n; sleep 0.01; done'
count() {
	cat "$T/rootfs/tmp/n"
}
moves() {
	[ "$(count)" != "$before" ]
}
before=$(count)
ok "counts" soon moves
run scow pause "$id"
is "$rc:$out:$err" "0::" "pause is silent"
is "$(status "$id")" paused "state: paused"
before=$(count)
sleep 0.3
is "$(count)" "$before" "the program stands still"
run scow list
like "$out" "^$id +[0-9]+ +paused " "list: paused"
run scow pause "$id"
refused "pause of a paused container" "paused|not running"
run scow start "$id"
refused "start of a paused container" "cannot start"
run scow delete "$id"
refused "delete of a paused container" "cannot delete container $id that is not stopped: paused"
run scow exec "$id" true
refused_with 255 "exec in a paused container" "cannot exec in a paused container"
is "$(status "$id")" paused "still paused"
run scow ps --format json "$id"
like "$rc:$(flat "$out")" '^0:\[[0-9,]+\]$' "ps of a paused container"
run scow resume "$id"
is "$rc:$out:$err" "0::" "resume is silent"
is "$(status "$id")" running "state: running"
ok "it counts again" soon moves
run scow resume "$id"
refused "resume twice" "container not paused"

# a paused one can be killed and deleted
scow pause "$id"
run scow kill "$id" KILL
is "$rc:$err" "0:" "kill KILL of a paused container"
ok "ends it" soon shows "$id" stopped
is "$(scow delete "$id" 2>&1; echo $?)" 0 "delete"
ok "another of the same name" start_one "$id" cmd='sleep 60'
is "$(status "$id")" running "is not frozen"
scow pause "$id"
run scow delete --force "$id"
is "$rc:$out:$err" "0::" "delete --force of a paused container"
run scow state "$id"
refused "it is gone" "does not exist"

# a stopped one: its cgroup is not frozen, nor is one that was there before it and stays
mkdir "$CG/$ID-kept"
bundle kept cmd='sleep 60' linux="\"cgroupsPath\":\"/$ID-kept\""
scow run --detach -b "$T/kept" "$ID-k" </dev/null >/dev/null 2>&1
scow kill "$ID-k" KILL
ok "it ends" soon shows "$ID-k" stopped
run scow pause "$ID-k"
refused "pause of a stopped container" "container not running"
is "$(cat "$CG/$ID-kept/cgroup.freeze")" 0 "its cgroup is not frozen"
scow delete "$ID-k"
run scow run --detach -b "$T/kept" "$ID-k"
is "$rc:$err" "0:" "the next container of the cgroup"
scow pause "$ID-k"
scow kill "$ID-k" KILL
ok "it is killed while paused" soon shows "$ID-k" stopped
run scow delete "$ID-k"
is "$rc:$(cat "$CG/$ID-kept/cgroup.freeze")" "0:0" "delete leaves its cgroup thawed"
run scow run --detach -b "$T/kept" "$ID-k"
is "$rc:$err" "0:" "the next container of the cgroup"
remove "$ID-k"
rmdir "$CG/$ID-kept"

# a created one: pause and go on
bundle c cmd='touch /tmp/started'
scow create -b "$T/c" "$ID-c" >/dev/null 2>&1
run scow pause "$ID-c"
if [ "$rc" = 0 ]; then
	scow resume "$ID-c"
else
	refused "pause of a created container" "not running|created"
fi
is "$(status "$ID-c")" created "a created container is created after pause and resume"
run scow start "$ID-c"
is "$rc" 0 "and can be started"
ok "really" soon test -e "$T/rootfs/tmp/started"
soon shows "$ID-c" stopped
remove "$ID-c"
finish
