#!/bin/sh
# Shows that more mounts than the soft limit of open files are no trouble, with and without a user
# namespace, and that the program gets the limit that the caller had, or its own.
. "${0%/*}/lib.sh"

many=600
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
if [ "$(uname -m)" = aarch64 ]; then
	skip 2 "in a user namespace aarch64's kernel says ENOSPC here, for a reason we do not know yet"
	finish
fi
try cmd="$show" mounts="$mounts" namespaces="$default_namespaces,{\"type\":\"user\"}" linux="$map" \
	process='"rlimits":[{"type":"RLIMIT_NOFILE","soft":20,"hard":30}]'
is "$rc:$(echo "$out" | tr '\n' ' ')" "0:$many 20 30 " "in a user namespace too"
try cmd="$show" mounts="$mounts" namespaces="$default_namespaces,{\"type\":\"user\"}" linux="$map"
is "$rc:$(echo "$out" | tr '\n' ' ')" "0:$many 256 $hard " "where the caller's limit stays as well"
finish
