#!/bin/sh
# Shows logs of defined containers: followed to the final end, over a turn-over, over a monitor that
# is killed, and cut by --tail, --since and --until.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# follow FILE [OPTION...] NAME: logs --follow in the background, bounded
follow() {
	f_file=$1
	shift
	timeout $((40 * TEST_SLOW)) "$SCOW" --store "$store" logs -f "$@" >"$f_file" 2>"$f_file.err" &
}
go='while [ ! -e /tmp/go ]; do sleep 0.2; done; rm /tmp/go'

up a "echo one; $go; echo two; echo three >&2; exit 3"
follow "$T/a" "$ID-a"
follower=$!
ok "what there is comes at once" soon in_lines "$T/a" one
touch "$T/rootfs/tmp/go"
wait $follower
is "$?:$(cat "$T/a"):$(cat "$T/a.err")" "0:one
two:three" "it ends with the container, after its last line"
is "$(eng logs "$ID-a" 2>&1)" "one
two
three" "logs in the order of both streams"
is "$(eng logs -f "$ID-a" 2>/dev/null)" "one
two" "--follow of one that has ended"
at=$(eng logs -t "$ID-a" 2>/dev/null | sed -n 's/ two$//p')
is "$(eng logs --since "$at" "$ID-a" 2>&1)" "two
three" "--since a line's time"
is "$(eng logs --until "$at" "$ID-a" 2>&1)" "one
two" "--until it"
is "$(eng logs --since "$at" --tail 1 "$ID-a" 2>&1)" three "--tail counts what is left"
is "$(eng logs --since 1h "$ID-a" 2>/dev/null | wc -l):$(eng logs --since 0s "$ID-a" 2>&1 | wc -l)" "2:0" \
	"--since so long ago"
run eng logs --since never "$ID-a"
refused_with 125 "a time that is none" '--since.*never'
run eng logs "$ID-nosuch"
refused_with 125 "a name that is none" 'does not exist'
forget a
define a true
is "$(inspect a HostConfig.LogConfig.Type):$(inspect a HostConfig.LogConfig.Targets)" "ring:ring:64k" "inspect says what log is in force"
like "$(inspect a HostConfig.LogConfig.Path)" "^$STATE/$ID-a/log\$" "and where it is"
is "$(eng logs -f "$ID-a")" "" "one that has never run"
forget a

# many lines, through a log that is far smaller: none is lost, none comes twice
up b --log-to ring:8k "$go; i=0; while [ \$i -lt 300 ]; do echo line \$i; i=\$((i + 1)); sleep 0.005; done"
follow "$T/b" "$ID-b"
follower=$!
touch "$T/rootfs/tmp/go"
sleep 0.5
end "$(inspect b ConmonPid)"
wait $follower
is "$?:$(cksum <"$T/b")" "0:$(seq 0 299 | sed 's/^/line /' | cksum)" \
	"93 all lines, over turn-overs and a monitor that is killed"
follow "$T/tail" --tail 2 "$ID-b"
wait $!
is "$(cat "$T/tail")" "line 298
line 299" "--tail with --follow"
forget b

# with a restart policy it goes on
up c --restart on-failure:2 'echo run; exit 1'
follow "$T/c" "$ID-c"
wait $!
is "$?:$(grep -c run "$T/c")" "0:3" "--follow to the final end"
forget c
finish
