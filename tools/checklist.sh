#!/bin/sh
# checklist.sh: rootfs-tests/checklist is complete and true. Each property of the tables in
# src/spec/spec.c stands in it, and each of its lines names tests of which one at least speaks of
# the property by its name.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
list=rootfs-tests/checklist
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# The rows of the tables: the first string behind JSON_KIND(.
sed -n '/JSON_WORD/d; s/.*JSON_[A-Z0-9_]*([^"]*"\([A-Za-z0-9]*\)".*/\1/p' src/spec/spec.c | sort -u |
	while read -r key; do
		grep -Eq "^([^[:space:]]*\.)?$key[[:space:]]" "$list" || echo "$list lacks the property $key"
	done > "$found"

# file TEST: where it is
file() {
	for f in "rootfs-tests/$1.t" src/*/"$1"_test.c; do
		[ ! -f "$f" ] || { echo "$f" && return; }
	done
}

while read -r property tests; do
	case $property in '' | '#'*) continue ;; esac
	shown=
	for test in $tests; do
		case $test in refusal | files) continue ;; esac
		f=$(file "$test")
		if [ -z "$f" ]; then
			echo "$list: $property: there is no test $test"
		elif grep -qw -e "${property##*.}" "$f"; then
			shown=1
		fi
	done
	[ -n "$shown" ] || echo "$list: $property: no test named there speaks of it"
done < "$list" >> "$found"
[ ! -s "$found" ] || { cat "$found" >&2 && exit 1; }
echo "checklist: $(grep -c '^[a-zA-Z]' "$list") properties and operations, each with its test"
