#!/bin/sh
# Shows attached sessions: start -a and attach; what is printed arrives whole, clients that stop or
# die harm nobody, signals, a monitor that is replaced. The numbers are those of the project's list of
# engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# output and codes
define a 'echo out; echo err >&2; exit 5'
run eng start -a "$ID-a"
is "$rc:$out:$err" "5:out:err" "59 63 start -a: code, and both streams where they belong"
run eng start --attach "$ID-a"
is "$rc:$out:$err" "5:out:err" "21 and again"
is "$(eng events --filter "name=$ID-a" | cut -d' ' -f3 | tr '\n' ' ')" \
	"define attach init start died cleanup attach init start died cleanup " "110 the events of both"
forget a
# Not more lines than that: the log has a time for each.
define b 'i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); done; yes 123456789.123456789.123456789.123456789 | head -n 30000'
eng start -a "$ID-b" >"$T/burst"
is "$?:$(size_of "$T/burst")" 0:1200000 "60 a burst of 1.2 MB before the end"
(eng start -a "$ID-b"; echo $? >"$T/code") | (sleep 1; dd bs=1000 count=100 2>/dev/null; sleep 1; cat) >"$T/burst"
is "$(cat "$T/code"):$(size_of "$T/burst")" 0:1200000 "60 also to somebody who reads slowly"
forget b
define c 'echo x'
i=0
: >"$T/many"
rounds=100
[ -z "$TEST_FEW" ] || rounds=10
while [ $i -lt $rounds ]; do
	i=$((i + 1))
	eng start -a "$ID-c" >>"$T/many" || echo "code $?" >>"$T/many"
done
is "$(sort "$T/many" | uniq -c | tr -s ' ')" " $i x" "61 $i times one line: never lost"
forget c

# input
define d -i 'cat; exit 6'
head -c 300000 /dev/urandom >"$T/in"
limited "$SCOW" --store "$store" start -a -i "$ID-d" <"$T/in" >"$T/back"
is "$?" 6 "62 the end of stdin is the end of cat's"
ok "62 300000 bytes come back" cmp "$T/in" "$T/back"
printf 'a\020\021b' >"$T/in"
limited "$SCOW" --store "$store" start -a -i "$ID-d" <"$T/in" >"$T/back"
is "$?" 6 "56 detach keys in a pipe are data"
ok "56 and pass unchanged" cmp "$T/in" "$T/back"
define d0 true
run eng start -a "$ID-d0" --detach-keys ctrl-foo
refused_with 125 "55 detach keys that are none" 'detach-keys.*ctrl-foo'
nok "55 nothing was brought up" test -e "$STATE/$ID-d0"
forget d0
mkfifo "$T/keys" && exec 9<>"$T/keys"
c_stdin=$T/keys client d start -a -i "$ID-d"
first=$client_pid
echo one >&9
ok "an interactive client" soon shows_text one "$T/d.out"
kill -KILL $first
wait $first 2>/dev/null
c_stdin=$T/keys client e attach --sig-proxy=false "$ID-d"
echo two >&9
ok "64 its death closes nothing: a second client writes" soon shows_text two "$T/e.out"
kill -TERM $client_pid
ended $client_pid
c_stdin=/dev/null
ok "attach at the end of its stdin" joined d f attach "$ID-d"
echo three >"$T/in"
limited "$SCOW" --store "$store" attach --no-stdout --no-stderr "$ID-d" <"$T/in"
is "$?" 0 "with stdin alone attach ends with it"
ok "when it has arrived; of attach nothing is closed" soon shows_text three "$T/f.out"
eng kill "$ID-d" KILL
ended $client_pid
is $? 137 "59 attach: the container's code"
exec 9<&-
forget d

# several, and who is late
rm -f "$T/rootfs/tmp/go"
define e 'echo begin; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo one; echo two >&2; exit 3'
run eng attach "$ID-e"
refused_with 125 "attach to one that is not up" "attach to container .* configured"
eng init "$ID-e"
client e attach "$ID-e"
pids=$client_pid
client f attach --no-stderr "$ID-e"
pids="$pids $client_pid"
joined e g attach --no-stdout "$ID-e"
pids="$pids $client_pid"
three() { [ "$(attaches e)" -ge 3 ]; }
soon three
eng start "$ID-e"
ok "69 started from elsewhere: the first byte is seen" soon shows_text begin "$T/e.out"
joined e h start -a "$ID-e"
pids="$pids $client_pid"
touch "$T/rootfs/tmp/go"
codes=
for pid in $pids; do
	ended "$pid"
	codes="$codes$?"
done
is "$codes" 3333 "58 four clients, the same code"
is "$(cat "$T/e.out" "$T/e.err" | tr '\n' ' ')" "begin one two " "58 all of it"
is "$(cat "$T/f.out" "$T/f.err" | tr '\n' ' ')" "begin one " "without stderr"
is "$(cat "$T/g.out" "$T/g.err" | tr '\n' ' ')" "two " "without stdout"
is "$(cat "$T/h.out" "$T/h.err" | tr '\n' ' ')" "one two " "58 start -a of a running one"
run eng attach --no-stdin --no-stdout --no-stderr "$ID-e"
refused_with 125 "no stream" "no stream"
forget e

# a client that has stopped
rm -f "$T/rootfs/tmp/go"
define f 'while [ ! -e /tmp/go ]; do sleep 0.2; done; head -c 5000000 /dev/zero; exit 4'
client f start -a "$ID-f"
ok "65 up" becomes f running
kill -STOP $client_pid
touch "$T/rootfs/tmp/go"
is "$(eng wait "$ID-f")" 4 "65 a stopped client does not stop the container"
kill -CONT $client_pid
ended $client_pid
is $? 4 "65 and has the code in the end"
lost=$(sed -n 's/.* \([0-9]*\) bytes of its output were dropped.*/\1/p' "$T/f.err")
is "$(($(size_of "$T/f.out") + ${lost:-0}))" 5000000 "65 it is told how much it has missed"
forget f

# starts that fail
for case in /nosuch:127 /etc:126 /etc/passwd:126; do
	run eng define "$ID-g" --rootfs "$T/rootfs" -- ${case%:*}
	run eng start -a "$ID-g"
	refused_with ${case#*:} "66 ${case%:*}: the client ends" "${case%:*}"
	forget g
done
run eng define "$ID-g" --rootfs "$T/rootfs" -- /nosuch
i=0 bad=
while [ $i -lt $((rounds / 2)) ]; do # its keeper may be quicker than who makes it
	i=$((i + 1))
	run eng start "$ID-g"
	[ "$rc" = 127 ] || bad="$bad $rc"
done
is "$bad" "" "66 $i times, the same code"
forget g
run eng start -a "$ID-g"
refused_with 125 "66 no such container" "does not exist"
bundle t cmd='sleep 60'
run scow create -b "$T/t" "$ID-t"
run eng attach "$ID-t"
refused_with 125 "attach to a transient one" "its caller owns it"
remove "$ID-t"

# signals
define h 'trap "exit 33" TERM; trap "echo got hup" HUP; echo ready; while :; do sleep 100 & wait; done'
client h start -a "$ID-h"
ok "67 it runs" soon shows_text ready "$T/h.out"
kill -HUP $client_pid
ok "67 HUP goes to the container" soon shows_text "got hup" "$T/h.out"
joined h g attach --sig-proxy=false "$ID-h"
kill -TERM $client_pid
ended $client_pid
is $? 143 "67 without proxy TERM ends the client"
ok "67 alone" is_state h running
joined h g attach "$ID-h"
kill -TERM $client_pid
ended $client_pid
is $? 33 "67 as a proxy TERM ends the container"
forget h
define i 'trap "" TERM; echo ready; sleep 1000'
client i start -a "$ID-i"
soon shows_text ready "$T/i.out"
eng rm -f -t 0 "$ID-i"
ended $client_pid
is $? 137 "68 rm -f while attached"

# a monitor that is replaced
rm -f "$T/rootfs/tmp/go"
define j -i 'echo ready; read x; echo "read $x"; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo end; exit 42'
mkfifo "$T/words" && exec 9<>"$T/words"
c_stdin=$T/words client j start -a -i "$ID-j"
c_stdin=/dev/null
soon shows_text ready "$T/j.out"
monitor=$(inspect j ConmonPid)
kill -KILL "$monitor"
other() { [ "$(inspect j ConmonPid)" != "$monitor" ]; }
ok "93 a new monitor" soon other
echo word >&9
ok "93 the client is attached to it: input and output" soon shows_text "read word" "$T/j.out"
monitor=$(inspect j ConmonPid)
kill -STOP $client_pid # slow as it may be
kill -KILL "$monitor"
touch "$T/rootfs/tmp/go"
soon other
sleep 0.3
kill -CONT $client_pid
ended $client_pid
is "$?:$(tail -n 1 "$T/j.out")" 42:end "93 and has code and last line after another one"
exec 9<&-
define j2 'echo ready; sleep 1000'
client j start -a "$ID-j2"
soon shows_text ready "$T/j.out"
kill -KILL "$(inspect j2 KeeperPid)"
ended $client_pid
is $? 137 "94 without a keeper the client ends with the container"
forget j j2

# many
define n -i 'exec cat'
eng start "$ID-n"
# dirty PID...: KB of private memory, together. Not the pages of a file that cannot be written: those of
# a program in an initramfs, or not on disk yet, are called dirty, too, but they are the file's.
dirty() {
	for d_pid; do cat "/proc/$d_pid/smaps"; done | awk '
		/^[0-9a-f]+-[0-9a-f]+ / { file = $2 !~ /w/ && $6 ~ "^/" }
		/^Private_Dirty/ && !file { n += $2 }
		END { print n }'
}
keeper=$(inspect n KeeperPid) monitor=$(inspect n ConmonPid)
rm -f "$T/go"
pids= feeders=
for i in 0 1 2 3 4 5 6 7 8 9; do
	mkfifo "$T/words$i"
	{ soon test -e "$T/go"; head -c 30000 /dev/zero; } >"$T/words$i" &
	feeders="$feeders $!"
	c_stdin=$T/words$i client n$i attach --sig-proxy=false "$ID-n"
	pids="$pids $client_pid"
done
c_stdin=/dev/null
attached() { [ "$(attaches n)" -eq 10 ]; }
ok "ten clients" soon attached
touch "$T/go"
sizes() { stat -c %s "$T"/n[0-9].out | sort | uniq -c | tr -s ' '; }
have_all() { [ "$(sizes)" = " 10 300000" ]; }
soon have_all
is "$(sizes)" " 10 300000" "each gets all"
supervisors=
for i in 0 1 2 3 4 5 6 7 8 9; do
	id=$(eng exec -d "$ID-n" sleep 1000)
	supervisors="$supervisors $(sed -n 's/^supervisor //p' "$STATE/$ID-n/exec/$id/session")"
done
is "$(eng exec-ls -q "$ID-n" | wc -l | tr -d ' ')" 10 "and ten sessions"
if [ -r /proc/self/smaps ]; then
	kb=$(dirty "$keeper" "$monitor")
	ok "the monitor has not grown: $kb KB with the keeper" test "$kb" -le 64
	# shellcheck disable=SC2086 # words
	kb=$(dirty $supervisors)
	ok "nor is a supervisor large: $kb KB are ten" test "$kb" -le 400
else
	skip 2 "the kernel has no smaps"
fi
# shellcheck disable=SC2086 # words
kill -KILL $pids
for pid in $pids $feeders; do wait "$pid" 2>/dev/null; done
forget n
finish
