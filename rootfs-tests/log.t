#!/bin/sh
# Shows --log: one JSON (or text) line on failure and nothing else, the same sentence on stderr.
. "${0%/*}/lib.sh"

log=$T/log
run scow --log "$log" --log-format json state "$ID-none"
is "$rc:$out" "1:" "a failure prints nothing on stdout"
has "$err" "does not exist" "stderr has the sentence"
is "$(wc -l <"$log")" 1 "the log has one line"
line=$(cat "$log")
like "$line" '^\{.*\}$' "it is a JSON object"
is "$(echo "$line" | field level)" error "level is error"
like "$(echo "$line" | field time)" \
	'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$' "time is RFC 3339"
has "$(echo "$line" | field msg)" "does not exist" "msg is the sentence"
has "$err" "$(echo "$line" | field msg)" "stderr and msg agree"

run scow --log="$log" --log-format=json delete "$ID-none"
is "$(wc -l <"$log")" 2 "a second failure is appended (with --log=F and --log-format=json)"
like "$(sed -n 2p "$log")" '^\{.*"does not exist|does not exist.*\}$' "as a line of its own"

# A sentence with characters that JSON must escape
bundle quote args='["no\"such\\\n\u0001"]'
rm "$log"
run scow --log "$log" --log-format json create -b "$T/quote" "$ID-quote"
if [ "$rc" = 0 ]; then
	run scow --log "$log" --log-format json start "$ID-quote"
fi
isnt "$rc" 0 "a program with a strange name fails"
is "$(wc -l <"$log")" 1 "one line"
has "$(cat "$log")" 'no\' "quotes are escaped"
nok "no raw control character is in it" eval 'tr -d "\n" <"$log" | grep -q "[[:cntrl:]]"'
ok "and stderr stays one line" one_line "$err"
remove "$ID-quote"

# Success writes nothing
rm "$log"
bundle good cmd='echo hi'
run scow --log "$log" --log-format json run -b "$T/good" "$ID-good"
is "$rc:$out:$err" "0:hi:" "a run with a log"
nok "success leaves the log empty" test -s "$log"
rm -f "$log"
run scow --debug --log "$log" --log-format json run -b "$T/good" "$ID-good"
is "$rc:$out" "0:hi" "a run with --debug"
nok "has no error in its log" grep -q '"level" *: *"error"' "$log"

# A warning before it is on stderr only: podman reads the whole file as one object.
bundle warned args='["nosuch"]' caps='"CAP_NO_SUCH"'
rm -f "$log"
run scow --log "$log" --log-format json run -b "$T/warned" "$ID-warned"
has "$err" "warning: capabilities that cannot be granted" "a warning is on stderr"
is "$(wc -l <"$log"):$(field level <"$log")" "1:error" "the failure is alone in the log"
rm -f "$log"
run scow --debug --log "$log" --log-format json run -b "$T/warned" "$ID-warned"
ok "unless more is asked for" grep -q '"level":"warning"' "$log"

# text
rm -f "$log"
run scow --log "$log" --log-format text state "$ID-none"
is "$(wc -l <"$log")" 1 "text: one line"
has "$(cat "$log")" "does not exist" "text: the sentence"
nok "text: no JSON" grep -q '^{' "$log"
rm -f "$log"
run scow --log "$log" state "$ID-none"
is "$(grep -c "does not exist" "$log")" 1 "text is the default"

# a failing exec logs too
ok "a container runs" start_one "$ID-e" cmd='sleep 60'
rm -f "$log"
run scow --log "$log" --log-format json exec "$ID-e" nosuch
is "$rc" 255 "a failed exec"
is "$(wc -l <"$log")" 1 "one line"
has "$(cat "$log")" 'executable file not found in $PATH' "exec: the sentence is in the log"
remove "$ID-e"

# places that cannot be written
run scow --log "$T/nosuch/log" list
isnt "$rc" 0 "a log in a missing directory is an error"
ok "that says so" one_line "$err"
finish
