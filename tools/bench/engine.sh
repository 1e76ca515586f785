# Sourced by bench.sh: what a container costs that is looked after. scow's defined one has a keeper,
# a monitor and its log; podman's has conmon and its log. Both get a default container of their own
# on the same root, with a network namespace and a seccomp profile, in which a shell says a line.
#
# podman runs in storage of its own. It is measured twice: with the first of crun and runc that it
# can use here, and with scow in their place, which leaves what is podman's own.

IDLE=10 # containers for the memory of those who wait

choose_podman() {
	if ! command -v podman >/dev/null || ! command -v conmon >/dev/null; then
		skip podman "podman or conmon is not found: apt-get install podman conmon"
		return
	fi
	link_runtime podman && make_podman_home
	for name in $PEERS scow; do
		why_not=$(podman_on "$name" run -d --name try $podman_run 2>&1)
		works=$?
		podman_on "$name" rm -f -t 0 try >/dev/null 2>&1
		if [ $works != 0 ]; then
			note "podman cannot use $name here: $(echo "$why_not" | tail -n 1)"
		elif [ -z "$podman_runtime" ] || [ "$name" = scow ]; then
			podman_runtime="$podman_runtime $name"
		fi
	done
	podman_runtime=${podman_runtime# }
	note "$(podman --version), $(conmon --version | head -n 1), with: $podman_runtime."
}

make_podman_home() {
	podman_runtime=
	podman_run="--network none --cgroup-parent /bench-podman --rootfs $work/root /bin/idle"
	mkdir -p $work/podman
	cat >$work/podman/containers.conf <<-END
	[containers]
	pids_limit=0
	default_ulimits=[]
	[engine]
	cgroup_manager="cgroupfs"
	events_logger="file"
	runtime_supports_json=["crun", "runc", "scow"]
	runtime_supports_nocgroup=["crun", "scow"]
	[network]
	network_config_dir="$work/podman/net"
	END
	cat >$work/podman/storage.conf <<-END
	[storage]
	driver="vfs"
	graphroot="$work/podman/graph"
	runroot="$work/podman/run"
	END
	export CONTAINERS_CONF=$work/podman/containers.conf TMPDIR=$work/podman
	export CONTAINERS_STORAGE_CONF=$work/podman/storage.conf
}

podman_words() {
	echo "$work/bin/podman --runtime $work/bin/$1 --tmpdir $work/podman/tmp"
}

# podman_on RUNTIME ARG...
podman_on() {
	words=$(podman_words "$1")
	shift
	$words "$@"
}

engine() {
	echo "$work/bin/scow --root $work/state/engine --store $work/store"
}

# The steps of one who, see bench.sh: what is removed at the end of a round is not timed.
plan_up() {
	case $1 in
	scow)
		echo "scow define $(engine) define up-@ --rootfs $work/root -- /bin/idle"
		echo "scow start $(engine) start up-@"
		echo "scow -rm $(engine) rm -f -t 0 up-@"
		;;
	podman/*)
		echo "$1 run $(podman_words "${1#*/}") run -d --name up-@ $podman_run"
		echo "$1 -rm $(podman_words "${1#*/}") rm -f -t 0 up-@"
		;;
	esac
	echo "$1 wait"
}

# up_table < lines of measure: all in one block, scow's sum by its own name
up_table() {
	awk '$1 == "scow" { $1 = $2 == "sum" ? "scow" : "scow:" $2 } { $2 = "up"; print }' |
		sort -k 3 -n | columns="podman/${podman_runtime%% *}" table "define + start / podman run -d"
}

bench_up() {
	make_plan up scow $(for name in $podman_runtime; do echo "podman/$name"; done) || return
	if $quiet "$build/measure" -n $((ROUNDS / 5 + 1)) -w 1 $work/plan >$work/times; then
		up_table <$work/times
	else
		echo "FAILED: define + start"
		result=1
	fi
}

# memory_of COMM...: how many processes have these names, and the sums of two fields of theirs
memory_of() {
	for pid in $(for comm; do pgrep -x "$comm"; done); do
		cat "/proc/$pid/smaps_rollup"
	done 2>/dev/null | awk -v each=$IDLE '
		$1 == "Rss:" { n++ }
		$1 == "Pss:" { pss += $2 }
		$1 == "Private_Dirty:" { dirty += $2 }
		END { printf "%d %.1f %.1f\n", n, dirty / each, pss / each }'
}

# idle_scow, idle_podman: that many at once, and a look at one's log
idle_scow() {
	for i in $(seq $IDLE); do
		$(engine) define "idle-$i" --rootfs $work/root -- /bin/idle &&
			$(engine) start "idle-$i" || return
	done
	sleep 1
	[ "$($(engine) logs idle-1)" = up ]
}

idle_podman() {
	for i in $(seq $IDLE); do
		podman_on "${podman_runtime%% *}" run -d --name "idle-$i" $podman_run || return
	done
	sleep 1
	[ "$(podman_on "${podman_runtime%% *}" logs idle-1)" = up ]
}

bench_idle() {
	echo
	note "KB for each of $IDLE idle containers, without the container's own process (smaps_rollup)."
	printf '%-26s %10s %14s %10s\n' "memory of who looks after" processes "private dirty" PSS
	if idle_scow >/dev/null; then
		printf '  %-24s %10s %14s %10s\n' "keeper + monitor" $(memory_of scow-keeper scow-monitor)
	else
		skip scow "ten defined containers do not come up, or have no log"
	fi
	[ -n "$podman_runtime" ] || return 0
	if idle_podman >/dev/null 2>&1; then
		printf '  %-24s %10s %14s %10s\n' conmon $(memory_of conmon)
	else
		skip podman "ten containers do not come up, or have no log"
	fi
}

stop_engines() {
	for i in $(seq $IDLE); do $(engine) rm -f -t 0 "idle-$i"; done
	[ -z "$podman_runtime" ] || podman_on "${podman_runtime%% *}" rm -f -a -t 0
	find /sys/fs/cgroup/bench-podman -depth -type d -exec rmdir {} +
} >/dev/null 2>&1

bench_engine() {
	echo
	note "Now looked after: scow's defined containers, and podman's. A fifth of the rounds."
	podman_runtime=
	printf '#!/bin/sh\necho up\nexec sleep 1000\n' >$work/root/bin/idle
	chmod 755 $work/root/bin/idle
	choose_podman
	bench_up
	bench_idle
	stop_engines
}

# ---- instructions ----

# instructions ARG...: of scow, as callgrind counts them
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=$work/callgrind --quiet "$SCOW" "$@" \
		>/dev/null 2>&1 </dev/null
	awk '$1 == "totals:" { print $2 }' $work/callgrind
	rm -f $work/callgrind
}

# What the kernel does not decide: the same count in each run of a binary.
bench_instructions() {
	echo
	if ! command -v valgrind >/dev/null; then
		skip instructions "needs valgrind: apt-get install valgrind"
		return
	fi
	note "Instructions in user space by callgrind, which are the same in each run."
	printf '%-40s %12s\n' "instructions" scow
	printf '  %-38s %12s\n' "start of the binary (--version)" "$(value instructions --version)"
	printf '  %-38s %12s\n' "read and check a config.json (explain)" \
		"$(value instructions explain $work/bundle/scow-true)"
	[ ! -d $work/bundle/scow-profile ] || printf '  %-38s %12s\n' \
		"with podman's profile, compiled" "$(value instructions explain $work/bundle/scow-profile)"
}
