#!/bin/sh
# size.sh CPU...: bytes in the stripped binary per layer, module and library, from the linker's map.
# Fails above the limit; the goal is shown, not enforced.
set -eu
limit=1000000 goal=409600
cd "$(dirname "$0")/.."

for cpu; do
	awk -v cpu="$cpu" '
	function name(file,   part, n) {
		if (match(file, /\/obj\/.*\.o$/)) {
			n = split(substr(file, RSTART + 5, RLENGTH - 7), part, "/")
			return n == 2 ? "1 " part[1] "\n  " part[2] : "1 " part[1]
		}
		if (match(file, /lib[a-z-]*\.a/)) {
			file = substr(file, RSTART, RLENGTH - 2)
			return file == "libc" ? "2 musl" : "2 " (file == "libgcc" ? "libgcc" : file)
		}
		return "2 start files"
	}
	# Of strings merged with those of other files the map gives the size before; the next address tells.
	function add(addr, size, file) {
		if (held && addr >= at && addr < at + held) held = addr - at
		if (held) count(held, held_file)
		at = addr
		held = size
		held_file = file
	}
	function count(size, file,   key, part) {
		key = file == "" ? "3 padding" : (out ~ /^\.rel/ ? "3 relocations" : name(file))
		if (split(key, part, "\n") == 2) {
			sum[part[1]] += size
			sum[part[1] part[2]] += size
		} else
			sum[key] += size
	}
	function bytes(hex,   i, n) {
		n = 0
		hex = tolower(hex)
		for (i = 3; i <= length(hex); i++) n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	/^Linker script and memory map/ { on = 1 }
	!on { next }
	/^\.[a-zA-Z]/ {
		add(end, 0, "")
		out = $1
		end = NF >= 3 ? bytes($2) + bytes($3) : 0
		skip = out ~ /^\.(bss|tbss|comment|debug|note\.GNU|symtab|strtab|shstrtab)/ ||
			out ~ /^\.((gnu|ARM|riscv)\.attributes|ARM\.exidx)/
	}
	skip { next }
	/^ [.A-Z][^ ]*$/ { wrapped = 1; next }
	/^ \*fill\*/ && NF >= 3 { add(bytes($2), bytes($3), ""); next }
	/^ [.A-Z][^ ]* +0x/ && NF >= 4 { add(bytes($2), bytes($3), $4); next }
	wrapped && /^ +0x/ && NF >= 3 { add(bytes($1), bytes($2), $3) }
	{ wrapped = 0 }
	END { add(0, 0, ""); for (k in sum) if (sum[k]) printf "%s\t%s\t%d\n", cpu, k, sum[k] }
	' "build/$cpu/scow.map"
	printf '%s\t4 stripped file\t%d\n' "$cpu" "$(wc -c < "build/$cpu/scow.stripped")"
done | LC_ALL=C sort -t "	" -k2,2 | awk -F '\t' -v cpus="$*" -v limit=$limit -v goal=$goal '
BEGIN {
	n = split(cpus, cpu, " ")
	printf "%-24s", "bytes"
	for (i = 1; i <= n; i++) printf "%10s", cpu[i]
	print ""
}
function flush(   i) {
	if (row == "") return
	label = substr(row, 3)
	if (label ~ /  /) sub(/^[^ ]*/, "", label)
	if (row ~ /^4/) {
		printf "%-24s", "  headers and the rest"
		for (i = 1; i <= n; i++) printf "%10d", value[cpu[i]] - all[cpu[i]]
		print ""
	}
	printf "%-24s", label
	for (i = 1; i <= n; i++) printf "%10s", cpu[i] in value ? value[cpu[i]] : "-"
	print ""
	for (i = 1; i <= n; i++) {
		if (row !~ /  / && row !~ /^4/) all[cpu[i]] += value[cpu[i]]
		if (row ~ /^4/) total[cpu[i]] = value[cpu[i]]
	}
	split("", value)
}
$2 != row { flush(); row = $2 }
{ value[$1] = $3 }
END {
	flush()
	printf "%-24s", "left to the goal"
	for (i = 1; i <= n; i++) printf "%10d", goal - total[cpu[i]]
	print "   (goal " goal ")"
	for (i = 1; i <= n; i++) if (total[cpu[i]] > limit) {
		printf "%s: %d bytes are more than the limit of %d\n", cpu[i], total[cpu[i]], limit
		bad = 1
	}
	exit bad
}'
