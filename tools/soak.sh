#!/bin/sh
# soak.sh ROUNDS VM_ROUNDS CPU...: the tests named by TESTS, ROUNDS times on the host, and VM_ROUNDS
# times in a virtual machine of each CPU (0: none). A flake is a bug, of the test or of what it tests.
#
# The TAP of what fails is kept in build/soak. SCOW and SCOW_CACHE as for check.sh.
set -u
cd "$(dirname "$0")/.." || exit 1
rounds=$1 vm_rounds=$2 kept=build/soak runs=0 failed=0
shift 2
rm -rf "$kept"
mkdir -p "$kept"

# counted NAME STATUS: a run and its verdict; its TAP is NAME
counted() {
	runs=$((runs + 1))
	[ "$2" = 0 ] && rm -f "$1" && return
	failed=$((failed + 1))
	echo "  SOAK  $1 failed: $(grep '^not ok' "$1" | head -n 3 | tr '\n' ' ')"
}

round=0
while [ $((round += 1)) -le "$rounds" ]; do
	for name in $TESTS; do
		tap=$kept/host-$name-$round.tap
		tools/isolate.sh sh "rootfs-tests/$name.t" > "$tap" 2>&1 < /dev/null
		counted "$tap" $?
	done
	echo "  SOAK  host: round $round of $rounds, $failed of $runs runs failed"
done
round=0
while [ $((round += 1)) -le "$vm_rounds" ]; do
	for cpu; do
		# shellcheck disable=SC2086 # words
		board/qemu/check.sh "$cpu" "${SCOW_CACHE:-build/cache}/vm" "$kept/$round" $TESTS > "$kept/log"
		for tap in "$kept/$round/vm-$cpu-"*.tap; do
			! grep -q '^not ok' "$tap"
			counted "$tap" $?
		done
	done
	echo "  SOAK  machines: round $round of $vm_rounds, $failed of $runs runs failed"
done
[ "$failed" = 0 ]
