#!/bin/sh
# Shows the log of what happens to defined containers: what is told and in which order, what is
# not, filters, --since and --until, --follow, and that it stays small. The numbers are those of the
# project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

attributes() { eng events --json --filter "name=$ID-$1" --filter "event=$2" | sed -n 's/.*"attributes"://p'; }

up a 'exit 3'
eng wait "$ID-a" >/dev/null
forget a
is "$(happened a)" "define init start died cleanup remove " "110 the events of a run, in order"
is "$(attributes a died)" '{"code":"3","reason":"exited","oom":"false"}}' "with the exit code"
like "$(eng events --filter "name=$ID-a" --filter event=died)" \
	"^20[0-9T:.-]*Z $ID-a died \(code=3, reason=exited, oom=false\)$" "for people"
ok "each is an object with times" test "$(eng events --json --filter "name=$ID-a" |
	grep -Ec '^\{"time":"20[^"]*Z",("clock":"unset",)?"boottime_ms":[0-9]+,"name":"[^"]*","event":')" = 6

up b --stop-signal INT 'trap "exit 4" INT; trap : HUP; touch /tmp/b; while :; do sleep 100 & wait; done'
soon test -e "$T/rootfs/tmp/b"
eng kill "$ID-b" HUP
eng pause "$ID-b"
eng unpause "$ID-b"
eng stop "$ID-b"
is "$(happened b)" "define init start kill pause unpause died stop cleanup " "kill, pause, stop"
is "$(attributes b kill)" '{"signal":"1"}}' "with the signal"
is "$(attributes b stop)" '{"escalated":"false"}}' "with how it went"

# who fails tells nothing
before=$(eng events | wc -l)
run eng kill "$ID-b" KILL
run eng pause "$ID-b"
run eng unpause "$ID-b"
run eng rm "$ID-nosuch"
run eng define "$ID-b" --rootfs "$T/rootfs" -- true
is "$(eng events | wc -l)" "$before" "what failed is not told"
run eng define "$ID-c" --rootfs "$T/rootfs" -- /nosuch
run eng start "$ID-c"
is "$rc:$(happened c)" "127:define " "nor is a start that failed"

define d --restart on-failure:1 'exit 5'
eng start "$ID-d"
eng wait "$ID-d" >/dev/null
is "$(happened d)" "define init start died cleanup init start restart died cleanup " \
	"a restart by the policy"
up e 'sleep 1000'
eng restart -t 0 "$ID-e"
is "$(happened e)" "define init start died stop cleanup init start restart " "and by a user"
is "$(attributes d restart)$(attributes e restart)" '{"by":"policy"}}{"by":"user"}}' "who it was"
end "$(inspect e ConmonPid)"
lost() { happened e | grep -q 'monitor-lost $'; }
ok "93 a monitor that was killed" soon lost
end "$(inspect e KeeperPid)" "$(inspect e ConmonPid)"
becomes e exited
# Both are lost; which is told depends on which of them the kernel ends first.
like "$(happened e)" 'monitor-lost (monitor|keeper)-lost died cleanup $' "95 what a command has cleaned up"

# since, until, filters
is "$(happened a --since 1h)" "$(happened a)" "--since a duration"
is "$(happened a --since 0s)" "" "--since now"
is "$(happened a --since 2099-01-01)" "" "--since a date to come"
is "$(happened a --until 2026-01-01T00:00:00+01:00)" "" "--until a date that was"
is "$(happened a --until 0s)" "$(happened a)" "--until now"
at=$(eng events --json --filter "name=$ID-a" --filter event=start | field time)
is "$(happened a --since "$at")" "start died cleanup remove " "--since a time to the nanosecond"
is "$(happened a --until "$at")" "define init start " "--until, too"
is "$(happened a --filter event=init --filter event=died)" "init died " "one of two filters"
run eng events --filter kind=x
refused "an unknown filter" 'kind=x.*name=NAME'
run eng events --since yesterday
refused "a time that is none" '--since.*yesterday'

# follow
timeout $((40 * TEST_SLOW)) "$SCOW" --store "$store" events -f --since 0s \
	--filter "name=$ID-g" >"$T/follow" &
follower=$!
timeout $((20 * TEST_SLOW)) "$SCOW" --store "$store" events -f --until 2026-01-01 >"$T/until"
is "$?:$(wc -c <"$T/until")" "0:0" "--follow --until a date that was"
define g true
ok "--follow tells at once" soon grep -q ' define$' "$T/follow"
i=0
while [ $i -lt 400 ]; do # more than the log keeps
	i=$((i + 1))
	printf '{"time":"2026-01-01T00:00:00.000000000Z","boottime_ms":1,"name":"x","event":"%0400d"}\n' $i
done >>"$STATE/events"
forget g
ok "--follow over a turn-over" soon grep -q ' remove$' "$T/follow"
is "$(wc -l <"$T/follow")" 2 "--follow: each once"
kill "$follower"
wait "$follower" 2>"$T/killed"
eng define "$ID-g" --rootfs "$T/rootfs" -- true
ok "the log is small" test "$(wc -c <"$STATE/events")" -lt 66000
ok "with the older half" test -s "$STATE/events.1"
printf '{"time":"2026-' >>"$STATE/events"
forget g
is "$(happened g | sed 's/.* define/define/')" "define remove " "behind a line that was cut"
run scow create -b "$T" events
refused "no container has the log's name" 'events.*log'
forget b c d e
finish
