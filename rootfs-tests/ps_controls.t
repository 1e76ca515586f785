#!/bin/sh
# Shows that ps prints no control character of a program.
. "${0%/*}/lib.sh"

start_one "$ID-1" args="[\"sh\",\"-c\",\"sleep 60; true\",\"a\\u007fb\\u001b[31m\"]"
run scow ps "$ID-1"
has "$out" "a b [31m" "ps: blanks for the control characters of a command line"
remove "$ID-1"
finish
