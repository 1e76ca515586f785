#!/bin/sh
# boot.sh CPU BASE DIR [COMMAND]
#
# Boots the machine that base.sh made in BASE, with DIR laid over its root, and runs COMMAND there
# with sh. Output of COMMAND comes on stdout while it runs; the exit code is COMMAND's, or
#
#   124   the time ran out
#   125   the machine ended without an exit code: a panic, or it never came up
#
# and then the end of its console is shown on stderr. Without COMMAND a person gets a shell.
#
# Environment:
#   VM_TIMEOUT=300   seconds                         VM_MEMORY=256   MiB
#   VM_FILES=DIR     where the contents of the machine's /out go
#   VM_CONSOLE=FILE  keeps the console               VM_APPEND=WORDS  more kernel words
#   VM_DISK=FILE     its disk, instead of a scratch one    VM_PID=FILE  where qemu's pid is written
#   ROOTMODE=raw     see init
#
# A scratch disk of 64 MiB is /dev/vda. One CPU: with two the emulator is slower. Programs begin at the same
# address each time: elsewhere the emulator has to translate all that they run once more.
set -u
here=$(cd "${0%/*}" && pwd)
. "$here/cpu.sh"
[ $# -ge 3 ] || { echo "usage: boot.sh CPU BASE DIR [COMMAND]" >&2; exit 2; }
cpu "$1"
name=$1 base=$2 dir=$3

work=$(mktemp -d "${TMPDIR:-/tmp}/vm.XXXXXX") || exit 125
console=${VM_CONSOLE:-$work/console} pid=${VM_PID:-$work/pid} disk=${VM_DISK:-$work/disk}
stop() { [ ! -s "$pid" ] || kill "$(cat "$pid")" 2> /dev/null; }
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# pack DIR: as a cpio archive; the kernel unpacks several, one after the other, each 4-aligned
pack() {
	(cd "$1" && find . | busybox cpio -o -H newc 2> /dev/null)
}
mkdir -p "$work/over/etc"
[ $# -lt 4 ] || printf '%s\n' "$4" > "$work/over/etc/vm.command"
{ cat "$base/base.cpio"; pack "$dir"; pack "$work/over"; } > "$work/initrd"
[ -n "${VM_DISK-}" ] || truncate -s 64M "$disk"
: > "$work/status"
: > "$work/files"
: > "$console"

words="$append quiet loglevel=3 panic=-1 nokaslr norandmaps audit=0 mitigations=off"
words="$words random.trust_cpu=on random.trust_bootloader=on cryptomgr.notests rcupdate.rcu_expedited=1 psi=1"
words="$words cgroup_no_v1=all ROOTMODE=${ROOTMODE:-bind} ${VM_APPEND-}"
set -- $machine -nodefaults -no-user-config -display none -no-reboot -smp 1 -m "${VM_MEMORY:-256}" \
	-accel tcg -pidfile "$pid" -kernel "$base/kernel" -initrd "$work/initrd" \
	-drive "if=none,id=disk,format=raw,cache=unsafe,file=$disk" \
	-device "virtio-blk-$bus,drive=disk" -device "virtio-serial-$bus"

if [ ! -f "$work/over/etc/vm.command" ]; then
	size=$(stty size 2> /dev/null) && words="$words ROWS=${size% *} COLUMNS=${size#* }"
	"$qemu" "$@" -append "$words" -chardev stdio,id=console,mux=on,signal=off \
		-serial chardev:console -mon chardev=console
	exit
fi

# The pipe lets qemu open its stdout by name without cutting a file short.
(
	timeout -k 5 "${VM_TIMEOUT:-300}" "$qemu" "$@" -append "$words" \
		-chardev "file,id=console,path=$console" -serial chardev:console \
		-chardev file,id=output,path=/dev/stdout -device virtserialport,chardev=output,name=output \
		-chardev "file,id=status,path=$work/status" -device virtserialport,chardev=status,name=status \
		-chardev "file,id=files,path=$work/files" -device virtserialport,chardev=files,name=files \
		< /dev/null 2> "$work/error"
	echo $? > "$work/qemu"
) | cat &
wait $!
status=$(sed -n 's/^status \([0-9]*\)$/\1/p' "$work/status")
if [ -z "$status" ]; then
	case $(cat "$work/qemu") in 124 | 137) status=124 why="no end within its time" ;;
	*) status=125 why="no exit code" ;; esac
	echo "boot.sh: $why; the end of the console of $name:" >&2
	cat "$work/error" >&2
	tail -n 25 "$console" | tr -cd '[:print:]\n' >&2
elif [ -n "${VM_FILES-}" ]; then
	mkdir -p "$VM_FILES"
	tar -C "$VM_FILES" -xf "$work/files"
fi
exit "$status"
