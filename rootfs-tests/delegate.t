#!/bin/sh
# Shows what a container sees and may do at /sys/fs/cgroup: its own cgroup as the root of a tree, to
# read or to write; and that its user owns of it what the kernel delegates, if and only if the mount
# is writable.
. "${0%/*}/lib.sh"

controllers=" $(cat $CG/cgroup.controllers) "
# at OPTIONS: list element of a cgroup mount
at() {
	printf '{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup",
		"options":["nosuid","noexec","nodev","%s"]}' "$1"
}
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000},{"containerID":1000,"hostID":200000,"size":1}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":2000}]'
user_ns="$default_namespaces,{\"type\":\"user\"}"
shared="\"destination\":\"/tmp\",\"type\":\"bind\",\"source\":\"$T/rootfs/tmp\",\"options\":[\"bind\"]"
# owners: the files of the cgroup of $id by owner: "cgroup.procs=100000 ..."; others than root's
owners() {
	(cd "$CG/scow/$id" && stat -c '%n=%u' . * | grep -v '=0$' | tr '\n' ' ')
}
# delegated UID: what the kernel lists, as owners prints it
delegated() {
	(cd "$CG/scow/$id" && for f in . *; do
		[ "$f" != . ] && ! grep -qxF "$f" /sys/kernel/cgroup/delegate || echo "$f=$1"
	done | tr '\n' ' ')
}
move='mkdir /sys/fs/cgroup/sub && echo 0 >/sys/fs/cgroup/sub/cgroup.procs && cat /proc/self/cgroup'
own() {
	echo "$out" | sed -n 's/^0:://p'
}

# root without a user namespace
try mounts="$(at ro)" cmd="$move"
has "$err" 'Read-only file system' "a read-only mount: no sub-cgroup can be made"
isnt "$rc" 0 "and the program sees the failure"
try mounts="$(at rw)" cmd="$move"
is "$rc:$(own)" "0:/sub" "a writable mount: root makes a sub-cgroup and moves there"
nok "it is removed with the container" test -d "$CG/scow/$id"

# in a user namespace
id=$ID-u
start_one "$id" mounts="$(at rw)" namespaces="$user_ns" linux="$map" cmd='sleep 60'
is "$(owners)" "$(delegated 100000)" "a user namespace's root owns what the kernel delegates, and no more"
like "$(owners)" '^\.=100000 cgroup.procs=100000 ' "the directory and cgroup.procs are among it"
run scow exec "$id" sh -c "$move"
is "$rc:$(own)" "0:/sub" "it makes a sub-cgroup and moves there"
run scow exec "$id" sh -c 'echo 1 >/sys/fs/cgroup/cgroup.freeze'
isnt "$rc" 0 "it cannot freeze its own root"
run scow exec "$id" sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.descendants'
isnt "$rc" 0 "nor change a limit of it"
run scow exec "$id" awk '$5 == "/sys/fs/cgroup" { print $4, $(NF - 2) }' /proc/self/mountinfo
is "$out" "/ cgroup2" "what is above cannot be seen"
run scow exec "$id" sh -c 'for d in a a/b a/b/c; do mkdir /sys/fs/cgroup/$d; done; cat /sys/fs/cgroup/a/b/c/cgroup.type'
is "$rc:$out" "0:domain" "a tree of its own"

# All move down and controllers are handed down: nothing may live in the top any more.
run scow exec "$id" sh -c 'cd /sys/fs/cgroup; for p in $(cat cgroup.procs); do echo $p >sub/cgroup.procs; done
	for c in $(cat cgroup.controllers); do echo +$c >cgroup.subtree_control || exit; done; cat cgroup.subtree_control'
is "$rc:$(echo "$out" | tr -d ' \n')" "0:$(tr -d ' \n' <"$CG/scow/$id/cgroup.controllers")" \
	"it hands its controllers down"
run scow exec "$id" cat /proc/self/cgroup
is "$rc" 0 "exec finds a place all the same"
case $controllers in
"  ") ;;
*) is "$(own)" /sub "which is where the first process is" ;;
esac
has "$(scow ps "$id")" "sleep 60" "ps shows processes of sub-cgroups"
run scow pause "$id"
is "$(status "$id")" paused "pause covers them"
scow resume "$id"
run scow delete --force "$id"
is "$rc:$err" "0:" "delete removes all of it"
nok "the cgroup is gone" test -d "$CG/scow/$id"

start_one "$id" mounts="$(at ro)" namespaces="$user_ns" linux="$map" cmd='sleep 60'
is "$(owners)" "" "a read-only mount: it owns nothing"
remove "$id"
start_one "$id" namespaces="$user_ns" linux="$map" cmd='sleep 60'
is "$(owners)" "" "no mount: it owns nothing"
remove "$id"
start_one "$id" mounts="$(at rw)" linux="$map" cmd='sleep 60' \
	namespaces="$(echo "$user_ns" | sed 's/,{"type":"cgroup"}//')"
is "$rc:$(owners)" "0:" "no cgroup namespace: it owns nothing"
remove "$id"

# the user of the process, and a joined user namespace
start_one "$id" mounts="$(at rw)" namespaces="$user_ns" linux="$map" cmd='sleep 60' \
	user='{"uid":1000,"gid":5}'
is "$(owners)" "$(delegated 200000)" "the owner is the user that the program runs as"
first=$(pid_of "$id")
id=$ID-j
start_one "$id" mounts="$(at rw)" cmd='sleep 60' namespaces="{\"type\":\"pid\"},{\"type\":\"mount\"},
	{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"network\"},{\"type\":\"cgroup\"},
	{\"type\":\"user\",\"path\":\"/proc/$first/ns/user\"}"
is "$rc:$(owners)" "0:$(delegated 100000)" "also in a user namespace that is joined"
remove "$id"
remove "$ID-u"
start_one "$id" mounts="$(at rw)" user='{"uid":1000,"gid":5}' cmd="$move; sleep 60"
is "$(owners | sed 's/sub=1000 //')" "$(delegated 1000)" "without a user namespace the owner is the user himself"
soon test -d "$CG/scow/$id/sub"
is "$(cat "/proc/$(pid_of "$id")/cgroup" | sed -n 's/^0:://p')" "/scow/$id/sub" "who moves to a sub-cgroup"
remove "$id"
finish
