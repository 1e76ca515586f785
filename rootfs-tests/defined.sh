# defined.sh: words for the tests of defined containers, behind lib.sh. Their names begin with $ID,
# and are given without it.

store=$T/store
eng() { scow --store "$store" "$@"; }
define() { # define NAME [OPTION...] SCRIPT: sh runs it
	d_name=$ID-$1
	shift
	d_options=
	while [ $# -gt 1 ]; do d_options="$d_options $1" && shift; done
	# shellcheck disable=SC2086 # words
	run eng define "$d_name" --rootfs "$T/rootfs" $d_options -- sh -c "$1"
}
up() { # up NAME [OPTION...] SCRIPT: define and start
	define "$@" && run eng start "$ID-$1"
}
inspect() { # inspect NAME MEMBER: one of State goes without that word
	case $2 in
	Status | Pid | ConmonPid | KeeperPid | ExitCode | Reason | OOMKilled) set -- "$1" "State.$2" ;;
	esac
	eng inspect -f "$2" "$ID-$1" 2>/dev/null
}
state() { inspect "$1" Status; }
is_state() { [ "$(state "$1")" = "$2" ]; }
# becomes NAME STATE: it is in that state within five seconds (times TEST_SLOW), or was for a moment
becomes() {
	eng wait --condition "$2" --timeout $((5 * TEST_SLOW)) "$ID-$1" >/dev/null 2>&1
}
is_gone() { [ ! -d "/proc/$1" ]; }
end() { [ "$1" -gt 1 ] && kill -KILL "$@" 2>/dev/null; } # never the group 0
forget() {
	for f_name; do
		shift
		set -- "$@" "$ID-$f_name"
	done
	eng rm -f -t 0 "$@"
}
# happened NAME [OPTION...]: its events in one line
happened() {
	h_name=$ID-$1
	shift
	eng events --json --filter "name=$h_name" "$@" | sed -n 's/.*"event":"\([^"]*\)".*/\1/p' | tr '\n' ' '
}
# in_lines FILE TEXT...: FILE has these lines, and no other
in_lines() {
	l_file=$1
	shift
	[ "$(cat "$l_file")" = "$(printf '%s\n' "$@")" ]
}
shows_text() { grep -q -e "$1" "$2"; }
size_of() { wc -c <"$1" | tr -d ' '; }
# client NAME WORD...: scow itself in the background, its output in $T/NAME.out and .err
client() {
	c_name=$1
	shift
	"$SCOW" --store "$store" "$@" <"${c_stdin:-/dev/null}" >"$T/$c_name.out" 2>"$T/$c_name.err" &
	client_pid=$!
}
# ended PID: its exit code, which comes in time
ended() {
	is_over() { ! kill -0 "$1"; }
	soon is_over "$1" || kill -KILL "$1"
	wait "$1"
}
