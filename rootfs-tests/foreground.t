#!/bin/sh
# Shows start --foreground: a defined container as the service of another supervisor. The numbers are
# those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

notify=$(helper notify) || bail "no notify helper"
front() { # front [OPTION...] NAME: in the background, $front is its pid
	"$SCOW" --store "$store" start --foreground "$@" &
	front=$!
}
handler='trap "exit 33" TERM; touch /tmp/ready; while :; do sleep 100 & wait; done'
ready() { soon test -e "$T/rootfs/tmp/ready" && rm "$T/rootfs/tmp/ready"; }

define a 'exit 7'
run eng start --foreground "$ID-a"
is "$rc:$out:$err" "7::" "the exit code is the container's"
define k 'kill -9 $$; sleep 0.1 & kill -9 $!; wait $!'
run eng start --foreground "$ID-k"
is "$rc" 137 "or 128 and the signal"
nok "nothing is written to the store but the end" test -e "$store/$ID-a/desired"
run eng start --foreground "$ID-a" "$ID-k"
refused_with 125 "one only" "$ID-k.*one too many"
run eng start --foreground --ready-fd 77 "$ID-a"
refused_with 125 "a descriptor that is not open" "--ready-fd 77: Bad file"
run eng start --foreground -R "$ID-a"
refused_with 125 "-R does not go with it" "--recursive"
# who is killed when memory is short
score() { cat "/proc/$1/oom_score_adj"; }
define o 'sleep 1000'
(echo 150 >/proc/self/oom_score_adj && exec "$SCOW" --store "$store" start "$ID-o")
pid=$(inspect o Pid) ours=150
if (echo -999 >/proc/self/oom_score_adj) 2>/dev/null; then ours=-999; fi
is "$(score "$(inspect o KeeperPid)"):$(score "$(inspect o ConmonPid)")" "$ours:$ours" \
	"keeper and monitor are protected, where we may"
is "$(score "$pid")" 150 "the container has what the command had"
forget o

run eng define "$ID-n" --rootfs "$T/rootfs" -- /nosuch
run eng start --foreground "$ID-n"
refused_with 127 "a program that is not there" "/nosuch"
run scow start --foreground "$ID-nosuch"
refused_with 1 "no such container" "defined"
forget a k n

define b "$handler"
"$notify" listen "$T/manager" 2 >"$T/heard" 2>&1 &
manager=$!
soon test -S "$T/manager"
NOTIFY_SOCKET=$T/manager
export NOTIFY_SOCKET
front --pid-file "$T/pid" --ready-fd 3 "$ID-b" 3>"$T/ready"
unset NOTIFY_SOCKET
ok "the program runs" ready
ok "a pid file" soon test -s "$T/pid"
is "$(cat "$T/pid")" "$front" "of this command"
is "$(wc -l <"$T/ready" | tr -d ' ')" 1 "a newline on --ready-fd"
is "$(state b)" running "it runs"
kill -TERM "$front"
wait "$front"
is "$?" 33 "29 TERM is a stop: the handler's code"
wait "$manager"
is "$(tr '\n' ' ' <"$T/heard")" "READY=1 STOPPING=1 " "the manager has heard"
nok "the pid file is gone" test -e "$T/pid"
is "$(inspect b Reason)" stopped "stopped, on record"
nok "no wish is kept" test -e "$store/$ID-b/desired"
forget b

define c --stop-timeout 1 'sleep 1000'
front "$ID-c" >"$T/front"
becomes c running
is "$(readlink "/proc/$(inspect c KeeperPid)/fd/6")" "$T/front" "the keeper holds its output, for the log target fd"
kill -INT "$front"
wait "$front"
is "$?" 137 "27 INT, too; it ends with KILL when the time is over"
front "$ID-c"
becomes c running
pid=$(inspect c Pid)
kill -KILL "$front"
wait "$front" 2>/dev/null
is "$(state c):$(inspect c Pid)" "running:$pid" "the command is killed: the container lives on"
front "$ID-c"
soon test -d "/proc/$front"
is "$(inspect c Pid)" "$pid" "the next one takes it over"
kill -KILL "$(inspect c ConmonPid)"
eng stop -t 0 "$ID-c"
wait "$front"
is "$?" 137 "and sees its end, past another monitor"
forget c

# Without the name of the monitor's socket nobody reaches the next one.
define e 'sleep 1000'
front "$ID-e"
becomes e running
pid=$(inspect e Pid) monitor=$(inspect e ConmonPid)
rm "$STATE/$ID-e/ctl.sock"
kill -KILL "$monitor"
is_replaced() { [ "$(inspect e ConmonPid)" != "$monitor" ]; }
soon is_replaced
ticks() { awk '{ print $14 + $15 }' "/proc/$front/stat"; }
before=$(ticks)
sleep 1
ok "who cannot reach the monitor does not burn the CPU" test $(($(ticks) - before)) -lt 25
kill -KILL "$pid"
wait "$front"
is "$?" 137 "and sees the end"
forget e

define d --restart on-failure:2 'exit 4'
run eng start --foreground "$ID-d"
is "$rc:$(inspect d RestartCount)" "4:2" "the policy is the monitor's: the code is that of the last end"
forget d
finish
