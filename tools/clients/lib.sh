# lib.sh: what the lists of clients share: rootfs-tests/lib.sh, a terminal, and a look at what this
# machine can do, so that what no runtime can do here is skipped by name.
. "${0%/*}/../../rootfs-tests/lib.sh"

need() { # PROGRAM...
	for need; do
		command -v "$need" >/dev/null || skip_all "NO TEST WITH REAL CLIENTS: $need is not installed"
	done
}

printf '#!/bin/sh\n' >"$T/rootfs/etc/noexec"
mkdir "$T/rootfs/data" "$T/vol"
echo volume >"$T/vol/file"
echo in >"$T/in"

# controller NAME: this place has it
controller() {
	grep -qw "$1" "$CG/cgroup.controllers"
}

# Of a process: effective capabilities, no_new_privs, seccomp mode
status_lines="sed -n -E 's/^(CapEff|NoNewPrivs|Seccomp):\t//p' /proc/self/status"

# A filter that lets all but two calls through
cat >"$T/profile.json" <<'END'
{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95},
{"names":["chmod","fchmod","fchmodat","fchmodat2"],"action":"SCMP_ACT_ERRNO"}]}
END

# on_tty COMMAND: in a terminal of 33 rows whose keyboard is the fifo $T/keys
on_tty() {
	run_in "$T/keys" limited script -qec "stty rows 33 cols 99; $1" /dev/null
	out=$(echo "$out" | tr -d '\r')
}

# tty_begin: fails when there is no script(1); the fifo is open for ever, for its end would hang up
tty_begin() {
	script -V 2>/dev/null | grep -q util-linux || return 1
	mkfifo "$T/keys"
	exec 9<>"$T/keys"
}

# A client sets the window size when it has attached, which may be after the program's start.
size='n=0; until [ "$(stty size 2>/dev/null)" = "33 99" ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done; stty size'

# ended PID: it is gone
ended() {
	! kill -0 "$1" 2>/dev/null
}

# stop_daemon PID: by SIGTERM, and not left behind
stop_daemon() {
	kill "$1"
	soon ended "$1" || kill -KILL "$1"
	wait "$1" 2>/dev/null
}
