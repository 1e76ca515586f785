#!/bin/sh
# Shows that many annotations, which others choose, cost no minutes.
. "${0%/*}/lib.sh"

count=${TEST_FEW:+10000}
count=${count:-60000}
bundle many top="\"annotations\":{\"last\":\"\"$(seq 1 "$count" | awk '{ printf ",\"%d\":\"\"", $1 }')}"
run limited timeout $((3 * TEST_SLOW)) "$SCOW" create -b "$T/many" "$ID-1"
is "$rc:$err" 0: "create with $count annotations"
run limited timeout $((3 * TEST_SLOW)) "$SCOW" state "$ID-1"
is "$rc:$err" 0: "state"
remove "$ID-1"
finish
