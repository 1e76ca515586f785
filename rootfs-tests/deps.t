#!/bin/sh
# Shows what org.scow.after does: who may be started, in which order, and who may not be removed. The
# numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

define() { define_words "$@"; }
by_hand() { # by_hand NAME AFTER: a definition as an image would bring it, unchecked
	bundle "$1" cmd='sleep 1000' top='"annotations":{"org.scow.after":"'"$2"'"}'
	mkdir -p "$store/$ID-$1"
	sed 's|"path": *"[^"]*"|"path":"'"$T/rootfs"'"|' "$T/$1/config.json" >"$store/$ID-$1/config.json"
}

define low 'sleep 1000'
define other 'sleep 1000'
define mid --after "$ID-low" 'sleep 1000'
define top --after "$ID-mid,$ID-other" 'sleep 1000'
is "$rc:$err" "0:" "a graph is defined"
define odd --after "$ID-low,$ID-nosuch" 'true'
refused_with 125 "one to come after that does not exist" "$ID-odd comes after $ID-nosuch.*does not exist"
define odd --after "$ID-odd" 'true'
refused_with 125 "after itself" "a cycle: $ID-odd after $ID-odd"
nok "nothing of it is left" test -e "$store/$ID-odd"

run eng start "$ID-top"
refused_with 125 "105 start without what it comes after" "$ID-top comes after others that do not run: $ID-mid, $ID-other\$"
is "$(state top):$(test -e "$store/$ID-top/desired" || echo none)" "configured:none" "105 nothing has changed"
eng start "$ID-low" "$ID-other"
run eng start "$ID-top"
refused_with 125 "only what does not run is named" "do not run: $ID-mid\$"
run eng init "$ID-top"
refused_with 125 "init, too" "do not run: $ID-mid\$"
run eng start -R "$ID-top"
is "$rc:$err:$(state mid):$(state top)" "0::running:running" "105 start -R starts it"
low=$(eng inspect "$ID-low" | field Pid)
eng stop -t 0 "$ID-other"
run eng start -R "$ID-top"
is "$rc:$err:$(state other):$(state top)" "0::running:running" "start -R once more brings back what was stopped"
is "$(eng inspect "$ID-low" | field Pid)" "$low" "and restarts nothing"
eng stop -t 0 "$ID-mid"
is "$(state top)" running "a stop does not stop who comes after"
run eng start "$ID-top"
is "$rc:$err" "0:" "who runs may be started"
run eng restart -t 0 "$ID-top"
refused_with 125 "but not restarted" "do not run: $ID-mid\$"
is "$(state top)" running "it goes on"
run eng rm -f -t 0 "$ID-low"
refused_with 125 "105 rm of one that is needed" "these come after it: $ID-mid\$"
is "$(state low)" running "105 which goes on"
forget top mid low other

define low 'sleep 1000'
define mid --after "$ID-low" /nosuch
define top --after "$ID-mid" 'sleep 1000'
run eng start -R "$ID-top"
refused_with 125 "106 the middle one fails" "$ID-top is not started: $ID-top comes after $ID-mid: .*/nosuch"
is "$(state low):$(state mid):$(state top)" "running:configured:configured" "106 the top is not started"
forget top mid low

by_hand x "$ID-y"
by_hand y "$ID-z"
run eng start -R "$ID-x"
refused_with 125 "a missing one is named before anything runs" "$ID-z.*does not exist"
define z --after "$ID-x" 'true'
refused_with 125 "define makes no cycle" "a cycle: $ID-z after $ID-x after $ID-y after $ID-z"
by_hand z "$ID-x"
run eng start -R "$ID-x"
refused_with 125 "a cycle that is there is named" "a cycle: $ID-x after $ID-y after $ID-z after $ID-x"
is "$(state x):$(state y):$(state z)" "configured:configured:configured" "and nothing is started"
run eng rm "$ID-x"
refused_with 125 "rm in a cycle" "these come after it: $ID-z"
rm -r "$store/$ID-z"
forget x y
run scow start -R "$ID-x"
refused_with 1 "-R of no defined container" "defined"
finish
