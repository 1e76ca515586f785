#!/bin/sh
# Shows that SIGKILL at each call that changes something, of a command, of what it starts, of keeper,
# monitor and worker, of one of them or of all, leaves what the next command puts right: the state is
# the kernel's, the command can be given again, and rm -f leaves nothing. STRIKE_POINTS is at how many
# calls of each row, spread over all of them. The numbers are those of the project's list of engine
# tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

trace=$(helper trace) || skip_all "no helper trace in $HELPERS"
points=${STRIKE_POINTS:-4}
[ -z "$TEST_FEW" ] || points=${STRIKE_POINTS:-1}
sleeper() { eng define "$ID-$1" --rootfs "$T/rootfs" -- sleep 1000; }
struck() { # struck ROLE N WHOM COMMAND...: rc, out, err, and $hit, what was struck
	run limited "$trace" strike "$T/hit" "$@"
	hit=$(cat "$T/hit")
}
ours() { # ours VERB...: as trace runs it
	set -- "$SCOW" --store "$store" "$@"
	struck "$s_role" "$s_at" "$s_whom" "$@"
}
# What inspect says is so: a process where there should be one. It answers, in any case.
agrees() {
	run eng inspect "$ID-$1"
	[ "$rc" = 0 ] || { matches "$err" "does not exist|read the monitor"; return; }
	a_pid=$(printf '%s' "$out" | field Pid) a_state=$(printf '%s' "$out" | field Status)
	case $a_state in
	created | running | paused) [ -d "/proc/$a_pid" ] || ! is_state "$1" "$a_state" ;;
	configured | exited | restarting | stopped | stopping) ;;
	*) return 1 ;;
	esac
}
# prepared VERB: the container as the verb wants to find it
prepared() {
	case $1 in
	define) ;;
	init | start | life) sleeper c ;;
	unpause) sleeper c && eng start "$ID-c" && eng pause "$ID-c" ;;
	*) sleeper c && eng start "$ID-c" ;;
	esac
}
given() { # given VERB: runs it, struck
	case $1 in
	define) ours define "$ID-c" --rootfs "$T/rootfs" -- sleep 1000 ;;
	kill) ours kill "$ID-c" KILL ;;
	stop | restart) ours "$1" -t 0 "$ID-c" ;;
	rm) ours rm -f -t 0 "$ID-c" ;;
	exec) ours exec -d "$ID-c" sleep 1000 ;;
	life)
		struck "$s_role" "$s_at" "$s_whom" sh -c 'set -e
			for verb in start pause unpause "restart -t 0" "stop -t 0"; do
				"$0" --store "$1" $verb "$2"
			done' "$SCOW" "$store" "$ID-c"
		;;
	*) ours "$1" "$ID-c" ;;
	esac
}
again() { # again VERB: given once more it succeeds, or has been done
	s_at=0
	given "$1"
	case $1:$err in
	define:*"already defined"* | rm:*"does not exist"* | init:*"it is "* | kill:*"not running"* | \
		kill:*"it is"* | pause:*"it is "* | unpause:*"it is "* | *pause:*"not running"*) ;;
	*) [ "$rc" = 0 ] ;;
	esac
}
# Each program that runs has a session, and the other way round.
paired() {
	p_sessions=$(eng exec-ls --json "$ID-c" | tr ',' '\n' | grep -c '"Status":"running"')
	[ "$(wc -l <"$CG/scow/$ID-c/cgroup.procs")" = $((p_sessions + 1)) ]
}
# What this run has left must not be in the way of the next one.
sweep_one() {
	echo 1 >"$CG/scow/$ID-c/cgroup.kill"
	sleep 0.2
	rmdir "$CG/scow/$ID-c"
	rm -rf "${STATE:?}/$ID-c" "${store:?}"/*
} 2>/dev/null
# grid VERB ROLE WHOM
grid() {
	s_role=$2 s_whom=$3 s_at=0 bad=
	prepared "$1" && given "$1"
	total=$(counted) || bad="a run that nobody strikes: $hit"
	eng rm -f -t 0 "$ID-c" 2>/dev/null
	step=$(((total + points - 1) / points)) at=$(first_point "$total")
	[ "$step" -gt 0 ] || step=1
	while [ "$at" -le "$total" ] && [ -z "$bad" ]; do
		s_at=$at
		prepared "$1" && given "$1"
		g_hit="$hit $rc $err"
		[ "$rc" = 137 ] || [ "$rc" = 0 ] || one_line "$err" || bad="$bad $at: $g_hit;"
		agrees c || bad="$bad $at: $g_hit, inspect: $rc $err $a_state;"
		[ "$1" != exec ] || soon paired || bad="$bad $at: $g_hit, sessions: $(eng exec-ls "$ID-c");"
		again "$1" || bad="$bad $at: $g_hit, again: $rc $err;"
		run eng rm -f -t 0 "$ID-c"
		{ [ "$rc" = 0 ] || matches "$err" "does not exist"; } && soon clean ||
			bad="$bad $at: $g_hit, rm -f: $rc $err $left;"
		[ -z "$bad" ] || sweep_one
		at=$((at + step))
	done
	is "$bad" "" "96 $1: $3 killed at each ${step}. of the $total calls of $2"
}

for verb in define init start restart stop kill pause unpause rm; do
	grid $verb command one
done
grid exec any one
grid exec any all
grid start any one
grid start any all
grid life any one
grid life any all
finish
