# syscalls.awk: libseccomp's syscalls.csv to the tables of names that src/kernel/seccomp_names.c holds:
# one for each family of CPUs, chosen when it is compiled. A row is where the name begins in the text
# and the numbers, in the order of src/kernel/seccomp_arch.c. arm's private calls, 0xf0001 and up, do
# not fit in 16 bits and become 0xf001 and up; 0xffff is a call that this CPU does not have.
BEGIN {
	FS = ","
	print "/* Made by tools/syscalls.awk from libseccomp's syscalls.csv. */"
}
NR == 1 {
	for (i = 2; i <= NF; i++) column[$i] = i
	next
}
/^[a-z0-9_]+,/ { line[$1] = $0 }
# By bytes, as strcmp does it: LC_ALL=C makes awk compare so.
function sort(list, n,   i, j, t) {
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (j = i - 1; j >= 1 && list[j] > t; j--) list[j + 1] = list[j]
		list[j + 1] = t
	}
}
function code(nr) {
	if (nr == "PNR") return 65535
	return nr >= 983040 ? nr - 983040 + 61440 : nr
}
function family(condition, columns,   arch, n, i, j, f, here, row, text, at, rows) {
	n = split(columns, arch, " ")
	for (i = 1; i <= total; i++) {
		split(line[name[i]], f, ",")
		here = 0
		row = "\t{ " at + 0 ", { "
		for (j = 1; j <= n; j++) {
			here = here || f[column[arch[j]]] != "PNR"
			row = row code(f[column[arch[j]]]) (j < n ? ", " : " } },\n")
		}
		if (!here) continue
		rows = rows row
		text = text "\t\"" name[i] "\\0\"\n"
		at += length(name[i]) + 1
	}
	printf "#if %s\nstatic const char text[] =\n%s;\n", condition, substr(text, 1, length(text) - 1)
	printf "static const struct row rows[] = {\n%s};\n#endif\n", rows
}
END {
	for (i in line) name[++total] = i
	sort(name, total)
	family("defined __x86_64__ || defined __i386__", "x86_64 x86 x32")
	family("defined __aarch64__ || defined __arm__", "aarch64 arm")
	family("defined __riscv", "riscv64")
	family("defined __mips__", "mips mips64 mips64n32")
}
