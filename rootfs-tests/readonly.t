#!/bin/sh
# Shows a container's life on a host whose file systems are all read-only but the tmpfs on /run: a
# read-only bind of everything, and in the machines a squashfs image as the root (made by
# board/qemu/check.sh), from which the whole of this file runs a second time.
#
#   readonly.t --> an own mount namespace --> remount,bind,ro of all but /run, /proc and cgroup2
#                                         `-> root.squashfs moved over / --> readonly.t (SQUASHED)
if [ -z "${ALONE-}" ]; then
	ALONE=1 TMPDIR=/run exec unshare -m sh "$0"
fi
. "${0%/*}/lib.sh"

# The bundles and the root file systems of containers are on flash, too.
mkdir "$T/flash"
mount -t tmpfs flash "$T/flash"
rootfs "$T/flash/rootfs"
bundle flash root="$T/flash/rootfs" terminal=false cmd='echo up; while :; do sleep 100 & wait; done'
bundle flash/short root="$T/flash/rootfs" readonly=true cmd='echo hello; exit 3'
bundle flash/hook root="$T/flash/rootfs" args='["true"]' top='"hooks":{"poststop":
	[{"path":"/bin/sh","args":["sh","-c","echo gone >'"$T"'/hook"]}]}'
mount -o remount,ro "$T/flash"

# Deepest first: a mount that is covered cannot be named.
make_read_only() {
	awk '{ print $5 }' /proc/self/mountinfo | sort -r | while read -r dir; do
		case $dir in /run | /run/* | /proc | /proc/* | "$CG" | "$CG"/*) continue ;; esac
		mount -o remount,bind,ro "$dir" || echo "$dir"
	done
}
[ -n "${SQUASHED-}" ] || is "$(make_read_only 2>&1)" "" "everything is read-only but /run"
for dir in / "$here" /tmp /dev /sys /var /etc "$T/flash"; do
	[ ! -d "$dir" ] || nok "$dir cannot be written to" touch "$dir/$ID" 2>/dev/null
done
! [ -n "${SQUASHED-}" ] || is "$(stat -f -c %T "$SCOW")" squashfs "the program is on a squashfs"

# quiet NAME CMD...: it works, and says nothing of what it could not write
quiet() {
	quiet_name=$1
	shift
	run "$@"
	is "$rc:$out:$err" "0::" "$quiet_name"
}

id=$ID-life
quiet create scow create -b "$T/flash" --pid-file "$T/pid" "$id"
is "$(status "$id")" created "state"
quiet start scow start "$id"
run scow exec "$id" sh -c 'echo in; touch /x 2>/dev/null || echo read-only'
is "$rc:$err:$out" "0::in
read-only" "exec"
run scow ps "$id"
is "$rc:$err" "0:" "ps"
quiet pause scow pause "$id"
is "$(status "$id")" paused "it is paused"
quiet resume scow resume "$id"
quiet kill scow kill "$id" KILL
ok "it ends" soon shows "$id" stopped
quiet delete scow delete "$id"

run scow run -b "$T/flash/short" "$ID-run"
is "$rc:$out:$err" "3:hello:" "run, with a read-only root of its own"
run scow run --detach -b "$T/flash" "$ID-detached"
is "$rc:$err" "0:" "run --detach"
quiet "delete --force" scow delete --force "$ID-detached"
quiet "a hook" scow run -b "$T/flash/hook" "$ID-hook"
is "$(cat "$T/hook")" gone "it ran"
run scow run --rootfs "$T/flash/rootfs" "$ID-default" -- sh -c 'echo "$1" >/tmp/x; cat /tmp/x' sh y
isnt "$rc" 0 "run --rootfs: the root is read-only there, too"
run scow run --rootfs "$T/flash/rootfs" "$ID-default" -- echo hi
is "$rc:$out:$err" "0:hi:" "run --rootfs"
run scow list
is "$rc:$err" "0:" "list"

# What a command asked to be opened for writing, or to be made, moved or removed, outside of /run.
if command -v strace >/dev/null && [ -z "${SQUASHED-}" ] && strace -o /dev/null true 2>/dev/null; then
	writes='O_WRONLY|O_RDWR|O_CREAT|^[0-9]+ +(mkdir|rmdir|unlink|rename|link|symlink|mknod|chmod|chown)'
	strace -f -qq -e trace=file -e signal=none -o "$T/trace" "$SCOW" run -b "$T/flash/hook" \
		"$ID-traced" >/dev/null 2>&1
	# Relative names are below a descriptor: of the container's root, its cgroup, or /run/scow/ID.
	like "$(grep -E "$writes" "$T/trace")" '"/run/scow/' "the trace shows what is written"
	seen=$(grep -E "$writes" "$T/trace" | grep -E '[(, ]"/' |
		grep -vE '"/(run|proc|sys/fs/cgroup|dev/null|dev/tty)(/|")' | grep -v ENOENT)
	is "$seen" "" "no other path of the host is written to"
	is "$(grep -c EROFS "$T/trace")" 0 "nothing was refused by a read-only file system"
else
	skip 3 "strace cannot be had here"
fi

# The image as the machine's root, as init systems switch to it.
image=$here/../root.squashfs
if [ -n "${SQUASHED-}" ]; then
	:
elif [ -f "$image" ]; then
	root=$T/squash
	mkdir "$root"
	out=$(limited unshare -m sh -c '
		mount -t squashfs -o loop,ro "$1" "$2" && cd "$2" || exit
		for dir in proc sys dev run; do mount --rbind "/$dir" "$dir" || exit; done
		mount --move . / && exec chroot . env SQUASHED=1 SCOW= sh "$3"
	' sh "$image" "$root" "$here/readonly.t" 2>&1)
	rc=$? err=
	is "$rc" 0 "the same from a squashfs image as the root"
	nok "nothing failed there" eval 'printf "%s\n" "$out" | grep "^not ok"'
	like "$out" '^ok .*the program is on a squashfs' "it was one"
	like "$out" '^1\.\.[0-9]+$' "all of it ran"
else
	skip 4 "no image of a root here: the virtual machines have one"
fi

umount "$T/flash"
finish
