#!/bin/sh
# Shows namespaces: new ones, the caller's when absent, joined by path; wrong ones refused; user
# namespaces with mappings, host and domain name, sysctl.
. "${0%/*}/lib.sh"

kinds='cgroup ipc mnt net pid uts user time'
show='for n in '$kinds'; do echo "$n $(readlink /proc/self/ns/$n)"; done'
ns_of() {
	printf '%s\n' "$out" | sed -n "s/^$1 //p"
}
ours() {
	readlink "/proc/self/ns/$1"
}

try cmd="$show"
for n in cgroup ipc mnt net pid uts; do
	like "$(ns_of $n)" "^$n:\\[[0-9]+\\]$" "a new $n namespace: there is one"
	isnt "$(ns_of $n)" "$(ours $n)" "a new $n namespace: it is not ours"
done
for n in user time; do
	is "$(ns_of $n)" "$(ours $n)" "no $n namespace asked for: ours"
done
try cmd="$show" namespaces='{"type":"mount"}' hostname=null
for n in cgroup ipc net pid uts; do
	is "$(ns_of $n)" "$(ours $n)" "no $n namespace asked for: ours"
done
isnt "$(ns_of mnt)" "$(ours mnt)" "the mount namespace is new"
if [ -e /proc/self/ns/time ]; then
	try cmd="$show" namespaces="$default_namespaces,{\"type\":\"time\"}"
	isnt "$(ns_of time)" "$(ours time)" "a new time namespace"
	is "$rc" 0 "works"
else
	skip 2 "this kernel has no time namespaces"
fi

# by path
ok "a container whose namespaces others join" start_one "$ID-a" cmd='sleep 60'
a=$(pid_of "$ID-a")
for pair in network:net ipc:ipc uts:uts cgroup:cgroup pid:pid; do
	type=${pair%:*} n=${pair#*:}
	others=$(echo "$default_namespaces" | sed "s/{\"type\":\"$type\"},*//; s/,\$//")
	try cmd="$show" hostname=null \
		namespaces="$others,{\"type\":\"$type\",\"path\":\"/proc/$a/ns/$n\"}"
	is "$rc:$(ns_of $n)" "0:$(readlink "/proc/$a/ns/$n")" \
		"the $type namespace of another container, by path"
	isnt "$(ns_of mnt)" "$(readlink "/proc/$a/ns/mnt")" \
		"with $type its mount namespace is its own"
done
try cmd='echo $$; ls -d /proc/1/root/bin' \
	namespaces="{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"pid\",\"path\":\"/proc/$a/ns/pid\"}"
isnt "$(echo "$out" | head -1)" 1 "in a joined pid namespace the program is not process 1"

try cmd="$show; ls /bin/sh" root=/ base_mounts='' hostname=null \
	namespaces="{\"type\":\"pid\",\"path\":\"/proc/$a/ns/pid\"},{\"type\":\"mount\",\"path\":\"/proc/$a/ns/mnt\"}"
is "$rc:$(ns_of mnt):$(echo "$out" | tail -n 1)" "0:$(readlink "/proc/$a/ns/mnt"):/bin/sh" \
	"the mount namespace of another container, by path"
mounts_of_a=$(cat "/proc/$a/mountinfo")
joined_mount="{\"type\":\"pid\"},{\"type\":\"mount\",\"path\":\"/proc/$a/ns/mnt\"}"
try root=/ namespaces="$joined_mount" hostname=null
refused "mounts in a joined mount namespace" 'mounts: cannot be applied in a mount namespace that is joined'
for word in 'linux="maskedPaths":["/etc"]' 'linux="readonlyPaths":["/etc"]' readonly=true \
	'linux="rootfsPropagation":"private"'; do
	try root=/ base_mounts='' namespaces="$joined_mount" hostname=null "$word"
	refused "$word there" 'cannot be applied in a mount namespace that is joined'
done
is "$(cat "/proc/$a/mountinfo")" "$mounts_of_a" "the joined one is as before"
try cmd="$show" hostname=null namespaces='{"type":"mount","path":""},{"type":"pid","path":""}'
isnt "${rc#0}$(ns_of mnt)" "$(ours mnt)" "an empty path is none"
is "$rc:$err" "0:" "works"

# what is refused
# bad_ns NAME NAMESPACES ERE
bad_ns() {
	try namespaces="$2"
	refused "$1" "$3"
}
bad_ns "a path of the wrong type" \
	"{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"network\",\"path\":\"/proc/$a/ns/ipc\"}" \
	"namespace|namespaces\\[2\\]"
bad_ns "a path that is no namespace" \
	'{"type":"mount"},{"type":"uts"},{"type":"network","path":"/dev/null"}' '/dev/null'
bad_ns "a path that does not exist" \
	'{"type":"mount"},{"type":"uts"},{"type":"network","path":"/proc/self/ns/nosuch"}' 'nosuch'
bad_ns "a relative path" \
	'{"type":"mount"},{"type":"uts"},{"type":"network","path":"proc/1/ns/net"}' \
	'namespaces\[2\]'
bad_ns "an unknown type" '{"type":"mount"},{"type":"uts"},{"type":"nosuch"}' \
	'namespaces\[2\]|nosuch'
bad_ns "a type given twice" '{"type":"mount"},{"type":"uts"},{"type":"uts"}' 'uts|namespaces\[2\]'
bad_ns "a hostname without a uts namespace" '{"type":"mount"}' 'hostname'
try namespaces="$default_namespaces,{\"type\":\"user\"}"
refused "a user namespace without mappings" '[mM]apping'
try linux='"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}]'
isnt "$rc" 0 "mappings without a user namespace"

# host and domain name
try cmd='hostname; cat /proc/sys/kernel/domainname' hostname='"box"' \
	top='"domainname":"example.org"'
is "$out" "box
example.org" "hostname and domainname"
is "$(hostname)" "$(cat /proc/sys/kernel/hostname)" "ours is as before"
try args='["hostname"]' hostname=null
is "$rc:$out" "0:$(hostname)" "no hostname: a copy of ours"

# sysctl
try cmd='cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax' \
	linux='"sysctl":{"net.ipv4.ip_forward":"1","kernel.msgmax":"12345"}'
is "$rc:$out" "0:1
12345" "sysctl of the new network and ipc namespaces"
try args='["cat","/proc/sys/net/ipv4/ping_group_range"]' \
	linux='"sysctl":{"net.ipv4.ping_group_range":"0 0"}'
is "$(echo "$out" | tr '\t' ' ')" "0 0" "sysctl with two numbers"
try linux='"sysctl":null'
is "$rc" 0 "sysctl null"
try linux='"sysctl":{"net.ipv4.ip_forward":"1"}' namespaces='{"type":"mount"},{"type":"uts"}'
refused "a net sysctl without a network namespace" 'net.ipv4.ip_forward'
try linux='"sysctl":{"kernel.msgmax":"1"}' namespaces='{"type":"mount"},{"type":"uts"}'
refused "an ipc sysctl without an ipc namespace" 'kernel.msgmax'
for key in kernel.randomize_va_space vm.overcommit_memory net.ipv4.nosuch ../../sys/x; do
	try linux="\"sysctl\":{\"$key\":\"0\"}"
	refused "the sysctl $key" "$key"
done

# user namespace
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000},{"containerID":1000,"hostID":200000,"size":1}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":2000}]'
user_ns="$default_namespaces,{\"type\":\"user\"}"
chmod 755 "$T" "$T/rootfs"
try cmd='id -u; id -g; tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; stat -c %u /bin' \
	namespaces="$user_ns" linux="$map"
is "$rc:$out" "0:0
0
 0 100000 1000
 1000 200000 1
 0 100000 2000
65534" "a user namespace: root inside, mapped; the root file system belongs to nobody"
ok "a container with a user namespace" start_one "$ID-u" cmd='sleep 60' namespaces="$user_ns" \
	linux="$map" \
	user='{"uid":1000,"gid":5,"additionalGids":[6]}'
u=$(pid_of "$ID-u")
is "$(awk '/^[UG]id:|^Groups:/ { print $2 }' "/proc/$u/status" | tr '\n' ' ')" \
	"200000 100005 100006 " \
	"seen from outside it is 200000:100005"
run scow exec "$ID-u" id -u
is "$rc:$out" "0:1000" "exec joins the user namespace"
try cmd="$show" \
	namespaces="{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"user\",\"path\":\"/proc/$u/ns/user\"}" \
	base_mounts='{"destination":"/proc","type":"bind","source":"/proc","options":["rbind"]},
		{"destination":"/dev","type":"tmpfs","source":"dev"}'
is "$rc:$(ns_of user)" "0:$(readlink "/proc/$u/ns/user")" "a user namespace by path"
two_mounts='{"destination":"/proc","type":"proc","source":"proc"},
	{"destination":"/dev","type":"tmpfs","source":"dev"}'
try cmd="$show" base_mounts="$two_mounts" hostname='""' \
	namespaces="{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/$u/ns/user\"},{\"type\":\"pid\",\"path\":\"/proc/$u/ns/pid\"}"
is "$rc:$(ns_of pid)" "0:$(readlink "/proc/$u/ns/pid")" "with its pid namespace by path"
try cmd="$show" base_mounts="$two_mounts" linux="$map" hostname='""' \
	namespaces='{"type":"mount"},{"type":"pid"},{"type":"user"},{"type":"network","path":"/proc/1/ns/net"},{"type":"uts","path":"/proc/1/ns/uts"}'
is "$rc:$(ns_of net)" "0:$(readlink /proc/1/ns/net)" "a new user namespace, others of the host by path"
try user='{"uid":5000,"gid":0}' namespaces="$user_ns" linux="$map"
isnt "$rc" 0 "a user that is not mapped is refused"
remove "$ID-u"
remove "$ID-a"
finish
