#!/bin/sh
# Shows two versions of scow at one container: one has brought it up, the other one commands it and is
# installed by now. The other one is helpers/next: a scow of the next format, in which what keeper,
# monitor and commands say to each other is laid out anew. Both ways.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

next=$(helper next) || skip_all "no scow of the next format in $HELPERS"
mkdir "$T/state" "$T/bin"
first() { limited "$T/bin/scow" --root "$T/state" --store "$store" "$@"; } # the one that is installed
eng() { limited "$commands" --root "$T/state" --store "$store" "$@"; }     # the one that commands
install() { cp "$1" "$T/bin/new" && mv "$T/bin/new" "$T/bin/scow"; }
format() { sed -n 's/^format //p' "$T/state/$ID-a/$1"; }
is_other() { [ "$(inspect a "$1")" -gt 1 ] && [ "$(inspect a "$1")" != "$2" ]; }

# trial WORDS UP COMMANDS FORMAT
trial() {
	commands=$3
	install "$2"
	first define --restart always --stop-signal KILL "$ID-a" --rootfs "$T/rootfs" -- \
		sh -c 'echo begins; read -r line </tmp/hold; echo "$line"; sleep 1000'
	[ -p "$T/rootfs/tmp/hold" ] || mkfifo -m 666 "$T/rootfs/tmp/hold"
	run first start "$ID-a"
	is "$rc:$err:$(format plan):$(format life)" "0::$4:$4" "$1: up"
	is "$(state a)" running "$1: inspect"
	run eng list
	like "$out" "$ID-a .*running" "$1: list"
	run eng exec "$ID-a" echo from exec
	is "$rc:$out:$err" "0:from exec:" "$1: exec"
	run eng pause "$ID-a"
	is "$rc:$(state a)" "0:paused" "$1: pause"
	run eng unpause "$ID-a"
	is "$rc:$(state a)" "0:running" "$1: unpause"
	"$commands" --root "$T/state" --store "$store" attach "$ID-a" >"$T/attached" 2>&1 &
	client=$!
	attaches() { [ "$(eng events --filter "name=$ID-a" --filter event=attach | wc -l)" -gt 0 ]; }
	soon attaches

	# The other one is installed, and the monitor killed: one as the keeper's takes its place.
	install "$3"
	pid=$(inspect a Pid) monitor=$(inspect a ConmonPid) keeper=$(inspect a KeeperPid)
	end "$monitor"
	ok "$1: another monitor" soon is_other ConmonPid "$monitor"
	is "$(inspect a Pid):$(state a):$(format life)" "$pid:running:$4" "$1: the container lives on"
	echo typed >"$T/rootfs/tmp/hold"
	typed() { grep -q typed "$T/attached"; }
	ok "$1: attached, before and behind it" soon typed
	end "$client"
	is "$(eng logs "$ID-a")" "begins
typed" "$1: every line"
	run eng restart -t 0 "$ID-a"
	is "$rc:$err:$(inspect a KeeperPid)" "0::$keeper" "$1: restart, by the same keeper"
	pid=$(inspect a Pid)
	end "$pid"
	ok "$1: a crash, and a restart by the policy" soon is_other Pid "$pid"
	soon is_state a running
	is "$(inspect a RestartCount):$(format plan)" "1:$4" "$1: which is counted"

	# Without the keeper all is of the other one.
	end "$keeper"
	ok "$1: the keeper is lost, and the policy acts" soon is_other KeeperPid "$keeper"
	soon is_state a running
	is "$(inspect a RestartCount):$(format life)" "2:$((3 - $4))" "$1: by the installed one"
	run eng stop -t 0 "$ID-a"
	is "$rc:$err:$(state a):$(first inspect "$ID-a" | field ExitCode)" "0::exited:137" "$1: stop"
	run first start "$ID-a"
	run eng rm -f -t 0 "$ID-a"
	is "$rc:$err:$(ls -A "$store")" "0::" "$1: rm -f"
}
trial "a newer command" "$SCOW" "$next" 1
trial "an older command" "$next" "$SCOW" 2

# What is asked for and not known is refused in a sentence.
if ctl=$(helper ctl); then
	install "$SCOW" && first define "$ID-a" --rootfs "$T/rootfs" -- sleep 1000
	first start "$ID-a"
	is "$("$ctl" "$T/state/$ID-a" ask 99)" \
		"refused the monitor of $ID-a is of another version of scow, and does not know this" "a verb of the future"
	first rm -f -t 0 "$ID-a"
else
	skip 1 "no helper ctl in $HELPERS"
fi
rm -r "$T/state"
finish
