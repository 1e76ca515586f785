#!/bin/sh
# libs.sh SRC OUT: libseccomp, libcap-ng and cJSON as static libraries, straight from their .c files
#
# CC, AR and CFLAGS come from the environment. Their own configure scripts take minutes per CPU and
# find out what is known here: Linux 5.10 or newer, its headers, one C library.
set -eu
src=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)

die() { echo "libs.sh: $*" >&2; exit 1; }

for t in ${CC%% *} gperf; do
	command -v "$t" > /dev/null || die "$t is not installed: 'make setup' as root on Debian gets all tools"
done
rm -rf "$out"
mkdir -p "$out/include" "$out/config/seccomp" "$out/config/capng"

# compile LIB CPPFLAGS FILE...: one archive from its sources, members in the order given.
compile() {
	lib=$1 flags=$2
	shift 2
	mkdir "$out/$lib"
	for f; do
		o=$out/$lib/$(basename "$f" .c).o
		$CC $CFLAGS -w "-ffile-prefix-map=$src=." "-ffile-prefix-map=$out=." $flags -c "$f" -o "$o" ||
			die "$lib: $f does not compile"
		set -- "$@" "$o"
		shift
	done
	$AR rcD "$out/lib$lib.a" "$@"
	rm -r "${out:?}/$lib"
}

# Debian patches libseccomp's table of system calls but not the perfect hash made from it.
seccomp=$src/libseccomp
(
	cd "$out/config/seccomp"
	bash "$seccomp/src/arch-gperf-generate" "$seccomp/src/syscalls.csv" "$seccomp/src/syscalls.perf.template"
	gperf -m 100 --null-strings --pic -tCEG -T -S1 syscalls.perf > syscalls.perf.c
)
LC_ALL=C awk -f "${0%/*}/syscalls.awk" "$seccomp/src/syscalls.csv" > "$out/include/seccomp_table.h"
echo '#define HAVE_LINUX_SECCOMP_H 1' > "$out/config/seccomp/configure.h"
cp "$seccomp/include/seccomp.h" "$seccomp/include/seccomp-syscalls.h" "$out/include/"
set --
for f in "$seccomp"/src/*.c; do
	case $f in
	*/arch-syscall-dump.c | */syscalls.perf.c) ;;
	*) set -- "$@" "$f" ;;
	esac
done
compile seccomp "-Umips -I$out/config/seccomp -I$out/include -I$seccomp/src" \
	"$@" "$out/config/seccomp/syscalls.perf.c"

capng=$src/libcap-ng/src
{
	echo '#define _GNU_SOURCE 1'
	for h in LINUX_CAPABILITY_H LINUX_MAGIC_H LINUX_SECUREBITS_H PTHREAD_H SYSCALL_H SYS_VFS_H SYS_XATTR_H; do
		echo "#define HAVE_$h 1"
	done
	for d in PR_CAP_AMBIENT VFS_CAP_REVISION_2 VFS_CAP_REVISION_3 CAP_EPOLLWAKEUP CAP_WAKE_ALARM \
		CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE; do
		echo "#define HAVE_DECL_$d 1"
	done
} > "$out/config/capng/config.h"
cp "$capng/cap-ng.h" "$out/include/"
# Its constructor asks the kernel eight questions at every start, of which scow needs none answered.
compile cap-ng "-Dconstructor=unused -I$out/config/capng -I$capng" "$capng/cap-ng.c" "$capng/lookup_table.c"

mkdir "$out/include/cjson"
cp "$src/cjson/cJSON.h" "$out/include/cjson/"
# scow's own conversion of numbers (src/base/decimal.c) is a tenth of the C library's.
compile cjson "-Dstrtod=decimal_double -I$out/include/cjson" "$src/cjson/cJSON.c"
touch "$out/.done"
