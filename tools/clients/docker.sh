#!/bin/sh
# docker.sh: shows that dockerd drives the runtime as it is: TAP, half a minute, nothing left behind.
#
# The daemon has its data in $T and its sockets below /run, which is isolate.sh's; it makes no
# network. Limits of resources are asked for only where their controller is.
. "${0%/*}/lib.sh"
need dockerd docker containerd containerd-shim-runc-v2

export DOCKER_HOST="unix:///run/docker.sock" DOCKER_CONFIG="$T/client" DOCKER_CLI_HINTS=false
docker() {
	limited docker "$@"
}

# daemon [OPTION...]
daemon() {
	dockerd --data-root "$T/docker" --exec-root /run/docker --pidfile /run/dockerd.pid -H "$DOCKER_HOST" \
		--iptables=false --ip6tables=false --bridge=none --exec-opt native.cgroupdriver=cgroupfs \
		--cgroup-parent "/$ID" --add-runtime "scow=$SCOW" --default-runtime scow --init-path "$init" \
		"$@" >"$T/dockerd.log" 2>&1 </dev/null 9>&- &
	daemon=$!
	soon docker version
}

init=$(command -v docker-init || command -v tini-static || echo docker-init)
daemon || { tail -n 20 "$T/dockerd.log"; bail "dockerd does not start"; }
run docker version --format '{{.Server.Version}}'
note "dockerd $out, docker $(docker --version)"
run docker info --format '{{.DefaultRuntime}}'
is "$rc:$out" "0:scow" "the runtime is the default"
tar -C "$T/rootfs" -cf "$T/image.tar" . && docker import -c 'ENV PATH=/bin:/usr/bin' "$T/image.tar" box >/dev/null

# once "OPTION..." CMD...: docker run --rm
net=none
once() {
	once_options=$1
	shift
	# shellcheck disable=SC2086
	run docker run --rm --network "$net" $once_options box "$@"
}

keep() { # NAME "OPTION..." CMD...
	keep_name=$1 keep_options=$2
	shift 2
	# shellcheck disable=SC2086
	run docker run -d --name "$keep_name" --network "$net" $keep_options box "$@"
	is "$rc" 0 "run -d $keep_options: $keep_name"
}

drop() { # NAME...
	run docker rm -f "$@"
	is "$rc" 0 "rm -f $*"
}

said() { # CONTAINER LINE
	docker logs "$1" 2>/dev/null | grep -qx "$2"
}

state_of() {
	docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"
}

# --- run: output, exit codes ---------------------------------------------------------------------

once "" sh -c 'echo out; echo err >&2; exit 7'
is "$rc:$out:$err" "7:out:err" "run: both outputs and the exit code"
once "" nosuch
like "$rc:$err" '^127:.*"nosuch": executable file not found in \$PATH' "run of what is not there: 127"
once "" /nosuch
is "$rc" 127 "run of a path that is not there: 127"
once "" /etc/noexec
like "$rc:$err" '^126:.*"/etc/noexec": permission denied' "run of what is not executable: 126"
once "--no-such-flag" true
is "$rc" 125 "a flag that docker does not know: 125"
once "" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
is "$rc" 137 "128 + 9 after SIGKILL"
run_in "$T/in" docker run --rm -i --network none box cat
is "$rc:$out" "0:in" "run -i: stdin"

# --- what the process gets -----------------------------------------------------------------------

once "" sh -c "$status_lines"
is "$rc:$(echo $out)" "0:00000000a80425fb 0 2" "docker's capabilities; its seccomp profile is on"
once "" sh -c 'unshare -m true 2>&1; mount -t tmpfs x /data 2>&1'
isnt "$rc" 0 "and stops a mount"
once "--security-opt seccomp=unconfined --security-opt no-new-privileges --cap-drop all" sh -c "$status_lines"
is "$rc:$(echo $out)" "0:0000000000000000 1 0" "seccomp=unconfined, no-new-privileges, --cap-drop all"
once "--security-opt seccomp=$T/profile.json" sh -c 'mkdir /x; chmod 0 /etc; echo went on'
like "$rc:$(echo $out):$(echo $err)" '^0:went on:.*not supported.*not permitted' "a seccomp profile, with errnoRet"
once "--cap-add NET_ADMIN" sh -c "$status_lines"
is "$rc:$(echo $out | cut -d' ' -f1)" "0:00000000a80435fb" "--cap-add"
once "--cap-drop all --cap-add CHOWN" sh -c "$status_lines"
is "$rc:$(echo $out | cut -d' ' -f1)" "0:0000000000000001" "--cap-drop all --cap-add"
once "--user 1000:5 --group-add 7" id
like "$rc:$out" '^0:uid=1000.* gid=5.* groups=.*7' "--user, --group-add"
once "--user user" sh -c 'id -un; grep CapEff /proc/self/status'
is "$rc:$(echo $out)" "0:user CapEff: 0000000000000000" "--user by name has no capabilities"
once "-w /home -e A=b" sh -c 'pwd; echo $A'
is "$rc:$(echo $out)" "0:/home b" "-w, -e"
once "--hostname box --domainname where --oom-score-adj 100" sh -c \
	'hostname; cat /proc/sys/kernel/domainname /proc/self/oom_score_adj'
is "$rc:$(echo $out)" "0:box where 100" "--hostname, --domainname, --oom-score-adj"
once "--ulimit nofile=100:200" sh -c 'ulimit -n; ulimit -Hn'
is "$rc:$(echo $out)" "0:100 200" "--ulimit"
once "--sysctl net.ipv4.ip_forward=1" cat /proc/sys/net/ipv4/ip_forward
is "$rc:$out" "0:1" "--sysctl"
once "--privileged" sh -c 'grep Seccomp: /proc/self/status; mount -t tmpfs x /data && ls -d /dev/kmsg'
is "$rc:$(echo $out)" "0:Seccomp: 0 /dev/kmsg" "--privileged"
once "--init" sh -c 'tr "\0" " " </proc/1/cmdline; exit 3'
like "$rc:$out" '^3:.*init -- sh' "--init"

# --- mounts and devices --------------------------------------------------------------------------

once "--read-only" sh -c 'touch /x 2>/dev/null || echo ro; touch /dev/shm/x && echo shm'
is "$rc:$(echo $out)" "0:ro shm" "--read-only"
once "--tmpfs /data:size=1m,mode=700" sh -c 'stat -c %a /data; grep " /data " /proc/mounts'
like "$rc:$(echo $out)" '^0:700 .*size=1024k' "--tmpfs"
once "-v $T/vol:/data" sh -c 'cat /data/file; echo new >/data/new'
is "$rc:$out:$(cat "$T/vol/new")" "0:volume:new" "-v"
once "-v $T/vol:/data:ro" sh -c 'touch /data/x 2>/dev/null || grep " /data " /proc/mounts'
like "$rc:$out" '^0:.* ro[, ]' "-v :ro"
once "-v named:/data" sh -c 'echo x >/data/x && echo written'
is "$rc:$out" "0:written" "-v with a named volume"
once "--mount type=bind,src=$T/vol/file,dst=/made/for/it,readonly" cat /made/for/it
is "$rc:$out" "0:volume" "--mount of a file, on a path that is not there"
mount -t tmpfs shared "$T/vol" && mount --make-shared "$T/vol" && mkdir "$T/vol/late"
once "-v $T/vol:/data:rshared" sh -c 'sed -n "s|.* /data .* \(shared:\).*|\1|p" /proc/self/mountinfo'
is "$rc:$out" "0:shared:" "-v :rshared"
keep slave "-v $T/vol:/data:rslave" sleep 60
mount -t tmpfs late "$T/vol/late" && echo late >"$T/vol/late/file"
run docker exec slave cat /data/late/file
is "$rc:$out" "0:late" "-v :rslave: a later mount of the host arrives"
umount "$T/vol/late"
drop slave
once "-v $T/vol:/data" sh -c 'grep " /data " /proc/self/mountinfo'
unlike "$out" 'shared:|master:' "-v alone is private"
umount "$T/vol"
once "--device /dev/kmsg:/dev/other" sh -c 'stat -c "%t:%T" /dev/other'
is "$rc:$out" "0:1:b" "--device"
once "" sh -c 'cat /proc/keys; ls /sys/firmware; echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo ro'
is "$rc:$out" "0:ro" "masked and read-only paths"

# --- one that stays ------------------------------------------------------------------------------

keep one "" sh -c 'trap "echo usr" USR1; trap "echo term; exit 9" TERM; echo up; while :; do sleep 0.1; done'
ok "logs" soon said one up
run docker ps --format '{{.Names}} {{.Status}}'
like "$out" '^one Up ' "ps"
run docker exec one sh -c 'echo out; echo err >&2; exit 6'
is "$rc:$out:$err" "6:out:err" "exec: both outputs and the exit code"
run_in "$T/in" docker exec -i one cat
is "$rc:$out" "0:in" "exec -i"
run docker exec -u 1000 -w /home -e A=b one sh -c 'id -u; pwd; echo $A'
is "$rc:$(echo $out)" "0:1000 /home b" "exec -u, -w, -e"
run docker exec --privileged one sh -c "$status_lines"
like "$rc:$(echo $out)" '^0:0000.*ff ' "exec --privileged"
run docker exec one nosuch
like "$rc:$out$err" '^12[67]:.*"nosuch": executable file not found in \$PATH' "exec of what is not there"
run docker exec one /etc/noexec
like "$rc:$out$err" '^126:.*permission denied' "exec of what is not executable: 126"
run docker exec -d one sh -c 'echo >/tmp/detached; sleep 60'
is "$rc" 0 "exec -d"
ok "it runs" soon docker exec one test -e /tmp/detached
run docker top one
like "$rc:$out" 'sleep 60' "top shows it"
run docker kill -s USR1 one
ok "kill -s USR1" soon said one usr
run docker pause one
is "$rc:$(state_of one)" "0:paused 0" "pause"
run docker exec one true
isnt "$rc" 0 "no exec while it is paused"
run docker unpause one
is "$rc:$(state_of one)" "0:running 0" "unpause"
run docker update --restart on-failure:3 one
is "$rc" 0 "update --restart"
if controller pids; then
	run docker update --pids-limit 77 one
	is "$rc" 0 "update --pids-limit"
	run docker exec one cat /sys/fs/cgroup/pids.max
	is "$out" 77 "is the cgroup's"
else
	skip 2 "update --pids-limit: no pids controller here, for no runtime"
fi
run docker restart -t 10 one
is "$rc" 0 "restart"
ok "it had SIGTERM" said one term
ok "and runs again" docker exec one true
run docker stop -t 10 one
is "$rc:$(state_of one)" "0:exited 9" "stop by SIGTERM"
run docker start one
is "$rc:$(state_of one)" "0:running 0" "start"
run docker kill one
run docker wait one
is "$rc:$out" "0:137" "kill, wait"
run docker rm one
is "$rc" 0 "rm"
keep stubborn "" sleep 60
run docker stop -t 0 stubborn
is "$rc:$(state_of stubborn)" "0:exited 137" "stop -t 0 by SIGKILL"
drop stubborn
run docker create --name made --network none box sh -c 'echo ran; exit 4'
run docker start -a made
is "$rc:$out" "4:ran" "create, start -a"
drop made
keep sick "--health-cmd true --health-interval 0.1s" sleep 60
healthy() {
	[ "$(docker inspect -f '{{.State.Health.Status}}' sick)" = healthy ]
}
ok "a health check" soon healthy
drop sick
keep gone "--rm" sleep 60
run docker kill gone
unknown() {
	! docker inspect gone
}
ok "run -d --rm: it removes itself" soon unknown

# --- namespaces ----------------------------------------------------------------------------------

keep host "--ipc shareable" sleep 60
once "--pid container:host" ps -o args
like "$rc:$(echo $out)" '^0:.*sleep 60.*ps -o args' "--pid container:"
once "--ipc container:host" touch /dev/shm/both
run docker exec host ls /dev/shm
is "$rc:$out" "0:both" "--ipc container:"
net=container:host
once "" sh -c 'ls /sys/class/net'
is "$rc:$out" "0:lo" "--network container:"
net=none
once "--pid host" sh -c 'test $$ != 1'
is "$rc" 0 "--pid host"
once "--uts host" sh -c 'hostname'
is "$rc:$out" "0:$(hostname)" "--uts host"
once "--cgroupns host" sed -n s/^0:://p /proc/self/cgroup
like "$rc:$out" "^0:.*/$ID/" "--cgroupns host"
drop host

# --- terminals -----------------------------------------------------------------------------------

once "-t" sh -c 'tty; ls /dev/console'
is "$rc:$(echo $out | tr -d '\r')" "0:/dev/pts/0 /dev/console" "run -t without a terminal outside"
if tty_begin; then
	on_tty "docker run --rm -it --network none box sh -c '$size; exit 5'"
	is "$rc:$out" "5:33 99" "run -it: window size and exit code"
	keep screen "-t" sleep 60
	on_tty "docker exec -it screen sh -c 'tty; $size; exit 4'"
	is "$rc:$(echo $out)" "4:/dev/pts/1 33 99" "exec -it"
	echo 'typed' >&9
	on_tty "docker exec -it screen sh -c 'read word; echo \"got \$word\"'"
	like "$rc:$(echo $out)" '^0:.*got typed' "what is typed arrives"
	drop screen
else
	skip 5 "NO TEST OF TERMINALS: script of util-linux is not here"
fi

# --- all containers in a user namespace ------------------------------------------------------------

run docker ps -aq
is "$rc:$out" "0:" "no container is left"
stop_daemon "$daemon"
own_ranges() {
	for file in subuid subgid; do
		printf '%s:100000:65536\n' nobody nogroup >"/run/$file"
		mount --bind "/run/$file" "/etc/$file" || return 1
	done
}
if own_ranges && daemon --userns-remap nobody:nogroup; then
	docker import -c 'ENV PATH=/bin:/usr/bin' "$T/image.tar" box >/dev/null
	once "" sh -c 'id -u; cat /proc/self/uid_map; touch /root/mine; stat -c %u /root/mine'
	is "$rc:$(echo $out)" "0:0 0 100000 65536 0" "--userns-remap: root of a user namespace"
	once "-v $T/vol:/data" sh -c 'touch /data/x || echo refused'
	is "$rc:$out" "0:refused" "whose root is not the host's"
	once "--userns host" cat /proc/self/uid_map
	is "$rc:$(echo $out)" "0:0 0 4294967295" "--userns host"
	once "--tmpfs /data --read-only --user 5 --device /dev/kmsg" sh -c 'id -u; stat -c %t:%T /dev/kmsg'
	is "$rc:$(echo $out)" "0:5 1:b" "--user, --tmpfs, --read-only and --device there"
	run docker volume prune -f
	stop_daemon "$daemon"
else
	skip 4 "dockerd --userns-remap does not start here: $(tail -n 1 "$T/dockerd.log")"
fi

# -------------------------------------------------------------------------------------------------

is "$(find /run/docker -path '*/moby/*' -name state 2>/dev/null)" "" "nor any state of the runtime"
find "$CG/$ID" -depth -type d -exec rmdir {} + # dockerd leaves the parent
finish
