#!/bin/sh
# Shows the options of define --rootfs that change what a container is: mounts, limits, network
# namespace, and where its cgroup is.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# says NAME SCRIPT: what a container with these options prints
says() {
	eng start "$ID-$1" && eng wait "$ID-$1" >/dev/null
	eng logs "$ID-$1"
}
config() { cat "$store/$ID-$1/config.json"; }

# mounts
mkdir "$T/data" "$T/data/sub"
echo word >"$T/data/file"
define a -v "$T/data:/mnt/data" -v "$T/data/file:/mnt/one:ro" --volume "$T/data:/mnt/ro:ro,noexec" \
	--tmpfs /mnt/tmp --tmpfs /mnt/small:size=64k,mode=750,exec \
	'cat /mnt/data/file /mnt/one /mnt/ro/file; echo new >/mnt/data/new
	echo x 2>/dev/null >/mnt/one || echo ro1; echo x 2>/dev/null >/mnt/ro/x || echo ro2
	awk "\$5 ~ \"^/mnt/(tmp|small|ro)\$\" { n = split(\$6, o, \",\"); w = \"\"
		for (i = 1; i <= n; i++) if (o[i] ~ /^no(exec|dev|suid)/) w = w \" \" o[i]; print \$5 w }" \
		/proc/self/mountinfo
	stat -c %a /mnt/small'
is "$rc:$err" "0:" "volumes and file systems in memory"
is "$(says a | tr '\n' ';')" \
	"word;word;word;ro1;ro2;/mnt/ro noexec;/mnt/tmp nosuid nodev noexec;/mnt/small nosuid nodev;750;" \
	"they are what their options say"
is "$(cat "$T/data/new")" new "a volume is the host's"
like "$(inspect a Mounts | tr -d ' \n')" '"Destination":"/mnt/ro","Options":[[][^]]*"noexec"[^]]*[]],"RW":false,"Propagation":"rprivate"' "inspect shows a mount"
run sh -c 'cd "$1" && exec timeout -s KILL 20 "$2" --store "$3" define "$4" --rootfs rootfs -v data/sub:/mnt/x -- true' \
	sh "$T" "$SCOW" "$store" "$ID-rel"
is "$rc:$err" "0:" "a relative source"
has "$(config rel)" "\"$T/data/sub\"" "is kept as an absolute one"
define later -v "$T/later:/mnt/x" 'echo up'
is "$rc" 0 "an absolute one need not be there yet"
run eng start "$ID-later"
refused_with 125 "but when the container starts" "$T/later"
mkdir "$T/later"
is "$(says later)" up "then it starts"

# network
define h --net host 'readlink /proc/self/ns/net'
is "$(says h)" "$(readlink /proc/self/ns/net)" "--net host"
define n --net none 'readlink /proc/self/ns/net; ls /sys/class/net'
out=$(says n)
unlike "$out" "$(readlink /proc/self/ns/net | tr -d '[]' | sed 's/.*://')" "--net none: an own one"
up holder 'sleep 60'
pid=$(inspect holder Pid)
define p --net "/proc/$pid/ns/net" 'readlink /proc/self/ns/net'
is "$(says p)" "$(readlink "/proc/$pid/ns/net")" "--net PATH: that of somebody else"
forget a rel later h n p holder

# limits
define l --memory 64m --memory-swap -1 --memory-reservation 32MiB --cpus 1.25 --cpu-shares 512 --pids-limit 77 \
	--cpuset-cpus 0 --blkio-weight 200 'true'
is "$rc:$err" "0:" "limits"
flat=$(config l | tr -d ' \n\t')
for limit in '"limit":67108864' '"swap":-1' '"reservation":33554432' '"quota":125000' '"period":100000' \
	'"shares":512' '"pids":{"limit":77}' '"cpus":"0"' '"weight":200'; do
	has "$flat" "$limit" "$limit is in config.json"
done
has "$flat" '"access":"rwm"' "and the device rules of the default container"
if grep -qw pids "$CG/cgroup.controllers"; then
	up l2 --pids-limit 9 'sleep 60'
	is "$(cat "$CG/scow/$ID-l2/pids.max")" 9 "the kernel has it"
else
	define l2 --pids-limit 9 true
	run eng start "$ID-l2"
	refused_with 125 "one that the kernel lacks is refused by name" "controller .pids. is not available"
fi
forget l l2
far=/$ID-$(printf '%0150d' 1)
bundle far linux="\"cgroupsPath\":\"$far$far/c\""
run eng define "$ID-f" --bundle "$T/far"
run eng start "$ID-f"
refused_with 125 "a cgroup whose path would be cut" "cgroupsPath: a defined container's is 255 bytes at most"
nok "is not made" test -e "$CG$far$far/c"
rmdir "$CG$far$far" "$CG$far"
forget f

# the same for run
run scow run --rootfs "$T/rootfs" -v "$T/data:/mnt/data:ro" --tmpfs /mnt/tmp --net host "$ID-r" -- \
	sh -c 'cat /mnt/data/file; readlink /proc/self/ns/net'
is "$rc:$out" "0:word
$(readlink /proc/self/ns/net)" "run has them, too"

# refusals
refuses() { # refuses WHAT PATTERN OPTION...
	r_what=$1 r_want=$2
	shift 2
	run eng define "$ID-x" --rootfs "$T/rootfs" "$@" -- true
	refused_with 125 "$r_what" "$r_want"
}
refuses "a volume without a place" '--volume /tmp: its place' -v /tmp
refuses "a relative place" '--volume /tmp:mnt: its place' -v /tmp:mnt
refuses "a root as its place" '--volume /tmp:/: its place' -v /tmp:/
refuses "a relative source that is not there" 'nosuch-dir: No such file' -v nosuch-dir:/mnt
refuses "a remount" '--volume /tmp:/x:remount: there is nothing' -v /tmp:/x:remount
refuses "an unknown option of a volume" '"z" is no option' -v /tmp:/x:ro,z
refuses "a relative tmpfs" '--tmpfs mnt: its place' --tmpfs mnt
refuses "a network that is none" '--net: "bridge" is not' --net bridge
refuses "memory that is none" '--memory: "much" is not' --memory much
for n in x '' 0 .5 1.x 1e3 -1 9999999999999999999; do
	refuses "--cpus $n" '--cpus: ".*" is not' "--cpus=$n"
done
refuses "--cpus and a quota" '--cpus goes without' --cpus 1 --cpu-quota 5000
bundle b cmd=true
for option in -v/a:/b --tmpfs=/a --net=host --memory=5m --tty --env=A=B; do
	run eng define "$ID-x" --bundle "$T/b" "$option"
	refused_with 125 "$option with a bundle" "goes with --rootfs only"
done
is "$(ls "$store")" "" "nothing is left of all these"
finish
