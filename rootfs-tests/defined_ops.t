#!/bin/sh
# Shows pause, kill, restart, exec, stop and rm of defined containers in each state, and the exit
# codes of what cannot be. The numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# play NAME [OPTION...] SCRIPT: define, start, wait, remove; rc is the container's, as `run` has it
play() {
	define "$@"
	[ "$rc" = 0 ] && run eng start "$ID-$1"
	[ "$rc" != 0 ] || rc=$(eng wait "$ID-$1")
	forget "$1"
}
play a 'exit 3'
is "$rc" 3 "2 the program's exit code"
run eng define --badflag "$ID-a"
refused_with 125 "7 an unknown option" 'badflag'
define a --user nosuch true
refused_with 125 "8 a user that is no number" 'nosuch'
define a --cwd /nosuch true
run eng start "$ID-a"
refused_with 126 "9 a directory that is not there" "chdir to /nosuch"
forget a
is "$(ls "$store")" "" "nothing is left of these"
up a 'trap "exit 44" TERM; touch /tmp/a; while :; do sleep 100 & wait; done'
soon test -e "$T/rootfs/tmp/a"
kill -TERM "$(inspect a Pid)"
is "$(eng wait "$ID-a")" 44 "11 a signal from outside"
forget a

# created
define b 'trap "echo had >>/tmp/had" USR1; touch /tmp/b; while :; do sleep 0.05; echo >>/tmp/count; done'
run eng init "$ID-b"
run eng kill "$ID-b"
refused_with 125 "17 kill of a created one" 'created'
run eng pause "$ID-b"
refused_with 125 "17 pause" 'created'
run eng exec "$ID-b" true
refused_with 126 "17 exec" 'created'
run eng top "$ID-b"
is "$rc" 0 "top of a created one"

# paused
count() { wc -c <"$T/rootfs/tmp/count"; }
run eng start "$ID-b"
soon test -s "$T/rootfs/tmp/count"
run eng unpause "$ID-b"
refused_with 125 "37 unpause of a running one" 'running'
run eng pause "$ID-b"
is "$rc:$err:$(state b)" "0::paused" "36 pause"
before=$(count)
sleep 0.3
is "$(count)" "$before" "36 nothing of it runs"
is "$(status "$ID-b")" paused "36 the OCI verbs see it, too"
run eng pause "$ID-b"
refused_with 125 "37 pause twice" 'paused'
run eng start "$ID-b"
refused_with 125 "start of a paused one" 'paused'
run eng restart "$ID-b"
refused_with 125 "25 restart of a paused one" 'paused'
run eng exec "$ID-b" true
refused_with 126 "40 exec in a paused one" 'paused'
run eng kill "$ID-b" USR1
is "$rc:$(state b)" "0:paused" "39 a signal that is handled leaves it paused"
nok "39 and waits" test -e "$T/rootfs/tmp/had"
run eng unpause "$ID-b"
is "$rc:$err:$(state b)" "0::running" "36 unpause"
ok "39 the handler runs then" soon test -e "$T/rootfs/tmp/had"
run eng pause "$ID-b"
end "$(inspect b ConmonPid)"
running_again() { [ "$(eng inspect "$ID-b" | field ConmonPid)" -gt 0 ] && is_state b paused; }
ok "a new monitor finds it paused" soon running_again
run eng resume "$ID-b"
is "$rc:$(state b)" "0:running" "resume is unpause"
eng pause "$ID-b"
run eng kill "$ID-b" KILL
is "$rc" 0 "38 KILL of a paused one"
ok "38 ends it" becomes b exited
is "$(inspect b ExitCode):$(inspect b Reason)" "137:killed" "38 as killed"
run eng pause "$ID-b"
refused_with 125 "pause of an exited one" 'not running'
run eng kill "$ID-b"
is "$rc" 125 "22 kill of an exited one"
run eng stop "$ID-b"
is "$rc" 0 "22 stop of one"
run eng exec "$ID-b" true
refused_with 126 "exec in one" 'exited'
run eng top "$ID-b"
refused_with 125 "top of one" 'exited'

eng start "$ID-b"
eng pause "$ID-b"
run eng stop -t 0 "$ID-b"
is "$rc:$(state b):$(inspect b ExitCode)" "0:exited:137" "35 stop of a paused one"
eng start "$ID-b"
eng pause "$ID-b"
run eng rm -f -t 0 "$ID-b"
is "$rc:$err" "0:" "41 rm -f of a paused one"
run eng rm "$ID-b"
refused_with 1 "41 it is gone" 'does not exist'
rm -f "$T/rootfs/tmp/had"

# exec, delete, state of a running one
up c 'trap "exit 9" TERM; touch /tmp/c; while :; do sleep 100 & wait; done'
soon test -e "$T/rootfs/tmp/c"
run eng exec "$ID-c" sh -c 'exit 5'
is "$rc" 5 "exec: the program's code"
run eng exec "$ID-c" /nosuch
is "$rc" 127 "exec of what is not there"
run eng exec "$ID-c" /etc
is "$rc" 126 "exec of a directory"
run eng exec "$ID-c"
is "$rc" 125 "exec of nothing"
eng exec "$ID-c" sh -c 'mv /etc/passwd /etc/kept && mkfifo /etc/passwd'
sh -c 'echo bob:x:7:7::/:/bin/sh >"$0"' "$T/rootfs/etc/passwd" & # waits for who opens it
writer=$!
run eng exec -u bob "$ID-c" true
refused_with 126 "72 a passwd that is no file has no users" 'no user "bob"'
sleep 0.1
ok "and nobody has opened it" kill -0 $writer
kill $writer
eng exec "$ID-c" mv /etc/kept /etc/passwd
run eng delete "$ID-c"
refused_with 125 "delete of a running one" 'running'
run eng cleanup "$ID-c"
refused_with 125 "cleanup of one" 'running'
like "$(eng top "$ID-c")" 'sh -c trap' "top"
run eng delete --force "$ID-c"
is "$rc:$(state c):$(inspect c ExitCode)" "0:exited:9" "delete --force stops it; its definition stays"
is "$(eng state "$ID-c" | field status):$(eng state "$ID-c" | field pid)" "stopped:0" "state, as the OCI has it"
run eng delete "$ID-c"
is "$rc:$(state c)" "0:exited" "delete of an exited one"
run eng cleanup --rm "$ID-c"
is "$rc:$(ls "$store")" "0:" "cleanup --rm"
run eng cleanup "$ID-c"
is "$rc" 125 "cleanup of none"

# without a pid namespace of its own
bundle host cmd='sleep 1000 & sleep 1000 & sleep 1000 & touch /tmp/host; wait' \
	namespaces='{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"}'
run eng define "$ID-h" --bundle "$T/host"
eng start "$ID-h"
soon test -e "$T/rootfs/tmp/host"
is "$(eng ps -f json "$ID-h" | tr ',' '\n' | wc -l)" 4 "34 four processes of the host's pid namespace"
run eng stop -t 5 "$ID-h"
is "$rc:$(state h):$(eng ps -f json "$ID-h")" "0:exited:[]" "34 none after stop"
nok "34 nor is its cgroup there" test -e "$CG/scow/$ID-h"
forget h
finish
