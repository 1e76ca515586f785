#!/bin/sh
# Shows the root: read-only, its propagation, masked and read-only paths, and that nothing of the
# host's root can be seen.
. "${0%/*}/lib.sh"

mkdir "$T/rootfs/secret"
echo hidden >"$T/rootfs/secret/file"
echo hidden >"$T/rootfs/etc/secret"
touch "$T/rootfs/host-mark"

# read-only
try cmd='touch /x; touch /dev/shm/y && echo shm; grep " / / " /proc/self/mountinfo | cut -d" " -f6' readonly=true
like "$err" 'Read-only file system' "a read-only root cannot be written"
has "$out" shm "what is mounted in it can"
nok "nothing was written" test -e "$T/rootfs/x"
try cmd='awk "\$5 == \"/\" { print \$6 }" /proc/self/mountinfo' readonly=true
like "$out" '^ro(,|$)' "mountinfo says ro"
try cmd='touch /x && echo fine' readonly=null
is "$out" fine "null is writable"
ok "on the disk" test -e "$T/rootfs/x"
ok "and the root is writable for us" touch "$T/rootfs/x"

# root.path
ln -s rootfs "$T/link"
try args='["ls","/host-mark"]' root="$T/link"
is "$rc:$out" "0:/host-mark" "root.path may be a symbolic link"
rootfs "$T/try/rootfs"
touch "$T/try/rootfs/relative-mark"
try args='["ls","/relative-mark"]' root=rootfs
is "$rc:$out" "0:/relative-mark" "a relative root.path is in the bundle"
rm -rf "$T/try/rootfs"
mkdir "$T/mounted"
mount --bind "$T/rootfs" "$T/mounted"
try args='["ls","/host-mark"]' root="$T/mounted"
is "$rc:$out" "0:/host-mark" "root.path may be a mount point"
umount "$T/mounted"

# nothing of the host
# The root is on the same file system as our /tmp: look at mounts, not at devices.
for flag in "" --no-pivot; do
	bundle see \
		cmd='cut -d" " -f5 /proc/self/mountinfo | sort | tr "\n" " "; echo
			ls -A /; ls -A /..; ls -A /proc/1/root/..; ls /../../tmp'
	run scow run $flag -b "$T/see" "$ID-see"
	is "$rc" 0 "run $flag"
	is "$(echo "$out" | head -1)" "/ /dev /dev/pts /dev/shm /proc /sys " \
		"run $flag: these mounts and no more"
	unlike "$out" "$ID|scow-t|boot|lost.found" "run $flag: no name of the host's root"
done
# A whole procfs or sysfs of the host, even one that is out of sight, would allow another one.
for flag in "" --no-pivot; do
	bundle see caps="$default_caps,\"CAP_SETFCAP\"" nnp=false linux='"maskedPaths":["/proc/version","/sys/kernel"]' \
		args='["unshare","-mrpf","sh","-c","mount -t proc none /tmp || mount -t sysfs none /tmp; ls /tmp"]'
	run scow run $flag -b "$T/see" "$ID-see"
	is "$out" "" "run $flag: no second procfs or sysfs"
	has "$err" "mount: permission denied" "run $flag: the kernel refuses it"
done
try args='["ls","/proc/self/cwd/host-mark"]'
is "$rc" 0 "the working directory is in the root"

# propagation of /
root_propagation='awk "\$5 == \"/\" { for (i = 7; \$i != \"-\"; i++) printf \"%s \", \$i }" /proc/self/mountinfo'
for word in private rprivate slave rslave null; do
	case $word in null) value=null ;; *) value="\"$word\"" ;; esac
	try cmd="$root_propagation" linux="\"rootfsPropagation\":$value"
	like "$rc:$out" '^0:(master:[0-9]+ )?$' "rootfsPropagation $word"
done
for word in shared rshared; do
	try cmd="$root_propagation" linux="\"rootfsPropagation\":\"$word\""
	like "$rc:$out" '^0:shared:' "rootfsPropagation $word"
done
for word in unbindable runbindable; do
	try cmd="$root_propagation" linux="\"rootfsPropagation\":\"$word\""
	like "$rc:$out" '^0:unbindable' "rootfsPropagation $word"
done
try linux='"rootfsPropagation":"nosuch"'
refused "an unknown rootfsPropagation" 'rootfsPropagation'
mkdir "$T/shared"
mount --bind "$T/rootfs" "$T/shared" && mount --make-shared "$T/shared"
try cmd="$root_propagation" root="$T/shared"
like "$rc:$out" '^0:(master:[0-9]+ )?$' "a shared root does not stay shared by default"
group=$(awk -v dest="$T/shared" '$5 == dest { print substr($7, 8) }' /proc/self/mountinfo)
for word in slave rslave; do
	try cmd="$root_propagation" root="$T/shared" linux="\"rootfsPropagation\":\"$word\""
	is "$rc:$out" "0:master:$group " "rootfsPropagation $word: the slave of the host's"
done
try cmd="$root_propagation" root="$T/shared" linux='"rootfsPropagation":"shared"'
like "$rc:$out" '^0:shared:' "rootfsPropagation shared"
isnt "$out" "shared:$group " "but the root is no peer of the host's"
umount "$T/shared"

# masked paths
try cmd='cat /etc/secret; wc -c <"/etc/secret"; ls -A /secret; touch /secret/x
	echo more >>/etc/secret; wc -c </etc/secret; ls -A /secret /proc/version' \
	linux='"maskedPaths":["/etc/secret","/secret","/proc/version","/nosuch","/proc/nosuch"]'
is "$rc:$out" "0:0
0
/proc/version

/secret:" "masked paths are empty and stay so; what does not exist does not matter"
like "$err" 'Read-only file system' "a masked directory cannot be written"
unlike "$out$err" hidden "their content is not to be seen"
is "$(cat "$T/rootfs/etc/secret")" hidden "the file itself is untouched"
try cmd='stat -c "%F %t:%T" /etc/secret' linux='"maskedPaths":["/etc/secret"]'
is "$out" "character special file 1:3" "a masked file is the null device"
try args='["cat","/etc/secret"]' linux='"maskedPaths":["/etc/secret","/etc/secret","/etc"]'
isnt "$out" hidden "a path masked twice"
is "$(try linux='"maskedPaths":["/secret","/secret"]'; echo "$rc")" 0 "works"
mkdir "$T/rootfs/secret2" "$T/rootfs/secret3"
for readonly in false true; do
	try cmd='stat -c %d /secret /secret2 /secret3 | sort -u | wc -l; ls -A /secret2 /secret3; touch /secret3/x' \
		readonly=$readonly linux='"maskedPaths":["/secret","/secret2","/secret2","/secret3"]'
	is "$out" "1
/secret2:

/secret3:" "masked directories share one empty file system, read-only root $readonly"
	like "$err" 'Read-only file system' "which nobody writes"
done
try linux='"maskedPaths":["secret"]'
like "$rc:$err" '^(0:$|1:.*maskedPaths\[0\])' "a relative masked path is refused, or taken from /"

# read-only paths
try cmd='touch /etc/x; touch /tmp/x && echo fine; echo scow >/proc/sys/kernel/hostname; cat /etc/secret' \
	linux='"readonlyPaths":["/etc","/proc/sys","/nosuch"]'
is "$out" "fine
hidden" "read-only paths can be read"
is "$(printf '%s\n' "$err" | grep -c 'Read-only file system')" 2 "and not be written"
nok "really" test -e "$T/rootfs/etc/x"
mkdir "$T/sub"
try cmd='awk "\$5 ~ /^\/r/ { print \$5, \$6 }" /proc/self/mountinfo' \
	linux='"readonlyPaths":["/r"]' \
	mounts="{\"destination\":\"/r\",\"type\":\"bind\",\"source\":\"$T/sub\",
		\"options\":[\"rbind\",\"nosuid\",\"nodev\",\"noexec\"]}"
like "$(echo "$out" | tail -n 1)" '^/r ro,nosuid,nodev,noexec' \
	"a read-only path keeps the flags of its mount"
# scow in a chroot: were the root of the namespace not the container's, whoever may chroot could walk
# up to the host's
mkdir "$T/jail" "$T/rootfs/mark"
bundle jailed cmd='sleep 60'
run limited busybox unshare -m sh -c \
	'mount --rbind / "$1/jail" && exec chroot "$1/jail" "$2" run --detach -b "$1/jailed" "$3"' \
	sh "$T" "$SCOW" "$ID-jailed"
is "$rc:$err" "0:" "run in a chroot"
ok "its mount namespace has the container's root" \
	busybox nsenter -t "$(pid_of "$ID-jailed")" -m /bin/busybox test -d /mark
remove "$ID-jailed"
finish
