# defined.sh: words for the tests of defined containers, behind lib.sh. Their names begin with $ID,
# and are given without it.

store=$T/store
eng() { scow --store "$store" "$@"; }
define_options() { # define_options NAME [OPTION...] LAST: $d_name, $d_options, $d_last
	d_name=$ID-$1
	shift
	d_options=
	while [ $# -gt 1 ]; do d_options="$d_options $1" && shift; done
	d_last=$1
}
define() { # define NAME [OPTION...] SCRIPT: sh runs it
	define_options "$@"
	# shellcheck disable=SC2086 # words
	run eng define "$d_name" --rootfs "$T/rootfs" $d_options -- sh -c "$d_last"
}
define_words() { # define_words NAME [OPTION...] COMMAND: by itself
	define_options "$@"
	# shellcheck disable=SC2086 # words
	run eng define "$d_name" --rootfs "$T/rootfs" $d_options -- $d_last
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
wanted() { cut -d ' ' -f 1 "$store/$ID-$1/desired"; }
state() { inspect "$1" Status; }
is_state() { [ "$(state "$1")" = "$2" ]; }
# becomes NAME STATE: it is in that state within five seconds (times TEST_SLOW), or was for a moment
becomes() {
	eng wait --condition "$2" --timeout $((5 * TEST_SLOW)) "$ID-$1" >/dev/null 2>&1
}
is_gone() { [ ! -d "/proc/$1" ]; }
lives() { # lives PID: it is there, and no zombie
	read -r l_stat <"/proc/$1/stat" && case ${l_stat##*)} in " Z"*) false ;; esac
} 2>/dev/null
end() { kill -KILL "$@" 2>/dev/null; }
clean() { # nothing is left of any, in the store, too; $left says what
	left=$(leftovers; ls -A "$store" 2>/dev/null)
	[ -z "$left" ]
}
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
# too_close NAME: where less was between an end and the next begin than 100, 200, 400 ... ms
too_close() {
	eng events --json --filter "name=$ID-$1" --filter event=died --filter event=start |
		sed -n 's/.*"boottime_ms":\([0-9]*\).*"event":"\([a-z]*\)".*/\2 \1/p' | {
		t_least=100 t_died=
		while read -r t_what t_ms; do
			[ "$t_what" = died ] && t_died=$t_ms && continue
			[ -z "$t_died" ] && continue
			[ $((t_ms - t_died)) -ge $t_least ] || echo "$((t_ms - t_died)) instead of $t_least"
			t_least=$((t_least * 2))
		done
		[ $t_least -gt 100 ] || echo "no end and begin"
	}
}
# first_point TOTAL: the call to strike at first. Where $points is one, as in the machines, each CPU has
# another.
first_point() {
	[ "$points" = 1 ] || { echo 1 && return; }
	case $arch in
	x86_64) echo $(($1 / 4 + 1)) ;;
	aarch64) echo $(($1 / 2 + 1)) ;;
	*) echo $(($1 * 3 / 4 + 1)) ;;
	esac
}
# counted: of what helpers/trace.c says in $hit, how many calls there are to strike at
counted() {
	case $hit in
	"calls "[1-9]*) echo "${hit#calls }" ;;
	*) echo 0; return 1 ;;
	esac
}
# in_lines FILE TEXT...: FILE has these lines, and no other
in_lines() {
	l_file=$1
	shift
	[ "$(cat "$l_file")" = "$(printf '%s\n' "$@")" ]
}
shows_text() { grep -q -e "$1" "$2"; }
size_of() { stat -c %s "$1"; }
# client NAME WORD...: scow itself in the background, its output in $T/NAME.out and .err
client() {
	c_name=$1
	shift
	"$SCOW" --store "$store" "$@" <"${c_stdin:-/dev/null}" >"$T/$c_name.out" 2>"$T/$c_name.err" &
	client_pid=$!
}
attaches() { eng events --filter "name=$ID-$1" --filter event=attach | wc -l; }
# joined NAME CLIENT WORD...: such a client, which is attached to NAME when this returns
joined() {
	j_name=$1 j_before=$(attaches "$1")
	shift
	client "$@"
	one_more() { [ "$(attaches "$j_name")" -gt "$j_before" ]; }
	soon one_more
}
# ended PID: its exit code, which comes in time
ended() {
	is_over() { ! kill -0 "$1"; }
	soon is_over "$1" || kill -KILL "$1"
	wait "$1"
}
# on_terminal ROWS COLUMNS WORD...: scow in the background on the helper pty's terminal, whose keyboard
# is the fifo $T/tty, open as 9, and which shows $T/screen; $T/pty has its path, and how it was left
on_terminal() {
	o_rows=$1 o_cols=$2
	shift 2
	limited "$pty" "$o_rows" "$o_cols" "$SCOW" --store "$store" "$@" <"$T/tty" \
		>"$T/screen" 2>"$T/pty" 9<&- &
	client_pid=$!
}
