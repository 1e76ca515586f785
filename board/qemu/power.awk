# power.awk: what power_guest.sh said, with a line "cut N TEXT" for each cut --> TAP
#
# A step that was done before a cut has to be found behind it, and of one that was under way each part
# is old or new. The parts are those of "found": version, what is wanted, last end, artifact.

# The state behind a step.
function after(state, verb, version,    p) {
	split(state, p)
	if (verb == "rm") return "- - - -"
	if (verb == "define") return version " - - -"
	if (verb == "start") { p[2] = "up"; p[3] = "137:power-loss" }
	if (verb == "run") { p[2] = "up"; p[3] = "5:exited" }
	if (verb == "stop") { p[2] = "down"; p[3] = "137:stopped" }
	if (verb == "kill") p[3] = "137:killed"
	if (verb == "add") p[4] = version
	if (verb == "drop") p[4] = "-"
	return p[1] " " p[2] " " p[3] " " p[4]
}
function bad(text) { faults = faults "# " text "\n" }
function verdict() {
	if (!cuts) return
	printf "%sok %d - 98 %s\n%s", (faults == "" && seen == 2 ? "" : "not "), cuts, cut, faults
	if (seen != 2) print "# the machine has not come up again"
	faults = ""
}

# is_between GOT: nothing but what was there before the step, or is behind it
function is_between(got,    g, o, n, i) {
	split(got, g); split(old, o); split(new, n)
	for (i = 1; i <= 4; i++) {
		if (g[i] == o[i] || g[i] == n[i]) continue
		# On the way to its end it runs, and a container that goes is stopped first.
		if (i == 3 && (verb == "run" && g[i] == "137:power-loss" || verb == "rm")) continue
		if (i == 2 && verb == "rm") continue
		return 0
	}
	return (g[1] == "-") == (got == "- - - -")
}

BEGIN { state["long"] = state["short"] = "- - - -" }
$1 == "begin" { verb = $3; new = after(state[$2], $3, $4); under_way = $2 }
$1 == "done" { state[$2] = new; under_way = ""; steps++ }
$1 == "wrong:" { bad($0) }
$1 == "cut" { verdict(); cuts++; seen = 0; sub(/^cut [0-9]* /, ""); cut = $0 }
$1 == "found" {
	seen++
	got = $3 " " $4 " " $5 " " $6
	old = state[$2]
	if (under_way == $2 ? !is_between(got) : got != old)
		bad($2 ": " got ", and not " old (under_way == $2 ? ", nor " new ", nor between: " verb : ""))
	state[$2] = got
	if (under_way == $2) under_way = ""
}
END {
	verdict()
	printf "%sok %d - 98 %d steps were taken\n1..%d\n", (steps > cuts ? "" : "not "), cuts + 1, steps, cuts + 1
}
