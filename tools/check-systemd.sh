#!/bin/sh
# check-systemd.sh CACHE [TEST...]: a Debian machine with systemd as process 1 and podman as it
# comes, and rootfs-tests/systemd.t (or others) in it against $SCOW. Prints TAP. Three minutes with
# an image from the cache, five to make one; CACHE/x86_64/systemd.ext4 is 0.4 GB.
#
# machine.sh boots it, with scow, rootfs-tests and the unit that runs them over the root. Needs
# qemu-system-x86, mmdebstrap and e2fsprogs besides what base.sh does.
set -u
here=$(cd "${0%/*}" && pwd)
cache=$1
shift
[ $# -gt 0 ] || set -- systemd
die() { echo "Bail out! check-systemd.sh: $*"; exit 1; }
. "$here/machine.sh"
[ -x "${SCOW-}" ] || die "no runtime at SCOW=${SCOW-}"
work=$(mktemp -d "${TMPDIR:-/tmp}/vm-systemd.XXXXXX") || exit 1
trap 'machine_stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
machine_prepare "$cache" systemd systemd,systemd-sysv,dbus,podman,catatonit,busybox-static,kmod

# What goes over the root.
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
machine_first '
for unit in getty.target systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer \
	dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
	ln -sf /dev/null "/mnt/etc/systemd/system/$unit"
done
mkdir -p /mnt/etc/systemd/system/multi-user.target.wants
cp /check/check.service /mnt/etc/systemd/system/
ln -sf ../check.service /mnt/etc/systemd/system/multi-user.target.wants/check.service
sed -i s/multi-user.target// /mnt/etc/systemd/system/check.service
umount /proc
exec switch_root /mnt /sbin/init'
machine_run 512 1 "systemd.unified_cgroup_hierarchy=1 systemd.show_status=0"
