#!/bin/sh
# Shows that a monitor or keeper which a signal has stopped, or which hangs, keeps no command waiting:
# it goes on or is replaced, and nothing of the container is lost; nor does a hook that hangs keep a
# stop waiting. The one that hangs is frozen in a cgroup of its own.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

ours() { # ours NAME: $keeper and $monitor
	eng inspect "$ID-$1" >"$T/inspect"
	keeper=$(field KeeperPid <"$T/inspect") monitor=$(field ConmonPid <"$T/inspect")
}
stopped() { # stopped PID: by a signal
	read -r s_stat <"/proc/$1/stat" && case ${s_stat##*)} in " T"*) ;; *) return 1 ;; esac
}
late() { # late PID: its exit code, which takes up to thrice as long as others
	over() { ! kill -0 "$1" 2>/dev/null; }
	soon over "$1" || soon over "$1"
	ended "$1"
}
halt() { [ "$1" -gt 1 ] && kill -STOP "$1" && soon stopped "$1"; }

# One that hangs, in the background: it takes longest.
up h 'trap "exit 5" TERM; echo begin; while :; do sleep 100 & wait; done'
hangs=$CG/$ID-hangs
ours h
mkdir "$hangs" && echo "$monitor" >"$hangs/cgroup.procs" && echo 1 >"$hangs/cgroup.freeze"
client wait wait "$ID-h"
waits=$client_pid
client attach attach "$ID-h"
attached=$client_pid

# A hook that hangs keeps a start waiting, and no stop.
printf "#!/bin/sh\n: >$T/hooking\nexec sleep 1000\n" >"$T/hook" && chmod +x "$T/hook"
bundle hooked cmd='sleep 1000' top="\"annotations\":{\"org.scow.stop-timeout\":\"1\"},\"hooks\":{\"createRuntime\":[{\"path\":\"$T/hook\"}]}"
eng define "$ID-k" --bundle "$T/hooked"
client start start "$ID-k"
starter=$client_pid
soon test -e "$T/hooking"
client stop stop -t 0 "$ID-k"
stopper=$client_pid

up a 'echo begin; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo end; sleep 1000'
ours a
was=$monitor
halt "$monitor"
run eng start "$ID-a"
is "$rc:$err" "0:" "start with a monitor that is stopped"
nok "which goes on" stopped "$monitor"
halt "$monitor"
run eng kill -s KILL "$ID-a"
is "$rc:$err" "0:" "kill"
is "$(eng wait "$ID-a")" 137 "and the end is seen"
client hung stop "$ID-h" # some seconds behind the other one, which gives up first
hung=$client_pid
rm -f "$T/rootfs/tmp/go"
eng start "$ID-a"
ours a
halt "$monitor"
touch "$T/rootfs/tmp/go"
run eng stop -t 0 "$ID-a"
is "$rc:$err:$(state a)" "0::exited" "stop"
is "$(eng logs "$ID-a" | tail -n 2 | tr '\n' ' ')" "begin end " "and no line is lost"
eng start "$ID-a"
ours a
halt "$keeper"
run eng stop -t 0 "$ID-a"
is "$rc:$err:$(state a)" "0::exited" "stop with a keeper that is stopped"
eng start "$ID-a"
ours a
halt "$monitor"
halt "$keeper"
run eng pause "$ID-a"
is "$rc:$err" "0:" "pause, with both of them"
halt "$monitor"
run eng rm -f -t 0 "$ID-a"
is "$rc:$err" "0:" "rm -f of a paused one"

late "$stopper"
is "$?:$(cat "$T/stop.err"):$(state k)" "0::configured" "stop of one whose hook hangs"
is "$(wanted k)" down "which is on record"
ended "$starter"
is "$?" 125 "the start has failed"
like "$(cat "$T/start.err")" 'the worker for create was killed' "and says why"
forget k

late "$hung"
is "$?:$(cat "$T/hung.err")" "0:" "stop with a monitor that hangs"
late "$waits"
is "$?:$(state h):$(inspect h ExitCode)" "125:exited:5" "its successor sees the end"
like "$(cat "$T/wait.err")" "monitor of $ID-h does not answer" "who only looks on is told: wait"
late "$attached"
is "$?:$(cat "$T/attach.err")" "125:scow: the monitor of $ID-h does not answer" "and attach"
has "$(happened h)" "monitor-lost died" "and so is the event log"
rmdir "$hangs"
forget h
finish
