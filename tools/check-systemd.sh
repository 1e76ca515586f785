#!/bin/sh
# check-systemd.sh CACHE [TEST...]: a Debian machine with systemd as process 1 and podman as it
# comes, and rootfs-tests/systemd.t (or others) in it against $SCOW. Prints TAP. Three minutes with
# an image from the cache, five to make one; CACHE/x86_64/systemd.ext4 is 0.4 GB.
#
#   linux-image.deb, busybox --> board/qemu/base.sh --> kernel, modules --+
#   Debian's mirror --> mmdebstrap --> root.tar --> mke2fs -d ------------+--> qemu
#   scow, rootfs-tests, the unit that runs them --> over the root at boot +
#
# The disk is never written: each boot has the image as it was made. Needs qemu-system-x86,
# mmdebstrap and e2fsprogs besides what base.sh does.
set -u
here=$(cd "${0%/*}" && pwd)
. "$here/../board/qemu/cpu.sh"
cpu x86_64
PATH=$PATH:/usr/sbin:/sbin
cache=$1
shift
[ $# -gt 0 ] || set -- systemd
packages=systemd,systemd-sysv,dbus,podman,catatonit,busybox-static,kmod

die() { echo "Bail out! check-systemd.sh: $*"; exit 1; }

for tool in "$qemu" mmdebstrap mke2fs busybox; do
	command -v "$tool" > /dev/null || die "$tool is not installed: make setup as root on Debian gets all tools"
done
[ -x "${SCOW-}" ] || die "no runtime at SCOW=${SCOW-}"
work=$(mktemp -d "${TMPDIR:-/tmp}/vm-systemd.XXXXXX") || exit 1
stop() { [ ! -s "$work/pid" ] || kill "$(cat "$work/pid")" 2> /dev/null; }
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

"$here/../board/qemu/fetch.sh" x86_64 "$cache" > "$work/log" 2>&1 &&
	"$here/../board/qemu/base.sh" x86_64 "$cache" "$work/base" >> "$work/log" 2>&1 || {
	sed 's/^/# /' "$work/log"
	die "no kernel"
}
image=$(cd "$cache/x86_64" && pwd)/systemd.ext4
# image: made under another name, so that one half made is never used
make_image() {
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
	mmdebstrap --quiet --variant=minbase --include="$packages" \
		--aptopt='APT::Install-Recommends "false"' --customize-hook='rm -rf "$1"/var/cache/apt/*' \
		"$suite" "$work/root" &&
		truncate -s 1500M "$image.new" && mke2fs -q -t ext4 -d "$work/root" "$image.new" &&
		mv "$image.new" "$image"
}
[ -f "$image" ] || make_image > "$work/log" 2>&1 || {
	tail -n 20 "$work/log" | sed 's/^/# /'
	die "no image of a Debian with systemd"
}

# What goes over the root, and the first process, which goes there.
over=$work/over
mkdir -p "$over/check/rootfs-tests"
cp "$SCOW" "$over/check/scow"
cp "$here"/../rootfs-tests/*.t "$here/../rootfs-tests/lib.sh" "$over/check/rootfs-tests/"
cat > "$over/check/check.service" << 'END'
[Unit]
After=multi-user.target dbus.socket
[Service]
Type=oneshot
ExecStart=/bin/sh /check/run
END
cat > "$over/check/run" << END
exec > /dev/ttyS1 2>&1
export SCOW=/check/scow SCOW_ISOLATED=1 TEST_SLOW=${TEST_SLOW:-6} PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /check/rootfs-tests
for name in $*; do sh ./\$name.t 2> /tmp/stderr; sed 's/^/# stderr: /' /tmp/stderr; done
echo "@@ end"
sync
echo b > /proc/sysrq-trigger
END
cat > "$over/first" << 'END'
#!/bin/sh
/bin/busybox --install -s /bin 2> /dev/null
mount -t proc proc /proc
mount -t devtmpfs dev /dev
while read -r module; do insmod "$module" 2> /dev/null; done < /etc/modules.boot
mount -t ext4 /dev/vda /mnt && cp -r /check /mnt/check || echo "first: no root"
cp -r /lib/modules /mnt/lib/
for unit in getty.target systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer \
	dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
	ln -sf /dev/null "/mnt/etc/systemd/system/$unit"
done
mkdir -p /mnt/etc/systemd/system/multi-user.target.wants
cp /check/check.service /mnt/etc/systemd/system/
ln -sf ../check.service /mnt/etc/systemd/system/multi-user.target.wants/check.service
sed -i s/multi-user.target// /mnt/etc/systemd/system/check.service
umount /proc
exec switch_root /mnt /sbin/init
END
chmod 755 "$over/first"
{ cat "$work/base/base.cpio"; (cd "$over" && find . | busybox cpio -o -H newc 2> /dev/null); } > "$work/initrd"

timeout -k 5 "${VM_TIMEOUT:-900}" "$qemu" $machine -nodefaults -no-user-config -display none -no-reboot \
	-smp 1 -m 512 -accel tcg -pidfile "$work/pid" -kernel "$work/base/kernel" -initrd "$work/initrd" \
	-append "$append quiet panic=-1 audit=0 mitigations=off random.trust_cpu=on psi=1 rdinit=/first
		cryptomgr.notests rcupdate.rcu_expedited=1 systemd.unified_cgroup_hierarchy=1 systemd.show_status=0" \
	-drive "if=none,id=disk,format=raw,snapshot=on,file=$image" -device "virtio-blk-$bus,drive=disk" \
	-serial "file:$work/console" -serial "file:$work/output" < /dev/null > "$work/log" 2>&1 &
wait $!
tr -d '\r' < "$work/output" | sed '/^@@ end/d'
grep -q '^@@ end' "$work/output" || {
	{ cat "$work/log"; tail -n 40 "$work/console"; } | tr -cd '[:print:]\n' | sed 's/^/# /'
	die "the machine has ended before the tests"
}
