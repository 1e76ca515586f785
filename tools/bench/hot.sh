#!/bin/sh
# hot.sh: the functions that the OCI verbs run through, as the names of their sections, sorted: what
# tools/hot.list holds, and the Makefile lays together at the beginning of the code.
#
#   make hot    writes tools/hot.list anew
#
# Their order says nothing, and neither does a name that is no more: what is missing in the list
# just stands with the rest. Single steps, of a plain run and of one with a
# seccomp profile, and of the other verbs on a container that waits and on one that runs.

. "${0%/*}/bundle.sh"

PEERS=
[ -n "${SCOW_ISOLATED-}" ] || enter_isolation "$@"

# traced ARG...: of scow, one call of it
traced() {
	"$build/trace" "$SCOW" "$SCOW" "$@" </dev/null >/dev/null 2>$work/errors 3>>$work/places ||
		die "scow $*: $(tail -n 2 $work/errors)"
}

make_work
link_runtime scow || die "there is no binary $SCOW: run make first"
profile=$work/profile
cat >$profile <<END
{
	"defaultAction": "SCMP_ACT_ALLOW",
	"syscalls": [
		{ "names": [ "kexec_load", "reboot", "mount" ], "action": "SCMP_ACT_ERRNO" },
		{ "names": [ "personality" ], "action": "SCMP_ACT_ERRNO",
		  "args": [ { "index": 0, "value": 8, "op": "SCMP_CMP_EQ" } ] }
	]
}
END
make_bundle filtered hot-filtered $profile /bin/true
# shellcheck disable=SC2046 # words
traced $(rt scow) run --bundle "$bundle" filtered
make_bundle plain hot-plain "" /bin/sleep 1000
traced create --bundle "$bundle" plain
for verb in state start state list; do
	[ $verb = list ] && set -- || set -- plain
	traced $verb "$@"
done
traced exec plain /bin/true
traced kill plain KILL
i=0
until [ "$("$SCOW" state plain | grep -c stopped)" = 1 ] || [ $i = 100 ]; do
	i=$((i + 1))
	sleep 0.05
done
traced delete plain
make_bundle true hot-true "" /bin/true
traced run --bundle "$bundle" true

# From a place to its section, by the linker's map: " .text.NAME" and 0xADDRESS 0xSIZE FILE, on one
# line or two. Sections that are called .text alone are assembler's.
sort -u $work/places | awk '
function bytes(hex,   i, n) {
	n = 0
	for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return n
}
function add(name, address, size) {
	if (bytes(substr(size, 3)) == 0) return
	names[++count] = name
	from[count] = bytes(substr(address, 3))
	to[count] = from[count] + bytes(substr(size, 3))
}
FILENAME == "-" { places[++n] = bytes($1); next }
/^ \.text\.[^ ]*$/ { held = $1; next }
/^ \.text\.[^ ]+ +0x/ { add($1, $2, $3) }
held != "" && /^ +0x/ { add(held, $1, $2) }
{ held = "" }
END {
	for (i = 1; i <= n; i++) place[places[i]] = 1
	for (i = 1; i <= count; i++)
		for (p = from[i]; p < to[i]; p++)
			if (p in place) {
				sub(/^\.text\./, "", names[i])
				sub(/^(startup|unlikely|hot)\./, "", names[i])
				sub(/\.(isra|part|constprop|cold|lto_priv)\..*/, "", names[i])
				print names[i]
				break
			}
}' - "$SCOW.map" | sort -u
