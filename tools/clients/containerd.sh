#!/bin/sh
# containerd.sh: shows that containerd's shim drives the runtime as it is, by ctr: TAP, a quarter of
# a minute, nothing left behind.
#
# The daemon has its data in $T and its sockets below /run, which is isolate.sh's. ctr asks for CPU
# shares unless it is told not to.
. "${0%/*}/lib.sh"
need containerd ctr containerd-shim-runc-v2

cat >"$T/config.toml" <<END
version = 2
root = "$T/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "/run/containerd.sock"
END
ctr_words="ctr -a /run/containerd.sock -n $ID"
ctr() {
	# shellcheck disable=SC2086
	limited $ctr_words "$@"
}
containerd -c "$T/config.toml" -l warn >"$T/containerd.log" 2>&1 </dev/null &
daemon=$!
soon ctr version || { tail -n 20 "$T/containerd.log"; bail "containerd does not start"; }
run ctr version
note "containerd $(echo $out)"

# An image as `docker save` writes it: one layer.
mkdir "$T/image"
tar -C "$T/rootfs" -cf "$T/image/layer.tar" .
printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin:/usr/bin"],"Cmd":["sh"]},
"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$(dpkg --print-architecture 2>/dev/null || echo amd64)" \
	"$(sha256sum <"$T/image/layer.tar" | cut -d' ' -f1)" >"$T/image/config.json"
echo '[{"Config":"config.json","RepoTags":["test/box:1"],"Layers":["layer.tar"]}]' >"$T/image/manifest.json"
tar -C "$T/image" -cf "$T/image.tar" manifest.json config.json layer.tar
run ctr images import --snapshotter native "$T/image.tar"
is "$rc" 0 "import of an image"
image=docker.io/test/box:1
words="--snapshotter native --runc-binary $SCOW --runc-root /run/$ID --cpu-shares 0"

# once "OPTION..." CMD...
#
# Under load ctr 1.6 now and then loses what a program says that ends at once, with every runtime:
# one that has said nothing is run again.
once() {
	once_options=$1
	shift
	for try in 1 2 3; do
		# shellcheck disable=SC2086
		run ctr run --rm $words --cgroup "/$ID/once" $once_options $image once "$@"
		[ "$rc" = 0 ] && [ -z "$out$err" ] || break
		note "ctr has lost this output, or there was none"
	done
}

keep() { # NAME "OPTION..." CMD...
	keep_name=$1 keep_options=$2
	shift 2
	# shellcheck disable=SC2086
	run ctr run -d $words --cgroup "/$ID/$keep_name" --log-uri "file://$T/$keep_name.log" $keep_options \
		$image "$keep_name" "$@"
	is "$rc" 0 "run -d $keep_options: $keep_name"
}

pid_in() { # CONTAINER
	ctr tasks ls | awk -v id="$1" '$1 == id { print $2 }'
}

state_in() {
	ctr tasks ls | awk -v id="$1" '$1 == id { print $3 }'
}

in_state() { # CONTAINER STATE
	[ "$(state_in "$1")" = "$2" ]
}

drop() { # CONTAINER: whatever state it is in
	run ctr tasks delete -f "$1"
	is "$rc" 0 "tasks delete -f $1"
	run ctr containers delete "$1"
	is "$rc" 0 "containers delete $1"
}

said() { # CONTAINER LINE
	grep -qx "$2" "$T/$1.log"
}

# --- run: output, exit codes ---------------------------------------------------------------------

once "" sh -c 'echo out; echo err >&2; exit 7'
is "$rc:$out:$err" "7:out:err" "run: both outputs and the exit code"
once "" nosuch
like "$rc:$err" '^1:.*"nosuch": executable file not found in \$PATH' "run of what is not there"
once "" /etc/noexec
like "$rc:$err" '^1:.*"/etc/noexec": permission denied' "run of what is not executable"
once "" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
is "$rc" 137 "128 + 9 after SIGKILL"
run_in "$T/in" ctr run --rm $words --cgroup "/$ID/once" $image once head -n 1
is "$rc:$out" "0:in" "run: stdin, whose end ctr keeps to itself"
run ctr run --rm $words --cgroup "/$ID/once" --rootfs "$T/rootfs" once /bin/echo hi
is "$rc:$out" "0:hi" "run --rootfs, with an env that is null"

# --- what the process gets -----------------------------------------------------------------------

once "" sh -c "$status_lines"
is "$rc:$(echo $out)" "0:00000000a80425fb 1 0" "containerd's capabilities"
once "--seccomp" sh -c "$status_lines; unshare -m true 2>/dev/null || echo stopped"
is "$rc:$(echo $out)" "0:00000000a80425fb 1 2 stopped" "--seccomp: its profile"
once "--seccomp --seccomp-profile $T/profile.json" sh -c 'mkdir /x; chmod 0 /etc; echo went on'
like "$rc:$(echo $out):$(echo $err)" '^0:went on:.*not supported.*not permitted' "--seccomp-profile, with errnoRet"
once "--cap-add CAP_NET_ADMIN --cap-drop CAP_CHOWN" sh -c "$status_lines"
is "$rc:$(echo $out | cut -d' ' -f1)" "0:00000000a80435fa" "--cap-add, --cap-drop"
once "--allow-new-privs" sh -c "$status_lines"
is "$rc:$(echo $out | cut -d' ' -f2)" "0:0" "--allow-new-privs"
once "--privileged" sh -c "$status_lines; mount -t tmpfs x /data && echo mounted"
like "$rc:$(echo $out)" '^0:0000.*ff . 0 mounted' "--privileged"
once "--cwd /home --env A=b" sh -c 'pwd; echo $A'
is "$rc:$(echo $out)" "0:/home b" "--cwd, --env"

# --- mounts and devices --------------------------------------------------------------------------

once "--read-only" sh -c 'touch /x 2>/dev/null || echo ro; touch /dev/shm/x && echo shm'
is "$rc:$(echo $out)" "0:ro shm" "--read-only"
once "--mount type=tmpfs,dst=/data,options=size=1m:mode=700" sh -c 'stat -c %a /data; grep " /data " /proc/mounts'
like "$rc:$(echo $out)" '^0:700 .*size=1024k' "--mount type=tmpfs"
once "--mount type=bind,src=$T/vol,dst=/data,options=rbind:ro" sh -c \
	'cat /data/file; touch /data/x 2>/dev/null || echo ro; rm -f /data/x'
is "$rc:$(echo $out)" "0:volume ro" "--mount type=bind, options=rbind:ro"
mount -t tmpfs shared "$T/vol" && mount --make-shared "$T/vol"
for word in rshared:shared rslave:master rprivate:-; do
	once "--mount type=bind,src=$T/vol,dst=/data,options=rbind:${word%:*}" \
		sed -n 's|.* /data [^ ]* \([a-z-]*\).*|\1|p' /proc/self/mountinfo
	is "$rc:$out" "0:${word#*:}" "options=rbind:${word%:*}"
done
umount "$T/vol"
once "--device /dev/kmsg" sh -c 'stat -c "%t:%T" /dev/kmsg'
is "$rc:$out" "0:1:b" "--device"
once "" sh -c 'cat /proc/keys; ls /sys/firmware; echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo ro'
is "$rc:$out" "0:ro" "masked and read-only paths"

# --- one that stays ------------------------------------------------------------------------------

keep one "" sh -c 'trap "echo usr" USR1; trap "echo term; exit 9" TERM; echo up; while :; do sleep 0.1; done'
ok "its output" soon said one up
is "$(state_in one)" RUNNING "tasks ls"
run ctr tasks exec --exec-id e one sh -c 'echo out; echo err >&2; exit 6'
is "$rc:$out:$err" "6:out:err" "exec: both outputs and the exit code"
run_in "$T/in" ctr tasks exec --exec-id e one cat
is "$rc:$out" "0:in" "exec: stdin"
run ctr tasks exec --exec-id e --user 1000 --cwd /home one sh -c 'id -u; pwd'
is "$rc:$(echo $out)" "0:1000 /home" "exec --user, --cwd"
run ctr tasks exec --exec-id e one nosuch
like "$rc:$err" '^1:.*"nosuch": executable file not found in \$PATH' "exec of what is not there"
run ctr tasks exec --exec-id e one /etc/noexec
like "$rc:$err" '^1:.*"/etc/noexec": permission denied' "exec of what is not executable"
run ctr tasks exec -d --exec-id bg one sh -c 'echo >/tmp/detached; sleep 60'
is "$rc" 0 "exec -d"
ok "it runs" soon ctr tasks exec --exec-id e one test -e /tmp/detached
run ctr tasks ps one
like "$rc:$(echo $out)" "^0:PID INFO .*$(pid_in one).*" "ps"
is "$(echo "$out" | grep -c bg)" 1 "which shows what exec -d started"
run ctr tasks kill --exec-id bg -s KILL one
is "$rc" 0 "kill --exec-id"
run ctr tasks kill -s USR1 one
ok "kill -s USR1" soon said one usr
run ctr tasks pause one
is "$rc:$(state_in one)" "0:PAUSED" "pause"
run ctr tasks exec --exec-id e one true
isnt "$rc" 0 "no exec while it is paused"
run ctr tasks resume one
is "$rc:$(state_in one)" "0:RUNNING" "resume"
if controller pids; then
	run ctr tasks metrics one
	is "$rc" 0 "metrics"
else
	skip 1 "metrics: no memory, cpu or pids controller here, for no runtime"
fi
run ctr tasks kill -s TERM one
ok "kill -s TERM" soon in_state one STOPPED
ok "which it had" said one term
run ctr tasks delete one
like "$rc:$err" '^0:.*non-zero exit code 9"$' "tasks delete, which tells the exit code"
run ctr containers delete one
is "$rc" 0 "containers delete"
keep all "" sh -c 'sleep 61 & sleep 62'
run ctr tasks kill -a -s KILL all
ok "kill -a -s KILL" soon in_state all STOPPED
drop all
run ctr run -d --null-io $words --cgroup "/$ID/made" $image made sh -c 'exit 4'
ok "an exit that nobody waits for" soon in_state made STOPPED
run ctr tasks delete made
like "$rc:$err" '^0:.*non-zero exit code 4"$' "which is kept"
run ctr containers delete made
is "$rc" 0 "containers delete of it"

# --- namespaces ----------------------------------------------------------------------------------

keep host "" sleep 60
pid=$(pid_in host)
once "--with-ns pid:/proc/$pid/ns/pid" ps -o args
like "$rc:$(echo $out)" '^0:.*sleep 60.*ps -o args' "--with-ns pid:"
once "--with-ns ipc:/proc/$pid/ns/ipc --with-ns uts:/proc/$pid/ns/uts" sh -c 'readlink /proc/self/ns/ipc'
is "$rc:$out" "0:$(readlink "/proc/$pid/ns/ipc")" "--with-ns ipc: and uts:"
once "--with-ns network:/proc/$pid/ns/net" readlink /proc/self/ns/net
is "$rc:$out" "0:$(readlink "/proc/$pid/ns/net")" "--with-ns network:"
once "--net-host" readlink /proc/self/ns/net
is "$rc:$out" "0:$(readlink /proc/self/ns/net)" "--net-host"
drop host
once "--uidmap 0:100000:65536 --gidmap 0:100000:65536 --remap-labels" cat /proc/self/uid_map
if [ "$rc" = 0 ]; then
	is "$(echo $out)" "0 100000 65536" "--uidmap, --gidmap"
else
	once "--uidmap 0:100000:65536 --gidmap 0:100000:65536" cat /proc/self/uid_map
	is "$rc:$(echo $out)" "0:0 100000 65536" "--uidmap, --gidmap"
fi

# --- terminals -----------------------------------------------------------------------------------

if tty_begin; then
	on_tty "$ctr_words run --rm -t $words --cgroup /$ID/tty $image tty sh -c '$size; exit 5'"
	is "$rc:$out" "5:33 99" "run -t: window size and exit code"
	keep screen "" sleep 60
	on_tty "$ctr_words tasks exec -t --exec-id t screen sh -c 'tty; $size; exit 4'"
	is "$rc:$(echo $out)" "4:/dev/pts/0 33 99" "exec -t"
	drop screen
else
	skip 5 "NO TEST OF TERMINALS: script of util-linux is not here"
fi

# -------------------------------------------------------------------------------------------------

run ctr containers ls -q
is "$rc:$out" "0:" "no container is left"
is "$(ls -A "/run/$ID" 2>/dev/null | grep -v '^\.' | while read -r ns; do ls -A "/run/$ID/$ns"; done)" "" \
	"nor any state of the runtime"
run ctr images rm --sync $image
stop_daemon "$daemon"
find "$CG/$ID" -depth -type d -exec rmdir {} + # nobody removes the parent
finish
