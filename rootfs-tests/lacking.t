#!/bin/sh
# Shows that what a kernel lacks, or its administrator forbids, is told in one sentence: kinds of
# namespaces, file systems, controllers.
. "${0%/*}/lib.sh"

# Namespaces: /proc/self/ns has what the kernel has.
while read -r word file config; do
	maps=
	[ "$word" != user ] || maps='"uidMappings":[{"containerID":0,"hostID":0,"size":65536}],
		"gidMappings":[{"containerID":0,"hostID":0,"size":65536}]'
	try namespaces="{\"type\":\"mount\"},{\"type\":\"$word\"}" linux="$maps" base_mounts='' hostname=null
	if [ -e "/proc/self/ns/$file" ]; then
		is "$rc:$err" "0:" "namespaces of the kind $word can be had"
	else
		refused "the kernel has no $word namespaces" \
			"linux\.namespaces: this kernel has no $word namespaces \($config\)$"
	fi
done <<END
pid pid CONFIG_PID_NS
network net CONFIG_NET_NS
ipc ipc CONFIG_IPC_NS
uts uts CONFIG_UTS_NS
user user CONFIG_USER_NS
cgroup cgroup CONFIG_CGROUPS
time time CONFIG_TIME_NS
END

# A limit of 0 is the machine's: only in a virtual machine is it ours to change.
forbidden() {
	file=/proc/sys/user/max_$2_namespaces
	old=$(cat "$file")
	echo 0 >"$file"
	try namespaces="{\"type\":\"mount\"},{\"type\":\"$1\"}" hostname=null
	echo "$old" >"$file"
	refused "$1 namespaces are forbidden" \
		"linux\.namespaces: no $1 namespaces are allowed here \($file is 0\)$"
}
if [ -b "${SCOW_TEST_DISK:-/nonexistent}" ]; then
	forbidden pid pid
	forbidden ipc ipc
	forbidden network net
	forbidden cgroup cgroup
else
	skip 4 "the limits are those of the whole machine"
fi

# File systems.
try mounts='{"destination":"/x","type":"nosuchfs","source":"none"}'
refused "a file system that the kernel lacks" \
	'mounts\[5\]: mount nosuchfs on /x: this kernel has no such file system$'
try mounts='{"destination":"/dev/x","type":"nosuchfs","source":"none"}'
refused "directly in a new tmpfs" 'mount nosuchfs on /dev/x: this kernel has no such file system$'
try mounts='{"destination":"/x","type":"nosuchfs","source":"/dev/null"}'
refused "with a source that is a path" 'mount nosuchfs on /x: this kernel has no such file system$'

# Controllers, one for each kind of limit.
have=" $(cat "$CG/cgroup.controllers") "
while read -r controller property json; do
	name="$property needs the $controller controller"
	case $have in
	*" $controller "*)
		try linux="\"resources\":$json"
		unlike "$err" 'the requested cgroup controller' "$name, which is there"
		;;
	*)
		try linux="\"resources\":$json"
		refused "$name, which is missing" \
			"cgroup /scow/$id: linux\.resources\.$property: the requested cgroup controller .$controller. is not available for cgroup2 "
		;;
	esac
done <<'END'
memory memory\.limit {"memory":{"limit":67108864}}
memory memory\.reservation {"memory":{"reservation":1048576}}
cpu cpu\.shares {"cpu":{"shares":512}}
cpu cpu\.quota {"cpu":{"quota":50000,"period":100000}}
cpuset cpu\.cpus {"cpu":{"cpus":"0"}}
cpuset cpu\.mems {"cpu":{"mems":"0"}}
pids pids\.limit {"pids":{"limit":50}}
io blockIO\.weight {"blockIO":{"weight":500}}
io blockIO\.throttleReadBpsDevice\[0\] {"blockIO":{"throttleReadBpsDevice":[{"major":1,"minor":1,"rate":1048576}]}}
hugetlb hugepageLimits\[0\] {"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}
nosuch unified\["nosuch\.max"\] {"unified":{"nosuch.max":"1"}}
misc unified\["misc\.max"\] {"unified":{"misc.max":"sev 1"}}
END
finish
