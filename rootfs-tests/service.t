#!/bin/sh
# Shows what a service manager sees: NOTIFY_SOCKET passed on for run, run --detach and create + start,
# and nothing that a container must not say; LISTEN_FDS passed in.
. "${0%/*}/lib.sh"

notify=$(helper notify) || bail "no notify helper"
probe=$(helper probe) || bail "no probe helper"
cp "$notify" "$T/rootfs/bin/notify"
cp "$probe" "$T/rootfs/bin/probe"
mkdir -p "$T/rootfs/run"

# manager COUNT: the service manager, for that many messages; they arrive in $T/heard
manager() {
	rm -f "$T/manager"
	limited "$notify" listen "$T/manager" "$1" >"$T/heard" 2>&1 &
	manager_count=$1
	soon test -S "$T/manager"
}
# told: what has come, when all of it has; a subshell cannot wait for the manager itself
told() {
	soon all_heard
	cat "$T/heard"
}
all_heard() {
	[ "$(wc -l <"$T/heard")" -ge "$manager_count" ]
}
# serve CMD...: as its service
serve() {
	NOTIFY_SOCKET=$T/manager run "$@"
}

# --- run in front ------------------------------------------------------------------------------
bundle a args='["notify","send","READY=1","STATUS=well\nWATCHDOG=1"]'
manager 2
serve scow run -b "$T/a" "$ID-a"
is "$rc:$err" "0:" "run"
is "$(told)" "READY=1${nl}STATUS=well|WATCHDOG=1" "the messages, as they are"
bundle a args='["notify","send","MAINPID=1","READY=1\nMAINPID=1\nFDSTORE=1\nSTATUS=a\nNOTIFYACCESS=all","fd:BARRIER=1","STOPPING=1"]'
manager 2
serve scow run -b "$T/a" "$ID-a"
is "$rc:$out:$(told)" "0:closed:READY=1|STATUS=a${nl}STOPPING=1" \
	"nothing about other processes and descriptors; a barrier does not wait"
bundle a args='["sh","-c","echo $NOTIFY_SOCKET; ls -l $NOTIFY_SOCKET | cut -c1-10; touch /run/notify/x"]'
serve scow run -b "$T/a" "$ID-a"
is "$out" "/run/notify/notify.sock${nl}srwxrwxrwx" "the socket in the container"
has "$err" "Read-only file system" "beside which it can put nothing"
bundle a args='["notify","send","READY=1"]' user='{"uid":1000,"gid":1000}' caps='' readonly=true
manager 1
(umask 077 && serve scow run -b "$T/a" "$ID-a")
is "$(told)" "READY=1" "any user of the container, on a read-only root, by a caller with umask 077"
bundle a args='["notify","send","READY=1"]' namespaces="$default_namespaces,{\"type\":\"user\"}" \
	linux='"uidMappings":[{"containerID":0,"hostID":8000,"size":1000}],
		"gidMappings":[{"containerID":0,"hostID":8000,"size":1000}]' \
	mounts='{"destination":"/run","type":"tmpfs","source":"tmpfs"}'
manager 1
serve scow run -b "$T/a" "$ID-a"
is "$rc:$(told)" "0:READY=1" "in a user namespace, on a tmpfs"
bundle a args='["sh","-c","echo $NOTIFY_SOCKET; exit 7"]' env='["PATH=/bin","NOTIFY_SOCKET=/own"]'
serve scow run -b "$T/a" "$ID-a"
is "$rc:$out" "7:/own" "a NOTIFY_SOCKET of config.json stays"
nok "and nothing is bound" test -e "$T/rootfs/run/notify/notify.sock"
bundle a args='["sh","-c","echo ${NOTIFY_SOCKET-none}"]'
run scow run -b "$T/a" "$ID-a"
is "$rc:$out" "0:none" "no service manager, no NOTIFY_SOCKET"
rm -f "$T/manager"
bundle a args='["notify","send","READY=1"]'
serve scow run -b "$T/a" "$ID-a"
is "$rc" 0 "a manager that is gone harms nobody"
like "$err" 'warning: NOTIFY_SOCKET: send to .*/manager' "but is told of"
bundle a cmd='trap "notify send STOPPING=1; exit 3" TERM; notify send READY=1; while :; do sleep 100 & wait; done'
manager 2
NOTIFY_SOCKET=$T/manager scow run -b "$T/a" "$ID-a" </dev/null &
pid=$!
soon grep -q READY "$T/heard"
scow kill "$ID-a" TERM
wait "$pid"
is "$?:$(told)" "3:READY=1${nl}STOPPING=1" "its exit code, and its last words"

# --- run --detach, create + start --------------------------------------------------------------
bundle b cmd='sleep 0.3; notify send STATUS=soon; notify send READY=1; sleep 60'
manager 3
serve scow run -d -b "$T/b" "$ID-b"
is "$rc:$err" "0:" "run --detach"
is "$(told)" "STATUS=soon${nl}READY=1|MAINPID=$(pid_of "$ID-b")${nl}BARRIER=1" \
	"waits until it is ready, and says who is the service now"
remove "$ID-b"
manager 3
serve scow create -b "$T/b" "$ID-b"
is "$rc:$err" "0:" "create"
serve scow start "$ID-b"
is "$rc:$err:$(told)" "0::STATUS=soon${nl}READY=1|MAINPID=$(pid_of "$ID-b")${nl}BARRIER=1" "start, the same"
remove "$ID-b"
bundle b cmd='exit 4'
manager 0
serve scow run -d -b "$T/b" "$ID-b"
is "$rc:$err" "0:" "one that ends without a word keeps nobody waiting"
told
remove "$ID-b"
bundle b cmd='sleep 60'
NOTIFY_SOCKET=$T/manager scow run -d -b "$T/b" "$ID-b" </dev/null &
pid=$!
soon shows "$ID-b" running
run scow delete --force "$ID-b"
is "$rc" 0 "while run waits, the container can be deleted"
wait "$pid"
is "$?" 0 "and run ends"

# On an initramfs it has no such rights.
bundle b cmd='mount -o remount,rw /run/notify && touch /run/notify/x; touch /tmp/tried; sleep 60' nnp=false \
	caps='"CAP_SYS_ADMIN","CAP_DAC_OVERRIDE"'
manager 0
serve scow create -b "$T/b" "$ID-b"
run scow start "$ID-b"
ok "a privileged container has tried" soon test -e "$T/rootfs/tmp/tried"
run scow delete --force "$ID-b"
is "$rc:$err" "0:" "what a privileged container has put there does not stay"
told

# --- LISTEN_FDS --------------------------------------------------------------------------------
echo one >"$T/1"
echo two >"$T/2"
echo three >"$T/3"
# activated COUNT ARG...: scow with ARGs as its service with that many sockets
activated() {
	run limited sh -c 'export LISTEN_FDS=$1 LISTEN_PID=$$ LISTEN_FDNAMES=a:b; shift; exec "$@"' sh "$@"
}
bundle c cmd='echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; probe fds | cut -d " " -f 1 | tr "\n" " "' \
	env='["PATH=/bin","LISTEN_FDS=99","LISTEN_PID=99"]'
exec 3<"$T/1" 4<"$T/2" 5<"$T/3"
activated 2 "$SCOW" run -b "$T/c" "$ID-c"
is "$rc:$out" "0:2 1 a:b${nl}one${nl}two${nl}0 1 2 3 4 " "two sockets, and who they are for; no third descriptor"
activated 2 "$SCOW" run --preserve-fds 1 -b "$T/c" "$ID-c"
is "${out##*"$nl"}" "0 1 2 3 4 5 " "--preserve-fds counts behind them"
LISTEN_FDS=2 LISTEN_PID=1 run scow run -b "$T/c" "$ID-c"
like "$out" '^99 99$' "those for another process are not passed"
exec 5<&-
activated 3 "$SCOW" run -b "$T/c" "$ID-c"
refused "one that is not open" 'LISTEN_FDS: descriptor 5 is not open'
bundle c cmd='echo $LISTEN_FDS $LISTEN_PID; probe fds | cut -d " " -f 1 | tr "\n" " "'
LISTEN_FDS=7 run env -u LISTEN_PID "$SCOW" run -b "$T/c" "$ID-c"
is "$rc:$out" "0:2 1${nl}0 1 2 3 4 " "without LISTEN_PID: what is open"
exec 3<&- 4<&-
LISTEN_FDS=x run scow run -b "$T/c" "$ID-c"
is "$rc:$out" "0:${nl}0 1 2 " "a LISTEN_FDS that is no number is none"
finish
