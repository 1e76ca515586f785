#!/bin/sh
# check.sh CPU CACHE RESULTS [NAME...]: rootfs-tests/*.t, or those named, inside one machine
#
#   build/CPU/{scow,helpers}, rootfs-tests --> boot.sh, suite.sh --> RESULTS/vm-CPU-NAME.tap
#   NAME first: a boot of its own --> first.sh --> RESULTS/vm-CPU-first.tap
#   NAME power: CUTS power cuts (5) --> power.sh --> RESULTS/vm-CPU-power.tap
#
# Without NAMEs that is all there is, but power of x86_64 alone.
#
# There is one TAP file for each test file, whatever happens: where the machine died or hung it
# says so and shows the console's end. The exit code is 0 when every test file reported its plan
# and no failure, or when no machine can be had here, which is said loudly and in one TAP file.
# Under CI (the variable is not empty) that is a failure.
#
# TEST_SLOW is the factor for every time limit, here and in the tests. TEST_FEW= makes the long loops
# as long as on the host. VM_* see boot.sh.
set -u
cd "${0%/*}/../.."
cpu=$1 cache=$2 results=$3
shift 3
qemu=board/qemu
export TEST_SLOW="${TEST_SLOW:-8}"
few=${TEST_FEW-1}
file_limit=$((60 * TEST_SLOW))
# limits.t is last: its io test has to wait on young 32-bit kernels.
[ $# -gt 0 ] || {
	for file in rootfs-tests/*.t; do
		name=$(basename "$file" .t)
		[ "$name" = limits ] || set -- "$@" "$name"
	done
	set -- "$@" limits first
	[ "$cpu" != x86_64 ] || set -- "$@" power
}

work=$(mktemp -d "${TMPDIR:-/tmp}/vm-check.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$results"
tap() { echo "$results/vm-$cpu-$1.tap"; }
# Whatever becomes of us, a file without a result is a failure.
for name; do printf 'not ok 1 - %s.t was not run\n1..1\n' "$name" > "$(tap "$name")"; done

# skip_all REASON NAME...
skip_all() {
	reason=$1
	shift
	for name; do rm "$(tap "$name")"; done
	[ -z "${CI-}" ] || {
		printf 'not ok 1 - %s: %s test files did not run: %s\n1..1\n' "$cpu" $# "$reason" |
			tee "$(tap all)"
		exit 1
	}
	echo "*** check-vm: $cpu is SKIPPED, $# test files did not run there: $reason ***" | tee "$work/skip" >&2
	sed 's/^[* ]*/1..0 # SKIP /; s/[ *]*$//' "$work/skip" > "$(tap all)"
	exit 0
}

# The tests find scow and the helpers where a checkout has them.
lay_out() {
	mkdir -p "$work/over/scow/build/$cpu" "$work/over/usr/bin" &&
		cp "build/$cpu/scow" "$work/over/scow/build/$cpu/" &&
		cp -R "build/$cpu/helpers" "$work/over/scow/build/$cpu/" &&
		rm -f "$work/over/scow/build/$cpu/helpers"/*.map &&
		mkdir "$work/over/scow/rootfs-tests" &&
		cp rootfs-tests/*.t rootfs-tests/*.sh $qemu/suite.sh "$work/over/scow/rootfs-tests/" &&
		ln -s "/scow/build/$cpu/scow" "$work/over/usr/bin/scow"
}

# A second root, read-only by its nature, for readonly.t: busybox of that machine, and /scow.
squash() {
	mkdir "$work/root" && (
		cd "$work/root" && mkdir proc sys dev etc run tmp &&
			busybox cpio -id bin/busybox bin/sh < "$OLDPWD/build/vm/$cpu/base.cpio" 2> "$work/why"
	) && cp -R "$work/over/scow" "$work/root/" &&
		mksquashfs "$work/root" "$work/root.squashfs" -all-root -noappend -no-progress -quiet &&
		mv "$work/root.squashfs" "$work/over/scow/"
}

# explain FILE STATUS: the verdict on a file that came to its end
explain() {
	# The machine has every controller.
	sed -i 's/^ok\( .*# *\)SKIP\(.*controller.*\)/not ok\1skipped where it must not be:\2/' "$1"
	[ "$2" = 0 ] || grep -q '^not ok' "$1" || echo "not ok - exit status $2" >> "$1"
	if grep -q '^not ok' "$1"; then echo FAILED; else echo ok; fi
}

# sort_out: stdin, as suite.sh prints it, into one file per test
sort_out() {
	name=
	while IFS= read -r line; do
		case $line in
		"@@ begin "*)
			name=${line#@@ begin }
			begin=$(date +%s)
			;;
		"@@ end "*)
			read -r _ _ _ status busy made <<-END
				$line
			END
			verdict=$(explain "$work/tap" "$status")
			seconds="$(($(date +%s) - begin)) s"
			echo "# $seconds, CPU time $((busy / 100)) s, $made processes" >> "$work/tap"
			mv "$work/tap" "$(tap "$name")"
			touch "$work/end.$name"
			echo "$((busy / 100)) $name" >> "$work/busy"
			echo "  VM    $cpu $name.t $seconds, CPU time $((busy / 100)) s, $verdict"
			name=
			;;
		*) printf '%s\n' "$line" >> "$work/tap" ;;
		esac
	done
	[ -z "$name" ] || echo "$name" > "$work/died_in"
}

# missing NAME: TAP for a file that did not come to its end
missing() {
	if [ "$1" = "$(cat "$work/died_in" 2> /dev/null)" ]; then
		cat "$work/tap" 2> /dev/null
		echo "not ok - the machine did not come to the end of $1.t"
		sed 's/^/# /' "$work/why"
	else
		echo "not ok - $1.t was not run: the machine ended before it"
		[ -s "$work/died_in" ] || sed 's/^/# /' "$work/why"
	fi
	echo 1..1
}

(. $qemu/cpu.sh && cpu "$cpu" && command -v "$qemu") > /dev/null 2>&1 ||
	skip_all "no emulator of a machine with such a CPU" "$@"
$qemu/fetch.sh "$cpu" "$cache" 2> "$work/why" || skip_all "$(tail -n 1 "$work/why")" "$@"
lay_out && $qemu/base.sh "$cpu" "$cache" "build/vm/$cpu" && squash || exit 1
own= # these boot machines of their own
for name; do
	shift
	case $name in first | power) own="$own $name" ;; *) set -- "$@" "$name" ;; esac
done
echo "  VM    $cpu boots"
begin=$(date +%s)
export ROOTMODE="${ROOTMODE:-raw}" # the hard case; initramfs.t makes the other one out of it
[ $# = 0 ] || VM_TIMEOUT=${VM_TIMEOUT:-$((225 * TEST_SLOW))} $qemu/boot.sh "$cpu" "build/vm/$cpu" "$work/over" \
	"TEST_SLOW=$TEST_SLOW TEST_FEW=$few sh /scow/rootfs-tests/suite.sh $file_limit $*" 2> "$work/why" |
	sort_out
fail=0
for name in $own; do
	since=$(date +%s)
	VM_TIMEOUT=$((15 * TEST_SLOW)) "$qemu/$name.sh" "$cpu" "build/vm/$cpu" "$work/over" "${CUTS:-5}" \
		> "$(tap "$name")"
	status=$?
	verdict=$(explain "$(tap "$name")" $status)
	[ "$verdict" = ok ] || fail=1
	echo "  VM    $cpu $name.sh $(($(date +%s) - since)) s $verdict"
done
for name; do
	[ -f "$work/end.$name" ] || missing "$name" > "$(tap "$name")"
	grep -q '^1\.\.' "$(tap "$name")" || echo "not ok - no plan" >> "$(tap "$name")"
	! grep -q '^not ok' "$(tap "$name")" || fail=1
done
[ ! -s "$work/why" ] || sed "s/^/  VM    $cpu: /" "$work/why"
times > "$work/times" # not in a subshell, whose times would be its own
took="$(($(date +%s) - begin)) s, CPU time $(tail -n 1 "$work/times")"
most=$(sort -rn "$work/busy" 2> /dev/null | head -n 10 | sed 's/\(.*\) \(.*\)/\2 \1/' | tr '\n' ' ')
echo "  VM    $cpu ended after $took"
echo "  machine of $cpu: $took, of which the most: $most" | tee -a "$results/seconds"
exit $fail
