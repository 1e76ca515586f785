#!/bin/sh
# Shows exec: exit codes, options, --process, and when it is refused (255, one line).
. "${0%/*}/lib.sh"

id=$ID-a
ok "a container" start_one "$id" cmd='sleep 120' env='["PATH=/bin","KEEP=1","OVER=old"]' \
	user='{"uid":0,"gid":0,"umask":7}' \
	caps='"CAP_CHOWN","CAP_KILL"' cwd='"/tmp"'

for code in 0 1 42 126 127 255; do
	run scow exec "$id" sh -c "exit $code"
	is "$rc:$out:$err" "$code::" "exit $code"
done
run scow exec "$id" sh -c 'kill -TERM $$; sleep 5'
is "$rc" 143 "a signal is 128+n"
echo word >"$T/word"
run_in "$T/word" scow exec "$id" sh -c 'read a; echo "out $a"; echo err >&2'
is "$rc:$out:$err" "0:out word:err" "stdin, stdout and stderr"
run scow exec "$id" ls -d /
is "$out" / "options behind the program are the program's"

# what it inherits from the container
run scow exec "$id" sh -c \
	'pwd; echo $KEEP $OVER; umask
	sed -n "s/^CapBnd:.*\(....\)$/\1/p; s/^CapInh:.*\(....\)$/\1/p; s/^NoNewPrivs:.//p" /proc/self/status'
is "$(echo "$out" | tr '\n' ' ')" "/tmp 1 old 0007 0000 0021 1 " \
	"cwd, env, umask, capabilities and no_new_privs of the container"
run scow exec "$id" sh -c \
	'for n in cgroup ipc mnt net pid uts; do
		[ $(readlink /proc/self/ns/$n) = $(readlink /proc/1/ns/$n) ] || echo $n; done
	ls -d /proc/self/root/bin'
is "$rc:$out" "0:/proc/self/root/bin" "all namespaces and the root"
run scow exec "$id" cat /proc/self/cgroup
is "$(echo "$out" | sed -n 's/^0:://p')" / "the cgroup"

# options
run scow exec --cwd /etc "$id" pwd
is "$out" /etc "--cwd"
run scow exec --env OVER=new --env MORE=2 "$id" sh -c 'echo $KEEP $OVER $MORE; env | grep -c ^OVER='
is "$out" "1 new 2
1" "--env adds and overrides"
run scow exec -e MORE=3 "$id" sh -c 'echo $OVER $MORE'
is "$out" "old 3" "-e"
run scow exec --user 1000:1001 "$id" sh -c \
	'id -u; id -g; echo $HOME; sed -n "s/^CapEff:.*\(....\)$/\1/p" /proc/self/status'
is "$(echo "$out" | tr '\n' ' ')" "1000 1001 /home 0000 " \
	"--user uid:gid, with its HOME and no capabilities"
run scow exec -u 1000 "$id" id -u
is "$out" 1000 "--user uid"
run scow exec --user 1000:1000 --additional-gids 5 --additional-gids 6 "$id" sh -c \
	'sed -n "s/^Groups:.//p" /proc/self/status'
like "$out" '^5 6 *$' "--additional-gids"
run scow exec --cap CAP_NET_BIND_SERVICE "$id" sh -c \
	'sed -n "s/^CapBnd:.*\(....\)$/\1/p" /proc/self/status'
is "$rc:$out" "0:0421" "--cap adds"
run scow exec --cap CAP_BOGUS "$id" true
is "$rc" 0 "--cap of a name that is none is left out, as in a config.json"
like "$err" '^scow: warning: .*CAP_BOGUS \(unknown\)$' "and told of"
run scow exec --no-new-privs "$id" sed -n 's/^NoNewPrivs:.//p' /proc/self/status
is "$out" 1 "--no-new-privs"
run scow exec --detach --pid-file "$T/pid" "$id" sleep 60
is "$rc:$out:$err" "0::" "--detach returns at once"
pid=$(cat "$T/pid")
is "$(wc -c <"$T/pid")" "${#pid}" "--pid-file holds the number only"
ok "which is a pid of ours" soon eval 'tr "\0" " " <"/proc/$pid/cmdline" | grep -q "^sleep 60"'
cgroup=$(sed -n 's/^0:://p' "/proc/$(pid_of "$id")/cgroup")
is "$(sed -n 's/^0:://p' "/proc/$pid/cgroup")" "$cgroup" "it is in the container's cgroup"
kill -KILL "$pid"
is "$(status "$id")" running "the container does not care about its end"
run sh -c 'cd "$1" && "$2" exec --pid-file rel.pid "$3" true' sh "$T" "$SCOW" "$id"
ok "a relative --pid-file" test -s "$T/rel.pid"

# --process
cat >"$T/process.json" <<'END'
{"terminal":false,"user":{"uid":1000,"gid":1001,"umask":63,"additionalGids":[7]},
"args":["sh","-c",
	"id -u; id -g; pwd; echo $ONLY $HOME $KEEP; umask; sed -n \"$1\" /proc/self/status; grep files /proc/self/limits",
	"sh","s/^Groups:.//p; s/^NoNewPrivs:.//p"],
"env":["PATH=/bin","ONLY=1","HOME=/given"],"cwd":"/etc","noNewPrivileges":true,"apparmorProfile":"","selinuxLabel":null,
"rlimits":[{"type":"RLIMIT_NOFILE","soft":77,"hard":88}],"capabilities":null}
END
run scow exec --process "$T/process.json" "$id"
is "$rc:$(echo "$out" | tr '\n' ' ' | tr -s ' ')" \
	"0:1000 1001 /etc 1 /given 0077 7 1 Max open files 77 88 files " \
	"--process: everything is taken from the file"
run scow exec -p "$T/process.json" --detach --pid-file "$T/pid" "$id"
is "$rc:$err" "0:" "--process --detach, as containerd calls it"
echo '{"cwd":"/","env":["PATH=/bin"],"args":["ls","/proc/self/fd"]}' >"$T/process.json"
for name in /dev/fd /proc/self/fd; do
	run scow exec --process "$name/9" "$id" 9<"$T/process.json" 8</dev/null
	is "$rc:$(echo "$out" | tr '\n' ' ')" "0:0 1 2 3 " "--process $name/9, which the process does not have"
done
run scow exec --process /dev/fd/9 "$id"
refused_with 255 "--process /dev/fd/9 that is not open" "/dev/fd/9"
echo '{"user":{"uid":0,"gid":0},"cwd":"/","args":[]}' >"$T/process.json"
run scow exec --process "$T/process.json" "$id"
refused_with 255 "--process without args" "args"
echo '{"args":["true"],' >"$T/process.json"
run scow exec --process "$T/process.json" "$id"
refused_with 255 "--process with a garbled file" "process.json"
run scow exec --process "$T/nosuch.json" "$id"
refused_with 255 "--process with a missing file" "nosuch.json"

# failures
run scow exec "$id" nosuch
refused_with 255 "a program that is not in PATH" \
	'exec: "nosuch": executable file not found in \$PATH'
run scow exec "$id" /bin/nosuch
refused_with 255 "a path that does not exist" '"/bin/nosuch".*no such file or directory'
run scow exec "$id" /etc/passwd
refused_with 255 "a file without the x bit" 'exec: "/etc/passwd": permission denied'
run scow exec "$id" /etc
refused_with 255 "a directory" '"/etc".*(permission denied|is a directory)'
run scow exec --cwd relative "$id" true
refused_with 255 "a relative --cwd" 'cwd'
run scow exec --user nosuch "$id" true
isnt "$rc" 0 "a --user that is no number"
run scow exec "$id"
isnt "$rc" 0 "no program"
ok "one line" one_line "$err"
run scow exec --detach "$id" nosuch
refused_with 255 "--detach of a program that is not there" 'executable file not found in \$PATH'
procs() {
	[ "$(status "$id"):$(wc -l <"$CG$cgroup/cgroup.procs")" = "running:$1" ]
}
ok "after all that one process is in the container" soon procs 1

# paused
scow pause "$id"
run scow exec "$id" true
refused_with 255 "in a paused container" \
	'cannot exec in a paused container \(use --ignore-paused to override\)'
scow resume "$id"
run scow exec "$id" echo again
is "$rc:$out" "0:again" "and after resume again"

# many at once
n=0
while [ "$n" -lt 20 ]; do
	n=$((n + 1))
	(
		scow exec "$id" sh -c "exit $n" </dev/null
		echo "$? $n"
	) >>"$T/many" 2>&1 &
done
wait
is "$(awk '$1 == $2' "$T/many" | wc -l)" 20 "twenty at once, each with its own code"

# the container ends under a running exec
scow exec "$id" sh -c 'touch /tmp/up; sleep 60' </dev/null >/dev/null 2>&1 &
pid=$!
soon test -e "$T/rootfs/tmp/up"
scow kill "$id" KILL
wait "$pid"
is $? 137 "exec returns 137 when the container is killed"
soon shows "$id" stopped
remove "$id"
finish
