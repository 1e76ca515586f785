#!/bin/sh
# Shows what scow does on Linux 5.10, and below: each older way is as safe as the newer one and is
# told at debug level; a kernel below the floor is refused, and nothing is left behind. `make
# check-old` runs all other tests under the same helper.
. "${0%/*}/lib.sh"

old=$(helper old_kernel) || skip_all "no helper old_kernel in $HELPERS"
"$old" true 2>/dev/null || skip_all "there is a listener already, or this kernel has none"

# the helper itself
run "$old" sh -c 'echo hi; exit 3'
is "$rc:$out:$err" "3:hi:" "the helper runs a command"
mkdir "$CG/$ID-helper"
if [ -e "$CG/$ID-helper/cgroup.kill" ]; then
	run "$old" sh -c "echo 1 >'$CG/$ID-helper/cgroup.kill'"
	isnt "$rc" 0 "and hides cgroup.kill"
	run "$old" linux=5.14 sh -c "echo 1 >'$CG/$ID-helper/cgroup.kill'"
	is "$rc:$err" "0:" "which 5.14 has"
else
	skip 2 "this kernel has no cgroup.kill"
fi
rmdir "$CG/$ID-helper"

# what is below a mount follows it
mkdir "$T/src" "$T/src/sub" "$T/src/sub/a b"
mount -t tmpfs -o nosuid,noatime sub "$T/src/sub"
mkdir "$T/src/sub/a b"
mount -t tmpfs deep "$T/src/sub/a b"
bind() {
	printf '{"destination":"/mnt","source":"%s","options":[%s]}' "$T/src" "$1"
}
# flags WHERE: what the container's mountinfo, which it prints, says
flags() {
	printf '%s\n' "$out" | where=$1 awk '$5 == ENVIRON["where"] { last = $6 } END { print last }'
}
on_old() {
	bundle try "$@"
	id=$ID-$((next_id = ${next_id:-0} + 1))
	run limited "$old" "$SCOW" --log-level debug --log "$T/log" run -b "$T/try" "$id"
}
for linux in 5.10 5.12; do
	rm -f "$T/log"
	bundle try cmd='cat /proc/self/mountinfo; touch /mnt/sub/x "/mnt/sub/a b/x"' \
		mounts="$(bind '"rbind","rro","nosymfollow","relatime"')"
	run limited "$old" linux=$linux "$SCOW" --debug --log "$T/log" run -b "$T/try" "$ID-$linux"
	is "$(flags /mnt) $(flags /mnt/sub) $(flags '/mnt/sub/a\040b')" \
		"ro,relatime,nosymfollow ro,nosuid,noatime ro,relatime" "$linux: options of a tree"
	is "$(printf '%s\n' "$err" | grep -c 'Read-only file system')" 2 "$linux: it is read-only"
	is "$(grep -c 'options are set by remounts' "$T/log")" 1 "$linux: it is said once"
done
ok "the source is as before" touch "$T/src/sub/x" "$T/src/sub/a b/x"
on_old cmd='cat /proc/self/mountinfo' mounts="$(bind '"rbind","rro","rw"')"
is "$(flags /mnt) $(flags /mnt/sub)" "rw,relatime ro,nosuid,noatime" "rro,rw: not the top"
on_old cmd='cat /proc/self/mountinfo' mounts="$(bind '"rbind","ro"')"
is "$(flags /mnt) $(flags /mnt/sub)" "ro,relatime rw,nosuid,noatime" "ro: the top only"
on_old cmd='cat /proc/self/mountinfo' linux='"readonlyPaths":["/mnt","/proc/sys"]' readonly=true \
	mounts="$(bind '"rbind"')"
is "$(flags /) $(flags /mnt) $(flags /mnt/sub) $(flags '/mnt/sub/a\040b') $(flags /proc/sys)" \
	"ro,relatime ro,relatime ro,nosuid,noatime ro,relatime ro,relatime" \
	"a read-only root, read-only paths with what is mounted in them"
mount -t tmpfs cover "$T/src/sub"
on_old cmd='echo ran' mounts="$(bind '"rbind","rro"')"
is "$rc:$out" "1:" "a mount that is covered by another cannot be made read-only"
like "$err" 'set the flags of /mnt and what is below: .*busy' "which is refused"
umount "$T/src/sub"

# a tmpfs by fsmount, which knows nosymfollow only since 5.14
mkdir "$T/lower"
echo lower >"$T/lower/file"
ln -s file "$T/lower/link"
on_old cmd='cat /mnt/file; cat /mnt/link' \
	mounts="{\"destination\":\"/mnt\",\"type\":\"overlay\",\"source\":\"overlay\",
		\"options\":[\"lowerdir=$T/lower:$T/src\",\"nosymfollow\"]}"
case $err in
*"No such device"*) skip 2 "no overlay here" ;;
*)
	is "$out" lower "overlay with nosymfollow"
	like "$err" 'link.*Too many levels|link.*Symbolic link loop' "follows none"
	;;
esac
umount "$T/src/sub/a b" "$T/src/sub"

# the program's file
like "$(cat "$T/log")" 'sealed copy in memory' "the program's own file is a copy"

# BPF programs are locked memory
bundle try linux='"resources":{"devices":[{"allow":false,"access":"rwm"}]}' cmd='ulimit -l'
run limited sh -c 'ulimit -S -l 64 && exec "$0" "$@"' "$old" "$SCOW" run -b "$T/try" "$ID-bpf"
is "$rc:$out:$err" "0:64:" "a device program with a small limit on locked memory, which comes back"

# without cgroup.kill: a fork storm of 40 processes that share the host's pid namespace; of 12 where it
# has one slow CPU with us
storm=40
[ -z "$TEST_FEW" ] || storm=12
start_one "$ID-storm" user='{"uid":31234,"gid":31234}' \
	process='"rlimits":[{"type":"RLIMIT_NPROC","soft":'$storm',"hard":'$storm'}]' \
	namespaces='{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"},{"type":"cgroup"}' \
	cmd='while :; do (while :; do sleep 1 & done) 2>/dev/null; done'
many() {
	[ "$(wc -l <"$CG/scow/$ID-storm/cgroup.procs")" -gt $((storm / 2)) ]
}
ok "a fork storm" soon many
run limited "$old" "$SCOW" --debug delete --force "$ID-storm"
is "$rc:$out" "0:" "is deleted"
like "$err" 'frozen, then killed' "and how is told"
nok "its cgroup is gone" test -e "$CG/scow/$ID-storm"
start_one "$ID-paused" cmd='sleep 60'
scow pause "$ID-paused"
run limited "$old" "$SCOW" delete --force "$ID-paused"
is "$rc:$out:$err" "0::" "a paused one is deleted"

# below the floor
floor='Function not implemented \(scow needs Linux 5\.10 or newer\)$'
bundle try linux='"readonlyPaths":["/etc"],"sysctl":{"net.ipv4.ip_forward":"0"}' \
	cmd='echo >/tmp/ran'
for call in close_range openat2 clone3 into_cgroup pidfd_open open_tree move_mount fsopen fsconfig \
	fsmount; do
	run limited "$old" without=$call "$SCOW" run -b "$T/try" "$ID-floor"
	refused "run without $call" "$floor"
	is "$(ls -d "$STATE"/*"$ID-floor" "$CG/scow/$ID-floor" "$T/rootfs/tmp/ran" 2>/dev/null)" "" \
		"leaves nothing"
done
start_one "$ID-on" cmd='sleep 60'
for words in "exec $ID-on true" "kill $ID-on TERM" "delete --force $ID-on"; do
	run limited "$old" without=close_range,pidfd_open "$SCOW" $words
	isnt "$rc" 0 "${words%% *} fails"
	like "$err" "$floor" "and says why"
done
is "$(status "$ID-on")" running "what runs goes on"
for word in state ps; do # they need none of them
	run limited "$old" without=close_range,pidfd_open "$SCOW" $word "$ID-on"
	is "$rc:$err" "0:" "$word looks without"
done
remove "$ID-on"
finish
