#!/bin/sh
# isolate.sh CMD [ARG...]: runs CMD where a container runtime can be tested without touching the
# host, and says so loudly when something is left over. CMD gets
#
#   own mount, pid, net, ipc, uts and cgroup namespaces, lo up, a fresh tmpfs on /run,
#   only a cgroup2 on /sys/fs/cgroup, whose root is an own cgroup without a process:
#
#     HIERARCHY/scow-test.RANDOM        hands every controller down, so that the parent keeps them
#     HIERARCHY/scow-test.RANDOM/view   the root that CMD sees; not one process
#     HIERARCHY/scow-test.RANDOM/view/init   CMD and its children
#
# It works on hybrid and on pure cgroup2 hosts and in a plain chroot that has /proc. Several runs
# at once do not meet. The exit code is CMD's; 97 when CMD succeeded but left something behind,
# 96 when the isolation itself could not be made.
#
# Traps that shape this file:
# - A fresh cgroup2 mount made in the first cgroup namespace resets nsdelegate and friends for the
#   whole machine: repeat the options that are in force (cgroup_get_tree() in the kernel).
# - In a chroot / is no mount point: it cannot be made private, pivot_root refuses to leave it, no
#   user namespace can be made, and whoever joins the mount namespace again is out of it. So a
#   recursive bind of / is hung into a private tmpfs on the chroot's own /proc, and pivoted to.
# - A background job of sh ignores SIGINT and SIGQUIT and reads /dev/null, and CMD would inherit
#   all three; a foreground one keeps sh from acting on SIGTERM.
set -u

die() {
	echo "isolate.sh: $*" >&2
	exit 96
}

# enable DIR: hands down whatever controllers can be handed down; prints those that were not before
enable() {
	for c in $(cat "$1/cgroup.controllers"); do
		case " $(cat "$1/cgroup.subtree_control") " in *" $c "*) continue ;; esac
		echo "+$c" 2>/dev/null >"$1/cgroup.subtree_control" && echo "$c"
	done 2>/dev/null
}

# The new mount namespace, still with the host's cgroup and processes.
stage_private() {
	mount --make-rprivate / 2>/dev/null || leave_chroot "$@"
	stage_cgroup "$@"
}

# Makes the chroot the real root of our mount namespace, so that nothing finds a way to the host's.
leave_chroot() {
	busybox=$(command -v busybox) || die "in a chroot, please install busybox-static first"
	[ -d /proc/driver ] || die "in a chroot, please mount /proc first"
	mount --make-private /proc || die "/proc is no mount point"
	mount -t tmpfs isolate /proc/driver && mkdir /proc/driver/root &&
		mount --rbind / /proc/driver/root &&
		mount --make-rprivate /proc/driver/root || die "cannot make / a mount point"
	# Joining one's own mount namespace leads to its root, outside of the chroot.
	exec nsenter --mount=/proc/self/ns/mnt --wd=/proc/driver/root ".$busybox" sh -c '
		busybox=$1
		shift
		$busybox mount --make-rprivate / && $busybox pivot_root . . && $busybox umount -l . &&
			exec $busybox chroot . "$0" --stage-cgroup "$@"
	' "$self" ".$busybox" "$cwd" "$@"
	die "cannot leave the chroot"
}

stage_cgroup() {
	options=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") {
		print $(i + 3); exit } }' /proc/self/mountinfo /proc/1/mountinfo)
	hierarchy=$(mktemp -d) || die "cannot make a temporary directory"
	mount -t cgroup2 -o "${options:-rw}" cgroup2 "$hierarchy" || {
		rmdir "$hierarchy"
		die "cannot mount cgroup2"
	}
	added=$(enable "$hierarchy")
	top=$(mktemp -d "$hierarchy/scow-test.XXXXXX") || die "cannot make a cgroup"
	enable "$top" >/dev/null
	mkdir "$top/view" "$top/view/init" || die "cannot make a cgroup"

	trap 'kill -KILL "$child" 2>/dev/null' INT TERM HUP
	exec 3<&0
	(
		echo 0 >"$top/view/cgroup.procs" || exit 96
		exec env --default-signal=INT,QUIT unshare -C "$self" --stage-namespaces "$cwd" \
			"$hierarchy" "$top" "$@"
	) <&3 3<&- &
	child=$!
	exec 3<&-
	while :; do
		wait "$child"
		rc=$?
		kill -0 "$child" 2>/dev/null || break
	done
	trap '' INT TERM HUP
	clean_up
	exit "$rc"
}

# All processes are gone with the pid namespace; what is still in the cgroup escaped it.
clean_up() {
	n=0
	while [ -d "$top" ]; do
		find "$top" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$top" ] || break
		n=$((n + 1))
		[ "$n" -lt 20 ] || break
		sleep 0.1
	done
	if [ -d "$top" ]; then
		echo "isolate.sh: LEFT BEHIND, these cgroups cannot be removed:" >&2
		find "$top" -depth -type d | while read -r dir; do
			echo "  ${dir#"$hierarchy"}: processes $(tr '\n' ' ' <"$dir/cgroup.procs")" >&2
		done
		[ "$rc" -ne 0 ] || rc=97
	fi
	for c in $added; do # EBUSY: another run needs it
		echo "-$c" 2>/dev/null >"$hierarchy/cgroup.subtree_control"
	done 2>/dev/null
	umount "$hierarchy" && rmdir "$hierarchy"
}

# The new cgroup namespace has its root where we are now; leave that root, then split off the rest.
stage_namespaces() {
	echo 0 >"$2/view/init/cgroup.procs" || exit 96
	exec unshare -m -p -f --kill-child --mount-proc -n -i -u --propagation private \
		"$self" --stage-inside "$cwd" "$@"
}

# Process 1 of the new pid namespace: sh reaps orphans while it waits for CMD.
stage_inside() {
	umount "$1" || die "cannot unmount the whole cgroup hierarchy"
	shift 2
	umount -R /sys/fs/cgroup 2>/dev/null
	[ -d /sys/fs/cgroup ] || mount -t sysfs sysfs /sys || die "cannot mount sysfs"
	mount -t cgroup2 cgroup2 /sys/fs/cgroup || die "cannot mount cgroup2 on /sys/fs/cgroup"
	mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/lock || die "cannot mount /run"
	ip link set lo up 2>/dev/null || busybox ip link set lo up 2>/dev/null
	cd "$cwd" || die "cannot enter $cwd"
	SCOW_ISOLATED=1 "$@"
	rc=$?

	n=0
	while left=$(processes) && [ -n "$left" ] && [ "$n" -lt 20 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	if [ -n "$left" ]; then
		echo "isolate.sh: LEFT BEHIND, these processes still run:" >&2
		echo "$left" >&2
		[ "$rc" -ne 0 ] || rc=97
	fi
	exit "$rc"
}

# processes: all but process 1 (us), zombies and this function's own subshell
processes() {
	me=$(sh -c 'echo $PPID')
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		[ "$pid" != 1 ] && [ "$pid" != "$me" ] || continue
		read -r stat 2>/dev/null <"$dir/stat" || continue
		case ${stat##*)} in " Z"*) continue ;; esac
		echo "  $pid $(tr '\0' ' ' <"$dir/cmdline") [state, parent:$(echo "${stat##*)}" | cut -d" " -f2-3)]"
	done 2>/dev/null
}

case ${1-} in
"") die "usage: isolate.sh CMD [ARG...]" ;;
--stage-*)
	stage=$1 cwd=$2
	self=$0
	shift 2
	"stage_${stage#--stage-}" "$@"
	;;
*)
	[ "$(id -u)" = 0 ] || die "needs root"
	cwd=$(pwd)
	case $0 in /*) self=$0 ;; */*) self=$cwd/$0 ;; *) self=$(command -v "$0") ;; esac
	exec unshare -m --propagation unchanged "$self" --stage-private "$cwd" "$@"
	;;
esac
