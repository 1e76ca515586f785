#!/bin/sh
# Shows run --rootfs DIR NAME -- CMD...: no config.json needed, and safe by default.
. "${0%/*}/lib.sh"

# r CMD...: in a container of its own
r() {
	run scow run --rootfs "$T/rootfs" "$ID-$((next = ${next:-0} + 1))" -- "$@"
}

r echo hello
is "$rc:$out:$err" "0:hello:" "runs a program"
r sh -c 'echo "$0 $*"' a 'b c' -d
is "$out" "a b c -d" "arguments arrive as they are"
r sh -c 'exit 7'
is "$rc" 7 "returns its exit code"
r nosuch
refused "a program that is not there" 'exec: "nosuch": executable file not found in \$PATH'
echo word >"$T/word"
run_in "$T/word" scow run --rootfs "$T/rootfs" "$ID-in" -- cat
is "$out" word "passes stdin"

r sh -c 'sed -n "s/^\(NoNewPrivs\|Seccomp\):.//p" /proc/self/status'
is "$(echo "$out" | tr '\n' ' ')" "1 2 " "no_new_privs and a seccomp filter"
# chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service sys_chroot setfcap
r awk '/^Cap/ { sub(/^0*/, "", $2); print $1 $2 }' /proc/self/status
is "$(echo "$out" | tr '\n' ' ')" \
	"CapInh: CapPrm:800405fb CapEff:800405fb CapBnd:800405fb CapAmb: " \
	"podman's capabilities and no others"
r sh -c 'echo $$; for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done'
is "$(echo "$out" | head -1)" 1 "process 1 of its own"
for n in cgroup ipc mnt net pid uts; do
	unlike "$out" "^$(readlink /proc/self/ns/$n | sed 's/\[/\\[/')" "its own $n namespace"
done
r sh -c 'ip addr show lo | grep -c -e "LOOPBACK.*UP" -e "inet 127.0.0.1/8"; ls /sys/class/net'
is "$(echo "$out" | head -1)" 2 "lo is up with 127.0.0.1"
has "$out" lo "in a network namespace"
r sh -c \
	'nc -ll -p 7777 -e cat &
	n=0; until echo over lo | nc -w 5 127.0.0.1 7777 || [ $((n = n + 1)) = 50 ]; do sleep 0.1; done 2>/dev/null'
is "$out" "over lo" "and works"
r sh -c \
	'cat /proc/timer_list /proc/keys /proc/kcore /proc/sched_debug 2>/dev/null | wc -c
	ls -A /proc/acpi /sys/firmware 2>/dev/null | grep -v -e : -e "^\$"'
is "$out" 0 "what is secret in /proc and /sys is masked"
r awk '$5 ~ "^/proc/(sys|irq|bus|fs)$" { print $5, substr($6, 1, 2) }' /proc/self/mountinfo
is "$(echo "$out" | sort | tr '\n' ' ')" "/proc/bus ro /proc/fs ro /proc/irq ro /proc/sys ro " \
	"what is dangerous there is read-only"
r sh -c \
	'echo x >/sys/kernel/uevent_seqnum; awk "\$5 == \"/sys\" { print \$6 }" /proc/self/mountinfo'
like "$out" '^ro' "/sys is read-only"
r sh -c 'cut -d" " -f5 /proc/self/mountinfo | grep -v -e "^/proc/" -e "^/sys/" | sort | tr "\n" " "'
like "$out" '^/ /dev (/dev/mqueue )?/dev/pts /dev/shm /proc (/run )?/sys (/tmp )?$' "its mounts"
r sh -c 'echo x >/dev/null && ls /dev/fd /dev/ptmx /dev/tty >/dev/null && echo fine'
is "$out" fine "/dev works"
r mount -t tmpfs x /tmp
isnt "$rc" 0 "mount is denied"
r unshare -U true
isnt "$rc" 0 "a new user namespace is denied"
r sh -c 'echo $HOME; echo $PATH; umask; pwd'
like "$(echo "$out" | tr '\n' ' ')" '^/root [^ ]*/bin[^ ]* 0022 / $' "HOME, PATH, umask and cwd"
if probe=$(helper probe); then
	cp "$probe" "$T/rootfs/bin/probe"
	r probe call keyctl 0 0
	like "$out" '^errno (1|38)$' "the seccomp profile denies keyctl"
	r probe call bpf 0 0 0
	like "$out" '^errno (1|38)$' "and bpf"
	r probe call unshare 268435456
	like "$out" '^errno (1|38)$' "and unshare(CLONE_NEWUSER)"
else
	skip 3 "no helper probe"
fi

# options of run work with it
run scow run --detach --pid-file "$T/pid" --rootfs "$T/rootfs" "$ID-d" -- sleep 60
is "$rc:$out:$err" "0::" "--detach and --pid-file"
is "$(status "$ID-d")" running "it is a container like any other"
is "$(pid_of "$ID-d")" "$(cat "$T/pid")" "with its pid"
run scow exec "$ID-d" sed -n 's/^\(NoNewPrivs\|Seccomp\|CapEff\):.//p' /proc/self/status
is "$(echo "$out" | tr '\n' ' ')" "00000000800405fb 1 2 " "exec has the same limits"
remove "$ID-d"
run sh -c 'cd "$1" && exec timeout -s KILL 20 "$2" run --rootfs rootfs "$3" -- pwd' sh "$T" \
	"$SCOW" "$ID-rel"
is "$rc:$out" "0:/" "a relative DIR is relative to the caller"

# refusals
run scow run --rootfs "$T/nosuch" "$ID-x" -- true
refused "a DIR that does not exist" 'nosuch'
run scow run --rootfs "$T/rootfs" "$ID-x"
isnt "$rc" 0 "no program"
ok "one line" one_line "$err"
run scow run --rootfs "$T/rootfs" --bundle "$T" "$ID-x" -- true
isnt "$rc" 0 "--rootfs and --bundle"
finish
