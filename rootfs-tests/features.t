#!/bin/sh
# Shows that what `features` lists can be had: hooks, namespaces, capabilities, what a seccomp profile
# may say, and the properties that are told to be enabled. Its mount options are mount_options.t's.
. "${0%/*}/lib.sh"

features=$(flat "$(scow features)")

# list NAME: the words of that list
list() {
	echo "$features" | sed -n 's/.*"'"$1"'":\[\([^]]*\)\].*/\1/p' | tr -d '"' | tr ',' ' '
}

# enabled NAME
enabled() {
	is "$(echo "$features" | grep -o "\"$1\":{\"enabled\":[a-z]*")" "\"$1\":{\"enabled\":true" "$1 is enabled"
}

hooks='' n=0
for hook in $(list hooks); do
	hooks="$hooks${hooks:+,}\"$hook\":[{\"path\":\"$T/rootfs/bin/touch\",\"args\":[\"touch\",\"$T/hook-$hook\"]}]"
	[ "$hook" != startContainer ] ||
		hooks=$(echo "$hooks" | sed "s|$T/rootfs/bin/touch\",\"args\":\[\"touch\",\"$T/hook-$hook|/bin/touch\",\"args\":[\"touch\",\"/hook-$hook|")
	n=$((n + 1))
done
try top="\"hooks\":{$hooks}"
is "$rc:$n:$(ls -d "$T"/hook-* "$T"/rootfs/hook-* | wc -l)" "0:6:6" "every hook runs"

mappings='[{"containerID":0,"hostID":100000,"size":65536}]'
spaces='' links=''
for type in $(list namespaces); do
	[ "$type" != user ] || continue
	[ "$type" != time ] || [ -e /proc/self/ns/time ] || continue # armhf kernels have none
	spaces="$spaces${spaces:+,}{\"type\":\"$type\"}"
	case $type in mount) type=mnt ;; network) type=net ;; esac
	links="$links /proc/self/ns/$type"
done
try namespaces="$spaces" cmd="for link in $links; do readlink \$link; done"
is "$rc:$(for link in $links; do readlink "$link"; done | grep -cxF -e "$out")" "0:0" \
	"every namespace is another"
case " $(list namespaces) " in
*" user "*)
	try namespaces="$spaces,{\"type\":\"user\"}" linux="\"uidMappings\":$mappings,\"gidMappings\":$mappings" \
		cmd='cat /proc/self/uid_map'
	is "$rc:$(echo $out)" "0:0 100000 65536" "and that of users"
	;;
*) result 1 "the user namespace is listed" ;;
esac

caps=$(list capabilities | sed 's/ /","/g; s/.*/"&"/')
try caps="$caps" cmd='sed -n "s/^CapBnd:\t//p" /proc/self/status'
like "$rc:$out" '^0:0*[1-9a-f]' "every capability is known"
unlike "$err" 'unknown' "none by a warning"

# profile MEMBERS: a run with that seccomp profile
profile() {
	try linux="\"seccomp\":{$1}"
}
bad=''
for action in $(list actions); do
	[ "$action" != SCMP_ACT_NOTIFY ] || continue # seccomp_notify.t
	profile "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mbind\"],\"action\":\"$action\"}]"
	[ "$rc:$err" = 0: ] || bad="$bad $action"
done
is "$bad" "" "every action of a filter"
args=''
for op in $(list operators); do
	args="$args${args:+,}{\"names\":[\"mbind\"],\"action\":\"SCMP_ACT_ERRNO\",
		\"args\":[{\"index\":${#args},\"value\":1,\"op\":\"$op\"}]}"
done
args=$(echo "$args" | sed 's/"index":[0-9]*/"index":0/')
profile "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[$args]"
is "$rc:$err" "0:" "every operator"
archs=$(list archs | sed 's/ /","/g; s/.*/"&"/')
profile "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[$archs]"
is "$rc:$err" "0:" "every architecture"
flags=$(list supportedFlags | sed 's/ /","/g; s/.*/"&"/')
profile "\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[$flags]"
is "$rc:$err" "0:" "every flag that is supported"
is "$(for flag in $(list supportedFlags); do case " $(list knownFlags) " in *" $flag "*) ;; *) echo "$flag" ;; esac; done)" \
	"" "which is a known one"

# What is told to be enabled is a property that explain does not take for an unknown one.
for pair in apparmor:process.apparmorProfile selinux:process.selinuxLabel intelRdt:linux.intelRdt \
	memoryPolicy:linux.memoryPolicy netDevices:linux.netDevices idmap:mounts; do
	enabled "${pair%%:*}"
done
bundle words process='"apparmorProfile":"p","selinuxLabel":"l"' \
	linux='"intelRdt":{"closID":"x","enableMonitoring":true,"schemata":["L3:0=f"]},
	"memoryPolicy":{"mode":"MPOL_DEFAULT"},"netDevices":{"eth9":{"name":"x"}}'
run scow explain "$T/words/config.json"
for property in process.apparmorProfile process.selinuxLabel linux.intelRdt linux.memoryPolicy linux.netDevices; do
	like "$out" "^[a-zA-Z]+ +$property" "$property has a line of explain"
done
unlike "$out" '^(unknown|ignored).*(apparmor|selinux|intelRdt|memoryPolicy|netDevices)' "and none is unknown"
finish
