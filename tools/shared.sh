#!/bin/sh
# shared.sh BUILD: what a distribution builds, a dynamic binary on the system's libraries, against glibc
# and against musl. Both run the unit tests. `make check-shared` calls it.
set -eu
cd "$(dirname "$0")/.."
make=${MAKE:-make}
b=$1

try() {
	name=$1
	shift
	$make LINK=shared B="build/shared-$name" "$@" all unit
	LC_ALL=C readelf -dW "build/shared-$name/scow" | grep NEEDED
	tools/harden.sh -s "build/shared-$name/scow"
	"build/shared-$name/scow" --version
	tap=build/shared-$name/unit.tap
	"build/shared-$name/scow-unit" > "$tap" || { grep -v '^ok' "$tap"; exit 1; }
	tail -n 1 "$tap"
}

$make "$b/musl/musl.specs"
try glibc CC=gcc SYSDEPS=1
# Debian's musl-gcc has no kernel headers, and libraries for glibc only.
try musl CC=musl-gcc SYSDEPS=0 CPPFLAGS="-idirafter $(pwd)/$b/musl/kernel"
