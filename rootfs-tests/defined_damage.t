#!/bin/sh
# Shows that damaged, missing and foreign files, a full /run, a store that cannot be written, and
# clients that send garbage harm neither the container nor another one: nothing hangs, stop acts, rm
# -f removes. The numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

define() { # define NAME [OPTION...]: a process that sleeps
	d_name=$ID-$1
	shift
	eng define "$d_name" --rootfs "$T/rootfs" "$@" -- sleep 1000
}
damage() { # damage FILE KIND
	rm -rf "$1"
	case $2 in
	empty) : >"$1" ;;
	cut) printf 'format 1\nstate' >"$1" ;;
	garbage) head -c 300 /dev/urandom >"$1" ;;
	foreign) printf 'format 1\nstate 2\npid 1\nstart 1\nkeeper 1\nmonitor 1\nboot-id x\n' >"$1" ;;
	later) printf 'format 99\nstate 2\n' >"$1" ;;
	huge) head -c 100000 /dev/zero >"$1" ;;
	directory) mkdir "$1" ;;
	symlink) ln -s /etc/passwd "$1" ;;
	fifo) mkfifo "$1" ;;
	missing) ;;
	esac
}

kinds="empty garbage foreign directory symlink fifo missing"
[ -z "$TEST_FEW" ] || kinds="garbage fifo"
sleep 1000 & # whoever signals a pid from a file hits this one
bystander=$!

for file in plan life keeper.lock state.json; do
	bad=
	for kind in $kinds; do
		[ "$file" != keeper.lock ] || case $kind in directory | symlink | fifo | missing) ;; *) continue ;; esac
		define a --restart always
		eng start "$ID-a"
		pid=$(inspect a Pid)
		monitor=$(inspect a ConmonPid) keeper=$(inspect a KeeperPid)
		damage "$STATE/$ID-a/$file" "$kind"
		case $file in
		plan) end "$monitor" ;;
		life) end "$monitor" "$keeper" ;;
		esac
		run eng inspect "$ID-a"
		[ "$rc" != 137 ] || bad="$bad $kind: inspect hangs;"
		run eng rm -f -t 0 "$ID-a"
		[ "$rc" = 0 ] && soon is_gone "$pid" && soon clean || bad="$bad $kind: rm -f: $rc $err $left;"
		# What has no lock any more is held by nobody that could be found.
		[ "$file" != keeper.lock ] || [ ! -d "/proc/$keeper" ] || end "$keeper"
	done
	is "$bad" "" "99 $file: $kinds: inspect answers, rm -f removes"
done

for file in exit desired config.json; do
	bad=
	for kind in $kinds; do
		define b
		eng start "$ID-b"
		eng stop -t 0 "$ID-b"
		damage "$store/$ID-b/$file" "$kind"
		rm -f "$STATE/$ID-b/exit"
		run eng inspect "$ID-b"
		[ "$rc" != 137 ] || bad="$bad $kind: inspect hangs;"
		run eng start "$ID-b"
		case $file:$rc in
		config.json:0 | *:137) bad="$bad $kind: start: $rc $err;" ;;
		config.json:*) one_line "$err" || bad="$bad $kind: start says $err;" ;;
		*:0) ;;
		*) bad="$bad $kind: start: $rc $err;" ;;
		esac
		run eng rm -f -t 0 "$ID-b"
		[ "$rc" = 0 ] && soon clean || bad="$bad $kind: rm -f: $rc $err $left;"
	done
	is "$bad" "" "99 $file in the store: $kinds: start acts or says why, rm -f removes"
done
ok "100 a process whose pid stood in a file lives" test -d "/proc/$bystander"
end "$bystander"
wait "$bystander" 2>/dev/null

# a definition that is damaged, or gone, while its container is up
for kind in garbage missing; do
	define a
	eng start "$ID-a"
	pid=$(inspect a Pid)
	damage "$store/$ID-a/config.json" $kind
	run eng inspect "$ID-a"
	is "$rc:$(printf '%s' "$out" | field Status)" "0:running" "99 $kind definition of a running one: inspect"
	like "$err" '^scow: warning: .*(config.json|does not exist)' "99 says what is wrong"
	run eng restart -t 0 "$ID-a"
	is "$rc:$(inspect a Pid)" "125:$pid" "99 restart is refused, before it stops anything"
	run eng stop -t 0 "$ID-a"
	is "$rc:$(wanted a)" "0:down" "99 stop acts"
	ok "99 it has ended" soon is_gone "$pid"
	eng rm -f "$ID-a" 2>/dev/null
	soon clean
	is "$left" "" "99 nothing is left"
done

# one that is damaged blocks no other one
define a
define b
damage "$store/$ID-a/config.json" garbage
run eng start "$ID-b"
is "$rc:$err:$(state b)" "0::running" "99 another one starts beside it"
run eng list
is "$rc" 0 "99 list answers"
has "$out" "$ID-b" "99 and has it"
run eng define "$ID-a" --rootfs "$T/rootfs" -- true
refused_with 125 "99 its name is not free" "already defined"
eng rm -f -t 0 "$ID-a" "$ID-b"
mkdir -p "$store/$ID-a" && echo up >"$store/$ID-a/desired"
define a
is "$?:$(ls "$store/$ID-a")" "0:config.json" "what was wanted of one that is gone is in nobody's way"

# what a create leaves that was killed in its first write
mkdir -p -m 700 "$STATE/$ID-a" && : >"$STATE/$ID-a/state.json"
run eng start "$ID-a"
is "$rc:$err:$(state a)" "0::running" "an empty record of a transient container is in nobody's way"
eng stop -t 0 "$ID-a"

# ctl.sock
eng start "$ID-a"
dir=$STATE/$ID-a
monitor=$(inspect a ConmonPid)
fds() { ls "/proc/$monitor/fd" | wc -l; }
before=$(fds)
if ctl=$(helper ctl); then
	"$ctl" "$dir" garbage
	few_fds() { [ "$(fds)" -le "$before" ]; }
	ok "garbage leaves no descriptor with the monitor" soon few_fds
	is "$(inspect a ConmonPid):$(state a)" "$monitor:running" "nor harms it"
	mkfifo "$T/hold"
	joined a client attach "$ID-a"
	client=$client_pid
	"$ctl" "$dir" crowd 100 <"$T/hold" >"$T/held" 2>&1 &
	exec 7>"$T/hold"
	soon grep -q held "$T/held"
	run eng kill "$ID-a" HUP
	is "$rc:$err" "0:" "a crowd that asks nothing keeps no command away"
	ok "nor puts an attached client out" lives "$client"
	end "$client"
	exec 7>&-
	wait
	"$ctl" "$dir" wait 64 <"$T/hold" >"$T/held" 2>&1 &
	exec 7>"$T/hold"
	soon grep -q held "$T/held"
	run eng restart -t 0 "$ID-a"
	is "$rc:$err" "0:" "64 that wait and never read hold up nobody"
	run eng attach "$ID-a"
	refused_with 125 "one more to attach is told" "too many wait for $ID-a"
	exec 7>&-
	wait
	is "$("$ctl" "$dir" ask)" "reply 0" "a command of root's is answered"
	bundle in cmd="/ctl /ctl.dir ask" caps='"CAP_SYS_ADMIN"' \
		mounts="{\"destination\":\"/ctl.dir\",\"source\":\"$dir\",\"options\":[\"bind\"]},
			{\"destination\":\"/ctl\",\"source\":\"$ctl\",\"options\":[\"bind\",\"ro\"]}"
	run scow run -b "$T/in" "$ID-in"
	like "$out" '^refused process [0-9]+ is in a container' "not one from inside a container"
	rmdir "$T/rootfs/ctl.dir" 2>/dev/null
	rm -f "$T/rootfs/ctl"
else
	skip 6 "no helper programs here"
fi

# a store on a file system whose rename has no flags
if without=$(helper without); then
	old() { limited "$without" renameat2 "$SCOW" --store "$store" "$@"; }
	run old define "$ID-o" --rootfs "$T/rootfs" -- true
	is "$rc:$err:$(state o)" "0::configured" "define where rename replaces, always"
	run old define "$ID-o" --rootfs "$T/rootfs" -- true
	refused_with 125 "and replaces nothing" "already defined"
	eng rm "$ID-o"
	mkdir "$store/$ID-o" && echo down >"$store/$ID-o/desired"
	run old define "$ID-o" --rootfs "$T/rootfs" -- true
	is "$rc:$err:$(ls -A "$store/$ID-o")" "0::config.json" "but what is left of one that is gone"
	eng rm "$ID-o"
else
	skip 3 "no helper without in $HELPERS"
fi

# limits of room
eng stop -t 0 "$ID-a"
mkdir "$T/small" && mount -t tmpfs -o size=64k,mode=700 full "$T/small"
small() { scow --store "$T/small" "$@"; }
run small define "$ID-s" --rootfs "$T/rootfs" -- sleep 1000
is "$rc" 0 "a small store"
dd if=/dev/zero of="$T/small/fill" bs=4096 2>/dev/null
run small start "$ID-s"
is "$rc" 0 "108 a full store: start acts"
one_line "$err"
result $? "108 and warns once"
run small stop -t 0 "$ID-s"
is "$rc:$(small inspect "$ID-s" | field Status)" "0:exited" "108 stop, too"
run small define "$ID-t" --rootfs "$T/rootfs" -- true
refused_with 125 "108 only define fails" "write config.json: No space"
is "$(ls -A "$T/small" | tr '\n' ' ')" "$ID-s fill " "108 and leaves nothing"
rm "$T/small/fill"
mount -o remount,ro "$T/small"
run small start "$ID-s"
is "$rc" 0 "108 a read-only store: start acts"
run small stop -t 0 "$ID-s"
is "$rc" 0 "108 stop, too"
mount -o remount,rw "$T/small"
small rm -f "$ID-s"
umount "$T/small"
eng rm -f -t 0 "$ID-a"
finish
