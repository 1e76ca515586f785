#!/bin/sh
# Shows that more mounts than the soft limit of open files are no trouble, with and without a user
# namespace, and that the program gets the limit that the caller had, or its own; and what is said
# where the kernel's limit of mounts that are not attached yet is reached.
. "${0%/*}/lib.sh"

# Each counts as a mount namespace, of which the kernel allows as many as a quarter of its threads.
room=$(($(cat /proc/sys/user/max_mnt_namespaces) - 100))
many=$((room < 600 ? room : 600))
[ "$many" -ge 20 ] || skip_all "user.max_mnt_namespaces is $((room + 100))"
[ "$(ulimit -Hn)" -gt 2000 ] || skip_all "the hard limit of open files is too low"
mkdir "$T/src"
touch "$T/src/file"
mounts=$(awk -v n=$many -v src="$T/src" 'BEGIN { for (i = 0; i < n; i++)
	printf "%s{\"destination\":\"/tmp/m%d\",\"type\":\"bind\",\"source\":\"%s\",\"options\":[\"rbind\"]}",
		(i ? "," : ""), i, src }')
show='ls -d /tmp/m*/file | wc -l; ulimit -Sn; ulimit -Hn'
hard=$(ulimit -Hn)
ulimit -Sn 256
try cmd="$show" mounts="$mounts"
is "$rc:$(echo "$out" | tr '\n' ' ')" "0:$many 256 $hard " "$many mounts with a limit of 256"
try cmd="$show" mounts="$mounts" process='"rlimits":[{"type":"RLIMIT_NOFILE","soft":20,"hard":30}]'
is "$rc:$(echo "$out" | tr '\n' ' ')" "0:$many 20 30 " "its own limit is as the configuration has it"
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":1000}]'
chmod 755 "$T" "$T/rootfs"
try cmd="$show" mounts="$mounts" namespaces="$default_namespaces,{\"type\":\"user\"}" linux="$map" \
	process='"rlimits":[{"type":"RLIMIT_NOFILE","soft":20,"hard":30}]'
is "$rc:$(echo "$out" | tr '\n' ' ')" "0:$many 20 30 " "in a user namespace too"
try cmd="$show" mounts="$mounts" namespaces="$default_namespaces,{\"type\":\"user\"}" linux="$map"
is "$rc:$(echo "$out" | tr '\n' ' ')" "0:$many 256 $hard " "where the caller's limit stays as well"

# With room for few, in a user namespace of its own so that nobody else's limit changes.
# try_few LIMIT: runs the bundle "few"
try_few() {
	run limited unshare -U -r -m sh -c 'echo "$1" >/proc/sys/user/max_mnt_namespaces && shift && exec "$@"' \
		sh "$1" "$SCOW" run -b "$T/few" "$ID-few"
}
if ! unshare -U -r -m sh -c 'echo 9 >/proc/sys/user/max_mnt_namespaces'; then
	skip 4 "no user namespaces with limits here"
	finish
fi
three=$(echo "$mounts" | tr '}' '\n' | sed -n '1,3s/$/}/p' | tr -d '\n')
self='"uidMappings":[{"containerID":0,"hostID":0,"size":1}],"gidMappings":[{"containerID":0,"hostID":0,"size":1}]'
sentence='[^:]*/proc/sys/user/max_\*_namespaces|: more mounts at a time than user\.max_mnt_namespaces allows: No space'
for kind in "" ',{"type":"user"}'; do
	limit=2 words="bind source $T/src: more mounts"
	[ -z "$kind" ] || limit=11 words="lock the mounts: clone3: more mounts" # it locks the mounts
	bundle few cmd="ls -d /tmp/m*/file | wc -l" mounts="$three" namespaces="$default_namespaces$kind" \
		linux="${kind:+$self,}\"maskedPaths\":[\"/proc/version\"]"
	said=''
	while try_few $limit && [ "$rc" != 0 ] && [ $limit -lt 20 ] && matches "$err" "$sentence"; do
		said="$said $err" limit=$((limit + 1))
	done
	is "$rc:$out" "0:3" "with room for $limit it runs${kind:+ in a user namespace}"
	has "$said" "$words" "and with less the limit is named"
done
finish
