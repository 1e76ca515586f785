# Sourced by bench.sh and syscalls.sh: the programs, the root file system and the bundles that all
# runtimes are compared with, below $work. floor.c makes the same container by hand: keep the two
# equal.

export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
build=${BENCH:-${here%/*/*}/build/bench}
SCOW=${SCOW:-${here%/*/*}/build/$(uname -m)/scow}
PEERS=${PEERS-crun runc}

die() {
	echo "${0##*/}: $*" >&2
	exit 2
}

# build_tools: the two C programs, unless $BENCH has them; $CC and $CFLAGS may be lists of words
build_tools() {
	mkdir -p "$build" && build=$(cd "$build" && pwd) || exit 2
	[ -z "${BENCH-}" ] || [ ! -x "$build/floor" ] || [ ! -x "$build/measure" ] || return 0
	for tool in floor measure; do
		${CC:-musl-gcc} ${CFLAGS:--std=gnu11 -Os -Wall -Wextra} -static -s \
			-o "$build/$tool" "$here/$tool.c" || die "cannot compile $tool.c"
	done
}

# enter_isolation "$@": runs this script again in namespaces of its own, with a fresh tmpfs on /run
enter_isolation() {
	[ "$(id -u)" = 0 ] || die "needs root"
	command -v busybox >/dev/null || die "needs busybox (the package busybox-static)"
	case $SCOW in /*) ;; *) SCOW=$PWD/$SCOW ;; esac
	build_tools
	BENCH=$build
	export BENCH SCOW PEERS
	exec "$here/../isolate.sh" "$here/${0##*/}" "$@"
}

# mount_squashfs: scow where our users have it, on a file system that nobody can write. It need not
# protect its binary by a second start there.
mount_squashfs() {
	mkdir -p $work/squashfs &&
		mksquashfs "$SCOW" $work/scow.squashfs -quiet -no-progress >/dev/null &&
		mount -t squashfs -o loop,ro $work/scow.squashfs $work/squashfs 2>/dev/null &&
		echo "$work/squashfs/${SCOW##*/}"
}

# find_runtime NAME: the path of its binary
find_runtime() {
	case $1 in
	floor) echo "$build/floor" ;;
	scow) [ ! -x "$SCOW" ] || echo "$SCOW" ;;
	scow-squashfs) mount_squashfs ;;
	crun-other) command -v "$CRUN" ;;
	*) command -v "$1" ;;
	esac
}

# make_work: links to the binaries (measure splits words at blanks), the root, and empty state dirs
make_work() {
	work=/run/bench
	mkdir -p $work/bin $work/state $work/bundle $work/root || exit 2
	(
		cd $work/root && mkdir bin dev etc proc run sys tmp || exit 2
		cp "$(command -v busybox)" bin/busybox || exit 2
		for applet in sh true sleep; do ln -s busybox bin/$applet; done
	)
	chroot $work/root /bin/true || die "busybox is not static (the package busybox-static is)"
}

# link_runtime NAME: makes $work/bin/NAME, fails when there is no such program here. A binary that
# was just built is written back first: smaps counts its dirty page cache as the process's own.
link_runtime() {
	path=$(find_runtime "$1") && [ -n "$path" ] && ln -s "$path" "$work/bin/$1" || return
	sync "$path" 2>/dev/null || : # on a file system without writes there is none
}

# rt NAME: the words that call a runtime with a state directory of its own
rt() {
	echo "$work/bin/$1 --root $work/state/$1"
}

# make_bundle NAME CGROUP PROFILE ARG...: makes $work/bundle/NAME, which $bundle says, too.
# PROFILE is a file with linux.seccomp, or "".
make_bundle() {
	bundle=$work/bundle/$1
	cgroup=$2
	seccomp=
	[ -z "$3" ] || seccomp="\"seccomp\": $(cat "$3"),"
	shift 3
	args=
	for arg; do args="$args${args:+, }\"$arg\""; done
	mkdir -p "$bundle"
	caps='"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
		"CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
		"CAP_SYS_CHROOT"'
	cat >"$bundle/config.json" <<-END
	{
		"ociVersion": "1.0.2",
		"process": {
			"terminal": false,
			"user": { "uid": 0, "gid": 0 },
			"args": [ $args ],
			"env": [ "PATH=/bin" ],
			"cwd": "/",
			"capabilities": {
				"bounding": [ $caps ],
				"effective": [ $caps ],
				"permitted": [ $caps ]
			},
			"rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1024 } ],
			"noNewPrivileges": true
		},
		"root": { "path": "$work/root", "readonly": true },
		"hostname": "bench",
		"mounts": [
			{ "destination": "/proc", "type": "proc", "source": "proc",
			  "options": [ "nosuid", "nodev", "noexec" ] },
			{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
			  "options": [ "nosuid", "strictatime", "mode=755", "size=65536k" ] },
			{ "destination": "/dev/pts", "type": "devpts", "source": "devpts",
			  "options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666",
				"mode=0620", "gid=5" ] },
			{ "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
			  "options": [ "nosuid", "nodev", "noexec", "mode=1777", "size=65536k" ] },
			{ "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
			  "options": [ "nosuid", "nodev", "noexec" ] },
			{ "destination": "/sys", "type": "sysfs", "source": "sysfs",
			  "options": [ "nosuid", "nodev", "noexec", "ro" ] },
			{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
			  "options": [ "nosuid", "nodev", "noexec", "relatime", "ro" ] }
		],
		"linux": {
			"cgroupsPath": "/$cgroup",
			"namespaces": [
				{ "type": "pid" }, { "type": "network" }, { "type": "ipc" },
				{ "type": "uts" }, { "type": "mount" }, { "type": "cgroup" }
			],
			$seccomp
			"maskedPaths": [
				"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
				"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
				"/proc/sched_debug", "/sys/firmware", "/proc/scsi"
			],
			"readonlyPaths": [
				"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
				"/proc/sysrq-trigger"
			]
		}
	}
	END
}
