#!/bin/sh
# Shows many containers at once: made, listed, entered, killed and deleted in parallel.
. "${0%/*}/lib.sh"

count=${SCALE:-${TEST_FEW:+10}}
count=${count:-50}
numbers=$(awk -v n="$count" 'BEGIN { for (i = 1; i <= n; i++) print i }')
bundle one cmd='touch /tmp/$(hostname); exec sleep 120' \
	mounts="{\"destination\":\"/tmp\",\"type\":\"bind\",\"source\":\"$T\",\"options\":[\"bind\"]}"

# all COMMAND: runs it for every number $n at once; failures are counted in $failed
all() {
	rm -f "$T/failed"
	for n in $numbers; do
		(eval "$1" </dev/null >/dev/null 2>>"$T/stderr" || echo "$n" >>"$T/failed") &
	done
	wait
	failed=0
	[ ! -e "$T/failed" ] || failed=$(wc -l <"$T/failed")
}
in_box() {
	[ "$(scow exec "$ID-$1" hostname)" = "box$1" ]
}
all_ran() {
	[ "$(ls "$T" | grep -c '^box')" = "$count" ]
}

for n in $numbers; do
	mkdir "$T/b$n"
	sed "s/\"hostname\":\"scow\"/\"hostname\":\"box$n\"/" "$T/one/config.json" \
		>"$T/b$n/config.json"
done
all 'scow create -b "$T/b$n" --pid-file "$T/pid$n" "$ID-$n"'
is "$failed" 0 "$count creates at once"
is "$(scow list -q | grep -c "^$ID-")" "$count" "list shows them all"
wrong=''
for n in $numbers; do
	[ "$(pid_of "$ID-$n")" = "$(cat "$T/pid$n")" ] || wrong="$wrong $n"
done
is "$wrong" "" "every one has the pid of its pid file"
all 'scow start "$ID-$n"'
is "$failed" 0 "$count starts at once"
ok "$count programs have run, each with its own hostname" soon all_ran
all 'in_box "$n"'
is "$failed" 0 "$count execs at once"
is "$(scow list | grep "^$ID-" | grep -c ' running ')" "$count" "all are running"
all 'scow kill "$ID-$n" KILL'
is "$failed" 0 "$count kills at once"
all 'soon shows "$ID-$n" stopped && scow delete "$ID-$n"'
is "$failed" 0 "$count deletes at once"
is "$(scow list -q | grep -c "^$ID-")" 0 "none is left"

# the same name at once: one wins, the others say so, nothing breaks
all 'scow create -b "$T/one" "$ID-same"'
is "$failed" $((count - 1)) "of $count creates of one name one succeeds"
is "$(status "$ID-same")" created "which is there"
all 'scow delete --force "$ID-same"'
is "$failed" 0 "$count deletes --force of one name at once"
run scow state "$ID-same"
refused "it is gone" "does not exist"
finish
