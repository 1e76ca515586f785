#!/bin/sh
# Shows what run returns: the program's exit code, 128+n for a signal, 1 and a sentence that clients
# understand when the program cannot be executed.
. "${0%/*}/lib.sh"

for code in 0 1 2 42 125 126 127 128 129 137 143 254 255; do
	try args="[\"sh\",\"-c\",\"exit $code\"]"
	is "$rc" "$code" "exit $code"
done

# Process 1 of a pid namespace is immune to its own signals: take none.
for pair in HUP:129 INT:130 ABRT:134 KILL:137 SEGV:139 PIPE:141 TERM:143; do
	try cmd="ulimit -c 0; kill -${pair%:*} \$\$; sleep 5" \
		namespaces='{"type":"mount"},{"type":"uts"}'
	is "$rc" "${pair#*:}" "SIG${pair%:*} is ${pair#*:}"
done
try cmd='(kill -KILL $(sh -c "echo \$PPID")); echo $?'
is "$rc:$out" "0:137" "a child that dies of a signal is the container's own business"

# A foreground run passes signals on, and dies of its program's end only.
bundle pass \
	cmd='trap "exit 9" TERM; trap "echo usr1" USR1; touch /tmp/ready; while :; do sleep 100 & wait; done'
"$SCOW" run -b "$T/pass" "$ID-pass" >"$T/pass.out" 2>&1 </dev/null &
pid=$!
ok "a program with traps runs" soon test -e "$T/rootfs/tmp/ready"
kill -USR1 "$pid"
ok "run passes SIGUSR1 on" soon grep -q usr1 "$T/pass.out"
kill -TERM "$pid"
wait "$pid"
is $? 9 "run passes SIGTERM on and returns the program's code"

bundle killed cmd='touch /tmp/ready2; sleep 60'
"$SCOW" run -b "$T/killed" "$ID-killed" >/dev/null 2>&1 </dev/null &
pid=$!
soon test -e "$T/rootfs/tmp/ready2"
run scow kill "$ID-killed" KILL
wait "$pid"
is $? 137 "kill KILL makes run return 137"

# What cannot be executed
try args='["nosuch"]'
refused "a program that is not in PATH" 'exec: "nosuch": executable file not found in \$PATH'
try args='["nosuch"]' env='null'
refused "without any environment" 'executable file not found in \$PATH'
try args='["/bin/nosuch"]'
refused "a path that does not exist" '"/bin/nosuch".*no such file or directory'
try args='["bin/nosuch/x"]'
refused "a relative path that does not exist" 'no such file or directory'
echo 'exit 0' >"$T/rootfs/etc/noexec"
try args='["/etc/noexec"]'
refused "a file without the x bit" 'exec: "/etc/noexec": permission denied'
try args='["/etc"]'
refused "a directory" '"/etc".*(permission denied|is a directory)'
try args='[""]'
refused "an empty name" 'not found|no such file|args'
printf 'garbage\n' >"$T/rootfs/etc/garbage"
chmod 755 "$T/rootfs/etc/garbage"
try args='["/etc/garbage"]'
refused "a file of no known format" '/etc/garbage"?: exec format error'
printf '#!/nosuch\n' >"$T/rootfs/etc/script"
chmod 755 "$T/rootfs/etc/script"
try args='["/etc/script"]'
refused "a script without its interpreter" '/etc/script"?: no such file or directory'
mkdir "$T/rootfs/etc/own"
cp "$busybox" "$T/rootfs/etc/own/true"
chmod 700 "$T/rootfs/etc/own/true"
try args='["/etc/own/true"]' caps='' user='{"uid":1000,"gid":1000}'
refused "a program of somebody else" 'exec: "/etc/own/true": permission denied'

# What can
mkdir "$T/rootfs/opt"
printf '#!/bin/sh\necho "opt $1"\n' >"$T/rootfs/opt/true"
chmod 755 "$T/rootfs/opt/true"
try args='["true","arg"]' env='["PATH=/nosuch:/opt:/bin"]'
is "$rc:$out" "0:opt arg" "PATH of the container's environment is searched in order"
mkdir -p "$T/rootfs/opt/dir/true"
echo x >"$T/rootfs/tmp/true"
try args='["true","arg"]' env='["PATH=/opt/dir:/tmp:/opt"]'
is "$rc:$out" "0:opt arg" "directories and files without the x bit in PATH are passed over"
try args='["./true","arg"]' cwd='"/opt"'
is "$rc:$out" "0:opt arg" "a name with a slash is relative to cwd"
try args='["sh","-c","echo \"$0|$1|$2\"","a b","","c\"d"]'
is "$out" 'a b||c"d' "args arrive as they are"
finish
