#!/bin/sh
# Shows boot --once: by policy and in order, after a stop, a crash of everything and a wiped state
# directory, with broken definitions among good ones. The numbers are those of the project's list of
# engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

define() { define_words "$@"; }
states() { for s_name; do printf '%s ' "$(state "$s_name")"; done; }
written() { (cd "$store" && find . -type f | sort | xargs ls -lni --full-time); }
is_exited() { [ "$(state "$1")" = exited ]; }

define a --restart always 'sleep 1000'
define b --restart always --after "$ID-z" 'sleep 1000'
refused_with 125 "z is not there yet" "$ID-z"
define z --restart unless-stopped 'sleep 1000'
define b --restart always --after "$ID-z" 'sleep 1000'
define d --restart on-failure 'sleep 1000'
define e --restart unless-stopped 'sleep 1000'
define f --restart always /nosuch
define g --restart always --after "$ID-f" 'sleep 1000'
mkdir "$store/$ID-c" && echo '{"ociVersion":' >"$store/$ID-c/config.json"

run eng boot
refused_with 125 "boot alone" "--once"
run eng boot -n
is "$rc:$err" "1:" "boot -n tells of the broken one"
like "$(echo "$out" | tr "\n" " ")" "$ID-a: would be started.*$ID-z: would be started.*$ID-b: would be started" "in order"
is "$(echo "$out" | grep -c "^$ID-z")" 1 "each once"
like "$out" "^$ID-c: failed: definition of $ID-c: config.json" "the broken one"
like "$out" "^$ID-d: stays as it is: on-failure" "and of who stays down"
is "$(states a b d e z)" "configured configured configured configured configured " "boot -n starts nothing"

eng start "$ID-e"
before=$(written)
run eng boot --once
is "$rc:$err" "1:" "boot: one has failed"
is "$(states a b d e z)" "running running configured running running " "97 the others are up"
is "$(flat "$out" | tr -d '\n' | sed "s/$ID-//g")" \
	"$(flat "$(echo "a: started
z: started
b: started
$(echo "$out" | sed -n "s/^$ID-\(c: failed.*\)/\1/p")
e: running already
$(echo "$out" | sed -n "s/^$ID-\([fg]: failed.*\)/\1/p")" | sed "s/$ID-//g")" | tr -d '\n')" "97 in order, a line each"
like "$out" "^$ID-g: failed: $ID-g comes after $ID-f: .*/nosuch" "who comes after one that failed"
is "$(written)" "$before" "nothing was written to the store"
run eng boot --once
like "$(echo "$out" | tr "\n" " ")" "$ID-a: running already.*$ID-b: running already" "boot again starts nothing"
forget g f
rm -r "$store/$ID-c"

# a reboot: all processes are killed, the state directory is empty
reboot() {
	r_pids=
	for r_name in a b d e z; do
		eng inspect "$ID-$r_name" >"$T/inspect"
		for r_field in ConmonPid KeeperPid Pid; do
			r_pid=$(field $r_field <"$T/inspect")
			[ "$r_pid" -le 1 ] || r_pids="$r_pids $r_pid"
		done
	done
	# shellcheck disable=SC2086 # words
	kill -STOP $r_pids && kill -KILL $r_pids # at once: none sees another one die
	for r_name in a b d e z; do
		rm -rf "${STATE:?}/$ID-$r_name"
		[ ! -d "$CG/scow/$ID-$r_name" ] || soon rmdir "$CG/scow/$ID-$r_name"
	done 2>/dev/null
}
eng start "$ID-d"
eng stop -t 0 "$ID-e"
eng stop -t 0 "$ID-a"
reboot
is "$(states a b d e z)" "exited configured configured exited configured " "97 after a reboot: all configured or exited"
before=$(written)
run eng boot --once "$store"
is "$rc:$err" "0:" "97 boot of a directory"
is "$(states a b d e z)" "running running configured exited running " "47 97 always starts, unless-stopped does not"
is "$(written)" "$before" "97 nothing was written to the store"

# another boot, as the store has it: e was up when the power went, f had been killed by a user
eng stop -t 0 "$ID-e"
eng start "$ID-e"
define f --restart unless-stopped 'sleep 1000'
eng start "$ID-f"
eng kill "$ID-f" KILL
is_left() { [ "$(inspect "$1" KeeperPid)" = 0 ]; }
soon is_left f
reboot
rm -r "${STATE:?}/$ID-f"
sed -i 's/ .*/ 00000000-0000-0000-0000-000000000000/' "$store/$ID-e/desired"
is "$(inspect e Status) $(inspect e ExitCode) $(inspect e Reason)" "exited 137 power-loss" "97 its end was a power cut"
eng stop "$ID-e"
is "$(wanted e) $(inspect e Status) $(inspect e Reason)" "down exited power-loss" "97 stop does not forget it"
eng start "$ID-e"
run eng stop -t 0 "$ID-e"
like "$(cat "$store/$ID-e/desired")" '^down [0-9a-f-]{36}$' "98 stop keeps the boot in which it was up"
rm -r "$store/$ID-e/exit" "${STATE:?}/$ID-e" && sed -i 's/ .*/ 00000000-0000-0000-0000-000000000000/' "$store/$ID-e/desired"
is "$(inspect e Status) $(inspect e Reason)" "exited power-loss" "98 the power went in the midst of a stop"
sed -i 's/down/up/' "$store/$ID-e/desired"
like "$(inspect f Reason):$(cat "$store/$ID-f/desired")" '^killed:up ' "and of the other one a kill"
run eng boot --once
is "$(states e f)" "running exited " "47 unless-stopped starts the one"

# No power cut has taken what has never run.
define n /nosuch
run eng start "$ID-n"
eng stop "$ID-n"
rm -r "${STATE:?}/$ID-n"
sed -i 's/ .*/ 00000000-0000-0000-0000-000000000000/' "$store/$ID-n/desired"
is "$rc:$(wanted n):$(state n)" "127:down:configured" "98 a start that failed, a stop and a reboot"
forget b z a d e f n
finish
