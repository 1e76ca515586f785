#!/bin/sh
# Shows what becomes of device rules where the kernel cannot enforce them: refused, or, by
# --devices=nodev, a container that can open no device but those that it is given.
. "${0%/*}/lib.sh"
without=$(helper without) || bail "no helper"

# try_nodev [WORD=VALUE...]: like try, on a kernel without bpf(2), with --devices=nodev
try_nodev() {
	bundle try "$@"
	id=$ID-$((next_id = ${next_id:-0} + 1))
	run limited "$without" bpf "$SCOW" run --devices=nodev -b "$T/try" "$id"
}

# open PATH: in a container, what happens
open='open() { if (: <"$1") 2>/tmp/error; then echo "$1 opens"; else
	sed "s/.*: //" /tmp/error; fi; };'
deny='"resources":{"devices":[{"allow":false,"access":"rwm"}]}'
loop='{"path":"/dev/loop-control","type":"c","major":10,"minor":237}'
allow_loop='"resources":{"devices":[{"allow":false,"access":"rwm"},
	{"allow":true,"type":"c","major":10,"minor":237,"access":"rw"}]}'
[ -c /dev/loop-control ] || mknod /dev/loop-control c 10 237 2>/dev/null

bundle try linux="$deny"
run limited "$without" bpf "$SCOW" run -b "$T/try" "$ID-no"
refused "rules are refused" \
	'linux\.resources\.devices cannot be enforced: the kernel lacks CONFIG_CGROUP_BPF \(--devices=nodev does without\)'
run limited "$without" bpf "$SCOW" run -b "$T/try" --devices=none "$ID-no"
refused "another word" '^scow: --devices: "none" is not nodev$'
bundle try linux='"resources":{"devices":[{"allow":true,"access":"rwm"}]}' cmd='
	mknod /tmp/m c 1 1 && cat /proc/mounts'
run limited "$without" bpf "$SCOW" run --devices=nodev -b "$T/try" "$ID-all"
is "$rc:$err" "0:" "rules that allow everything need nothing"
unlike "$out" '^[^ ]+ / [^ ]+ [^ ]*nodev' "and change nothing"
rm -f "$T/rootfs/tmp/m"

if ! scow check | grep -q '^  ok  *mount_setattr'; then
	try_nodev linux="$deny"
	refused "before Linux 5.12" '--devices=nodev needs Linux 5\.12: mount_setattr\(2\)$'
	finish
fi

# What the container has of its own, what it makes, what it is given by a mount.
mkdir -p "$T/host/sub" "$T/rootfs/srv" "$T/rootfs/made"
mount -t tmpfs none "$T/host/sub"
mknod "$T/rootfs/made/image" c 1 1
mknod "$T/host/volume" c 1 1
mknod "$T/host/sub/below" c 1 1
try_nodev linux="$deny" mounts='{"destination":"/srv","type":"bind","source":"'"$T"'/host",
	"options":["rbind","dev"]},{"destination":"/tmp","type":"tmpfs","source":"tmpfs"}' cmd="$open"'
	for d in null zero full random urandom; do open /dev/$d; done
	echo x >/dev/null && echo written
	mknod /dev/made c 1 1 && mknod /tmp/made c 1 1 && mknod /dev/shm/made c 1 5 && mknod /made/c c 1 5
	for d in /dev/made /tmp/made /dev/shm/made /made/c /made/image /srv/volume /srv/sub/below; do
		echo "$d: $(open $d)"
	done'
is "$rc:$err" "0:" "with --devices=nodev"
is "$out" "/dev/null opens
/dev/zero opens
/dev/full opens
/dev/random opens
/dev/urandom opens
written
/dev/made: Permission denied
/tmp/made: Permission denied
/dev/shm/made: Permission denied
/made/c: Permission denied
/made/image: Permission denied
/srv/volume: Permission denied
/srv/sub/below: Permission denied" "its devices, and no others"
umount "$T/host/sub"

# exec is in the same mounts.
bundle exec linux="$deny" cmd='while :; do sleep 100 & wait; done'
run limited "$without" bpf "$SCOW" run --detach --devices=nodev -b "$T/exec" "$ID-exec"
is "$rc:$err" "0:" "a container to exec in"
run scow exec --cap CAP_MKNOD "$ID-exec" sh -c 'mknod /dev/mine c 1 1 && head -c 1 /dev/mine'
isnt "$rc" 0 "exec makes a node"
has "$err" "Permission denied" "and cannot open it"
remove "$ID-exec"

# A listed node that the rules allow is there; terminals are.
if [ -c /dev/loop-control ]; then
	try_nodev linux="$allow_loop,\"devices\":[$loop]" cmd="$open open /dev/loop-control"
	is "$rc:$out:$err" "0:/dev/loop-control opens:" "a listed device"
	try_nodev linux="$deny,\"devices\":[$loop]"
	refused "a listed device that the rules deny" \
		'and --devices=nodev would not deny linux\.devices\[0\], /dev/loop-control, to be opened$'
	touch "$T/rootfs/dev/lc"
	node='{"destination":"/lc","type":"bind","source":"/dev/loop-control","options":["bind"]}'
	try_nodev linux="$allow_loop" mounts="$node" cmd="$open open /lc"
	is "$rc:$out:$err" "0:/lc opens:" "a device that is bound"
	try_nodev linux="$deny" mounts="$node"
	refused "a device that is bound, which the rules deny" 'would not deny mounts\[5\], /lc, to be opened$'
else
	skip 4 "no /dev/loop-control here"
fi
console=$(helper console) || bail "no helper"
bundle tty linux="$deny" terminal=true cmd='tty; : <>"$(tty)" && echo opens'
limited "$console" "$T/socket" >"$T/console.out" 2>&1 &
soon test -S "$T/socket"
run limited "$without" bpf "$SCOW" run --detach --devices=nodev --console-socket "$T/socket" \
	-b "$T/tty" "$ID-tty"
is "$rc:$err" "0:" "a terminal"
ok "its program opens it again" soon grep -q opens "$T/console.out"
wait
remove "$ID-tty"

# What nodev would not stop.
try_nodev linux="$deny" caps="$default_caps,\"CAP_SYS_ADMIN\""
refused "CAP_SYS_ADMIN" 'does not stop CAP_SYS_ADMIN: give the container a user namespace'
try_nodev linux="$deny" namespaces='{"type":"pid"},{"type":"mount","path":"/proc/self/ns/mnt"}' hostname=null \
	base_mounts=''
refused "a joined mount namespace" 'needs a mount namespace of its own'
try_nodev linux="$deny" mounts='{"destination":"/dev","type":"bind","source":"/dev","options":["rbind"]}'
refused "the host's /dev" 'no device of mounts\[5\], a bind on /dev$'

# Without a cgroup nobody enforces them either.
bundle try linux="$deny" cmd="$open"'mknod /tmp/x c 1 1 && open /tmp/x; open /dev/null'
run scow --cgroup-manager=disabled run --devices=nodev -b "$T/try" "$ID-free"
is "$rc:$out:$err" "0:Permission denied
/dev/null opens:" "with --cgroup-manager=disabled"
rm -f "$T/rootfs/tmp/x"

# Where the kernel can, it does.
run scow run --devices=nodev -b "$T/try" "$ID-can"
is "$rc:$out" "0:Operation not permitted
/dev/null opens" "rules that can be enforced are"
finish
