#!/bin/sh
# power_guest.sh [check]: inside the machine of power.sh. Says what the last cut has left on the disk,
# takes it away by ordinary commands, and makes, moves and removes containers until the next cut;
# with "check" it ends before that. A line each:
#
#   found NAME VERSION WANTED END ARTIFACT    "-": there is none; VERSION "-": nor the container
#   begin NAME VERB VERSION                   and, when that has succeeded,
#   done NAME VERB VERSION
#   wrong TEXT                                a command that failed, something that is left over
store=/var/lib/scow
mkdir -p $store /tmp/root/bin /tmp/root/proc /tmp/root/dev /tmp/root/sys
cp /bin/busybox /tmp/root/bin/sh && ln /tmp/root/bin/sh /tmp/root/bin/sleep
# What nobody has asked to be on the disk is not there: no early commits, and no care of the file
# system's for who renames without fsync.
mount -t ext4 -o commit=300,noauto_da_alloc /dev/vda $store || echo "wrong: there is no disk"

wrong() { echo "wrong: $* $(tr '\n' ' ' < /tmp/said)"; }
member() { sed -n "s/.*\"$1\": \"*\([^\",]*\)\"*,*\$/\1/p" /tmp/inspect; }

# look NAME: an artifact is one word, 3000 times
look() {
	version=- wanted=- end=- artifact=-
	if scow inspect "$1" > /tmp/inspect 2> /tmp/said; then
		version=$(sed -n 's/.*"V=\([0-9]*\)".*/\1/p' "$store/$1/config.json")
		read -r wanted rest 2> /tmp/said < "$store/$1/desired"
		[ "$(member Status)" != exited ] || end=$(member ExitCode):$(member Reason)
		[ -z "$(scow artifact ls "$1")" ] || artifact=$(scow artifact get "$1" k | uniq -c | tr -s ' ' :)
	elif ! grep -q "does not exist" /tmp/said; then
		wrong "inspect $1:"
	fi
	echo "found $1 ${version:-?} ${wanted:--} ${end:-?} ${artifact#:3000:}"
}

act() { # NAME VERB VERSION
	case $2 in
	define)
		case $1 in
		long) scow define --restart always --stop-signal KILL --rootfs /tmp/root -e "V=$3" "$1" -- sleep 1000 ;;
		short) scow define --rootfs /tmp/root -e "V=$3" "$1" -- sh -c 'exit 5' ;;
		esac ;;
	run) scow start "$1" && scow wait "$1" ;;
	kill) scow kill "$1" KILL && scow wait "$1" ;;
	add) yes "$3" | head -n 3000 | scow artifact add "$1" k - ;;
	drop) scow artifact rm "$1" k ;;
	rm) scow rm -f -t 0 "$1" ;;
	*) scow "$2" "$1" ;;
	esac > /tmp/said 2>&1
}
step() {
	echo "begin $*"
	if act "$@"; then echo "done $*"; else wrong "$*:"; fi
}

look long
look short
scow list > /tmp/said 2>&1 || wrong list:
scow boot --once > /tmp/said 2>&1 || wrong boot:
for name in long short; do
	[ ! -e $store/$name/config.json ] || step $name rm
	scow define --rootfs /tmp/root $name -- true > /tmp/said 2>&1 && scow rm $name > /tmp/said 2>&1 ||
		wrong "$name again:"
done
left=$(ls -A $store /run/scow | grep -v -e lost+found -e '^events' -e ':$' -e '^$')
[ -z "$left" ] || echo "wrong: left over:" $left
version=0
while [ "${1-}" != check ]; do
	version=$((version + 1))
	step long define $version
	step long start
	step long add $version
	step short define $version
	step short run
	step long stop
	step short add $version
	step long start
	step long add $((version + 1000))
	step long kill
	step short rm
	step long drop
	step long rm
done
