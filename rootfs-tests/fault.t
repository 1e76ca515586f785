#!/bin/sh
# Shows that any one system call of run, create, start, exec, pause, kill and delete may fail: one
# clear error, and no process, cgroup, mount, directory or file is left behind.
program=${FAULT:-${SCOW%/*}/scow-fault}
[ -x "$program" ] || {
	echo "1..0 # SKIP no scow-fault beside ${SCOW##*/}: make fault"
	exit 0
}
exec "$program"
