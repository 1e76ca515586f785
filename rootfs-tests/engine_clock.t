#!/bin/sh
# Shows that nothing goes by the wall clock: it jumps by thirty years, both ways, while a container is
# in its back-off, is being stopped and is waited for. The clock is that of the processes under test
# only: helpers/trace.c changes what they are told. And records of another version of scow: those of the
# next format with words that nobody knows, and those that are too new.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

trace=$(helper trace) || skip_all "no helper trace in $HELPERS"
jump() { echo "$1" >"$T/away"; }
then_() { timeout -s KILL $((40 * TEST_SLOW)) "$trace" clock "$T/away" "$SCOW" --store "$store" "$@"; }
years=946080000
now() { cut -d' ' -f1 /proc/uptime | tr -d .; } # hundredths
jump 0
define a --restart always 'exit 3'
then_ start "$ID-a" &
count=0
more() { [ "$(inspect a RestartCount)" -gt "$count" ]; }
soon more
for to in $years -$years 0; do
	jump $to
	count=$(inspect a RestartCount)
	ok "the back-off goes on, the clock $to s away" soon more
done
eng stop -t 0 "$ID-a"
wait
is "$(too_close a)" "" "48 and is no shorter"
like "$(eng events --filter "name=$ID-a" --filter event=died)" "^20[5-9]" "the log has the time as it was"
like "$(eng events --json --filter "name=$ID-a" --filter event=died)" '"time":"199[0-9]-[^"]*Z","clock":"unset"' \
	"and says when nobody had set it"
forget a

for to in $years -$years; do
	jump 0
	define b 'sleep 1000'
	then_ start "$ID-b" &
	becomes b running
	begin=$(now)
	then_ stop -t 1 "$ID-b" &
	stopper=$!
	becomes b stopping
	jump $to
	wait $stopper
	took=$(($(now) - begin))
	ok "27 stop -t 1 takes its second, the clock $to s away" test $took -ge 100
	ok "27 and not much more" test $took -lt $((100 + 300 * TEST_SLOW))
	is "$(inspect b ExitCode):$(eng inspect "$ID-b" | field Reason)" "137:stopped" "27 on record"
	wait
	jump 0
	then_ start "$ID-b" &
	becomes b running
	begin=$(now)
	then_ wait --timeout 1 "$ID-b" 2>"$T/wait" &
	waiter=$!
	sleep 0.2
	jump $to
	wait $waiter
	is "$?" 124 "wait --timeout 1, the clock $to s away"
	took=$(($(now) - begin))
	ok "is a second" test $took -ge 100 -a $took -lt $((100 + 300 * TEST_SLOW))
	eng rm -f -t 0 "$ID-b"
	wait
done

# records of another version
later() { # later FILE NUMBER: of that format, with words from the future
	sed -e "s/^format .*/format $2/" "$1" >"$T/later" && echo "colour blue sky" >>"$T/later" && cp "$T/later" "$1"
}
up c --restart no 'while [ ! -e /tmp/c ]; do sleep 0.2; done; exit 7'
pid=$(inspect c Pid)
later "$STATE/$ID-c/life" 2
is "$(state c):$(inspect c Pid)" "running:$pid" "a life of the next format"
monitor=$(inspect c ConmonPid)
end "$monitor"
watched() { [ "$(inspect c ConmonPid)" -gt 1 ] && [ "$(inspect c ConmonPid)" != "$monitor" ]; }
soon watched
is "$(state c):$(inspect c Pid)" "running:$pid" "the monitor goes on with it"
later "$STATE/$ID-c/plan" 2
is "$(state c)" running "a plan of the next format"
touch "$T/rootfs/tmp/c"
is "$(eng wait "$ID-c")" 7 "the code is kept"
rm -f "$STATE/$ID-c/exit"
later "$store/$ID-c/exit" 2
is "$(state c):$(inspect c ExitCode)" "exited:7" "an end of the next format"
later "$store/$ID-c/exit" 3
is "$(state c)" unknown "one that is too new"
run eng ps
like "$err" "$ID-c: .*format is not known to this version" "in a sentence"
run eng start "$ID-c"
is "$rc" 0 "which hinders no start"
forget c
rm -f "$T/rootfs/tmp/c"
up d --restart no 'sleep 1000'
pid=$(inspect d Pid)
later "$STATE/$ID-d/life" 3
run eng inspect "$ID-d"
is "$rc:$(printf '%s' "$out" | field Status)" "0:unknown" "a life that is too new"
run eng rm -f -t 0 "$ID-d"
is "$rc" 0 "rm -f removes it"
ok "with its process" soon is_gone "$pid"
finish
