#!/bin/sh
# vm.sh CACHE WORK SCOW RUNTIMES TESTS: runs tests of the suites in a Debian machine that has every
# controller of cgroup2, which a build machine seldom has. TESTS is a file with lines "SUITE TAB FILE
# TAB TEST"; what comes out is in WORK/vm, laid out like WORK. CACHE/x86_64/conformance.ext4 is 0.6 GB.
#
# WORK is prepared: the same helper programs and images are used. Each test has a mount
# namespace of its own. There is no systemd: process 1 is a shell that runs conformance.sh.
set -u
here=$(cd "${0%/*}/.." && pwd)
cache=$1 conformance=$2 scow=$3 runtimes=$4 tests=$5
die() { echo "vm.sh: $*" >&2; exit 2; }
. "$here/machine.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/vm-conformance.XXXXXX") || exit 2
trap 'machine_stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
machine_prepare "$cache" conformance \
	bats,busybox-static,crun,gawk,iproute2,jq,kmod,libseccomp2,procps,python3,runc,uidmap

over=$work/over/check
made=$over/build/conformance
mkdir -p "$over/tools" "$made/src" "$made/bin" "$made/curl"
cp "$scow" "$over/scow"
cp -r "$here/conformance.sh" "$here/conformance" "$over/tools/"
cp "$tests" "$over/tests"
for suite in runc crun; do
	mkdir "$made/src/$suite"
	cp -r "$conformance/src/$suite/tests" "$made/src/$suite/"
done
(cd "$conformance/src/runc" && find contrib/cmd -type f -perm -100 | busybox cpio -o -H newc 2> /dev/null) |
	(cd "$made/src/runc" && busybox cpio -id 2> /dev/null)
cp "$conformance/bin/runc" "$made/bin/"
ln -s /usr/bin/crun "$made/bin/crun"
printf '#!/bin/sh\necho amd64\n' > "$made/curl/go" # runc's tests ask it for the CPU
chmod +x "$made/curl/go"
cat > "$over/run" << END
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount --make-rshared /
ln -s /proc/self/fd /dev/fd
exec > /dev/ttyS0 2>&1 < /dev/null
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux
ip link set lo up
cd /check
export SCOW=/check/scow ISOLATE='unshare -m' RUNTIMES='$runtimes' ONLY=/check/tests TIME_LIMIT=${TIME_LIMIT:-300}
tools/conformance.sh --prepared
cd build/conformance
tar -cf - */*.marks \$(ls */*.log) | gzip | base64 > /dev/ttyS1
echo '@@ end' > /dev/ttyS1
sync
echo b > /proc/sysrq-trigger
END
machine_first '
umount /proc
exec switch_root /mnt /bin/sh /check/run'
VM_TIMEOUT=${VM_TIMEOUT:-5400}
machine_run 1024 2 swapaccount=1 > "$work/marks" || { cat "$work/marks" >&2; exit 2; }
rm -rf "$conformance/vm"
mkdir "$conformance/vm"
base64 -d < "$work/marks" | tar -C "$conformance/vm" -xzf -
