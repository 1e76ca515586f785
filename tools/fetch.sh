#!/bin/sh
# fetch.sh LOCK CACHE SRC
#
# Brings the Debian sources that LOCK pins into CACHE, checks every sum, and unpacks them, patched,
# into SRC/NAME. Nothing is downloaded when CACHE holds all files. Only the host's own Debian mirror
# is asked, through an apt state of our own: no file under /etc/apt or /var/lib/apt is touched.
#
#   LOCK --> missing files --> apt-get source (private state) --> sum checked --> CACHE --> SRC
set -eu
lock=$1 cache=$2 src=$3
me=fetch.sh

die() { echo "$me: $*" >&2; exit 1; }
sum_of() { sha256sum "$1" | cut -d' ' -f1; }
pinned() { awk -v f="$1" '$2 == f && length($1) == 64 { print $1 }' "$lock"; }
names() { awk '$1 == "source" { print $2 }' "$lock"; }
files_of() { awk -v n="$1" '$1 == "source" { on = $2 == n; next } on && NF == 2 { print $2 }' "$lock"; }
version_of() { awk -v n="$1" '$1 == "source" && $2 == n { print $3 }' "$lock"; }

# The host's own Debian entries as deb-src entries of the pinned suite, in either apt format.
write_sources() {
	suite=$(awk '$1 == "suite" { print $2 }' "$lock")
	code=$(. /etc/os-release && echo "${VERSION_CODENAME:-$suite}")
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$f" ] || continue
		awk -v c="$code" '$1 == "deb" {
			i = 2
			if ($2 ~ /^\[/) while (i < NF && $(i++) !~ /\]$/);
			s = $(i + 1)
			if (s !~ "^(" c "|stable)(-security|-updates)?(/updates)?$" || $(i + 2) != "main") next
			$1 = "deb-src"; for (j = i + 3; j <= NF; j++) $j = ""
			print
		}' "$f"
	done | sed "s/\\<$code\\>/$suite/" > "$apt/parts/host.list"
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		awk -v c="$code" 'BEGIN { RS = ""; FS = "\n" } {
			types = suites = main = 0
			for (i = 1; i <= NF; i++) {
				if ($i ~ /^Types:.*deb/) { $i = "Types: deb-src"; types = 1 }
				if ($i ~ /^Components:.* main( |$)/) { $i = "Components: main"; main = 1 }
				if ($i ~ "^Suites:.* (" c "|stable)(-| |/|$)") suites = 1
			}
			if (types && suites && main) { for (i = 1; i <= NF; i++) print $i; print "" }
		}' "$f"
		echo
	done | sed "/^Suites:/s/\\<$code\\>/$suite/g" > "$apt/parts/host.sources"
}

apt_get() {
	apt-get -q -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
		-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" \
		-o APT::Architectures::= -o Acquire::Languages=none -o Acquire::Retries=3 \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# An unpinned file never leaves the download folder.
take_pinned() {
	for f in $(files_of "$1"); do
		if [ ! -f "$cache/$f" ] && [ -f "$apt/down/$f" ]; then
			[ "$(sum_of "$apt/down/$f")" = "$(pinned "$f")" ] || die "$f from the mirror has sha256" \
				"$(sum_of "$apt/down/$f"), but $lock wants $(pinned "$f"): not used, nothing built"
			mv "$apt/down/$f" "$cache/$f"
		fi
	done
}

download() {
	command -v apt-get > /dev/null || die "put these files into $cache by hand (no apt-get here):$*"
	apt=$cache/apt
	rm -rf "$apt"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts" "$apt/down"
	: > "$apt/status"
	write_sources
	echo "fetching Debian sources:$*"
	apt_get update > "$apt/log" 2>&1 || true
	for n in $(names); do
		lost=
		for f in $(files_of "$n"); do [ -f "$cache/$f" ] || lost="$lost $f"; done
		[ -n "$lost" ] || continue
		(cd "$apt/down" && apt_get source --download-only "$n=$(version_of "$n")") >> "$apt/log" 2>&1 ||
			(cd "$apt/down" && apt_get source --download-only "$n") >> "$apt/log" 2>&1 || true
		take_pinned "$n"
	done
	for n in $(names); do
		for f in $(files_of "$n"); do
			[ -f "$cache/$f" ] && continue
			case $f in
			*.debian.tar.*)
				echo "$me: $f has left the mirror: $n is built from upstream's tarball," \
					"without Debian's patches"
				;;
			*)
				grep '^[EW]:' "$apt/log" | head -n 3 >&2
				die "cannot get $f: check the network, or put it into $cache by hand"
				;;
			esac
		done
	done
	rm -rf "$apt"
}

unpack() {
	dir=$src.new/$1
	mkdir -p "$dir"
	for f in $(files_of "$1"); do
		[ -f "$cache/$f" ] || continue
		case $f in
		*.orig.tar.*) tar --no-same-owner -xf "$cache/$f" -C "$dir" --strip-components=1 ;;
		*.debian.tar.*) tar --no-same-owner -xf "$cache/$f" -C "$dir" ;;
		esac
	done
	[ -f "$dir/debian/patches/series" ] || return 0
	sed 's/[ \t]*#.*//; /^[ \t]*$/d' "$dir/debian/patches/series" | while read -r p; do
		patch -s -d "$dir" -p1 -i "debian/patches/$p" || die "$1: Debian's patch $p does not apply"
	done
}

for t in patch xz; do
	command -v $t > /dev/null || die "$t is not installed: 'make setup' as root on Debian gets all tools"
done
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
exec 9> "$cache/lock"
flock 9

missing=
for n in $(names); do
	for f in $(files_of "$n"); do
		if [ ! -f "$cache/$f" ]; then missing="$missing $f"; continue; fi
		[ "$(sum_of "$cache/$f")" = "$(pinned "$f")" ] ||
			die "$cache/$f has sha256 $(sum_of "$cache/$f"), but $lock wants $(pinned "$f"):" \
				"delete the file or correct the pin"
	done
done
[ -z "$missing" ] || download "$missing"

rm -rf "$src.new"
for n in $(names); do unpack "$n"; done
rm -rf "$src"
mv "$src.new" "$src"
touch "$src/.done"
