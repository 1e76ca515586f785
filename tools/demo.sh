#!/bin/sh
# demo.sh BINARY: a busybox root file system, a bundle, and a container's whole life, with real output
set -eu
cd "$(dirname "$0")/.."
binary=$1
PATH=$(cd "$(dirname "$binary")" && pwd):$PATH
[ "$(id -u)" = 0 ] || { echo "demo.sh: containers need root, please run me as root" >&2; exit 1; }

id=demo-$$
bundle=$(mktemp -d)
clean_up() {
	scow delete --force $id > /dev/null 2>&1 || true
	rm -rf "$bundle"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

bold='' green='' plain=''
[ ! -t 1 ] || { bold=$(printf '\033[1m'); green=$(printf '\033[32m'); plain=$(printf '\033[0m'); }
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
# The command as a person would type it, then what it prints.
do_it() {
	printf '%s$%s' "$green" "$plain"
	for word; do
		case $word in
		*[!A-Za-z0-9_./=:-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	echo
	"$@"
}
until_status() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		scow state $id | grep -q "\"status\": *\"$1\"" && return 0
		sleep 0.1
	done
	echo "demo.sh: the container did not become $1" >&2
	return 1
}

say "One static binary"
do_it ls -l "$binary"
do_it scow --version

say "A root file system: one busybox and its names"
do_it mkdir -p "$bundle/rootfs/bin"
do_it cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
echo "$ busybox --list, each one a link to busybox"
for applet in $(busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$bundle/rootfs/bin/$applet"
done
for dir in dev etc proc root sys tmp; do mkdir "$bundle/rootfs/$dir"; done
echo 'root:x:0:0:root:/root:/bin/sh' > "$bundle/rootfs/etc/passwd"

say "A bundle: its config.json as scow spec writes it, with a program of our own"
do_it cd "$bundle"
do_it scow spec
sed -i -e 's/"terminal": *true/"terminal": false/' \
	-e 's|"sh"|"sh", "-c", "echo I am process $$ on $(hostname), and I wait; sleep 1000"|' config.json
do_it grep '"sh"' config.json

say "Create: all is set up, the program has not begun"
do_it scow create $id
do_it scow state $id

say "Start: the first line is the program's own"
do_it scow start $id
sleep 0.5
do_it scow list
do_it scow exec $id ps

say "Kill and delete"
do_it scow kill $id KILL
until_status stopped
do_it scow state $id
do_it scow delete $id

say "And in one go, without a config.json: the last words are the container's"
do_it scow run --rootfs "$bundle/rootfs" $id -- sh -c \
	'uname -sm; id; grep -c . /proc/mounts; echo /dev/*; echo "hello from a container"'
