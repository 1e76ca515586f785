#!/bin/sh
# repro.sh: builds this machine's binary from two copies of the tree, in folders, time zones, locales
# and file modes that differ, and compares the bytes. Sources come from the cache; all is compiled anew.
set -eu
cd "$(dirname "$0")/.."
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
cache=$(cd "${SCOW_CACHE:-build/cache}" && pwd)

copy() {
	mkdir -p "$top/$1"
	tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$top/$1"
}
build() {
	make -C "$top/$1" -j"$(nproc)" SCOW_CACHE="$cache" > "$top/log" 2>&1 || { tail "$top/log" >&2; exit 1; }
	sum=$(sha256sum "$top/$1"/build/*/scow | cut -d' ' -f1)
	echo "$sum  built in $top/$1"
}

copy a
copy a-much-longer-name-of-a-folder
(umask 022; TZ=UTC LC_ALL=C build a; echo "$sum" > "$top/first")
(umask 077; TZ=Asia/Tokyo LC_ALL=C.UTF-8 build a-much-longer-name-of-a-folder; echo "$sum" > "$top/second")
cmp "$top/first" "$top/second" || { echo "repro.sh: two folders gave different bytes" >&2; exit 1; }
echo "the same bytes from two folders"
