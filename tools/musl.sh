#!/bin/sh
# musl.sh GNU SRC OUT: a static musl for the compiler GNU-gcc, from the unpacked source SRC into OUT
#
#   OUT/include    musl's headers          OUT/kernel   linux/ asm/ asm-generic/ of linux-libc-dev
#   OUT/lib        libc.a and crt files    OUT/musl.specs   makes GNU-gcc use only these
#
# The start file of static-PIE learns packed relative relocations (DT_RELR, in musl since 1.2.4): our
# tables of names and functions have two thousand, of 24 bytes each when they are not packed.
#
# The specs serve static links alone: static-PIE unless -static or -no-pie is given. musl-gcc as
# Debian ships it has no kernel headers and makes a dynamic binary out of -static-pie.
set -eu
gnu=$1 src=$2
mkdir -p "$3"
out=$(cd "$3" && pwd)
src=$(cd "$src" && pwd)

die() { echo "musl.sh: $*" >&2; exit 1; }

command -v "$gnu-gcc" > /dev/null ||
	die "$gnu-gcc is not installed: give CC, or 'make setup' as root on Debian gets all tools"

for inc in "/usr/$gnu/include" /usr/include; do
	[ -d "$inc/linux" ] && break
done
asm=$inc/asm
[ -d "$asm" ] || asm=$inc/$gnu/asm
[ -d "$inc/linux" ] && [ -d "$asm" ] || die "no kernel headers for $gnu (linux-libc-dev): run 'make setup'"
rm -rf "$out/kernel" "$out/obj" "$out/src"
mkdir -p "$out/kernel" "$out/obj"
cp -r "$src" "$out/src"
awk '/stage2_func dls2;/ {
	found = 1
	print "\tsize_t relr = 0, relr_size = 0, *at = 0;"
	print "\tfor (i=0; dynv[i]; i+=2) {"
	print "\t\tif (dynv[i]==36) relr = base + dynv[i+1];"
	print "\t\tif (dynv[i]==35) relr_size = dynv[i+1];"
	print "\t}"
	print "\t/* an even word is an address, the bits of an odd one are the words behind it */"
	print "\tfor (; relr_size; relr_size-=sizeof(size_t), relr+=sizeof(size_t)) {"
	print "\t\tsize_t bits = *(size_t *)relr;"
	print "\t\tif (bits & 1) {"
	print "\t\t\tfor (i=0; bits>>=1; i++) if (bits & 1) at[i] += base;"
	print "\t\t\tat += 8*sizeof(size_t) - 1;"
	print "\t\t} else {"
	print "\t\t\tat = (void *)(base + bits);"
	print "\t\t\t*at++ += base;"
	print "\t\t}"
	print "\t}"
}
{ print }
END { exit !found }' "$src/ldso/dlstart.c" > "$out/src/ldso/dlstart.c" || die "musl's start file is not the one we know"
src=$out/src
cp -rL "$inc/linux" "$inc/asm-generic" "$asm" "$out/kernel/"

# Variables from scow's own make command line (ARCH, CFLAGS ...) are not meant for musl's Makefile.
MAKEFLAGS=${MAKEFLAGS:-}
case $MAKEFLAGS in *' -- '*) MAKEFLAGS=${MAKEFLAGS%% -- *} ;; esac
export MAKEFLAGS
unset ARCH CPPFLAGS LDFLAGS LIBCC CROSS_COMPILE PREFIX DESTDIR
machine=$(echo "$gnu" | sed 's/-linux-.*//')
case $gnu in *eabihf) machine=armhf ;; esac
if ! (
	cd "$out/obj"
	CC=$gnu-gcc AR=$gnu-gcc-ar RANLIB=$gnu-gcc-ranlib \
		CFLAGS="-Os -ffunction-sections -fdata-sections -ffile-prefix-map=$src=musl" \
		"$src/configure" --target="$machine-linux-musl" --prefix="$out" \
		--disable-shared --disable-wrapper
	${MAKE:-make} install
) > "$out/log" 2>&1; then
	tail -n 5 "$out/log" >&2
	die "musl does not build for $gnu; the whole output is in $out/log"
fi
rm -rf "$out/obj" "$out/src"

inc="-nostdinc -isystem $out/include -isystem $out/kernel -isystem include%s"
cat > "$out/musl.specs" << S
%rename cpp_options old_cpp_options
*cpp_options:
$inc %(old_cpp_options)

*cc1:
%(cc1_cpu) $inc

*link_libgcc:
-L$out/lib -L .%s

*libgcc:
libgcc.a%s

*lib:
-lc

*startfile:
%{static|no-pie:$out/lib/crt1.o;:$out/lib/rcrt1.o} $out/lib/crti.o %{static|no-pie:crtbeginT.o%s;:crtbeginS.o%s}

*endfile:
%{static|no-pie:crtend.o%s;:crtendS.o%s} $out/lib/crtn.o

*link:
-nostdlib -static %{static|no-pie:;:-pie --no-dynamic-linker -z text} --build-id=none

*esp_link:


*esp_options:


*esp_cpp_options:


S
