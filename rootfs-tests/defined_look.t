#!/bin/sh
# Shows ps, list, inspect, stats, sync and refresh of defined containers: also when a definition or a
# record is damaged, when a pid belongs to somebody else, and when nothing can be written. The
# numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# row NAME: its line of ps, blanks squeezed
row() { eng ps 2>/dev/null | tr -s ' ' | grep "^$ID-$1 "; }
steady='touch /tmp/ready; while :; do sleep 100 & wait; done'

define a 'exit 3'
up b --restart always "$steady"
bundle t cmd='sleep 1000'
run eng run --detach -b "$T/t" "$ID-t"
like "$(row a)" "^$ID-a configured 0 - - - defined" "ps: configured"
like "$(row b)" "^$ID-b running [1-9][0-9]* 0 - [0-9]+s defined" "ps: running"
like "$(row t)" "^$ID-t running [1-9][0-9]* - - [0-9]+s transient" "ps: a transient one"
eng start "$ID-a"
eng wait "$ID-a" >/dev/null
like "$(row a)" "^$ID-a exited 0 0 3 [0-9]+s defined" "ps: exited, with its code"
has "$(eng ps --json)" "{\"name\":\"$ID-t\",\"state\":\"running\",\"kind\":\"transient\"," "ps --json"
has "$(eng list -f json)" '"engineState":"exited"' "list has the engine's state"
like "$(eng list | tr -s ' ' | grep "^$ID-a ")" "^$ID-a 0 stopped $store/$ID-a" "list, with an OCI status"
is "$(eng list -q | grep "^$ID")" "$ID-a
$ID-b
$ID-t" "list -q"
eng stop -t 60 "$ID-b" &
stopper=$!
ok "31 ps while a stop is under way" soon sh -c "'$SCOW' --store '$store' ps | grep -q '^$ID-b *stopping'"
ok "31 that is not over" kill -0 $stopper
eng kill "$ID-b" KILL
wait $stopper

# inspect and stats
eng start "$ID-b"
is "$(eng inspect -f State.Status "$ID-b"):$(eng inspect -f '{{.HostConfig.RestartPolicy.Name}}' "$ID-b")" \
	"running:always" "inspect -f"
is "$(eng inspect -f Path "$ID-a"):$(eng inspect -f Args "$ID-a")" 'sh:["-c","exit 3"]' "inspect: path and arguments"
define x 'i=0; while [ $i -lt 4 ]; do i=$((i + 1)); (n=0; while [ $n -lt 3000 ]; do n=$((n + 1)); done) & done; wait; printf "last\\377\\n"; sleep 1000'
eng start "$ID-x"
stalls() { # of that container, as the kernel has it
	[ -e "$CG/scow/$ID-x/cpu.pressure" ] && sed -n 's/^some.*total=//p' "$CG/scow/$ID-x/cpu.pressure"
}
logged() { eng logs "$ID-x" | grep -q last; }
soon logged
stalled=$(stalls)
eng stop -t 0 "$ID-x"
is "$(eng inspect -f State.Exit.Signal "$ID-x"):$(eng inspect -f State.Exit.Escalated "$ID-x"):$(eng inspect -f State.Exit.Output "$ID-x")" \
	"9:true:last$(printf '\357\277\275')" "inspect: the exit record, in UTF-8"
ok "with what it waited for CPU" test "$(eng inspect -f State.Exit.CpuStallUs "$ID-x")" -ge "${stalled:-0}"
eng rm "$ID-x"
run eng inspect -f State.Nothing "$ID-b"
refused_with 125 "inspect -f of what it has not" 'State.Nothing'
ok "inspect -s" test "$(eng inspect -s -f SizeRootFs "$ID-b")" -ge "$(wc -c <"$T/rootfs/bin/busybox")"
like "$(eng stats --no-stream "$ID-b" | tr -s ' ' | tail -n 1)" \
	"^$ID-b [0-9]+\.[0-9] [0-9.]+ [0-9.KM-]+ [0-9.KMG-]+ [1-9]" "stats"
has "$(eng stats --no-stream --json)" "{\"name\":\"$ID-b\",\"cpu_usec\":" "stats of all, JSON"
eng stats --interval 50ms "$ID-b" >"$T/stats" &
watcher=$!
three() { [ "$(grep -c "^$ID-b" "$T/stats")" -ge 3 ]; }
ok "stats again and again" soon three
eng stop -t 0 "$ID-b"
wait $watcher
is $? 0 "until it ends"

# sync and refresh
run eng sync "$ID-a" "$ID-b"
is "$rc:$err" "0:" "sync"
run eng refresh "$ID-a"
is "$rc:$(state a)" "0:exited" "refresh of an exited one"
eng init "$ID-a"
pid=$(inspect a Pid)
run eng refresh "$ID-a"
is "$rc:$(state a)" "0:created" "refresh of a created one"
isnt "$(inspect a Pid)" "$pid" "which is another process"
forget a
eng start "$ID-b"
eng pause "$ID-b"
pid=$(inspect b Pid)
run eng refresh -t 0 "$ID-b"
is "$rc:$err:$(state b)" "0::paused" "refresh of a paused one"
ok "the old process has gone" is_gone "$pid"
echo 2 >"$STATE/$ID-b/refresh" # as one that was killed has left it: running
run eng refresh -t 0 "$ID-b"
is "$rc:$(state b)" "0:running" "a refresh that was killed is finished"
nok "and forgotten" test -e "$STATE/$ID-b/refresh"
remove "$ID-t"

# damage
eng stop -t 0 "$ID-b"
define c true
echo '{' >"$store/$ID-c/config.json"
run eng ps
is "$rc:$(row c | cut -d' ' -f2):$(row b | cut -d' ' -f2)" "0:unknown:exited" "99 a damaged definition is unknown, the others are shown"
like "$err" "$ID-c: .*config|$ID-c: definition" "99 with the reason"
run eng list
is "$rc" 0 "99 list, too"
run eng rm -f "$ID-c"
is "$rc:$err" "0:" "99 rm -f"
for damage in '' 'for' 'format 99'; do
	printf '%s' "$damage" >"$STATE/$ID-b/exit"
	printf '%s' "$damage" >"$store/$ID-b/exit"
	is "$(row b | cut -d' ' -f2):$(state b)" "unknown:unknown" "99 a damaged record: \"$damage\""
done
run eng start "$ID-b"
is "$rc:$(state b)" "0:running" "99 it can be started all the same"
echo '{' >"$STATE/$ID-b/state.json"
is "$(row b | cut -d' ' -f2)" running "99 without its OCI record it is watched on"
run eng rm -f -t 0 "$ID-b"
is "$rc:$err" "0:" "99 rm -f"

# somebody else's pid
up d "$steady"
sleep 0.1 # a start time is told in ticks: the other one must not begin in the same
sleep 1000 &
other=$!
pid=$(inspect d Pid)
end "$(inspect d KeeperPid)" "$(inspect d ConmonPid)"
sed "s/\"pid\":$pid,/\"pid\":$other,/" "$STATE/$ID-d/state.json" >"$T/state.json"
grep -q "\"pid\":$other," "$T/state.json" && cp "$T/state.json" "$STATE/$ID-d/state.json"
sed "s/^pid $pid$/pid $other/" "$STATE/$ID-d/life" >"$T/life" && cp "$T/life" "$STATE/$ID-d/life"
run eng kill "$ID-d" KILL
run eng stop -t 0 "$ID-d"
is "$rc:$(state d)" "0:exited" "100 stop with a foreign pid on record"
ok "100 which is not touched" kill -0 $other
ok "100 the container has ended" soon is_gone "$pid"
kill -KILL $other
wait $other 2>"$T/killed"
forget d

# nothing can be written
full() { dd if=/dev/zero of="$1/fill" bs=4k >"$T/dd" 2>&1; }
mkdir "$T/full"
mount -t tmpfs -o size=64k tmpfs "$T/full"
full "$T/full"
run scow --store "$T/full" define "$ID-e" --rootfs "$T/rootfs" -- true
refused_with 125 "108 define on a full disk" 'define.*No space'
is "$(ls -A "$T/full")" fill "108 leaves nothing"
define e "$steady"
run scow --root "$T/full" --store "$store" start "$ID-e"
is "$rc" 125 "108 start in a full /run"
run scow --root "$T/full" --store "$store" rm -f "$ID-e"
is "$rc:$(ls -A "$T/full" | grep -v events)" "0:fill" "108 leaves nothing"
rm "$T/full/fill"
define e --log-to "file:$T/full/log:32k" 'i=0; while [ $i -lt 200 ]; do echo "$i of many lines"; i=$((i + 1)); done; touch /tmp/full'
full "$T/full"
rm -f "$T/rootfs/tmp/full"
eng start "$ID-e"
is "$(eng wait "$ID-e")" 0 "108 a full log does not stop it"
ok "108 it has come to its end" test -e "$T/rootfs/tmp/full"
forget e
umount "$T/full"
finish
