#!/bin/sh
# Shows what `check` says of this machine, of one that lacks something, and that it changes nothing.
. "${0%/*}/lib.sh"
without=$(helper without) || bail "no helper"

# word NAME: what the last run said of it
word() {
	printf '%s\n' "$out" | sed -nE "s/^  ([^ ]+) +$1(  .*)?\$/\\1/p"
}

look() {
	cat /proc/self/mountinfo
	find "$CG" "$STATE" -type d | sort
	ls /dev "$T"
}

run true
before=$(look 2>&1)
run scow check
is "$rc:$err" "0:" "check"
is "$(look 2>&1)" "$before" "nothing is left of it"
is "$(word 'Linux 5.10')" ok "the kernel"
has "$out" "$(uname -r) " "its version"
is "$(word pid)" ok "pid namespaces"
is "$(word cgroup2)" ok "cgroup2"
like "$out" '^all that scow needs is there$' "the verdict"
unlike "$out" ' $' "no blanks at the end of a line"
unlike "$out" '.{140}' "short lines"
text=$out

# What it says is how things are.
for kind in pid:pid network:net ipc:ipc uts:uts cgroup:cgroup user:user time:time; do
	if [ -e "/proc/self/ns/${kind#*:}" ]; then want=ok; else want='(missing|-|MISSING)'; fi
	like "$(word "${kind%:*}" | head -n 1)" "^$want\$" "${kind%:*} namespaces as the kernel has them"
done
for controller in memory pids cpu cpuset io hugetlb; do
	case " $(cat "$CG/cgroup.controllers") " in
	*" $controller "*) want=ok ;;
	*) want='(missing|-)' ;;
	esac
	like "$(word $controller)" "^$want\$" "the $controller controller as the hierarchy has it"
done
for type in tmpfs devpts overlay squashfs; do
	if grep -qw $type /proc/filesystems; then want=ok; else want='.*'; fi
	like "$(word $type)" "^$want\$" "the file system $type"
done

# What another user's containers need.
like "$(word 'user namespaces')" '^(ok|-)$' "user namespaces of ordinary users"
mkdir "$T/tools"
cp "$busybox" "$T/tools/newuidmap"
cp "$busybox" "$T/tools/newgidmap"
run env PATH="$T/tools" "$SCOW" check
is "$rc:$(word newuidmap):$(word newgidmap)" "0:-:-" "a newuidmap without rights of its own"
chmod 4755 "$T/tools/newuidmap" "$T/tools/newgidmap"
echo user:100000:65536 >"$T/subuid"
: >"$T/subgid"
run unshare -m --propagation private sh -c 'mount --bind "$1/subuid" /etc/subuid &&
	mount --bind "$1/subgid" /etc/subgid && PATH=$1/tools:$PATH && exec "$2" check' sh "$T" "$SCOW"
if [ "$rc" = 0 ]; then
	is "$(word newuidmap):$(word newgidmap)" "ok:-" "with them, and with ranges, and without"
	has "$out" "/newuidmap, ranges in /etc/subuid: 1" "how many"
else
	skip 2 "there is no /etc/subuid here to hide"
fi
run scow check

# As JSON: the same rows.
run scow check --json
is "$rc:$err" "0:" "check --json"
is "$(flat "$out" | grep -o '"name":' | wc -l)" "$(printf '%s\n' "$text" | grep -c '^  ')" "as many rows"
like "$(flat "$out")" '^\{"ok":true,"probes":\[\{"group":"kernel","name":"Linux5\.10","need":"needed","present":true' \
	"they have group, name, need and present"
is "$(flat "$out" | grep -o '"present":true' | wc -l)" "$(printf '%s\n' "$text" | grep -c '^  ok')" \
	"those that are there"
is "$(flat "$out" | grep -o '"meaning":' | wc -l)" "$(flat "$out" | grep -o '"present":false' | wc -l)" \
	"what is missing has a meaning"

# A machine that lacks something.
run "$without" bpf "$SCOW" check
is "$rc:$(word 'device rules')" "0:missing" "without bpf(2)"
has "$out" "device rules cannot be enforced: create refuses unless the caller passes --devices=nodev" \
	"what that means"
run "$without" mount_setattr,keyctl "$SCOW" check
is "$rc:$(word mount_setattr):$(word keyrings):$(word 'idmapped mounts')" "0:missing:-:-" \
	"without mount_setattr(2) and keyctl(2)"
run unshare -m --propagation private sh -c 'umount -R "$1" 2>/dev/null || umount "$1"; exec "$2" check' \
	sh "$CG" "$SCOW"
is "$rc:$(word cgroup2):$(word writable)" "1:MISSING:MISSING" "without a cgroup2"
like "$out" '\(no cgroup2 is mounted here: mount -t cgroup2 ' "how to get it"
like "$out" '^2 of what scow needs is MISSING$' "the verdict"
run unshare -m --propagation private sh -c 'mount -t tmpfs -o ro none "$1" && exec "$2" --root "$1/x" check' \
	sh "$T/rootfs/tmp" "$SCOW"
is "$rc:$(word state)" "1:MISSING" "without a place for the state"
run unshare -m --propagation private sh -c 'mount -o remount,bind,ro "$1" && exec "$2" check --json' \
	sh "$CG" "$SCOW"
like "$rc:$(flat "$out")" '^1:\{"ok":false.*"name":"writable","need":"needed","present":false' \
	"with a read-only cgroup2"
run scow check x
refused "an operand" '"x" is one operand too many'
finish
