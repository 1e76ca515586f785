#!/bin/sh
# hot.sh: the functions that the OCI verbs run through, as the names of their sections: what
# tools/hot.list holds, and the Makefile lays together at the beginning of the code. Those of a plain
# run come first, then what each other verb adds.
#
#   make hot    writes tools/hot.list anew
#
# A name that is no more does no harm, and what is missing in the list just stands with the rest.
# Every instruction is a stop of its own: some minutes on a slow machine.

. "${0%/*}/bundle.sh"

PEERS=
[ -n "${SCOW_ISOLATED-}" ] || enter_isolation "$@"

# traced ARG...: of scow, one call of it; prints the names
traced() {
	: >$work/places
	"$build/trace" "$SCOW" "$SCOW" "$@" </dev/null >/dev/null 2>$work/errors 3>>$work/places ||
		die "scow $*: $(tail -n 2 $work/errors)"
	sections
}

# From a place to its section, by the linker's map: " .text.NAME" and 0xADDRESS 0xSIZE FILE, on one
# line or two. Sections that are called .text alone are assembler's.
sections() {
	awk -v map="$SCOW.map" '
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
	FILENAME != map { places[++n] = bytes($1); next }
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
	}' $work/places "$SCOW.map"
}

all() {
	make_bundle true hot-true "" /bin/true
	traced run --bundle "$bundle" true
	traced --root $work/state/scow run --bundle "$bundle" true
	make_bundle plain hot-plain "" /bin/sleep 1000
	traced create --bundle "$bundle" plain
	traced state plain
	traced start plain
	traced state plain
	traced list
	traced exec plain /bin/true
	traced kill plain KILL
	i=0
	until "$SCOW" state plain | grep -q stopped || [ $i = 100 ]; do
		i=$((i + 1))
		sleep 0.05
	done
	traced delete plain
	cat >$work/profile <<-END
	{
		"defaultAction": "SCMP_ACT_ALLOW",
		"syscalls": [
			{ "names": [ "kexec_load", "reboot", "mount" ], "action": "SCMP_ACT_ERRNO" },
			{ "names": [ "personality" ], "action": "SCMP_ACT_ERRNO",
			  "args": [ { "index": 0, "value": 8, "op": "SCMP_CMP_EQ" } ] }
		]
	}
	END
	make_bundle filtered hot-filtered $work/profile /bin/true
	traced run --bundle "$bundle" filtered
}

make_work
link_runtime scow || die "there is no binary $SCOW: run make first"
all >$work/names || exit
awk '!seen[$0]++' $work/names
