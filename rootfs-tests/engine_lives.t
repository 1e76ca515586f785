#!/bin/sh
# Shows that lives go on when monitor, keeper or all of ours are killed at any call of theirs, with
# each line of the log once and the exit code; what is left of three containers that lost both; and
# what is not in the other files of the exit codes, stop, the back-off and OOM kills. The numbers are
# those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

trace=$(helper trace) || skip_all "no helper trace in $HELPERS"
points=${STRIKE_POINTS:-4}
[ -z "$TEST_FEW" ] || points=${STRIKE_POINTS:-1}

# Two lives, a line at the begin and one at the end of each. The shell in it
# waits for the end as a user would, and stays until the monitor has gone.
lived() { # lived ROLE N WHOM
	rm -f "$T/rootfs/tmp/go"
	define l --restart on-failure:1 'echo begin; while [ ! -e /tmp/go ]; do sleep 0.01; done; echo end; exit 42'
	# shellcheck disable=SC2016 # for the inner shell
	run limited "$trace" strike "$T/hit" "$@" sh -c '
		"$0" --store "$1" start "$2" || exit
		touch "$3"
		"$0" --store "$1" wait "$2"
		sleep 0.1' "$SCOW" "$store" "$ID-l" "$T/rootfs/tmp/go"
	touch "$T/rootfs/tmp/go"
	hit=$(cat "$T/hit")
	[ "$rc" = 0 ] || eng start "$ID-l" 2>/dev/null # one that runs is left alone
	last=$(eng wait "$ID-l")
}
# lives ROLE WHOM EXPECTED: what the end, the number of restarts and the log may be after each
lives() {
	lived "$1" 0 "$2"
	bad=
	total=$(counted) || bad="a run that nobody strikes: $hit"
	forget l
	step=$(((total + points - 1) / points)) at=$(first_point "$total")
	while [ "$at" -le "$total" ]; do
		lived "$1" "$at" "$2"
		got="$last $(inspect l ExitCode) $(state l) $(eng logs "$ID-l" | tr '\n' ' ')"
		matches "$got" "$3" || bad="$bad $at: $hit: $got;"
		eng rm -f -t 0 "$ID-l" && soon clean || bad="$bad $at: $hit: left: $left;"
		at=$((at + step))
	done
	is "$bad" "" "93 94 95 96 two lives, $2 killed at each ${step}. of the $total calls of $1"
}
# The command itself is not struck: who started it saw it start.
lives monitor one '^42 42 exited begin end begin end $'
lives keeper one '^(42 42|137 137) exited (begin (end )?)+$'
lives worker one '^(42 42|137 137|12. 12.) exited (begin (end )?)*$'
lives monitor all '^(42 42|137 137) exited (begin (end )?)+$'

# Without keeper and monitor: one of root's, one with other ids (a program that changes its ids is not
# killed with its parent), one with the host's pid namespace and children.
define p --restart no 'sleep 1000'
define q --restart no --user 1000:1000 'sleep 1000'
bundle host cmd='sleep 1000 & sleep 1000 & touch /tmp/host; wait' \
	namespaces='{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"}'
eng define "$ID-r" --bundle "$T/host"
define s --restart always 'sleep 1000'
eng start "$ID-p" "$ID-q" "$ID-r" "$ID-s"
soon test -e "$T/rootfs/tmp/host"
pids=$(eng ps -f json "$ID-r" | tr -d '[] ' | tr ',' ' ')
victims=
for name in p q r s; do
	eng inspect "$ID-$name" >"$T/inspect"
	pids="$pids $(field Pid <"$T/inspect")"
	victims="$victims $(field KeeperPid <"$T/inspect") $(field ConmonPid <"$T/inspect")"
done
# shellcheck disable=SC2086 # words
kill -STOP $victims && kill -KILL $victims # at once: none sees another one die
none_of() { for n_pid; do [ ! -d "/proc/$n_pid" ] || return 1; done; }
# shellcheck disable=SC2086 # words
soon none_of $victims # one that is still dying has its lock
run eng ps
is "$rc" 0 "95 the next command of any kind"
# shellcheck disable=SC2086 # words
ok "95 has ended all processes" soon none_of $pids
for name in p q r; do
	is "$(state $name) $(inspect $name ExitCode) $(inspect $name Reason)" "exited 137 monitor-lost" "95 on record: $name"
	nok "95 no cgroup is left of $name" test -e "$CG/scow/$ID-$name"
done
ok "95 the policy acts" becomes s running
is "$(inspect s RestartCount)" 1 "95 and counts"
forget p q r s

# The binary is replaced, and the monitor is killed: the new one watches on.
cp "$SCOW" "$T/scow" && mkdir "$T/state"
new() { limited "$T/scow" --root "$T/state" --store "$store" "$@"; }
new define "$ID-u" --rootfs "$T/rootfs" -- sh -c 'echo one; while [ ! -e /tmp/u ]; do sleep 0.2; done; echo two; exit 42'
new start "$ID-u"
old=$(new inspect "$ID-u" | field ConmonPid)
cp "$SCOW" "$T/scow.new" && printf new >>"$T/scow.new" && mv "$T/scow.new" "$T/scow"
end "$old"
replaced() { now=$(new inspect "$ID-u" | field ConmonPid) && [ "$now" -gt 1 ] && [ "$now" != "$old" ]; }
ok "93 another monitor" soon replaced
is "$(readlink "/proc/$now/exe")" "$T/scow" "93 of the binary that is installed now"
touch "$T/rootfs/tmp/u"
is "$(new wait "$ID-u")" 42 "93 and the exit code is kept"
is "$(new logs "$ID-u")" "one
two" "93 with every line"
new rm "$ID-u"
rm -r "$T/state"

# exit codes, and what else has no other place
define v true
eng start "$ID-v"
is "$(eng wait "$ID-v")" 0 "1 true"
forget v
define v 'sleep 1 & kill -9 $!; wait $!'
eng start "$ID-v"
is "$(eng wait "$ID-v")" 137 "3 a child that was killed"
forget v
define v 'sleep 1000'
run eng restart -t 0 "$ID-v"
is "$rc:$(state v)" "0:running" "24 restart of one that never ran"
run eng stop -t 0 "$ID-v"
is "$rc:$(inspect v ExitCode)" "0:137" "28 stop without a grace"
has "$(eng events --json --filter "name=$ID-v" --filter event=stop)" '"escalated":"true"' "28 at once"
eng start "$ID-v"
eng stop -t 60 "$ID-v" &
stopper=$!
ok "31 inspect while it is being stopped" soon is_state v stopping
ok "31 the stop is not over" kill -0 $stopper
run eng stop -t 0 "$ID-v"
wait $stopper
is "$?:$rc" "0:0" "33 a shorter stop shortens the first"
forget v
define w --restart always 'exit 1'
eng start "$ID-w"
four() { [ "$(inspect w RestartCount)" -ge 4 ]; }
soon four
eng stop -t 0 "$ID-w"
is "$(too_close w)" "" "48 the starts of a crash loop are never closer than the back-off"
forget w
if [ -e "$CG/scow/memory.max" ] || grep -qw memory "$CG/cgroup.controllers"; then
	bundle oom cmd='tail /dev/zero' linux='"resources":{"memory":{"limit":16777216,"swap":16777216}}'
	run eng define "$ID-v" --bundle "$T/oom"
	eng start "$ID-v"
	is "$(eng wait "$ID-v")" 137 "107 an OOM kill"
	is "$(inspect v OOMKilled)" true "107 on record"
	forget v
else
	skip 2 "no memory controller here"
fi
finish
