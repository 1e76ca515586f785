#!/bin/sh
# buildah.sh: shows that buildah drives the runtime as it is: TAP, ten seconds, nothing left behind.
# It has no limits, no exec and no stop: containers that live as long as a command.
. "${0%/*}/lib.sh"
need buildah

cat >"$T/storage.conf" <<END
[storage]
driver="vfs"
graphroot="$T/graph"
runroot="$T/runroot"
END
cat >"$T/containers.conf" <<END
[containers]
default_ulimits=[]
END
export CONTAINERS_CONF="$T/containers.conf" CONTAINERS_STORAGE_CONF="$T/storage.conf" TMPDIR="$T"
export BUILDAH_ISOLATION=oci BUILDAH_RUNTIME="$SCOW"
buildah() {
	limited buildah "$@"
}

run buildah from --name box --cgroup-parent "/$ID" scratch
is "$rc" 0 "from scratch"
tar -C "$T/rootfs" -cf "$T/image.tar" .
run buildah add box "$T/image.tar" /
is "$rc" 0 "add of the root file system"
run buildah config --env PATH=/bin:/usr/bin box
is "$rc" 0 "config --env"

# once "OPTION..." CMD...
net=none
once() {
	once_options=$1
	shift
	# shellcheck disable=SC2086
	run buildah run --network "$net" $once_options box -- "$@"
}

# --- run: output, exit codes ---------------------------------------------------------------------

once "" sh -c 'echo out; echo err >&2; exit 7'
like "$rc:$out:$err" '^7:out:err' "run: both outputs and the exit code"
once "" nosuch
isnt "$rc" 0 "run of what is not there"
like "$err" '"nosuch": executable file not found in \$PATH' "and that is said"
once "" /etc/noexec
isnt "$rc" 0 "run of what is not executable"
like "$err" '"/etc/noexec": permission denied' "and that is said"
once "" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
is "$rc" 137 "128 + 9 after SIGKILL"
run_in "$T/in" buildah run --network none box -- cat
is "$rc:$out" "0:in" "run: stdin"

# --- what the process gets -----------------------------------------------------------------------

once "" sh -c "$status_lines"
like "$rc:$(echo $out)" '^0:00000000[0-9a-f]* 0 2$' "buildah's capabilities; its seccomp profile is on"
caps=$(echo "$out" | head -n 1)
once "" sh -c 'unshare -m true 2>&1; mount -t tmpfs x /data 2>&1'
isnt "$rc" 0 "and stops a mount"
once "--cap-add CAP_NET_ADMIN" sh -c "$status_lines"
isnt "$rc:$(echo "$out" | head -n 1)" "0:$caps" "--cap-add"
once "--cap-drop CAP_CHOWN" sh -c "touch /data/x; chown 5 /data/x 2>&1"
isnt "$rc" 0 "--cap-drop"
once "--user 1000:5" id
like "$rc:$out" '^0:uid=1000.* gid=5' "--user"
once "--user user" sh -c 'id -un; grep CapEff /proc/self/status'
is "$rc:$(echo $out)" "0:user CapEff: 0000000000000000" "--user by name has no capabilities"
once "--workingdir /home --env A=b" sh -c 'pwd; echo $A'
is "$rc:$(echo $out)" "0:/home b" "--workingdir, --env"
once "--hostname box" hostname
is "$rc:$out" "0:box" "--hostname"

# --- mounts --------------------------------------------------------------------------------------

once "-v $T/vol:/data" sh -c 'cat /data/file; echo new >/data/new'
is "$rc:$out:$(cat "$T/vol/new")" "0:volume:new" "-v"
once "-v $T/vol:/data:ro" sh -c 'touch /data/x 2>/dev/null || grep " /data " /proc/mounts'
like "$rc:$out" '^0:.* ro[, ]' "-v :ro"
once "--mount type=tmpfs,dst=/data,tmpfs-size=1m,tmpfs-mode=700" sh -c 'grep " /data " /proc/mounts'
like "$rc:$(echo $out)" '^0:.*size=1024k' "--mount type=tmpfs"
once "--mount type=bind,src=$T/vol/file,dst=/made/for/it,ro" cat /made/for/it
is "$rc:$out" "0:volume" "--mount of a file, on a path that is not there"
mount -t tmpfs shared "$T/vol" && mount --make-shared "$T/vol"
for word in rshared:shared rprivate:-; do
	once "-v $T/vol:/data:${word%:*}" sed -n 's|.* /data [^ ]* \([a-z-]*\).*|\1|p' /proc/self/mountinfo
	is "$rc:$out" "0:${word#*:}" "-v :${word%:*}"
done
skip 1 "-v :rslave: this buildah binds the volume itself before, as private, for every runtime"
umount "$T/vol"
once "" sh -c 'ls /sys/firmware; echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo ro'
is "$rc:$out" "0:ro" "masked and read-only paths"

# --- namespaces, containers of other kinds -------------------------------------------------------

once "--pid host" sh -c 'test $$ != 1'
is "$rc" 0 "--pid host"
once "--ipc host --uts host" sh -c 'readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts'
is "$rc:$(echo $out)" "0:$(readlink /proc/self/ns/ipc) $(readlink /proc/self/ns/uts)" "--ipc host, --uts host"
sleep 60 &
other=$!
once "--pid /proc/$other/ns/pid" sh -c 'readlink /proc/self/ns/pid'
is "$rc:$out" "0:$(readlink "/proc/$other/ns/pid")" "--pid of a process"
kill $other
wait $other 2>/dev/null
net=host
once "" readlink /proc/self/ns/net
is "$rc:$out" "0:$(readlink /proc/self/ns/net)" "--network host"
net=none
buildah from --name ro --cap-drop all --security-opt "seccomp=$T/profile.json" scratch >/dev/null
buildah add ro "$T/image.tar" / >/dev/null
run buildah run --network none ro -- sh -c 'mkdir /x; chmod 0 /etc; echo went on'
like "$rc:$(echo $out):$(echo $err)" '^0:went on:.*not supported.*not permitted' \
	"a seccomp profile, with errnoRet"
buildah from --name dev --device /dev/kmsg --userns-uid-map 0:100000:65536 \
	--userns-gid-map 0:100000:65536 scratch >/dev/null
buildah add dev "$T/image.tar" / >/dev/null
run buildah run --network none dev -- sh -c 'id -u; cat /proc/self/uid_map; stat -c %u /root'
is "$rc:$(echo $out)" "0:0 0 100000 65536 0" "--userns-uid-map"

# --- a terminal, a build --------------------------------------------------------------------------

once "-t" sh -c 'tty'
is "$rc:$(echo $out | tr -d '\r')" "0:/dev/pts/0" "run -t without a terminal outside"
if tty_begin; then
	on_tty "buildah run -t --network none box -- sh -c '$size; exit 5'"
	like "$rc:$out" '^5:33 99' "run -t: window size and exit code"
else
	skip 1 "NO TEST OF TERMINALS: script of util-linux is not here"
fi
buildah commit -q box base >/dev/null
printf 'FROM localhost/base\nRUN echo made >/result && id -u\nUSER 5\nRUN id -u\n' >"$T/Containerfile"
run buildah bud --network none --layers=false -f "$T/Containerfile" -t made "$T/vol"
like "$rc:$(echo $out)" '^0:STEP .* 0 STEP .* 5 ' "bud: what RUN says"
run buildah from --name result made
run buildah run --network none result -- cat /result
is "$rc:$out" "0:made" "and makes"

# -------------------------------------------------------------------------------------------------

run buildah rm -a
is "$rc" 0 "rm -a"
is "$(ls -A "$STATE" 2>/dev/null | grep buildah)" "" "no state of the runtime is left"
find "$CG/$ID" -depth -type d -exec rmdir {} + 2>/dev/null
finish
