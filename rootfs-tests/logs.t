#!/bin/sh
# Shows the targets of the log beyond the ring: json-file, syslog, and the output of the command that
# stands in front.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

notify=$(helper notify) || bail "no notify helper"
define() { # define NAME LOG SCRIPT
	run eng define "$ID-$1" --rootfs "$T/rootfs" --log-to "$2" -- sh -c "$3"
}
script='printf "a\tb \"c\" \033[2J\n"; echo err >&2; printf end'

define a "json-file:$T/a.log" "$script"
eng start "$ID-a"
eng wait "$ID-a" >/dev/null
like "$(head -n 1 "$T/a.log")" '^[{]"log":"a.u0009b ."c." .u001b\[2J.n","stream":"stdout","time":"20[^"]*Z"}$' "json-file"
run eng logs "$ID-a"
is "$out:$err" "$(printf 'a\tb "c" \033[2J\nend:err')" "logs reads it"
run eng logs --tail 1 -t "$ID-a"
like "$out$err" "^20[0-9T:.-]*Z (end|err)" "with times"
run eng logs --since 1h "$ID-a"
has "$out" end "--since reads the time of such a line"
run eng logs --until 1h "$ID-a"
is "$out$err" "" "--until, too"
forget a

define b "ring,fd" "$script"
run eng start --foreground "$ID-b"
is "$rc:$out:$err" "$(printf '0:a\tb "c" \\x1b[2J\nend:err')" "fd: each stream where it belongs, controls escaped"
is "$(eng logs --tail 2 "$ID-b" 2>/dev/null)" end "and the ring has all of it"
forget b

# a reader that does not read
define c fd 'i=0; while [ $i -lt 3000 ]; do echo "line $i of what nobody reads, and which does not fit into a pipe"; i=$((i + 1)); done; exit 5'
mkfifo "$T/pipe"
sh -c 'exec 3<"$1"; exec sleep 1000' - "$T/pipe" &
reader=$!
limited "$SCOW" --store "$store" start --foreground "$ID-c" >"$T/pipe" 2>&1 &
front=$!
wait $front
is "$?" 5 "fd: a reader that does not read stops nobody"
kill $reader
wait $reader 2>/dev/null
forget c

# a file that cannot be opened, until its directory is there
define f "file:$T/later/f.log,ring" 'while [ ! -e /tmp/f ]; do sleep 0.2; done; echo now'
run eng start "$ID-f"
is "$rc:$out" "0:" "a log that cannot be opened stops nobody"
is "$err" "scow: warning: container $ID-f runs without its log $T/later/f.log: No such file or directory" "start says so"
run eng events --json --filter "name=$ID-f" --filter event=log-lost
has "$out" "\"error\":\"$T/later/f.log: No such file or directory\"" "and so does the event log"
mkdir "$T/later" && touch "$T/rootfs/tmp/f"
eng wait "$ID-f" >/dev/null
like "$(cat "$T/later/f.log")" "stdout F now$" "and it is tried again"
run eng start "$ID-f"
is "$rc:$err" "0:" "nothing to be said of one that is open"
forget f

define d "syslog:kern" true
refused_with 125 "a facility that is none for us" '"syslog:kern" is not .*syslog\[:FACILITY\]'
define d syslog:local3 true
is "$rc:$err" "0:" "a syslog target is defined"
run eng logs "$ID-d"
refused_with 125 "logs of one that keeps no file" "syslog:local3.* no file"
forget d

# a syslogd, in a /dev of its own
mkdir "$T/dev"
define e "syslog:local3,k8s-file:$T/e.log:8k,ring:8k" 'echo one; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo two >&2'
alone() {
	limited unshare -m --propagation private sh -ec '
		mount -t tmpfs none "$0"
		for d in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
			set -- "$@" "$d"
		done
		scow=$1 store=$2 name=$3 notify=$4 heard=$5 go=$6
		shift 6
		for d; do mknod "$0/${d%% *}" c ${d#* }; done
		: >"$0/kmsg"
		mkdir "$0/pts" "$0/shm"
		mount --rbind "$0" /dev
		"$scow" --store "$store" start "$name"
		i=0
		while ! grep -q one /dev/kmsg && [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.05; done
		"$notify" listen /dev/log 1 >"$heard" &
		while [ ! -S /dev/log ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
		: >"$go"
		wait
		cat /dev/kmsg
	' "$T/dev" "$SCOW" "$store" "$ID-e" "$notify" "$T/heard" "$T/rootfs/tmp/go"
}
if unshare -m --propagation private true 2>/dev/null; then
	run alone
	is "$rc:$out" "0:<158>$ID-e: one" "before syslogd: the kernel has it"
	is "$(cat "$T/heard")" "<155>$ID-e: two" "then syslogd, errors as such"
	eng wait "$ID-e" >/dev/null
	run eng logs "$ID-e"
	is "$out:$err" "one:two" "all targets of a list have all of it"
	ok "the ring, too" cmp "$T/e.log" "/run/scow/$ID-e/log"
	rm -f "$T/rootfs/tmp/go"
else
	skip 4 "unshare -m: not here"
fi
forget e
finish
