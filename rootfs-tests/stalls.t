#!/bin/sh
# Shows that neither an image nor a stopped container can keep a command of ours waiting for ever
#.
. "${0%/*}/lib.sh"

for kind in fifo /dev/zero /proc/kmsg /proc/self/fd/0; do
	rm -rf "$T/evil"
	rootfs "$T/evil"
	rm "$T/evil/etc/passwd"
	if [ "$kind" = fifo ]; then mkfifo "$T/evil/etc/passwd"; else ln -s "$kind" "$T/evil/etc/passwd"; fi
	try root="$T/evil" cmd='echo $HOME'
	is "$rc:$out" "0:/" "/etc/passwd is $kind: no home is found, and nothing waits"
	remove "$id"
done

start_one "$ID-e" env='["PATH=/bin"]' cmd='rm /etc/passwd; mkfifo /etc/passwd; sleep 60'
soon test -p "$T/rootfs/etc/passwd"
run scow exec "$ID-e" echo fine
is "$rc:$out" 0:fine "exec into a container that replaced its /etc/passwd by a fifo"
remove "$ID-e"
rm "$T/rootfs/etc/passwd"

bundle b cmd='sleep 60'
run scow create -b "$T/b" "$ID-s"
scow kill "$ID-s" STOP
bad=''
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	[ "$(status "$ID-s")" = created ] || bad="$bad $n"
done
is "$bad" "" "state says created, however often a stopped init is asked for"
scow kill "$ID-s" CONT
run scow start "$ID-s"
is "$rc" 0 "it starts when it goes on"
remove "$ID-s"
finish
