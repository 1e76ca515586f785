#!/bin/sh
# Shows terminals of defined containers: size, detach keys, resize, and that ours is put right. The
# numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

pty=$(helper pty) || skip_all "no helper pty in $HELPERS"
mkfifo "$T/tty" && exec 9<>"$T/tty"
define k -t -i 'stty size; test -t 0 && echo terminal; trap "stty size" WINCH; PS1="prompt "; exec sh -i'
on_terminal 33 77 start -a -i "$ID-k"
ok "51 a terminal" soon shows_text '^terminal' "$T/screen"
ok "57 of the size of ours, from its first line on" shows_text '^33 77' "$T/screen"
printf 'stty size; echo "typed $((2 + 3))"\r' >&9
ok "51 typed into" soon shows_text '^typed 5' "$T/screen"
stty -F "$(head -n 1 "$T/pty")" rows 20 cols 30
printf 'sleep 0.3; stty size\r' >&9
ok "57 ours changes, and its follows" soon shows_text '^20 30' "$T/screen"
run eng resize "$ID-k" 44 99
printf 'stty size\r' >&9
ok "57 resize" soon shows_text '^44 99' "$T/screen"
printf 'sleep 1000\r' >&9
sleep 0.3
printf '\003' >&9
printf 'echo "after $?"\r' >&9
ok "51 control-C reaches the foreground of its terminal" soon shows_text '^after 130' "$T/screen"
printf '\020' >&9
sleep 0.2
printf '\021' >&9
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 0:restored "52 ctrl-p, ctrl-q: 0, and the terminal is as it was"
is "$(inspect k Status)" running "52 it runs on"
on_terminal 24 80 attach "$ID-k"
printf 'echo "again $((3 + 3))"\r' >&9
ok "attach" soon shows_text '^again 6' "$T/screen"
printf '\020\021' >&9
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 0:restored "53 both keys in one write"
on_terminal 24 80 attach --detach-keys x,y "$ID-k"
printf 'echo "$((4 + 4))xz"\r' >&9
ok "54 a beginning of the keys that goes on otherwise is data" soon shows_text '^8xz' "$T/screen"
printf 'xxy' >&9
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 0:restored "54 x x y: found"
on_terminal 24 80 attach --detach-keys '' "$ID-k"
printf '\r' >&9 # an x is there still
sleep 0.2
printf 'echo "none $((5 + 5))"\r' >&9
ok "detach keys can be none" soon shows_text '^none 10' "$T/screen"
printf '\020\021\025exit 9\r' >&9
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 9:restored "51 exit 9"
on_terminal 24 80 start -a -i "$ID-k"
soon shows_text '^terminal' "$T/screen"
for pid in /proc/[0-9]*; do
	case $(tr '\0' ' ' <"$pid/cmdline" 2>/dev/null) in
	"$SCOW --store $store start -a -i $ID-k ") kill -TERM "${pid##*/}" ;;
	esac
done
ended $client_pid
is "$?:$(tail -n 1 "$T/pty")" 143:restored "a client that is ended by a signal restores the terminal"
forget k
define l -t 'stty size'
eng init "$ID-l"
run eng resize "$ID-l" 12 34
is "$rc:$err" "0:" "57 resize of a created one"
run eng start -a "$ID-l"
is "$rc:$(echo "$out" | tr -d '\r')" "0:12 34" "57 is kept for its start"
run eng resize "$ID-l" 1 2
refused_with 125 "57 resize of one that is not up" "not up"
run eng resize "$ID-l" 1 65536
refused_with 125 "57 a size that is none" "COLUMNS.*65536"
forget l
define m 'sleep 1000'
eng start "$ID-m"
run eng resize "$ID-m" 1 2
refused_with 125 "57 resize without a terminal" "no terminal"
forget m
exec 9<&-
finish
