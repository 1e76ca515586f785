#!/bin/sh
# Shows exec in defined containers: sessions that outlive their clients, their codes, streams and
# terminals, and their end with the container. The numbers are those of the project's list of engine
# tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

sessions() { eng exec-ls -q "$ID-$1"; }
no_session() { [ -z "$(sessions "$1")" ]; }
ended_session() { eng exec-ls "$ID-a" | grep -q "^$1 .* exited "; }
printf 'bob:x:1234:2345::/home/bob:/bin/sh\n' >>"$T/rootfs/etc/passwd"
printf 'bob:x:2345:\nextra:x:3456:alice,bob\n' >>"$T/rootfs/etc/group"
up a 'trap "exit 0" TERM; while :; do sleep 0.05; done'

# codes and streams
run eng exec "$ID-a" sh -c 'echo out; echo err >&2; exit 5'
is "$rc:$out:$err" "5:out:err" "70 its code, and both streams where they belong"
run eng exec "$ID-a" sh -c 'kill -9 $$'
is "$rc" 137 "70 killed"
run eng exec "$ID-a" nosuch
refused_with 127 "70 a program that is not there" 'exec: "nosuch"'
run eng exec "$ID-a" /etc
refused_with 126 "70 a directory" 'exec: "/etc"'
run eng exec "$ID-a" /etc/passwd
refused_with 126 "70 no program" 'exec: "/etc/passwd"'
run eng exec "$ID-a"
refused_with 125 "70 no command" "no command"
run eng exec "$ID-a" ""
isnt "$rc" 0 "70 an empty one"
run eng exec --detach-keys ctrl-foo "$ID-a" true
refused_with 125 "detach keys that are none" 'detach-keys.*ctrl-foo'
run eng exec --cap CAP_NOSUCH "$ID-a" true
refused_with 125 "a capability that is none" '--cap: "CAP_NOSUCH" is not a capability'
head -c 300000 /dev/urandom >"$T/in"
limited "$SCOW" --store "$store" exec -i "$ID-a" cat <"$T/in" >"$T/back"
is "$?" 0 "62 input"
ok "62 300000 bytes come back" cmp "$T/in" "$T/back"
run_in "$T/in" eng exec "$ID-a" cat
is "$rc:$out" "0:" "without -i there is none"
eng exec "$ID-a" seq 200000 >"$T/burst"
is "$?:$(size_of "$T/burst")" 0:1288895 "60 a burst before the end"
ok "nothing is left of a session whose end was told" no_session a
run eng exec "$ID-nosuch" true
refused_with 255 "no such container" "does not exist"

# options
run eng exec -u bob -w /tmp -e A=b "$ID-a" sh -c 'echo $(id -u):$(id -g):$(id -G):$HOME:$PWD:$A'
is "$out" "1234:2345:2345 3456:/home/bob:/tmp:b" "71 -u by name, -w, -e, HOME"
run eng exec -u bob:extra "$ID-a" sh -c 'echo $(id -u):$(id -g):$(id -G)'
is "$out" "1234:3456:3456" "71 a group by name"
run eng exec -u nosuch "$ID-a" touch /tmp/ran
refused_with 126 "72 an unknown user" 'no user "nosuch"'
run eng exec -w /nosuch "$ID-a" touch /tmp/ran
refused_with 126 "72 no such directory" "/nosuch"
nok "72 nothing ran" test -e "$T/rootfs/tmp/ran"
printf '# words\nA=1\n\nB=2 3\nOURS\n' >"$T/env"
export OURS=4
run eng exec --env-file "$T/env" -e A=5 "$ID-a" sh -c 'echo "$A $B $OURS"'
is "$out" "5 2 3 4" "--env-file"
mkdir -p "$T/rootfs/tmp/evil" && mv "$T/rootfs/etc" "$T/rootfs/etc.real" && ln -s /tmp/../../../../../../../../etc "$T/rootfs/etc"
run eng exec -u daemon "$ID-a" id -u
refused_with 126 "90 the host's users are nobody's" 'no user "daemon"'
rm "$T/rootfs/etc" && mv "$T/rootfs/etc.real" "$T/rootfs/etc"
run eng exec --preserve-fds 1 "$ID-a" true
refused_with 125 "76 a descriptor that is not there" "descriptor 3"
echo three >"$T/three"
out=$(eng exec --preserve-fds 1 "$ID-a" sh -c 'cat <&3' 3<"$T/three")
is "$out" three "76 one that is"
bounding=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
is "$(eng exec --privileged "$ID-a" grep CapEff /proc/self/status | tr -d '\t')" "CapEff:$bounding" "81 --privileged"
is "$(eng exec "$ID-a" grep CapEff /proc/self/status)" "$(eng exec "$ID-a" grep CapEff /proc/1/status)" "81 without: the container's"

# detached
run eng exec -d "$ID-a" sh -c 'while [ ! -e /tmp/go ]; do sleep 0.2; done; exit 7'
like "$rc:$out" '^0:[0-9a-f]{16}$' "73 -d returns an id"
id=$out
has "$(flat "$(eng inspect "$ID-a")")" "\"ExecIDs\":[\"$id\"]" "73 ExecIDs has it"
is "$(sessions a)" "$id" "73 exec-ls has it"
like "$(eng exec-ls --json "$ID-a")" "\"Id\":\"$id\",\"Status\":\"running\"" "73 as JSON"
touch "$T/rootfs/tmp/go"
ok "73 it ends" soon ended_session "$id"
run eng attach --session "$id" "$ID-a"
is "$rc" 7 "73 its code is kept until it is read"
run eng attach --session "$id" "$ID-a"
refused_with 125 "73 once" "no session $id"
run eng attach --session ../../x "$ID-a"
refused_with 125 "an id that is none" "no session"
rm "$T/rootfs/tmp/go"

# clients
client b exec "$ID-a" sh -c 'echo ready; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo end; exit 8'
soon shows_text ready "$T/b.out"
kill -KILL $client_pid
wait $client_pid 2>/dev/null
id=$(sessions a)
like "$id" '^[0-9a-f]{16}$' "75 the program outlives its client"
client c attach --session "$id" "$ID-a"
sleep 0.3
touch "$T/rootfs/tmp/go"
ended $client_pid
is "$?:$(cat "$T/c.out")" "8:end" "74 joined again: output and code"
ok "75 nothing is left" no_session a
rm "$T/rootfs/tmp/go"
client d exec "$ID-a" sh -c 'trap "exit 33" TERM; echo ready; while :; do sleep 0.05; done'
soon shows_text ready "$T/d.out"
kill -TERM $client_pid
ended $client_pid
is $? 33 "67 signals are passed on"
client e exec "$ID-a" sh -c 'echo ready; while [ ! -e /tmp/go ]; do sleep 0.2; done; head -c 5000000 /dev/zero; exit 4'
soon shows_text ready "$T/e.out"
kill -STOP $client_pid
touch "$T/rootfs/tmp/go"
is_over_program() { no_session a; }
ok "65 a stopped client does not stop the program" soon is_over_program
kill -CONT $client_pid
ended $client_pid
is $? 4 "65 and has its code in the end"
rm "$T/rootfs/tmp/go"

# many
i=0 pids= many=50
[ -z "$TEST_FEW" ] || many=10
while [ $i -lt $many ]; do
	i=$((i + 1))
	"$SCOW" --store "$store" exec "$ID-a" sh -c "echo $i; exit $i" >"$T/many$i" 2>&1 &
	pids="$pids $!"
done
i=0 bad=
for pid in $pids; do
	i=$((i + 1))
	wait "$pid"
	[ "$?:$(cat "$T/many$i")" = "$i:$i" ] || bad="$bad $i"
done
is "$bad" "" "79 $many at once: codes and output"
ok "79 no session is left" no_session a

# records
: >"$T/rootfs/tmp/log"
mount -t tmpfs -o ro none "$STATE/$ID-a/exec"
run eng exec "$ID-a" sh -c 'echo ran >/tmp/log'
umount "$STATE/$ID-a/exec"
refused_with 125 "80 no record" "make a session.*Read-only"
nok "80 nothing ran" test -s "$T/rootfs/tmp/log"
eng pause "$ID-a"
run eng exec "$ID-a" true
refused_with 126 "40 paused" "paused"
eng unpause "$ID-a"
client f exec -i "$ID-a" sh -c 'echo ready; read x; exit 9' </dev/null
eng exec -d "$ID-a" sleep 1000 >"$T/id"
kill -KILL "$(inspect a ConmonPid)"
ok "a monitor that is replaced" becomes a running
has "$(sessions a)" "$(cat "$T/id")" "93 sessions do not notice"
run eng exec "$ID-a" echo hello
is "$rc:$out" 0:hello "93 and exec works"
# lose: the supervisor of the session in $T/id, which the monitor notices: nobody looks
lose() {
	l_record=$STATE/$ID-a/exec/$(cat "$T/id")/session
	kill -KILL "$(sed -n 's/^supervisor //p' "$l_record")"
	ok "75 $1 that was killed: its program ends" soon is_gone "$(sed -n 's/^pid //p' "$l_record")"
	ok "75 and that is on record" soon shows_text '^code 137$' "$l_record"
	told() { eng events --filter "name=$ID-a" --filter event=session-lost | grep -q "$(cat "$T/id")"; }
	ok "75 and told" soon told
	run eng attach --session "$(cat "$T/id")" "$ID-a"
	is "$rc" 137 "75 and kept for who asks"
}
lose "a supervisor from before the monitor"
eng exec -d "$ID-a" sleep 1000 >"$T/id"
lose "a supervisor"

# the end of the container
client g exec "$ID-a" sh -c 'trap "" TERM; echo ready; while :; do sleep 0.05; done'
soon shows_text ready "$T/g.out"
client h exec "$ID-a" sh -c 'trap "echo term; sleep 1000" TERM; echo ready; while :; do sleep 0.05; done'
soon shows_text ready "$T/h.out"
eng exec -d "$ID-a" sleep 1000 >"$T/id"
eng stop "$ID-a"
ended $client_pid
is "$?" 137 "78 stop ends exec clients"
run eng exec "$ID-a" true
refused_with 126 "17 exec in one that does not run" "cannot exec"
run eng attach --session "$(cat "$T/id")" "$ID-a"
matches "$rc" '^(137|143)$'
result $? "78 and the detached ones, whose code is kept"
eng exec-ls "$ID-a" >"$T/ls"
eng start "$ID-a"
is "$(sessions a)" "" "a start forgets them"
eng exec -d "$ID-a" sleep 1000 >"$T/id"
forget a

# terminals
pty=$(helper pty) || {
	skip 8 "no helper pty"
	finish
}
up b 'sleep 1000'
mkfifo "$T/tty" && exec 9<>"$T/tty"
on_terminal 33 77 exec -it "$ID-b" sh -c 'stty size; test -t 0 && echo terminal; PS1="prompt " exec sh -i'
ok "51 a terminal" soon shows_text '^terminal' "$T/screen"
ok "57 of the size of ours, from its first line on" shows_text '^33 77' "$T/screen"
stty -F "$(head -n 1 "$T/pty")" rows 20 cols 30
printf 'sleep 0.3; stty size\r' >&9
ok "57 ours changes, and its follows" soon shows_text '^20 30' "$T/screen"
printf '\020\021' >&9
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 0:restored "74 detached: 0"
id=$(sessions b)
like "$id" '^[0-9a-f]{16}$' "74 and the process lives"
on_terminal 33 77 attach --session "$id" "$ID-b"
printf 'echo "again $((3 + 3))"\r' >&9
ok "74 joined again" soon shows_text '^again 6' "$T/screen"
printf 'exit 9\r' >&9
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 9:restored "74 its code"
exec 9<&-
eng rm -f -t 0 "$ID-b"
finish
