#!/bin/sh
# check-docs.sh BINARY: the man page and the binary's own table of commands and options say the same.
#
# Compared are lines like "run u --user UID[:GID]" of two sources:
#   BINARY  `help --options`, and the letters from `help COMMAND`
#   page    "options: COMMAND..." comments, and the .It lines of the list below each
# The examples of supervisors.md are what a shell and systemd (where it is installed) take, and have
# options that the binary has. Beyond that: each command has a .Ss of its own; an option that running
# text names is one of the table or of a "hidden: COMMAND --OPTION" comment; and the binary accepts
# these hidden ones.
set -eu
export LC_ALL=C
bin=$1
page=$(dirname "$0")/../docs/scow.1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

# compare WHAT: the files BINARY and PAGE must have the same lines
compare() {
	comm -23 "$dir/binary" "$dir/page" | sed "s/^/check-docs: scow.1 lacks the $1: /" > "$dir/diff"
	comm -13 "$dir/binary" "$dir/page" | sed "s/^/check-docs: scow has no such $1: /" >> "$dir/diff"
	[ ! -s "$dir/diff" ] || { bad=1; cat "$dir/diff" >&2; }
}

# letter COMMAND OPTION: its short form as `help COMMAND` shows it, or -
letter() {
	if [ "$1" = scow ]; then "$bin" help; else "$bin" help "$1"; fi |
		awk -v name="--$2" '
			$1 ~ /^-.,$/ && $2 == name && !found { print substr($1, 2, 1); found = 1 }
			END { if (!found) print "-" }'
}

"$bin" help --options > "$dir/table"
while read -r command option value; do
	echo "$command $(letter "$command" "${option#--}") $option${value:+ $value}"
done < "$dir/table" | sort > "$dir/binary"
awk '
	/^\.\\" options: / { n = split($0, who, " "); next }
	/^\.It Fl / && n {
		short = "-"
		i = 3
		if ($4 == ",") { short = $3; i = 5 }
		line = short " -" $i ($(i + 1) == "Ar" ? " " $(i + 2) : "")
		for (k = 3; k <= n; k++) print who[k], line
	}
	/^\.El/ { n = 0 }' "$page" | sort > "$dir/page"
[ -s "$dir/page" ] || { echo "check-docs: no options found in $page" >&2; exit 1; }
compare option
options=$(wc -l < "$dir/binary")

grep -v '^scow ' "$dir/table" | cut -d' ' -f1 | sort -u > "$dir/binary"
awk '/^\.Sh / { on = $2 == "COMMANDS" } on && /^\.Ss / { print $2 }' "$page" | sort > "$dir/page"
compare command
commands=$(wc -l < "$dir/binary")

hidden() { sed -n 's/^\.\\" hidden: //p' "$page"; }
{ cut -d' ' -f2 "$dir/table"; hidden | cut -d' ' -f2; } | sort -u > "$dir/known"
# Of a "Fl -name" the man page means --name; a Fl with one letter or nothing behind it is a form.
grep '^\.' "$page" | grep -o 'Fl -[a-z][a-z0-9-]*' | sed 's/^Fl -/--/' | grep -v '^--name$' |
	sort -u > "$dir/named"
comm -13 "$dir/known" "$dir/named" > "$dir/diff"
if [ -s "$dir/diff" ]; then
	sed 's/^/check-docs: scow.1 names an unknown option: /' "$dir/diff" >&2
	bad=1
fi

hidden > "$dir/hidden"
while read -r command option value; do
	[ "$command" != scow ] || command=
	"$bin" ${command:+"$command"} "$option" ${value:+"$value"} --help > /dev/null && continue
	echo "check-docs: scow ${command:+$command }does not accept $option" >&2
	bad=1
done < "$dir/hidden"

# example WORD: the indented lines below the heading with WORD
examples=$(dirname "$page")/supervisors.md
example() {
	awk -v word="$1" '/^## / { on = index($0, word) } on && /^    / { print substr($0, 5) }' "$examples"
}
example procd > "$dir/web"
[ -s "$dir/web" ] && sh -n "$dir/web" || bad=1
if command -v systemd-analyze > /dev/null; then
	# what is checked is the unit, not whether scow is installed
	example systemd | sed 's|/usr/bin/scow|/bin/true|' > "$dir/web.service"
	[ -s "$dir/web.service" ] && systemd-analyze verify "$dir/web.service" 2> "$dir/said" || bad=1
	! grep "web.service" "$dir/said" >&2 || bad=1
fi
grep '^    ' "$examples" | grep -o ' --[a-z-]*' | sort -u | while read -r option; do
	grep -q "^start $option" "$dir/table" || echo "check-docs: start has no $option of supervisors.md" >&2
done > "$dir/said" 2>&1
[ ! -s "$dir/said" ] || { bad=1; cat "$dir/said" >&2; }

[ "$bad" = 0 ] || exit 1
echo "check-docs: $commands commands and $options options of scow.1 are those of $bin"
