#!/bin/sh
# conformance.sh [SUITE...]: runs suites that judge OCI runtimes, those of runc and crun, against
# scow, runc and crun, and prints what each passes, fails and skips of each file, side by side.
#
#   make conformance                    Debian's runc and crun suites
#   make conformance SUITE=DIR          a checkout of either one
#   FILES="exec kill"                   these files of it (without their prefixes and suffixes)
#   RUNTIMES="scow runc crun"           these runtimes
#   VM=1                                afterwards, what scow or the suite's own runtime does not
#                                       pass here, in a machine with all controllers: vm.sh
#
# Each test runs alone in tools/isolate.sh, with a time limit: a test may wait for ever, and what it
# leaves in frozen cgroups goes with its pid namespace. What a failed test said is in
# build/conformance/RUNTIME/SUITE-FILE-NUMBER.log.
#
# tools/conformance/expected names the tests that scow is not meant to pass, each with its reason.
# The exit code is 1 when scow fails another test that the suite's own runtime passes in this run, or
# (crun's suite) when scow passes fewer of the others than crun.
set -u
cd "$(dirname "$0")/.." || exit
here=$PWD work=$PWD/build/conformance
RUNTIMES=${RUNTIMES:-scow runc crun}
TIME_LIMIT=${TIME_LIMIT:-60} FILES=${FILES-}

die() { echo "conformance.sh: $*" >&2; exit 2; }

kind_of() {
	if [ -f "$1/tests/integration/helpers.bash" ]; then
		echo runc
	elif [ -f "$1/tests/tests_utils.py" ]; then
		echo crun
	else
		die "$1 has neither runc's nor crun's tests"
	fi
}

binary_of() { # RUNTIME KIND
	case $1-$2 in
	scow-*) echo "$SCOW" ;;
	crun-*) echo "$work/bin/crun" ;;
	runc-crun) echo "$work/bin/runc" ;;
	*) command -v "$1" || die "no $1 here: 'make setup' as root" ;;
	esac
}

# files KIND DIR: "NAME PATH" lines
files() {
	case $1 in
	runc) pattern=$2/tests/integration/*.bats ;;
	crun) pattern=$2/tests/test_*.py ;;
	esac
	for path in $pattern; do
		name=$(basename "$path")
		name=${name%.*}
		name=${name#test_}
		case " ${FILES:-$name} " in *" $name "*) echo "$name $path" ;; esac
	done
}

# tests KIND PATH: one name a line; of those in $ONLY, when that is set
tests() {
	case $1 in
	runc) sed -n 's/^@test "\(.*\)" {$/\1/p' "$2" ;;
	crun) sed -n '/^all_tests = {/,/^}/s/^ *"\([^"]*\)" *:.*/\1/p' "$2" ;;
	esac | awk -F '\t' -v suite="$1" -v file="$file" -v only="${ONLY-}" 'BEGIN {
		while (only && (getline < only) > 0) if ($1 == suite && $2 == file) wanted[$3]
	} !only || $0 in wanted'
}

# crun gives the /dev/null that is a program's stdin to the container's user: not this machine's.
own_null() {
	mknod -m 666 "$TMPDIR/null" c 1 3 && mount --bind "$TMPDIR/null" /dev/null || exit 2
	exec </dev/null
}

# In isolation: one test, its TAP on stdout.
inside_runc() {
	pattern=$(printf '%s' "$2" | sed 's/[][(){}.*+?^$|\\]/\\&/g')
	PATH=$work/curl:$PATH RUNC=$3 python3 tools/conformance/on_tty.py "$TIME_LIMIT" \
		bats --tap --filter "^$pattern\$" "$1"
}
inside_crun() {
	ln -s "${1%/*}" "$TMPDIR/tests"
	cd "$TMPDIR" || exit
	INIT=${1%/*}/init OCI_RUNTIME=$3 RUN_TESTS=$2 PYTHONDONTWRITEBYTECODE=1 \
		PYTHONPATH=$here/tools/conformance/python \
		python3 "$here/tools/conformance/on_tty.py" "$TIME_LIMIT" python3 "$1"
}

# verdict LOG: from the TAP of one test
verdict() {
	if grep -Eiq '^ok .*# ?skip' "$1"; then
		echo skip
	elif grep -q '^ok ' "$1" && ! grep -q '^not ok' "$1"; then
		echo pass
	else
		echo fail
	fi
}

# one KIND SUITE RUNTIME FILE PATH NUMBER TEST
one() {
	dir=$work/$3
	log=$dir/$2-$4-$6.log
	# Paths of sockets are short, and other users must get there.
	TMPDIR=$(mktemp -d /tmp/conf.XXXXXX) || die "no temporary directory"
	chmod 755 "$TMPDIR"
	export TMPDIR
	timeout -k 20 $((TIME_LIMIT + 30)) ${ISOLATE-tools/isolate.sh} "$here/tools/conformance.sh" --inside "$1" \
		"$5" "$7" "$(binary_of "$3" "$1")" >"$log" 2>"$log.err" </dev/null
	result=$(verdict "$log")
	cat "$log.err" >>"$log" # apart before: tests write there without an end of line
	rm -f "$log.err"
	printf '%s\t%s\t%s\n' "$result" "$4" "$7" >>"$dir/$2.marks"
	[ "$result" = fail ] || rm -f "$log"
	rm -rf "$TMPDIR"
}

# run_suite NAME DIR
run_suite() {
	kind=$(kind_of "$2") || exit 2
	[ -n "${prepared-}" ] || OTHER_HELPERS=$work/src/runc/contrib/cmd \
		tools/conformance/prepare.sh "$kind" "$2" "$work" || exit 2
	for runtime in $RUNTIMES; do
		mkdir -p "$work/$runtime"
		: >"$work/$runtime/$1.marks"
		rm -f "$work/$runtime/$1"-*.log
		files "$kind" "$2" | while read -r file path; do
			number=0
			tests "$kind" "$path" | while read -r test; do
				number=$((number + 1))
				one "$kind" "$1" "$runtime" "$file" "$path" $number "$test"
			done
			awk -F '\t' -v f="$file" -v r="$runtime" '$2 == f { n[$1]++ } END {
				printf "  %-5s %-24s %3d passed %3d failed %3d skipped\n", r, f,
				n["pass"], n["fail"], n["skip"] }' "$work/$runtime/$1.marks" >&2
		done
	done
	report "$1" "$kind"
}

# report SUITE KIND [DIR]: the table, and what scow fails. Fails when there is something to mend.
report() {
	echo
	echo "$1: passed/failed/skipped${3:+, in a machine with all controllers}"
	awk -f tools/conformance/report.awk -v suite="$1" -v kind="$2" -v runtimes="$RUNTIMES" \
		-v dir="${3:-$work}" tools/conformance/expected
}

# in_machine: what has not been passed by scow and by the suite's own runtime and is not expected to
in_machine() {
	for suite in runc crun; do
		awk -F '\t' -v suite="$suite" 'FILENAME ~ /expected$/ {
			if ($1 == suite) expected[$2 FS $3]
			next
		}
		$1 != "pass" && !($2 FS $3 in expected) && !($2 FS "*" in expected) && !seen[$2 FS $3]++ {
			print suite FS $2 FS $3
		}' tools/conformance/expected "$work/scow/$suite.marks" "$work/$suite/$suite.marks"
	done | awk -F '\t' -v files="$FILES" '!files || index(" " files " ", " " $2 " ")' >"$work/vm.tests"
	tools/conformance/vm.sh "${SCOW_CACHE:-build/cache}/vm" "$work" "$SCOW" "$RUNTIMES" "$work/vm.tests" ||
		exit 2
	for suite in runc crun; do report "$suite" "$suite" "$work/vm" || status=1; done
}

case ${1-} in
--inside)
	shift
	kind=$1
	shift
	own_null
	"inside_$kind" "$@"
	exit
	;;
--report)
	shift
	for suite in ${*:-runc crun}; do report "$suite" "$suite"; done
	exit
	;;
esac
[ "$(id -u)" = 0 ] || die "needs root"
SCOW=${SCOW:-$here/build/$(uname -m)/scow}
export SCOW
status=0
mkdir -p "$work"
if [ "${1-}" = --prepared ]; then
	prepared=1
	run_suite runc "$work/src/runc" || status=1
	run_suite crun "$work/src/crun" || status=1
elif [ "${1-}" = --machine ]; then
	in_machine
elif [ $# -eq 0 ]; then
	[ "$work/src/.done" -nt tools/conformance/suites.lock ] ||
		tools/fetch.sh tools/conformance/suites.lock "${SCOW_CACHE:-build/cache}" "$work/src" || exit 2
	run_suite runc "$work/src/runc" || status=1
	run_suite crun "$work/src/crun" || status=1
	[ -z "${VM-}" ] || in_machine
else
	for dir; do
		dir=$(cd "$dir" && pwd) || exit 2
		run_suite "$(basename "$dir")" "$dir" || status=1
	done
fi
exit $status
