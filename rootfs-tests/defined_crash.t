#!/bin/sh
# Shows that SIGKILL at any moment, of a command, the keeper, the monitor, a worker or all of them,
# leaves nothing that the next command does not put right, and that many commands at once come to
# one end. The numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

wiped() { # wiped NAME: rm -f, and nothing is left
	run eng rm -f -t 0 "$ID-$1"
	[ "$rc" = 0 ] || matches "$err" "does not exist" || return 1
	soon clean
}
# struck DELAY ARG...: starts the command and kills it after the delay
struck() {
	s_delay=$1
	shift
	"$SCOW" --store "$store" "$@" </dev/null >/dev/null 2>&1 &
	s_pid=$!
	[ "$s_delay" = 0 ] || sleep "$s_delay"
	kill -KILL "$s_pid" 2>/dev/null
	wait "$s_pid" 2>/dev/null
}
delays="0.002 0.006 0.012 0.03"
[ -z "$TEST_FEW" ] || delays="0.02 0.08"
delays=${KILL_DELAYS:-$delays}

# commands
for verb in define init start restart stop "rm -f" wait; do
	bad=
	for delay in $delays; do
		case $verb in
		define) struck "$delay" define "$ID-c" --rootfs "$T/rootfs" -- sleep 1000 ;;
		init | start)
			eng define "$ID-c" --rootfs "$T/rootfs" -- sleep 1000
			struck "$delay" "$verb" "$ID-c"
			;;
		restart | stop | "rm -f" | wait)
			eng define "$ID-c" --rootfs "$T/rootfs" -- sleep 1000
			eng start "$ID-c"
			case $verb in wait) options='' ;; *) options='-t 0' ;; esac
			# shellcheck disable=SC2086 # words
			struck "$delay" $verb $options "$ID-c"
			;;
		esac
		wiped c || bad="$bad $delay: $rc $err $left"
	done
	is "$bad" "" "96 $verb killed after ${delays##* } s and less: rm -f leaves nothing"
done

# keeper, monitor, both, at points of a start, a run and a stop
for victim in keeper monitor both worker; do
	bad=
	for delay in $delays; do
		define v --restart always 'sleep 1000'
		"$SCOW" --store "$store" start "$ID-v" >/dev/null 2>&1 &
		starter=$!
		[ "$delay" = 0 ] || sleep "$delay"
		case $victim in both) words="keeper monitor" ;; *) words=$victim ;; esac
		for word in $words; do
			for dir in /proc/[0-9]*; do
				read -r line <"$dir/cmdline" # without the NULs
				case $line in
				"scow$word$ID-v"*) kill -KILL "${dir##*/}" ;;
				esac
			done
		done 2>/dev/null
		n=0
		while kill -0 "$starter" 2>/dev/null && [ $n -lt $((300 * TEST_SLOW)) ]; do
			n=$((n + 1))
			sleep 0.05
		done
		kill -KILL "$starter" 2>/dev/null && bad="$bad $delay: start hangs"
		wait "$starter" 2>/dev/null
		case $victim in
		monitor) [ "$delay" = 0 ] || becomes v running || bad="$bad $delay: $(state v)" ;;
		esac
		wiped v || bad="$bad $delay: $rc $err $left"
	done
	is "$bad" "" "96 $victim killed after ${delays##* } s and less: rm -f leaves nothing"
done

# many at once
define x 'sleep 1000'
mkdir "$T/many"
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	for verb in "start" "stop -t 0" "restart -t 0" "rm -f -t 0" "inspect" "kill" "wait" "define"; do
		[ $((i % 4)) = 0 ] || [ "$verb" != "rm -f -t 0" ] || continue
		[ -z "$TEST_FEW" ] || [ $i -le 4 ] || continue
		case $verb in
		define) set -- define "$ID-x" --rootfs "$T/rootfs" -- sleep 1000 ;;
		wait) set -- wait --condition created --timeout 2 "$ID-x" ;;
		*) set -- $verb "$ID-x" ;;
		esac
		(eng "$@" >/dev/null 2>"$T/many/$1-$i" || echo "rc $?" >>"$T/many/$1-$i") &
	done
done
wait
is "$(grep -l 'rc 137' "$T/many"/*)" "" "101 everything at once: nothing hangs"
odd=$(cat "$T/many"/* | grep -Ev '^rc (1|2|124|125)$|does not exist|has been removed|already defined|not running|cannot kill|is over|cannot remove|what is wanted of|not a defined container|read the monitor|No such process')
is "$odd" "" "101 and nothing fails but for what another one did"
pid=$(inspect x Pid)
case $(state x) in
running) ok "101 running, with a process" test -d "/proc/$pid" ;;
"") nok "101 removed: no directory" test -e "$store/$ID-x" ;;
*) is "${pid:-0}" 0 "101 not running, without a process" ;;
esac
ok "101 rm -f leaves nothing" wiped x

i=0 count=20
[ -z "$TEST_FEW" ] || count=4
while [ $i -lt $count ]; do
	i=$((i + 1))
	(eng define "$ID-p$i" --rootfs "$T/rootfs" -- sleep 1000 && eng start "$ID-p$i" && eng rm -f -t 0 "$ID-p$i") 2>>"$T/parallel" ||
		echo "p$i failed" >>"$T/parallel" &
done
wait
is "$(cat "$T/parallel" 2>/dev/null)" "" "101 $count containers, each defined, started and removed beside the others"
ok "101 nothing is left of them" soon clean
finish
