#!/bin/sh
# Shows wait: many at once, each condition, before the start and behind the end, with a time limit.
# The numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# waiting FILE [OPTION...]: wait in the background; the names are whole
waiting() {
	w_file=$1
	shift
	eng wait "$@" >"$w_file" 2>&1 &
}
go='while [ ! -e /tmp/go ]; do sleep 0.2; done'

define a "$go; exit 3"
define b "$go; exit 4"
define c 'trap "exit 5" TERM; while :; do sleep 100 & wait; done'
is "$(eng wait "$ID-a" "$ID-b")" "0
0" "14 two that were never started"
waiting "$T/run" --condition running "$ID-c" "$ID-a"
running=$!
waiting "$T/init" --condition created "$ID-c"
init=$!
waiting "$T/next" --condition next-exit "$ID-a"
next=$!
sleep 0.2
is "$(cat "$T/run" "$T/init" "$T/next")" "" "none of them holds yet"
eng init "$ID-c"
wait $init
is "$?:$(cat "$T/init")" "0:-1" "created"
eng start "$ID-c"
eng start "$ID-a"
wait $running
is "$?:$(cat "$T/run")" "0:-1
-1" "running, both"
eng start "$ID-b"
waiting "$T/all" "$ID-b" "$ID-c" "$ID-a"
all=$!
waiting "$T/paused" --condition paused "$ID-c"
paused=$!
waiting "$T/stopping" --condition stopping "$ID-c"
stopping=$!
waiting "$T/removed" --condition removed "$ID-a"
removed=$!
eng pause "$ID-c"
wait $paused
is "$(cat "$T/paused")" -1 "paused"
is "$(eng wait --condition paused "$ID-c")" -1 "paused already"
run eng wait --timeout 1 "$ID-c" "$ID-a"
refused_with 124 "a time limit" 'time is over'
eng unpause "$ID-c"
touch "$T/rootfs/tmp/go"
wait $next
is "$(cat "$T/next")" 3 "50 next-exit of one that was not started"
eng stop -t 20 "$ID-c"
wait $stopping
is "$(cat "$T/stopping")" -1 "stopping"
wait $all
is "$?:$(cat "$T/all")" "0:4
5
3" "all at once, in the order of their names"
eng rm "$ID-a"
wait $removed
is "$?:$(cat "$T/removed")" "0:3" "removed"
late=
for i in 1 2 3 4 5 6 7 8 9 10; do
	run eng wait --condition configured "$ID-b" --timeout 0
	late="$late$rc "
done
is "$late" "124 124 124 124 124 124 124 124 124 124 " "a time that is over already is no endless wait"
is "$(eng wait --condition configured "$ID-b" --timeout 0 2>&1)" "scow: wait: the time is over" "configured: not after an end"
run eng wait --condition odd "$ID-b"
refused_with 125 "a condition that is none" 'odd.*next-exit'
run eng wait "$ID-b" "$ID-nosuch"
is "$rc" 125 "a name that is none"
has "$err" "$ID-nosuch" "which is told"
forget b c

# code of what has gone
define d --rm 'while [ ! -e /tmp/d ]; do sleep 0.2; done; exit 3'
eng start "$ID-d"
waiting "$T/d" "$ID-d"
waiter=$!
waiting "$T/e" --condition removed "$ID-d"
second=$!
sleep 0.2
touch "$T/rootfs/tmp/d"
wait $waiter
is "$?:$(cat "$T/d")" "0:3" "104 wait that began before the end of one with --rm"
wait $second
is "$?:$(cat "$T/e")" "0:3" "104 until it is removed"
nok "104 it is gone" test -e "$store/$ID-d"
is "$(eng wait "$ID-d")" 3 "104 wait by its name later"
define d true
is "$(eng wait "$ID-d")" 0 "104 another one of its name is another one"
forget d
up f 'sleep 1000'
waiting "$T/f" "$ID-f"
waiter=$!
sleep 0.2
eng rm -f -t 0 "$ID-f"
wait $waiter
is "$?:$(cat "$T/f")" "0:137" "103 rm -f: wait has the code"

# the monitor is killed meanwhile
up g 'while [ ! -e /tmp/g ]; do sleep 0.2; done; exit 42'
waiting "$T/g" "$ID-g"
waiter=$!
sleep 0.2
end "$(inspect g ConmonPid)"
touch "$T/rootfs/tmp/g"
wait $waiter
is "$?:$(cat "$T/g")" "0:42" "93 a monitor that is killed"
forget g
finish
