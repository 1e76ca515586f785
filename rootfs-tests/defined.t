#!/bin/sh
# Shows the life of defined containers: define, init, start, stop, restart, kill, wait, logs, rm, the
# restart policy, and what is left when keeper, monitor or both are killed. The numbers are those of
# the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

steady='trap "exit 33" TERM; trap : HUP; touch /tmp/ready; while :; do sleep 100 & wait; done'
rm -f "$T/rootfs/tmp/ready"

# definitions
define a 'exit 7'
is "$rc:$out:$err" "0::" "define is silent"
define a 'exit 8'
refused_with 125 "10 a name can be defined once" "already defined"
like "$(inspect a Args)$(eng inspect "$ID-a")" 'exit 7' "10 and the first definition stays"
run eng define "$ID-b" --rootfs "$T/nosuch" -- true
refused_with 125 "a root that is not there" "nosuch: No such file"
run eng define "$ID-b" --rootfs "$T/rootfs"
refused_with 125 "no command" "no command"
define b --restart sometimes true
refused_with 125 "a policy that is none" "sometimes.*on-failure"
define b --stop-signal NOSUCH true
refused_with 125 "a signal that is none" "NOSUCH"
bundle odd cmd=true top='"annotations":{"org.scow.restrat":"always"}'
run eng define "$ID-b" --bundle "$T/odd"
refused_with 125 "an unknown annotation of ours: the nearest is named" "org.scow.restrat.*org.scow.restart"
is "$(ls "$store")" "$ID-a" "nothing is left of all these"
bundle kept cmd='exit 5' top='"annotations":{"org.example.x":"y","org.scow.stop-signal":"INT"},"big":18446744073709551615'
run eng define "$ID-b" --bundle "$T/kept" --restart no
is "$rc:$err" "0:" "a bundle is defined"
has "$(cat "$store/$ID-b/config.json")" 18446744073709551615 "what we do not know is kept as it was written"
eng start "$ID-b"
is "$(eng wait "$ID-b")" 5 "and it runs"
run eng start "$ID-nosuch"
refused_with 1 "12 start of one that does not exist" "does not exist"
run eng rm "$ID-nosuch"
refused_with 1 "12 rm, too" "does not exist"
forget a b

# states and codes
define c "$steady"
is "$(state c):$(inspect c Pid)" "configured:0" "13 defined: configured, no process"
is "$(eng wait "$ID-c")" 0 "14 wait answers at once"
run eng init "$ID-c"
pid=$(inspect c Pid)
is "$rc:$err:$(state c)" "0::created" "15 init: created"
ok "15 with a process" test -d "/proc/$pid"
nok "15 that has not run its program" test -e "$T/rootfs/tmp/ready"
run eng init "$ID-c"
refused_with 125 "16 init twice" "created"
run eng kill "$ID-c"
refused_with 125 "17 kill of a created one" "created"
run eng start "$ID-c"
is "$rc:$err:$(state c):$(inspect c Pid)" "0::running:$pid" "18 start: running, the same process"
ok "its program runs" soon test -e "$T/rootfs/tmp/ready"
run eng start "$ID-c"
is "$rc:$err" "0:" "19 start of a running one"
is "$(status "$ID-c")" running "the OCI verbs see it, too"
run eng rm "$ID-c"
refused_with 2 "12 rm of a running one" "running"
rm -f "$T/rootfs/tmp/ready"
run eng restart -t 5 "$ID-c"
is "$rc:$err:$(state c)" "0::running" "23 restart"
isnt "$(inspect c Pid)" "$pid" "23 another process"
soon test -e "$T/rootfs/tmp/ready"
run eng stop "$ID-c"
is "$rc:$err:$(state c)" "0::exited" "29 stop"
is "$(inspect c ExitCode):$(inspect c Reason)" "33:stopped" "29 its handler's code"
is "$(wanted c)" down "what the user wants is kept"
run eng stop "$ID-c"
is "$rc:$err" "0:" "22 stop of an exited one"
run eng kill "$ID-c"
is "$rc" 125 "22 kill of an exited one"
run eng restart "$ID-c"
is "$rc:$(state c)" "0:running" "restart of an exited one starts it"
forget c
is "$(ls "$store"):$(ls "$STATE" | grep "$ID")" ":" "nothing is left"

define d 'echo out; echo err >&2; exit 7'
run eng init "$ID-d"
run eng stop "$ID-d"
is "$rc:$(state d):$(inspect d ExitCode)" "0:exited:137" "20 stop of a created one"
for round in 1 2; do
	eng start "$ID-d"
	is "$(eng wait "$ID-d"):$(state d)" "7:exited" "21 exit code, round $round"
done
run eng logs "$ID-d"
is "$out:$err" "out
out:err
err" "logs, in their streams"
run eng logs --tail 1 -t "$ID-d"
like "$out$err" '^20[0-9-]*T[0-9:.]*[+]00:00 (out|err)$' "logs --tail -t"
forget d
define d 'true'
is "$rc" 0 "26 the name is free again"
forget d
define e --env A=b --cwd /tmp --user 1000:1000 'echo $A; pwd; id -u'
eng start "$ID-e"
eng wait "$ID-e" >/dev/null
is "$(eng logs "$ID-e")" "b
/tmp
1000" "environment, directory and user of a definition"
forget e

# what cannot be run
run eng define "$ID-f" --rootfs "$T/rootfs" -- /nosuch
run eng start "$ID-f"
refused_with 127 "4 a program that is not there" "/nosuch.*no such file"
wrong=
for i in 1 2 3 4 5 6 7 8 9 10; do # by the time start has failed
	[ "$(state f)" = configured ] || wrong=$i
	eng start "$ID-f" 2>/dev/null
done
is "$wrong" "" "4 it stays as it was"
forget f
run eng define "$ID-f" --rootfs "$T/rootfs" -- /etc
run eng start "$ID-f"
refused_with 126 "5 a directory" "/etc"
forget f
run eng define "$ID-f" --rootfs "$T/rootfs" -- /etc/passwd
run eng start "$ID-f"
refused_with 126 "6 a file that is no program" "permission denied"
forget f

# stop
define g 'sleep 1000'
eng start "$ID-g"
run eng stop -t 1 "$ID-g"
is "$rc:$(inspect g ExitCode)" "0:137" "27 a process 1 that ignores TERM is killed"
eng start "$ID-g"
eng stop -t 60 "$ID-g" &
stopper=$!
ok "31 stopping" becomes g stopping
eng stop -t 60 "$ID-g" &
second=$!
run eng kill "$ID-g" KILL
wait $stopper
a=$?
wait $second
is "$rc:$a:$?" "0:0:0" "32 33 two stops, ended by a kill"
forget g
define g --stop-signal INT 'trap "exit 34" INT; touch /tmp/int; while :; do sleep 100 & wait; done'
eng start "$ID-g"
soon test -e "$T/rootfs/tmp/int"
eng stop -t 60 "$ID-g"
is "$(inspect g ExitCode)" 34 "30 the stop signal of the definition"
forget g

# restart policy
define h --restart on-failure:2 'exit 4'
eng start "$ID-h"
is "$(eng wait "$ID-h"):$(inspect h RestartCount)" "4:2" "42 49 on-failure:2: wait is over after the last one"
eng start "$ID-h"
is "$(eng wait "$ID-h"):$(inspect h RestartCount)" "4:2" "42 a start counts from 0 again"
forget h
define h --restart on-failure true
eng start "$ID-h"
is "$(eng wait "$ID-h"):$(inspect h RestartCount)" "0:0" "43 success is no failure"
forget h
define h --restart always "$steady"
rm -f "$T/rootfs/tmp/ready"
eng start "$ID-h"
eng wait --condition next-exit "$ID-h" >"$T/next" &
waiter=$!
pid=$(inspect h Pid)
end "$pid"
again() { # a new process, and it runs
	now=$(inspect h Pid)
	[ "$now" -gt 0 ] && [ "$now" != "$pid" ] && is_state h running
}
ok "44 always: it is back" soon again
is "$(inspect h RestartCount)" 1 "44 restarted once"
wait $waiter
is "$(cat "$T/next")" 137 "50 wait --condition next-exit"
rm -f "$T/rootfs/tmp/ready"
eng restart -t 0 "$ID-h"
soon test -e "$T/rootfs/tmp/ready"
eng kill "$ID-h" HUP
pid=$(inspect h Pid)
end "$pid"
ok "46 HUP is no stop: it is back" soon again
eng kill "$ID-h" KILL
ok "45 kill is one" becomes h exited
is "$(inspect h ExitCode):$(inspect h Reason)" "137:killed" "45 killed"
forget h
define y --restart always 'trap "" TERM; while :; do sleep 100; done'
eng start "$ID-y"
eng kill "$ID-y"
end "$(inspect y ConmonPid)"
end "$(inspect y Pid)"
ok "45 the same with a monitor that was not there" becomes y exited
is "$(inspect y Reason):$(happened y --filter event=stop)" "killed:" "45 and no stop"
forget y
define h --restart always false
eng start "$ID-h"
ok "48 a loop backs off" becomes h restarting
run eng stop "$ID-h"
is "$rc:$(state h)" "0:exited" "48 stop while it waits"
forget h

# processes of ours that are killed
define k --restart no 'echo one; sleep 1000'
eng start "$ID-k"
pid=$(inspect k Pid)
monitor=$(inspect k ConmonPid)
end "$monitor"
other() { [ "$(inspect k ConmonPid)" != "$monitor" ]; }
ok "93 a monitor that is killed is replaced" soon other
is "$(state k):$(inspect k Pid)" "running:$pid" "93 the container lives on"
keeper=$(inspect k KeeperPid)
end "$keeper"
ok "94 without its keeper it ends" soon is_gone "$pid"
ok "94 on record" becomes k exited
is "$(inspect k ExitCode):$(inspect k Reason)" "137:keeper-lost" "94 as keeper-lost"
eng start "$ID-k"
pid=$(inspect k Pid)
end "$(inspect k KeeperPid)" "$(inspect k ConmonPid)"
ok "95 without both, the next command ends it" becomes k exited
# The monitor may have seen the end of the keeper before its own.
like "$(inspect k ExitCode):$(inspect k Reason)" "^137:(monitor|keeper)-lost$" "95 as lost"
ok "95 its process" soon is_gone "$pid"
forget k
define k 'sleep 1000'
eng start "$ID-k"
monitor=$(inspect k ConmonPid)
kill -STOP "$monitor"
end "$(inspect k KeeperPid)" "$monitor"
sed -i "s/^monitor .*/monitor $$/" "$STATE/$ID-k/life" # as if another process had its number by now
soon is_gone "$monitor"
ok "100 the pid of a lost monitor is another one's" becomes k exited
is "$(inspect k Reason)" monitor-lost "100 who is not taken for it"
forget k
define k --restart always 'sleep 1000'
eng start "$ID-k"
end "$(inspect k KeeperPid)"
back() { is_state k running && [ "$(inspect k RestartCount)" -ge 1 ]; }
ok "94 the policy acts" soon back
forget k
define k --rm 'sleep 1000'
eng start "$ID-k"
end "$(inspect k KeeperPid)"
gone() { [ ! -e "$store/$ID-$1" ] && [ ! -e "$STATE/$ID-$1" ]; }
ok "94 one of --rm is removed then, too" soon gone k
define k --rm 'sleep 1000'
eng start "$ID-k"
monitor=$(inspect k ConmonPid)
kill -STOP "$monitor"
end "$(inspect k KeeperPid)" "$monitor"
soon is_gone "$monitor"
run eng start "$ID-k"
refused_with 125 "95 by the command that would start it again" 'does not exist'
ok "95 of all of it" gone k
define q 'trap "" TERM; while :; do sleep 100; done'
eng start "$ID-q"
"$SCOW" --store "$store" restart -t 1 "$ID-q" 2>/dev/null &
restarter=$!
soon is_state q stopping
kill -KILL $restarter
end "$(inspect q ConmonPid)"
again() { is_state q running && [ "$(happened q --filter event=start)" = "start start " ]; }
ok "93 a restart goes on when its command and the monitor are killed over its stop" soon again
forget q

# many at once
define m --restart always 'sleep 1000'
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	(eng start "$ID-m" || echo "start: $?") >>"$T/many" 2>&1 &
	(eng stop -t 0 "$ID-m" || echo "stop: $?") >>"$T/many" 2>&1 &
done
wait
is "$(cat "$T/many")" "" "101 20 starts and stops at once all succeed"
pid=$(inspect m Pid)
case $(state m) in
running) ok "101 running, with a process" test -d "/proc/$pid" ;;
exited) is "$pid" 0 "101 exited, without a process" ;;
*) is "$(state m)" "running or exited" "101 the state is the kernel's" ;;
esac
define n --log-to "file:$T/n.log:8k" 'i=0; while [ $i -lt 500 ]; do echo "line $i of the log"; i=$((i + 1)); done'
eng start "$ID-n"
eng wait "$ID-n" >/dev/null
is "$(eng logs --tail 1 "$ID-n")" "line 499 of the log" "the newest line is there"
ok "a log of 8 kB" test "$(($(wc -c <"$T/n.log") + $(wc -c <"$T/n.log.1")))" -le 8192
define o --rm 'exit 3'
eng wait --condition removed "$ID-o" >"$T/removed" 2>&1 &
eng start "$ID-o"
ok "rm on exit" soon gone o
wait
forget m n
finish
