#!/bin/sh
# Shows terminals: a real pty through --console-socket, its size, job control, the refusals, and a
# foreground run on the caller's own terminal.
. "${0%/*}/lib.sh"

console=$(helper console) || skip_all "no helper console in $HELPERS"
mkfifo "$T/keys"
exec 9<>"$T/keys" # keeps it open: a fifo at its end would be an end of input

# listen [ROWS COLS]: starts the other side; the terminal's output arrives in $T/screen
listen() {
	rm -f "$T/socket" "$T/screen" "$T/console"
	limited "$console" "$T/socket" "$@" <"$T/keys" >"$T/screen" 2>"$T/console" 9<&- &
	console_pid=$!
	soon test -S "$T/socket"
}
screen() {
	tr -d '\r' <"$T/screen"
}
hang_up() {
	wait "$console_pid"
}

id=$ID-a
listen
bundle a terminal=true \
	cmd='tty; stty size; ls -l /dev/console | cut -c1
		[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; echo ctty >/dev/tty
		trap "echo interrupted; exit 5" INT; touch /tmp/ready; while :; do sleep 0.05; done' \
	process='"consoleSize":{"height":41,"width":103}'
run scow create -b "$T/a" --console-socket "$T/socket" "$id"
is "$rc:$out:$err" "0::" "create with --console-socket"
like "$(cat "$T/console")" '^fds 1 tty yes bytes [1-9][0-9]*$' "one message with one terminal"
run scow start "$id"
soon test -e "$T/rootfs/tmp/ready"
soon grep -q ctty "$T/screen" # by way of the other side
is "$(screen | sed 's,^/dev/pts/[0-9]*$,name,' | tr '\n' ' ')" "name 41 103 c all ctty " \
	"tty, consoleSize, /dev/console, stdin to stderr, a controlling terminal"
printf '\003' >"$T/keys"
ok "control-C ends the program" soon shows "$id" stopped
hang_up
has "$(screen)" interrupted "by its SIGINT"
remove "$id"

# words typed, no size, a change of the size from outside
rm -f "$T/rootfs/tmp/ready"
listen 33 77
bundle b terminal=true cmd='n=0; until s=$(stty size 2>/dev/null) && [ -n "$s" ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.05; done
	echo "$s"; read word; echo "read $word"; exit 4'
run scow run --detach -b "$T/b" --console-socket "$T/socket" "$ID-b"
is "$rc:$out:$err" "0::" "run --detach with --console-socket"
soon grep -q 33 "$T/screen"
has "$(screen)" "33 77" "the other side may set the size"
printf 'hello\r' >"$T/keys"
hang_up
has "$(screen)" "read hello" "the container reads what is typed"
soon shows "$ID-b" stopped
remove "$ID-b"

listen
bundle user terminal=true cmd='stat -c "%u %F" $(tty); echo x >/dev/console && echo may' \
	user='{"uid":1000,"gid":1000}'
scow run --detach -b "$T/user" --console-socket "$T/socket" "$ID-user" >/dev/null 2>&1
hang_up
has "$(screen)" "1000 character special file" "the terminal belongs to the container's user"
soon shows "$ID-user" stopped
remove "$ID-user"

# exec
ok "a container without a terminal" start_one "$ID-e" cmd='sleep 60'
listen
run scow exec --tty --detach --console-socket "$T/socket" --pid-file "$T/pid" "$ID-e" sh -c \
	'tty; echo ctty >/dev/tty'
is "$rc:$out:$err" "0::" "exec --tty --detach --console-socket"
hang_up
like "$(screen | tr '\n' ' ')" '^/dev/pts/[0-9]+ ctty $' "gives exec a terminal"
listen
cat >"$T/process.json" <<END
{"terminal":true,"consoleSize":{"height":12,"width":34},"user":{"uid":0,"gid":0},
"cwd":"/","env":["PATH=/bin"],"args":["stty","size"]}
END
run scow exec --process "$T/process.json" --detach --console-socket "$T/socket" "$ID-e"
is "$rc:$err" "0:" "exec --process with terminal"
hang_up
is "$(screen)" "12 34" "takes terminal and consoleSize from the file"
remove "$ID-e"

# refusals
bundle t terminal=true
run scow create -b "$T/t" "$ID-t"
refused "terminal without --console-socket in create" 'console'
run scow run --detach -b "$T/t" "$ID-t"
refused "terminal without --console-socket in run --detach" 'console'
bundle n
run scow create -b "$T/n" --console-socket "$T/nosuch" "$ID-t"
isnt "$rc" 0 "--console-socket without terminal"
run scow create -b "$T/t" --console-socket "$T/nosuch" "$ID-t"
refused "a socket that does not exist" 'nosuch'
run scow state "$ID-t"
refused "leaves nothing" 'does not exist'
bundle size terminal=true process='"consoleSize":{"height":-1,"width":1}'
run scow create -b "$T/size" --console-socket "$T/nosuch" "$ID-t"
refused "a height of -1" 'consoleSize.height'

# in the foreground, and nobody reads for a while: the pipe is full when it begins
mkfifo "$T/slow"
exec 8<>"$T/slow"
dd if=/dev/zero bs=4096 count=16 >&8 2>/dev/null
bundle slowly terminal=true cmd='echo last words; exit 7'
"$SCOW" run -b "$T/slowly" "$ID-slow" </dev/null >"$T/slow" 8<&- 9<&- &
pid=$!
ok "the program has ended" soon shows "$ID-slow" stopped
ticks() {
	sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 12,13 | tr ' ' +
}
before=$(ticks)
sleep 0.5
nok "we do not turn in circles until its last words are read" [ $(($(ticks) - ($before))) -gt 20 ]
is "$(timeout -s KILL $((10 * TEST_SLOW)) head -c 65548 <&8 | tr -d '\0\r')" "last words" "and they come"
ended() {
	! grep -q ') [^Z] ' "/proc/$pid/stat" 2>/dev/null
}
soon ended || kill -KILL "$pid"
wait "$pid"
is $? 7 "with its exit code"
exec 8<&-

# in the foreground, on our own terminal
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	bundle fg terminal=true cmd='tty; echo out; echo err >&2; exit 6'
	limited script -qec "'$SCOW' run -b '$T/fg' '$ID-fg'" /dev/null <"$T/keys" >"$T/screen" 2>&1
	is $? 6 "run on a terminal returns the exit code"
	like "$(screen | tr '\n' ' ')" '/dev/pts/[0-9]+ out err $' \
		"and shows what the program writes"
	bundle type terminal=true \
		cmd='trap "echo got it; exit 8" INT; touch /tmp/ready3; while :; do sleep 0.05; done'
	limited script -qec "'$SCOW' run -b '$T/type' '$ID-type'" /dev/null <"$T/keys" \
		>"$T/screen" 2>&1 &
	pid=$!
	soon test -e "$T/rootfs/tmp/ready3"
	printf '\003' >"$T/keys"
	wait "$pid"
	is $? 8 "control-C goes to the container"
	start_one "$ID-x" cmd='sleep 60'
	limited script -qec "'$SCOW' exec -t '$ID-x' sh -c 'tty; exit 3'" /dev/null <"$T/keys" \
		>"$T/screen" 2>&1
	is $? 3 "exec -t on a terminal returns the exit code"
	like "$(screen)" '/dev/pts/[0-9]+' "and has a terminal"
	remove "$ID-x"
else
	skip 5 "no script(1) that can make a terminal"
fi
exec 9<&-
finish
