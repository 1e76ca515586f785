#!/bin/sh
# Shows which descriptors a container gets: 0 to 2, what --preserve-fds adds, and nothing else at
# any stage.
. "${0%/*}/lib.sh"

probe=$(helper probe) || skip_all "no helper probe in $HELPERS"
cp "$probe" "$T/rootfs/bin/probe"
echo three >"$T/three"
echo four >"$T/four"
echo five >"$T/five"
numbers() {
	printf '%s\n' "$out" | cut -d' ' -f1 | sort -n | tr '\n' ' '
}

bundle fds args='["probe","fds"]'
run scow run -b "$T/fds" "$ID-1" 3<"$T/three" 4<"$T" 7<"$T/five"
is "$rc:$(numbers)" "0:0 1 2 " "run passes 0 to 2 only"
run scow run --preserve-fds 2 -b "$T/fds" "$ID-2" 3<"$T/three" 4<"$T/four" 5<"$T/five"
is "$rc:$(numbers)" "0:0 1 2 3 4 " "run --preserve-fds 2 passes 3 and 4 as well"
bundle cat cmd='cat <&3; cat <&4'
run scow run --preserve-fds 2 -b "$T/cat" "$ID-3" 3<"$T/three" 4<"$T/four"
is "$rc:$out" "0:three
four" "they are the right ones"
run scow run --preserve-fds 2 -b "$T/fds" "$ID-4" 3<"$T/three" 4<&-
isnt "$rc" 0 "--preserve-fds 2 without a descriptor 4 is an error"
ok "with one line" one_line "$err"
run scow run --preserve-fds=0 -b "$T/fds" "$ID-5" 3<"$T/three"
is "$rc:$(numbers)" "0:0 1 2 " "--preserve-fds=0"
(
	exec 0<&-
	scow run -b "$T/fds" "$ID-6" >"$T/closed" 2>&1
)
out=$(cat "$T/closed")
unlike "$(numbers)" '[3-9]' "with stdin closed nothing of the runtime is left open"
unlike "$out" "$STATE|\\.json|socket|pidfd|anon_inode" "and nothing of it is at 0"

# while it is created: the process waits with whatever it needs, but with no way to the host
# host_dirs PID: directories among its descriptors
host_dirs() {
	for fd in "/proc/$1/fd"/*; do
		[ "${fd##*/}" -le 2 ] || [ ! -d "$fd/" ] || echo "${fd##*/} $(readlink "$fd")"
	done
}
run scow create -b "$T/fds" "$ID-c" 3<"$T/three" 4<"$T"
pid=$(pid_of "$ID-c")
ok "created: its descriptors can be listed" test -L "/proc/$pid/fd/1"
is "$(host_dirs "$pid")" "" "created: no directory is open"
is "$(ls -l "/proc/$pid/fd" | grep -e "-> $T/three" -e "-> $T\$")" "" \
	"created: what it does not get is closed"
is "$(readlink "/proc/$pid/cwd" | grep -v -e "^/\$" -e "^$T/rootfs\$")" "" \
	"created: its working directory is its root"
remove "$ID-c"

# running, and exec
start_one "$ID-r" args='["sleep","60"]'
pid=$(pid_of "$ID-r")
is "$(ls "/proc/$pid/fd" | sort -n | tr '\n' ' ')" "0 1 2 " "running: 0 to 2"
run scow exec "$ID-r" probe fds 3<"$T/three" 5<"$T"
is "$rc:$(numbers)" "0:0 1 2 " "exec passes 0 to 2 only"
run scow exec --preserve-fds 1 "$ID-r" probe fds 3<"$T/three" 4<"$T"
is "$rc:$(numbers)" "0:0 1 2 3 " "exec --preserve-fds 1 passes 3 as well"
run scow exec --preserve-fds 1 "$ID-r" sh -c 'cat <&3' 3<"$T/three"
is "$out" three "it is the right one"
remove "$ID-r"
bundle detach cmd='cat <&3'
run scow run --detach --preserve-fds 1 -b "$T/detach" "$ID-d" 3<"$T/three"
soon shows "$ID-d" stopped
is "$(cat "$run_files.out")" three "run --detach --preserve-fds 1"
remove "$ID-d"

# a hook gets nothing either
printf '#!/bin/sh\nexec >"%s"\nls -l /proc/$$/fd\n' "$T/hook-fds" >"$T/hook"
chmod 755 "$T/hook"
bundle hooked \
	top="\"hooks\":{\"createRuntime\":[{\"path\":\"$T/hook\",\"env\":[\"PATH=/bin:/usr/bin\"]}]}"
run scow run -b "$T/hooked" "$ID-h" 5<"$T"
is "$rc" 0 "a hook that lists its descriptors"
is "$(grep -e ' -> ' "$T/hook-fds" | grep -v -e ' [012] -> ' -e " -> $T/hook")" "" \
	"has 0 to 2 and what its shell has opened"
finish
