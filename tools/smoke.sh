#!/bin/sh
# smoke.sh CPU BINARY [EMULATOR]: TAP that the binary is one file for that CPU, and starts
set -u
cpu=$1 bin=$2 emu=${3-}
n=0

ok() {
	n=$((n + 1))
	name=$1
	shift
	if out=$("$@" 2>&1); then
		echo "ok $n - $cpu: $name"
	else
		echo "not ok $n - $cpu: $name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

machine() {
	case $cpu in
	x86_64) want="X86-64" ;;
	aarch64) want="AArch64" ;;
	armv7) want="ARM" ;;
	i386) want="80386" ;;
	riscv64) want="RISC-V" ;;
	mipsel) want="MIPS" ;;
	esac
	LC_ALL=C readelf -hW "$bin" | grep "Machine:.*$want"
}

# says PATTERN ARG...: the binary's output has a line that matches, and its status is 0
says() {
	pattern=$1
	shift
	text=$($emu "$bin" "$@") && echo "$text" && echo "$text" | grep -Eq "$pattern"
}

spec() {
	dir=$(mktemp -d) || return
	here=$(pwd)
	case $bin in /*) exe=$bin ;; *) exe=$here/$bin ;; esac
	(cd "$dir" && $emu "$exe" spec && cat config.json && grep -q '"ociVersion": *"1\.1\.0"' config.json)
	rc=$?
	rm -rf "$dir"
	return $rc
}

echo 1..5
ok "built for this CPU" machine
ok "hardened and without an interpreter" tools/harden.sh "$bin"
ok "--version" says '^scow .*[0-9]' --version
ok "features" says '"ociVersionMax"' features
ok "spec writes a config.json" spec
