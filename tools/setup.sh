#!/bin/sh
# setup.sh GROUP...: installs the Debian packages that a group of make targets needs and that are
# missing. CPUS (environment) names the CPUs to compile for. Nothing else on the system is changed;
# without root, or on another distribution, it says what is missing.
set -eu

die() { echo "setup.sh: $*" >&2; exit 1; }

case $(uname -m) in armv7*) host=armv7 ;; i?86) host=i386 ;; *) host=$(uname -m) ;; esac

compiler() {
	case $1 in
	"$host") echo gcc linux-libc-dev ;;
	x86_64) echo gcc-x86-64-linux-gnu linux-libc-dev-amd64-cross ;;
	aarch64) echo gcc-aarch64-linux-gnu linux-libc-dev-arm64-cross ;;
	armv7) echo gcc-arm-linux-gnueabihf linux-libc-dev-armhf-cross ;;
	i386) echo gcc-i686-linux-gnu linux-libc-dev-i386-cross ;;
	riscv64) echo gcc-riscv64-linux-gnu linux-libc-dev-riscv64-cross ;;
	mipsel) echo gcc-mipsel-linux-gnu linux-libc-dev-mipsel-cross ;;
	*) die "no compiler known for the CPU $1" ;;
	esac
}

machine() {
	case $1 in
	x86_64) echo qemu-system-x86 ;;
	aarch64 | armv7) echo qemu-system-arm ;;
	esac
}

packages() {
	case $1 in
	build) echo gperf patch xz-utils; for c in ${CPUS:-$host}; do compiler "$c"; done ;;
	demo) echo busybox-static ;;
	test) echo busybox-static iproute2 perl qemu-user-static strace ;;
	vm) echo busybox-static e2fsprogs kmod squashfs-tools; for c in ${CPUS:-$host}; do machine "$c"; done ;;
	clients)
		echo buildah busybox-static catatonit conmon containerd docker.io perl podman runc socat tini \
			util-linux
		;;
	systemd) echo e2fsprogs mmdebstrap qemu-system-x86 ;;
	shared) echo gcc libc6-dev libcap-ng-dev libcjson-dev libseccomp-dev musl-tools pkg-config ;;
	lint) echo cppcheck ;;
	san) echo clang gcc libc6-dev libclang-rt-dev ;;
	format) echo clang-format ;;
	bench)
		echo busybox-static conmon crun golang-github-containers-common jq podman procps runc squashfs-tools \
			strace valgrind ;;
	conformance)
		echo bats busybox-static crun gawk gcc git golang-dbus-dev golang-github-cilium-ebpf-dev \
			golang-github-containerd-console-dev golang-github-coreos-go-systemd-dev \
			golang-github-cyphar-filepath-securejoin-dev golang-github-docker-go-units-dev \
			golang-github-moby-sys-dev golang-github-opencontainers-specs-dev \
			golang-github-seccomp-libseccomp-golang-dev golang-github-sirupsen-logrus-dev \
			golang-github-urfave-cli-dev golang-github-vishvananda-netlink-dev golang-go \
			golang-golang-x-sys-dev golang-google-protobuf-dev iproute2 jq libc6-dev \
			libseccomp-dev python3 runc xz-utils patch
		;;
	*) die "no such group: $1 (build demo test vm clients systemd shared lint san format bench conformance)" ;;
	esac
}

want=$(for g; do packages "$g"; done)
if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
	echo "setup.sh: not a Debian system, going on with what is here; on Debian these are used:" $want
	exit 0
fi

lost=
for p in $want; do
	case " $lost " in *" $p "*) continue ;; esac
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2> /dev/null)" = installed ] || lost="$lost $p"
done
[ -n "$lost" ] || exit 0
[ "$(id -u)" = 0 ] || die "these Debian packages are missing, please install them as root:$lost"

echo "installing Debian packages:$lost"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get() { apt-get -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" > "$log" 2>&1; }
# The lists on the system may be missing or old: fetch new ones only when the first try fails.
apt_get install --no-install-recommends $lost ||
	{ apt_get update && apt_get install --no-install-recommends $lost; } ||
	{ tail -n 15 "$log" >&2; die "apt-get could not install:$lost"; }
