#!/bin/sh
# Shows that nobody gets from a container to the host's root with all capabilities there are: after
# pivot_root, where the root is an initramfs, which cannot be pivoted from, and where it is a bind
# mount of that.
. "${0%/*}/lib.sh"

escape=$(helper escape) || skip_all "no helper escape"
raw=$(awk '$5 == "/" && $1 == $2 { print "raw" }' /proc/self/mountinfo)
note "the root is ${raw:-not raw}: $(awk '$5 == "/" { print $9, $NF }' /proc/self/mountinfo | head -n 1)"

# A file system of its own: file handles and device numbers of the host's mean nothing there.
mkdir "$T/box"
mount -t tmpfs box "$T/box"
rootfs "$T/box/rootfs"
cp "$escape" "$T/box/rootfs/bin/escape"
echo hidden >"$T/box/rootfs/etc/secret"
host=$("$escape" host /) || host="$(stat -c %d:%i /) 1.00"
tricks="escape tricks $host"
n_tricks=14

all_caps=''
for cap in CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP \
	LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE \
	SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_TIME SYS_TTY_CONFIG \
	MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM \
	BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE; do
	all_caps="$all_caps${all_caps:+,}\"CAP_$cap\""
done
user_namespace=',"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":65536}]'

# held NAME: the last run tried all tricks in vain
held() {
	is "$(printf '%s\n' "$out" | grep -c '^held ') $(printf '%s\n' "$out" | grep ESCAPED)" \
		"$n_tricks " "$1"
}

# in_root WORD=VALUE...: as try, with all capabilities in the root that has the helper
in_root() {
	try root="$T/box/rootfs" caps="$all_caps" "$@"
}

# attack WHERE: all variants of a container, seen from a host whose root is WHERE
attack() {
	in_root cmd="$tricks"
	held "$1: all capabilities"
	try root="$T/box/rootfs" cmd="$tricks"
	held "$1: the usual capabilities"
	in_root cmd="$tricks" readonly=true
	held "$1: a read-only root"
	for word in rslave rshared unbindable; do
		in_root cmd="$tricks" linux="\"rootfsPropagation\":\"$word\""
		held "$1: rootfsPropagation $word"
	done
	in_root cmd="$tricks" namespaces="$default_namespaces,{\"type\":\"user\"}" \
		linux="\"x\":0$user_namespace"
	held "$1: a user namespace"
	in_root cmd="$tricks" namespaces='{"type":"mount"},{"type":"pid"}' hostname=null
	held "$1: few namespaces"
	in_root cmd='cat /tmp/hook' top="\"hooks\":{\"startContainer\":[{\"path\":\"/bin/sh\",
		\"args\":[\"sh\",\"-c\",\"$tricks >/tmp/hook\"],\"env\":[\"PATH=/bin\"]}]}"
	held "$1: a startContainer hook"

	start_one "$ID-a" root="$T/box/rootfs" caps="$all_caps" cmd='sleep 100' \
		mounts='{"destination":"/v","type":"tmpfs","source":"v"}'
	is "$rc:$err" 0: "$1: a container stays"
	run scow exec "$ID-a" sh -c 'mkdir -p /tmp/m && mount -t tmpfs m /tmp/m && touch /tmp/m/x &&
		mount -o remount,ro /tmp/m && umount /tmp/m && ls -A /tmp/m && mount --bind /etc /tmp/m &&
		umount /tmp/m && echo fine'
	is "$rc:$out$err" 0:fine "$1: in which can be mounted and unmounted"
	is "$(readlink "/proc/$(pid_of "$ID-a")/ns/user")" "$(readlink /proc/self/ns/user)" \
		"$1: its user namespace is the host's"
	pid=$(pid_of "$ID-a")
	in_root cmd="$tricks" hostname=null \
		namespaces="{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/$pid/ns/pid\"},
		{\"type\":\"ipc\",\"path\":\"/proc/$pid/ns/ipc\"}"
	held "$1: joined namespaces"
	run scow pause "$ID-a"
	is "$rc:$err:$(status "$ID-a")" 0::paused "$1: it can be paused"
	run scow resume "$ID-a"
	is "$rc:$err:$(cat "$CG/scow/$ID-a/cgroup.procs")" "0::$pid" \
		"$1: and nothing but its process is in it"
	run scow exec --cap CAP_SYS_ADMIN "$ID-a" sh -c "$tricks"
	held "$1: exec"
	remove "$ID-a"

	# A whole procfs of the host's somewhere would allow that.
	for user_ns in '' ',{"type":"user"}'; do
		in_root namespaces="$default_namespaces$user_ns" \
			cmd='unshare -U -r -m -p -f mount -t proc p /proc && echo mounted; echo tried' \
			linux="\"maskedPaths\":[\"/proc/version\"]${user_ns:+$user_namespace}"
		is "$out" tried "$1: no new procfs by a nested user namespace${user_ns:+ in another}"
	done
	in_root cmd='escape masks /etc/secret /proc/sys' caps="$default_caps" \
		linux='"maskedPaths":["/etc/secret"],"readonlyPaths":["/proc/sys"]'
	is "$out$err" held "$1: without CAP_SYS_ADMIN masks stay"
}

if [ "${1-}" = bound ]; then
	attack bound
	umount "$T/box"
	finish
fi
attack "${raw:-pivot_root}"
if [ -n "$raw" ]; then
	# The same in a place where / is a bind mount, which covers the initramfs itself.
	limit=$((40 * TEST_SLOW))
	bound=$(timeout -s KILL "$limit" busybox unshare -m sh -c '
		mount --rbind / /mnt && cd /mnt || exit
		for dir in $(awk "\$5 != \"/\" && \$5 !~ /^.mnt/ { print \$5 }" /proc/self/mountinfo | tac); do
			umount -l "$dir"
		done
		mount --move . / && exec chroot . sh "$1/initramfs.t" bound' sh "$here" 2>&1)
	is "$? $(printf '%s\n' "$bound" | grep -c '^ok ')" "0 $((tests + 1))" "a bind mount as the root"
	note "$bound"

	mkdir "/$ID a" "/$ID a/b"
	mount -t tmpfs one "/$ID a" && mkdir "/$ID a/b" && mount -t tmpfs two "/$ID a/b" &&
		mount -t tmpfs three "/$ID a"
	in_root cmd='echo fine'
	is "$rc:$out$err" 0:fine "mounts with blanks, and on top of each other"
	umount "/$ID a" && umount "/$ID a/b" && umount "/$ID a" && rm -r "/$ID a"

	# The tricks are good ones.
	bundle weak root="$T/box/rootfs" caps="$all_caps" cmd="$tricks"
	run scow run --no-pivot -b "$T/weak" "$ID-weak"
	like "$out" 'ESCAPED .* peel' "--no-pivot holds nobody"

	# Without user namespaces.
	limit_file=/proc/sys/user/max_user_namespaces
	most=$(cat "$limit_file")
	echo 0 >"$limit_file"
	in_root cmd='true'
	refused "without user namespaces it is refused" \
		'^scow: the host.s root is an initramfs, where containers need user namespaces'
	run scow run --no-pivot -b "$T/try" "$ID-np"
	is "$rc:$err" "0:" "--no-pivot does without"
	echo "$most" >"$limit_file"
	run scow run -b "$T/try" "$ID-again"
	is "$rc:$err" "0:" "and with them it runs"
else
	skip 6 "the root is not an initramfs"
fi
umount "$T/box"
finish
