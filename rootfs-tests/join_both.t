#!/bin/sh
# Shows that a user and a pid namespace are joined together, as the containers of a pod do.
. "${0%/*}/lib.sh"

chmod 755 "$T"
chown -R 100000:100000 "$T/rootfs"
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],"gidMappings":[{"containerID":0,"hostID":100000,"size":1000}]'
rest='{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"},{"type":"cgroup"}'
start_one "$ID-pod" cmd='sleep 60' linux="$map" namespaces="{\"type\":\"user\"},{\"type\":\"pid\"},$rest"
ns=/proc/$(pid_of "$ID-pod")/ns
try cmd='readlink /proc/self/ns/user; readlink /proc/self/ns/pid' linux="$map" \
	namespaces="{\"type\":\"user\",\"path\":\"$ns/user\"},{\"type\":\"pid\",\"path\":\"$ns/pid\"},$rest"
is "$rc:$out" "0:$(readlink "$ns/user"; readlink "$ns/pid")" "both namespaces are the other container's"
remove "$ID-pod"
finish
