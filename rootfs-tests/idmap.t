#!/bin/sh
# Shows id-mapped mounts: owners as the container sees them and as its files get on disk, for each
# way to give the mapping, in depth, for file systems of our own; and what is refused.
. "${0%/*}/lib.sh"

mapping='[{"containerID":0,"hostID":100000,"size":1000}]'
map="\"uidMappings\":$mapping,\"gidMappings\":$mapping"
user_ns="$default_namespaces,{\"type\":\"user\"}"
own='stat -c "%u:%g" /m/file; touch /m/new && stat -c "%u:%g" /m/new'
# mount OPTIONS [MORE]: a bind of $T/src on /m
mount_json() {
	printf '{"destination":"/m","type":"bind","source":"%s","options":[%s]%s}' "$T/src" "$1" "${2-}"
}
# refuses NAME MOUNT ERE [WORD=VALUE...]
refuses() {
	name=$1 mount=$2 pattern=$3
	shift 3
	try mounts="$mount" "$@"
	refused "$name" "$pattern"
}
chmod 755 "$T" "$T/rootfs"
mkdir "$T/src" "$T/src/sub"
touch "$T/src/file"
chown 5:6 "$T/src/file"

refuses "idmap without any mapping" "$(mount_json '"rbind","idmap"')" \
	'mounts\[5\]: idmap: neither the mount nor the container has a mapping'
for side in uid gid; do
	refuses "only ${side}Mappings" "$(mount_json '"bind","idmap"' ",\"${side}Mappings\":$mapping")" \
		'mounts\[5\]\.uidMappings: invalid mount'
done
for text in uids=0-1 uids=0-1-2-3 uids=a-1-1 users=0-1-1 'uids=0-1-1;x' uids=-1-1-1 uids=0-1-4294967296; do
	refuses "idmap=$text" "$(mount_json "\"rbind\",\"idmap=$text\"")" 'is not a mapping'
done
refuses "an id that the container does not have" "$(mount_json '"rbind","idmap=uids=@0-1999999-2"')" \
	'is not a mapping' namespaces="$user_ns" linux="$map"
refuses "two mappings" "$(mount_json '"rbind","idmap=uids=0-1-1"' ",$map")" 'uidMappings are given as well'
refuses "proc" "{\"destination\":\"/m\",\"type\":\"proc\",\"options\":[\"idmap\"]}" \
	'invalid mount: /m cannot have its ids mapped' namespaces="$user_ns" linux="$map"
mount -t proc proc "$T/src/sub" # a file system that never can
refuses "a file system that cannot" \
	"{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$T/src/sub\",\"options\":[\"bind\",\"idmap\"]}" \
	"map the ids of .*/sub \\((its file system|needs Linux 5.12)" namespaces="$user_ns" linux="$map"
umount "$T/src/sub"

# The rest needs a file system that can. ext4 could first, tmpfs since Linux 6.3.
try mounts="$(mount_json '"bind"' ",$map")"
if [ "$rc" != 0 ]; then
	like "$err" 'map the ids of' "not here"
	skip 18 "neither this kernel nor $T: $err"
	finish
fi
try cmd="$own" mounts="$(mount_json '"bind"' ",$map")"
like "$rc:$out:$err" '^1:100005:100006:.*touch' "mappings without the word: id 0 has no place on disk"
for word in idmap ridmap; do
	try cmd="$own" mounts="$(mount_json "\"rbind\",\"$word\"")" namespaces="$user_ns" linux="$map"
	is "$rc:$out" "0:5:6
0:0" "$word takes the mapping of the container"
done
is "$(stat -c %u:%g "$T/src/new")" 0:0 "on disk it is root's"
rm "$T/src/new"
try cmd="$own" namespaces="$user_ns" linux="$map" mounts="$(mount_json '"rbind","idmap"' \
	',"uidMappings":[{"containerID":5,"hostID":100007,"size":1},{"containerID":0,"hostID":100000,"size":1}],
	"gidMappings":[{"containerID":0,"hostID":100001,"size":9},{"containerID":20,"hostID":100000,"size":1}]')"
is "$rc:$out" "0:7:7
0:0" "a mapping of its own"
is "$(stat -c %u:%g "$T/src/new")" 0:20 "and on disk"
rm "$T/src/new"
try cmd="$own" namespaces="$user_ns" linux="$map" \
	mounts="$(mount_json '"rbind","idmap=uids=5-100008-1#0-100000-1;gids=0-100000-9"')"
is "$rc:$out" "0:8:6
0:0" "idmap=uids=..;gids=.. as podman passes it on"
try cmd="$own" namespaces="$user_ns" linux="$map" \
	mounts="$(mount_json '"rbind","idmap=uids=@5-9-1#@0-0-1;gids=@0-0-9"')"
is "$rc:$out" "0:9:6
0:0" "@: ids of the container"
try cmd='stat -c "%u:%g" /m/file' namespaces="$user_ns" linux="$map" \
	mounts="$(mount_json '"rbind","idmap=uids=@5-9-1"')"
is "$rc:$out" "0:9:6" "the groups are as in the container, when they are not named"
try cmd='stat -c "%u:%g" /m/file' mounts="$(mount_json '"rbind","idmap=uids=5-9-1"')"
is "$rc:$out" "0:9:6" "or as on the host, without a user namespace"
try cmd='stat -c "%u:%g" /m/file' mounts="$(mount_json '"rbind","idmap=uids=+5-9-1;gids=5-9-1"')"
is "$rc:$out" "0:9:65534" "an id that is not mapped belongs to nobody"

# below the top
mount -t tmpfs sub "$T/src/sub"
touch "$T/src/sub/file"
chown 5:6 "$T/src/sub/file"
try cmd='stat -c "%u:%g" /m/file /m/sub/file' namespaces="$user_ns" linux="$map" \
	mounts="$(mount_json '"rbind","idmap"')"
is "$rc:$out" "0:5:6
65534:65534" "idmap is for the top alone"
try cmd='stat -c "%u:%g" /m/file /m/sub/file' namespaces="$user_ns" linux="$map" \
	mounts="$(mount_json '"rbind","ridmap"')"
if [ "$rc" = 0 ]; then
	is "$out" "5:6
5:6" "ridmap is for all below"
	mkdir "$T/rootfs/t"
	try cmd="stat -c %u:%g /t; touch /t/x && stat -c %u:%g /t/x" namespaces="$user_ns" linux="$map" \
		mounts='{"destination":"/t","type":"tmpfs","source":"t","options":["mode=755","idmap"]}'
	is "$rc:$out" "0:0:0
0:0" "a new tmpfs"
else
	like "$err" 'map the ids of' "ridmap: no tmpfs here"
	skip 1 "tmpfs cannot before Linux 6.3"
fi
umount "$T/src/sub"

# with other options; the source is as before
mount --bind "$T/src" "$T/src" && mount --make-shared "$T/src"
try cmd='grep " /m " /proc/self/mountinfo; touch /m/x' namespaces="$user_ns" linux="$map" \
	mounts="$(mount_json '"rbind","idmap","rslave","ro","nodev"')"
like "$out" ' /m ro,nodev,[^ ]* master:' "flags and propagation besides"
like "$err" "Read-only file system" "read-only is in force"
umount "$T/src"
is "$(stat -c %u:%g "$T/src/file")" 5:6 "the source is as before"

# a joined user namespace
ok "a container" start_one "$ID-a" cmd='sleep 60' namespaces="$user_ns" linux="$map"
try cmd="$own" hostname='""' base_mounts='{"destination":"/proc","type":"proc","source":"proc"},
	{"destination":"/dev","type":"tmpfs","source":"dev"}' \
	mounts="$(mount_json '"rbind","idmap"')" \
	namespaces="{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"user\",\"path\":\"/proc/$(pid_of "$ID-a")/ns/user\"}"
is "$rc:$out" "0:5:6
0:0" "the mapping of a joined user namespace"
remove "$ID-a"
has "$(flat "$(scow features)")" '"idmap":{"enabled":true}' "features has it"
finish
