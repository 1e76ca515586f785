#!/bin/sh
# power.sh CPU BASE DIR CUTS: the power of a machine is cut, again and again. Prints TAP. BASE and DIR
# as boot.sh has them.
#
#   boot, one disk for all --> power_guest.sh: what is there? then steps, each told
#     ^                            |
#     +--- kill -9 of qemu <-------+ somewhere in the N-th step          the last boot only looks
#
# With qemu goes the machine's page cache: what is left is what was written to the disk by then. The
# disk is ext4, mounted so that nothing is written which nobody has asked for.
set -u
here=$(cd "${0%/*}" && pwd)
PATH=$PATH:/usr/sbin:/sbin
cpu=$1 base=$2 cuts=$4
work=$(mktemp -d "${TMPDIR:-/tmp}/vm-power.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
over=$work/over
mkdir -p "$over/usr/bin"
cp "$3/scow/build/$cpu/scow" "$over/usr/bin/scow"
cp "$here/power_guest.sh" "$over/"
truncate -s 32M "$work/disk" && mke2fs -q -t ext4 "$work/disk" || exit 1

below() { # below N: a random number
	echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}

# follow STEPS MS: stdin goes into the log; MS behind the begin of that step the power is cut
follow() {
	left=$1
	while IFS= read -r line; do
		echo "$line" >> "$work/log"
		case $line in begin*) left=$((left - 1)) ;; *) continue ;; esac
		[ "$left" = 0 ] || continue
		sleep "$(printf '0.%03d' "$2")"
		kill -KILL "$(cat "$work/pid")"
		at="$2 ms into: ${line#begin }"
	done
	echo "$at" > "$work/at"
}

boot() { # boot [check]
	rm -f "$work/pid"
	VM_DISK=$work/disk VM_PID=$work/pid \
		"$here/boot.sh" "$cpu" "$base" "$over" "sh /power_guest.sh $*" 2> "$work/why"
}

: > "$work/log"
n=0
while [ "$n" -lt "$cuts" ]; do
	n=$((n + 1)) at="by itself"
	boot | follow $(($(below 24) + 1)) "$(below 250)"
	echo "cut $n $(cat "$work/at")" >> "$work/log"
done
boot check >> "$work/log" || sed 's/^/# /' "$work/why"
awk -f "$here/power.awk" "$work/log" > "$work/tap"
! grep -q '^not ok' "$work/tap" || sed 's/^/# /' "$work/log"
cat "$work/tap"
