#!/bin/sh
# Shows containers of an ordinary user: their life from create to delete, with and without a cgroup
# that was delegated, one id or ranges of ids, what only root may have, refused by name; and root in
# somebody's user namespace, as a rootless engine has it.
. "${0%/*}/lib.sh"

U=4711
asuser=$(helper asuser) || bail "no helper asuser"
cp "$SCOW" "$asuser" "$T" && asuser=$T/asuser bin=$T/${SCOW##*/} || bail "cannot copy"
mkdir "$T/rootfs/mnt" "$T/user" && chown $U:$U "$T/user" && chmod 700 "$T/user"

# user CMD...: as our user, as after a login
user() {
	limited env XDG_RUNTIME_DIR="$T/user" "$asuser" $U $U,77 "$@"
}
# mine ARG...: the runtime in his hands
mine() {
	user "$bin" "$@"
}
mine_shows() {
	[ "$(mine state "$1" 2>/dev/null | field status)" = "$2" ]
}
# map ID [COUNT]: mappings of container id 0 to ID, and behind it COUNT more to 100000
map() {
	map_one="{\"containerID\":0,\"hostID\":$1,\"size\":1}${2:+,{\"containerID\":1,\"hostID\":100000,\"size\":$2\}}"
	printf '"uidMappings":[%s],"gidMappings":[%s]' "$map_one" "$map_one"
}
spaces="$default_namespaces,{\"type\":\"user\"}"
own=$(map $U)

# his WORD=VALUE...: the bundle "his", run in the foreground as $id
his() {
	bundle his namespaces="$spaces" linux="$own" "$@"
	id=$ID-h$((next_his = ${next_his:-0} + 1))
	run mine run -b "$T/his" "$id"
}

his cmd='true'
case $err in *"user namespaces"*) skip_all "$err" ;; esac

# --- what it is like inside

his cmd='id -u; id -g; cat /proc/self/uid_map; stat -c "%u %a" /tmp /dev/null; echo x >/dev/null && echo written
	ls /dev/pts/ptmx; hostname; cat /proc/1/oom_score_adj' process='"oomScoreAdj":500'
is "$rc:$err" "0:" "a container of an ordinary user"
is "$(echo $out)" "0 0 0 $U 1 65534 1777 65534 666 written /dev/pts/ptmx scow 500" \
	"he is its root, and it has devices, a terminal file system, a name and an OOM score"
his cmd='wc -c </proc/meminfo; ls /proc/irq /sys/kernel | wc -l; echo x 2>/dev/null >/proc/sys/kernel/hostname || echo read-only' \
	linux="$own,\"maskedPaths\":[\"/proc/meminfo\",\"/proc/irq\",\"/sys/kernel\"],\"readonlyPaths\":[\"/proc/sys\"]"
is "$rc:$(echo $out)" "0:0 3 read-only" "masks and read-only paths"
his cmd='cat /proc/sys/net/ipv4/ping_group_range' \
	linux="$own,\"sysctl\":{\"net.ipv4.ip_unprivileged_port_start\":\"80\"}"
is "$rc:$err" "0:" "sysctls of his network namespace"
echo secret >"$T/user/file"
chown $U "$T/user/file"
his cmd='cat /mnt/file; echo x >/mnt/new; touch /tmp/x' readonly=true \
	mounts="{\"destination\":\"/mnt\",\"type\":\"bind\",\"source\":\"$T/user\",\"options\":[\"bind\",\"ro\"]}"
isnt "$rc" 0 "a read-only root and bind: nothing can be written"
like "$out" '^secret$' "a bind from a directory that only he can enter"
nok "and nothing was written" test -e "$T/user/new"
his cmd='test -t 0 && test -t 1 && ls -l /dev/console | cut -c 1' terminal=true
is "$rc:$(echo "$out" | tr -d '\r')" "0:c" "a terminal"
his cmd='id -G'
is "$rc:$out" "0:0 65534" "his groups stay, as he cannot drop them outside either"
if [ -e /proc/self/ns/time ]; then
	his cmd='cut -d. -f1 /proc/uptime' namespaces="$spaces,{\"type\":\"time\"}" \
		linux="$own,\"timeOffsets\":{\"boottime\":{\"secs\":1000000,\"nanosecs\":0}}"
	ok "clocks of his own time namespace" test "${out:-0}" -gt 1000000
else
	skip 1 "no time namespaces"
fi
touch "$T/user/hooks"
chown $U "$T/user/hooks"
hook="[{\"path\":\"$busybox\",\"args\":[\"sh\",\"-c\",\"cat >/dev/null; echo \$0 >>$T/user/hooks\",\"%s\"]}]"
his cmd=true top="\"hooks\":{\"createRuntime\":$(printf "$hook" a),\"poststop\":$(printf "$hook" b)}"
is "$rc:$(echo $(cat "$T/user/hooks"))" "0:a b" "hooks"

# --- life and death, without a cgroup

id=$ID-life
bundle life namespaces="$spaces" linux="$own" cmd='trap "exit 7" TERM; sleep 300 & while :; do sleep 0.1; done'
run mine create -b "$T/life" --pid-file "$T/user/pid" "$id"
is "$rc:$out:$err" "0::" "create"
is "$(stat -c %u:%a "$T/user/scow" "$T/user/scow/$id" | tr '\n' ' ')" "$U:700 $U:700 " \
	"the state is below XDG_RUNTIME_DIR, and his"
is "$(mine state "$id" | field status):$(mine state "$id" | field owner)" "created:$U" "state"
run mine exec "$id" true
refused_with 255 "exec before start" "only root can enter container $id before its start"
run mine start "$id"
is "$rc:$out:$err" "0::" "start"
pid=$(mine state "$id" | field pid)
is "$pid" "$(cat "$T/user/pid")" "the pid file"
is "$(stat -c %u "/proc/$pid")" $U "its processes are his"
run mine exec "$id" sh -c 'id -u; cat /proc/sys/kernel/hostname'
is "$rc:$(echo $out):$err" "0:0 scow:" "exec"
run mine exec --cwd /tmp "$id" sh -c 'exit 5'
is "$rc" 5 "its exit code"
run mine list -q
is "$out" "$id" "list"
run scow list -q
unlike "$out" "^$id\$" "root's list has other containers"
run scow --root "$T/user/scow" exec "$id" sh -c 'id -u; id -G'
is "$rc:$(echo $out)" "0:0 0" "root may exec as well, without groups"
ok "ps finds all of it by its pid namespace" test "$(mine ps -f json "$id" | tr ',' '\n' | grep -c '[0-9]')" -ge 2
run mine pause "$id"
refused "pause needs a cgroup" "container $id has no cgroup of its own to freeze"
run mine update --pids-limit 5 "$id"
refused "so does update" "container $id has no cgroup of its own to limit"
run mine delete "$id"
refused "delete of a running one" "cannot delete container $id that is not stopped: running"
run mine kill "$id" TERM
ok "kill" soon mine_shows "$id" stopped
run mine delete "$id"
is "$rc:$out:$err" "0::" "delete"
bundle life namespaces="$spaces" linux="$own" cmd='trap "" TERM; sleep 300 & while :; do sleep 1; done'
run mine run -d -b "$T/life" "$id"
run mine kill --all "$id" USR1
is "$rc:$err" "0:" "kill --all of another signal"
run mine kill --all "$id" KILL
ok "kill --all" soon mine_shows "$id" stopped
run mine kill --all "$id" KILL
is "$rc" 0 "of a stopped one there is nothing to kill"
run mine delete --force "$id"
is "$rc:$(ls "$T/user/scow")" "0:" "nothing is left"

# --- a delegated cgroup

# delegate DIR: to our user, as systemd and others do it
delegate() {
	mkdir -p "$1"
	chown $U "$1" "$1/cgroup.procs" "$1/cgroup.subtree_control" "$1/cgroup.threads"
}
# from DIR CMD...: CMD of our user, started in that cgroup
from() {
	from_dir=$1
	shift
	(sh -c 'echo $PPID' >"$T/.pid" && cat "$T/.pid" >"$from_dir/cgroup.procs" && user "$@")
}
tree=$CG/$ID
delegate "$tree"
delegate "$tree/login"
bundle cg namespaces="$spaces" linux="$own" cmd='trap "exit 7" TERM; while :; do sleep 0.1; done'
id=$ID-c
run from "$tree/login" "$bin" run -d -b "$T/cg" "$id"
is "$rc:$err" "0:" "where a cgroup is delegated"
ok "the container gets one beside the user's" test -d "$tree/scow/$id"
pid=$(mine state "$id" | field pid)
is "$(sed -n 's/^0:://p' "/proc/$pid/cgroup")" "/$ID/scow/$id" "and is in it"
run from "$tree/login" "$bin" pause "$id"
is "$rc:$(mine state "$id" | field status)" "0:paused" "pause"
run from "$tree/login" "$bin" resume "$id"
is "$rc:$(mine state "$id" | field status)" "0:running" "resume"
run from "$tree/login" "$bin" exec "$id" sh -c 'echo 0'
is "$rc:$out" "0:0" "exec"
run mine exec "$id" true
refused_with 255 "exec from a cgroup that is not his" "cgroup.*ermission denied"
run mine ps -f json "$id"
has "$out" "$pid" "ps"
run mine kill --all "$id" KILL
ok "kill --all" soon mine_shows "$id" stopped
run mine delete "$id"
is "$rc:$err" "0:" "delete"
nok "removes the cgroup" test -d "$tree/scow/$id"
case " $(cat "$tree/cgroup.controllers") " in
*" pids "*)
	bundle cg namespaces="$spaces" linux="$own,\"resources\":{\"pids\":{\"limit\":20},\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}" \
		cmd='echo x >/dev/null && echo fine'
	run from "$tree/login" "$bin" run -b "$T/cg" "$id"
	is "$rc:$out:$err" "0:fine:" "a limit, and device rules, which need not be enforced"
	;;
*) skip 1 "no pids controller" ;;
esac
soon rmdir "$tree/login" # busybox's timeout has a watcher that outlives the command
rmdir "$tree/scow" "$tree"
tree=$CG/$ID-own
delegate "$tree"
run from "$tree" "$bin" run -d -b "$T/life" "$id"
is "$rc:$err" "0:" "a cgroup that the user is in himself"
ok "has the container's below it" test -d "$tree/scow/$id"
run mine delete --force "$id"
is "$rc:$err" "0:" "delete --force"
bundle cg namespaces="$spaces" linux="$own,\"cgroupsPath\":\"/$ID-own/named\"" cmd='exit 3'
run from "$tree" "$bin" run -b "$T/cg" "$id"
is "$rc:$err" "3:" "linux.cgroupsPath below what is delegated"
rmdir "$tree/scow"

# --- what is refused

# explained PROPERTY WHY: explain refuses the bundle of the last `his`, too
explained() {
	run mine explain "$T/his"
	like "$rc:$out" "REFUSED +$1 +$2" "explain: $1"
}
bundle no namespaces="$default_namespaces"
run mine run -b "$T/no" "$ID-no"
refused "no user namespace" "linux.namespaces: user $U, who is not root, needs a user namespace"
run mine explain "$T/no"
like "$rc:$out" "REFUSED +linux.namespaces +user $U, who is not root, needs a user namespace" "explain says so"
his linux="$own,\"resources\":{\"memory\":{\"limit\":10000000}}"
refused "a limit without a cgroup" "linux.resources.memory.limit: cannot be set, since no cgroup is delegated to user $U"
explained linux.resources.memory.limit "no cgroup is delegated to user $U"
his linux="$own,\"resources\":{\"memory\":{\"limit\":-1},\"pids\":{\"limit\":0},\"cpu\":{\"shares\":0}}"
is "$rc:$err" "0:" "limits that are none"
run mine explain "$T/his"
is "$rc:$err" "0:" "which explain does not refuse"
his linux="$own,\"cgroupsPath\":\"/$ID-not\""
refused "somebody else's cgroup" "linux.cgroupsPath: not delegated to user $U: make cgroup .*ermission denied"
his linux="$own,\"netDevices\":{\"eth0\":{}}"
refused "a device of the host's network" "linux.netDevices: only root can take a network device"
explained linux.netDevices "only root can take a network device"
his user='{"uid":5,"gid":0}'
refused "a user that is not mapped" "set uid 5: not mapped"
his user='{"uid":0,"gid":0,"additionalGids":[5]}'
refused "groups" "set additional groups: the user namespace or missing rights forbid setgroups"
his process='"oomScoreAdj":-500'
refused "a lower OOM score" "process.oomScoreAdj: write -500 to .*, which only root may lower"
explained process.oomScoreAdj ".*which only root may lower"
his process='"rlimits":[{"type":"RLIMIT_NOFILE","soft":9999999,"hard":9999999}]'
refused "a higher limit" "process.rlimits\[0\]: set it to 9999999"
explained 'process.rlimits\[0\].hard' "raise it: "
his linux="$(map 0)"
like "$rc:$err" "^1:.*linux.gidMappings: " "an id that is not his"
his linux="$(map $U 100)"
isnt "$rc" 0 "ranges that nobody gave him"
mkdir "$T/tools"
run env PATH="$T/tools" XDG_RUNTIME_DIR="$T/user" "$asuser" $U $U "$bin" run -b "$T/his" "$ID-r"
refused "ranges without newgidmap" "linux.gidMappings: more than the own id can be mapped only by newgidmap, which is not installed"
printf '#!%s sh\necho "newgidmap: says no" >&2\necho more >&2\nexit 1\n' "$busybox" >"$T/tools/newgidmap"
chmod 755 "$T/tools/newgidmap"
run env PATH="$T/tools" XDG_RUNTIME_DIR="$T/user" "$asuser" $U $U "$bin" run -b "$T/his" "$ID-r"
refused "its own words" "linux.gidMappings: newgidmap: says no \(/etc/subgid says what user $U may map\)$"
run limited env -u XDG_RUNTIME_DIR "$asuser" $U $U "$bin" state x
refused "no XDG_RUNTIME_DIR" "XDG_RUNTIME_DIR is not set: who is not root gives a directory .* by --root"
run limited env -u XDG_RUNTIME_DIR "$asuser" $U $U "$bin" features
is "$rc" 0 "what needs no state works without"
run limited env -u XDG_RUNTIME_DIR "$asuser" $U $U "$bin" --root "$T/user/other" list -q
is "$rc:$err" "0:" "and --root takes its place"
mkdir "$T/jail"
bundle his namespaces="$spaces" linux="$own"
run limited unshare -m sh -c 'mount --rbind / "$1" && cd / && exec chroot "$1" env XDG_RUNTIME_DIR="$2" "$3" '"$U $U"' \
	"$4" run -b "$5" "$6"' sh "$T/jail" "$T/user" "$asuser" "$bin" "$T/his" "$ID-j"
refused "where the kernel permits no user namespace" "linux.namespaces: user namespaces are not permitted here"
is "$(ls "$T/user/scow")" "" "nothing is left of them"

# --- looked after

his_engine() { mine --store "$T/user/store" "$@"; }
run mine define "$ID-d" --rootfs "$T/rootfs" -- true
refused_with 125 "no definitions of his own without a place" "user who is not root, have no definitions without --store"
run his_engine define "$ID-d" --rootfs "$T/rootfs" -- sh -c 'echo up; sleep 1000'
run his_engine start "$ID-d"
is "$rc:$err" "0:" "a defined container of his"
kill -KILL "$(his_engine inspect -f State.ConmonPid "$ID-d")"
run his_engine exec "$ID-d" id -u
is "$rc:$out" "0:0" "exec in it, by the next monitor"
is "$(his_engine logs "$ID-d")" up "its output"
run his_engine stop -t 0 "$ID-d"
is "$rc:$err:$(his_engine inspect -f State.ExitCode "$ID-d")" "0::137" "it is stopped"
run his_engine rm "$ID-d"
is "$rc:$err:$(ls "$T/user/scow" "$T/user/store" | grep -c "$ID")" "0::0" "and removed"
rm "$T/user/scow/events"

# --- the built-in configuration

mkdir -p "$T/user/made" && ln -s ../../rootfs "$T/user/made/rootfs" && chown $U "$T/user/made"
run user sh -c 'cd "$2" && "$1" spec --rootless' sh "$bin" "$T/user/made"
is "$rc:$err" "0:" "spec --rootless"
sed -e 's/"terminal": *true/"terminal":false/' -e 's/"sh"/"id"/' "$T/user/made/config.json" >"$T/user/made/c"
mv "$T/user/made/c" "$T/user/made/config.json"
run mine run -b "$T/user/made" "$ID-made"
like "$rc:$out:$err" '^0:uid=0.*:$' "makes a configuration that runs"
run mine run --rootfs "$T/rootfs" "$ID-made" -- sh -c 'id -u; cat /proc/self/uid_map; echo x >/dev/null && echo fine'
is "$rc:$(echo $out):$err" "0:0 0 $U 1 fine:" "run --rootfs"

# --- ranges of ids, by newuidmap

if command -v newuidmap >/dev/null && [ -u "$(command -v newuidmap)" ] && [ -e /etc/subuid ] && [ -e /etc/subgid ]; then
	{ grep -v ":$U:" /etc/passwd; echo "u$U:x:$U:$U::/:/bin/sh"; } >"$T/passwd"
	echo "u$U:100000:1000" >"$T/sub"
	ranges() {
		limited unshare -m sh -c 'for f in subuid subgid; do mount --bind "$0/sub" /etc/$f; done &&
			mount --bind "$0/passwd" /etc/passwd && exec "$@"' "$T" env XDG_RUNTIME_DIR="$T/user" \
			"$asuser" $U $U,77 "$bin" "$@"
	}
	bundle range namespaces="$spaces" linux="$(map $U 900)" user='{"uid":5,"gid":6,"additionalGids":[7]}' \
		cmd='id -u; id -g; id -G; cat /proc/self/uid_map'
	run ranges run -b "$T/range" "$ID-g"
	is "$rc:$(echo $out):$err" "0:5 6 6 7 0 $U 1 1 100000 900:" "a range of ids, and users and groups in it"
	bundle range namespaces="$spaces" linux="$(map $U 2000)"
	run ranges run -b "$T/range" "$ID-g"
	refused "a range that is not his" "linux.gidMappings: newgidmap: .*not allowed"
	chmod 711 "$T/user"
	bundle range namespaces="$spaces" linux="$(map 100000)" cmd='id -u; sleep 300' \
		mounts="{\"destination\":\"/mnt\",\"type\":\"bind\",\"source\":\"$T/user\",\"options\":[\"bind\",\"ro\"]}"
	run ranges run -d -b "$T/range" "$ID-g"
	is "$rc:$err" "0:" "a range without his own id"
	is "$(stat -c %u "/proc/$(mine state "$ID-g" | field pid)")" 100000 "its processes are another user's"
	run mine exec "$ID-g" id -u
	is "$rc:$out" "0:0" "exec"
	run mine delete --force "$ID-g"
	is "$rc:$err" "0:" "delete --force"
else
	skip 7 "no newuidmap"
fi

# --- root of somebody's user namespace

if user unshare -U -r -m true 2>/dev/null; then
	bundle in cmd='id -u; echo x >/dev/null && echo written' \
		linux='"resources":{"devices":[{"allow":false,"access":"rwm"}]}'
	run user unshare -U -r -m "$bin" run -b "$T/in" "$ID-in"
	is "$rc:$(echo $out):$err" "0:0 written:" "root of his user namespace: devices are bound, rules left out"
	is "$(ls "$T/user/scow")" "" "his state is in the user's place"
	run from "$tree" unshare -U -r -m "$bin" run -b "$T/in" "$ID-in"
	is "$rc:$(echo $out):$err" "0:0 written:" "with a delegated cgroup"
	rmdir "$tree/scow"
	bundle in namespaces="$spaces" linux="$(map 0)" cmd='cat /proc/self/uid_map'
	run user unshare -U -r -m "$bin" run -b "$T/in" "$ID-in"
	is "$rc:$(echo $out):$err" "0:0 0 1:" "a user namespace in it"
else
	skip 4 "no unshare -r"
fi
soon rmdir "$tree"
finish
