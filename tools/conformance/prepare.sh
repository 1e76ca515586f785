#!/bin/sh
# prepare.sh KIND DIR WORK: makes what the suite in DIR needs to run, each thing once. KIND is runc
# or crun. What cannot be made is said, and the tests that need it will fail.
#
#   runc  the helper programs, from their Go sources by Debian's Go and packages
#         the busybox and Debian roots that its get-images.sh would download: from this machine's
#         programs, put there by a curl of ours that it finds first
#   crun  tests/init, static
#   both  WORK/bin/crun, which does not die where limits cannot be raised, and WORK/bin/runc, which
#         takes the command lines of crun's suite
set -eu
kind=$1 suite=$(cd "$2" && pwd) work=$3
mkdir -p "$work"
work=$(cd "$work" && pwd)

note() { echo "prepare.sh: $*" >&2; }

# helper DIR: one Go program, by the suite's own vendored packages or else by Debian's
helper() {
	name=$(basename "$1")
	[ ! -x "$1/$name" ] || return 0
	mkdir -p "$work/go/src/github.com/opencontainers"
	ln -sfn "$suite" "$work/go/src/github.com/opencontainers/runc"
	below=${1#"$suite"/}
	export GOCACHE="$work/go-cache" GOFLAGS='' GOTOOLCHAIN=local
	if [ -d "$suite/vendor" ] && (cd "$1" && GO111MODULE=on GOFLAGS=-mod=vendor \
		go build -p 2 -tags seccomp -o "$name" .) >"$work/$name.log" 2>&1; then
		return 0
	fi
	(cd "$work/go/src/github.com/opencontainers/runc/$below" && GO111MODULE=off \
		GOPATH="$work/go:/usr/share/gocode" go build -p 2 -tags seccomp -o "$name" .) \
		>>"$work/$name.log" 2>&1 && return 0
	# A newer suite may need a newer Go; the programs of the older one do the same.
	old=${OTHER_HELPERS:-}/$name/$name
	[ -x "$old" ] && cp "$old" "$1/$name" && note "$name is the older suite's" && return 0
	note "$name could not be built: $(tail -n 1 "$work/$name.log")"
}

# Without /proc and /sys: tests make links there.
busybox_root() {
	root=$work/busybox
	rm -rf "$root"
	for dir in bin dev etc home root tmp usr/bin usr/sbin var/spool/mail; do
		mkdir -p "$root/$dir"
	done
	cp "$(command -v busybox)" "$root/bin/busybox"
	"$root/bin/busybox" --install "$root/bin"
	chmod 1777 "$root/tmp"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1:daemon:/usr/sbin:/bin/false \
		nobody:x:65534:65534:nobody:/home:/bin/false >"$root/etc/passwd"
	printf '%s\n' root:x:0: daemon:x:1: nobody:x:65534: >"$root/etc/group"
	tar -C "$root" -cf "$1" .
}

# The programs of this machine's own packages, and the libraries that these load.
debian_root() {
	root=$work/debian
	rm -rf "$root"
	mkdir -p "$root"
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root"
	for dir in dev etc home proc root run sys tmp usr/bin usr/sbin usr/lib64 var/cache/ldconfig; do
		mkdir -p "$root/$dir"
	done
	dpkg -L bash coreutils dash findutils gawk grep hostname libc-bin mawk mount procps sed util-linux |
		grep -E '^(/usr)?/s?bin/' | while read -r file; do
		[ -f "$file" ] && [ -x "$file" ] && echo "$file"
	done >"$work/programs"
	# shellcheck disable=SC2046
	ldd $(cat "$work/programs") 2>/dev/null | grep -oE '/[^ ]*\.so[^ ]*' | sort -u >"$work/libraries"
	cat "$work/programs" "$work/libraries" | while read -r file; do
		[ -e "$file" ] || continue
		case $file in /usr/*) to=$root$file ;; *) to=$root/usr$file ;; esac
		mkdir -p "${to%/*}"
		cp "$file" "$to"
	done
	ln -sf bash "$root/usr/bin/sh"
	cp /etc/passwd /etc/group /etc/ld.so.conf "$root/etc/"
	cp -r /etc/ld.so.conf.d "$root/etc/"
	chmod 1777 "$root/tmp"
	tar -C "$root" -cf "$1" .
}

images() {
	[ -s "$work/busybox.tar" ] || busybox_root "$work/busybox.tar"
	[ -s "$work/debian.tar" ] || debian_root "$work/debian.tar"
	mkdir -p "$work/curl"
	cat >"$work/curl/curl" <<-END
	#!/bin/sh
	while [ \$# -gt 0 ]; do
		case \$1 in
		-o) to=\$2; shift ;;
		*busybox*) from=$work/busybox.tar ;;
		*debian*) from=$work/debian.tar ;;
		esac
		shift
	done
	exec cp "\$from" "\$to"
	END
	chmod +x "$work/curl/curl"
	PATH=$work/curl:$PATH "$suite/tests/integration/get-images.sh" >/dev/null ||
		note "the images could not be made"
}

# Debian's crun asks for more locked memory than it may have here, and fails.
patient_crun() {
	mkdir -p "$work/bin"
	cat >"$work/limit.c" <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <sys/resource.h>
	int setrlimit(__rlimit_resource_t r, const struct rlimit *l)
	{
		int (*real)(__rlimit_resource_t, const struct rlimit *) = dlsym(RTLD_NEXT, "setrlimit");
		int failed = real(r, l);
		return r == RLIMIT_MEMLOCK ? 0 : failed;
	}
	END
	gcc -w -shared -fPIC -o "$work/bin/limit.so" "$work/limit.c" -ldl
	printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$work/bin/limit.so" "$(command -v crun)" \
		>"$work/bin/crun"
	chmod +x "$work/bin/crun"
}

# crun's suite gives options that only crun has; without them runc does what they ask for.
plain_runc() {
	mkdir -p "$work/bin"
	cat >"$work/bin/runc" <<-END
	#!/bin/bash
	words=()
	while [ \$# -gt 0 ]; do
		case \$1 in
		--cgroup-manager | --config) shift ;;
		*) words+=("\$1") ;;
		esac
		shift
	done
	exec $(command -v runc) "\${words[@]}"
	END
	chmod +x "$work/bin/runc"
}

[ -x "$work/bin/runc" ] || ! command -v runc >/dev/null || plain_runc
[ -x "$work/bin/crun" ] || ! command -v crun >/dev/null || patient_crun
case $kind in
runc)
	for main in "$suite"/contrib/cmd/*/*.go "$suite"/tests/cmd/*/*.go; do
		[ ! -f "$main" ] || ! grep -q '^package main' "$main" || helper "${main%/*}"
	done
	images
	;;
crun)
	[ -x "$suite/tests/init" ] || {
		mkdir -p "$work/include"
		: >"$work/include/config.h"
		gcc -w -static -I "$work/include" -DHAVE_SECCOMP=1 -o "$suite/tests/init" \
			"$suite/tests/init.c" -lseccomp || note "tests/init could not be built"
	}
	;;
esac
