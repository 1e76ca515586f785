# report.awk: the marks of each runtime in one suite, file by file, and what scow fails.
#
#   awk -f report.awk -v suite=NAME -v kind=runc|crun -v runtimes="scow runc" -v dir=DIR expected
#
# Reads DIR/RUNTIME/NAME.marks, "pass|fail|skip TAB file TAB test", and `expected`, "suite TAB file
# TAB test TAB reason" with * for any test. Exit 1: something is to be mended.
BEGIN { FS = "\t" }
/^#/ || NF < 4 { next }
$1 == kind { reason[$2 FS $3] = $4 }
END {
	n = split(runtimes, list, " ")
	for (i = 1; i <= n; i++) {
		marks = dir "/" list[i] "/" suite ".marks"
		while ((getline < marks) > 0) {
			if (!seen[$2]++) file[++files] = $2
			mark[list[i], $2 FS $3] = $1
			count[list[i], $2, $1]++
			total[list[i], $1]++
			if ($1 == "pass") score[list[i]] += !($2 FS $3 in reason || $2 FS "*" in reason)
			if (list[i] == "scow" && $1 == "fail") failed[++fails] = $2 FS $3
		}
	}
	line("", 0)
	for (k = 1; k <= files; k++) line(file[k], 1)
	line("all", 2)
	for (k = 1; k <= fails; k++) {
		split(failed[k], part, FS)
		why = failed[k] in reason ? reason[failed[k]] : reason[part[1] FS "*"]
		peers = ""
		for (i = 1; i <= n; i++) if (list[i] != "scow")
			peers = peers " " list[i] ":" mark[list[i], failed[k]]
		bad = why == "" && mark[kind, failed[k]] == "pass"
		mend += bad
		printf "%s%s: %s (%s%s)\n", bad ? "TO MEND: " : "fails: ", part[1], part[2],
			why == "" ? "no reason given," : why ";", peers
	}
	for (key in reason) if (mark["scow", key] == "pass") {
		split(key, part, FS)
		printf "passes, though expected to fail: %s: %s\n", part[1], part[2]
	}
	for (i = 1; i <= n; i++)
		printf "%s%s %d", (i > 1 ? ", " : "of the tests that are not named in `expected` pass: "),
			list[i], score[list[i]]
	print ""
	if (kind == "crun" && score["scow"] < score["crun"]) {
		print "scow passes fewer tests than crun"
		mend++
	}
	exit mend ? 1 : 0
}

# what 0: the heading, 1: a file, 2: the sum
function line(name, what,   i, text) {
	printf "%-26s", name
	for (i = 1; i <= n; i++) {
		if (what == 0) text = list[i]
		else if (what == 1) text = sum(count[list[i], name, "pass"], count[list[i], name, "fail"],
			count[list[i], name, "skip"])
		else text = sum(total[list[i], "pass"], total[list[i], "fail"], total[list[i], "skip"])
		printf " %14s", text
	}
	print ""
}

function sum(p, f, s) { return (p + 0) "/" (f + 0) "/" (s + 0) }
