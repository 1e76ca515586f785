#!/bin/sh
# Shows batch: commands with nobody else's in between, and what becomes of it when it dies. The
# numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

up a 'sleep 1000'
echo data >"$T/in"
run eng batch "$ID-a" pause "artifact add key $T/in" unpause
is "$rc:$out:$err" "0::" "102 pause, artifact add, unpause"
is "$(eng artifact get "$ID-a" key):$(state a)" "data:running" "102 each was done"
printf '# words\n\nexec %% sh -c "echo one;  exit 0"\nexec -e A=two %% sh -c '"'echo \$A'"'\n' >"$T/lines"
run_in "$T/lines" eng batch "$ID-a"
is "$rc:$(echo $out)" "0:one two" "lines, quotes, the name in its place"
run eng batch "$ID-a" "exec sh -c 'exit 7'" "exec touch /tmp/ran"
is "$rc" 7 "the code of the first that fails"
nok "and nothing behind it" test -e "$T/rootfs/tmp/ran"
run eng batch "$ID-a" "exec touch /tmp/ran" rm
refused_with 125 "no rm in a batch" '"rm" is no command'
nok "which is found before anything is run" test -e "$T/rootfs/tmp/ran"
run eng batch "$ID-a" "kill 'x"
refused_with 125 "a quote" "quote has no end"
run eng batch "$ID-nosuch" pause
refused_with 125 "no such container" "does not exist"

# others wait
happens() { eng events --filter "name=$ID-a" --filter "event=$1" | grep -q .; }
pauses() { eng events --filter "name=$ID-a" --filter event=pause | wc -l; }
# held NAME WORD...: a client, for which the gate is closed: artifact add reads it until release
mkfifo "$T/gate"
held() {
	exec 8<>"$T/gate"
	client "$@" 8<&-
}
release() { echo gate >&8 && exec 8<&-; }
held b batch "$ID-a" pause "artifact add gate $T/gate" unpause
batch=$client_pid
two_pauses() { [ "$(pauses)" -ge 2 ]; }
soon two_pauses
client c stop -t 1 "$ID-a" 8<&-
stop=$client_pid
run eng inspect "$ID-a"
is "$rc" 0 "102 looking does not wait"
sleep 0.3
is "$(state a)" paused "102 a stop waits"
release
ended $batch
is $? 0 "102 for the end of the batch"
ended $stop
is "$?:$(state a)" 0:exited "102 and then it stops"
is "$(happened a --filter event=pause --filter event=unpause --filter event=died | sed 's/.*pause unpause/pause unpause/')" "pause unpause died " "102 in that order"

# its death
eng start "$ID-a"
held b batch "$ID-a" pause "artifact add gate $T/gate" unpause
becomes a paused
kill -KILL $client_pid
wait $client_pid 2>/dev/null
ok "a batch that is killed: its pause is undone" becomes a running
run eng batch "$ID-a" pause "exec true"
is "$rc" 126 "one that fails"
ok "too" becomes a running
run eng batch "$ID-a" pause
is "$rc:$(state a)" 0:paused "one that ends well leaves what it has done"
eng unpause "$ID-a"
lose() { # the monitor, and there is a new one
	l_monitor=$(inspect a ConmonPid)
	kill -KILL "$l_monitor"
	l_again() { l_now=$(inspect a ConmonPid) && [ "$l_now" != "$l_monitor" ]; }
	soon l_again
}
for rest in 'exec touch /tmp/ran' ''; do
	held b batch "$ID-a" pause "artifact add gate $T/gate" "$rest"
	becomes a paused
	lose
	ok "without its monitor its pause is undone" soon is_state a running
	release
	ended $client_pid
	is $? 125 "and it does not go on, or fails: ${rest:-its end}"
done
nok "nothing ran" test -e "$T/rootfs/tmp/ran"
eng pause "$ID-a"
lose
is "$(state a)" paused "a user's pause outlives the monitor"
run eng batch "$ID-a" pause
refused_with 125 "a batch cannot pause it again" "it is paused"
is "$(state a)" paused "nor undo it"
eng unpause "$ID-a"
held b batch "$ID-a" pause "artifact add gate $T/gate" unpause
becomes a paused
client c exec "$ID-a" echo hello 8<&-
client d exec -d "$ID-a" true 8<&-
sleep 0.3
is "$(cat "$T/c.out" "$T/c.err" "$T/d.out")" "" "102 exec waits"
release
ended $client_pid
is $? 0 "102 and begins behind the batch"
ok "102 then it runs" soon shows_text hello "$T/c.out"

# others that are attached
define b 'trap "exit 33" TERM; while :; do echo line; sleep 0.05; done'
eng start "$ID-b"
held b batch "$ID-b" "exec true" "artifact add gate $T/gate"
batch=$client_pid
client c attach "$ID-b" 8<&-
ok "output comes while a batch goes on" soon shows_text line "$T/c.out"
until_held() { eng events --filter "name=$ID-b" --filter event=exec | grep -q .; }
soon until_held
sleep 0.2
kill -TERM $client_pid
sleep 0.3
lines=$(size_of "$T/c.out")
grows() { [ "$(size_of "$T/c.out")" -gt "$lines" ]; }
ok "and when a signal waits for its end" soon grows
is "$(state b)" running "which it does"
release
ended $batch
ended $client_pid
is $? 33 "then it is passed on"
forget b
run eng batch "$ID-a" "stop -t 0" start "exec echo up"
is "$rc:$out" 0:up "down and up again"
forget a
finish
