#!/bin/sh
# Shows definitions that nobody has defined: those of the administrator in /etc/scow and of the image
# in /usr/lib/scow, which are used in place. The whole test has /etc, /usr/lib and /var/lib of its own.
[ -n "${PLACES_OWN-}" ] || exec unshare -m --propagation private env PLACES_OWN=1 sh "$0"
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

eng() { scow "$@"; }
store=/var/lib/scow
etc=/etc/scow/containers image=/usr/lib/scow/containers
mkdir "$T/over"
mount -t tmpfs over "$T/over" || bail "no tmpfs"
for dir in etc usr/lib var/lib; do
	mkdir -p "$T/over/$dir/upper" "$T/over/$dir/work"
	mount -t overlay -o "lowerdir=/$dir,upperdir=$T/over/$dir/upper,workdir=$T/over/$dir/work" over "/$dir" \
		2>/dev/null || no_overlay=1
done
umount -l "$T/over"
[ -z "${no_overlay-}" ] || skip_all "no overlay file system for an /etc of its own"
rm -rf /etc/scow /usr/lib/scow /var/lib/scow
mkdir -p $etc $image

# place PLACE NAME SCRIPT [ANNOTATIONS]: a definition with its root file system beside it
place() {
	bundle bundle cmd="$3" root=rootfs top="\"annotations\":{${4-}}"
	mkdir "$1/$ID-$2"
	mv "$T/bundle/config.json" "$1/$ID-$2/"
	mkdir "$1/$ID-$2/rootfs"
	mount --bind "$T/rootfs" "$1/$ID-$2/rootfs"
}
# all PLACE: every file outside of the roots, with its inode and time of change
all() { (cd "$1" && find . -path '*/rootfs' -prune -o -exec stat -c '%n %i %Z' {} +); }

place $etc a 'echo of etc; exit 7'
place $image a 'echo of the image'
place $image b 'trap "exit 9" TERM; echo up; while :; do sleep 100 & wait; done' '"org.scow.restart":"always"'
place $image masked true
ln -s /dev/null "$etc/$ID-masked"
before=$(all $etc; all $image)

run eng ps --json
has "$out" "$ID-a" "ps has what is defined in /etc"
has "$out" "$ID-b" "and in the image"
unlike "$out" "$ID-masked" "but not what is masked"
run eng start "$ID-masked"
refused_with 1 "a masked one does not exist" "does not exist"
run eng start "$ID-a"
is "$rc:$err" "0:" "one of /etc starts"
is "$(eng wait "$ID-a"):$(eng logs "$ID-a")" "7:of etc" "/etc goes before the image, and a relative root is beside it"
is "$(inspect a Bundle)" "$etc/$ID-a" "it is used in place"
run eng start "$ID-b"
is "$rc:$(state b)" "0:running" "one of the image"
like "$(cat "$store/$ID-b/desired")" '^up [0-9a-f-]{36}$' "what is wanted of it is in the store"
nok "but not the definition" test -e "$store/$ID-b/config.json"
end "$(inspect b Pid)"
restarted() { [ "$(inspect b RestartCount)" = 1 ] && is_state b running; }
ok "its restart policy counts" soon restarted
run eng rm -f "$ID-b"
refused_with 125 "it is not removed" "$image/$ID-b is not removed: it is the system's"
is "$(state b)" running "and not stopped for that"
run eng define "$ID-b" --rootfs "$T/rootfs" -- true
refused_with 125 "its name is taken" "already defined"
run eng boot -n
has "$out" "$ID-b" "boot would bring it up"
eng stop "$ID-b"
is "$(inspect b ExitCode):$(wanted b)" "9:down" "it is stopped like any other"
rm -rf "$STATE/$ID-b"
is "$(inspect b ExitCode)" 9 "its last end outlives a reboot"
is "$(all $etc; all $image)" "$before" "nothing was written beside the definitions"
ln -s /dev/null "$etc/$ID-b"
run eng inspect "$ID-b"
refused_with 125 "masked afterwards it is not there any more" "does not exist"
rm "$etc/$ID-b"
echo '{' >"$image/$ID-b/config.json"
run eng start "$ID-b"
refused_with 125 "one that is damaged" "definition of $ID-b: config.json"
printf '{"ociVersion":"1.0.0","root":{"path":"/"},"linux":{"namespaces":[{"type":"mount"}]}}' >"$image/$ID-b/config.json"
for verb in start inspect attach; do
	run eng $verb "$ID-b"
	refused_with 125 "$verb of one that has no process" "definition of $ID-b: config.json: process: missing"
done
is "$(eng start "$ID-a" && eng wait "$ID-a")" 7 "does not keep another one from running"
run eng --store "$T/store" start "$ID-a"
isnt "$rc" 0 "another --store is a world without them"
eng cleanup "$ID-a"
rm -rf "${STATE:?}/$ID"-*
umount -l "$etc/$ID-a/rootfs" "$image/$ID-a/rootfs" "$image/$ID-b/rootfs" "$image/$ID-masked/rootfs"
finish
