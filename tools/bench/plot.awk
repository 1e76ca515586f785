# plot.awk: draws the tables of bench.sh as bars: awk -f tools/bench/plot.awk OUTPUT >docs/bench.svg
#
# A group of bars for each table that is in groups below, each to a scale of its own: the slowest is
# as wide as the picture. So the length of a bar says how it stands to the others of its group only;
# its milliseconds are beside it.
BEGIN {
	groups["run true"] = "run of true"
	groups["run true, seccomp profile"] = "run of true, podman's seccomp profile"
	groups["life of true: sum"] = "create + start + delete"
	groups["exec true"] = "exec of true"
	groups["state"] = "state"
	groups["list"] = "list"
	groups["kill 0"] = "kill"
	groups["define + start / podman run -d"] = "define + start, podman run -d"
	color["floor"] = "#999"
	color["scow"] = "#06c"; color["scow-squashfs"] = "#49e"
	left = 110; wide = 420; step = 16; top = 44
}

/^# Linux / { machine = substr($0, 3); sub(/, load.*/, "", machine) }
/^# [0-9]+ rounds/ { machine = machine ", " $2 " rounds" }

# A table's head: a title, and the names of the columns after at least two blanks or at column 31.
$0 ~ / median +min +p90 / {
	title = $0
	sub(/ +median +min +p90 .*/, "", title)
	inside = title in groups
	next
}

inside && /^  [a-z\/:-]+ +[0-9.]+ / {
	if ($1 ~ /:/) next
	if (!(title in count)) order[++total] = title
	row = ++count[title]
	name[title, row] = $1
	ms[title, row] = $2
	if ($2 > slowest[title]) slowest[title] = $2
	next
}

{ inside = 0 }

function text(x, y, style, words) {
	gsub(/&/, "\\&amp;", words)
	printf "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y, style, words
}

END {
	if (!total) {
		print "plot.awk: no table of bench.sh here" >"/dev/stderr"
		exit 1
	}
	for (g = 1; g <= total; g++) high += (count[order[g]] + 2) * step
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"%d\" ", top + high
	print "font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
	text(10, 20, " font-size=\"14\"", "Milliseconds, medians; each group to a scale of its own")
	text(10, 36, " fill=\"#666\" font-size=\"11\"", machine)
	y = top
	for (g = 1; g <= total; g++) {
		title = order[g]
		y += step
		text(10, y, " font-weight=\"bold\"", groups[title])
		for (row = 1; row <= count[title]; row++) {
			y += step
			who = name[title, row]
			long = ms[title, row] / slowest[title] * wide
			text(20, y, "", who)
			printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"11\" fill=\"%s\"/>\n", left, y - 10, \
				long, who in color ? color[who] : "#c96"
			text(left + long + 6, y, " fill=\"#333\"", sprintf(ms[title, row] < 10 ? "%.2f" : "%.1f", \
				ms[title, row]))
		}
		y += step
	}
	print "</svg>"
}
