#!/bin/sh
# scale.sh: what a container costs when there are many, when many are made at once, and on a host
# with many mounts.
#
#   SCOW, PEERS, BENCH, CC, CFLAGS   as in bench.sh; peers: only the first that is there
#   COUNTS="1 10 100 1000"           containers that exist at once
#   MOUNTS=5000                      mounts of the host
#
# Milliseconds of wall time, medians. The exit code is 1 when something failed, else 0.

. "${0%/*}/bundle.sh"

COUNTS=${COUNTS:-1 10 100 1000}
MOUNTS=${MOUNTS:-5000}
AT_ONCE=16
[ -n "${SCOW_ISOLATED-}" ] || enter_isolation "$@"
result=0

# steps ROUNDS LINE...: median milliseconds of each line's step, one a line
steps() {
	rounds=$1
	shift
	printf '%s\n' "$@" >$work/plan
	$quiet "$build/measure" -n "$rounds" -w 0 $work/plan >$work/times || {
		echo "FAILED: $*" >&2
		result=1
	}
	awk '$2 != "sum" { print $3 }' $work/times
}

# room_for N: half a megabyte of kernel memory for each, and as much again
room_for() {
	awk -v n="$1" '$1 == "MemAvailable:" { exit !($2 > n * 1024) }' /proc/meminfo
}

many() {
	printf '\n%-12s %10s %10s %10s %12s %10s\n' "$1" containers create list "list/each" delete
	for n in $COUNTS; do
		room_for "$n" || { echo "SKIPPED: $n containers: too little memory" && continue; }
		create=$(steps "$n" "$1 create $(rt "$1") create --bundle $work/bundle/$1 scale-@")
		list=$(steps 10 "$1 list $(rt "$1") list")
		delete=$(steps "$n" "$1 delete $(rt "$1") delete --force scale-@")
		printf '%-12s %10d %10.3f %10.3f %12.4f %10.3f\n' "" "$n" "$create" "$list" \
			"$(awk "BEGIN { print $list / $n }")" "$delete"
	done
}

now() {
	date +%s%N
}

# at_once NAME: one after the other, then all together
at_once() {
	start=$(now)
	for i in $(seq $AT_ONCE); do
		$(rt "$1") create --bundle "$work/bundle/$1" "one-$i" </dev/null >/dev/null || result=1
	done
	middle=$(now)
	for i in $(seq $AT_ONCE); do
		$(rt "$1") create --bundle "$work/bundle/$1" "all-$i" </dev/null >/dev/null &
	done
	wait
	end=$(now)
	for i in $(seq $AT_ONCE); do
		$(rt "$1") delete --force "one-$i" && $(rt "$1") delete --force "all-$i" || result=1
	done
	awk -v who="$1" -v n=$AT_ONCE -v a=$((middle - start)) -v b=$((end - middle)) 'BEGIN {
		printf "%-12s %d creates: %.1f ms one by one, %.1f ms at once (%.2f times as fast)\n",
			who, n, a / 1e6, b / 1e6, a / b }'
}

# mounts_of_host N: binds of one directory, in this mount namespace only
mounts_of_host() {
	mkdir $work/from $work/mounts
	mount -t tmpfs mounts $work/mounts
	for i in $(seq "$1"); do
		mkdir "$work/mounts/$i" && mount --bind $work/from "$work/mounts/$i" || exit 2
	done
}

run_beside() {
	set -- "floor run $work/bin/floor $work/root /sys/fs/cgroup/bench-floor /bin/true"
	for name in $runtimes; do
		set -- "$@" "$name run $(rt "$name") run --bundle $work/bundle/$name-true run-@"
	done
	steps 50 "$@" >/dev/null
	awk -v mounts="$(wc -l </proc/self/mounts)" '$1 == "floor" { floor = $3 }
		{ who[NR] = $1; ms[NR] = $3 }
		END { for (i = 1; i <= NR; i++)
			printf "%-12s %6d mounts %10.3f %8.2f\n", who[i], mounts, ms[i], ms[i] / floor }' \
		$work/times
}

quiet=
! chrt -r 1 true 2>/dev/null || quiet="chrt -r 1" # as in bench.sh
make_work
link_runtime scow || die "there is no binary $SCOW: run make first"
link_runtime floor || die "the floor program is missing"
runtimes=scow
for name in $PEERS; do
	link_runtime "$name" && runtimes="$runtimes $name" && break
done
echo "# Linux $(uname -r) $(uname -m), $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
for name in $runtimes; do
	echo "# $name: $($work/bin/"$name" --version | head -n 1)"
	make_bundle "$name" "" "" /bin/true
	# each in a cgroup of its own, which the runtime names
	sed -i '/"cgroupsPath"/d' "$work/bundle/$name/config.json"
	make_bundle "$name-true" "bench-$name" "" /bin/true
done
for name in $runtimes; do many "$name"; done
echo
for name in $runtimes; do at_once "$name"; done
printf '\n%-12s %6s %17s %8s\n' "run true" "" ms /floor
run_beside
mounts_of_host "$MOUNTS"
run_beside
exit $result
