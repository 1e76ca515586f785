#!/bin/sh
# Shows each mount option of the specification by its effect, on a new tmpfs, on a bind, and the
# recursive ones on what lies below; and that `features` lists no word that is not shown here. One
# container has all these mounts.
. "${0%/*}/lib.sh"

mkdir "$T/src" "$T/src/sub" "$T/off" "$T/off/sub"
mount -t tmpfs sub "$T/src/sub"
mount -t tmpfs off "$T/off/sub"
mount -o remount,bind,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow,ro "$T/off/sub" 2>/dev/null ||
	mount -o remount,bind,nosuid,nodev,noexec,noatime,nodiratime,ro "$T/off/sub"

# WORDS TYPE [+-]OPTION...: a mount with these words, and what its line in mountinfo is to have (+) and
# not to have (-); with a slash in front: the line of the mount below it. Words that do nothing that
# can be seen stand beside one that does.
cat >"$T/rows" <<'END'
ro tmpfs +ro
ro,rw tmpfs -ro
rw,ro tmpfs +ro
nosuid tmpfs +nosuid
nosuid,suid tmpfs -nosuid
nodev tmpfs +nodev
nodev,dev tmpfs -nodev
noexec tmpfs +noexec
noexec,exec tmpfs -noexec
noatime tmpfs +noatime
noatime,atime tmpfs -noatime
noatime,relatime tmpfs +relatime -noatime
nodiratime tmpfs +nodiratime
nodiratime,diratime tmpfs -nodiratime
nosymfollow tmpfs +nosymfollow
nosymfollow,symfollow tmpfs -nosymfollow
strictatime tmpfs -relatime -noatime
strictatime,norelatime,nostrictatime tmpfs +relatime
sync tmpfs +sync
sync,async tmpfs -sync
dirsync tmpfs +dirsync
lazytime tmpfs +lazytime
lazytime,nolazytime tmpfs -lazytime
nodev,defaults,silent,loud,iversion,noiversion,mand,nomand tmpfs +nodev
nodev,silent tmpfs +nodev
nodev,iversion tmpfs +nodev
nodev,mand tmpfs +nodev
bind,ro src +ro
bind,nosuid src +nosuid
bind,nodev src +nodev
bind,noexec src +noexec
bind,noatime src +noatime
bind,nodiratime src +nodiratime
bind,nosymfollow src +nosymfollow
bind,relatime src +relatime
rbind,strictatime src -relatime -noatime /+relatime
rbind,ro,nosuid,nodev,noexec,noatime,nodiratime src +ro /-ro /-nosuid /-nodev /-noexec /-noatime /-nodiratime
rbind,rro src +ro /+ro
rbind,rnosuid src +nosuid /+nosuid
rbind,rnodev src +nodev /+nodev
rbind,rnoexec src +noexec /+noexec
rbind,rnoatime src +noatime /+noatime
rbind,rnodiratime src +nodiratime /+nodiratime
rbind,rnosymfollow src +nosymfollow /+nosymfollow
rbind,rrelatime off +relatime /+relatime
rbind,rstrictatime src -relatime /-relatime /-noatime
rbind,rro,rw src -ro /+ro
rbind,rro,rrw,rnorelatime,rnostrictatime src -ro /-ro
rbind off /+ro /+nosuid /+nodev /+noexec /+noatime /+nodiratime
rbind,rrw off /-ro /+nosuid
rbind,rsuid off /-nosuid /+nodev
rbind,rdev off /-nodev
rbind,rexec off /-noexec
rbind,ratime off /-noatime
rbind,rdiratime off /-nodiratime
rbind,rsymfollow off /-nosymfollow
END
mounts=$(awk -v T="$T" '{
	split($1, word, ","); words = ""
	for (i = 1; i in word; i++) words = words (i > 1 ? "," : "") "\"" word[i] "\""
	printf "%s{\"destination\":\"/tmp/m%d\",\"type\":\"%s\",\"source\":\"%s\",\"options\":[%s]}", (NR > 1 ? "," : ""),
		NR, ($2 == "tmpfs" ? "tmpfs" : "none"), ($2 == "tmpfs" ? "t" : T "/" $2), words }' "$T/rows")
try cmd='cat /proc/self/mountinfo' mounts="$mounts"
is "$rc:$err" "0:" "all at once"
# options DEST: those of the mount and of its file system, with a comma around
options() {
	printf '%s\n' "$out" | awk -v dest="$1" '$5 == dest { last = $6 "," $NF } END { print "," last "," }'
}
n=0
while read -r words type wanted; do
	n=$((n + 1)) wrong='' at='' below=''
	at=$(options "/tmp/m$n")
	below=$(options "/tmp/m$n/sub")
	for want in $wanted; do
		case $want in /*) have=$below ;; *) have=$at ;; esac
		name=${want#/}
		case $name$have in
		-*",${name#-},"*) wrong="$wrong $want" ;;
		-*) ;;
		+*",${name#+},"*) ;;
		*) wrong="$wrong $want" ;;
		esac
	done
	is "$wrong" "" "$words on $type: $wanted" || note "it has $at and below $below"
done <"$T/rows"
umount "$T/src/sub" "$T/off/sub"

# words that other tests show: propagation.t, mounts.t, idmap.t
shown=" $(cut -d' ' -f1 "$T/rows" | tr ',\n' '  ') private rprivate shared rshared slave rslave \
unbindable runbindable remount tmpcopyup idmap ridmap "
missing=''
for word in $(flat "$(scow features)" | sed 's/.*"mountOptions":\[\([^]]*\)\].*/\1/; s/[",]/ /g'); do
	case $shown in
	*" $word "*) ;;
	*) missing="$missing $word" ;;
	esac
done
is "$missing" "" "features lists no word that is not shown"
has "$(flat "$(scow features)")" '"mountOptions":["async"' "features has a list"

# what a tmpfs gets without being told
mkdir -m 1777 "$T/rootfs/sticky"
mkdir -m 0710 "$T/rootfs/narrow"
t() {
	printf '{"destination":"%s","type":"tmpfs","source":"t","options":[%s]}' "$1" "${2-}"
}
umask 077
try cmd='stat -c "%a %n" /sticky /narrow /made /told /up' \
	mounts="$(t /sticky),$(t /narrow),$(t /made),$(t /told '"mode=0700"'),$(t /up '"tmpcopyup","mode=1777"')"
is "$rc:$out" "0:1777 /sticky
710 /narrow
1777 /made
700 /told
1777 /up" "its mode is that of the directory, 1777 where none was, or what it is told"

# dangling symlinks on the way are followed inside of the root, and what they name is made
ln -s /a/b "$T/rootfs/dangling"
ln -s c/d "$T/rootfs/relative"
echo data >"$T/file"
try cmd='cat /a/b/file /c/d; stat -c %a /a /a/b' \
	mounts="{\"destination\":\"/dangling/file\",\"type\":\"bind\",\"source\":\"$T/file\",\"options\":[\"bind\"]},
	{\"destination\":\"/relative\",\"type\":\"bind\",\"source\":\"$T/file\",\"options\":[\"bind\"]}"
is "$rc:$out" "0:data
data
755
755" "targets behind dangling symlinks"
finish
