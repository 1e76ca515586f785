#!/bin/sh
# Shows that deleting a stopped container leaves alone the one that has its cgroup now.
. "${0%/*}/lib.sh"

linux="\"cgroupsPath\":\"/$ID-both\""
bundle first cmd='true' linux="$linux"
mkdir "$T/state1"
run scow --root "$T/state1" run --detach -b "$T/first" "$ID-first"
stopped() {
	[ "$(scow --root "$T/state1" state "$ID-first" | field status)" = stopped ]
}
ok "the first one has stopped" soon stopped
ok "another one has its cgroup" start_one "$ID-second" cmd='sleep 60' linux="$linux"
run scow --root "$T/state1" kill --all "$ID-first" KILL
is "$(status "$ID-second")" running "kill --all of the first does not reach it"
run scow --root "$T/state1" delete "$ID-first"
is "$rc:$err" 0: "delete of the first"
is "$(status "$ID-second")" running "nor does delete"
run scow delete --force "$ID-second"
is "$rc:$err" 0: "delete of the second"
rmdir "$CG/$ID-both" 2>/dev/null # it was there before the second one, so it stays
finish
