#!/bin/sh
# Shows linux.netDevices: moved, renamed, up, with its addresses, into new and joined namespaces; what
# is refused; and that a create which fails puts everything back.
. "${0%/*}/lib.sh"

# device NAME: a new one on our side. A veth makes its other end by itself.
device() {
	ip link add "$1" type dummy 2>/dev/null || ip link add "$1" type veth 2>/dev/null
}
gone() {
	[ ! -e "/sys/class/net/$1" ] && ! ip link show dev "$1" >/dev/null 2>&1
}
# moves JSON [WORD=VALUE...]: try with these netDevices; shows what is there
moves() {
	devices=$1
	shift
	try cmd='ip addr' linux="\"netDevices\":$devices" "$@"
}
refuses() {
	moves "$2" namespaces="${4-$default_namespaces}"
	refused "$1" "$3"
}
device t0 || skip_all "no network devices can be made here"

refuses "no network namespace" '{"t0":{}}' 'linux\.netDevices: .* without a network namespace' \
	'{"type":"mount"},{"type":"uts"}'
refuses "a device that does not exist" '{"nosuch":{}}' 'linux\.netDevices\.nosuch: find it: No such device'
refuses "a name that is none" '{"t0":{"name":"a/b"}}' 'linux\.netDevices\.t0\.name: "a/b"'
refuses "a name that is too long" '{"t0":{"name":"1234567890123456"}}' 'linux\.netDevices\.t0\.name'
refuses "a name twice" '{"t0":{"name":"x"},"x":{}}' 'linux\.netDevices\.x\.name: "x" stands twice'
refuses "a name that is taken" '{"t0":{"name":"lo"}}' \
	'linux\.netDevices\.t0: the name lo in the container: File exists'
refuses "the loopback device" '{"lo":{"name":"lo%d"}}' 'linux\.netDevices\.lo: move it into the container'
nok "the device is still ours" gone t0
refuses "the second is not there" '{"t0":{"name":"first"},"t1":{}}' 'linux\.netDevices\.t1: find it'
nok "the first has come back under its name" gone t0

ip addr add 192.0.2.7/28 brd 192.0.2.15 dev t0
ip addr add 192.0.2.99/32 dev t0
ip addr add 2001:db8::7/64 dev t0 nodad 2>/dev/null || ip addr add 2001:db8::7/64 dev t0
ip addr add 198.51.100.1/24 dev t0 scope link
ip link set dev t0 mtu 1400
ip link set dev t0 address 02:00:00:00:00:77
ip link set dev t0 up

# A create that fails after the move.
moves '{"t0":{"name":"inside"}}' mounts='{"destination":"/t","type":"nosuch"}'
refused "a create that fails later" 'nosuch'
here=$(ip addr show dev t0)
has "$here" "192.0.2.7/28 brd 192.0.2.15" "the device is back with its address"
has "$here" "192.0.2.99/32" "and the second one"
has "$here" "2001:db8::7/64" "and that of IPv6"
like "$here" 't0[@a-z0-9]*: <[^>]*[<,]UP[,>]' "and is up"
unlike "$(ip link)" inside "under its old name only"

moves '{"t0":{"name":"eth0"}}'
is "$rc:$err" "0:" "a device is renamed"
like "$out" 'eth0[@a-z0-9]*: <[^>]*[<,]UP[,>].* mtu 1400 ' "it is up, and has its size"
has "$out" "02:00:00:00:00:77" "it has its hardware address"
has "$out" "inet 192.0.2.7/28 brd 192.0.2.15 scope global eth0" "it has its address"
has "$out" "inet 192.0.2.99/32 scope global eth0" "and the second one"
has "$out" "inet6 2001:db8::7/64 scope global" "and that of IPv6"
unlike "$out" "198.51.100.1" "an address of another scope stays behind"
like "$out" 'lo: <LOOPBACK,UP' "lo is up as well"
ok "a virtual device is gone with its namespace" soon gone t0

# names
for name in t1 t2 t3; do device $name; done
moves '{"t1":{"name":"net%d"},"t2":{"name":"net%d"},"t3":{"name":""}}'
is "$rc:$(echo "$out" | sed -n 's/^[0-9]*: \([a-z0-9]*\)[:@].*/\1/p' | sort | tr '\n' ' ')" \
	"0:lo net0 net1 t3 " "templates get the first free number, an empty name changes nothing"
ok "all are gone" soon gone t3

# a joined namespace
ok "a container to join" start_one "$ID-a" cmd='sleep 60'
ns=/proc/$(pid_of "$ID-a")/ns/net
others=$(echo "$default_namespaces" | sed 's/,{"type":"network"}//')
joined="$others,{\"type\":\"network\",\"path\":\"$ns\"}"
device t4
ip addr add 192.0.2.8/32 dev t4
moves '{"t4":{"name":"eth0"}}' namespaces="$joined"
has "$rc:$out" "inet 192.0.2.8/32 scope global eth0" "into a joined namespace"
run scow exec "$ID-a" ip addr show dev eth0
has "$out" "192.0.2.8/32" "there it stays when the container has ended"
device t5
moves '{"t5":{"name":"eth0"}}' namespaces="$joined"
refused "a name that is taken there" 'linux\.netDevices\.t5: the name eth0 in the container: File exists'
moves '{"t5":{"name":"eth%d"}}' namespaces="$joined"
like "$rc:$out" 'eth1[@:]' "a template finds the next one"

# a user namespace
chmod 755 "$T" "$T/rootfs"
map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":1000}]'
device t6
ip addr add 192.0.2.9/32 dev t6
try cmd='ip addr' namespaces="$default_namespaces,{\"type\":\"user\"}" linux="\"netDevices\":{\"t6\":{}},$map"
has "$rc:$out" "inet 192.0.2.9/32 scope global t6" "into the network namespace of a user namespace"
device t7
ip addr add 192.0.2.10/32 dev t7
try cmd='ip addr' namespaces="$joined,{\"type\":\"user\"}" linux="\"netDevices\":{\"t7\":{}},$map"
has "$rc:$out" "inet 192.0.2.10/32 scope global t7" "into a joined one, with a user namespace"

# hooks see it
device t8
cat >"$T/hook" <<END
#!/bin/sh
exec ip -o link >"$T/seen"
END
chmod +x "$T/hook"
moves '{"t8":{"name":"hooked"}}' \
	top="\"hooks\":{\"createContainer\":[{\"path\":\"$T/hook\",\"args\":[\"hook\"]}]}"
has "$rc:$(cat "$T/seen")" hooked "the hooks of the container find it"
remove "$ID-a"
has "$(flat "$(scow features)")" '"netDevices":{"enabled":true}' "features has it"
for name in $(ip -o link | sed -n 's/^[0-9]*: \(t[0-9]\|veth[0-9]*\)[:@].*/\1/p'); do
	ip link del dev "$name" 2>/dev/null
done
finish
