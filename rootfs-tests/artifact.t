#!/bin/sh
# Shows artifacts: small files kept with a defined container, old or new whole, gone with it. The
# numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

define a 'sleep 1000'
printf 'one\0two\n' >"$T/in"
run_in "$T/in" eng artifact add "$ID-a" key.1
is "$rc:$out:$err" "0::" "92 add"
eng artifact get "$ID-a" key.1 >"$T/back"
ok "92 get: the same bytes" cmp "$T/in" "$T/back"
is "$(stat -c %a "$store/$ID-a/artifacts/key.1")" 600 "for root alone"
run eng artifact add "$ID-a" other "$T/in"
is "$rc" 0 "of a file"
is "$(eng artifact ls "$ID-a" | tr '\n' ' ')" "key.1 other " "92 ls"
for key in ../x . .. '' a/b .hidden "$(printf '%0129d' 0)" 'a b'; do
	run_in "$T/in" eng artifact add "$ID-a" "$key"
	refused_with 125 "92 no key: \"$key\"" "is no key"
done
run eng artifact get "$ID-a" nosuch
refused_with 1 "92 get of none" 'no artifact "nosuch"'
run eng artifact rm "$ID-a" nosuch
refused_with 1 "92 rm of none" 'no artifact "nosuch"'
run eng artifact get "$ID-nosuch" key.1
refused_with 125 "no such container" "does not exist"
run eng artifact list "$ID-a"
refused_with 125 "no such action" '"list" is not'
run eng artifact get "$ID-a"
refused_with 125 "without a key" "KEY is missing"
run eng artifact ls "$ID-a" x
refused_with 125 "with one" "too many"
head -c 1048577 /dev/zero >"$T/big"
run eng artifact add "$ID-a" big "$T/big"
refused_with 125 "92 one that is too big" "$T/big"
head -c 1048576 /dev/zero >"$T/big"
run eng artifact add "$ID-a" big "$T/big"
is "$rc" 0 "92 one that is not"
ln -s /etc/passwd "$store/$ID-a/artifacts/link"
run eng artifact get "$ID-a" link
is "$rc:$out" "125:" "a link leads nowhere"
rm "$store/$ID-a/artifacts/link"
eng start "$ID-a"
eng restart -t 0 "$ID-a"
is "$(eng artifact ls "$ID-a" | wc -l | tr -d ' ')" 3 "kept across restarts"
run eng artifact rm "$ID-a" other
is "$rc:$(eng artifact ls "$ID-a" | tr '\n' ' ')" "0:big key.1 " "92 rm"

# kill -9 at each call that changes something: the old or the new one
trace=$(helper trace) || {
	skip 4 "no helper trace in $HELPERS"
	eng rm -f -t 0 "$ID-a"
	finish
}
head -c 200000 /dev/zero | tr '\0' o >"$T/old"
head -c 200000 /dev/zero | tr '\0' n >"$T/new"
dir=$store/$ID-a/artifacts
struck() { # struck N WORD...: artifact WORD..., killed there
	s_at=$1 s_verb=$2
	shift 2
	run limited "$trace" strike "$T/hit" command "$s_at" one \
		"$SCOW" --store "$store" artifact "$s_verb" "$ID-a" "$@"
}
holds() { cmp -s "$dir/key" "$1"; }
# grid NAME WORD...: artifact WORD..., behind prepare; afterwards check
grid() {
	g_name=$1
	shift
	prepare
	struck 0 "$@"
	total=$(sed -n 's/^calls //p' "$T/hit") at=1 bad=
	step=$(((total + points - 1) / points))
	while [ "$at" -le "$total" ]; do
		prepare
		struck "$at" "$@"
		[ "$rc" = 137 ] && check || bad="$bad $at: $(cat "$T/hit") $rc $err;"
		eng artifact add "$ID-a" other "$T/in"
		[ "$(ls -A "$dir" | grep -c '^[.]')" = 0 ] || bad="$bad $at: $(ls -A "$dir");"
		at=$((at + step))
	done
	is "$bad" "" "92 98 $g_name: killed at each ${step}. of $total calls"
}
points=${STRIKE_POINTS:-1000}
[ -z "$TEST_FEW" ] || points=${STRIKE_POINTS:-4}
prepare() { eng artifact add "$ID-a" key "$T/old"; }
check() { holds "$T/old" || holds "$T/new"; }
grid "another value" add key "$T/new"
check() { holds "$T/old" || [ ! -e "$dir/key" ]; }
grid rm rm key
prepare() { rm -rf "$dir"; }
check() { [ ! -e "$dir/key" ] || holds "$T/new"; }
grid "the first artifact" add key "$T/new"
eng artifact add "$ID-a" key "$T/new"
is "$(eng artifact ls "$ID-a" | tr '\n' ' ')" "key other " "and nothing half made is listed"
forget a
nok "removed with the container" test -e "$store/$ID-a"
finish
