#!/bin/sh
# Shows the default devices and links in /dev, extra devices, and what is refused.
. "${0%/*}/lib.sh"

bundle try \
	cmd='stat -c "%n %F %t:%T %a %u:%g" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty'
id=$ID-default
run sh -c 'umask 077; exec timeout -s KILL 20 "$@"' sh "$SCOW" run -b "$T/try" "$id"
is "$out" "/dev/null character special file 1:3 666 0:0
/dev/zero character special file 1:5 666 0:0
/dev/full character special file 1:7 666 0:0
/dev/random character special file 1:8 666 0:0
/dev/urandom character special file 1:9 666 0:0
/dev/tty character special file 5:0 666 0:0" "the default devices, whatever the umask"
try cmd='for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done
	echo > /dev/null && head -c 3 /dev/zero | wc -c'
is "$out" "/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx
3" "links, and they work"
try cmd='ls /dev | tr "\n" " "'
unlike "$out" 'console|vda|mem|kmsg|sda' "no other device of the host is there"
try cmd='echo x >/dev/null; head -c 1 /dev/urandom | wc -c; echo err >/dev/stderr' \
	user='{"uid":1000,"gid":1000}'
is "$out:$err" "1:err" "another user can use them"

# extra ones
dev() { # PATH TYPE MAJOR MINOR REST
	printf '{"path":"%s","type":"%s","major":%s,"minor":%s%s}' "$1" "$2" "$3" "$4" "${5-}"
}
devices="$(dev /dev/extra c 1 11 ',"fileMode":432,"uid":5,"gid":6'),$(dev /dev/sub/dir/loop b 7 0 ',"fileMode":384'),
	{\"path\":\"/dev/pipe\",\"type\":\"p\",\"fileMode\":420},$(dev /dev/u u 1 5),
	$(dev /mydev c 1 5 ',"fileMode":null,"uid":null')"
try cmd='stat -c "%n %F %t:%T %a %u:%g" /dev/extra /dev/sub/dir/loop /dev/pipe /dev/u /mydev | cut -d: -f1-3' \
	linux="\"devices\":[$devices]"
is "$(printf '%s\n' "$out" | sed -n 1p)" "/dev/extra character special file 1:b 660 5:6" \
	"a device with mode, uid and gid"
is "$(printf '%s\n' "$out" | sed -n 2p)" "/dev/sub/dir/loop block special file 7:0 600 0:0" \
	"a block device, directories are made"
is "$(printf '%s\n' "$out" | sed -n 3p | cut -d' ' -f1,2,4)" "/dev/pipe fifo 644" "a fifo"
is "$(printf '%s\n' "$out" | sed -n 4p | cut -c1-34)" "/dev/u character special file 1:5 " \
	"an unbuffered character device"
is "$(printf '%s\n' "$out" | sed -n 5p | cut -c1-34)" "/mydev character special file 1:5 " \
	"a device outside of /dev"
rm -f "$T/rootfs/mydev"
try cmd='stat -c "%F %t:%T %a %u" /dev/null' \
	linux="\"devices\":[$(dev /dev/null c 1 3 ',"fileMode":438,"uid":7')]"
like "$rc:$out" '^0:character special file 1:3 666 ' "a default device may be listed"
try linux='"devices":null'
is "$rc" 0 "devices null"
try linux='"devices":[]'
is "$rc" 0 "an empty list"

# a root file system without a mount on /dev
mkdir "$T/rootfs/dev/pts"
try cmd='stat -c "%n %t:%T" /dev/null; echo > /dev/null; readlink /dev/fd' \
	base_mounts='{"destination":"/proc","type":"proc","source":"proc"}'
is "$rc:$out" "0:/dev/null 1:3
/proc/self/fd" "without a mount on /dev they are made in the root file system"
try cmd='stat -c "%n %t:%T" /dev/null' \
	base_mounts='{"destination":"/proc","type":"proc","source":"proc"}'
is "$rc:$out" "0:/dev/null 1:3" "and found there the next time"
rm -rf "$T/rootfs/dev" && mkdir "$T/rootfs/dev"

# user namespace: no mknod there
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],
	"gidMappings":[{"containerID":0,"hostID":200000,"size":1000}]'
# try_user [WORD=VALUE...]: like try, in a user namespace
try_user() {
	try namespaces="$default_namespaces,{\"type\":\"user\"}" "$@"
}
extra="$(dev /dev/extra c 1 11 ',"fileMode":432,"uid":5,"gid":6'),
	{\"path\":\"/dev/pipe\",\"type\":\"p\",\"fileMode\":420,\"uid\":7}"
umask 077
try_user cmd='stat -c "%n %t:%T %a %u:%g" /dev/null /dev/tty /dev/extra /dev/pipe; echo > /dev/null && echo works
	stat -c "%a %u:%g" /dev; mkdir /dev/new && rm /dev/zero && echo own; grep -c " /dev/" /proc/mounts
	mknod /dev/new/null c 1 3' linux="$map,\"devices\":[$extra]"
umask 022
is "$rc:$out" "1:/dev/null 1:3 666 0:0
/dev/tty 5:0 666 0:0
/dev/extra 1:b 660 5:6
/dev/pipe 0:0 644 7:0
works
755 0:0
own
2" "a user namespace has its own default devices, too, and those of the configuration"
has "$err" "Operation not permitted" "and makes none itself"
try_user cmd='stat -c "%t:%T" /dev/null /dev/tty; echo > /dev/null && echo works' linux="$map" \
	base_mounts='{"destination":"/proc","type":"proc","source":"proc"},
	{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["gid=5"]}'
is "$rc:$out" "0:1:3
5:0
works" "the host's are bound where /dev cannot be made outside"
try_user cmd='touch /dev/new' linux="$map" \
	base_mounts='{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["mode=755","ro"]}'
has "$rc:$err" "1:touch: /dev/new: Read-only file system" "a read-only /dev"
try_user linux="$map,\"devices\":[$(dev /dev/extra c 1 11 ',"uid":1000')]"
refused "an owner that is not mapped, of a device that the host has not got" 'device /dev/extra: bind the host.s'
try_user cmd='readlink /dev/ptmx' \
	linux="$map,\"devices\":[{\"path\":\"/dev/ptmx\",\"type\":\"c\",\"major\":5,\"minor\":2}]"
is "$rc:$out" "0:pts/ptmx" "the host's /dev/ptmx, which podman --privileged asks for, gives way to the link"

# what is refused
# bad_device NAME DEVICE ERE
bad_device() {
	try linux="\"devices\":[$2]"
	refused "$1" "$3"
}
bad_device "an existing file that does not match" "$(dev /etc/passwd c 1 3)" '/etc/passwd'
grep -q root "$T/rootfs/etc/passwd"
result $? "which is untouched"
bad_device "a default device with another number" "$(dev /dev/null c 1 5),$(dev /dev/null c 1 3)" \
	'/dev/null|devices\[1\]'
bad_device "an unknown type" "$(dev /dev/x x 1 3)" 'devices\[0\].type'
bad_device "a relative path" "$(dev dev/x c 1 3)" 'devices\[0\].path'
bad_device "no path" '{"type":"c","major":1,"minor":3}' 'devices\[0\].*path'
bad_device "no type" '{"path":"/dev/x","major":1,"minor":3}' 'devices\[0\].*type'
bad_device "a major number of -1" "$(dev /dev/x c -1 3)" 'devices\[0\].*major|/dev/x'
finish
