#!/bin/sh
# Shows attacks of images and containers that must fail: the published ones against other runtimes.
. "${0%/*}/lib.sh"

mkdir "$T/outside"
echo untouched >"$T/outside/file"
echo host >"$T/host-file"
untouched() {
	[ "$(ls -A "$T/outside")" = file ] && [ "$(cat "$T/outside/file")" = untouched ] &&
		! grep -q " $T/outside" /proc/self/mountinfo
}
# evil: a fresh root file system at $T/evil for an attacker to prepare
evil() {
	rm -rf "$T/evil"
	rootfs "$T/evil"
}

# --- images in which /dev, /proc or /sys are not what they should be (CVE-2026-41579) -------------
for name in dev proc sys; do
	for target in "$T/outside" "../../../../../..$T/outside" /etc; do
		evil
		rmdir "$T/evil/$name"
		ln -s "$target" "$T/evil/$name"
		try root="$T/evil" cmd='ls -A /etc | tr "\n" " "'
		if [ "$rc" != 0 ]; then
			refused "/$name is a link to $target: refused" "/$name"
		else
			result 1 "/$name is a link to $target: accepted"
		fi
		ok "nothing outside was touched" untouched
	done
	evil
	rmdir "$T/evil/$name"
	echo x >"$T/evil/$name"
	try root="$T/evil"
	refused "/$name is a file" "/$name"
	evil
	rmdir "$T/evil/$name"
	try root="$T/evil" args='["ls","-d","/'$name'"]'
	is "$rc:$out" "0:/$name" "/$name does not exist: it is made"
done

# --- mount destinations through links (CVE-2021-30465 and older) ----------------------------------
evil
ln -s "/../../../../../..$T/outside" "$T/evil/absolute"
ln -s "../../../../../..$T/outside" "$T/evil/relative"
ln -s loop "$T/evil/loop"
ln -s /nowhere/at/all "$T/evil/dangling"
for name in absolute relative dangling; do
	for kind in "tmpfs tmpfs" "bind $T/rootfs/etc"; do
		try root="$T/evil" args='["true"]' \
			mounts="{\"destination\":\"/$name/sub\",\"type\":\"${kind% *}\",\"source\":\"${kind#* }\",
				\"options\":[$([ "${kind% *}" = tmpfs ] || echo '"bind"')]}"
		if [ "$rc" != 0 ]; then
			refused "${kind% *} through the $name link is refused" "/$name"
		else
			is "$rc" 0 "${kind% *} through the $name link stays inside"
		fi
		ok "nothing outside was touched" untouched
	done
done
try root="$T/evil" mounts='{"destination":"/loop/x","type":"tmpfs","source":"tmpfs"}'
refused "a loop of links" '/loop'
for dest in "/../../../../../..$T/outside/new" "../../../../../..$T/outside/new"; do
	try root="$T/evil" args='["true"]' \
		mounts="{\"destination\":\"$dest\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}"
	ok "a destination with .. stays inside or is refused" untouched
done
ln -s "../../../../../..$T/outside/made" "$T/evil/etc/made"
try root="$T/evil" \
	mounts="{\"destination\":\"/etc/made\",\"type\":\"bind\",\"source\":\"$T/host-file\",\"options\":[\"bind\"]}"
ok "a file made for a bind mount is not made outside" untouched
try root="$T/evil" \
	linux="\"devices\":[{\"path\":\"/absolute/device\",\"type\":\"c\",\"major\":1,\"minor\":3}]"
ok "a device is not made outside" untouched
try root="$T/evil" cwd='"/absolute/cwd"' args='["pwd"]'
ok "a cwd is not made outside" untouched
mkdir "$T/evil/copyup"
ln -s "$T/outside" "$T/evil/copyup/link"
try root="$T/evil" cmd='echo x >/copyup/link/file2; ls -l /copyup' \
	mounts='{"destination":"/copyup","type":"tmpfs","source":"tmpfs","options":["tmpcopyup"]}'
ok "tmpcopyup copies links as links" untouched

# --- masked and read-only paths (CVE-2025-31133, CVE-2023-27561) ----------------------------------
evil
ln -s "../../../../../..$T/outside/file" "$T/evil/masked"
ln -s "../../../../../..$T/outside" "$T/evil/readonly"
try root="$T/evil" cmd='cat /proc/version; echo done' \
	linux='"maskedPaths":["/masked","/proc/version"],"readonlyPaths":["/readonly"]'
ok "masking a link touches nothing outside" untouched
ok "our own view is as before" touch "$T/outside/file"
echo untouched >"$T/outside/file"
# An image's own /dev with a /dev/null that points elsewhere: what is masked must not become that.
evil
ln -s /proc/sys/kernel/hostname "$T/evil/dev/null"
echo hidden >"$T/evil/etc/secret"
try root="$T/evil" cmd='cat /etc/secret; stat -c %t:%T /etc/secret' hostname='"leak"' \
	linux='"maskedPaths":["/etc/secret"]' \
	base_mounts='{"destination":"/proc","type":"proc","source":"proc"}'
if [ "$rc" = 0 ]; then
	is "$out" 1:3 "a /dev/null that is a link: the mask is the real null device"
else
	refused "a /dev/null that is a link is refused" '/dev/null'
fi
evil
ln -s ../etc/passwd "$T/evil/dev/console"
if console=$(helper console); then
	limited "$console" "$T/socket" </dev/null >/dev/null 2>&1 &
	soon test -S "$T/socket"
	bundle tty root="$T/evil" terminal=true cmd='true' \
		base_mounts='{"destination":"/proc","type":"proc","source":"proc"}'
	run scow run --detach -b "$T/tty" --console-socket "$T/socket" "$ID-tty"
	remove "$ID-tty"
	kill -KILL $! 2>/dev/null
	wait $! 2>/dev/null
	has "$(cat "$T/evil/etc/passwd")" root:x:0 \
		"a /dev/console that is a link does no harm (CVE-2025-52565)"
else
	skip 1 "no helper console"
fi

evil
start_one "$ID-ptmx" root="$T/evil" base_mounts='{"destination":"/proc","type":"proc","source":"proc"}' \
	cmd='rm /dev/ptmx; mkfifo /dev/ptmx; touch /tmp/ready; cat /dev/ptmx; touch /tmp/opened; sleep 60'
soon test -e "$T/evil/tmp/ready"
run scow exec --tty "$ID-ptmx" true
refused_with 255 "a /dev/ptmx that is a fifo is no terminal" 'a terminal needs a devpts mount: No such device$'
nok "and it is not even opened" test -e "$T/evil/tmp/opened"
remove "$ID-ptmx"

# --- the host's own device nodes, bound as masks and as devices ------------------------------------
# Were it not refused, this would change nothing but a time.
own='give() { for f; do chmod 666 "$f" 2>&1; done | sed "s/.*: //" | uniq; }; give'
echo hidden >"$T/rootfs/etc/hostname"
masked='"maskedPaths":["/etc/hostname","/proc/version"]'
same='"uidMappings":[{"containerID":0,"hostID":0,"size":1000}],
	"gidMappings":[{"containerID":0,"hostID":0,"size":1000}]'
without=$(helper without) || bail "no helper"
for lacking in keyctl mount_setattr; do # the first matters to nothing here
	bundle try cmd="$own /proc/version /etc/hostname; echo x >/etc/hostname && wc -c <\"/proc/version\"" linux="$masked"
	run limited "$without" $lacking "$SCOW" run -b "$T/try" "$ID-own"
	is "$rc:$out" "0:Read-only file system
0" "without $lacking: a mask is not the way to the mode of the host's /dev/null"
	bundle try cmd="$own /proc/version /dev/null /dev/zero; echo x >/dev/null && head -c 1 /dev/zero | wc -c" linux="$same,$masked" \
		base_mounts='{"destination":"/proc","type":"proc","source":"proc"},
		{"destination":"/dev","type":"tmpfs","source":"tmpfs"}' namespaces="$default_namespaces,{\"type\":\"user\"}"
	run limited "$without" $lacking "$SCOW" run -b "$T/try" "$ID-own"
	is "$rc:$out" "0:Read-only file system
1" "nor is a device that is bound"
done

# --- writes to procfs (CVE-2025-52881, CVE-2019-16884) --------------------------------------------
mkdir "$T/fakeproc" "$T/fakeproc/sys" "$T/fakeproc/sys/kernel"
echo fake >"$T/fakeproc/sys/kernel/msgmax"
for fake in \
	"{\"destination\":\"/proc\",\"type\":\"bind\",\"source\":\"$T/fakeproc\",\"options\":[\"bind\"]}" \
	'{"destination":"/proc","type":"tmpfs","source":"tmpfs"}'; do
	try base_mounts="$fake" linux='"sysctl":{"kernel.msgmax":"54321"}'
	if [ "$rc" = 0 ]; then
		is "$(cat "$T/fakeproc/sys/kernel/msgmax")" fake "a fake /proc is not written to"
	else
		refused "a fake /proc is refused" '/proc'
	fi
done
for dest in /proc/sys /proc/self/attr /proc/1 /proc/sysrq-trigger; do
	try cmd='true' mounts="{\"destination\":\"$dest\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}"
	refused "a tmpfs on $dest" "$dest"
done

# --- the working directory (CVE-2024-21626) -------------------------------------------------------
bad=''
for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	try cwd="\"/proc/self/fd/$n\"" \
		cmd="cat ../../../../../../../..$T/host-file; cat /proc/self/cwd$T/host-file"
	case $rc:$out in
	*host*) bad="$bad $n" ;;
	esac
done
is "$bad" "" "no leaked descriptor works as cwd of run"
start_one "$ID-cwd" cmd='sleep 60'
for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	run scow exec --cwd "/proc/self/fd/$n" "$ID-cwd" sh -c \
		"cat ../../../../../../../..$T/host-file; cat /proc/self/cwd$T/host-file"
	case $rc:$out in
	*host*) bad="$bad $n" ;;
	esac
done
is "$bad" "" "nor as cwd of exec"
ln -s /proc/self/fd/7 "$T/rootfs/leak"
try cwd='"/leak"' cmd="cat ../../../../../../../..$T/host-file"
unlike "$out" host "nor through a link"
remove "$ID-cwd"
finish
