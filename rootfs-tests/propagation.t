#!/bin/sh
# Shows what passes between a bind mount and the host: with slave, private or unbindable nothing to the
# host, at no depth; with shared only when rootfsPropagation says shared as well.
. "${0%/*}/lib.sh"

mkdir "$T/volume"
mount -t tmpfs top "$T/volume"
mount --make-shared "$T/volume"
mkdir "$T/volume/sub"
mount -t tmpfs sub "$T/volume/sub"
mount --make-shared "$T/volume/sub"
mkdir "$T/volume/at" "$T/volume/sub/at" "$T/volume/late" "$T/volume/sub/late"

# leaks WORDS [ROOT]: runs a container with such a bind that mounts in it; then $top, $below are how
# many of its mounts the host has, and $in what the container sees of two that the host makes.
leaks() {
	id=$ID-$((next_id = ${next_id:-0} + 1))
	start_one "$id" caps='"CAP_SYS_ADMIN"' linux="\"rootfsPropagation\":\"${2-}\"" \
		mounts="{\"destination\":\"/v\",\"source\":\"$T/volume\",\"options\":[$1]}" \
		cmd='mount -t tmpfs leak /v/at; mount -t tmpfs leak /v/sub/at; echo >/tmp/done; sleep 60'
	soon test -e "$T/rootfs/tmp/done"
	top=$(grep -c " $T/volume/at .* - tmpfs leak " /proc/self/mountinfo)
	below=$(grep -c " $T/volume/sub/at .* - tmpfs leak " /proc/self/mountinfo)
	mount -t tmpfs late "$T/volume/late" && touch "$T/volume/late/seen"
	mount -t tmpfs late "$T/volume/sub/late" && touch "$T/volume/sub/late/seen"
	run scow exec "$id" sh -c 'ls /v/late /v/sub/late 2>/dev/null | grep -c seen'
	in=$out
	rm "$T/rootfs/tmp/done"
	remove "$id"
	umount "$T/volume/at" "$T/volume/sub/at" 2>/dev/null
	umount "$T/volume/late" "$T/volume/sub/late"
}

# words, how many of the host's later mounts are seen
for pair in slave:2 rslave:2 private:0 rprivate:0 unbindable:1 runbindable:0; do
	leaks "\"rbind\",\"${pair%:*}\""
	is "$top $below $in" "0 0 ${pair#*:}" "rbind,${pair%:*}: nothing to the host, ${pair#*:} mounts from it"
done
leaks '"rbind","slave"' shared
is "$top $below $in" "0 0 2" "rbind,slave, root shared: nothing to the host either"
leaks '"rbind"' shared
is "$top $below $in" "0 0 0" "rbind without a word: nothing passes"
# On an initramfs the container's mounts are locked, and so are slaves of the host's at most.
case $(awk '$5 == "/"' /proc/self/mountinfo) in *" - rootfs "*) up=0 ;; *) up=1 ;; esac
for word in shared rshared; do
	for root in "" slave; do
		leaks "\"rbind\",\"$word\"" $root
		is "$top $below $in" "0 0 2" "rbind,$word, root '$root': from the host, and not to it"
	done
	leaks "\"rbind\",\"$word\"" shared
	is "$top $below $in" "$up $up 2" "rbind,$word, root shared: both ways, or from the host only"
done
leaks "\"bind\",\"shared\"" slave
is "$top" 0 "bind,shared, root slave: not to the host"
leaks "\"bind\",\"shared\"" rshared
is "$top" $up "bind,shared, root rshared: to the host, or not"

# within the container it is shared
try cmd='grep " /v " /proc/self/mountinfo' \
	mounts="{\"destination\":\"/v\",\"source\":\"$T/volume\",\"options\":[\"rbind\",\"shared\"]}"
like "$out" ' shared:[0-9]+ master:[0-9]+ ' "shared and a slave at once"

umount "$T/volume/sub" "$T/volume"
finish
