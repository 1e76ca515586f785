#!/bin/sh
# Shows what happens where no cgroup2 is mounted: what needs it names the command that mounts it, what
# does not need it works; and --mount-cgroup, which mounts it.
. "${0%/*}/lib.sh"

# Containers that exist already, and one place from which no cgroup2 is seen.
bundle b cmd='trap "exit 7" TERM; while :; do sleep 100 & wait; done'
start_one "$ID-old" cmd='trap "exit 7" TERM; while :; do sleep 100 & wait; done'
[ "$rc" = 0 ] || bail "cannot run a container: $err"
how='mount -t cgroup2 cgroup2 /sys/fs/cgroup'

# bare CMD...: CMD in a mount namespace without a cgroup file system
bare() {
	unshare -m --propagation private sh -c 'umount -R "$0" 2>/dev/null || umount "$0"; exec "$@"' \
		"$CG" "$@"
}

bare_scow() {
	bare timeout -s KILL $((20 * TEST_SLOW)) "$SCOW" "$@"
}

is "$(bare ls -A "$CG" | wc -l)" 0 "a place without cgroup2"

# What needs a cgroup.
run bare_scow create -b "$T/b" "$ID-new"
refused "create" "no cgroup2 is mounted here: $how, or call scow with --mount-cgroup$"
run bare_scow run -b "$T/b" "$ID-new"
refused "run" "$how"
run bare_scow run --rootfs "$T/rootfs" "$ID-new" -- true
refused "run --rootfs" "$how"
run bare_scow state "$ID-new"
refused "nothing is left of them" "does not exist"
for verb in pause ps 'kill --all'; do
	run bare_scow $verb "$ID-old"
	refused "$verb" "$how"
done
run bare_scow exec "$ID-old" true
refused_with 255 "exec" "$how"

# What needs none.
run bare_scow state "$ID-old"
is "$rc:$err:$(echo "$out" | field status)" "0::running" "state"
run bare_scow --log-level info state "$ID-old"
like "$err" "whether it is paused cannot be seen" "and says what it cannot tell, at level info"
run bare_scow list -q
is "$rc" 0 "list"
has "$out" "$ID-old" "list shows it"
for verb in --version spec features 'help run' 'completion bash'; do
	run bare sh -c 'cd "$1" && shift && exec "$@"' sh "$T/rootfs/root" "$SCOW" $verb
	is "$rc:$err" "0:" "$verb"
done
run bare_scow --cgroup-manager=disabled run --rootfs "$T/rootfs" "$ID-free" -- echo free
is "$rc:$out:$err" "0:free:" "a container without a cgroup"
run bare_scow kill "$ID-old" TERM
is "$rc:$out:$err" "0::" "kill"
ok "it ends" soon shows "$ID-old" stopped
run bare_scow delete "$ID-old"
refused "delete, which has a cgroup to remove" "$how"
is "$(status "$ID-old")" stopped "and keeps the container for later"
run scow delete "$ID-old"
is "$rc:$err" "0:" "delete where cgroup2 is mounted"

# Asked to, scow mounts it; in a pid namespace it is process 1, and does not without being asked.
run bare sh -c '"$1" --mount-cgroup run --rootfs "$2" "$3" -- cat /proc/self/cgroup &&
	grep " $4 " /proc/self/mountinfo && find "$4" -name "$3"' sh "$SCOW" "$T/rootfs" "$ID-m" "$CG"
is "$rc:$err" "0:" "--mount-cgroup run"
like "$out" " $CG rw,nosuid,nodev,noexec,relatime .*- cgroup2 cgroup2 " "it is mounted"
like "$out" '^0::/$' "the container was in its cgroup"
run bare sh -c '"$1" --mount-cgroup list -q && "$1" --mount-cgroup list -q &&
	grep -c " $2 " /proc/self/mountinfo' sh "$SCOW" "$CG"
is "$rc:$(echo "$out" | tail -n 1):$err" "0:1:" "a second time it is there already"
run bare unshare -p -f "$SCOW" run --rootfs "$T/rootfs" "$ID-m" -- true
refused "process 1 of another pid namespace is not asked" "$how"

# What is there is not covered.
run bare sh -c 'mount -t tmpfs cgroup "$2" && mkdir "$2/memory" "$2/unified" &&
	"$1" --mount-cgroup list -q && cat "$2/unified/cgroup.controllers" >/dev/null && ls "$2"' \
	sh "$SCOW" "$CG"
is "$rc:$err" "0:" "beside cgroup v1 it is mounted on unified"
like "$out" '^memory$' "which stays"
run bare sh -c 'mount -t tmpfs cgroup "$2" && mkdir "$2/memory" && "$1" --mount-cgroup list -q' \
	sh "$SCOW" "$CG"
refused "without such a directory" "--mount-cgroup: .*mkdir -p $CG/unified && mount -t cgroup2"
run bare sh -c 'mount -t tmpfs none /sys && "$1" run --rootfs "$2" "$3" -- true' sh "$SCOW" "$T/rootfs" \
	"$ID-m"
refused "without a sysfs" "mount -t sysfs sysfs /sys"

# Without a cgroup a container's processes are found by their pid namespace.
bundle free cmd='trap "" USR1; sleep 300 & while :; do sleep 100 & wait; done'
run scow --cgroup-manager=disabled run -d -b "$T/free" "$ID-free"
is "$rc:$err" "0:" "a container without a cgroup"
has_two() {
	scow ps -f json "$ID-free" | grep -q ','
}
ok "ps" soon has_two
run scow kill --all "$ID-free" USR1
is "$rc:$err" "0:" "kill --all"
is "$(status "$ID-free")" running "of a signal that does not end the first"
run scow kill --all "$ID-free" KILL
ok "and of KILL" soon shows "$ID-free" stopped
run scow kill --all "$ID-free" KILL
is "$rc:$err" "0:" "then nobody is left to kill"
remove "$ID-free"
bundle free cmd='sleep 300' namespaces="$(echo "$default_namespaces" | sed 's/{"type":"pid"},//')"
run scow --cgroup-manager=disabled run -d -b "$T/free" "$ID-free"
run scow kill --all "$ID-free" KILL
refused "with neither" "has neither a cgroup nor a pid namespace of its own to find its processes by"
run scow delete --force "$ID-free"
is "$rc:$err" "0:" "delete --force"
finish
