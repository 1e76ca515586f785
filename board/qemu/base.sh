#!/bin/sh
# base.sh CPU CACHE OUT
#
# Makes OUT/kernel and OUT/base.cpio, the part of a machine that does not change from boot to boot:
# busybox, a few kernel modules, our init. boot.sh lays scow and the tests over it.
#
#   linux-image.deb --> kernel, modules of ./modules and what they need --+
#   busybox-static.deb --> /bin/busybox and its names --------------------+--> base.cpio
#   ./init ---------------------------------------------------------------+
#
# Needs dpkg-deb, kmod (depmod, modprobe), the host's busybox (cpio), and for check.sh mksquashfs.
set -eu
here=$(cd "${0%/*}" && pwd)
. "$here/cpu.sh"
cpu "$1"
PATH=$PATH:/usr/sbin:/sbin
cache=$2/$1
out=$3

die() { echo "base.sh: $*" >&2; exit 1; }
for tool in dpkg-deb depmod modprobe busybox mksquashfs; do
	command -v $tool > /dev/null || die "$tool is not installed: 'make setup' as root on Debian gets all tools"
done

mkdir -p "$out"
out=$(cd "$out" && pwd)
key=$(cd "$cache" && ls *.deb && cat "$here/base.sh" "$here/cpu.sh" "$here/modules" "$here/init" | sha256sum)
[ "$(cat "$out/key" 2> /dev/null)" = "$key" ] && [ -f "$out/base.cpio" ] && exit 0
rm -f "$out/key"

work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
package=$work/package tree=$work/tree
mkdir "$package" "$tree"
for deb in "$cache"/*.deb; do dpkg-deb -x "$deb" "$package"; done
version=$(ls "$package/lib/modules")
cp "$package/boot/vmlinuz-$version" "$out/kernel"

# needs MODULE: the files of a module and all below it, in the order of loading; none if built in
needs() {
	modprobe -d "$package" -S "$version" --show-depends "$1" |
		sed -n 's#^insmod .*\(/lib/modules/[^ ]*\).*#\1#p'
}
(cd "$tree" && mkdir -p bin sbin dev etc lib mnt out proc root run sys tmp usr/bin usr/sbin "lib/modules/$version")
depmod -b "$package" "$version"
for module in $transport $(sed '/^#/d' "$here/modules"); do needs "$module"; done |
	awk '!seen[$0]++' > "$tree/etc/modules.boot"
while read -r file; do
	mkdir -p "$tree/${file%/*}"
	cp "$package$file" "$tree$file"
done < "$tree/etc/modules.boot"
cp "$package/lib/modules/$version"/modules.* "$tree/lib/modules/$version/"
depmod -b "$tree" "$version"
rm -f "$tree/lib/modules/$version"/modules.*.bin "$tree/lib/modules/$version/modules.builtin.modinfo"

cp "$package/bin/busybox" "$tree/bin/busybox"
# The kernel asks for /sbin/modprobe; the other names are made by init: the host may be another CPU.
ln -s ../bin/busybox "$tree/sbin/modprobe"
ln -s busybox "$tree/bin/sh"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > "$tree/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' > "$tree/etc/group"
cp "$here/init" "$tree/init"
chmod 755 "$tree/init"
(cd "$tree" && find . | LC_ALL=C sort | busybox cpio -o -H newc 2> /dev/null) > "$out/base.cpio"
echo "$key" > "$out/key"
