#!/bin/sh
# podman.sh: shows that podman drives the runtime as it is: TAP, 20 to 40 s, nothing left behind.
#
# Everything of podman's is in $T: storage, state, configuration, the root file system that it runs. Limits of
# resources are not asked for: where this runs there may be no controller. Wanted are podman and conmon; script
# (terminals) and catatonit (--init, a pod's infra container) when they are there. From outside: as lib.sh says.
#
# What podman needs to know, and where a machine without full cgroups needs help, is in containers.conf below:
# no default limits; and the two lists of what runtimes can do go by the name of the binary.
. "${0%/*}/lib.sh"
need podman conmon

name=$(basename "$SCOW")
cat >"$T/containers.conf" <<END
[containers]
pids_limit=0
default_ulimits=[]
[engine]
cgroup_manager="cgroupfs"
events_logger="file"
runtime_supports_json=["$name"]
runtime_supports_nocgroup=["$name"]
[network]
network_config_dir="$T/net"
END
cat >"$T/storage.conf" <<END
[storage]
driver="vfs"
graphroot="$T/graph"
runroot="$T/runroot"
END
export CONTAINERS_CONF="$T/containers.conf" CONTAINERS_STORAGE_CONF="$T/storage.conf" TMPDIR="$T"
# The words of it, for a terminal's sh -c as well.
podman_words="podman --runtime $SCOW --tmpdir $T/tmp"

podman() {
	# shellcheck disable=SC2086
	limited $podman_words "$@"
}

# once "OPTION..." CMD...: podman run, with $net as the network
#
# Under load podman 4.3 now and then shows nothing of a program that ends at once, although conmon has
# logged it: then the log counts, and a note says so.
net=none
once() {
	once_options=$1
	shift
	# shellcheck disable=SC2086
	run podman run --name once --network "$net" --cgroup-parent "/$ID" $once_options \
		--rootfs "$T/rootfs" "$@"
	if [ -z "$out$err" ]; then
		out=$(podman logs once 2>/dev/null)
		[ -z "$out" ] || note "podman lost this output, its log has it: $out"
	fi
	podman rm -f -t 0 -v --ignore once >/dev/null 2>&1
}

# keep NAME "OPTION..." CMD...: podman run -d
keep() {
	keep_name=$1 keep_options=$2
	shift 2
	# shellcheck disable=SC2086
	run podman run -d --name "$keep_name" --network "$net" --cgroup-parent "/$ID" $keep_options \
		--rootfs "$T/rootfs" "$@"
	is "$rc" 0 "run -d $keep_options: $keep_name"
}

# drop NAME...
drop() {
	run podman rm -f -t 0 "$@"
	is "$rc" 0 "rm -f $*"
}

# said CONTAINER LINE: its log has that line
said() {
	podman logs "$1" 2>/dev/null | grep -qx "$2"
}

state_of() {
	podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"
}

# --- run: output, exit codes ---------------------------------------------------------------------

once "" sh -c 'echo out; echo err >&2; exit 7'
is "$rc:$out:$err" "7:out:err" "run: both outputs and the exit code"
once "" nosuch
like "$rc:$err" '^127:.*"nosuch": executable file not found in \$PATH' "run of what is not there: 127"
once "" /etc/noexec
like "$rc:$err" '^126:.*"/etc/noexec": permission denied' "run of what is not executable: 126"
once "" /etc
is "$rc" 126 "run of a directory: 126"
once "--no-such-flag" true
is "$rc" 125 "a flag that podman does not know: 125"
once "" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
is "$rc" 137 "128 + 9 after SIGKILL"
run_in "$T/in" podman run --rm -i --network none --cgroup-parent "/$ID" --rootfs "$T/rootfs" cat
is "$rc:$out" "0:in" "run -i: stdin"
once "--timeout 1" sleep 60
isnt "$rc" 0 "run --timeout"
once "--preserve-fds 1" sh -c 'echo three >&3' 3>"$T/three"
is "$rc:$(cat "$T/three")" "0:three" "--preserve-fds"
run podman run --rm --network none --cgroups disabled --rootfs "$T/rootfs" true
is "$rc" 0 "--cgroups disabled"

# --- what the process gets -----------------------------------------------------------------------

once "" sh -c "$status_lines"
is "$rc:$(echo $out)" "0:00000000a80425fb 0 2" "podman's capabilities; its seccomp profile is on"
once "" sh -c 'unshare -m true 2>&1; mount -t tmpfs x /data 2>&1'
isnt "$rc" 0 "and stops a mount"
once "--security-opt seccomp=unconfined --security-opt no-new-privileges --cap-drop all" sh -c "$status_lines"
is "$rc:$(echo $out)" "0:0000000000000000 1 0" "seccomp=unconfined, no-new-privileges, --cap-drop all"
once "--cap-add NET_ADMIN" sh -c "$status_lines"
is "$rc:$(echo $out | cut -d' ' -f1)" "0:00000000a80435fb" "--cap-add"
once "--user 1000:5 --group-add 7" id
like "$rc:$out" '^0:uid=1000.* gid=5.* groups=.*7' "--user, --group-add"
once "--user user" sh -c 'id -un; grep CapEff /proc/self/status'
is "$rc:$(echo $out)" "0:user CapEff: 0000000000000000" "--user by name has no capabilities"
once "--umask 0077 -w /home -e A=b" sh -c 'umask; pwd; echo $A'
is "$rc:$(echo $out)" "0:0077 /home b" "--umask, -w, -e"
once "--hostname box --oom-score-adj 100" sh -c 'hostname; cat /proc/self/oom_score_adj'
is "$rc:$(echo $out)" "0:box 100" "--hostname, --oom-score-adj"
once "--ulimit nofile=100:200 --ulimit nproc=1000:1000" sh -c 'ulimit -n; ulimit -Hn'
is "$rc:$(echo $out)" "0:100 200" "--ulimit"
once "--sysctl net.ipv4.ip_forward=1" cat /proc/sys/net/ipv4/ip_forward
is "$rc:$out" "0:1" "--sysctl"
once "--security-opt seccomp=$T/profile.json" sh -c 'mkdir /x; chmod 0 /etc; echo went on'
like "$rc:$(echo $out):$(echo $err)" '^0:went on:.*not supported.*not permitted' "a seccomp profile, with errnoRet"
once "--privileged" sh -c 'grep Seccomp: /proc/self/status; mount -t tmpfs x /data && ls -d /dev/kmsg'
is "$rc:$(echo $out)" "0:Seccomp: 0 /dev/kmsg" "--privileged"

# --- mounts and devices --------------------------------------------------------------------------

once "--read-only" sh -c 'touch /x 2>/dev/null || echo ro; touch /tmp/x && echo tmp; touch /dev/shm/x && echo shm'
is "$rc:$(echo $out)" "0:ro tmp shm" "--read-only, with its tmpfs"
once "--tmpfs /data:size=1m,mode=700" sh -c 'stat -c %a /data; grep " /data " /proc/mounts'
like "$rc:$(echo $out)" '^0:700 .*size=1024k' "--tmpfs"
once "--tmpfs /etc" sh -c 'test -e /etc/noexec && echo copied'
is "$rc:$out" "0:copied" "--tmpfs on a directory keeps its files (tmpcopyup)"
once "-v $T/vol:/data" sh -c 'cat /data/file; echo new >/data/new'
is "$rc:$out:$(cat "$T/vol/new")" "0:volume:new" "-v"
once "-v $T/vol:/data:ro,noexec" sh -c 'touch /data/x 2>/dev/null || grep " /data " /proc/mounts'
like "$rc:$out" '^0:.* ro,.*noexec' "-v with options"
mount -t tmpfs shared "$T/vol" && mount --make-shared "$T/vol" && mkdir "$T/vol/late"
once "-v $T/vol:/data:rshared" sh -c 'sed -n "s|.* /data .* \(shared:\).*|\1|p" /proc/self/mountinfo'
is "$rc:$out" "0:shared:" "-v :rshared"
keep slave "-v $T/vol:/data:rslave" sleep 60
mount -t tmpfs late "$T/vol/late" && echo late >"$T/vol/late/file"
run podman exec slave cat /data/late/file
is "$rc:$out" "0:late" "-v :rslave: a later mount of the host arrives"
umount "$T/vol/late"
drop slave
umount "$T/vol"
once "-v $T/vol:/data:idmap=uids=0-1000-1;gids=0-1000-1" stat -c %u:%g /data/file
is "$rc:$out" "0:1000:1000" "-v :idmap="
once "-v named:/data" sh -c 'echo x >/data/x && echo written'
is "$rc:$out" "0:written" "-v with a named volume"
once "-v $T/vol/file:/made/for/it:ro" cat /made/for/it
is "$rc:$out" "0:volume" "-v of a file, on a path that is not there"
once "--device /dev/kmsg:/dev/other" sh -c 'stat -c "%t:%T" /dev/other'
is "$rc:$out" "0:1:b" "--device"
once "" sh -c 'cat /proc/keys; ls /sys/firmware; echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo ro'
is "$rc:$out" "0:ro" "masked and read-only paths"
if command -v catatonit >/dev/null; then
	once "--init" sh -c 'tr "\0" " " </proc/1/cmdline; exit 3'
	like "$rc:$out" '^3:.*init -- sh' "--init"
else
	skip 1 "--init: catatonit is not installed"
fi

# --- one that stays ------------------------------------------------------------------------------

keep one "" sh -c 'trap "echo usr" USR1; trap "echo term; exit 9" TERM; echo up; while :; do sleep 0.1; done'
ok "logs" soon said one up
run podman ps --format '{{.Names}} {{.Status}}'
like "$out" '^one Up ' "ps"
run podman exec one sh -c 'echo out; echo err >&2; exit 6'
is "$rc:$out:$err" "6:out:err" "exec: both outputs and the exit code"
run_in "$T/in" podman exec -i one cat
is "$rc:$out" "0:in" "exec -i"
run podman exec -u 1000 -w /home -e A=b one sh -c 'id -u; pwd; echo $A'
is "$rc:$(echo $out)" "0:1000 /home b" "exec -u, -w, -e"
run podman exec one nosuch
like "$rc:$err" '^127:.*"nosuch": executable file not found in \$PATH' "exec of what is not there: 127"
run podman exec one /etc/noexec
is "$rc" 126 "exec of what is not executable: 126"
run podman exec -d one sh -c 'echo >/tmp/detached; sleep 60'
is "$rc" 0 "exec -d"
ok "it runs" soon test -e "$T/rootfs/tmp/detached"
run podman top one pid args
like "$out" 'sleep 60' "top shows it"
run podman kill -s USR1 one
ok "kill -s USR1" soon said one usr
run podman pause one
is "$rc:$(state_of one)" "0:paused 0" "pause"
run podman exec one true
isnt "$rc" 0 "no exec while it is paused"
run podman unpause one
is "$rc:$(state_of one)" "0:running 0" "unpause"
run podman restart -t 10 one
is "$rc" 0 "restart"
ok "it had SIGTERM" said one term
ok "and runs again" podman exec one true
run podman stop -t 10 one
is "$rc:$(state_of one)" "0:exited 9" "stop by SIGTERM"
run podman exec one true
is "$rc" 255 "no exec when it is stopped"
run podman start one
is "$rc:$(state_of one)" "0:running 0" "start"
run podman kill one
run podman wait one
is "$rc:$out" "0:137" "kill, wait"
run podman rm one
is "$rc" 0 "rm"
keep stubborn "" sleep 60
run podman stop -t 0 stubborn
is "$rc:$(state_of stubborn)" "0:exited 137" "stop -t 0 by SIGKILL"
drop stubborn
run podman create --name made --network none --cgroup-parent "/$ID" --rootfs "$T/rootfs" sh -c 'echo ran; exit 4'
run podman init made
is "$rc:$(state_of made)" "0:initialized 0" "create, init"
run podman start -a made
is "$rc:$out" "4:ran" "start -a"
drop made
keep sick "--health-cmd true --health-interval disable" sleep 60
run podman healthcheck run sick
is "$rc" 0 "healthcheck run"
if controller pids; then
	run podman update --pids-limit 77 sick
	is "$rc" 0 "update --pids-limit"
else
	run podman update --cpus 1 sick
	like "$rc:$err" "^12[56]:.*controller" "update: no cpu controller here, for no runtime; that is said"
fi
drop sick
keep gone "--rm" sleep 60
run podman kill gone
unknown() {
	! podman container exists gone
}
ok "run -d --rm: it removes itself" soon unknown

# --- namespaces ----------------------------------------------------------------------------------

keep host "--ipc shareable --hostname shared" sleep 60
once "--pid container:host" ps -o args
like "$rc:$(echo $out)" '^0:.*sleep 60.*ps -o args' "--pid container:"
once "--uts container:host" hostname
is "$rc:$out" "0:shared" "--uts container:"
once "--ipc container:host" touch /dev/shm/both
run podman exec host ls /dev/shm
is "$rc:$out" "0:both" "--ipc container:"
net=container:host
once "" sh -c 'ls /sys/class/net'
is "$rc:$out" "0:lo" "--network container:"
maps="--uidmap 0:0:1 --uidmap 1:100000:5000"
once "$maps" sh -c 'wc -l </proc/self/uid_map; ls /sys/class/net >/dev/null'
is "$rc:$out" "0:2" "--network container: of the host's, with a user namespace of its own"
net=none
once "--pid host" sh -c 'test $$ != 1'
is "$rc" 0 "--pid host"
once "--cgroupns host" sed -n s/^0:://p /proc/self/cgroup
like "$rc:$out" "^0:.*/$ID/libpod-" "--cgroupns host"
drop host

keep mapped "$maps" sleep 60
run podman exec mapped sh -c 'id -u; wc -l </proc/self/uid_map; touch /tmp/mapped'
is "$rc:$(echo $out)" "0:0 2" "--uidmap: exec is root of the user namespace"
run podman exec -u 5 mapped sh -c 'touch /tmp/five'
is "$rc:$(stat -c %u "$T/rootfs/tmp/five")" "0:100004" "and another user is mapped"
once "--userns container:mapped --pid container:mapped" ps -o args
like "$rc:$(echo $out)" '^0:.*sleep 60.*ps -o args' "--userns container: with --pid container:"
drop mapped
once "$maps --privileged" sh -c 'ls -l /dev/ptmx | grep -q pts/ptmx && mount -t tmpfs x /data'
is "$rc" 0 "--uidmap --privileged"

run podman pod create --name pod --share-parent=false --infra=false --cgroup-parent "/$ID"
is "$rc" 0 "pod create"
once "--pod pod" echo inside
is "$rc:$out" "0:inside" "run --pod"
run podman pod rm -f -t 0 pod
is "$rc" 0 "pod rm"

# --- terminals -----------------------------------------------------------------------------------

once "-t" sh -c 'tty; ls /dev/console'
is "$rc:$(echo $out | tr -d '\r')" "0:/dev/pts/0 /dev/console" "run -t without a terminal outside"

if tty_begin; then
	options="--network none --cgroup-parent /$ID --rootfs $T/rootfs"
	on_tty "$podman_words run --rm -it $options sh -c '$size; exit 5'"
	is "$rc:$out" "5:33 99" "run -it: window size and exit code"
	keep screen "-t" sleep 60
	on_tty "$podman_words exec -it screen sh -c 'tty; $size; exit 4'"
	is "$rc:$(echo $out)" "4:/dev/pts/1 33 99" "exec -it"
	echo 'typed' >&9
	on_tty "$podman_words exec -it screen sh -c 'read word; echo \"got \$word\"'"
	like "$rc:$(echo $out)" '^0:.*got typed' "what is typed arrives"
	drop screen
	exec 9>&-
else
	skip 5 "NO TEST OF TERMINALS: script of util-linux is not here"
fi

# -------------------------------------------------------------------------------------------------

run podman ps -aq
is "$rc:$out" "0:" "no container is left"
run podman volume rm -a
is "$(ls -A "$STATE" 2>/dev/null | grep -E '^[0-9a-f]{64}$')" "" "nor any state of the runtime"
find "$CG/$ID" -depth -type d -exec rmdir {} + # podman leaves the parent
finish
