#!/bin/sh
# check.sh unit|vm|old|all CPU...
#
#   unit   unit tests and a smoke run of each CPU's binary, as TAP in build/results
#   vm     rootfs-tests in a virtual machine of each CPU, all at once, as TAP in build/results;
#          TESTS names some of them, SCOW_CACHE is where downloads are kept
#   old    rootfs-tests/*.t as on Linux 5.10 (helpers/old_kernel.c)
#   all    unit and vm (not when CHECK_VM is not 1), then one prove call over their results and
#          rootfs-tests/*.t, with old beside it, since both mostly wait; what old says and the seconds of
#          each part and what failed in the machines come in front of its summary
#
# SCOW names the binary that rootfs-tests take. Foreign CPUs run under qemu-user.
# CHECK_BEGIN is when the build began, in seconds since 1970. Under CI (the variable is not empty) a
# machine that cannot be had is a failure. What is tested must have been built.
set -eu
cd "$(dirname "$0")/.."
what=$1
shift
results=build/results
seconds=$results/seconds # "PART SECONDS" lines

die() { echo "check.sh: $*" >&2; exit 1; }

# record FILE CMD...: the TAP of CMD. A status that the TAP does not explain breaks its plan.
record() {
	file=$results/$1
	shift
	echo "  TEST  $file"
	"$@" > "$file" < /dev/null && return 0
	status=$?
	grep -q '^not ok' "$file" || echo "not ok - exit status $status of $*" >> "$file"
}

# emulator CPU: what runs the CPU's programs here; empty for this machine's own.
emulator() {
	case $(uname -m) in "$1" | "${1%7}"7?) return 0 ;; esac
	case $1 in armv7) set -- arm ;; esac
	command -v "qemu-$1-static" || command -v "qemu-$1" ||
		die "no qemu-$1-static here: run 'make setup' as root"
}

# machines CPU...: what fails is in the TAP files. One more than there are cores, since a machine often
# waits: for a deadline, or in armv7's io test for the sixth minute after boot.
machines() {
	jobs=$(($(nproc) + 1))
	[ "$jobs" -le 3 ] || jobs=3
	printf '%s\n' "$@" | sort -r | xargs -P "$jobs" -I CPU sh -c '"$@" || true' sh \
		board/qemu/check.sh CPU "${SCOW_CACHE:-build/cache}/vm" "$results" ${TESTS-}
}

old() {
	echo "  TEST  as on Linux 5.10"
	exec tools/isolate.sh "${SCOW%/*}/helpers/old_kernel" prove --timer rootfs-tests/*.t
}

# old_beside: old in the background, and a test that waits for its verdict. Ended, it ends the list.
old_beside() {
	(
		trap 'kill "$list"' TERM
		(old) > "$results/old.log" 2>&1 < /dev/null &
		list=$!
		wait "$list" && verdict=ok || verdict="not ok"
		printf '%s 1 - rootfs-tests as on Linux 5.10, see below\n1..1\n' "$verdict" > "$results/old.new"
		mv "$results/old.new" "$results/old.verdict"
	) &
	beside=$!
	trap 'kill "$beside" 2> /dev/null || true' EXIT
	trap 'exit 130' INT TERM HUP
	cat > "$results/old.t" <<-END
		#!/bin/sh
		n=0
		until [ -e $results/old.verdict ] || [ \$n -ge 1800 ]; do n=\$((n + 1)) && sleep 1; done
		cat $results/old.verdict
	END
	chmod 755 "$results/old.t"
}

if [ "$what" = old ]; then
	old
	exit
fi

# passed PART: it took the time from $since until now
since=${CHECK_BEGIN:-$(date +%s)}
passed() {
	now=$(date +%s)
	echo "$1: $((now - since)) s" >> "$seconds"
	since=$now
}

# faults: what failed in the machines, and the first words on why
faults() {
	awk '/^not ok/ { print FILENAME ": " $0; more = 8; next }
	/^#/ && more-- > 0 { print substr($0, 1, 300); next }
	{ more = 0 }' "$results"/*.tap
}

# before_summary: stdin, with the seconds and faults in front of what prove says when all has run
before_summary() {
	while IFS= read -r line; do
		case $line in
		"Test Summary Report" | "All tests successful"* | Files=*)
			[ -z "$since" ] || {
				passed "tests on the host, and as on Linux 5.10"
				echo
				cat "$results/old.log" "$seconds"
				faults
				echo
			}
			since=
			;;
		esac
		printf '%s\n' "$line"
	done
}

rm -rf "$results"
mkdir -p "$results"
passed "set-up and build"
if [ "$what" = vm ]; then
	machines "$@"
	exec prove "$results"/*.tap
fi
for cpu; do
	emu=$(emulator "$cpu")
	{
		record "unit-$cpu.tap" $emu "build/$cpu/scow-unit"
		record "smoke-$cpu.tap" tools/smoke.sh "$cpu" "build/$cpu/scow" $emu
	} &
done
wait
[ "$what" = all ] || exec prove "$results"/*.tap
passed "unit tests and smoke runs"

if [ "${CHECK_VM:-1}" = 1 ]; then
	machines "$@"
	passed "tests in machines, all together"
else
	why="CHECK_VM=$CHECK_VM: no test ran in a machine of $(echo "$*" | sed 's/ /, /g')"
	echo "1..0 # SKIP $why" > "$results/vm.tap"
	printf '\n*** check-vm is SKIPPED, %s ***\n\n' "$why"
fi
export TEST_SLOW="${TEST_SLOW:-2}" # two lists at once
old_beside
{
	tools/isolate.sh prove --timer "$results"/*.tap rootfs-tests/*.t "$results/old.t" && status=0 || status=$?
	echo "$status" > "$results/status"
} | before_summary
exit "$(cat "$results/status")"
