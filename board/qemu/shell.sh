#!/bin/sh
# shell.sh CPU CACHE: a shell for a person inside a machine of that CPU, with build/CPU/scow in it
# and a root file system to try it on. ROOTMODE and VM_* see boot.sh.
set -eu
cd "${0%/*}/../.."
qemu=board/qemu
$qemu/fetch.sh "$1" "$2"
$qemu/base.sh "$1" "$2" "build/vm/$1"

over=$(mktemp -d "${TMPDIR:-/tmp}/vm-shell.XXXXXX")
trap 'rm -rf "$over"' EXIT
mkdir -p "$over/usr/bin" "$over/root"
cp "build/$1/scow" "$over/usr/bin/"
cat > "$over/root/.profile" << 'END'
PS1='vm# '
mkdir -p rootfs/bin rootfs/dev rootfs/etc rootfs/proc rootfs/root rootfs/sys rootfs/tmp
cp /bin/busybox rootfs/bin/
rootfs/bin/busybox --install rootfs/bin
cp /etc/passwd /etc/group rootfs/etc/
echo "Try: scow run --rootfs rootfs hello -- sh -c 'echo I am process \$\$; ps'"
echo "     scow run -t --rootfs rootfs hello"
END
$qemu/boot.sh "$1" "build/vm/$1" "$over"
