#!/bin/sh
# Shows that flash is written by nothing but define, rm, what changes what is wanted, and a final exit:
# as inotify sees the store, and, where a disk can be made of a file, as its driver counts. Also which
# descriptors keeper, monitor and the container hold.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

watch=$(helper watch) || skip_all "no helper watch in $HELPERS"
steady='trap "exit 33" TERM; while :; do sleep 100 & wait; done'

# A disk of its own for the store, when there can be one. ext4's driver, which mostly mounts ext2, too,
# clears inode tables behind our back some seconds later: two writes, unless it is told not to.
mkdir -p "$store"
disk=
dd if=/dev/zero of="$T/disk" bs=1M count=8 2>/dev/null && "$busybox" mke2fs -F "$T/disk" >"$T/mke2fs" 2>&1 &&
	{ mount -t ext2 -o loop,noatime,noinit_itable "$T/disk" "$store" 2>"$T/mount" ||
		mount -t ext2 -o loop,noatime "$T/disk" "$store" 2>"$T/mount"; } &&
	disk=$(awk -v dir="$store" '$5 == dir { print $3 }' /proc/self/mountinfo)
written() { # writes that the disk has seen
	sync -f "$store" 2>/dev/null || sync
	if [ -n "$disk" ]; then
		awk '{ print $5 }' "/sys/dev/block/$disk/stat"
	else
		echo none
	fi
}
# quiet NAME COMMAND...: nothing is written meanwhile
one=0
[ -z "$disk" ] || first=$(written) && one=$(($(written) - first)) # to ask makes one, too: the superblock
mkfifo "$T/hold"
begin_watch() {
	"$watch" "$store" <"$T/hold" >"$T/seen" 2>&1 &
	watcher=$!
	exec 7>"$T/hold"
	soon grep -q watching "$T/seen"
	before=$(written)
}
end_watch() {
	after=$(written)
	exec 7>&-
	wait $watcher
	seen=$(sed 1d "$T/seen" | sed "s|$store/||" | sort | uniq | tr '\n' ' ')
}
quiet() {
	q_name=$1
	shift
	begin_watch
	"$@"
	end_watch
	q_writes=
	[ -z "$disk" ] || [ $((after - before)) -le $one ] || q_writes="$((after - before)) writes"
	is "$seen$q_writes" "" "$q_name: nothing is written"
}

reboot() { # reboot NAME...: nothing of them lives, /run is empty
	for r_name; do
		r_victims="$(inspect "$r_name" KeeperPid) $(inspect "$r_name" ConmonPid) $(inspect "$r_name" Pid)"
		# shellcheck disable=SC2086 # words
		[ "$r_victims" = "0 0 0" ] || { kill -STOP $r_victims && kill -KILL $r_victims; }
		rm -rf "${STATE:?}/$ID-$r_name"
		[ ! -d "$CG/scow/$ID-$r_name" ] || soon rmdir "$CG/scow/$ID-$r_name"
	done
	eng boot --once "$store" >"$T/boot"
}

# The first start says what is wanted; the first end that is not a user's removes nothing.
define a --restart always "$steady"
begin_watch
eng start "$ID-a"
end_watch
like "$seen" 'create .*desired.*move .*desired' "the first start is kept"
[ -z "$disk" ] || ok "and the disk counts it" test $((after - before)) -gt $((one + 1))

quiet "boot" reboot
crash() {
	c_pid=$(inspect a Pid)
	end "$c_pid"
	c_again() { c_now=$(inspect a Pid) && [ "$c_now" -gt 0 ] && [ "$c_now" != "$c_pid" ] && is_state a running; }
	soon c_again
}
lose() {
	l_pid=$(inspect a ConmonPid)
	end "$l_pid"
	l_again() { l_now=$(inspect a ConmonPid) && [ "$l_now" -gt 0 ] && [ "$l_now" != "$l_pid" ]; }
	soon l_again
}
quiet "start of a running one" eng start "$ID-a"
quiet "restart" eng restart -t 0 "$ID-a"
quiet "a crash and a restart by the policy" crash
quiet "a monitor that is killed" lose
quiet "pause" eng pause "$ID-a"
quiet "unpause" eng unpause "$ID-a"
quiet "exec" eng exec "$ID-a" true
look() {
	for k_verb in inspect logs top events ps; do
		case $k_verb in events | ps) eng $k_verb ;; *) eng $k_verb "$ID-a" ;; esac
	done >"$T/shown"
}
quiet "to look" look
all_lost() {
	al_pid=$(inspect a Pid) al_victims="$(inspect a KeeperPid) $(inspect a ConmonPid)"
	# shellcheck disable=SC2086 # words
	kill -STOP $al_victims && kill -KILL $al_victims
	al_again() { al_now=$(inspect a Pid) && [ "$al_now" -gt 0 ] && [ "$al_now" != "$al_pid" ] && is_state a running; }
	soon al_again
}
quiet "keeper and monitor killed, started again by the policy" all_lost
begin_watch
eng stop "$ID-a"
end_watch
like "$seen" 'a/[.]desired' "stop writes what is wanted"
like "$seen" 'a/[.]exit' "and the final exit"
is "$(printf '%s' "$seen" | tr ' ' '\n' | sed -n 's|^.*/||p' | sort -u | tr '\n' ' ')" \
	".desired.new .exit.new desired exit " "and nothing else"
quiet "stop of an exited one" eng stop "$ID-a"
quiet "boot with a kept exit record" reboot a
is "$(state a)" running "it has started"
define c --restart unless-stopped "$steady"
eng start "$ID-c"
eng start "$ID-c"
quiet "start of one that is wanted already, after a reboot" reboot a c

# descriptors
fds() { # fds PID: what each is, in a word
	for f_fd in "/proc/$1/fd"/*; do
		f_to=$(readlink "$f_fd") || continue
		case $f_to in
		/*/keeper.lock) f_to=lock ;;
		"$STATE/$ID-"*/log | "$STATE/$ID-"*/log.1) f_to=log ;;
		"$STATE/$ID-"*) f_to=directory ;;
		*/memory.events) continue ;; # where there is that controller
		/sys/fs/cgroup/* | /scow/*) f_to=cgroup ;;
		socket:*) f_to=socket ;;
		pipe:*) f_to=pipe ;;
		anon_inode:*) f_to=${f_to#anon_inode:} ;;
		esac
		printf '%s\n' "$f_to"
	done | sort | uniq -c | while read -r f_n f_what; do printf '%s*%s ' "$f_n" "$f_what"; done
}
is "$(fds "$(inspect c KeeperPid)")" "6*/dev/null 1*[pidfd] 1*[signalfd] 1*directory 1*lock 2*pipe 2*socket " \
	"descriptors of a keeper"
is "$(fds "$(inspect c ConmonPid)")" "6*/dev/null 1*[pidfd] 1*cgroup 1*directory 1*log 4*pipe 2*socket " \
	"of a monitor"
is "$(fds "$(inspect c Pid)")" "1*/dev/null 2*pipe " "of a container"
forget a c
[ -z "$disk" ] || umount "$store"
[ -n "$disk" ] || skip 1 "no disk can be made of a file here: $(cat "$T/mke2fs" "$T/mount" 2>&1 | tail -n 1)"
finish
