#!/bin/sh
# Shows mounts as the container's own mountinfo has them: every kind of file system, options,
# binds, order, propagation, and that what is wrong is refused.
. "${0%/*}/lib.sh"

# line DEST: the mountinfo line of DEST in $out; options and super_options pick a field of it
line() {
	printf '%s\n' "$out" | awk -v dest="$1" '$5 == dest { last = $0 } END { print last }'
}
options() {
	line "$1" | cut -d' ' -f6
}
propagation() {
	line "$1" | sed -n 's/^\([^ ]* \)\{6\}\(.*\) *- .*/\2/p' | sed 's/ *$//'
}
fs() {
	line "$1" | sed 's/.* - //'
}
show='cat /proc/self/mountinfo'
# m DEST TYPE SOURCE OPTIONS: a mount as JSON; options separated by blanks
m() {
	printf '{"destination":"%s","type":"%s","source":"%s","options":[%s]}' "$1" "$2" "$3" \
		"$(printf '"%s",' $4 | sed 's/,$//; s/^""$//')"
}

# binds
mkdir "$T/src" "$T/src/sub"
echo data >"$T/src/file"
mount -t tmpfs sub "$T/src/sub"
echo sub >"$T/src/sub/file"
try cmd="$show; cat /mnt/new/file; ls /mnt/new/sub; touch /mnt/new/made" \
	mounts="$(m /mnt/new bind "$T/src" bind)"
has "$out" data "bind: the destination is made, the data is there"
unlike "$out" '^file$' "bind: not what is mounted below"
ok "bind: writable" test -e "$T/src/made"
try cmd="cat /mnt/new/sub/file" mounts="$(m /mnt/new none "$T/src" rbind)"
is "$out" sub "rbind: what is mounted below as well; the type does not matter"
try cmd="$show; touch /mnt/x; touch /mnt/sub/x && echo below" \
	mounts="$(m /mnt bind "$T/src" "rbind ro")"
like "$(options /mnt)" '^ro(,|$)' "rbind,ro: read-only"
like "$err" 'Read-only file system' "rbind,ro: writing fails"
has "$out" below "rbind,ro: what is mounted below stays writable"
try cmd="$show; touch /mnt/sub/y" mounts="$(m /mnt bind "$T/src" "rbind rro")"
like "$(options /mnt),$(options /mnt/sub)" '^ro,.*,?ro,' "rbind,rro: read-only all the way down"
like "$err" 'Read-only file system' "rbind,rro: writing below fails"
ok "the source is still writable" touch "$T/src/w" "$T/src/sub/w"
try cmd="$show" mounts="$(m /mnt bind "$T/src" "bind nosuid nodev noexec noatime")"
is "$(options /mnt)" "rw,nosuid,nodev,noexec,noatime" "bind with flags"
try cmd="$show" mounts="$(m /mnt bind "$T/src" "rbind rnosuid rnodev rnoexec rnoatime")"
is "$(options /mnt) $(options /mnt/sub)" \
	"rw,nosuid,nodev,noexec,noatime rw,nosuid,nodev,noexec,noatime" \
	"rbind with recursive flags"
try args='["cat","/etc/new/file","/etc/passwd"]' \
	mounts="$(m /etc/new/file bind "$T/src/file" "bind ro"),$(m /etc/passwd bind "$T/src/file" bind)"
is "$rc:$out" "0:data
data" "a file on a file, made or there"
mkdir "$T/try/rel"
echo rel >"$T/try/rel/file"
try args='["cat","/mnt/file"]' mounts="$(m /mnt bind rel bind)"
is "$out" rel "a relative source is in the bundle"
umount "$T/src/sub"

# tmpfs
try cmd="$show; stat -c %a /t; echo hello >/t/x && cat /t/x" \
	mounts="$(m /t tmpfs tmpfs "nosuid nodev noexec mode=1770 size=1m")"
like "$(options /t)" '^rw,nosuid,nodev,noexec' "tmpfs: flags"
like "$(fs /t)" '^tmpfs tmpfs rw,.*size=1024k,mode=1770' "tmpfs: data"
has "$out" hello "tmpfs: writable"
for pair in noatime:noatime nodiratime:nodiratime relatime:relatime ro:ro nodev:nodev \
	noexec:noexec nosuid:nosuid \
	sync:sync dirsync:dirsync; do
	try cmd="$show" mounts="$(m /t tmpfs tmpfs "${pair%:*}")"
	like ",$(options /t),$(fs /t | cut -d' ' -f3)," ",${pair#*:}," "option ${pair%:*}"
done
try cmd="$show" \
	mounts="$(m /t tmpfs tmpfs "ro nosuid nodev noexec noatime rw suid dev exec atime async defaults")"
like "$(options /t)" '^rw(,relatime)?$' "the later option wins"
try cmd="$show" \
	mounts="$(m /t tmpfs tmpfs \
		"strictatime diratime nostrictatime strictatime norelatime loud silent nolazytime noiversion")"
is "$rc:$(options /t | sed 's/,relatime//')" "0:rw" "options that do nothing here are accepted"
if [ "$(uname -r | cut -d. -f1)" -gt 5 ]; then
	try cmd="$show" mounts="$(m /t tmpfs tmpfs nosymfollow)"
	like "$(options /t)" nosymfollow "option nosymfollow"
else
	skip 1 "nosymfollow came with 5.10, shown later"
fi
mkdir "$T/rootfs/full" "$T/rootfs/full/dir"
echo kept >"$T/rootfs/full/dir/file"
ln -s dir "$T/rootfs/full/link"
chmod 700 "$T/rootfs/full/dir"
chown 5:6 "$T/rootfs/full/dir/file"
try cmd='cat /full/link/file; stat -c "%a" /full/dir; stat -c "%u:%g" /full/dir/file; rm -r /full/dir; ls /full' \
	mounts="$(m /full tmpfs tmpfs tmpcopyup)"
is "$rc:$out" "0:kept
700
5:6
link" "tmpcopyup: content, modes, owners and links are there"
ok "tmpcopyup: the original is untouched" test -e "$T/rootfs/full/dir/file"
try args='["ls","/full"]' mounts="$(m /full tmpfs tmpfs "")"
is "$rc:$out" "0:" "without tmpcopyup it is empty"

# other file systems
try cmd="$show; echo > /sys/x; ls /dev/pts" \
	mounts="$(m /dev/mqueue mqueue mqueue "nosuid noexec nodev")"
like "$(fs /proc)" '^proc ' "proc"
like "$(options /sys) $(fs /sys)" '^ro,.* sysfs ' "sysfs, read-only"
like "$(fs /dev/pts)" '^devpts devpts rw,.*mode=620,ptmxmode=666' "devpts"
like "$(fs /dev/mqueue)" '^mqueue ' "mqueue"
is "$(printf '%s\n' "$out" | sed -n '$p')" ptmx "devpts is a new instance"
for type in cgroup cgroup2; do
	try cmd="$show; cat /sys/fs/cgroup/cgroup.procs; sed -n 's/^0:://p' /proc/self/cgroup" \
		mounts="$(m /sys/fs/cgroup $type cgroup "ro nosuid noexec nodev")"
	like "$(options /sys/fs/cgroup) $(fs /sys/fs/cgroup)" '^ro,nosuid,nodev,noexec.* cgroup2 ' \
		"$type is cgroup2, read-only"
	like "$(printf '%s' "$out" | tail -n 4 | tr '\n' ' ')" ' ?1 .*/$' \
		"$type: the container's own, as its root"
done
try cmd="$show; echo x >/sys/fs/cgroup/cgroup.procs" mounts="$(m /sys/fs/cgroup cgroup cgroup ro)" \
	namespaces='{"type":"pid"},{"type":"mount"},{"type":"uts"}'
like "$(options /sys/fs/cgroup) $(fs /sys/fs/cgroup)" '^ro.* cgroup2 ' \
	"cgroup without a cgroup namespace"
like "$err" 'Read-only file system' "is read-only as well"
if grep -qw overlay /proc/filesystems; then
	mkdir "$T/l1" "$T/l2"
	echo one >"$T/l1/one"
	echo two >"$T/l2/two"
	try cmd="cat /o/one /o/two" mounts="$(m /o overlay overlay "lowerdir=$T/l1:$T/l2 ro")"
	is "$rc:$out" "0:one
two" "overlay"
else
	skip 1 "this kernel has no overlay"
fi

# order
try cmd='cat /t/in/file; ls /t' mounts="$(m /t tmpfs tmpfs ""),$(m /t/in bind "$T/src" bind)"
is "$out" "data
in" "mounts are made in their order"
try cmd='ls /t/in 2>&1' mounts="$(m /t/in bind "$T/src" bind),$(m /t tmpfs tmpfs "")"
like "$out" "No such file" "a later one hides an earlier one"

# propagation; our own side must be shared for it
mkdir "$T/prop"
mount --bind "$T/prop" "$T/prop" && mount --make-shared "$T/prop"
ours=$(awk -v dest="$T/prop" '$5 == dest { print $7 }' /proc/self/mountinfo)
for pair in ":" "private:none" "rprivate:none" "slave:master" "rslave:master" "shared:shared" \
	"rshared:shared" \
	"unbindable:unbindable" "runbindable:unbindable"; do
	try cmd="$show" mounts="$(m /p bind "$T/prop" "rbind ${pair%:*}")"
	got=$(propagation /p)
	case ${pair#*:} in
	master) is "$rc:$got" "0:master:${ours#shared:}" "option ${pair%:*} is the slave of ours" ;;
	shared) like "$rc:$got" "^0:shared:[0-9]+" "option ${pair%:*}" ;;
	"") like "$rc:$got" "^0:(master:[0-9]+)?$" "option '${pair%:*}' shares nothing with ours" ;;
	none) is "$rc:$got" "0:" "option ${pair%:*}" ;;
	*) is "$rc:$got" "0:${pair#*:}" "option ${pair%:*}" ;;
	esac
done
ok "a container with an rslave mount" start_one "$ID-slave" cmd='sleep 60' \
	mounts="$(m /p bind "$T/prop" "rbind rslave")"
mkdir "$T/prop/late"
mount -t tmpfs late "$T/prop/late"
touch "$T/prop/late/seen"
run scow exec "$ID-slave" ls /p/late
is "$out" seen "sees what is mounted later"
umount "$T/prop/late"
remove "$ID-slave"
umount "$T/prop"
is "$(awk -v dir="$T/" 'index($5, dir) == 1' /proc/self/mountinfo)" "" \
	"nothing came back to our side"

# what is refused
# bad_mount NAME MOUNT ERE
bad_mount() {
	try mounts="$2"
	refused "$1" "$3"
}
bad_mount "a source that does not exist" "$(m /mnt bind "$T/nosuch" bind)" "nosuch"
bad_mount "an unknown file system" "$(m /mnt nosuchfs x "")" "nosuchfs"
bad_mount "an option that tmpfs does not know" "$(m /t tmpfs tmpfs nosuchoption)" "/t"
bad_mount "an option with a bad value" "$(m /t tmpfs tmpfs size=nosuch)" "/t"
bad_mount "no destination" '{"type":"tmpfs","source":"tmpfs"}' 'mounts\[5\].*destination'
bad_mount "options that are a string" '{"destination":"/t","type":"tmpfs","options":"ro"}' \
	'mounts\[5\].options'
bad_mount "a file as destination of a directory" "$(m /etc/passwd bind "$T/src" bind)" "/etc/passwd"
bad_mount "a file on the way" "$(m /etc/passwd/x tmpfs tmpfs "")" "/etc/passwd"
try mounts='{"destination":"/t","type":"tmpfs","source":"tmpfs","options":null}'
is "$rc" 0 "options null"
try cmd="$show" mounts='{"destination":"t/rel","type":"tmpfs","source":"tmpfs"}'
like "$rc:$(fs /t/rel)" '^0:tmpfs ' "a relative destination is taken from /"

# spec --rootless binds the host's /sys, which has a cgroup2 where the container's goes.
mkdir "$T/own" && ln -s "$T/rootfs" "$T/own/rootfs"
run sh -c 'cd "$2" && "$1" spec --rootless' sh "$SCOW" "$T/own"
sed -i -e 's/"terminal": *true/"terminal":false/' -e 's|"sh"|"grep"," /sys/fs/cgroup ","/proc/self/mountinfo"|' \
	"$T/own/config.json"
run scow run -b "$T/own" "$ID-own"
like "$rc:$err:$(echo "$out" | tail -n 1)" '^0::.* / /sys/fs/cgroup ro,.* - cgroup2 ' "a cgroup mount over the host's own"
finish
