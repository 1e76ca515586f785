#!/bin/sh
# first.sh CPU BASE DIR: scow as process 1 of a machine on which nobody has mounted cgroup2. Prints
# TAP. BASE and DIR as boot.sh has them; its init is ours, which becomes scow. When the container
# ends the kernel panics, as it must: the console has what the container said.
set -u
here=$(cd "${0%/*}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/vm-first.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$work/over"
cp "$3/scow/build/$1/scow" "$work/over/scow"
cat > "$work/over/first" << 'END'
#!/bin/sh
if [ -z "${MOVED-}" ]; then
	busybox mount --bind / /mnt && cd /mnt && busybox mount --move . / &&
		MOVED=1 exec busybox chroot . /first
fi
for pair in proc:/proc devtmpfs:/dev sysfs:/sys tmpfs:/run; do
	busybox mount -t "${pair%%:*}" none "${pair#*:}"
done
busybox mkdir -p /run/root/bin && busybox cp /bin/busybox /run/root/bin/sh
exec /scow run --rootfs /run/root first -- sh -c '
	while read -r _ _ _ _ place _ _ type _ options; do
		[ "$place" != /sys/fs/cgroup ] || echo "SAID $type $options"
	done < /proc/self/mountinfo
	read -r limit < /sys/fs/cgroup/pids.max && echo "SAID pids.max $limit"'
END
chmod 755 "$work/over/first"

VM_CONSOLE=$work/console VM_APPEND="rdinit=/first ${VM_APPEND-}" \
	"$here/boot.sh" "$1" "$2" "$work/over" true > /dev/null 2>&1
tr -cd '[:print:]\n' < "$work/console" | sed -n 's/^.*SAID //p' > "$work/said"
n=0
for want in 'cgroup2 .*nsdelegate,memory_recursiveprot' 'pids.max 2048'; do
	n=$((n + 1))
	if grep -q "$want" "$work/said"; then
		echo "ok $n - process 1 has mounted it: $want"
	else
		echo "not ok $n - process 1 has mounted it: $want"
		tail -n 40 "$work/console" | tr -cd '[:print:]\n' | sed 's/^/# /'
	fi
done
echo 1..2
