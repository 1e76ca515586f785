#!/bin/sh
# Shows that root of a user namespace, with every capability in it, cannot take apart what the host
# mounted for it: it sees nothing below a mount, and clears no flag; and that the mounts are otherwise
# what was asked for.
. "${0%/*}/lib.sh"

map='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],
	"gidMappings":[{"containerID":0,"hostID":100000,"size":1000}]'
user_ns="$default_namespaces,{\"type\":\"user\"}"
chmod 755 "$T" "$T/rootfs"
mkdir -p "$T/src/sub" "$T/ro" "$T/noexec" "$T/rootfs/mnt" "$T/rootfs/v" "$T/rootfs/r" "$T/rootfs/below" \
	"$T/rootfs/tmp"
echo secret >"$T/src/sub/covered"
echo secret >"$T/rootfs/below/covered"
chmod 777 "$T/src" "$T/src/sub" "$T/ro"
mount -t tmpfs cover "$T/src/sub"
mount -t tmpfs cover "$T/rootfs/below"
mount -t tmpfs -o mode=777 ro "$T/ro" && mount -o remount,bind,ro,nosuid,nodev,noexec "$T/ro"
touch "$T/file" "$T/rootfs/f"
chmod 666 "$T/file"

# admin SCRIPT [WORD=VALUE...]: as root of the user namespace, with CAP_SYS_ADMIN
admin() {
	script=$1
	shift
	try cmd="$script" caps='"CAP_SYS_ADMIN","CAP_DAC_OVERRIDE"' namespaces="$user_ns" "$@"
}
b() { # DESTINATION SOURCE OPTIONS
	printf '{"destination":"%s","type":"bind","source":"%s","options":[%s]}' "$1" "$2" "$3"
}

admin 'umount /v/sub; umount -l /v/sub; ls -A /v/sub /below; umount /below; umount -l /below; ls -A /below' \
	linux="$map" mounts="$(b /v "$T/src" '"rbind"')"
unlike "$out" covered "what a mount below a bind or the root covers stays covered"
is "$(printf '%s\n' "$err" | grep -c 'Invalid argument')" 4 "the mounts below cannot be removed"
admin 'mount --bind /v /mnt && echo bound; mount --rbind /v /mnt && ls -A /mnt /mnt/sub' linux="$map" \
	mounts="$(b /v "$T/src" '"rbind"')"
is "$rc:$out" "0:/mnt:
sub

/mnt/sub:" "nor left out by a bind of the top alone"
admin 'umount -l /v && echo removed' linux="$map" mounts="$(b /v "$T/src" '"rbind"')"
if grep -q '^[^ ]* [^ ]* [^ ]* / / .* - rootfs ' /proc/self/mountinfo; then
	is "$rc:$out" "1:" "not even the whole may be removed: on an initramfs all is locked"
else
	is "$rc:$out" "0:removed" "the whole may be removed"
fi

for option in '"rbind"' '"bind","rprivate"'; do
	admin 'mount -o remount,bind,rw none /r; touch /r/x' linux="$map" mounts="$(b /r "$T/ro" "$option")"
	like "$err" 'Read-only file system' "$option of a read-only mount"
done
admin 'touch /r/x && echo done' linux="$map" mounts="$(b /r "$T/ro" '"rbind","rw"')"
is "$out" "done" "unless the configuration says rw"

admin 'for o in rw,nosuid,nodev ro,nodev,noexec ro,nosuid,noexec ro,nosuid,nodev; do
	mount -o remount,bind,$o none /r 2>/dev/null; done; sed -n "s/.* \/r \([^ ]*\) .*/\1/p" /proc/self/mountinfo' \
	linux="$map" mounts="$(b /r "$T/ro" '"rbind"')"
like "$rc:$out" '^0:ro,nosuid,nodev,noexec,relatime$' "no flag of the host's can be cleared"
try mounts="{\"destination\":\"/v\",\"type\":\"bind\",\"source\":\"$T/src\",\"options\":[\"bind\",\"idmap\"],$(
	echo "$map" | sed 's/:1000}/:9}/g')}"
case $err in
*"needs Linux 5.12"*) skip 1 "before Linux 5.12 flags come too late to be kept" ;;
*)
	admin 'mount -o remount,bind,rw none /v; touch /v/x && echo v; mount -o remount,bind,rw none /f
		echo x >/f && echo f; echo end' linux="$map" mounts="$(b /v "$T/src" '"rbind","ro"'),$(b /f "$T/file" '"bind","ro"')"
	is "$out" end "nor those that the configuration asks for"
	;;
esac
umount "$T/rootfs/below" "$T/ro"

# what was asked for is there nevertheless
mount --make-shared "$T/src/sub"
propagation() {
	printf '%s\n' "$out" | sed -n "s,.* $1 [^ ]* \(.*\) - .*,\1,p"
}
for pair in '"rshared":shared:[0-9]+ master:[0-9]+' '"shared":shared:[0-9]+ master:[0-9]+' '"rslave":master:[0-9]+' \
	'"rprivate":' '"runbindable":unbindable' '"unbindable":unbindable'; do
	try cmd='cat /proc/self/mountinfo' namespaces="$user_ns" linux="\"rootfsPropagation\":\"shared\",$map" \
		mounts="$(b /v "$T/src/sub" "\"rbind\",${pair%%:*}")"
	like "$rc:$(propagation /v)" "^0:${pair#*:}\$" "${pair%%:*}"
done
for pair in '"ro","noatime":ro,noatime' '"nosuid","strictatime":rw,nosuid' '"nodev","nodiratime":rw,nodev,nodiratime,relatime' \
	'"noexec","nosymfollow":rw,noexec,relatime,nosymfollow'; do
	try cmd='cat /proc/self/mountinfo' namespaces="$user_ns" linux="$map" \
		mounts="$(b /v "$T/src/sub" "\"rbind\",${pair%%:*}")"
	is "$rc:$(printf '%s\n' "$out" | sed -n 's,.* /v \([^ ]*\) .*,\1,p')" "0:${pair#*:}" "${pair%%:*}"
done
try cmd='sed -n "s,.* / / \([^ ,]*\)[ ,].*,\1,p" /proc/self/mountinfo; echo; touch /x' readonly=true \
	namespaces="$user_ns" linux="$map,\"maskedPaths\":[\"/mnt\",\"/proc/kcore\"],\"readonlyPaths\":[\"/v\"]"
like "$err" 'Read-only file system' "a read-only root, masks and read-only paths"
umount "$T/src/sub"
try cmd='ls /mnt /mnt/in /mnt/in/sub/deep; ls -A /tmp' namespaces="$user_ns" linux="$map" \
	mounts="$(b /tmp/hidden "$T/src" '"rbind"'),{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"t\"},
	{\"destination\":\"/mnt\",\"type\":\"tmpfs\",\"source\":\"t\"},$(b /mnt/in "$T/src" '"rbind"'),
	{\"destination\":\"/mnt/in/sub\",\"type\":\"tmpfs\",\"source\":\"t\"},$(b /mnt/in/sub/deep "$T/src" '"bind"')"
is "$rc:$out" "0:/mnt:
in

/mnt/in:
sub

/mnt/in/sub/deep:
sub" "mounts are made in their order, a later one over an earlier one"
finish
