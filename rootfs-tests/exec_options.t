#!/bin/sh
# Shows exec's --cgroup, --ignore-paused and --preserve-fds, and --pidfd-socket of create, run and exec.
. "${0%/*}/lib.sh"

pidfd=$(helper pidfd) || bail "no pidfd helper"
probe=$(helper probe) || bail "no probe helper"
cp "$probe" "$T/rootfs/bin/probe"
id=$ID-a
ok "a container" start_one "$id" cmd='sleep 120'
cgroup=$(sed -n 's/^0:://p' "/proc/$(pid_of "$id")/cgroup")

# --- a cgroup below the container's ------------------------------------------------------------
mkdir "$CG$cgroup/sub" "$CG$cgroup/sub/deeper"
# in_cgroup OPTION...: the cgroup that exec with these options runs in, as the container sees it
in_cgroup() {
	run scow exec "$@" "$id" sed -n 's/^0:://p' /proc/self/cgroup
}
in_cgroup
is "$rc:$out" "0:/" "without --cgroup: the container's"
in_cgroup --cgroup sub
is "$rc:$out:$err" "0:/sub:" "--cgroup"
in_cgroup --cgroup /sub/deeper/
is "$rc:$out" "0:/sub/deeper" "--cgroup, two deep, with slashes"
in_cgroup --cgroup /
is "$rc:$out" "0:/" "--cgroup /"
in_cgroup --cgroup sub/../sub
is "$rc:$out" "0:/sub" ".. inside"
for path in .. sub/../.. /../x ../..; do
	in_cgroup --cgroup "$path"
	refused_with 255 "--cgroup $path" ' is not a sub cgroup path'
done
in_cgroup --cgroup nosuch
refused_with 255 "--cgroup that is not there" ' adding pid .*/nosuch/cgroup\.procs: no such file or directory'
in_cgroup --cgroup whaaat:/
refused_with 255 "an unknown controller" 'unknown controller "whaaat"'
in_cgroup --cgroup :sub
refused_with 255 "an empty controller" 'unknown controller ""'
controllers=$(tr ' ' ',' <"$CG$cgroup/cgroup.controllers")
if [ -n "$controllers" ]; then
	in_cgroup --cgroup "$controllers:sub"
	is "$rc:$out" "0:/sub" "controllers in front of it"
	pid_of "$id" >"$CG$cgroup/sub/deeper/cgroup.procs"
	echo +hugetlb >"$CG$cgroup/cgroup.subtree_control" || echo +memory >"$CG$cgroup/cgroup.subtree_control"
	in_cgroup --cgroup /
	refused_with 255 "a cgroup that may have no processes" ' adding pid .* to cgroups.*/cgroup\.procs: device or resource busy'
	in_cgroup
	is "$rc:$out" "0:/sub/deeper" "which without the option means that of the first process"
	echo "-hugetlb -memory" >"$CG$cgroup/cgroup.subtree_control"
	pid_of "$id" >"$CG$cgroup/cgroup.procs"
else
	skip 3 "no controllers"
fi 2>/dev/null
run scow --cgroup-manager disabled run -d --rootfs "$T/rootfs" "$ID-none" sleep 60
run scow exec --cgroup / "$ID-none" true
refused_with 255 "--cgroup without a cgroup" 'has no cgroup of its own'
remove "$ID-none"

# --- a paused container ------------------------------------------------------------------------
scow pause "$id"
scow exec --ignore-paused "$id" echo thawed </dev/null >"$T/late" 2>&1 &
pid=$!
sleep 0.3
is "$(cat "$T/late")" "" "--ignore-paused: it waits"
scow resume "$id"
wait "$pid"
is "$?:$(cat "$T/late")" "0:thawed" "and runs when the container does"

# --- descriptors -------------------------------------------------------------------------------
echo hello >"$T/file"
run scow exec --preserve-fds 2 "$id" true
refused_with 255 "--preserve-fds of one that is not open" 'descriptor 3 is not open'
exec 3<"$T/file" 4<"$T/file"
run scow exec --preserve-fds=2 "$id" sh -c 'cat <&4; probe fds | cut -d " " -f 1 | tr "\n" " "'
is "$rc:$out" "0:hello
0 1 2 3 4 " "--preserve-fds, and no others"
exec 3<&- 4<&-

# --- pidfds ------------------------------------------------------------------------------------
# listen SIGNAL: the client; what it says arrives in $T/pidfd, the signal when $T/socket is removed
listen() {
	rm -f "$T/socket"
	limited "$pidfd" "$T/socket" "$1" >"$T/pidfd" 2>&1 &
	client=$!
	soon test -S "$T/socket"
}

listen 0
run scow exec -d --pidfd-socket "$T/socket" --pid-file "$T/pid" "$id" sleep 60
wait "$client"
is "$rc:$err:$(cat "$T/pidfd")" "0::pid $(cat "$T/pid")" "exec --pidfd-socket"
kill -KILL "$(cat "$T/pid")"
listen 9
scow exec --pidfd-socket "$T/socket" "$id" sleep 61 </dev/null >/dev/null 2>&1 &
pid=$!
soon eval 'scow ps "$id" | grep -q "sleep 61"'
rm "$T/socket"
wait "$pid"
is "$?" 137 "a signal through it"
wait "$client"
bundle c args='["sleep","60"]' namespaces='{"type":"mount"}' hostname=null # not pid 1: TERM ends it
listen 0
run scow create -b "$T/c" --pidfd-socket "$T/socket" "$ID-c"
wait "$client"
is "$rc:$err:$(cat "$T/pidfd")" "0::pid $(pid_of "$ID-c")" "create --pidfd-socket"
remove "$ID-c"
listen 15
run scow run -d -b "$T/c" --pidfd-socket "$T/socket" "$ID-d"
is "$rc:$err" "0:" "run --pidfd-socket"
rm "$T/socket"
wait "$client"
ok "it is the container's" soon shows "$ID-d" stopped
remove "$ID-d"
listen 0
run sh -c 'cd "$1" && "$2" run -b c --pidfd-socket socket "$3" & wait $!' sh "$T" "$SCOW" "$ID-e" &
running=$!
wait "$client"
like "$(cat "$T/pidfd")" '^pid [0-9]+$' "a path relative to the caller's directory"
soon shows "$ID-e" running
scow kill "$ID-e" KILL
wait "$running"
run scow run -b "$T/c" --pidfd-socket "$T/nosuch" "$ID-f"
refused "a socket that is not there" "connect to pidfd socket $T/nosuch: No such file"
run scow exec --pidfd-socket "$T/nosuch" "$id" true
refused_with 255 "the same of exec" "connect to pidfd socket $T/nosuch"
remove "$id"
finish
