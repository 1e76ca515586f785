#!/bin/sh
# fetch.sh CPU CACHE
#
# Brings Debian's kernel and static busybox for CPU into CACHE/CPU as .deb files; nothing is
# installed. What is there already is taken. Only the host's own Debian mirror is asked, through an
# apt state of our own, which knows one architecture and the main suite: a mirror's security index
# of a foreign architecture may be broken, and no test depends on it.
set -eu
. "${0%/*}/cpu.sh"
cpu "$1"
cache=$2/$1
apt=$cache/apt

die() { echo "fetch.sh: $*" >&2; exit 1; }
have() { set -- "$cache"/$1_*.deb; [ -f "$1" ]; }
complete() { have 'linux-image-*' && have busybox-static; }

# The host's own Debian entries, of the main suite alone, in either apt format.
write_sources() {
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$f" ] || continue
		sed -nE "s/^deb[ \t]+/deb /; s/([[ ])arch(itectures)?=[^] ]*/\1/
			/^deb (\[[^]]*\] *)?[^ ]+[ \t]+($suite|stable)[ \t]+main/p" "$f"
	done > "$apt/parts/host.list"
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		awk -v s="$suite" 'BEGIN { RS = ""; FS = "\n" } {
			types = suites = main = 0
			for (i = 1; i <= NF; i++) {
				if ($i ~ /^Types:.*deb( |$)/) { $i = "Types: deb"; types = 1 }
				if ($i ~ /^Components:.* main( |$)/) { $i = "Components: main"; main = 1 }
				if ($i ~ /^Architectures:/) $i = "X-Ours: 1"
				if ($i ~ "^Suites:(.* )?(" s "|stable)( |$)") { $i = "Suites: " s; suites = 1 }
			}
			if (types && suites && main) { for (i = 1; i <= NF; i++) print $i; print "" }
		}' "$f"
		echo
	done > "$apt/parts/host.sources"
	cat "$apt"/parts/host.* | grep -q . || die "no Debian mirror for $suite in /etc/apt"
}

ours() {
	program=$1
	shift
	"$program" -q -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
		-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" \
		-o APT::Architecture="$deb_arch" -o APT::Architectures="$deb_arch" \
		-o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::http::Timeout=60 \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

download() {
	command -v apt-get > /dev/null || die "no apt-get here: put linux-image-*.deb and" \
		"busybox-static_*.deb of Debian $deb_arch into $cache by hand"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts" "$apt/down"
	: > "$apt/status"
	write_sources
	echo "fetching Debian's $kernel_package and busybox-static of $deb_arch"
	ours apt-get update > "$apt/log" 2>&1 || true
	kernel=$(ours apt-cache show "$kernel_package" |
		sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -n 1)
	[ -n "$kernel" ] && (cd "$apt/down" && ours apt-get download "$kernel" busybox-static) \
		>> "$apt/log" 2>&1 || {
		grep '^[EW]:' "$apt/log" | head -n 5 >&2
		die "cannot get $kernel_package and busybox-static of $deb_arch: check the network"
	}
	mv "$apt/down"/*.deb "$cache/"
}

mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
apt=$cache/apt
exec 9> "$cache/lock"
flock 9
complete && exit 0
rm -rf "$apt"
download
rm -rf "$apt"
complete || die "the packages of $deb_arch are not in $cache"
