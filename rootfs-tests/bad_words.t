#!/bin/sh
# Shows what becomes of a command line that makes no sense: one sentence that names what is wrong,
# the exit code of such errors, and nothing started, kept or left.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# no CODE TEXT COMMAND...: refused, TEXT (an ERE) is in the sentence
no() {
	no_code=$1 no_text=$2
	shift 2
	run eng "$@"
	refused_with "$no_code" "$*" "$no_text"
}

# operands
no 1 '^scow: run: ID is missing$' run
no 125 '^scow: stop: NAME is missing$' stop
no 125 '^scow: resize: COLUMNS is missing$' resize x 1
no 125 '^scow: artifact: NAME is missing$' artifact ls
no 125 'container ID is empty' stop ''
no 125 'invalid container ID format: "a/b"' inspect a/b
run "$SCOW" --bogus
refused "a global option" '^scow: unknown option --bogus \(scow --help'
run "$SCOW" --root
refused "a global option without its value" '^scow: --root needs a value$'
no 1 '--store: empty' --store '' list

# what is defined
define_no() {
	dn_text=$1
	shift
	run eng define "$ID-x" --rootfs "$T/rootfs" "$@" -- true
	refused_with 125 "define: $dn_text" "$dn_text"
}
define_no '--env: "A" is not NAME=VALUE' --env A
define_no '--env: "=b" is not NAME=VALUE' --env =b
define_no '--volume :/b: its source is empty' --volume :/b
define_no '--volume /tmp:rel: its place in the container, "rel", is no path' --volume /tmp:rel
define_no '--tmpfs /: its place in the container, "/", is no path' --tmpfs /
define_no '--health-retries goes with --health-cmd' --health-retries 3
no 125 "--rootfs: $T/rootfs/etc/passwd: Not a directory" define "$ID-x" --rootfs "$T/rootfs/etc/passwd" -- true
long=$(head -c 100000 /dev/zero | tr '\0' a)
set --
while [ $# -lt 22 ]; do set -- "$@" -e "A=$long"; done
define_no 'config.json: more than 1048576 bytes' "$@"
run scow run --rootfs "$T/rootfs" "$@" "$ID-x" true
refused "the same of run" 'config.json: more than 1048576 bytes'
is "$(ls "$store" 2>/dev/null)" "" "nothing was defined"

# one that is defined and down, and one that is not defined
define a 'exit 3'
no 125 "cannot update container $ID-a: it is configured" update --cpus 1 "$ID-a"
no 125 "cannot watch container $ID-a: it is configured" events "$ID-a"
no 125 '--timeout: "-1" is not a number' wait --timeout -1 "$ID-a"
no 125 '--time: "x" is not a number' stop -t x "$ID-a"
no 125 '--time goes with --force' rm -t 1 "$ID-a"
no 1 'start: --ready-fd goes with --foreground' start --ready-fd 3 "$ID-a"
no 1 'start: --interactive goes with --attach' start -i "$ID-a"
no 125 "--pid-file $T/no/pid: No such file" start --foreground --pid-file "$T/no/pid" "$ID-a"
no 125 "--pid-file $T: Is a directory" start --foreground --pid-file "$T" "$ID-a"
no 1 '--since goes without an ID' events --since 1m "$ID-a"
no 1 '--stats goes with an ID' events --stats
no 1 '--filter: there is no event "dide"' events --filter event=dide
no 1 '--filter: "name=" is not' events --filter name=
no 125 '--since: ".*99:99" is neither' logs --since 2026-01-02T03:04:05+99:99 "$ID-a"
is "$(state a)" configured "it was not started by any of these"
start_one "$ID-t" args='["sleep","1000"]'
for verb in init restart rm; do
	no 125 "$ID-t is not a defined container: its caller owns it" $verb "$ID-t"
done
no 255 '--env: "A" is not NAME=VALUE' exec -e A "$ID-t" true
is "$(status "$ID-t")" running "it still runs"
remove "$ID-t"
forget a

# several, of which some cannot be: the others are done, the first failure is the command's
define b 'sleep 1000'
define c 'sleep 1000'
run eng start "$ID-b" "$ID-n" "$ID-c"
is "$rc:$err" "125:scow: container \"$ID-n\" does not exist" "start goes on behind one that fails"
is "$(state b) $(state c)" "running running" "the others run"
run eng stop -t 0 "$ID-n" "$ID-o" "$ID-b" "$ID-c"
is "$rc:$err" "125:scow: warning: container \"$ID-o\" does not exist
scow: container \"$ID-n\" does not exist" "stop, too"
is "$(state b) $(state c)" "exited exited" "the others are stopped"
eng start "$ID-c"
run eng rm "$ID-c" "$ID-n" "$ID-b"
is "$rc:$(ls "$store")" "2:$ID-c" "rm: with the code of the first failure"
forget c

# paths from where the caller is: its processes are at home elsewhere
mkdir "$T/here"
here() { (cd "$T/here" && limited "$SCOW" --root r --store s "$@"); }
here define "$ID-r" --rootfs "$T/rootfs" -- sleep 1000
run here start "$ID-r"
is "$rc:$err" "0:" "a relative --root and --store"
run "$SCOW" --root "$T/here/r" --store "$T/here/s" inspect -f State.Status "$ID-r"
is "$out" running "are those of this directory"
run "$SCOW" --root "$T/here/r" --store "$T/here/s" rm -f -t 0 "$ID-r"
is "$rc:$err:$(ls "$T/here/r" "$T/here/s" | tr '\n' ' ')" "0::$T/here/r: events  $T/here/s: " "and removed by their whole names"
finish
