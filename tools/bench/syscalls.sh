#!/bin/sh
# syscalls.sh [-v] [RUNTIME [VERB]]: every system call of one `run` of true, process by process.
#
# For each it prints how often it was made, how often it failed, and the first call as an example,
# in the order of first use: an invitation to ask of every line why it is there. With -v all calls
# are printed with their arguments instead, in order. RUNTIME is scow (default), floor, crun, runc
# ...; VERB is run (default), create, start, delete, exec, state, list or kill.
#
# Needs strace; SCOW, BENCH, CC and CFLAGS as in bench.sh.

. "${0%/*}/bundle.sh"

[ -n "${SCOW_ISOLATED-}" ] || enter_isolation "$@"

verbose=
[ "${1-}" != -v ] || { verbose=1 && shift; }
name=${1:-scow}
verb=${2:-run}

# quiet_rt ARG...: what has to happen before and after, unseen
quiet_rt() {
	$(rt "$name") "$@" </dev/null >/dev/null 2>$work/errors ||
		die "$name $1 fails: $(tail -n 2 $work/errors)"
}

prepare() {
	case $verb in
	start) quiet_rt create --bundle "$bundle" traced ;;
	delete | exec | state | list | kill)
		quiet_rt create --bundle "$bundle" traced
		quiet_rt start traced
		;;
	esac
	[ "$verb" != delete ] || sleep 0.2 # true ends
}

# the_command: its words
the_command() {
	case $name/$verb in
	floor/run) echo "$work/bin/floor $work/root /sys/fs/cgroup/bench-floor /bin/true" ;;
	floor/*) die "the floor program only runs" ;;
	*/run | */create) echo "$(rt "$name") $verb --bundle $bundle traced" ;;
	*/start | */delete | */state) echo "$(rt "$name") $verb traced" ;;
	*/exec) echo "$(rt "$name") exec traced /bin/true" ;;
	*/list) echo "$(rt "$name") list" ;;
	*/kill) echo "$(rt "$name") kill traced 0" ;;
	*) die "unknown verb $verb" ;;
	esac
}

# report FILE: one process of `strace -ff -ttt`; the number of the process is its suffix
report() {
	awk -v verbose="$verbose" -v pid="${1##*.}" '
	{ sub(/^[0-9.]+ /, "") }
	/^(---|\+\+\+)/ {
		remarks[++remark_count] = $0
		if (verbose) lines[++line_count] = $0
		next
	}
	{
		call = $0
		sub(/\(.*/, "", call)
		if (!(call in count)) {
			order[++call_count] = call
			example[call] = $0
		}
		count[call]++
		if (/ = -1 /) failed[call]++
		total++
		lines[++line_count] = $0
	}
	END {
		printf "\nprocess %s: %d calls, %d kinds\n", pid, total, call_count
		for (i = 1; verbose && i <= line_count; i++)
			print "  " lines[i]
		for (i = 1; !verbose && i <= call_count; i++) {
			call = order[i]
			printf "  %4d %-20s %-10s %s\n", count[call], call, \
				call in failed ? failed[call] " failed" : "", \
				substr(example[call], length(call) + 1, 90)
		}
		for (i = 1; !verbose && i <= remark_count; i++)
			print "       " remarks[i]
	}' "$1"
}

command -v strace >/dev/null || die "needs strace: apt-get install strace"
make_work
link_runtime "$name" || die "there is no $name here"
case $verb in
exec | state | list | kill) set -- /bin/sleep 1000 ;;
*) set -- /bin/true ;;
esac
make_bundle traced bench-traced "" "$@"
[ "$name" = floor ] || prepare

mkdir $work/trace
# shellcheck disable=SC2046 # words
strace -ff -ttt -s 64 -o $work/trace/t $(the_command) </dev/null >/dev/null 2>$work/errors
rc=$?
[ "$name" = floor ] || $(rt "$name") delete --force traced >/dev/null 2>&1

echo "# $name $verb: exit code $rc; processes and threads in the order of their birth"
[ $rc = 0 ] || cat $work/errors
awk 'FNR == 1 { print $1, FILENAME }' $work/trace/t.* | sort -n | while read -r _ file; do
	report "$file"
done
printf '\n%d calls in all\n' "$(cat $work/trace/t.* | grep -Evc '^[0-9.]+ (---|\+\+\+)')"
exit $rc
