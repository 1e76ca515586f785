#!/bin/sh
# Shows that rbind with slave or unbindable lets nothing pass to the host, at no depth.
. "${0%/*}/lib.sh"

mkdir "$T/volume"
mount -t tmpfs top "$T/volume"
mount --make-shared "$T/volume"
mkdir "$T/volume/sub"
mount -t tmpfs sub "$T/volume/sub"
mount --make-shared "$T/volume/sub"
mkdir "$T/volume/at" "$T/volume/sub/at"
for word in slave rslave private rprivate unbindable runbindable; do
	start_one "$ID-$word" caps='"CAP_SYS_ADMIN"' \
		mounts="{\"destination\":\"/v\",\"source\":\"$T/volume\",\"options\":[\"rbind\",\"$word\"]}" \
		cmd='mount -t tmpfs leak /v/at; mount -t tmpfs leak /v/sub/at; echo >/tmp/done; sleep 60'
	soon test -e "$T/rootfs/tmp/done"
	is "$(grep -c " - tmpfs leak " /proc/self/mountinfo)" 0 "rbind,$word: mounts of the container stay in it"
	rm "$T/rootfs/tmp/done"
	remove "$ID-$word"
	umount "$T/volume/at" "$T/volume/sub/at" 2>/dev/null
done
umount "$T/volume/sub" "$T/volume"
finish
