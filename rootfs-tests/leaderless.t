#!/bin/sh
# Shows that a program whose first thread has ended, which /proc calls a zombie and cgroup.kill does
# not reach, neither hides nor survives.
. "${0%/*}/lib.sh"

probe=$(helper probe) || skip_all "no helper probe in $HELPERS"
cp "$probe" "$T/rootfs/bin/probe"
leaderless() {
	case $(sed 's/.*) //' "/proc/$1/stat") in Z*) return 0 ;; esac
	return 1
}

start_one "$ID-1" args='["probe","leaderless","60"]'
pid=$(scow ps --format json "$ID-1" | tr -dc 0-9)
ok "its first thread has ended" soon leaderless "$pid"
is "$(status "$ID-1")" running "the container runs"
run scow delete "$ID-1"
refused "and is not deleted" 'not stopped: running'
run scow kill "$ID-1" KILL
is "$rc" 0 "it can be killed"
ok "and stops" soon shows "$ID-1" stopped
run scow delete "$ID-1"
is "$rc:$err" 0: "delete"

start_one "$ID-2" args='["probe","leaderless","60"]'
soon leaderless "$(scow ps --format json "$ID-2" | tr -dc 0-9)"
run scow delete --force "$ID-2"
is "$rc:$err" 0: "delete --force"

# Without a pid namespace others are not killed with the first one.
start_one "$ID-3" cmd='probe leaderless 60 >/tmp/started & exec sleep 60' \
	namespaces='{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"},{"type":"cgroup"}'
soon grep -q started "$T/rootfs/tmp/started"
run scow delete --force "$ID-3"
is "$rc:$err" 0: "delete --force of one without a pid namespace"
finish
