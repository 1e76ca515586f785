#!/bin/sh
# suite.sh SECONDS NAME...: inside a machine, runs one test file after the other and prints
#
#   @@ begin NAME
#   its TAP, as it comes, then its stderr as comments
#   @@ end NAME STATUS CPU PROCESSES
#
# CPU is what the whole machine was busy meanwhile, in hundredths of a second, and PROCESSES how many were
# made: what a file costs that shares a core with others.
#
# Each runs in a pid, mount, net, ipc and uts namespace of its own, as tools/isolate.sh does it on
# the host: nothing outlives its file, and no test looks at a hundred kernel threads. A file that
# takes longer than SECONDS gets SIGTERM, then SIGKILL.
limit=$1
shift
export SCOW_ISOLATED=1
[ ! -b /dev/vda ] || export SCOW_TEST_DISK=/dev/vda # nothing on it is worth keeping
cd "${0%/*}"

# used: sets busy and made, both since the boot
used() {
	while read -r key user nice system idle iowait irq softirq rest; do
		case $key in
		cpu) busy=$((user + nice + system + irq + softirq)) ;;
		processes) made=$user ;;
		esac
	done </proc/stat
}

for name; do
	echo "@@ begin $name"
	used
	busy_before=$busy made_before=$made
	# The sh in between is process 1 there, and reaps.
	unshare -m -p -f -n -i -u --mount-proc sh -c 'ip link set lo up
		timeout -k 60 "$1" sh "./$2.t"
		exit $?' sh "$limit" "$name" 2> /tmp/stderr
	status=$?
	sed 's/^/# /' /tmp/stderr
	used
	echo "@@ end $name $status $((busy - busy_before)) $((made - made_before))"
done
