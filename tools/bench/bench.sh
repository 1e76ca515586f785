#!/bin/sh
# bench.sh: what a container costs with scow, with its peers, and with the kernel alone ("floor").
#
# Everybody gets the same bundles (bundle.sh) and takes turns, in an order shuffled for each round;
# a table for each verb goes to stdout as plain text. Who cannot do something is left out of that
# table, in a loud line.
#
#   SCOW=PATH      the binary to test (default: build/ARCH/scow)
#   ROUNDS=N       how often everybody does everything (default 200)
#   PEERS="A B"    who else is measured (default "crun runc")
#   CRUN=PATH      another crun beside the one in $PATH, a static one perhaps
#   PROFILE=FILE   podman's seccomp profile (default: where its package puts it)
#   BENCH=DIR      where the two C programs are, or are put when they are not there
#   CC, CFLAGS     what makes them then (default: musl-gcc)
#
# The exit code is 1 when scow is missing or could not do something, else 0.

. "${0%/*}/bundle.sh"
. "${0%/*}/engine.sh"

ROUNDS=${ROUNDS:-200}
[ -n "${SCOW_ISOLATED-}" ] || enter_isolation "$@"
[ -z "${CRUN-}" ] || PEERS="$PEERS crun-other"

WARMUPS=5
cpu=$(uname -m)
result=0

note() {
	echo "# $*"
}

# skip NAME REASON: a gap in the tables must catch the eye
skip() {
	echo "SKIPPED: $1: $2"
	[ "$1" != scow ] || result=1
}

# real-time priority keeps the rest of the machine out of the numbers
choose_priority() {
	if chrt -r 1 true 2>/dev/null; then
		quiet="chrt -r 1"
		note "All run under SCHED_RR."
	else
		quiet=
		note "SCHED_RR is not allowed here: expect more noise."
	fi
}

choose_runtimes() {
	runtimes=
	for name in scow scow-squashfs $PEERS; do
		if link_runtime "$name"; then
			runtimes="$runtimes $name"
			note "$name: $($work/bin/"$name" --version | head -n 1)"
		elif [ "$name" = scow ]; then
			skip scow "there is no binary $SCOW: run make first"
		elif [ "$name" = scow-squashfs ]; then
			skip $name "needs squashfs-tools, loop devices and squashfs"
		else
			skip "$name" "not found: apt-get install $name"
		fi
	done
	link_runtime floor || die "the floor program is missing"
}

describe() {
	note "Linux $(uname -r) $cpu, $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg)."
	choose_priority
	note "$ROUNDS rounds after $WARMUPS of warm-up; everybody does each thing once a round, in"
	note "an order that is shuffled every time. Milliseconds of wall time, from spawn to exit."
	note "MAD: median distance from the median. /NAME: divided by NAME's median, so that"
	note "below 1 is faster."
	note "The same root (busybox), mounts, masks, capabilities and namespaces for all, and no"
	note "linux.resources: Debian's crun dies in setrlimit(RLIMIT_MEMLOCK) at its device rules"
	note "where CAP_SYS_RESOURCE is missing, so nobody gets any."
	choose_runtimes
}

# ---- plans for measure.c: one function a verb, which prints the steps of runtime $1 ----

plan_run() {
	if [ "${1%-again}" = floor ]; then
		echo "$1 run $work/bin/floor $work/root /sys/fs/cgroup/bench-floor /bin/true"
	else
		echo "$1 run $(rt "$1") run --bundle $work/bundle/$1-true run-@"
	fi
}

plan_profile() {
	[ "$1" = floor ] && plan_run floor && return
	echo "$1 run $(rt "$1") run --bundle $work/bundle/$1-profile profile-@"
}

plan_life() {
	echo "$1 create $(rt "$1") create --bundle $work/bundle/$1-true life-@"
	echo "$1 start $(rt "$1") start life-@"
	echo "$1 wait"
	echo "$1 delete $(rt "$1") delete life-@"
}

plan_exec() {
	echo "$1 exec $(rt "$1") exec idle /bin/true"
}

plan_state() {
	echo "$1 state $(rt "$1") state idle"
}

plan_list() {
	echo "$1 list $(rt "$1") list"
}

plan_kill() {
	echo "$1 kill $(rt "$1") kill idle 0"
}

# ---- tables ----

# forget NAME ID: what a failure may have left
forget() {
	[ "$1" = floor ] || $(rt "$1") delete --force "$2" >/dev/null 2>&1
}

# make_plan VERB NAME...: $work/plan, without those who fail when tried once
make_plan() {
	verb=$1
	shift
	: >$work/plan
	for name; do
		plan_$verb "$name" >$work/plan.one
		if "$build/measure" -n 1 -w 0 $work/plan.one >/dev/null 2>$work/errors; then
			cat $work/plan.one >>$work/plan
		else
			skip "$name" "$verb fails: $(tail -n 2 $work/errors | tr '\n' ' ')"
			forget "$name" "$verb-0"
		fi
	done
	[ -s $work/plan ]
}

# table TITLE < lines of measure: a block for each step, in the order of the plan
table() {
	awk -v title="$1" -v columns="${columns:-floor $PEERS}" '
	{
		if (!($2 in seen)) { seen[$2]; steps[++step_count] = $2 }
		rows[$2] = rows[$2] " " $1
		median[$2, $1] = $3; min[$2, $1] = $4; p90[$2, $1] = $5; mad[$2, $1] = $6
	}
	function ratio(step, who, other) {
		if (!((step, other) in median) || median[step, other] == 0)
			return "-"
		return sprintf("%.2f", median[step, who] / median[step, other])
	}
	END {
		column_count = split(columns, column, " ")
		for (s = 1; s <= step_count; s++) {
			step = steps[s]
			printf "\n%-30s %8s %8s %8s %7s", title (step_count > 1 ? ": " step : ""), \
				"median", "min", "p90", "MAD"
			for (c = 1; c <= column_count; c++)
				printf " %7s", "/" column[c]
			print ""
			row_count = split(rows[step], row, " ")
			for (r = 1; r <= row_count; r++) {
				who = row[r]
				if (who == "floor-again") continue
				printf "  %-28s %8.3f %8.3f %8.3f %7.3f", who, median[step, who], \
					min[step, who], p90[step, who], mad[step, who]
				for (c = 1; c <= column_count; c++)
					printf " %7s", ratio(step, who, column[c])
				print ""
			}
			if ((step, "floor-again") in median)
				printf "  noise: the floor measured twice, as two: /floor %s\n", \
					ratio(step, "floor-again", "floor")
		}
	}'
}

# measure_table TITLE VERB NAME...
measure_table() {
	title=$1
	shift
	make_plan "$@" || return
	if $quiet "$build/measure" -n "$ROUNDS" -w $WARMUPS $work/plan >$work/times; then
		table "$title" <$work/times
	else
		echo "FAILED: $title"
		result=1
	fi
}

# ---- seccomp ----

find_profile() {
	for profile in "${PROFILE-}" /usr/share/containers/seccomp.json \
		/etc/containers/seccomp.json; do
		[ -z "$profile" ] || [ ! -r "$profile" ] || return 0
	done
	return 1
}

# make_profile_bundles: fails with its reason in $why
make_profile_bundles() {
	why="no profile found: set PROFILE, or apt-get install golang-github-containers-common"
	find_profile || return
	why="needs jq: apt-get install jq"
	command -v jq >/dev/null || return
	why="no name of $cpu in seccomp is known to this script"
	case $cpu in
	x86_64) native=SCMP_ARCH_X86_64 arch=amd64 ;;
	aarch64) native=SCMP_ARCH_AARCH64 arch=arm64 ;;
	armv7*) native=SCMP_ARCH_ARM arch=arm ;;
	*) return 1 ;;
	esac
	why="cannot translate $profile"
	bundled=$(jq -c .process.capabilities.bounding "$work/bundle/any/config.json") || return
	jq --arg native $native --arg arch $arch --argjson caps "$bundled" \
		-f "$here/profile.jq" "$profile" >$work/profile || return
	for name in $runtimes; do
		make_bundle "$name-profile" "bench-$name" $work/profile /bin/true
	done
}

bench_profile() {
	if make_profile_bundles; then
		echo
		names=$(jq '[.syscalls[].names[]] | unique | length' $work/profile)
		cpus=$(jq -r '.architectures | join(", ")' $work/profile)
		note "Now with podman's default seccomp profile: $names names for $cpus."
		note "The floor has no filter."
		measure_table "run true, seccomp profile" profile floor $runtimes
	else
		echo
		skip "run with podman's seccomp profile" "$why"
	fi
}

# ---- a container that stays, for exec, state, list and kill ----

start_idle() {
	for name in $runtimes; do
		if $(rt "$name") create --bundle "$work/bundle/$name-idle" idle &&
			$(rt "$name") start idle; then
			idle="$idle $name"
		else
			skip "$name" "create and start fail"
			forget "$name" idle
		fi </dev/null 2>&1
	done
}

stop_idle() {
	for name in $idle; do
		$(rt "$name") delete --force idle || skip "$name" "delete --force fails"
	done
	idle=
}

# ---- system calls and memory: rows of "NAME VALUE..." that one awk lines up ----

# A whole tree: the runtime, its helpers, and busybox true itself.
count_calls() {
	plan_run "$1" | sed 's/@/traced/; s/^[^ ]* [^ ]* //' >$work/command
	# shellcheck disable=SC2046 # words
	strace -f -c -o $work/strace $(cat $work/command) </dev/null >/dev/null 2>&1 || return
	awk '$NF == "total" { print $4 }' $work/strace
}

# Of a copy in memory: from a disk's file system a kernel since 6.18 maps as much at one touch as the
# file's history has put into one folio, which may be all of it.
peak() {
	make_plan "$1" "$2" >/dev/null || return
	mkdir -p $work/copy && cp -L "$work/bin/$2" $work/copy/ || return
	sed -i "s| $work/bin/| $work/copy/|" $work/plan
	"$build/measure" -m -n 5 -w 1 $work/plan | awk -v step="$3" '$2 == step { print $3 }'
}

# waiting NAME FIELD: of smaps_rollup of an init between create and start
waiting() {
	pid=$(cat $work/waiting.pid 2>/dev/null)
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null
}

costs_of() {
	printf '%s' "$1 $(value count_calls "$1") $(value peak run "$1" run)"
	if [ "$1" = floor ]; then
		echo " - - - - -"
		return
	fi
	printf '%s' " $(value peak life "$1" create) $(value peak exec "$1" exec)"
	printf '%s' " $(value peak state "$1" state)"
	$(rt "$1") create --bundle "$work/bundle/$1-true" --pid-file $work/waiting.pid waiting \
		</dev/null >/dev/null 2>&1
	echo " $(value waiting "$1" Rss) $(value waiting "$1" Private_Dirty)"
	forget "$1" waiting
	rm -f $work/waiting.pid
}

# value COMMAND...: its output, or a dash
value() {
	output=$("$@" 2>/dev/null)
	echo "${output:--}"
}

bench_costs() {
	echo
	command -v strace >/dev/null || skip "system calls" "needs strace: apt-get install strace"
	note "calls: system calls of a whole run, all processes, program included (strace -f -c)."
	note "peak: KB of memory of the runtime's own process (VmHWM at each system call and exit), run from a tmpfs."
	note "waiting: KB of the container's init between create and start (smaps_rollup)."
	{
		echo "costs calls run create exec state waiting:RSS waiting:dirty"
		for name in floor $idle; do costs_of "$name"; done
	} | awk '{ printf NR == 1 ? "%-12s" : "  %-10s", $1
		printf " %7s", $2
		for (i = 3; i <= NF; i++) printf " %13s", (NR == 1 && i < 7 ? "peak:" : "") $i
		print "" }'
}

# ---- all of it ----

make_work
make_bundle any bench-any "" /bin/true
describe
for name in $runtimes; do
	make_bundle "$name-true" "bench-$name" "" /bin/true
	make_bundle "$name-idle" "bench-$name-idle" "" /bin/sleep 1000
done
idle=
trap stop_idle EXIT

measure_table "run true" run floor $runtimes floor-again
measure_table "life of true" life $runtimes
start_idle
measure_table "exec true" exec $idle
measure_table "state" state $idle
measure_table "list" list $idle
measure_table "kill 0" kill $idle
bench_profile
bench_costs
stop_idle
bench_engine
bench_instructions
exit $result
